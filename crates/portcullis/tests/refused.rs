//! What is refused does not run, wherever it hides, and undoes what PostgreSQL would have undone.
//!
//! Why the state and not the answer: an error can be told after the fact. Every case is judged by
//! what the database holds afterwards, read past the gateway.
// tidy: table — most of it is the list of statements

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use support::drivers::{Language, demand};
use support::raw::{Raw, bind, describe, execute, extended, flush, parse, query, sync};
use support::{Demo, Faults};

/// Texts that would drop `payments`, or change what is not theirs to change.
const HIDDEN: &[&str] = &[
    "DROP TABLE payments",
    "drop/**/table payments cascade",
    "SELECT 1; DROP TABLE payments",
    "SELECT 1; DROP TABLE payments; SELECT 2",
    "DROP TABLE payments; SELECT 1",
    "BEGIN; DROP TABLE payments; COMMIT",
    ";;; DROP TABLE payments",
    "/* harmless */ DROP TABLE payments -- really",
    "/* /* nested */ SELECT 1 */ DROP TABLE payments",
    "SELECT '--'; DROP TABLE payments",
    "SELECT $$;$$; DROP TABLE payments",
    "SELECT E'\\'; SELECT '; DROP TABLE payments",
    "SELECT 'a\\'; DROP TABLE payments; --'",
    "DROP TABLE IF EXISTS nothing, payments",
    "DROP SCHEMA public CASCADE",
    "TRUNCATE payments",
    "TRUNCATE orders CASCADE",
    "DO $$ BEGIN DROP TABLE payments; END $$",
    "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'payments'; END $$",
    "PREPARE p AS DELETE FROM payments; DROP TABLE payments",
    "EXPLAIN ANALYZE WITH d AS (DELETE FROM payments RETURNING *) TRUNCATE payments",
    "SELECT query_to_xml('DROP TABLE payments', true, true, '')",
    "SELECT dblink_exec('dbname=shop', 'DROP TABLE payments')",
    "COPY payments TO PROGRAM 'psql -c \"DROP TABLE payments\"'",
    "COPY payments FROM '/dev/null'",
    "SET ROLE postgres; DROP TABLE payments",
    "SET SESSION AUTHORIZATION postgres",
    "ALTER TABLE payments RENAME TO gone; DROP TABLE gone",
    "DROP VIEW open_orders",
    "DROP FUNCTION refund",
    "DROP OWNED BY CURRENT_USER",
    "GRANT ALL ON payments TO PUBLIC",
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
];

/// A digest of everything a case could have changed.
const STATE: &str = "SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
    SELECT relname || relkind::text || coalesce(relacl::text, '') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname || coalesce(md5(prosrc), '') FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'payments' || count(*) || sum(amount) FROM payments
    UNION ALL SELECT 'orders' || count(*) || sum(total) || string_agg(status, '' ORDER BY id) FROM orders
    UNION ALL SELECT 'customers' || count(*) || sum(points) FROM customers
) AS q(part)";

fn connect(demo: &Demo, name: &str) -> Raw {
    Raw::open(demo.address(), name, "shop", Some(demo.token(name)))
}

fn text(messages: &[support::raw::Message]) -> String {
    format!("{messages:?}")
}

#[test]
fn what_hides_does_not_run() {
    let demo = Demo::start();
    let before = demo.value(STATE);
    let mut faults = Faults::default();
    for name in ["alice", "fixer"] {
        for sql in HIDDEN {
            let mut raw = connect(&demo, name);
            for (how, bytes) in [("simple", query(sql)), ("extended", extended(sql, &[], 0))] {
                let answer = raw.ask_or_withdraw(&bytes);
                let is_error = answer.iter().any(|message| message.kind == b'E');
                faults.demand(is_error, || {
                    format!("{name} {how} {sql}: {}", text(&answer))
                });
                // The session lives on.
                let after = raw.ask(&query("ROLLBACK; SELECT 'alive'"), 1);
                let lives = text(&after).contains("alive");
                faults.demand(lives, || {
                    format!("{name} {how} {sql}: dead, {}", text(&after))
                });
            }
            let state = demo.value(STATE);
            faults.demand(state == before, || {
                format!("{name} {sql}: the database has changed")
            });
        }
    }
    faults.end();
}

