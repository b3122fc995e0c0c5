"""Writes the yardstick into a folder: `schema.sql`, one `.tsv` a table, and `truth.json`.

    python3 main.py FOLDER [ROWS]

The same on every machine. Nothing is written but into that folder.
"""
import json
import pathlib
import re
import sys

import ids
import people
from chance import Chance
from kinds import KINDS, SENSITIVE, Cell, Row
import texts  # noqa: F401 (it adds its kinds)

HERE = pathlib.Path(__file__).parent
PRELUDE = """SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE DOMAIN email_t AS citext CHECK (value ~ '@' OR value = '' OR value !~ '@');
CREATE TYPE addr AS (street text, city text, postcode text);
CREATE TYPE order_state AS ENUM ('new', 'paid', 'sent', 'done');
"""
TYPES = {"composite": "addr", "double": "double precision"}
NOTHING = ["n/a", "-", "unknown", ""]
TEXTS = ("text", "citext", "varchar", "char")


class Column:
    """One column of one table."""

    def __init__(self, spelt):
        self.name, kind_of_type, self.kind = spelt.split(None, 2)
        self.type = TYPES.get(kind_of_type, kind_of_type)
        self.generated = None
        if self.kind.startswith("generated:"):
            _, source, self.generated = self.kind.split(":", 2)
            self.source = source or None
        self.is_array = self.kind.endswith("[]")
        if not self.generated:
            (self.category, self.truth, self.make, self.join, self.check) = KINDS[
                self.kind.removesuffix("[]")]
        elif self.source:
            self.category, self.truth, self.join, self.check = "derived", SENSITIVE, None, None
        else:
            self.category, self.truth, self.join, self.check = "clean", "clean", None, None
        base = self.type.split("(")[0]
        self.is_text = base in TEXTS and not self.is_array
        limit = re.fullmatch(r"(?:varchar|char)\((\d+)\)", self.type)
        self.limit = int(limit.group(1)) if limit else None

    def sql(self):
        text = f'"{self.name}" {self.type}'
        if self.generated:
            text += f" GENERATED ALWAYS AS ({self.generated}) STORED"
        if self.kind == "serial" or self.kind == "uuid" and self.name == "id":
            text += " PRIMARY KEY"
        return text

    def cell(self, row):
        """A `Cell`, or None for NULL; `items` is None where the whole text is the one item."""
        is_key = self.kind in ("serial", "ref") or self.name == "id"
        if not is_key and row.chance.often(0.04):
            return None
        if self.is_array:
            parts = [self.made(row) for _ in range(row.chance.between(1, 3))]
            quoted = ['"' + p.text.replace('"', '\\"') + '"' for p in parts]
            return Cell("{" + ",".join(quoted) + "}", [p.text for p in parts])
        made = self.made(row)
        if self.limit and len(made.text) > self.limit:
            made.text = made.text[:self.limit].strip()
        is_plain = self.is_text and made.items is None and self.truth == SENSITIVE
        return soiled(row, made, self) if is_plain else made

    def made(self, row):
        made = self.make(row)
        if isinstance(made, Cell):
            return made
        made = Cell(made)
        made.items = None
        return made


def soiled(row, made, column):
    """Three in a hundred are dirty."""
    if not row.chance.often(0.03):
        return made
    how = row.chance.below(4)
    room = column.limit is None or len(made.text) + 1 < column.limit
    if how == 0 and room:
        made.text += " "
    elif how == 1 and room:
        made.text = " " + made.text
    elif how == 2 and made.text[-1:].isdigit():
        made.text = made.text[:-1] + str((int(made.text[-1]) + 3) % 10)
    else:
        made.text, made.items = row.chance.one(NOTHING)[:column.limit], []
    return made


def copied(text):
    """As COPY's text format has it."""
    if text is None:
        return "\\N"
    return (text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
            .replace("\r", "\\r"))


def read():
    """Every table: name, half, locales, columns."""
    tables, head = [], None
    for line in (HERE.parent / "schema.txt").read_text().splitlines():
        if line.startswith("@ "):
            head = line[2:].split()
        elif line.strip() and not line.startswith("#"):
            columns = [Column(spelt.strip()) for spelt in line.split(" | ")]
            tables.append((head[0], head[1], head[2].split(","), columns))
    return tables


def written(folder, table, crowd, rows):
    """Writes a table's rows; its truth."""
    name, half, locales, columns = table
    truth = {"half": half, "columns": []}
    stored = [c for c in columns if not c.generated]
    people_here = [p for locale in locales for p in crowd[locale]]
    parts = {c.name: {} for c in columns}
    kept = {c.name: {} for c in columns}
    checks = {c.name: {} for c in columns}
    with open(folder / f"{name}.tsv", "w", encoding="utf-8") as file:
        for number in range(rows):
            chance = Chance(f"{name}/{number}")
            row = Row(chance, chance.one(people_here), number, people_here)
            cells = {c.name: c.cell(row) for c in stored}
            file.write("\t".join(copied(c and c.text) for c in cells.values()) + "\n")
            for column in columns:
                source = column.source if column.generated else column.name
                cell = cells.get(source)
                if cell and cell.items is not None:
                    parts[column.name][number] = cell.items
                if cell and cell.kept and not column.generated:
                    kept[column.name][number] = cell.kept
                if column.check == "national":
                    checks[column.name][number] = row["id_kind"]
    for column in columns:
        truth["columns"].append({
            "name": column.name, "type": column.type, "kind": column.kind,
            "category": column.category, "truth": column.truth, "join": column.join,
            "check": column.check, "checks": checks[column.name],
            "items": parts[column.name], "kept": kept[column.name]})
    return truth


def main():
    folder = pathlib.Path(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    folder.mkdir(parents=True, exist_ok=True)
    ids.self_test()
    crowd = {}
    for locale in people.LOCALES:
        chance = Chance(locale)
        crowd[locale] = [people.person(chance, locale) for _ in range(120)]
    sql, truth = [PRELUDE], {}
    # A heap keeps no order: the rows once more, in the order of the truth and the server's own form.
    ordered = ["CREATE SCHEMA ordered;"]
    (folder / "ordered").mkdir(exist_ok=True)
    for table in read():
        name, _, _, columns = table
        schema = name.split(".")[0]
        quoted = ".".join(f'"{part}"' for part in name.split("."))
        body = ", ".join(c.sql() for c in columns)
        sql.append(f'CREATE SCHEMA IF NOT EXISTS "{schema}"; CREATE TABLE {quoted} ({body});')
        stored = ", ".join(f'"{c.name}"' for c in columns if not c.generated)
        sql.append(f"\\copy {quoted} ({stored}) FROM '{folder / name}.tsv'")
        ordered += [
            f'CREATE TABLE ordered."{name}" AS SELECT {stored} FROM {quoted} WITH NO DATA;',
            f'ALTER TABLE ordered."{name}" ADD "row" bigserial;',
            f"\\copy ordered.\"{name}\" ({stored}) FROM '{folder / name}.tsv'",
            f'\\copy (SELECT {stored} FROM ordered."{name}" ORDER BY "row") TO '
            f"'{folder / 'ordered' / name}.tsv'"]
        truth[name] = written(folder, table, crowd, rows)
    sql.append("ANALYZE;")
    (folder / "ordered.sql").write_text("\n".join(ordered) + "\n", encoding="utf-8")
    (folder / "schema.sql").write_text("\n".join(sql) + "\n", encoding="utf-8")
    with open(folder / "truth.json", "w", encoding="utf-8") as file:
        json.dump(truth, file, ensure_ascii=False)


if __name__ == "__main__":
    main()
