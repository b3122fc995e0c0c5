//! What is said beforehand about a statement, from the wire to the ledger.
// tidy: table — where it is said, the statement, and what the record says

mod support;

use serde_json::{Value, json};
use support::tasks::{bounds, entries, given, sql, text};
use support::{Demo, run};

/// What is said beforehand, wherever it is said, stands in the record beside what came of it.
#[test]
fn an_intent_is_recorded_and_compared_wherever_it_is_said() {
    let demo = Demo::shared();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let comment = format!("/*intent='find%20late%20orders',traceparent='{trace}'*/");
    let session = "SET portcullis.intent = 'find late orders'";
    let table = [
        (
            "nothing",
            vec!["SELECT 1 AS said_1"],
            "undeclared",
            None,
            false,
        ),
        (
            "session",
            vec![session, "SELECT id AS said_2 FROM orders LIMIT 1"],
            "match",
            Some("session"),
            false,
        ),
        (
            "session",
            vec![session, "UPDATE orders SET status = 'said_3' WHERE id = -1"],
            "mismatch",
            Some("session"),
            false,
        ),
        (
            "comment",
            vec!["SELECT id AS said_4 FROM orders LIMIT 1 COMMENT"],
            "match",
            Some("comment"),
            true,
        ),
        (
            "comment",
            vec!["SELECT id AS said_5 FROM payments LIMIT 1 COMMENT"],
            "mismatch",
            Some("comment"),
            true,
        ),
    ];
    for (name, statements, ..) in &table {
        let statements: Vec<String> = statements
            .iter()
            .map(|it| it.replace("COMMENT", &comment))
            .collect();
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        let told = demo.said_to("alice", &statements);
        assert!(!told.contains("ERROR"), "{name}: {told}");
    }
    let mut named = support::commands(
        demo.dsn("alice"),
        &["SELECT id AS said_6 FROM orders LIMIT 1"],
    );
    run(named.env("PGAPPNAME", "airman:find late orders/1a2b3c4d"));
    let task = given(&demo, "alice", &bounds(&json!({})));
    sql(
        &demo,
        text(&task, "access_token"),
        &["SELECT id AS said_7 FROM orders LIMIT 1"],
    );
    let all = entries(&demo);
    let of = |mark: &str| {
        let is_its = |entry: &&Value| {
            entry["type"] == "statement.intent" && entry["action"]["sql"].to_string().contains(mark)
        };
        all.iter().find(is_its).unwrap_or_else(|| panic!("{mark}"))["intent"].clone()
    };
    for (at, (_, _, verdict, source, is_traced)) in table.iter().enumerate() {
        let intent = of(&format!("said_{}", at + 1));
        assert_eq!(intent["verdict"], *verdict, "{intent}");
        assert_eq!(intent["claims"][0]["source"].as_str(), *source, "{intent}");
        assert_eq!(intent["traceparent"].is_string(), *is_traced, "{intent}");
    }
    assert_eq!(of("said_6")["claims"][0]["source"], "application_name");
    let given = &of("said_7");
    let claim = json!({ "attested": true, "source": "delegation", "text": "look at orders" });
    assert_eq!(
        (&given["claims"][0], &given["verdict"]),
        (&claim, &json!("match"))
    );
}
