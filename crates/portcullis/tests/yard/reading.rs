//! Reads the yardstick's tables on every surface and puts what was shown where it can be compared.
//!
//! Why through the server again: a shown value must be one of its type, and text, binary and COPY
//! must agree, so each is loaded into a table of the same types and dumped in one form. What does
//! not load is a cell that is not valid.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::Postgres;

use super::support::psql;
use super::support::raw::{Message, Raw, extended, query};
use super::support::serve::House;

/// The ways to read a table whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    Binary,
    Copy,
    CopyBinary,
    Csv,
    Json,
    Text,
}

/// All of them.
pub(crate) const SURFACES: [Surface; 6] = [
    Surface::Text,
    Surface::Binary,
    Surface::Copy,
    Surface::Csv,
    Surface::CopyBinary,
    Surface::Json,
];

/// How many cells of a table and surface may fail to load before it is given up.
const MOST_INVALID: usize = 40;

impl Surface {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn asked(self, table: &str) -> Vec<u8> {
        let select = format!("SELECT * FROM {table}");
        match self {
            Self::Text => query(&select),
            Self::Binary => extended(&select, &[], 1),
            Self::Copy => query(&format!("COPY ({select}) TO STDOUT")),
            Self::Csv => query(&format!("COPY ({select}) TO STDOUT (FORMAT csv)")),
            Self::CopyBinary => query(&format!("COPY ({select}) TO STDOUT (FORMAT binary)")),
            Self::Json => query(&format!("SELECT row_to_json(t) FROM {table} AS t")),
        }
    }

    /// The form in which it is written down.
    fn form(self) -> &'static str {
        match self {
            Self::Binary | Self::CopyBinary => "binary",
            Self::Csv => "csv",
            Self::Copy | Self::Json | Self::Text => "text",
        }
    }
}

/// `"schema"."table"`.
pub(crate) fn quoted(table: &str) -> String {
    let parts: Vec<String> = table.split('.').map(|part| format!("\"{part}\"")).collect();
    parts.join(".")
}

/// A masked person, reading.
pub(crate) struct Reader {
    raw: Raw,
    folder: PathBuf,
    /// What was refused, a line each.
    refused: String,
    /// What did not load, a line each: surface, table, row, column.
    invalid: String,
    shown: Vec<(Surface, String)>,
}

/// What keeps rows in the order in which they came: a heap does not.
const ORDER: &str = "row of the yardstick";

impl Reader {
    /// One that writes into this folder.
    pub(crate) fn new(house: &House, folder: &Path) -> Self {
        for surface in SURFACES {
            std::fs::create_dir_all(folder.join(surface.name())).unwrap();
        }
        Self {
            raw: Raw::open(&house.address(), "alice", "shop", Some(house.token())),
            folder: folder.to_owned(),
            refused: String::new(),
            invalid: String::new(),
            shown: Vec::new(),
        }
    }

    fn file(&self, surface: Surface, table: &str, ending: &str) -> PathBuf {
        self.folder
            .join(surface.name())
            .join(format!("{table}.{ending}"))
    }

    /// Reads one table.
    pub(crate) fn read(&mut self, surface: Surface, table: &str) {
        let said = self.raw.ask(&surface.asked(&quoted(table)), 1);
        if let Some(error) = said.iter().find(|message| message.kind == b'E') {
            writeln!(self.refused, "{}\t{table}\t{error:?}", surface.name()).unwrap();
            return;
        }
        let bytes = match surface {
            Surface::Text | Surface::Json => lines(&said),
            Surface::Binary => copied(&said),
            _ => all(&said, b'd'),
        };
        std::fs::write(self.file(surface, table, "raw"), bytes).unwrap();
        if surface != Surface::Json {
            self.shown.push((surface, table.to_owned()));
        }
    }

    /// Loads what was shown into tables of the same types, and dumps those.
    pub(crate) fn load(&mut self, server: &Postgres, tables: &[String]) {
        let mut made = String::new();
        for surface in SURFACES {
            writeln!(made, "CREATE SCHEMA \"{}\";", surface.name()).unwrap();
            for table in tables {
                writeln!(
                    made,
                    "CREATE TABLE \"{0}\".\"{table}\" AS SELECT * FROM {1} WITH NO DATA; \
                     ALTER TABLE \"{0}\".\"{table}\" ADD \"{ORDER}\" bigserial;",
                    surface.name(),
                    quoted(table)
                )
                .unwrap();
            }
        }
        let script = self.folder.join("shown.sql");
        std::fs::write(&script, made).unwrap();
        server.psql_in("shop", &["-f", script.to_str().unwrap()]);
        let columns = columns(server);
        let shown = std::mem::take(&mut self.shown);
        let steps = shown.iter().map(|(surface, table)| {
            let (load, dump) = self.steps(*surface, table, &columns[table]);
            format!("{load}\n{dump}\n")
        });
        std::fs::write(&script, steps.collect::<String>()).unwrap();
        let script = script.to_str().unwrap();
        server.psql_in("shop", &["-v", "ON_ERROR_STOP=0", "-f", script]);
        for (surface, table) in shown {
            let is_filled = |ending| {
                let file = self.file(surface, &table, ending);
                std::fs::metadata(file).is_ok_and(|facts| facts.len() > 21)
            };
            if is_filled("raw") && !is_filled("tsv") {
                self.mended(server, surface, &table, &columns[&table]);
            }
        }
        std::fs::write(self.folder.join("refused.tsv"), &self.refused).unwrap();
        std::fs::write(self.folder.join("invalid.tsv"), &self.invalid).unwrap();
    }

