//! The corpus of evasions as it is written in `evasions/*.txt`.
//!
//! A case is a block of lines. The first says who tries it, what must hold, and why:
//!
//! ```text
//! @ agent refused twin # a comment
//! SELECT 1; DROP TABLE notes
//! ```
//!
//! Every other line is a message, or several: by its first word (`step`), a simple query where it
//! has none. `⏎` stands for a newline, `␀` for a zero byte, `‹ff›` for any byte.
//! What must hold: `refused` (an error, and the last text never ran), `held` (it waited for
//! review),
//! `masked` (whatever comes holds no secret), `ended` (the connection ends),
//! `stopped` (refused or held), `same` (as without us: the corpus of ordinary work). `twin`: the
//! answer is the same whatever the secrets are.

use std::path::Path;

use super::raw::{bind, describe, execute, extended, flush, message, parse, query, sync};

/// One evasion.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Where it stands: file and line.
    pub(crate) place: String,
    /// Who tries it.
    pub(crate) who: String,
    /// What must hold.
    pub(crate) wanted: Wanted,
    /// Whether the answer must not hang on the secrets.
    pub(crate) is_twin: bool,
    /// Start-up parameters besides user and database.
    pub(crate) opening: Vec<(String, String)>,
    /// What is sent, in order: bytes, and how many ReadyForQuery come back.
    pub(crate) steps: Vec<Step>,
    /// The text that must not have run.
    pub(crate) last: String,
}

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Ended,
    Held,
    Masked,
    Refused,
    Same,
    Stopped,
}

/// Bytes and the number of answers to them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ready: usize,
    /// Raw bytes: what comes back is not counted.
    pub(crate) is_raw: bool,
}

/// Every case of every file of a folder, by name.
pub(crate) fn read(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    files.iter().flat_map(|file| cases(file)).collect()
}

fn cases(file: &Path) -> Vec<Case> {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(file).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", number + 1);
        if let Some(head) = line.strip_prefix("@ ") {
            cases.push(opened(place, head));
        } else if line.starts_with('#') || line.trim().is_empty() {
        } else if let Some(case) = cases.last_mut() {
            step(case, line);
        } else {
            panic!("{place}: a message before its case");
        }
    }
    cases
}

fn opened(place: String, head: &str) -> Case {
    let words: Vec<&str> = head.split('#').next().unwrap().split_whitespace().collect();
    let wanted = match words.get(1) {
        Some(&"ended") => Wanted::Ended,
        Some(&"held") => Wanted::Held,
        Some(&"masked") => Wanted::Masked,
        Some(&"refused") => Wanted::Refused,
        Some(&"same") => Wanted::Same,
        Some(&"stopped") => Wanted::Stopped,
        other => panic!("{place}: {other:?} is not what must hold"),
    };
    Case {
        place,
        who: words[0].to_owned(),
        wanted,
        is_twin: words.contains(&"twin"),
        opening: Vec::new(),
        steps: Vec::new(),
        last: String::new(),
    }
}

/// Adds a line's messages.
fn step(case: &mut Case, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        // O name=value: a start-up parameter.
        "O" => {
            let (name, value) = rest.split_once('=').unwrap();
            case.opening.push((name.to_owned(), value.to_owned()));
        }
        // X, XB: the extended protocol; parameters after ¦. B: binary results.
        "X" | "XB" => {
            let (sql, parameters) = taken(rest);
            sql.clone_into(&mut case.last);
            let format = u8::from(word == "XB");
            alone(case, extended(&spelt(sql), &parameters, format), 1);
        }
        // R bytes as they are.
        "R" => alone(case, raw(rest), 0),
        // F oid: FunctionCall with text arguments.
        "F" => alone(case, function_call(rest), 1),
        // Q+ sql: a query whose answer is awaited with what follows (COPY data).
        "Q+" => {
            rest.clone_into(&mut case.last);
            more(case, &query(&spelt(rest)), 1);
        }
        "B" | "CC" | "CD" | "CF" | "CP" | "CS" | "DP" | "DS" | "E" | "H" | "P" | "S" => {
            flown(case, word, rest);
        }
        _ => {
            line.clone_into(&mut case.last);
            alone(case, message(b'Q', &[&raw(line)[..], &[0]].concat()), 1);
        }
    }
}

