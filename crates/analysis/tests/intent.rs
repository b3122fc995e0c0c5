//! What is said beforehand, against what statements do: one line each.
// tidy: table — sayings, statements and what comparing them comes to
#![allow(clippy::unwrap_used, missing_docs)]

mod fixture;

use std::sync::Arc;

use analysis::Scene;
use analysis::intent::{Comment, keeps};
use model::Limits;

const READS: &str = "SELECT id FROM orders WHERE id = 1";
const JOINS: &str = "SELECT c.city FROM customers c JOIN orders o ON o.customer_id = c.id";
const WRITES: &str = "UPDATE orders SET status = 'x' WHERE id = 1";
const REMOVES: &str = "DELETE FROM customers WHERE id = 1";
const DEFINES: &str = "ALTER TABLE orders ADD COLUMN x int";

#[test]
fn a_statement_is_held_against_what_was_said() {
    let catalog = Arc::new(fixture::catalog());
    let limits = Limits::default();
    let scene = Scene {
        catalog: &catalog,
        cursors: &|_| None,
        declared: &[],
        limits: &limits,
        prepared: &|_| None,
        search_path: &["public".into()],
        standard_conforming_strings: true,
    };
    let table = [
        ("", READS, "undeclared"),
        (" … !", WRITES, "undeclared"),
        ("ticket 4711", READS, "match"),
        ("ticket 4711", WRITES, "undeclared"),
        ("ticket 4711", DEFINES, "undeclared"),
        ("find late orders", READS, "match"),
        ("Find late orders", WRITES, "mismatch"),
        ("find late orders", DEFINES, "mismatch"),
        ("listing the order of a customer", JOINS, "match"),
        ("report on orders", "SELECT 1", "match"),
        ("report on payments", READS, "mismatch"),
        ("look at payments", "SELECT * FROM pg_class", "match"),
        ("fix the status of order 1", WRITES, "match"),
        ("updating orders", WRITES, "match"),
        ("updates", WRITES, "match"),
        ("correct order 1", REMOVES, "mismatch"),
        ("delete a customer", REMOVES, "match"),
        ("fix orders", DEFINES, "mismatch"),
        ("migration 42: orders", DEFINES, "match"),
        ("migrate", DEFINES, "match"),
        ("do not update anything, only look", WRITES, "mismatch"),
        ("read-only check before the update", WRITES, "mismatch"),
        ("check the address of customers", REMOVES, "mismatch"),
        ("review settings", "DELETE FROM orders", "mismatch"),
        ("find orders", "SELECT (", "mismatch"),
        ("Bestellungen", READS, "match"),
        ("Bestellungen", WRITES, "undeclared"),
    ];
    for (said, statement, expected) in table {
        let parts = analysis::analyse(statement, &scene).parts;
        let parts: Vec<_> = parts.into_iter().map(|part| part.effects).collect();
        let verdict = keeps(said, &parts, &catalog);
        assert_eq!(verdict.as_str(), expected, "{said:?}: {statement}");
    }
}

#[test]
fn a_comment_is_read_where_the_server_sees_one() {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let whole =
        format!("SELECT 1 /*action='show',intent='find%20late%20orders',traceparent='{trace}'*/");
    let all = Comment {
        framework: Some("show".to_owned()),
        intent: Some("find late orders".to_owned()),
        traceparent: Some(trace.to_owned()),
    };
    let table = [
        (whole.as_str(), Some(all)),
        (
            "SELECT 1 /*intent='it\\'s one'*/ ;\n",
            Some(Comment {
                intent: Some("it's one".to_owned()),
                ..Comment::default()
            }),
        ),
        (
            "SELECT 1 /*route='%2Fa',controller='c'*/",
            Some(Comment {
                framework: Some("c /a".to_owned()),
                ..Comment::default()
            }),
        ),
        ("SELECT '/*intent=''x''*/'", None),
        ("SELECT 'a /*intent=x*/", None),
        ("SELECT 1 -- /*intent='x'*/", None),
        ("SELECT 1 /*intent='x'*/ + 1", None),
        ("SELECT 1 /* a plain comment */", None),
        ("SELECT 1 /*db_driver='psycopg'*/", None),
        ("SELECT 1 /*traceparent='00-zz-1-01'*/", None),
        ("SELECT 1 /*intent=''*/", None),
        ("SELECT $$ /*intent='x'*/", None),
        ("/*", None),
        ("*/", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(Comment::of(text), expected, "{text}");
    }
}
