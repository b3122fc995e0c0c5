//! The reference policy, clause by clause (P0 to P14): what passes, what is refused or held.
//!
//! Few statements for each: `evasions`, `mutations` and `ordinary` hold the many. Here stand the
//! clauses that need more than one session: a review, a function changed since it was listed, the
//! record.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use support::raw::{bind, extended, parse_typed, query, sync};
use support::strict::Strict;
use support::{Faults, run, said, until};

/// What must come of a statement.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comes {
    Held,
    Passes,
    Refused,
}
use Comes::{Held, Passes, Refused};

/// The one of this test file: started by the first who asks, ended with the last.
fn shared() -> Arc<Strict> {
    static SHARED: Mutex<Weak<Strict>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(strict) = shared.upgrade() {
        return strict;
    }
    let strict = Arc::new(Strict::start());
    *shared = Arc::downgrade(&strict);
    strict
}

/// Each statement in a session of its own, undone where it passes.
fn clause(table: &[(&str, &str, Comes)]) {
    let strict = shared();
    let mut faults = Faults::default();
    for (who, sql, wanted) in table {
        let mut talk = strict.talk(who, "shop", &[]).ok().unwrap();
        talk.ask(&query("BEGIN"), 1);
        let answer = talk.ask(&query(sql), 1);
        let code = answer.code();
        let came = match code.as_deref() {
            _ if answer.was_held => Held,
            None => Passes,
            Some(_) => Refused,
        };
        faults.demand(came == *wanted, || {
            format!(
                "{who}: {sql}: {wanted:?}, but {came:?} {:.300?}",
                answer.messages
            )
        });
        talk.end();
    }
    faults.end();
}

#[test]
fn p0_what_no_rule_touches_passes() {
    clause(&[
        ("agent", "SELECT id, plan FROM customers", Passes),
        ("app", "UPDATE notes SET rank = 1 WHERE id = 1", Passes),
        ("dev", "INSERT INTO notes (id) VALUES (77)", Passes),
    ]);
}

#[test]
fn p1_what_is_not_understood_is_refused() {
    let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    clause(&[
        ("app", "SELEC 1", Refused),
        ("app", "SELECT nowhere.x FROM notes", Refused),
        ("app", &deep, Refused),
    ]);
}

#[test]
fn p2_the_schema_stays() {
    clause(&[
        ("app", "CREATE TABLE loot (x int)", Refused),
        ("dev", "COMMENT ON TABLE notes IS 'x'", Refused),
        (
            "dev",
            "CREATE TEMP TABLE scratch AS SELECT id FROM customers",
            Passes,
        ),
        (
            "dev",
            "CREATE TEMP TABLE scratch AS SELECT email FROM customers",
            Refused,
        ),
        ("dev", "CREATE TEMP TABLE orders (id int)", Refused),
        ("agent", "CREATE TEMP TABLE scratch (x int)", Refused),
    ]);
}

#[test]
fn p3_nothing_is_destroyed_in_bulk() {
    clause(&[
        ("app", "TRUNCATE notes", Refused),
        ("app", "DELETE FROM notes", Refused),
        ("app", "UPDATE notes SET rank = 0 WHERE 1 = 1", Refused),
        ("app", "DELETE FROM notes WHERE id = 3", Passes),
    ]);
}

#[test]
fn p4_nobody_becomes_another() {
    clause(&[
        ("dev", "SET ROLE bystander", Refused),
        (
            "dev",
            "SELECT set_config('role', 'bystander', false)",
            Refused,
        ),
        ("dev", "GRANT SELECT ON notes TO bystander", Refused),
    ]);
}

#[test]
fn p5_the_host_is_out_of_reach() {
    clause(&[
        ("app", "COPY notes TO '/tmp/x'", Refused),
        ("app", "SELECT pg_read_file('canary')", Refused),
        ("app", "SELECT * FROM far_table", Refused),
        ("app", "COPY notes TO STDOUT", Passes),
    ]);
}

