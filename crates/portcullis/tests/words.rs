//! Words that help: what a refused client reads, and what it may ask before it tries.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::process::Command;

use serde_json::Value;
use support::drivers::{Language, demand};
use support::raw::{Raw, bind, describe, execute, parse, query, sync};
use support::{Demo, Faults, PORTCULLIS, said as both};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

#[test]
fn psql_reads_what_would_be_allowed() {
    let demo = Demo::shared();
    let table = [
        (
            "alice",
            "DROP TABLE payments",
            "ERROR:  DROP and TRUNCATE are refused in production\n\
             DETAIL:  rules: production.drop\n\
             HINT:  Rename it out of the way",
        ),
        (
            "alice",
            "DROP TABLE payments",
            "ALTER TABLE payments RENAME TO … is reviewed, and can be undone.",
        ),
        (
            "alice",
            "TRUNCATE payments",
            "DELETE FROM payments with a WHERE that narrows it passes.",
        ),
        (
            "alice",
            "SELECT * FROM paymnets",
            "Perhaps public.payments is meant?",
        ),
        (
            "alice",
            "SELECT amuont FROM payments",
            "Perhaps payments.amount is meant?",
        ),
        (
            "alice",
            "SELECT id FROM customers WHERE email LIKE 'a%'",
            "customers.email (pii.email) may be compared with = or IN, joined by =, tested with \
             IS NULL.",
        ),
        (
            "alice",
            "SET portcullis.refusls = json",
            "perhaps portcullis.refusals",
        ),
    ];
    let mut faults = Faults::default();
    for (who, sql, wanted) in table {
        let said = demo.said_to(who, &[sql]);
        faults.demand(said.contains(wanted), || {
            format!("{sql}\n{wanted}\n--\n{said}")
        });
    }
    faults.end();
}

#[test]
fn an_explanation_is_rows_and_runs_nothing() {
    let demo = Demo::shared();
    let before = demo.value("SELECT count(*) FROM payments");
    let said = demo.said_to("fixer", &["EXPLAIN PORTCULLIS DELETE FROM payments"]);
    let mut faults = Faults::default();
    for wanted in [
        "verdict|hold|",
        "reviewers|production.unbounded|1 of reviewers",
        "effect|delete public.payments|",
        "rows||no WHERE",
        "allowed||With a WHERE that compares a column of payments with a value, such as id = …",
        "rule|hold|agent fixer: delete shop/public.payments",
        "rule|hold|person alice: delete shop/public.payments",
        "policy|version|",
    ] {
        faults.demand(said.contains(wanted), || format!("{wanted}\n--\n{said}"));
    }
    faults.demand(
        demo.value("SELECT count(*) FROM payments") == before,
        || "it ran".to_owned(),
    );
    let masked = demo.said_to(
        "alice",
        &["EXPLAIN PORTCULLIS SELECT id, email FROM customers"],
    );
    for wanted in [
        "output|id|as it is",
        "output|email|masked: a stand-in for pii.email",
    ] {
        faults.demand(masked.contains(wanted), || {
            format!("{wanted}\n--\n{masked}")
        });
    }
    let target = demo.said_directly(&["EXPLAIN PORTCULLIS SELECT 1"]);
    faults.demand(target.contains("syntax error"), || {
        "the target knows it".to_owned()
    });
    // What `policy why` says to operators is the same.
    let sql = "SELECT id, email FROM customers";
    let args = [
        "policy", "why", "--as", "alice", "--target", "shop", "--", sql,
    ];
    let mut command = Command::new(PORTCULLIS);
    command
        .args(args)
        .env("PORTCULLIS_DATA_DIR", demo.data_dir());
    let told = both(&support::run(&mut command));
    for wanted in [
        "output     email  masked: a stand-in for pii.email",
        "verdict    allow",
    ] {
        faults.demand(told.contains(wanted), || format!("{wanted}\n--\n{told}"));
    }
    faults.end();
}

