//! Words that help: what a refused client reads, and what it may ask before it tries.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::fs;
use std::process::Command;

use serde_json::Value;
use support::drivers::{Language, demand};
use support::raw::{Raw, bind, describe, execute, extended, parse, query, sync};
use support::serve::House;
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
            "DELETE FROM customers WHERE id = 1 AND email LIKE 'a%'",
            "customers.email (pii.email) may be compared with = or IN, grouped by, joined by =, \
             tested with IS NULL.",
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
        (query("/* portcullis: explain */ SELECT 1 / 0"), "TD"),
        (query("SELECT 1 / 0 -- portcullis: explain json"), "TDCZ"),
        (
            extended(
                "/* portcullis: explain */ SELECT 1 / $1::int",
                &[Some("0")],
                0,
            ),
            "12TD",
        ),
        (query("SELECT 1; SELECT 2 /* portcullis: explain */"), "EZ"),
        (query("/* portcullis: expalin */ SELECT 1"), "EZ"),
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

/// A production of stuck orders, with the break-glass pack: nora is on call, sam looks afterwards.
fn emergency() -> (House, testkit::Postgres) {
    let server = testkit::Postgres::start();
    server.psql("CREATE ROLE shop LOGIN");
    server.psql("CREATE DATABASE shop OWNER shop");
    let url = server.url_of("shop", None, "shop");
    let made = "CREATE TABLE orders (id int PRIMARY KEY, status text); \
                INSERT INTO orders SELECT n, 'stuck' FROM generate_series(1, 3) AS n";
    support::run(support::psql(&url).args(["-c", made]));
    let house = House::new(&url, "");
    let pack = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/policies/break-glass"
    );
    let text = fs::read_to_string(house.file())
        .unwrap()
        .replace("\"staging\"", "\"production\"");
    fs::write(house.file(), format!("policies = \"{pack}\"\n{text}")).unwrap();
    let person = ["--kind", "person", "--group", "developers", "--group"];
    house.add("nora", &[&person[..], &["oncall"]].concat());
    house.add("sam", &[&person[..], &["security"]].concat());
    (house, server)
}

#[test]
fn broken_glass_is_loud_and_is_asked_about_afterwards() {
    let (mut house, _server) = emergency();
    let (nora, sam) = (house.issue("nora", "1h"), house.issue("sam", "1h"));
    house.start();
    house.settle();
    let mut faults = Faults::default();
    let said = both(&support::run(&mut support::commands(
        &house.dsn_with("nora", &nora),
        &[
            "SET portcullis.intent = 'EMERGENCY INC-7: all orders stuck'",
            "UPDATE orders SET status = 'open'",
            "DROP TABLE orders",
        ],
    )));
    for wanted in [
        "NOTICE:  break-glass: this runs now and is reviewed afterwards",
        "UPDATE 3",
        "ERROR:  DROP and TRUNCATE are refused in production",
    ] {
        faults.demand(said.contains(wanted), || format!("{wanted}\n--\n{said}"));
    }
    let entries = house.entries();
    let used = entries
        .iter()
        .find(|entry| entry["type"] == "break_glass.used");
    let used = used.unwrap_or_else(|| panic!("{entries:#?}"));
    assert_eq!(used["admin"]["by"], "nora");
    assert_eq!(
        used["admin"]["facts"]["intent"],
        "EMERGENCY INC-7: all orders stuck"
    );
    assert_eq!(
        used["admin"]["facts"]["rules"],
        "glass.break production.unbounded"
    );
    // It outlives the gateway, and its answer is recorded.
    house.crash();
    house.start();
    house.settle();
    let ask = |args: &[&str]| {
        let output = support::run(house.verb(args).env("PORTCULLIS_TOKEN", &sam));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let listed = json(&ask(&["reviews", "ls", "--format", "json"]));
    assert_eq!(listed[0]["has_run"], true, "{listed}");
    assert_eq!(listed[0]["principal"], "nora");
    let code = listed[0]["code"].as_str().unwrap();
    ask(&["reviews", "deny", code, "--reason", "one order was enough"]);
    let verified = both(&support::run(&mut house.verb(&["ledger", "verify"])));
    faults.demand(
        !verified.contains("fault") && !verified.contains("illegal"),
        || verified,
    );
    let answered = house.entries();
    let answered = answered
        .iter()
        .find(|entry| entry["type"] == "review.answered");
    assert_eq!(
        answered.unwrap()["review"]["reason"],
        "one order was enough"
    );
    faults.end();
}

#[test]
fn an_explanation_is_no_oracle() {
    let server = testkit::Postgres::start();
    server.psql("CREATE ROLE shop LOGIN");
    server.psql("CREATE DATABASE shop OWNER shop");
    let url = server.url_of("shop", None, "shop");
    let made = "CREATE TABLE salaries (id int PRIMARY KEY, wage int, boss_email text); \
                CREATE VIEW heads AS SELECT id FROM salaries WHERE wage > 9";
    support::run(support::psql(&url).args(["-c", made]));
    let mut house = House::new(&url, "");
    let rule = "@id(\"closed\") forbid (principal, action in Action::\"read\", resource is Table) \
                when { resource.name == \"salaries\" };";
    fs::write(house.dir.path().join("closed.cedar"), rule).unwrap();
    let text = fs::read_to_string(house.file()).unwrap();
    fs::write(house.file(), format!("policies = \"closed.cedar\"\n{text}")).unwrap();
    house.start();
    house.settle();
    let ask = |sql: &str| {
        both(&support::run(&mut support::commands(
            &house.dsn("alice"),
            &[sql],
        )))
    };
    let mut faults = Faults::default();
    for sql in [
        "EXPLAIN PORTCULLIS SELECT * FROM heads",
        "EXPLAIN (PORTCULLIS, FORMAT JSON) SELECT * FROM heads",
        "EXPLAIN PORTCULLIS SELECT * FROM heads WHERE id = 1",
        "EXPLAIN PORTCULLIS SELECT * FROM salarie",
        "SELECT * FROM salarie",
    ] {
        let told = ask(sql);
        for secret in ["salaries", "wage", "boss_email"] {
            faults.demand(!told.contains(secret), || {
                format!("{sql} tells {secret}\n{told}")
            });
        }
    }
    // Whoever names it is told no, and not what is in it.
    for sql in ["SELECT id FROM salaries", "TABLE salaries"] {
        let told = ask(&format!("EXPLAIN PORTCULLIS {sql}"));
        let is_quiet = !told.contains("wage") && !told.contains("boss_email");
        faults.demand(told.contains("[closed]") && is_quiet, || told);
    }
    faults.end();
}
