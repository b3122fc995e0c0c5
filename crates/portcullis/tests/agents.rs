//! Agents that act for people, end to end: the built binary, a real PostgreSQL, `psql`.
//!
//! Each thing an agent may not do about itself is tried on the real thing: every route of the
//! control socket, the token endpoint, the wire.
#![expect(clippy::unwrap_used, reason = "what fails here ends the test")]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Demo, run, said, until, wait};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const OURS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Asks the control socket, as whoever that token shows: the status and the answer.
fn ask(demo: &Demo, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, Value) {
    let kind = if body.starts_with('{') {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         {}Content-Length: {}\r\n\r\n",
        bearer.unwrap_or_default(),
        body.len()
    );
    let mut socket = UnixStream::connect(demo.data_dir().join("control.sock")).unwrap();
    socket
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (head[9..12].parse().unwrap(), body)
}

/// A form of the token endpoint's.
fn form(subject: &str, actor: &str, bounds: &Value) -> String {
    let details = json!([bounds]).to_string();
    let pairs = [
        ("grant_type", GRANT),
        ("subject_token", subject),
        ("subject_token_type", OURS),
        ("actor_token", actor),
        ("actor_token_type", OURS),
        ("authorization_details", &details),
    ];
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs).finish()
}

fn exchange(demo: &Demo, subject: &str, actor: &str, bounds: &Value) -> (u16, Value) {
    ask(
        demo,
        "POST",
        "/oauth/token",
        None,
        &form(subject, actor, bounds),
    )
}