#[test]
fn p6_only_listed_code_runs_and_only_as_it_was_listed() {
    clause(&[
        ("app", "DO $$ BEGIN END $$", Refused),
        ("app", "SELECT app.wipe()", Refused),
        ("app", "SELECT app.order_total(1)", Passes),
    ]);
    let strict = shared();
    let wipes = "CREATE OR REPLACE FUNCTION app.order_summary(wanted bigint) \
                 RETURNS TABLE (id bigint, status text) LANGUAGE sql VOLATILE AS \
                 $$ DELETE FROM notes RETURNING id, body $$";
    strict.server.psql_in("twin", &["-c", wipes]);
    let scan = || run(&mut strict.house.verb(&["catalog", "scan", "twin"]));
    until("a changed function is off the list", || {
        let _ = scan();
        let mut talk = strict.talk("app", "twin", &[]).ok()?;
        talk.ask(&query("BEGIN"), 1);
        let answer = talk.ask(&query("SELECT * FROM app.order_summary(1)"), 1);
        let is_refused = answer.code().as_deref() == Some("42501");
        talk.end();
        is_refused.then_some(())
    });
}

/// A parameter is made when it is bound: no text names its type, and nothing needs to run.
#[test]
fn p6_a_type_declared_by_its_oid_runs_no_check_unseen() {
    let strict = shared();
    let count = || {
        strict
            .server
            .psql_in("twin", &["-c", "SELECT count(*) FROM notes"])
    };
    let before = count();
    for kind in ["app.checked", "app.held", "app.holder", "app.checked[]"] {
        let oid = format!("SELECT '{kind}'::regtype::oid");
        let oid: u32 = strict
            .server
            .psql_in("twin", &["-c", &oid])
            .parse()
            .unwrap();
        let value = match kind {
            "app.holder" => "(\"(x,y)\")",
            "app.held" => "(x,y)",
            "app.checked[]" => "{x}",
            _ => "x",
        };
        let flight = [
            parse_typed("SELECT $1 IS NULL", oid),
            bind("", "", &[Some(value)], 0),
            sync(),
        ];
        let mut talk = strict.talk("app", "twin", &[]).ok().unwrap();
        let answer = talk.ask(&flight.concat(), 1);
        assert_eq!(
            answer.code().as_deref(),
            Some("42501"),
            "{kind}: {answer:?}"
        );
        talk.end();
    }
    // What a parameter was declared of decides which function is meant.
    for (oid, text, code) in [
        (23, "SELECT lower($1)", Some("42501")),
        (23, "SELECT 'a'::text + $1", Some("42501")),
        (23, "SELECT concat($1, 5)", Some("42501")),
        (25, "SELECT lower($1)", None),
        (0, "SELECT lower($1)", None),
        (0, "SELECT id FROM notes WHERE id = $1", None),
        (20, "SELECT id FROM notes WHERE id = $1", None),
    ] {
        let flight = [
            parse_typed(text, oid),
            bind("", "", &[Some("5")], 0),
            support::raw::execute("", 0),
            sync(),
        ];
        let mut talk = strict.talk("app", "twin", &[]).ok().unwrap();
        let answer = talk.ask(&flight.concat(), 1);
        assert_eq!(answer.code().as_deref(), code, "{oid} {text}: {answer:?}");
        talk.end();
    }
    assert_eq!(count(), before);
}

#[test]
fn p7_a_protected_table_waits_for_another_person() {
    clause(&[
        ("agent", "INSERT INTO notes (id) VALUES (77)", Refused),
        ("agent", "SELECT * FROM notes FOR UPDATE", Refused),
        ("agent", "SELECT nextval('invoice_numbers')", Refused),
        ("dev", "UPDATE payments SET status = 'x' WHERE id = 1", Held),
        (
            "dev",
            "UPDATE reports.payment_lines SET status = 'x' WHERE id = 1",
            Held,
        ),
        (
            "app",
            "UPDATE payments SET status = 'x' WHERE id = 1",
            Passes,
        ),
        ("app", "DELETE FROM audit_log WHERE id = 1", Refused),
    ]);
}

#[test]
fn p8_the_server_stays_available() {
    clause(&[
        ("app", "LOCK TABLE notes", Refused),
        ("app", "LOCK TABLE notes IN ACCESS SHARE MODE", Passes),
        ("app", "REINDEX TABLE notes", Refused),
        ("app", "PREPARE TRANSACTION 'x'", Refused),
        ("agent", "SELECT pg_sleep(1)", Refused),
        ("app", "ANALYZE notes", Passes),
    ]);
}

