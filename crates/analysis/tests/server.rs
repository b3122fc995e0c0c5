//! Bodies called on a real server: what changed there, and what was said to change.
//!
//! Why: a prediction that misses a table lets a write through that policy would have stopped. Each
//! statement runs in a transaction of its own that is rolled back; every table's content before
//! and after is compared with the acts. What is said of more than changed is written beside it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../../catalog/tests/psql/mod.rs"]
mod psql;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use analysis::Scene;
use catalog::Catalog;
use model::{Action, CallBody, Effects, Limits};
use testkit::Postgres;

/// Statements; behind ` -- ` what is said to change beyond what does, `~` if a body is not read
/// whole.
const STATEMENTS: &[&str] = &[
    "SELECT reads(1)",
    "SELECT adds(3)",
    "SELECT sets(1, 'x')",
    "SELECT takes(1)",
    "SELECT modern(2)",
    "SELECT wraps(1)",
    "SELECT id FROM orders WHERE wraps(id) IS NOT NULL",
    "SELECT upserts('calls'), upserts('other')",
    "SELECT loops(2)",
    "SELECT branches(1) -- audit staff stock_low stock_high",
    "SELECT branches(9) -- audit staff queue stock_low",
    "SELECT known()",
    "SELECT dynamic('queue') -- ~",
    "SELECT cursors()",
    "SELECT traps() -- customers counts",
    "SELECT temps()",
    "SELECT defines()",
    "ALTER TABLE audit ADD COLUMN c int",
    "SELECT elsewhere()",
    "SELECT * FROM rows()",
    "SELECT merges()",
    "SELECT withs()",
    "SELECT parts() -- stock_high",
    "SELECT views()",
    "SELECT down(2)",
    "SELECT even(4)",
    "SELECT labels()",
    "SELECT conflict(2)",
    "CALL settles(1)",
    "INSERT INTO customers VALUES (3, 'c@x', 'bern')",
    "UPDATE customers SET city = 'x' WHERE id = 1",
    "DELETE FROM orders WHERE id = 1",
    "INSERT INTO defaulted (what) VALUES ('x')",
    "INSERT INTO defaulted (id) VALUES (4)",
    "DO $$ BEGIN PERFORM adds(5); DELETE FROM audit WHERE at = 0; END $$",
    "DO $$ DECLARE t text := 'lines'; BEGIN EXECUTE 'TRUNCATE ' || t; END $$ -- ~",
    "WITH x AS (SELECT adds(6) AS i) SELECT i FROM x",
    "SELECT (SELECT sets(2, 'y')) IS NULL ORDER BY loops(1)",
    "EXPLAIN ANALYZE SELECT takes(2)",
];

/// The same of what hangs on a write, or an expression.
const ROADS: &[&str] = &[
    "DELETE FROM posts WHERE id = 1",
    "DELETE FROM users WHERE id = 3 -- comments log posts",
    "DELETE FROM users WHERE id = 1",
    "DELETE FROM nodes WHERE id = 1",
    "UPDATE users SET id = 7 WHERE id = 1",
    "UPDATE posts SET id = 7 WHERE id = 1",
    "UPDATE users SET name = 'q' WHERE id = 1",
    "UPDATE users SET org = 1 WHERE id = 2",
    "INSERT INTO users VALUES (9, 1, 'n')",
    "INSERT INTO users VALUES (1, 1, 'n') ON CONFLICT (id) DO UPDATE SET name = 'm'",
    "INSERT INTO users VALUES (1, 1, 'n') ON CONFLICT (id) DO NOTHING -- users",
    "MERGE INTO users u USING orgs o ON o.id = u.org AND u.id = 1 WHEN MATCHED THEN DELETE",
    "WITH d AS (DELETE FROM users WHERE id = 1 RETURNING id) SELECT id FROM d",
    "EXPLAIN ANALYZE DELETE FROM users WHERE id = 1",
    "EXPLAIN DELETE FROM users WHERE id = 1",
    "COPY (DELETE FROM users WHERE id = 1 RETURNING id) TO STDOUT",
    "TRUNCATE posts CASCADE",
    "TRUNCATE users CASCADE",
    "TRUNCATE people",
    "TRUNCATE sales",
    "DELETE FROM people",
    "DELETE FROM ONLY people",
    "UPDATE people SET name = 'q' WHERE id > 0",
    "UPDATE staff SET wage = 1 -- people",
    "UPDATE chiefs SET name = 'q' -- people staff",
    "INSERT INTO sales VALUES (1, 2, 'q') -- sales_1 sales_2_rest",
    "INSERT INTO sales_2 VALUES (1, 2, 'q') -- sales_2_rest",
    "UPDATE sales SET note = 'q'",
    "UPDATE sales SET kind = 2 WHERE kind = 1 -- sales_2_rest",
    "DELETE FROM sales_2",
    "UPDATE names SET name = 'q' WHERE id = 1",
    "DELETE FROM some_names WHERE id = 1",
    "INSERT INTO names VALUES (8, 'q')",
    "UPDATE pairs SET name = 'q' WHERE id = 1",
    "UPDATE pairs_again SET name = 'q' WHERE id = 1 -- likes log posts users",
    "INSERT INTO ruled VALUES (2, 'q')",
    "DELETE FROM ruled WHERE id = 1 -- ruled",
    "UPDATE ruled SET what = 'q' WHERE id = 1 -- ruled",
    "INSERT INTO numbered (id) VALUES (2)",
    "INSERT INTO numbered VALUES (2, 5, 'q')",
    "INSERT INTO numbered VALUES (2, DEFAULT, 'q')",
    "UPDATE numbered SET number = DEFAULT WHERE id = 1 -- numbered",
    "UPDATE numbered SET what = 'q'",
    "INSERT INTO guarded VALUES (2, 'q')",
    "UPDATE guarded SET id = 3",
    "INSERT INTO odds VALUES (3)",
    "SELECT 3::odd",
    "SELECT id FROM users WHERE name === 'x'",
    "SELECT id FROM users WHERE name OPERATOR(shop.===) 'x'",
    "SELECT 5::pair",
    "SELECT CAST(id AS pair) FROM users",
    "INSERT INTO boxes VALUES (1, 5)",
    "SELECT total(id) FROM users",
    "SELECT total(id) OVER () FROM users",
    "SELECT id FROM users GROUP BY id HAVING total(id) > 0",
];

