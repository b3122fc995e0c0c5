//! The command line as scripts meet it: exit codes, sentences, and files that are wrong.
//!
//! Against the built program, with no gateway and no database. What the usage texts say is kept in
//! `snapshots/`, so that a verb that changes shows in review.

#![allow(
    clippy::expect_used,
    clippy::format_push_string,
    reason = "a test says so by failing"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

fn portcullis(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TMPDIR", folder)
        .output()
        .expect("the program runs")
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    (code, text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_verb_is_in_the_usage() {
    let here = tempfile::tempdir().unwrap();
    let mut whole = String::new();
    let verbs = [
        "",
        "serve",
        "demo",
        "init",
        "doctor",
        "ls",
        "connect",
        "exec",
        "env",
        "config",
        "reviews",
        "approve",
        "deny",
        "sessions",
        "principals",
        "tokens",
        "policy",
        "catalog",
        "ledger",
        "principals add",
        "tokens issue",
        "reviews show",
        "policy why",
        "ledger verify",
        "ledger search",
    ];
    for verb in verbs {
        let arguments: Vec<_> = verb.split_whitespace().chain(["-h"]).collect();
        let (code, out, err) = said(&portcullis(here.path(), &arguments));
        assert_eq!((code, err.as_str()), (0, ""), "{verb}");
        whole.push_str(&format!("$ portcullis {}\n{out}\n", arguments.join(" ")));
    }
    insta::assert_snapshot!("usage", whole);
}

#[test]
fn mistakes_have_their_code_and_a_way_out() {
    let here = tempfile::tempdir().unwrap();
    let open = here.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(here.path().join("bad.toml"), "data_dir = \"d\"\n[listne]\n").unwrap();
    let table: [(&[&str], i32, &str); 11] = [
        (&["nosuch"], 2, "unrecognized subcommand"),
        (&["sessions", "ls"], 2, "which gateway?"),
        (&["config", "check"], 2, "portcullis init"),
        (
            &["--config", "bad.toml", "config", "check"],
            1,
            "bad.toml:2:2: unknown key `listne`",
        ),
        (
            &["--config", "none.toml", "serve"],
            1,
            "cannot read none.toml",
        ),
        (
            &["--data-dir", "d", "sessions", "ls"],
            1,
            "no gateway runs on d",
        ),
        (
            &["--data-dir", "none", "principals", "ls"],
            1,
            "there is no data directory none",
        ),
        (
            &["--data-dir", "open", "principals", "ls"],
            1,
            "chmod 700 open",
        ),
        (
            &["tokens", "issue", "alice", "--ttl", "soon"],
            2,
            "write 90s, 15m, 8h or 30d",
        ),
        (
            &["--data-dir", "d", "approve", "1a2b-3c4d"],
            2,
            "your own token",
        ),
        (
            &["ledger", "verify", "--ledger", "none"],
            1,
            "there is no ledger in none",
        ),
    ];
    for (arguments, expected, sentence) in table {
        let (code, _, err) = said(&portcullis(here.path(), arguments));
        assert_eq!(code, expected, "{arguments:?}: {err}");
        assert!(err.contains(sentence), "{arguments:?}: {err}");
    }
}

#[test]
fn a_stopped_gateways_principals_are_kept_and_recorded() {
    let here = tempfile::tempdir().unwrap();
    fs::create_dir(here.path().join("d")).unwrap();
    fs::set_permissions(here.path().join("d"), fs::Permissions::from_mode(0o700)).unwrap();
    let run = |arguments: &[&str]| {
        let all: Vec<_> = ["--data-dir", "d"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        said(&portcullis(here.path(), &all))
    };
    let (code, _, err) = run(&["principals", "add", "alice", "--group", "developers"]);
    assert_eq!(code, 0, "{err}");
    let agent = ["principals", "add", "fixer", "--kind", "agent"];
    let (code, _, err) = run(&agent);
    assert!(code == 1 && err.contains("--acts-for"), "{err}");
    let (code, _, err) = run(&[&agent[..], &["--acts-for", "alice"]].concat());
    assert_eq!(code, 0, "{err}");
    let (code, token, err) = run(&["tokens", "issue", "alice", "--ttl", "1h"]);
    assert!(code == 0 && token.starts_with("pct_"), "{err}");
    let (_, listed, _) = run(&["principals", "ls", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        listed.pointer("/1/acts_for"),
        Some(&"alice".into()),
        "{listed}"
    );
    let (code, verified, err) = run(&["ledger", "verify", "--format", "json"]);
    assert_eq!(code, 0, "{verified}{err}");
    let (_, found, _) = run(&["ledger", "search", "--type", "token.issued"]);
    assert!(
        found.contains("principal=alice") && !found.contains(token.trim()),
        "{found}"
    );
    assert!(!here.path().join("d/control.sock").exists());
}

#[test]
fn what_init_writes_is_sound_but_for_its_password() {
    let here = tempfile::tempdir().unwrap();
    let (code, _, err) = said(&portcullis(here.path(), &["init"]));
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = said(&portcullis(here.path(), &["config", "check"]));
    assert!(code == 1 && err.contains("export ORDERS_PASSWORD"), "{err}");
    assert_eq!(err.matches("portcullis.toml:").count(), 1, "{err}");
    let (code, _, err) = said(&portcullis(here.path(), &["init"]));
    assert!(code == 1 && err.contains("is there already"), "{err}");
}
