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
//! What must hold: `refused` (an error, and the last text never ran), `held` (it waited for review),
//! `masked` (whatever comes holds no secret), `ended` (the connection ends),
//! `stopped` (refused or held). `twin`: the answer is
//! the same whatever the secrets are.

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
    let names = |rest: &str| -> Vec<String> {
        rest.split(' ')
            .map(|name| name.trim_matches('-').to_owned())
            .collect()
    };
    let first = |rest: &str| names(rest).first().cloned().unwrap_or_default();
    match word {
        // O name=value: a start-up parameter.
        "O" => {
            let (name, value) = rest.split_once('=').unwrap();
            case.opening.push((name.to_owned(), value.to_owned()));
        }
        // X, XB: the extended protocol; parameters after ||. B: binary results.
        "X" | "XB" => {
            let mut parts = rest.split(" || ");
            let sql = parts.next().unwrap();
            sql.clone_into(&mut case.last);
            let parameters: Vec<Option<&str>> = parts.map(|p| (p != "NULL").then_some(p)).collect();
            let bytes = extended(&spelt(sql), &parameters, u8::from(word == "XB"));
            case.steps.push(Step {
                bytes,
                ready: 1,
                is_raw: false,
            });
        }
        // P name sql; - is the unnamed one.
        "P" => {
            let (name, sql) = rest.split_once(' ').unwrap();
            sql.clone_into(&mut case.last);
            more(case, &parse(name.trim_matches('-'), &spelt(sql)), 0);
        }
        // B portal statement [|| parameter]…
        "B" => {
            let mut parts = rest.split(" || ");
            let names = names(parts.next().unwrap());
            let parameters: Vec<Option<&str>> = parts.map(|p| (p != "NULL").then_some(p)).collect();
            more(case, &bind(&names[0], &names[1], &parameters, 0), 0);
        }
        "DS" => more(case, &describe(b'S', &first(rest)), 0),
        "DP" => more(case, &describe(b'P', &first(rest)), 0),
        "CS" => more(
            case,
            &message(b'C', &[b"S", first(rest).as_bytes(), &[0]].concat()),
            0,
        ),
        "CP" => more(
            case,
            &message(b'C', &[b"P", first(rest).as_bytes(), &[0]].concat()),
            0,
        ),
        // E portal [rows]
        "E" => {
            let names = names(rest);
            let rows = names.get(1).and_then(|rows| rows.parse().ok()).unwrap_or(0);
            more(case, &execute(&names[0], rows), 0);
        }
        "S" => more(case, &sync(), 1),
        "H" => more(case, &flush(), 0),
        // CopyData, CopyDone, CopyFail.
        "CD" => more(case, &message(b'd', spelt(rest).as_bytes()), 0),
        "CC" => more(case, &message(b'c', &[]), 0),
        "CF" => more(case, &message(b'f', b"no\0"), 0),
        // F oid: FunctionCall with text arguments.
        "F" => {
            let mut parts = rest.split(" || ");
            let oid: u32 = parts.next().unwrap().parse().unwrap();
            let arguments: Vec<&str> = parts.collect();
            let count = u16::try_from(arguments.len()).unwrap().to_be_bytes();
            let mut body = [&oid.to_be_bytes()[..], &[0, 0], &count].concat();
            for argument in arguments {
                body.extend(u32::try_from(argument.len()).unwrap().to_be_bytes());
                body.extend(argument.bytes());
            }
            body.extend([0, 0]);
            case.steps.push(Step {
                bytes: message(b'F', &body),
                ready: 1,
                is_raw: false,
            });
        }
        // R bytes as they are.
        "R" => case.steps.push(Step {
            bytes: raw(rest),
            ready: 0,
            is_raw: true,
        }),
        // Q+ sql: a query whose answer is awaited with what follows (COPY data).
        "Q+" => {
            rest.clone_into(&mut case.last);
            more(case, &query(&spelt(rest)), 1);
        }
        _ => {
            line.clone_into(&mut case.last);
            let body = [&raw(line)[..], &[0]].concat();
            case.steps.push(Step {
                bytes: message(b'Q', &body),
                ready: 1,
                is_raw: false,
            });
        }
    }
}

/// Adds to the flight that is open, or opens one.
fn more(case: &mut Case, bytes: &[u8], ready: usize) {
    let is_open = case
        .steps
        .last()
        .is_some_and(|step| step.ready == 0 || !step.bytes.is_empty() && step.is_raw);
    let is_copy = matches!(bytes.first(), Some(b'd' | b'c' | b'f'));
    if !(is_open || is_copy) {
        case.steps.push(Step::default());
    }
    let step = case.steps.last_mut().unwrap();
    step.bytes.extend(bytes);
    step.ready += ready;
    step.is_raw = false;
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