#[test]
fn a_driver_reads_them_too() {
    let demo = Demo::shared();
    let Some(said) = demand(Language::Python, "words.py", &[demo.dsn("fixer")]) else {
        return;
    };
    let said = json(&said);
    assert_eq!(said["people"]["detail"], "rules: production.drop");
    assert_eq!(
        (&said["setting"], &said["reset"]),
        (&"json".into(), &"text".into())
    );
    let drop = json(said["programs"]["detail"].as_str().unwrap());
    assert_eq!(drop["portcullis"], 1);
    assert_eq!(
        (&drop["decision"], &drop["rules"][0]),
        (&"deny".into(), &"production.drop".into())
    );
    assert_eq!(drop["sentence"], said["programs"]["message"]);
    assert!(
        drop["allowed"][0].as_str().unwrap().contains("RENAME"),
        "{drop}"
    );
    assert!(
        said["programs"]["hint"]
            .as_str()
            .unwrap()
            .contains("RENAME")
    );
    assert_eq!(said["columns"], serde_json::json!(["portcullis"]));
    let outputs = &said["explained"]["parts"][0]["outputs"];
    assert_eq!(outputs[1]["shown"], "masked: a stand-in for pii.email");
    assert_eq!(said["in_failed"]["sqlstate"], "25P02");
    assert_eq!(said["after"], true);
    assert_eq!(said["intent"], "tidy");
    assert_eq!(
        json(said["started"]["detail"].as_str().unwrap())["decision"],
        "deny"
    );
}

#[test]
fn every_message_of_the_extended_protocol_answers() {
    let demo = Demo::shared();
    let mut raw = Raw::open(demo.address(), "alice", "shop", Some(demo.token("alice")));
    let text = "EXPLAIN PORTCULLIS SELECT $1::int, $2::text";
    let flights = [
        (
            [parse("why", text), describe(b'S', "why"), sync()].concat(),
            "1tTZ",
        ),
        (query("BEGIN"), "CZ"),
        (
            [bind("p", "why", &[Some("1"), Some("x")], 0), sync()].concat(),
            "2Z",
        ),
        ([describe(b'P', "p"), execute("p", 0), sync()].concat(), "T"),
        (
            [bind("", "why", &[None, None], 0), execute("", 0), sync()].concat(),
            "2D",
        ),
        (query("COMMIT"), "CZ"),
        (query("SET portcullis.intent = 'look'"), "CZ"),
        (query("SHOW portcullis.intent"), "TDCZ"),
        (
            query("EXPLAIN PORTCULLIS SELECT 1; DROP TABLE payments"),
            "EZ",
        ),
        (query("SELECT 1; EXPLAIN PORTCULLIS SELECT 1"), "EZ"),
        (
            query("SELECT set_config('portcullis.intent', 'x', false)"),
            "EZ",
        ),
        (query("SELECT 'alive'"), "TDCZ"),
    ];
    for (bytes, kinds) in flights {
        let answer = raw.ask(&bytes, 1);
        let came: String = answer
            .iter()
            .map(|message| char::from(message.kind))
            .collect();
        assert!(
            came.starts_with(kinds),
            "{kinds}, and {came} came: {answer:?}"
        );
        if kinds == "1tTZ" {
            assert_eq!(answer[1].body[..2], [0, 2], "two parameters");
        }
    }
    // Nothing of it reached the target.
    let asked = demo.said_directly(&["SHOW portcullis.intent"]);
    assert!(
        asked.contains("unrecognized configuration parameter"),
        "{asked}"
    );
}

#[test]
fn a_held_statement_speaks_to_programs_too() {
    let demo = Demo::shared();
    let mut raw = Raw::open(demo.address(), "alice", "shop", Some(demo.token("alice")));
    raw.ask(&query("SET portcullis.refusals = json"), 1);
    raw.send(&query("DELETE FROM payments"));
    let notice = raw.until(b'N');
    let fields = notice.last().unwrap().body.clone();
    let detail = fields
        .split(|byte| *byte == 0)
        .find(|field| field.first() == Some(&b'D'));
    let held = json(std::str::from_utf8(&detail.unwrap()[1..]).unwrap());
    assert_eq!(held["decision"], "held");
    assert_eq!(held["reviewers"], serde_json::json!(["reviewers"]));
    assert!(
        held["allowed"][0].as_str().unwrap().contains("such as id"),
        "{held}"
    );
    raw.cancel();
    raw.until(b'Z');
}
