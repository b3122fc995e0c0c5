//! `kill -9` in the middle of writes: what the target heard is on record, and the record is whole.
//!
//! The target's own log is the witness: every statement it shows of our sessions must have its
//! entry, written before. Literals are left out of the comparison; counts are not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::serve::House;
use support::{PATIENCE, run, said, wait};
use testkit::Postgres;

/// A text without its numbers and spaces.
fn shape(sql: &str) -> String {
    let mut shape = String::new();
    for c in sql.chars().filter(|c| !c.is_whitespace() && *c != ';') {
        let c = if c.is_ascii_digit() {
            '0'
        } else {
            c.to_ascii_lowercase()
        };
        if c != '0' || !shape.ends_with('0') {
            shape.push(c);
        }
    }
    shape.replace("-0", "0")
}

type Counts = BTreeMap<String, usize>;

/// What the target heard of pgbench after so many bytes of its log, by shape.
fn heard(server: &Postgres, from: usize) -> Counts {
    let mut counts = Counts::new();
    let log = server.log();
    for line in log[from..]
        .lines()
        .filter(|line| line.contains("app=pgbench "))
    {
        let (_, text) = line.split_once("LOG:  ").unwrap_or_default();
        let is_run = text.starts_with("statement: ") || text.starts_with("execute ");
        if let Some((_, sql)) = text.split_once(": ").filter(|_| is_run) {
            *counts.entry(shape(sql)).or_default() += 1;
        }
    }
    counts
}

/// What the ledger says was asked, by shape; and the ids without an outcome.
fn recorded(entries: &[Value]) -> (Counts, Vec<String>) {
    let mut counts = Counts::new();
    let mut open = BTreeSet::new();
    for entry in entries {
        let id = entry["action"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        match entry["type"].as_str().unwrap() {
            "statement.intent" => {
                *counts
                    .entry(shape(entry["action"]["sql"].as_str().unwrap()))
                    .or_default() += 1;
                open.insert(id);
            }
            "statement.outcome" => {
                open.remove(&id);
            }
            _ => {}
        }
    }
    (counts, open.into_iter().collect())
}

fn crash(server: &Postgres, mode: &str, after: Duration) {
    server.psql("CREATE DATABASE bench OWNER shop");
    let init = ["-i", "-q", "-s", "1", &server.url_of("shop", None, "bench")];
    let made = run(Command::new("pgbench").args(init));
    assert!(made.status.success(), "{}", said(&made));
    let from = server.log().len();
    let mut house = House::new(&server.url_of("shop", None, "bench"), "");
    house.start();
    house.settle();
    let mut bench = Command::new("pgbench");
    bench
        .args(["-n", "-c", "4", "-j", "1", "-T", "60", "-M", mode])
        .arg(house.dsn("alice"));
    bench
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let bench = bench.spawn().unwrap();
    support::until("writes", || heard(server, from).len().checked_sub(4));
    std::thread::sleep(after);
    house.crash();
    wait(bench, "pgbench");
    let heard = heard(server, from);
    house.start();
    let verified = run(&mut house.verb(&["ledger", "verify", "--format", "json"]));
    assert!(verified.status.success(), "{}", said(&verified));
    let entries = house.entries();
    let (recorded, open) = recorded(&entries);
    assert!(heard.values().sum::<usize>() > 100, "{heard:?}");
    for (shape, count) in &heard {
        let written = recorded.get(shape).copied().unwrap_or_default();
        assert!(
            written >= *count,
            "{mode}: heard {count}, recorded {written}: {shape}"
        );
    }
    assert!(open.is_empty(), "{} statements have no outcome", open.len());
    let unknown = entries
        .iter()
        .filter(|entry| entry["outcome"]["status"] == "unknown")
        .count();
    // Four clients: what each had under way may be cut off, and the one before it.
    assert!(unknown <= 8, "{unknown} unknown");
    // It goes on.
    house.settle();
    let again = run(&mut support::commands(
        &house.dsn("alice"),
        &["SELECT 'alive'"],
    ));
    assert!(said(&again).contains("alive"), "{}", said(&again));
    drop(house);
    server.psql("DROP DATABASE bench WITH (FORCE)");
}

#[test]
fn what_the_target_heard_is_on_record_after_kill_9() {
    assert!(PATIENCE > Duration::from_secs(5));
    for (mode, after) in [("simple", 300), ("extended", 700), ("prepared", 1_300)] {
        let setup = Postgres::setup().log_statements();
        let server = setup.setting("log_line_prefix", "%m [%p] app=%a ").start();
        server.psql("CREATE ROLE shop LOGIN");
        crash(&server, mode, Duration::from_millis(after));
    }
}