    /// What loads a table, and what dumps it.
    fn steps(&self, surface: Surface, table: &str, columns: &str) -> (String, String) {
        let from = self.file(surface, table, "raw");
        let to = self.file(surface, table, "tsv");
        let name = format!("\"{}\".\"{table}\"", surface.name());
        let load = format!(
            "\\copy {name} ({columns}) FROM '{}' (FORMAT {})",
            from.display(),
            surface.form()
        );
        let dump = format!(
            "\\copy (SELECT {columns} FROM {name} ORDER BY \"{ORDER}\") TO '{}'",
            to.display()
        );
        (load, dump)
    }

    /// Loads a table that did not load whole, without the rows that do not.
    fn mended(&mut self, server: &Postgres, surface: Surface, table: &str, columns: &str) {
        let (load, dump) = self.steps(surface, table, columns);
        let from = self.file(surface, table, "raw");
        let url = server.url_of("postgres", None, "shop");
        for _ in 0..MOST_INVALID {
            let mut command: Command = psql(&url);
            command.args(["-q", "-v", "ON_ERROR_STOP=1", "-c", &load, "-c", &dump]);
            let output = command.output().unwrap();
            if output.status.success() {
                return;
            }
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let place = place(&said);
            let why = said.lines().next().unwrap_or_default();
            let (line, column) = place.unwrap_or((0, String::new()));
            let name = surface.name();
            writeln!(self.invalid, "{name}\t{table}\t{line}\t{column}\t{why}").unwrap();
            let is_text = surface.form() == "text";
            if line == 0 || !is_text || !blanked(&from, line) {
                return;
            }
        }
    }
}

/// The columns of each table, as a list of SQL.
fn columns(server: &Postgres) -> HashMap<String, String> {
    let asked = "SELECT relname, string_agg(quote_ident(attname), ',' ORDER BY attnum) \
                 FROM pg_attribute JOIN pg_class c ON c.oid = attrelid \
                 WHERE relnamespace = 'text'::regnamespace AND attnum > 0 AND relkind = 'r' \
                 AND attname <> 'row of the yardstick' GROUP BY 1";
    let said = server.psql_in("shop", &["-F", "\t", "-c", asked]);
    let lines = said.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(table, columns)| (table.to_owned(), columns.to_owned()))
        .collect()
}

/// The line and column of `COPY t, line 3, column email: …`.
fn place(said: &str) -> Option<(usize, String)> {
    let (_, rest) = said.split_once(", line ")?;
    let line = rest
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()?;
    let column = rest.split_once(", column ").map(|(_, after)| after);
    let column = column.and_then(|after| after.split(':').next());
    Some((line, column.unwrap_or_default().to_owned()))
}

/// Takes a line that does not load out of the way.
fn blanked(file: &Path, line: usize) -> bool {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let Some(old) = lines.get(line - 1) else {
        return false;
    };
    let width = old.matches('\t').count() + 1;
    let nulls = vec!["\\N"; width].join("\t");
    lines[line - 1] = &nulls;
    std::fs::write(file, lines.join("\n") + "\n").unwrap();
    true
}

/// The bodies of one kind of message, joined.
fn all(said: &[Message], kind: u8) -> Vec<u8> {
    let bodies = said.iter().filter(|message| message.kind == kind);
    bodies.flat_map(|message| message.body.clone()).collect()
}

/// Binary rows as a file of COPY.
fn copied(said: &[Message]) -> Vec<u8> {
    let head = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    [&head[..], &all(said, b'D'), &[0xff, 0xff]].concat()
}

/// Text rows as lines of COPY.
fn lines(said: &[Message]) -> Vec<u8> {
    let rows = said.iter().filter(|message| message.kind == b'D');
    let mut text = Vec::new();
    for row in rows {
        let cells: Vec<Vec<u8>> = cells(&row.body);
        text.extend(cells.join(&b'\t'));
        text.push(b'\n');
    }
    text
}

fn cells(body: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = &body[2..];
    let mut cells = Vec::new();
    while rest.len() >= 4 {
        let length = i32::from_be_bytes(rest[..4].try_into().unwrap());
        rest = &rest[4..];
        let Ok(length) = usize::try_from(length) else {
            cells.push(b"\\N".to_vec());
            continue;
        };
        cells.push(escaped(&rest[..length]));
        rest = &rest[length..];
    }
    cells
}

fn escaped(value: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    for byte in value {
        match byte {
            b'\\' => text.extend(b"\\\\"),
            b'\t' => text.extend(b"\\t"),
            b'\n' => text.extend(b"\\n"),
            b'\r' => text.extend(b"\\r"),
            other => text.push(*other),
        }
    }
    text
}