#[test]
fn p9_settings_are_a_list() {
    clause(&[
        ("dev", "SET TimeZone = 'Asia/Tokyo'", Passes),
        ("dev", "SET LOCAL work_mem = '64MB'", Passes),
        ("dev", "SET work_mem = '64MB'", Refused),
        ("dev", "SET standard_conforming_strings = off", Refused),
        ("dev", "SET statement_timeout = '2min'", Passes),
        ("dev", "SET statement_timeout = '2h'", Refused),
        ("dev", "SELECT set_config('search_path', '', false)", Passes),
        (
            "app",
            "SELECT set_config('search_path', '', false)",
            Refused,
        ),
    ]);
    let options = [("options", "-c standard_conforming_strings=off")];
    assert!(shared().talk("dev", "shop", &options).is_err());
    assert!(
        shared()
            .talk("dev", "shop", &[("options", "-c TimeZone=UTC")])
            .is_ok()
    );
}

#[test]
fn p10_a_masked_value_is_neither_shown_nor_found_out() {
    clause(&[
        ("agent", "SELECT email FROM customers", Passes),
        (
            "agent",
            "SELECT count(email) FROM customers WHERE phone IS NULL",
            Passes,
        ),
        (
            "agent",
            "SELECT id FROM customers WHERE email = 'x'",
            Refused,
        ),
        ("dev", "SELECT id FROM customers WHERE email = 'x'", Passes),
        (
            "dev",
            "UPDATE customers SET plan = 'free' WHERE email > 'm' AND id = 1",
            Refused,
        ),
        ("dev", "SELECT id FROM customers ORDER BY email", Passes),
        ("app", "SELECT id FROM customers WHERE email = 'x'", Passes),
    ]);
    let strict = shared();
    for who in ["agent", "dev"] {
        let mut talk = strict.talk(who, "shop", &[]).ok().unwrap();
        let answer = talk.ask(
            &query("SELECT email, full_name, card_number FROM customers"),
            1,
        );
        assert_eq!(
            answer.messages.iter().filter(|m| m.kind == b'D').count(),
            40
        );
        assert_eq!(strict.secret_in(&answer.bytes()), None);
    }
    let mut talk = strict.talk("app", "shop", &[]).ok().unwrap();
    let answer = talk.ask(&query("SELECT email FROM customers"), 1);
    assert!(strict.secret_in(&answer.bytes()).is_some());
}

#[test]
fn p11_catalogs_that_leak_are_closed() {
    clause(&[
        ("app", "SELECT * FROM pg_stats", Refused),
        ("dev", "SELECT pid FROM pg_stat_activity", Passes),
        ("dev", "SELECT query FROM pg_stat_activity", Refused),
        ("dev", "SELECT subname FROM pg_subscription", Passes),
        ("dev", "SELECT subconninfo FROM pg_subscription", Refused),
        ("dev", "SELECT stxname FROM pg_statistic_ext", Passes),
    ]);
}

#[test]
fn p12_a_malformed_message_ends_the_session() {
    let strict = shared();
    for bytes in [&b"Z\0\0\0\x04"[..], b"Q\0\0\0\x03", b"Q\xff\xff\xff\xff"] {
        let mut talk = strict.talk("app", "shop", &[]).ok().unwrap();
        assert!(talk.ask(bytes, 1).is_ended, "{bytes:?}");
    }
}

#[test]
fn p13_agents_have_no_side_channels() {
    clause(&[
        ("agent", "LISTEN news", Refused),
        ("agent", "SELECT pg_notify('news', 'x')", Refused),
        ("agent", "SELECT pg_export_snapshot()", Refused),
        ("app", "LISTEN news", Passes),
    ]);
}

#[test]
fn p14_every_statement_is_on_record_once() {
    let strict = shared();
    let mut talk = strict.talk("app", "shop", &[]).ok().unwrap();
    talk.ask(&query("SELECT 'first of two'; SELECT 'second of two'"), 1);
    talk.ask(&query("DROP TABLE notes /* never */"), 1);
    for _ in 0..2 {
        talk.ask(&extended("SELECT $1::int AS again", &[Some("41")], 0), 1);
    }
    talk.end();
    let count = |word: &str| {
        let entries = strict.house.entries();
        let is_it = |entry: &&serde_json::Value| {
            entry["type"] == "statement.intent"
                && entry["who"]["principal"] == "app"
                && entry["action"]["sql"]
                    .as_str()
                    .is_some_and(|sql| sql.contains(word))
        };
        entries.iter().filter(is_it).count()
    };
    until("the record", || (count("AS again") >= 2).then_some(()));
    assert!(count("of two") >= 1);
    assert_eq!(count("never"), 1);
    let verified = run(&mut strict.house.verb(&["ledger", "verify"]));
    assert!(verified.status.success(), "{}", said(&verified));
}
