//! Columns of every language and trap, and the class each must get: `cases.txt`.
//!
//! Samples are made here, of values of our own choosing; the file says which kind a column holds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    missing_docs
)]

mod samples;

use mask::detect::{ColumnEvidence, TableEvidence, classify};

/// A column as the file has it.
struct Case {
    comment: Option<String>,
    expected: String,
    is_key: bool,
    name: String,
    sample: Vec<String>,
    type_name: String,
}

#[derive(Default)]
struct Table {
    cases: Vec<Case>,
    name: String,
}

fn tables() -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for line in include_str!("cases.txt").lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let (name, _) = name.split_once(']').unwrap();
            let cases = Vec::new();
            let name = name.to_owned();
            tables.push(Table { cases, name });
            continue;
        }
        let (line, comment) = match line.split_once(" \"") {
            Some((line, comment)) => (line, Some(comment.trim_end_matches('"').to_owned())),
            None => (line, None),
        };
        let words: Vec<String> = line.split(' ').map(|word| word.replace('·', " ")).collect();
        let [name, type_name, sample, expected] = words.as_slice() else {
            panic!("not a case: {line}");
        };
        let is_key = sample == "key";
        let sample = if is_key { "sequence" } else { sample };
        tables.last_mut().unwrap().cases.push(Case {
            comment,
            expected: expected.clone(),
            is_key,
            name: name.clone(),
            sample: samples::of(sample),
            type_name: type_name.clone(),
        });
    }
    tables
}

#[test]
fn columns_get_their_class() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for table in tables() {
        let samples: Vec<Vec<&str>> = table
            .cases
            .iter()
            .map(|case| case.sample.iter().map(String::as_str).collect())
            .collect();
        let columns: Vec<ColumnEvidence<'_>> = table
            .cases
            .iter()
            .zip(&samples)
            .map(|(case, sample)| ColumnEvidence {
                comment: case.comment.as_deref(),
                is_key: case.is_key,
                name: &case.name,
                sample,
                type_name: &case.type_name,
                ..ColumnEvidence::default()
            })
            .collect();
        let (schema, name) = table
            .name
            .split_once('.')
            .unwrap_or(("public", &table.name));
        let found = classify(&TableEvidence {
            columns: &columns,
            comment: None,
            name,
            schema,
        });
        for (case, found) in table.cases.iter().zip(found) {
            count += 1;
            let got = found.as_ref().map_or("-", |found| found.class.as_str());
            if !case.expected.split('|').any(|expected| expected == got) {
                let why = found.map_or(String::new(), |found| found.why);
                let (name, of) = (&case.name, &case.type_name);
                let expected = &case.expected;
                wrong.push(format!(
                    "{}.{name} {of}: {got}, not {expected}: {why}",
                    table.name
                ));
            }
        }
    }
    assert!(count >= 400, "{count} cases");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