#[test]
fn what_would_be_made_to_drop_later_waits() {
    let demo = Demo::start();
    let before = demo.value(STATE);
    let body = "CREATE FUNCTION oops() RETURNS void LANGUAGE sql AS 'DROP TABLE payments'";
    let rule = "CREATE RULE r AS ON INSERT TO orders DO ALSO DELETE FROM payments";
    let held = [
        body,
        rule,
        "DELETE FROM payments",
        "UPDATE orders SET status = 'x' WHERE true",
        "WITH d AS (DELETE FROM payments RETURNING *) SELECT count(*) FROM d",
        "EXPLAIN ANALYZE DELETE FROM payments",
        "PREPARE p AS DELETE FROM payments; EXECUTE p",
    ];
    let mut faults = Faults::default();
    for sql in held {
        for bytes in [query(sql), extended(sql, &[], 0)] {
            if sql.starts_with("PREPARE") && bytes[0] == b'P' {
                continue;
            }
            let mut raw = connect(&demo, "alice");
            raw.send(&bytes);
            let notice = raw.until(b'N');
            faults.demand(text(&notice).contains("held for review"), || text(&notice));
            raw.cancel();
            let answer = raw.until(b'Z');
            faults.demand(text(&answer).contains("57014"), || {
                format!("{sql} {}", text(&answer))
            });
        }
        faults.demand(demo.value(STATE) == before, || {
            format!("{sql}: the database has changed")
        });
    }
    faults.end();
}

/// `BEGIN; a write; something refused; a write; COMMIT`, told in every way there is.
#[test]
fn a_refusal_undoes_what_an_error_would_have() {
    let demo = Demo::start();
    let one = "UPDATE customers SET points = points + 1 WHERE id = 1";
    let no = "DROP TABLE payments";
    let points = "SELECT points FROM customers WHERE id = 1";
    let before = demo.value(points);
    let each = |texts: &[&str]| {
        texts
            .iter()
            .map(|sql| query(sql))
            .collect::<Vec<_>>()
            .concat()
    };
    let steps = |texts: &[&str], last: Vec<u8>| {
        let all = texts.iter().map(|sql| {
            [
                parse("", sql),
                bind("", "", &[], 0),
                describe(b'P', ""),
                execute("", 0),
            ]
            .concat()
        });
        [all.collect::<Vec<_>>().concat(), last].concat()
    };
    let synced = |texts: &[&str]| {
        texts
            .iter()
            .map(|sql| extended(sql, &[], 0))
            .collect::<Vec<_>>()
            .concat()
    };
    let table = [
        (
            "simple, a message each",
            each(&["BEGIN", one, no, one, "COMMIT"]),
            5,
        ),
        ("simple, one message", query(&format!("{one}; {no}")), 1),
        (
            "simple, one message after",
            query(&format!("{no}; {one}")),
            1,
        ),
        (
            "simple, a block in a message",
            query(&format!("BEGIN; {one}; {no}; COMMIT")),
            1,
        ),
        (
            "extended, a Sync each",
            synced(&["BEGIN", one, no, one, "COMMIT"]),
            5,
        ),
        (
            "a pipeline with one Sync",
            steps(&[one, no, one], sync()),
            1,
        ),
        (
            "a pipeline that begins",
            steps(&["BEGIN", one, no, "COMMIT"], sync()),
            1,
        ),
        (
            "a pipeline flushed before",
            [
                steps(&[one], flush()),
                steps(&[no], flush()),
                steps(&[one], sync()),
            ]
            .concat(),
            1,
        ),
    ];
    let mut faults = Faults::default();
    for (how, bytes, ready) in table {
        let mut raw = connect(&demo, "alice");
        let answer = raw.ask(&bytes, ready);
        faults.demand(text(&answer).contains("42501"), || {
            format!("{how}: {}", text(&answer))
        });
        raw.ask(&query("ROLLBACK"), 1);
        let alive = raw.ask(&query("SELECT 'alive'"), 1);
        faults.demand(text(&alive).contains("alive"), || {
            format!("{how}: the session died")
        });
        drop(raw);
        faults.demand(demo.value(points) == before, || {
            format!("{how}: it is not undone")
        });
    }
    let said = demo.said_to("alice", &["BEGIN", one, no, "COMMIT"]);
    faults.demand(said.contains("ROLLBACK"), || {
        format!("COMMIT ends in ROLLBACK: {said}")
    });
    // Back to a savepoint, as after any error.
    let kept = demo.said_to(
        "alice",
        &["BEGIN", one, "SAVEPOINT s", no, "ROLLBACK TO s", "COMMIT"],
    );
    faults.demand(
        kept.ends_with("COMMIT\n") || kept.contains("COMMIT"),
        || kept.clone(),
    );
    let more = format!("SELECT {before} + 1");
    faults.demand(demo.value(points) == demo.value(&more), || {
        "a savepoint keeps".to_owned()
    });
    faults.demand(
        demo.value("SELECT to_regclass('payments')") == "payments",
        || no.to_owned(),
    );
    faults.end();
}

#[test]
fn a_refusal_in_libpqs_pipeline_undoes_the_pipeline() {
    let demo = Demo::shared();
    demand(
        Language::Python,
        "refused_pipeline.py",
        &[demo.dsn("alice"), &demo.direct()],
    );
}