/// A task of fixer's for that person.
fn given(demo: &Demo, person: &str, bounds: &Value) -> Value {
    let (status, answer) = exchange(demo, demo.token(person), demo.token("fixer"), bounds);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn bounds(more: &Value) -> Value {
    let mut bounds = json!({ "type": "db_access", "purpose": "look at orders" });
    for (key, value) in more.as_object().unwrap() {
        bounds[key] = value.clone();
    }
    bounds
}

/// How an agent signs in with a token.
fn dsn(demo: &Demo, agent: &str, token: &str) -> String {
    format!(
        "postgres://{agent}:{token}@{}/shop?sslmode=require",
        demo.address()
    )
}

fn sql(demo: &Demo, token: &str, statements: &[&str]) -> String {
    said(&run(&mut support::commands(
        &dsn(demo, "fixer", token),
        statements,
    )))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

/// Every entry of the ledger.
fn entries(demo: &Demo) -> Vec<Value> {
    let output = run(&mut demo.verb(&["ledger", "tail", "-n", "1000000", "--format", "json"]));
    let output = String::from_utf8(output.stdout).unwrap();
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn an_agent_may_what_both_may_within_its_task_and_the_record_says_who() {
    let demo = Demo::shared();
    // Omar sees real values, reaches the shop by other groups, and gives fixer a task.
    let task = given(
        &demo,
        "omar",
        &bounds(&json!({ "rows": 2, "locations": ["shop"] })),
    );
    assert_eq!(task["act"], json!({ "sub": "fixer" }));
    assert_eq!(text(&task, "sub"), "omar");
    let token = text(&task, "access_token");
    let table = [
        ("SELECT 'let in'", "let in"),
        // What omar may not, though he gave all he has.
        ("DROP TABLE orders", "refused in production"),
        // What omar may, but agents may not.
        (
            "SELECT pg_sleep(0)",
            "Agents may not call functions that wait",
        ),
        // What both may, beyond the task.
        ("SELECT id FROM orders LIMIT 3", "limit_rows"),
    ];
    for (statement, expected) in table {
        let told = sql(&demo, token, &[statement]);
        assert!(told.contains(expected), "{statement}: {told}");
    }
    let direct = demo.said_to("omar", &["SELECT email FROM customers ORDER BY id LIMIT 1"]);
    let masked = sql(
        &demo,
        token,
        &["SELECT email FROM customers ORDER BY id LIMIT 1"],
    );
    assert_ne!(direct, masked, "fixer does not see what omar does");

    let id = text(&task, "task");
    let all = entries(&demo);
    let of = |kind: &str| {
        let mut of = all.iter().filter(|entry| entry["type"] == kind);
        let found = of.find(|entry| entry["who"]["delegation"]["task"] == id);
        found.unwrap_or_else(|| panic!("no {kind} of {id}")).clone()
    };
    let who = &of("statement.intent")["who"];
    assert_eq!(who["principal"], "fixer");
    assert_eq!(who["acts_for"]["principal"], "omar");
    assert_eq!(who["chain"], json!(["fixer", "omar"]));
    assert_eq!(who["method"], "scram");
    assert_eq!(who["delegation"]["ground"], "exchange");
    assert_eq!(who["delegation"]["purpose"], "look at orders");
    assert_eq!(
        of("statement.decision")["who"]["acts_for"]["principal"],
        "omar"
    );
    let told: Vec<_> = all
        .iter()
        .filter(|entry| entry["type"] == "delegation.given")
        .collect();
    let facts = told.iter().map(|entry| &entry["admin"]["facts"]);
    assert!(
        facts
            .clone()
            .any(|facts| facts["task"] == id && facts["agent"] == "fixer"),
        "{told:?}"
    );
}

#[test]
fn a_task_narrows_by_target_action_and_reading() {
    let demo = Demo::shared();
    let table = [
        (
            json!({ "locations": ["elsewhere"] }),
            "SELECT 1",
            "does not cover the target shop",
        ),
        (
            json!({ "actions": ["select"] }),
            "SELECT count(*) FROM orders",
            "5000",
        ),
        (
            json!({ "actions": ["select"] }),
            "UPDATE orders SET status = 'x' WHERE id = 1",
            "does not cover update",
        ),
        (
            json!({ "read_only": true }),
            "DELETE FROM orders WHERE id = 1",
            "does not cover delete: it is to read only",
        ),
        (
            json!({ "read_only": true }),
            "SELECT id FROM orders WHERE id = 1 FOR UPDATE",
            "does not cover lock",
        ),
        (
            json!({ "read_only": true }),
            "SELECT 'still reads'",
            "still reads",
        ),
        (
            json!({ "actions": ["select"] }),
            "SELECT nextval('orders_id_seq')",
            "does not cover update",
        ),
        (
            json!({ "actions": ["read"] }),
            "BEGIN; SELECT 'in one'; COMMIT",
            "in one",
        ),
    ];
    for (more, statement, expected) in table {
        let task = given(&demo, "alice", &bounds(&more));
        let told = sql(&demo, text(&task, "access_token"), &[statement]);
        assert!(told.contains(expected), "{more} {statement}: {told}");
    }
}

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

/// A `psql` that is in the middle of something.
struct Busy {
    child: Child,
    began: Instant,
}

impl Busy {
    fn new(dsn: &str, statement: &str) -> Self {
        let mut psql = support::psql(dsn);
        psql.args(["-c", statement]).stdin(Stdio::null());
        let child = psql
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            child,
            began: Instant::now(),
        }
    }

    /// Waits for its end: what it said, and how long after `since` that was.
    fn end(self, since: Instant) -> (String, Duration) {
        let output = wait(self.child, "psql");
        assert!(self.began <= since);
        (said(&output), since.elapsed())
    }
}

/// The statements that wait for a review, as dana sees them.
fn held(demo: &Demo) -> Vec<Value> {
    let list = demo.verb_as("dana", &["reviews", "ls", "--format", "json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    list.as_array()
        .unwrap()
        .iter()
        .filter(|it| it["state"] == "open")
        .cloned()
        .collect()
}

#[test]
fn the_kill_switch_ends_sessions_withdraws_what_is_held_and_refuses_tokens() {
    // One of its own: what is killed stays so.
    let demo = Demo::start();
    for whose in ["task", "owner", "agent"] {
        let task = given(&demo, "omar", &bounds(&json!({})));
        let (id, token) = (text(&task, "task"), text(&task, "access_token"));
        let reached = dsn(&demo, "fixer", token);
        let open = Busy::new(
            &reached,
            "SELECT count(*) FROM generate_series(1, 100000000000)",
        );
        let waits = Busy::new(&reached, "UPDATE orders SET status = 'x' WHERE id = 1");
        until("the hold", || (!held(&demo).is_empty()).then_some(()));
        let args = match whose {
            "task" => vec!["agents", "kill", "--task", id],
            "owner" => vec!["agents", "kill", "--owner", "omar"],
            _ => vec!["agents", "kill", "fixer"],
        };
        let now = Instant::now();
        let killed = run(&mut demo.verb(&args));
        assert!(killed.status.success(), "{}", said(&killed));
        for busy in [open, waits] {
            let (told, after) = busy.end(now);
            assert!(told.contains("FATAL"), "{whose}: {told}");
            assert!(after < Duration::from_secs(5), "{whose}: {after:?}");
        }
        until("the withdrawal", || held(&demo).is_empty().then_some(()));
        let told = sql(&demo, token, &["SELECT 'still in'"]);
        assert!(!told.contains("still in"), "{whose}: {told}");
        let (status, answer) = exchange(
            &demo,
            demo.token("omar"),
            demo.token("fixer"),
            &bounds(&json!({})),
        );
        assert_eq!(status == 200, whose != "agent", "{whose}: {answer}");
    }
    // Others' tasks are not anybody's to stop.
    for (who, args, code) in [
        ("dana", ["agents", "kill", "--owner", "alice"], 3),
        ("fixer", ["agents", "kill", "--owner", "alice"], 1),
        ("alice", ["agents", "kill", "--owner", "alice"], 0),
    ] {
        let done = demo.verb_as(who, &args);
        assert_eq!(done.status.code(), Some(code), "{who}: {}", said(&done));
    }
}

/// `agents run` of alice's.
fn started(demo: &Demo, args: &[&str], command: &[&str]) -> Command {
    let mut all = vec!["agents", "run", "--for-me", "--purpose", "look at orders"];
    all.extend(args);
    // Ours come before the dashes.
    let data_dir = demo.data_dir();
    let data_dir = data_dir.to_str().unwrap().to_owned();
    all.extend(["--data-dir", &data_dir, "--"]);
    all.extend(command);
    let mut verb = Command::new(support::PORTCULLIS);
    verb.args(all).env("PORTCULLIS_TOKEN", demo.token("alice"));
    verb
}

#[test]
fn a_program_acts_for_whoever_started_it() {
    let demo = Demo::shared();
    let read = "psql -XAt -c 'SELECT count(*) FROM orders' -c 'DELETE FROM orders WHERE id = 1'; \
                psql -XAt \"$DATABASE_URL_SHOP\" -c \"SELECT 'by url'\"; \
                test \"$PORTCULLIS_TOKEN\" = \"$PGPASSWORD\" && echo \"$PORTCULLIS_TOKEN\"; exit 7";
    let done = run(&mut started(
        &demo,
        &["--read-only", "--target", "shop"],
        &["sh", "-c", read],
    ));
    let told = said(&done);
    assert!(
        told.contains("by url") && told.contains("it is to read only"),
        "{told}"
    );
    assert_eq!(
        done.status.code(),
        Some(7),
        "the program's own code: {told}"
    );
    let token = told
        .split_whitespace()
        .find(|word| word.starts_with("pct_"));
    let token = token.expect("the child's token").to_owned();
    assert!(
        !told.contains(demo.token("alice")),
        "alice's own token stays with us"
    );
    let reached = dsn(&demo, "alice.agent", &token);
    let after = said(&run(&mut support::commands(&reached, &["SELECT 'after'"])));
    assert!(
        after.contains("revoked"),
        "it ended with the program: {after}"
    );
    let all = entries(&demo);
    let mut who = all.iter().map(|entry| &entry["who"]);
    let is_ours = |who: &&Value| who["delegation"]["ground"] == "own";
    let who = who.find(is_ours).expect("an entry of the task");
    assert_eq!(who["chain"], json!(["alice.agent", "alice"]));
}

#[test]
fn a_task_lapses_when_its_starter_is_killed_and_ends_when_it_is_stopped() {
    let demo = Demo::shared();
    let begun = |seconds: &str| {
        let script = format!("echo \"$PORTCULLIS_TOKEN $PORTCULLIS_TASK\"; exec sleep {seconds}");
        let mut verb = started(&demo, &[], &["sh", "-c", &script]);
        let mut child = verb
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (token, task) = line.trim().split_once(' ').unwrap();
        (child, token.to_owned(), task.to_owned())
    };
    let lets_in = |token: &str| {
        let reached = dsn(&demo, "alice.agent", token);
        said(&run(&mut support::commands(&reached, &["SELECT 'let in'"]))).contains("let in")
    };
    let (mut killed, token, _) = begun("40");
    assert!(lets_in(&token));
    let (mut stopped, _, task) = begun("1000");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let done = demo.verb_as("alice", &["agents", "kill", "--task", &task]);
    assert!(done.status.success(), "{}", said(&done));
    let end = until("the end of the stopped one", || stopped.try_wait().unwrap());
    assert_eq!(end.code(), Some(3));
    let limit = Instant::now() + Duration::from_secs(40);
    while lets_in(&token) {
        assert!(
            Instant::now() < limit,
            "a task whose starter is gone goes on"
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn an_identity_is_shared_by_nobody_who_is_not_on_the_task() {
    let demo: Arc<Demo> = Demo::shared();
    // Neither verdicts nor analyses of one task are another's.
    let wide = given(&demo, "alice", &bounds(&json!({})));
    let narrow = given(&demo, "alice", &bounds(&json!({ "rows": 1 })));
    let statement = "SELECT id FROM orders ORDER BY id LIMIT 2";
    for _ in 0..2 {
        let told = sql(&demo, text(&wide, "access_token"), &[statement]);
        assert!(!told.contains("limit_rows"), "{told}");
        let told = sql(&demo, text(&narrow, "access_token"), &[statement]);
        assert!(told.contains("limit_rows"), "{told}");
    }
}
