"""Compares what was shown with the truth, prints the table, and holds the bars.

    python3 score.py FOLDER [--bless] [--failures] [--held-out]

`FOLDER` is what `make/main.py` and `yard.rs` filled. A column of the truth is *found* when at least
95 % of its sensitive items are protected; a clean one is *left alone* when at most 1 % of its cells
changed. Of the held-out half only totals are told unless `--held-out` is given. `bars.json` keeps
what was reached: a figure may not get worse; `--bless` writes it anew.
"""
import json
import pathlib
import re
import sys
import unicodedata
from collections import defaultdict

sys.path.insert(0, str(pathlib.Path(__file__).parent / "make"))
import ids  # noqa: E402

HERE = pathlib.Path(__file__).parent
SURFACES = ["text", "binary", "copy", "csv", "copybinary"]
NESTED = {"json": "json", "free text": "text", "derived": "text", "json clean": "json"}
UNESCAPED = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}
# How much a share may wander when detectors are weighed anew.
SLACK = 0.01
# The bars, and which way is better.
GOAL = {"column F1": (0.93, 1), "column F1, held out": (0.93, 1), "leak structured": (0.03, -1),
        "leak json": (0.05, -1), "leak text": (0.15, -1), "over-mask": (0.01, -1),
        "type-invalid": (0, -1), "NULL-broken": (0, -1), "joins": (1.0, 1),
        "check digits": (1.0, 1), "same as input": (0, -1)}


def rows_of(path):
    """The rows of a file of COPY; None for NULL."""
    if not path.exists():
        return None
    rows = []
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        rows.append([None if cell == "\\N" else re.sub(
            r"\\[\\ntr]", lambda m: UNESCAPED[m.group()], cell) for cell in line.split("\t")])
    return rows


def folded(text):
    return unicodedata.normalize("NFC", text).casefold().strip()


def digits(text):
    return re.sub(r"\D", "", text)