/// Adds a message of a flight; `-` is the unnamed one.
fn flown(case: &mut Case, word: &str, rest: &str) {
    let named = |rest: &str| -> Vec<String> {
        let names = rest.split(' ').map(|name| name.trim_matches('-'));
        names.map(str::to_owned).collect()
    };
    let names = named(rest);
    let closed = |kind: u8| message(b'C', &[&[kind], names[0].as_bytes(), &[0]].concat());
    let bytes = match word {
        // P name sql
        "P" => {
            let (name, sql) = rest.split_once(' ').unwrap();
            sql.clone_into(&mut case.last);
            parse(name.trim_matches('-'), &spelt(sql))
        }
        // B portal statement [¦ parameter]…
        "B" => {
            let (names, parameters) = taken(rest);
            let names = named(names);
            bind(&names[0], &names[1], &parameters, 0)
        }
        "DS" => describe(b'S', &names[0]),
        "DP" => describe(b'P', &names[0]),
        "CS" => closed(b'S'),
        "CP" => closed(b'P'),
        // E portal [rows]
        "E" => {
            let rows = names.get(1).and_then(|rows| rows.parse().ok());
            execute(&names[0], rows.unwrap_or(0))
        }
        "S" => sync(),
        "H" => flush(),
        // CopyData, CopyDone, CopyFail.
        "CD" => message(b'd', spelt(rest).as_bytes()),
        "CC" => message(b'c', &[]),
        "CF" => message(b'f', b"no\0"),
        other => panic!("{}: {other}", case.place),
    };
    more(case, &bytes, usize::from(word == "S"));
}

/// What stands before the first `¦`, and the parameters after it.
fn taken(rest: &str) -> (&str, Vec<Option<&str>>) {
    let mut parts = rest.split(" ¦ ");
    let first = parts.next().unwrap();
    (first, parts.map(|p| (p != "NULL").then_some(p)).collect())
}

fn function_call(rest: &str) -> Vec<u8> {
    let (oid, arguments) = taken(rest);
    let oid: u32 = oid.parse().unwrap();
    let count = u16::try_from(arguments.len()).unwrap().to_be_bytes();
    let mut body = [&oid.to_be_bytes()[..], &[0, 0], &count].concat();
    for argument in arguments.into_iter().flatten() {
        body.extend(u32::try_from(argument.len()).unwrap().to_be_bytes());
        body.extend(argument.bytes());
    }
    body.extend([0, 0]);
    message(b'F', &body)
}

/// Adds bytes that nothing else goes with.
fn alone(case: &mut Case, bytes: Vec<u8>, ready: usize) {
    let is_raw = ready == 0;
    case.steps.push(Step {
        bytes,
        ready,
        is_raw,
    });
}

/// Adds to the flight that is open, or opens one; COPY data goes with what stands before it.
fn more(case: &mut Case, bytes: &[u8], ready: usize) {
    let is_open = |step: &Step| !step.is_raw && step.ready == 0;
    let is_copy = matches!(bytes.first(), Some(b'd' | b'c' | b'f'));
    let is_one = is_copy && !case.steps.is_empty();
    if !(is_one || case.steps.last().is_some_and(is_open)) {
        case.steps.push(Step::default());
    }
    let step = case.steps.last_mut().unwrap();
    step.bytes.extend(bytes);
    step.ready += ready;
}

/// A text with its newlines.
fn spelt(text: &str) -> String {
    text.replace('⏎', "\n").replace('⇥', "\t")
}

/// Bytes with their escapes.
fn raw(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '⏎' => bytes.push(b'\n'),
            '⇥' => bytes.push(b'\t'),
            '␍' => bytes.push(b'\r'),
            '␌' => bytes.push(0x0c),
            '␀' => bytes.push(0),
            '‹' => {
                let (hex, after) = rest.split_once('›').unwrap();
                rest = after;
                for pair in hex.as_bytes().chunks(2) {
                    let pair = std::str::from_utf8(pair).unwrap();
                    bytes.push(u8::from_str_radix(pair, 16).unwrap());
                }
            }
            _ => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes
}
