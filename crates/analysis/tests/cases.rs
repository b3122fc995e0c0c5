//! Statements and what they would do, as tables.
//!
//! Why: one line of effects beside each statement is what a reader can check. Run with
//! `BLESS_CASES=1` to write what is answered now, then read the difference.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod fixture;
mod summary;

use std::fmt::Write as _;
use std::path::Path;

use analysis::Scene;
use model::Limits;

/// Prepared statements and cursors of the session.
const KEPT: &[(&str, &str)] = &[
    ("mails", "SELECT email FROM customers"),
    ("wipe", "DELETE FROM orders"),
    ("by_id", "SELECT * FROM orders WHERE id = $1"),
];

#[test]
fn every_statement_does_what_its_line_says() {
    let catalog = std::sync::Arc::new(fixture::catalog());
    let limits = Limits::default();
    let kept = |name: &str| {
        KEPT.iter()
            .find(|(kept, _)| *kept == name)
            .map(|(_, t)| (*t).into())
    };
    let scene = Scene {
        catalog: &catalog,
        cursors: &kept,
        declared: &[],
        limits: &limits,
        prepared: &kept,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut wrong = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut now = String::new();
        for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
            let is_answer = |line: &&str| line.starts_with("=> ");
            let sql: Vec<&str> = block.lines().filter(|line| !is_answer(line)).collect();
            let sql = sql.join("\n");
            if sql.starts_with('#') {
                write!(now, "{block}\n\n").unwrap();
                continue;
            }
            let answer = summary::of(&analysis::analyse(&sql, &scene), Some(&sql));
            let answered = format!("{sql}\n{answer}");
            if block.trim_end() != answered {
                write!(wrong, "--- was\n{block}\n--- is\n{answered}\n").unwrap();
            }
            write!(now, "{answered}\n\n").unwrap();
        }
        if std::env::var_os("BLESS_CASES").is_some() {
            std::fs::write(&file, format!("{}\n", now.trim_end())).unwrap();
            wrong.clear();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