fn effects(catalog: &Arc<Catalog>, text: &str) -> Vec<Effects> {
    let limits = Limits::default();
    let none = |_: &str| None;
    let scene = Scene {
        catalog,
        cursors: &none,
        declared: &[],
        limits: &limits,
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    let read = analysis::analyse(text, &scene);
    read.parts.into_iter().map(|part| part.effects).collect()
}

/// The tables that are said to change.
fn said(effects: &[Effects]) -> BTreeSet<String> {
    let changes = |action| {
        matches!(
            action,
            Action::Alter
                | Action::CopyIn
                | Action::Create
                | Action::Delete
                | Action::Drop
                | Action::Insert
                | Action::Merge
                | Action::Truncate
                | Action::Update
        )
    };
    let acts = effects.iter().flat_map(|part| &part.acts);
    acts.filter(|act| changes(act.action))
        .map(|act| match act.object.schema.as_str() {
            "other" => format!("other.{}", act.object.name),
            _ => act.object.name.clone(),
        })
        .collect()
}

/// The content of every table, by name.
fn state(rows: &[Vec<Option<String>>]) -> BTreeMap<String, String> {
    let cell = |row: &Vec<Option<String>>, at: usize| row[at].clone().unwrap_or_default();
    rows.iter()
        .map(|row| (cell(row, 0), cell(row, 1)))
        .collect()
}

#[test]
fn what_a_body_changes_was_said_before() {
    compare(include_str!("server/shop.sql"), STATEMENTS, 11);
}

#[test]
fn what_hangs_on_a_write_was_said_before() {
    compare(include_str!("server/roads.sql"), ROADS, 20);
}

/// Of many more: nothing changes that was not said. What is said beyond is not compared.
#[test]
fn nothing_changes_that_was_not_said() {
    let fixture = [
        include_str!("server/roads.sql"),
        include_str!("server/itself.sql"),
    ];
    let statements = include_str!("server/itself.txt").lines();
    let open: Vec<String> = statements.map(|line| format!("{line} -- *")).collect();
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    compare(&fixture.concat(), &open, 26);
}

/// Runs each statement and compares; the fixture has so many tables.
fn compare(fixture: &str, statements: &[&str], count: usize) {
    let server = Postgres::setup().sql(fixture).start();
    let catalog = Arc::new(psql::read(&server));
    let probe = "SELECT * FROM probe.state()".to_owned();
    let mut texts = vec![probe.clone()];
    for statement in statements {
        let sql = statement.split(" -- ").next().unwrap();
        let each = ["BEGIN", sql, &probe, "ROLLBACK"];
        texts.extend(each.map(str::to_owned));
    }
    let answers = psql::run(&server, &texts);
    let before = state(&answers[0]);
    let tables: BTreeSet<&String> = before.keys().collect();
    assert_eq!(tables.len(), count);
    let mut wrong = String::new();
    for (number, statement) in statements.iter().enumerate() {
        let (sql, beyond) = statement.split_once(" -- ").unwrap_or((statement, ""));
        let after = state(&answers[number * 4 + 3]);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let is_changed = |name: &&&String| before.get(**name) != after.get(**name);
        let changed: BTreeSet<String> = names
            .iter()
            .filter(is_changed)
            .map(|n| (**n).clone())
            .collect();
        let read = effects(&catalog, sql);
        let said = said(&read);
        let is_whole = read.iter().all(|part| {
            part.gaps.is_empty() && part.calls.iter().all(|call| call.body != CallBody::Partly)
        });
        if !is_whole && beyond == "~" {
            continue;
        }
        let missed: Vec<&String> = changed.difference(&said).collect();
        // A partitioned table and a view hold nothing themselves.
        let holds = |name: &&String| before.contains_key(*name) || after.contains_key(*name);
        let more: BTreeSet<&str> = said
            .difference(&changed)
            .filter(holds)
            .map(String::as_str)
            .collect();
        let more_allowed: BTreeSet<&str> = beyond.split_whitespace().collect();
        let is_open = beyond == "*";
        let is_exact = is_open || more == more_allowed && is_whole;
        // What is not read whole says so, and may do anything.
        let is_missed = !missed.is_empty() && (is_whole || !is_open);
        if is_missed || !is_exact {
            let bodies: Vec<_> = read[0]
                .calls
                .iter()
                .map(|call| (&call.function.name, call.body))
                .collect();
            let gaps = &read[0].gaps;
            writeln!(wrong, "{sql}\n  changed {changed:?}\n  said {said:?}").unwrap();
            writeln!(wrong, "  missed {missed:?} more {more:?}").unwrap();
            writeln!(wrong, "  gaps {gaps:?}\n  bodies {bodies:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
