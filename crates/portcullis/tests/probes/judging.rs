//! What the probes' texts say, and what an answer tells.

use std::collections::BTreeMap;

use super::support::raw::Message;
use super::support::talk::Answer;

/// What is said, without what differs from one time to the next.
pub(crate) type Likeness = Vec<(u8, String)>;

/// An answer for comparison: what was guessed stands there as `?`.
pub(crate) fn likeness(answer: &Answer, guesses: &BTreeMap<String, String>) -> Likeness {
    if answer.was_held {
        return vec![(b'E', "held".to_owned())];
    }
    let plain = |message: &Message| {
        let cells = || cells(message).join(&b'|');
        let body = match message.kind {
            b'D' => cells(),
            _ => message.body.clone(),
        };
        let mut text = String::from_utf8_lossy(&body).into_owned();
        if message.kind == b'E' || message.kind == b'N' {
            text = text
                .split('\0')
                .filter(|field| !field.starts_with('D'))
                .collect();
        }
        for guess in guesses.values().filter(|guess| guess.len() > 5) {
            text = text.replace(&**guess, "?");
        }
        (message.kind, text)
    };
    answer
        .messages
        .iter()
        .filter(|m| m.kind != b'S')
        .map(plain)
        .collect()
}

/// How many rows, and which tags.
pub(crate) fn outcome(answer: &Answer) -> (usize, Vec<String>) {
    let tags = answer.messages.iter().filter(|m| m.kind == b'C');
    let tag = |m: &Message| {
        String::from_utf8_lossy(&m.body)
            .trim_end_matches('\0')
            .to_owned()
    };
    let mut tags: Vec<String> = tags.map(tag).collect();
    tags.retain(|tag| tag != "BEGIN");
    (rows(answer).len(), tags)
}

/// The rows of an answer.
pub(crate) fn rows(answer: &Answer) -> Vec<Vec<Vec<u8>>> {
    let rows = answer
        .messages
        .iter()
        .filter(|m| m.kind == b'D' || m.kind == b'd');
    rows.map(cells).collect()
}

/// Whether rows are of so little that no order is told: few, all the same, or by number.
pub(crate) fn is_plain(rows: &[Vec<Vec<u8>>]) -> bool {
    let number = |row: &Vec<Vec<u8>>| String::from_utf8_lossy(&row[0]).trim().parse::<i64>().ok();
    let is_single = rows
        .iter()
        .all(|row| row.iter().filter(|cell| !cell.is_empty()).count() == 1);
    let numbers: Option<Vec<i64>> = rows.iter().map(number).collect();
    let is_sorted = numbers.is_some_and(|numbers| numbers.is_sorted());
    rows.is_empty() || is_single && rows.len() > 1 && is_sorted
}

/// A text with the first or the second of every `«a|b»`, and every `{guess}` in its place.
pub(crate) fn guessed(text: &str, guesses: &BTreeMap<String, String>, at: usize) -> String {
    let mut spelt = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('«') {
        let (pair, after) = after.split_once('»').unwrap();
        let parts: Vec<&str> = pair.split('|').collect();
        spelt.push_str(before);
        spelt.push_str(parts[at]);
        rest = after;
    }
    spelt.push_str(rest);
    for (name, value) in guesses {
        spelt = spelt.replace(&format!("{{{name}}}"), value);
    }
    spelt
}

/// The messages of each case of a file, as one line.
pub(crate) fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match blocks.last_mut() {
            _ if line.starts_with("@ ") => blocks.push(String::new()),
            Some(block) if block.is_empty() => block.push_str(line),
            Some(block) => *block = format!("{block} ⏎ {line}"),
            None => {}
        }
    }
    blocks
}

/// The lines of a list, cut at `¦`.
pub(crate) fn listed(text: &str) -> Vec<Vec<String>> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cut = |line: &str| line.split(" ¦ ").map(str::to_owned).collect();
    lines.map(cut).collect()
}

/// The cells of a row.
pub(crate) fn cells(row: &Message) -> Vec<Vec<u8>> {
    if row.kind == b'd' {
        return row
            .body
            .split(|b| b"\t\n,".contains(b))
            .map(<[u8]>::to_vec)
            .collect();
    }
    let mut rest = &row.body[2..];
    let mut cells = Vec::new();
    while rest.len() >= 4 {
        let length = i32::from_be_bytes(rest[..4].try_into().unwrap());
        rest = &rest[4..];
        let length = usize::try_from(length).unwrap_or(0);
        cells.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    cells
}
