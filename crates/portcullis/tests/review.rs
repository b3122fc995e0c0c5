//! A held statement: it waits in line, and only a reviewer's own token lets it go, once.
//!
//! Judged by the database's state and by what the one who waits is told.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use support::drivers::{Language, script};
use support::raw::{Raw, extended, query};
use support::{Demo, commands, run, said, until, wait};

/// Starts a statement as `name` that will be held.
fn start(demo: &Demo, name: &str, sql: &str) -> Child {
    let mut psql = commands(demo.dsn(name), &[sql]);
    psql.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    psql.spawn().unwrap()
}

fn reviews(demo: &Demo) -> Vec<Value> {
    let output = demo.verb_as("dana", &["reviews", "ls", "--all", "--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    found
        .as_array()
        .or_else(|| found["reviews"].as_array())
        .unwrap()
        .clone()
}

/// The open review whose text has `word` in it.
fn waits(demo: &Demo, word: &str) -> String {
    until(word, || {
        let all = reviews(demo).into_iter();
        let found = { all }.find(|review| {
            review["state"] == "open" && review["text"].as_str().unwrap().contains(word)
        });
        found.map(|review| review["code"].as_str().unwrap().to_owned())
    })
}

fn state(demo: &Demo, code: &str) -> String {
    let all = reviews(demo).into_iter();
    let found = { all }.find(|review| review["code"] == code).unwrap();
    found["state"].as_str().unwrap().to_owned()
}

fn approve(demo: &Demo, name: &str, code: &str) -> Output {
    demo.verb_as(name, &["reviews", "approve", code])
}

#[test]
fn approved_in_another_terminal_it_completes_in_the_first() {
    let demo = Demo::shared();
    let held = start(&demo, "alice", "UPDATE products SET stock = stock + 1000");
    let code = waits(&demo, "stock + 1000");
    assert_eq!(
        demo.value("SELECT count(*) FROM products WHERE stock >= 1000"),
        "0"
    );
    let answer = approve(&demo, "dana", &code);
    assert!(answer.status.success(), "{}", said(&answer));
    let told = said(&wait(held, "psql"));
    assert!(told.contains("UPDATE 80") && told.contains(&code), "{told}");
    assert_eq!(
        demo.value("SELECT count(*) FROM products WHERE stock >= 1000"),
        "80"
    );
    let again = approve(&demo, "dana", &code);
    assert!(
        !again.status.success() && said(&again).contains("hint"),
        "{}",
        said(&again)
    );
}

#[test]
fn in_extended_protocol_with_parameters() {
    let demo = Demo::shared();
    let mut raw = Raw::open(demo.address(), "alice", "shop", Some(demo.token("alice")));
    raw.send(&extended(
        "UPDATE addresses SET country = $1 WHERE true",
        &[Some("XX")],
        0,
    ));
    let notice = format!("{:?}", raw.until(b'N'));
    assert!(notice.contains("held for review"), "{notice}");
    let code = waits(&demo, "UPDATE addresses");
    let card = said(&demo.verb_as("dana", &["reviews", "show", &code]));
    assert!(
        card.contains("XX"),
        "the reviewer sees the parameter: {card}"
    );
    assert!(approve(&demo, "dana", &code).status.success());
    let answer = format!("{:?}", raw.until(b'Z'));
    assert!(answer.contains("UPDATE 2000"), "{answer}");
    assert_eq!(demo.value("SELECT DISTINCT country FROM addresses"), "XX");
}

#[test]
fn a_driver_waits_too() {
    let demo = Demo::shared();
    let dsn = demo.dsn("alice").to_owned();
    let text = "UPDATE order_items SET quantity";
    std::thread::scope(|scope| {
        let driver = scope.spawn(|| script(Language::Python, "held.py", &[&dsn]));
        if std::env::var_os("PORTCULLIS_TEST_PYTHON").is_some() {
            let code = waits(&demo, text);
            assert!(approve(&demo, "dana", &code).status.success());
        }
        if let Some(output) = driver.join().unwrap() {
            assert!(output.status.success(), "{}", said(&output));
            assert_eq!(demo.value("SELECT DISTINCT quantity FROM order_items"), "7");
        }
    });
}

#[test]
fn two_approvals_racing_release_it_once() {
    let demo = Demo::shared();
    let held = start(&demo, "alice", "UPDATE products SET stock = stock + 1");
    let sum = "SELECT sum(stock) FROM products";
    let before: f64 = demo.value(sum).parse().unwrap();
    let code = waits(&demo, "UPDATE products SET stock = stock + 1");
    let answers = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| approve(&demo, "dana", &code)))
            .collect();
        racing
            .into_iter()
            .map(|one| one.join().unwrap().status.success())
            .collect::<Vec<_>>()
    });
    assert_eq!(
        answers.iter().filter(|done| **done).count(),
        1,
        "{answers:?}"
    );
    assert!(said(&wait(held, "psql")).contains("UPDATE 80"));
    let after: f64 = demo.value(sum).parse().unwrap();
    assert!((after - before - 80.0).abs() < 0.01, "{before} {after}");
}

#[test]
fn denied_it_is_an_error_with_the_reason_and_the_session_lives() {
    let demo = Demo::shared();
    let mut raw = Raw::open(demo.address(), "alice", "shop", Some(demo.token("alice")));
    raw.send(&query("UPDATE settings SET value = '{}'"));
    let code = waits(&demo, "UPDATE settings");
    let deny = ["reviews", "deny", &code, "--reason", "not on a Friday"];
    assert!(demo.verb_as("dana", &deny).status.success());
    let answer = format!("{:?}", raw.until(b'Z'));
    assert!(
        answer.contains("42501") && answer.contains("not on a Friday"),
        "{answer}"
    );
    let alive = format!("{:?}", raw.ask(&query("SELECT 'alive'"), 1));
    assert!(alive.contains("alive"), "{alive}");
    assert_eq!(
        demo.value("SELECT count(*) FROM settings WHERE value = '{}'"),
        "0"
    );
}

