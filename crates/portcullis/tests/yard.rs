//! The yardstick: what a masked reader sees of a database nobody's detector was built for.
//!
//! `yard/make` writes 88 tables with their truth; here a real server holds them, the real gateway
//! stands before it with no configuration, and every table is read on every surface as a masked
//! person. `yard/score.py` compares with the truth. The figures may not fall below `yard/bars.json`
//! (`YARD_BLESS=1` writes what was measured, `YARD_ARGS` is handed on to the score).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

#[path = "yard/reading.rs"]
mod reading;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use reading::{Reader, SURFACES};
use serde_json::Value;
use support::serve::House;
use support::{commands, run, said};
use testkit::Postgres;

/// The folder of the yardstick.
const YARD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/yard");

/// A program run to its end, however long; what it said where it failed.
fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Where figures and failures go: kept where asked for.
fn folder(temporary: &Path) -> PathBuf {
    let kept = std::env::var_os("YARD_FOLDER").map(PathBuf::from);
    kept.unwrap_or_else(|| temporary.to_owned())
}

/// Rows of the same order and form as those shown.
fn originals(server: &Postgres, tables: &[String], folder: &Path) {
    let into = folder.join("original");
    std::fs::create_dir_all(&into).unwrap();
    let script = into.join("dump.sql");
    let lines = tables.iter().map(|table| {
        let file = into.join(format!("{table}.tsv"));
        let table = reading::quoted(table);
        format!("\\copy (SELECT * FROM {table}) TO '{}'\n", file.display())
    });
    std::fs::write(&script, lines.collect::<String>()).unwrap();
    server.psql_in("shop", &["-f", script.to_str().unwrap()]);
}

/// Waits until the target's catalog is read, which takes a while for so many columns.
fn settle(house: &House) {
    let limit = Instant::now() + Duration::from_mins(3);
    loop {
        let asked = run(&mut commands(&house.dsn("alice"), &["SELECT 'settled'"]));
        if said(&asked).contains("settled") {
            return;
        }
        let is_late = Instant::now() > limit;
        assert!(!is_late, "{}\n{}", said(&asked), house.log());
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn what_a_masked_reader_sees_clears_the_bars() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path());
    let make = Path::new(YARD).join("make/main.py");
    ran(Command::new("python3").arg(make).arg(&folder));
    let server = Postgres::start();
    server.psql("CREATE DATABASE shop");
    let schema = folder.join("schema.sql");
    server.psql_in("shop", &["-f", schema.to_str().unwrap()]);
    let truth = std::fs::read(folder.join("truth.json")).unwrap();
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let tables: Vec<String> = truth.as_object().unwrap().keys().cloned().collect();
    originals(&server, &tables, &folder);
    let url = server.url_of("postgres", None, "shop");
    let mut house = House::new(&url, "");
    house.start();
    settle(&house);
    let show = ["catalog", "show", "shop", "--format", "json"];
    let found = ran(&mut house.verb(&show));
    std::fs::write(folder.join("classes.json"), found).unwrap();
    let mut reader = Reader::new(&house, &folder);
    for surface in SURFACES {
        for table in &tables {
            reader.read(surface, table);
        }
    }
    let ordered = folder.join("ordered.sql");
    server.psql_in("shop", &["-f", ordered.to_str().unwrap()]);
    reader.load(&server, &tables);
    let bless = std::env::var_os("YARD_BLESS").map(|_| "--bless");
    let more = std::env::var("YARD_ARGS").unwrap_or_default();
    let mut score = Command::new("python3");
    score.arg(Path::new(YARD).join("score.py")).arg(&folder);
    score.args(bless).args(more.split_whitespace());
    let output = score.output().unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", said(&output));
}