def leaves(text):
    """Every string, number and key in JSON, however often it is wrapped."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(key)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        elif isinstance(value, str):
            found.append(value)
            if value[:1] in "{[":
                try:
                    walk(json.loads(value))
                except ValueError:
                    pass
        elif value is not None:
            found.append(json.dumps(value))
    try:
        walk(json.loads(text))
    except ValueError:
        found.append(text)
    return found


def is_shown(item, shown, original):
    """Whether a sensitive part can still be read."""
    item, whole = folded(item), folded(shown)
    if not item:
        return False
    if len(item) < 4 and item.isascii():
        return re.search(rf"(?<!\w){re.escape(item)}(?!\w)", whole) is not None
    if item in whole:
        return True
    number = digits(item)
    if len(number) >= 9 and len(number) * 2 >= len(item) and number in digits(whole):
        return True
    words = item.split()
    is_name = len(words) > 1 and not re.search(r"[\d@]", item)
    if is_name and len(words[-1]) >= 4:
        rest = folded(original).replace(item, " ")
        last = words[-1]
        return last not in rest and re.search(rf"(?<!\w){re.escape(last)}(?!\w)", whole) is not None
    return False


class Verdict:
    """What became of one column on one surface."""

    def __init__(self, table, half, column):
        self.table, self.half, self.column = table, half, column
        self.nest = NESTED.get(column["category"], "structured")
        self.items = self.leaked = 0
        self.cells = self.changed = 0
        self.kept = self.lost = 0
        self.nulls = self.same = 0
        self.checked = self.check_failed = 0
        self.examples = []

    @property
    def truth(self):
        return self.column["truth"]

    @property
    def is_found(self):
        return self.items == 0 or self.leaked <= 0.05 * self.items

    @property
    def is_spoilt(self):
        return self.cells > 0 and self.changed > 0.01 * self.cells

    def note(self, text):
        if len(self.examples) < 3:
            self.examples.append(text[:120])

    def add(self, number, original, shown, pairs):
        """One cell."""
        if (original is None) != (shown is None):
            self.nulls += 1
            self.note(f"NULL: {original!r} -> {shown!r}")
            return
        if original is None:
            return
        kept = self.column["kept"].get(str(number), [])
        parts = self.column["items"].get(str(number))
        if self.truth == "clean":
            self.clean(original, shown)
        elif self.truth == "sensitive":
            if self.column["category"] in ("json", "free text"):
                self.residue(original, shown, parts or [], kept)
            if parts is None:
                self.whole(number, original, shown, pairs)
            else:
                self.parts(original, shown, parts)

    def clean(self, original, shown):
        self.cells += 1
        if original != shown:
            self.changed += 1
            self.note(f"{original!r} -> {shown!r}")

    def whole(self, number, original, shown, pairs):
        self.items += 1
        if folded(original) == folded(shown):
            self.leaked += 1
            self.same += 1
            self.note(original)
            return
        if self.column["category"] not in ("pin", "cvv") and len(original) > 5 and is_shown(
                original, shown, original):
            self.leaked += 1
            self.note(f"{original!r} -> {shown!r}")
        check = self.column["check"]
        if check:
            self.check(self.column["checks"].get(str(number), check), original, shown)
        if self.column["join"]:
            pairs[self.column["join"]][joined(self.column["join"], original)][
                joined(self.column["join"], shown)].add((self.table, self.column["name"]))

    def check(self, name, original, shown):
        if is_right(name, original):
            self.checked += 1
            if not is_right(name, shown):
                self.check_failed += 1
                self.note(f"check digit of {name}: {original!r} -> {shown!r}")

    def parts(self, original, shown, parts):
        flat = shown
        if self.nest == "json":
            flat = "\n".join([shown, *leaves(shown)])
        for part in parts:
            self.items += 1
            if is_shown(part, flat, original):
                self.leaked += 1
                self.note(f"{part!r} in {shown!r}")

    def residue(self, original, shown, parts, kept):
        """What must stay: clean leaves, and texts with nothing in them."""
        if not parts and self.column["category"] == "free text":
            self.cells += 1
            if original != shown:
                self.changed += 1
                self.note(f"{original!r} -> {shown!r}")
            return
        there = leaves(shown) if self.nest == "json" else [shown]
        for part in kept:
            self.kept += 1
            if not any(part == leaf or part in leaf for leaf in there):
                self.lost += 1
                self.note(f"lost {part!r}: {shown!r}")


def joined(group, text):
    """The form in which equal values are the same."""
    text = folded(text)
    if group == "phone":
        return digits(text).removeprefix("00")
    if group in ("card", "national"):
        return re.sub(r"[\W_]", "", text)
    if group in ("iban", "mac"):
        return re.sub(r"[\W_]", "", text)
    return re.sub(r"/\d+$", "", text) if group == "ip" else text


def is_right(name, text):
    bare = re.sub(r"[\s./-]" if name != "fi_hetu" else r"\s", "", text).upper()
    try:
        if name == "card":
            return 13 <= len(bare) <= 19 and ids.luhn(bare)
        if name == "luhn":
            return ids.luhn(bare)
        if name == "iban":
            return ids.iban(bare)
        if name == "vin":
            return ids.vin(bare)
        return bool(ids.IDS[name][1](bare))
    except (ValueError, IndexError, KeyError):
        return False


def numbers_of(folder, table, told, originals):
    """The number in the truth of each row as the heap has it."""
    stored = [at for at, c in enumerate(told["columns"]) if not c["kind"].startswith("generated")]
    places = defaultdict(list)
    for number, row in enumerate(rows_of(folder / "ordered" / f"{table}.tsv")):
        places[tuple(row)].append(number)
    return [places[tuple(row[at] for at in stored)].pop(0) for row in originals]


def judged(folder, truth, surface):
    """Every column of every table on a surface, and the pairs of joined values."""
    verdicts, pairs, unread = [], defaultdict(lambda: defaultdict(lambda: defaultdict(set))), 0
    for table, told in truth.items():
        originals = rows_of(folder / "original" / f"{table}.tsv")
        shown = rows_of(folder / surface / f"{table}.tsv")
        if shown is None or len(shown) != len(originals):
            unread += 1
            continue
        numbers = numbers_of(folder, table, told, originals)
        for at, column in enumerate(told["columns"]):
            verdict = Verdict(table, told["half"], column)
            for number, before, after in zip(numbers, originals, shown):
                verdict.add(number, before[at], after[at], pairs)
            verdicts.append(verdict)
    return verdicts, pairs, unread


def ratio(part, whole):
    return part / whole if whole else 0.0


def column_f1(verdicts):
    found = sum(v.truth == "sensitive" and v.is_found for v in verdicts)
    missed = sum(v.truth == "sensitive" and not v.is_found for v in verdicts)
    spoilt = sum(v.truth == "clean" and v.is_spoilt for v in verdicts)
    return ratio(2 * found, 2 * found + missed + spoilt)


def leak(verdicts, nest):
    those = [v for v in verdicts if v.nest == nest and v.truth == "sensitive"]
    return ratio(sum(v.leaked for v in those), sum(v.items for v in those))


def over(verdicts):
    cells = sum(v.cells + v.kept for v in verdicts)
    return ratio(sum(v.changed + v.lost for v in verdicts), cells)


def joins(pairs):
    """Values met in several columns that got one stand-in: of all, and where they did not."""
    whole, broken = 0, []
    for group, values in pairs.items():
        for value, shown in values.items():
            places = {place for those in shown.values() for place in those}
            if len(places) < 2:
                continue
            whole += 1
            if len(shown) > 1:
                broken.append((group, value, {k: sorted(v) for k, v in shown.items()}))
    return 1 - ratio(len(broken), whole), whole, broken


def collisions(pairs):
    """Stand-ins that stand for two values, where a category's transform should be invertible."""
    count = 0
    for group in ("email", "phone", "card", "iban", "national"):
        behind = defaultdict(set)
        for value, shown in pairs[group].items():
            for stand_in in shown:
                behind[stand_in].add(value)
        count += sum(len(values) - 1 for values in behind.values())
    return count


