//! What a rehearsal showed, as its lines on a reviewer's card.
//!
//! Everything in it came from a target: it is printed plain, so that no value can colour, move or
//! forge a line. It decides nothing.

use serde_json::Value;

use crate::output::{of, plain};

/// Rows of a table shown.
const ROWS: usize = 5;

/// The lines; none where nothing was rehearsed, or is not yet.
pub(super) fn lines(rehearsal: &Value) -> Vec<String> {
    if rehearsal.is_null() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), headline(rehearsal)];
    lines.extend(list(rehearsal, "changes").map(change));
    let locks = list(rehearsal, "locks").map(|lock| format!("  locks {}", words(lock)));
    lines.extend(locks);
    let samples: Vec<&Value> = list(rehearsal, "samples").collect();
    lines.extend(samples.iter().take(ROWS * ROWS).flat_map(|s| sample(s)));
    lines.extend(list(rehearsal, "plan").map(|node| format!("  plan  {}", words(node))));
    lines
}

fn headline(rehearsal: &Value) -> String {
    if let Some(fault) = of(rehearsal, "fault").as_str() {
        return format!("rehearsed  it fails: {}", plain(fault));
    }
    if let Some(why) = of(rehearsal, "unrun").as_str() {
        return format!("rehearsed  not run: {}", plain(why));
    }
    let rows: u64 = list(rehearsal, "changes").map(rows).sum();
    let (took, wal) = (of(rehearsal, "took_ms"), of(rehearsal, "wal_bytes"));
    format!("rehearsed  {rows} rows changed and rolled back, {took} ms, {wal} bytes of log")
}

fn count(change: &Value, key: &str) -> u64 {
    of(change, key).as_u64().unwrap_or(0)
}

fn rows(change: &Value) -> u64 {
    ["deleted", "inserted", "updated"]
        .iter()
        .map(|key| count(change, key))
        .sum()
}

fn change(change: &Value) -> String {
    let kinds = [
        ("deleted", "removed"),
        ("inserted", "added"),
        ("updated", "changed"),
    ];
    let counts = kinds.iter().filter_map(|(key, word)| {
        let rows = count(change, key);
        (rows > 0).then(|| format!("{rows} {word}"))
    });
    let counts: Vec<String> = counts.collect();
    format!("  {}: {}", words(of(change, "relation")), counts.join(", "))
}

/// A row: what it is, and what becomes of it.
fn sample(sample: &Value) -> Vec<String> {
    let columns: Vec<String> = list(sample, "columns").map(words).collect();
    let (before, after) = (of(sample, "before"), of(sample, "after"));
    let cell = |row: &Value, at: usize| {
        let cell = row.get(at).and_then(Value::as_str);
        cell.map_or_else(|| "NULL".to_owned(), |text| format!("{:?}", plain(text)))
    };
    let sign = match (before.is_null(), after.is_null()) {
        (true, _) => "+",
        (_, true) => "-",
        _ => "~",
    };
    let shown = columns.iter().enumerate().map(|(at, name)| {
        let whole = if after.is_null() { before } else { after };
        let is_changed = sign == "~" && before.get(at) != after.get(at);
        if is_changed {
            format!("{name}={} → {}", cell(before, at), cell(after, at))
        } else {
            format!("{name}={}", cell(whole, at))
        }
    });
    let shown: Vec<String> = shown.collect();
    let relation = words(of(sample, "relation"));
    vec![format!("  {sign} {relation}  {}", shown.join("  "))]
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    let items = of(value, key).as_array();
    items.map_or(&[][..], Vec::as_slice).iter()
}

fn words(value: &Value) -> String {
    plain(value.as_str().unwrap_or_default())
}
