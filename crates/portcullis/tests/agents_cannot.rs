//! What an agent may not do about itself, each thing tried on the real one: every route of the
//! control socket, the token endpoint, the wire.
// tidy: table — routes and exchanges, and the answers they must get

mod support;

use serde_json::{Value, json};
use support::tasks::{ask, bounds, dsn, entries, exchange, given, sql, text};
use support::{Demo, run, said};

#[test]
fn an_agent_changes_nothing_about_itself() {
    let demo = Demo::shared();
    let task = given(
        &demo,
        "alice",
        &bounds(&json!({ "actions": ["select"], "rows": 5 })),
    );
    let (own, given) = (demo.token("fixer"), text(&task, "access_token"));
    let id = text(&task, "task");
    let open = ask(&demo, "GET", "/v1/sessions", None, "");
    assert_eq!(open.0, 200, "the routes are there: {}", open.1);
    let table = [
        (
            "POST",
            "/v1/tokens",
            json!({ "principal": "fixer", "ttl_s": 900_000 }),
        ),
        (
            "POST",
            "/v1/tokens",
            json!({ "principal": "alice", "ttl_s": 60 }),
        ),
        ("POST", "/v1/tokens/t1/revoke", json!({})),
        (
            "POST",
            "/v1/principals",
            json!({ "name": "twin", "kind": "agent", "acts_for": "olga" }),
        ),
        (
            "POST",
            "/v1/principals/fixer/link",
            json!({ "issuer": "https://x", "subject": "y" }),
        ),
        ("POST", "/v1/principals/dana/disable", json!({})),
        ("POST", "/v1/agents/kill", json!({ "task": id })),
        (
            "POST",
            "/v1/sessions/00000000-0000-0000-0000-000000000000/kill",
            json!({}),
        ),
        ("POST", "/v1/targets/shop/scan", json!({})),
        (
            "POST",
            "/v1/why",
            json!({ "principal": "omar", "target": "shop", "text": "SELECT 1" }),
        ),
        ("GET", "/v1/principals", Value::Null),
        ("GET", "/v1/tokens", Value::Null),
        ("GET", "/v1/agents", Value::Null),
        ("GET", "/v1/sessions", Value::Null),
        ("GET", "/v1/policy", Value::Null),
        ("GET", "/v1/catalogs/shop", Value::Null),
        ("GET", "/v1/targets/shop/catalog", Value::Null),
    ];
    for (method, path, body) in &table {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        for token in [own, given] {
            let (status, answer) = ask(&demo, method, path, Some(token), &body);
            assert_eq!(status, 403, "{method} {path}: {answer}");
        }
    }
    // The socket alone, as a program under the gateway's own account reaches it.
    for body in [
        json!({ "principal": "fixer", "ttl_s": 900_000 }),
        json!({ "principal": "alice", "ttl_s": 60 }),
    ] {
        let (status, answer) = ask(&demo, "POST", "/v1/tokens", None, &body.to_string());
        assert_eq!(status, 403, "{answer}");
    }
    let twin = json!({ "name": "twin", "kind": "agent", "acts_for": "olga" }).to_string();
    assert_eq!(ask(&demo, "POST", "/v1/principals", None, &twin).0, 403);
    // What it may: look at what is its own.
    for path in ["/v1/whoami", "/v1/targets", "/v1/about", "/v1/reviews"] {
        assert_eq!(ask(&demo, "GET", path, Some(given), "").0, 200, "{path}");
    }
    let (_, me) = ask(&demo, "GET", "/v1/whoami", Some(given), "");
    assert_eq!(
        (&me["acts_for"], &me["delegation"]["task"]),
        (&json!("alice"), &json!(id))
    );
    // The wire: an agent's own settings say nothing of its bounds.
    let told = sql(&demo, given, &["SET portcullis.rows = 100"]);
    assert!(
        told.contains("unrecognized configuration parameter"),
        "{told}"
    );
}

#[test]
fn no_exchange_widens_or_lengthens() {
    let demo = Demo::shared();
    let narrow = bounds(&json!({ "actions": ["select"], "rows": 5, "expires_in": 60 }));
    let task = given(&demo, "alice", &narrow);
    let (alice, dana) = (demo.token("alice"), demo.token("dana"));
    let (fixer, first) = (demo.token("fixer"), text(&task, "access_token"));
    let plain = || bounds(&json!({}));
    let table = [
        // Its own task as the subject, by itself.
        (first, fixer, plain(), "invalid_grant"),
        (first, first, plain(), "invalid_grant"),
        // Its own token as a person's, a person's as an actor's, another's task as an actor's.
        (fixer, fixer, plain(), "invalid_grant"),
        (alice, dana, plain(), "invalid_grant"),
        (alice, first, plain(), "invalid_grant"),
        (first, alice, plain(), "invalid_grant"),
        (alice, "pct_nothing", plain(), "invalid_grant"),
        (
            alice,
            fixer,
            bounds(&json!({ "actions": ["everything"] })),
            "invalid_scope",
        ),
        (
            alice,
            fixer,
            bounds(&json!({ "columns": ["a"] })),
            "invalid_authorization_details",
        ),
        (
            alice,
            fixer,
            bounds(&json!({ "expires_in": 90_000 })),
            "invalid_grant",
        ),
    ];
    for (subject, actor, bounds, error) in table {
        let (status, answer) = exchange(&demo, subject, actor, &bounds);
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!(error)),
            "{bounds} {answer}"
        );
        assert!(
            answer["hint"].as_str().is_some_and(|hint| !hint.is_empty()),
            "{answer}"
        );
    }
    // A further agent: as narrow at most, and no longer.
    let olga = demo.verb_as(
        "olga",
        &[
            "principals",
            "add",
            "second",
            "--kind",
            "agent",
            "--acts-for",
            "dana",
            "--group",
            "developers",
        ],
    );
    assert!(olga.status.success(), "{}", said(&olga));
    let issued = demo.verb_as("olga", &["tokens", "issue", "second"]);
    let second = String::from_utf8(issued.stdout).unwrap();
    let second = second.trim();
    for (more, error) in [
        (json!({ "actions": ["select", "insert"] }), "invalid_scope"),
        (json!({ "rows": 6 }), "invalid_scope"),
    ] {
        let (status, answer) = exchange(&demo, first, second, &bounds(&more));
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!(error)),
            "{more} {answer}"
        );
    }
    let (status, next) = exchange(
        &demo,
        first,
        second,
        &bounds(&json!({ "expires_in": 3_600 })),
    );
    assert_eq!(status, 200, "{next}");
    assert_eq!(
        next["act"],
        json!({ "sub": "second", "act": { "sub": "fixer" } })
    );
    assert!(next["expires_in"].as_i64().unwrap() <= 60, "{next}");
    assert_eq!(next["authorization_details"][0]["rows"], 5);
    let reached = dsn(&demo, "second", text(&next, "access_token"));
    let told = said(&run(&mut support::commands(
        &reached,
        &["INSERT INTO orders DEFAULT VALUES"],
    )));
    assert!(told.contains("does not cover insert"), "{told}");
    let chains: Vec<_> = entries(&demo)
        .into_iter()
        .map(|entry| entry["who"]["chain"].clone())
        .collect();
    assert!(chains.contains(&json!(["second", "fixer", "alice"])));
}