def invalid(folder, surface):
    path = folder / "invalid.tsv"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.split("\t") for line in lines if line.split("\t")[0] == surface]


def figures(folder, verdicts, pairs):
    held = [v for v in verdicts if v.half == "held"]
    return {
        "column F1": column_f1(verdicts), "column F1, held out": column_f1(held),
        "leak structured": leak(verdicts, "structured"), "leak json": leak(verdicts, "json"),
        "leak text": leak(verdicts, "text"), "over-mask": over(verdicts),
        "type-invalid": len(invalid(folder, "text")),
        "NULL-broken": sum(v.nulls for v in verdicts), "joins": joins(pairs)[0],
        "check digits": 1 - ratio(sum(v.check_failed for v in verdicts),
                                  sum(v.checked for v in verdicts)),
        "same as input": sum(v.same for v in verdicts if v.is_found),
    }


def by_category(verdicts):
    print(f"\n{'category':<20}{'columns':>8}{'found':>7}{'items':>8}{'leak':>8}"
          f"{'spoilt':>8}{'over-mask':>11}")
    groups = defaultdict(list)
    for verdict in verdicts:
        if verdict.truth != "either":
            groups[verdict.column["category"]].append(verdict)
    for name, those in sorted(groups.items()):
        wanted = [v for v in those if v.truth == "sensitive"]
        print(f"{name:<20}{len(those):>8}{sum(v.is_found for v in wanted):>7}"
              f"{sum(v.items for v in those):>8}"
              f"{ratio(sum(v.leaked for v in those), sum(v.items for v in those)):>8.3f}"
              f"{sum(v.is_spoilt for v in those if v.truth == 'clean'):>8}{over(those):>11.4f}")


def by_surface(folder, truth):
    print(f"\n{'surface':<12}{'F1':>7}{'structured':>12}{'json':>7}{'text':>7}{'over':>8}"
          f"{'invalid':>9}{'NULL':>6}{'joins':>7}{'unread':>8}")
    for surface in SURFACES:
        verdicts, pairs, unread = judged(folder, truth, surface)
        got = figures(folder, verdicts, pairs)
        print(f"{surface:<12}{got['column F1']:>7.3f}{got['leak structured']:>12.3f}"
              f"{got['leak json']:>7.3f}{got['leak text']:>7.3f}{got['over-mask']:>8.4f}"
              f"{len(invalid(folder, surface)):>9}{got['NULL-broken']:>6}{got['joins']:>7.3f}"
              f"{unread:>8}")
    leaked, items = through_json(folder, truth)
    print(f"row_to_json : {leaked} of {items} items shown")


def through_json(folder, truth):
    """Whole rows as JSON: whatever comes must hold no item."""
    leaked = items = 0
    for table, told in truth.items():
        originals = rows_of(folder / "original" / f"{table}.tsv")
        shown = rows_of((folder / "json" / f"{table}.raw"))
        numbers = numbers_of(folder, table, told, originals)
        for number, before, after in zip(numbers, originals, shown or []):
            flat = "\n".join(leaves(after[0] or ""))
            for at, column in enumerate(told["columns"]):
                if column["truth"] != "sensitive" or before[at] is None:
                    continue
                for item in column["items"].get(str(number), [before[at]]):
                    items += 1
                    leaked += len(item) > 5 and is_shown(item, flat, before[at])
    return leaked, items