#[test]
fn ctrl_c_and_a_hang_up_withdraw_it() {
    let demo = Demo::shared();
    let held = start(&demo, "alice", "DELETE FROM support_tickets /* ctrl-c */");
    let code = waits(&demo, "ctrl-c");
    kill(
        Pid::from_raw(i32::try_from(held.id()).unwrap()),
        Signal::SIGINT,
    )
    .unwrap();
    let told = said(&wait(held, "psql"));
    assert!(told.to_lowercase().contains("cancel"), "{told}");
    until("its end", || {
        (state(&demo, &code) == "withdrawn").then_some(())
    });
    assert!(!approve(&demo, "dana", &code).status.success());

    let mut held = start(&demo, "alice", "DELETE FROM support_tickets /* hang-up */");
    let code = waits(&demo, "hang-up");
    held.kill().unwrap();
    held.wait().unwrap();
    until("its end", || {
        (state(&demo, &code) == "withdrawn").then_some(())
    });
    assert!(!approve(&demo, "dana", &code).status.success());
    assert_eq!(demo.value("SELECT count(*) FROM support_tickets"), "401");
}

/// A request on the control socket, as `curl --unix-socket` would make it.
fn ask(demo: &Demo, path: &str, body: &Value, token: Option<&str>) -> String {
    let mut stream = UnixStream::connect(demo.data_dir().join("control.sock")).unwrap();
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let bearer = bearer.unwrap_or_default();
    let body = body.to_string();
    let asked = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}Content-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn only_a_reviewer_of_others_may_say_yes() {
    let demo = Demo::shared();
    let mut held = start(
        &demo,
        "fixer",
        "DELETE FROM api_keys WHERE id > 0 /* fixer */",
    );
    let code = waits(&demo, "/* fixer */");
    let yes = ["reviews", "approve", &code];
    for name in ["fixer", "alice", "omar"] {
        for verb in [
            &yes[..],
            &["approve", &code],
            &["reviews", "deny", &code, "--reason", "x"],
        ] {
            let answer = demo.verb_as(name, verb);
            assert!(
                !answer.status.success(),
                "{name} {verb:?}: {}",
                said(&answer)
            );
        }
    }
    let none = run(&mut demo.verb(&yes));
    assert!(
        said(&none).contains("token"),
        "the socket alone: {}",
        said(&none)
    );
    let path = format!("/v1/reviews/{code}/approve");
    let wrong = format!("pct_{}", "A".repeat(48));
    for token in [
        None,
        Some(""),
        Some(wrong.as_str()),
        Some(demo.token("fixer")),
    ] {
        let answer = ask(&demo, &path, &json!({}), token);
        let is_no = answer.starts_with("HTTP/1.1 401") || answer.starts_with("HTTP/1.1 40");
        assert!(is_no, "{token:?}: {answer}");
    }
    assert_eq!(state(&demo, &code), "open");
    held.kill().unwrap();
    held.wait().unwrap();
    // Nobody's own, reviewer or not.
    let mut raw = Raw::open(demo.address(), "dana", "shop", Some(demo.token("dana")));
    raw.send(&query("DELETE FROM api_keys"));
    let notice = format!("{:?}", raw.until(b'N'));
    let code = notice.split("held for review ").nth(1).unwrap();
    let own = approve(&demo, "dana", &code[..9]);
    assert!(!own.status.success(), "{}", said(&own));
    drop(raw);
    assert_eq!(demo.value("SELECT count(*) FROM api_keys"), "24");
}

/// An agent may run under the gateway's own account: it reaches the socket and starts our verbs.
#[test]
fn the_socket_alone_makes_nobody_a_reviewer() {
    let demo = Demo::shared();
    let tries: [&[&str]; 4] = [
        &["tokens", "issue", "dana", "--ttl", "60s"],
        &["tokens", "issue", "olga", "--ttl", "60s"],
        &["principals", "add", "eve", "--group", "reviewers"],
        &["principals", "add", "eve", "--group", "operators"],
    ];
    for args in tries {
        let bare = run(&mut demo.verb(args));
        assert_eq!(bare.status.code(), Some(3), "{args:?}: {}", said(&bare));
        assert!(
            said(&bare).contains("operator's own token"),
            "{}",
            said(&bare)
        );
        for name in ["fixer", "alice"] {
            let issued = demo.verb_as(name, args);
            assert_eq!(issued.status.code(), Some(3), "{args:?}: {}", said(&issued));
        }
    }
    for token in [None, Some(demo.token("fixer")), Some(demo.token("alice"))] {
        let body = json!({ "principal": "dana", "ttl_s": 60 });
        let answer = ask(&demo, "/v1/tokens", &body, token);
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        let body = json!({ "name": "eve", "kind": "person", "groups": ["reviewers"] });
        let answer = ask(&demo, "/v1/principals", &body, token);
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    // An operator does, one's own token renews itself, and developers come and go as before.
    let lawful: [(&str, &[&str]); 3] = [
        (
            "olga",
            &["principals", "add", "rita", "--group", "reviewers"],
        ),
        ("dana", &["tokens", "issue", "dana", "--ttl", "60s"]),
        ("olga", &["tokens", "issue", "rita", "--ttl", "60s"]),
    ];
    for (name, args) in lawful {
        let done = demo.verb_as(name, args);
        assert!(done.status.success(), "{name} {args:?}: {}", said(&done));
    }
}
