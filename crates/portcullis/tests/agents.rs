//! Agents that act for people, end to end: the built binary, a real PostgreSQL, `psql`.
#![expect(clippy::unwrap_used, reason = "what fails here ends the test")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::tasks::{bounds, dsn, entries, exchange, given, sql, text};
use support::{Demo, run, said, until, wait};

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