def failures(folder, verdicts, pairs, classes, halves):
    """What is wrong, a line a column."""
    for v in verdicts:
        if v.half not in halves:
            continue
        wrong = []
        if v.truth == "sensitive" and not v.is_found:
            wrong.append(f"leaks {v.leaked} of {v.items}")
        elif v.leaked:
            wrong.append(f"leaks {v.leaked} of {v.items} (still found)")
        if v.truth != "either" and v.is_spoilt:
            wrong.append(f"changed {v.changed} of {v.cells} clean cells")
        if v.lost:
            wrong.append(f"lost {v.lost} of {v.kept} clean parts")
        if v.nulls:
            wrong.append(f"NULL broken {v.nulls}")
        if v.check_failed:
            wrong.append(f"check digit wrong {v.check_failed} of {v.checked}")
        if wrong:
            column = v.column
            got = classes.get((v.table, column["name"]), "-")
            print(f"{v.table}.{column['name']} {column['type']}: {'; '.join(wrong)} | wanted "
                  f"{column['truth']} ({column['category']}, {column['kind']}), class {got}")
            for example in v.examples:
                print(f"      {example}")
    open_tables = {v.table for v in verdicts if v.half in halves}
    for line in invalid(folder, "text"):
        if line[1] in open_tables:
            print("invalid:", "\t".join(line[1:]))
    for group, value, shown in joins(pairs)[2][:25]:
        places = {p for those in shown.values() for p in those}
        if all(place[0] in open_tables for place in places):
            print(f"join {group} {value!r}: {shown}")


def classes_of(folder):
    path = folder / "classes.json"
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    found = found.get("columns", found) if isinstance(found, dict) else found
    return {(f"{c['schema']}.{c['table']}", c["column"]): f"{c['class']} ({c.get('evidence')})"
            for c in found}


def held(got, bless):
    """The bars: what was reached may not get worse."""
    path = HERE / "bars.json"
    bars = json.loads(path.read_text()) if path.exists() else {}
    worse = []
    print(f"\n{'figure':<22}{'now':>10}{'held to':>10}{'goal':>8}")
    for name, (goal, way) in GOAL.items():
        now = round(got[name], 4)
        bar = bars.get(name, now)
        is_worse = (bar - now) * way > (SLACK if isinstance(bar, float) else 0) + 1e-9
        is_met = (goal - now) * way <= 1e-9
        print(f"{name:<22}{now:>10}{bar:>10}{goal:>8}  {'met' if is_met else ''}"
              f"{'  WORSE' if is_worse else ''}")
        if is_worse:
            worse.append(name)
        if bless:
            bars[name] = now
    if bless:
        path.write_text(json.dumps(bars, indent=1) + "\n")
        return []
    return worse


def main():
    folder, flags = pathlib.Path(sys.argv[1]), sys.argv[2:]
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    verdicts, pairs, unread = judged(folder, truth, "text")
    columns = sum(v.truth != "either" for v in verdicts)
    print(f"{len(truth)} tables, {len(verdicts)} columns ({columns} judged), {unread} unread")
    for half in ("open", "held"):
        those = [v for v in verdicts if v.half == half]
        structured = [v for v in those if v.nest == "structured"]
        print(f"{half}: F1 {column_f1(those):.3f} (structured {column_f1(structured):.3f}), leak "
              f"{leak(those, 'structured'):.3f} / {leak(those, 'json'):.3f} / "
              f"{leak(those, 'text'):.3f}, over-mask {over(those):.4f}")
    by_category(verdicts)
    by_surface(folder, truth)
    rate, whole, broken = joins(pairs)
    print(f"joins: {whole} values met in several columns, {len(broken)} with several stand-ins; "
          f"{collisions(pairs)} collisions")
    worse = held(figures(folder, verdicts, pairs), "--bless" in flags)
    if "--failures" in flags or "--held-out" in flags:
        halves = ("open", "held") if "--held-out" in flags else ("open",)
        print("\n== failures")
        failures(folder, verdicts, pairs, classes_of(folder), halves)
    if worse:
        print("worse than bars.json:", ", ".join(worse), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
