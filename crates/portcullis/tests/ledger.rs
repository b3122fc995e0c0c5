//! The record from outside: who, for whom, what; nothing sensitive; and no change unseen.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::serve::House;
use support::{Demo, run, said, verb};

fn lines(demo: &Demo, args: &[&str]) -> Vec<Value> {
    let output = run(&mut demo.verb(args));
    assert!(output.status.success(), "{args:?} {}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What is done to a copy, the key it is checked with, and the deed.
type Tampering<'a> = (&'a str, &'a str, &'a dyn Fn(&Path));

#[test]
fn it_says_who_for_whom_and_what() {
    let demo = Demo::shared();
    demo.said_to("fixer", &["SELECT title FROM products WHERE id = 4"]);
    let search = [
        "ledger",
        "search",
        "--principal",
        "fixer",
        "--type",
        "statement.intent",
        "--format",
        "json",
    ];
    let found = lines(&demo, &search);
    let entry = found
        .iter()
        .find(|e| e["action"]["sql"].as_str().unwrap().contains("title"));
    let entry = entry.expect("the agent's statement");
    assert_eq!(entry["who"]["principal"], "fixer");
    assert_eq!(entry["who"]["kind"], "agent");
    assert_eq!(entry["who"]["acts_for"]["principal"], "alice");
    assert_eq!(entry["resource"]["target"], "shop");
    let seq = entry["seq"].to_string();
    let shown = run(&mut demo.verb(&["ledger", "show", &seq]));
    assert_eq!(
        serde_json::from_slice::<Value>(&shown.stdout).unwrap(),
        *entry
    );
    let told = said(&run(&mut demo.verb(&["ledger", "tail", "-n", "50"])));
    assert!(told.contains("fixer for alice"), "{told}");
    // For whom it acted finds it too, and words in it.
    for word in [&["--principal", "alice"][..], &["title FROM products"]] {
        let search = [&["ledger", "search", "--format", "json"], word].concat();
        assert!(
            lines(&demo, &search)
                .iter()
                .any(|e| e["seq"] == entry["seq"]),
            "{word:?}"
        );
    }
    let id = &entry["action"]["id"];
    let of = lines(
        &demo,
        &[
            "ledger",
            "search",
            "--type",
            "statement",
            "--format",
            "json",
        ],
    );
    let of: Vec<_> = of.iter().filter(|e| e["action"]["id"] == *id).collect();
    let kinds: Vec<_> = of.iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "statement.intent",
            "statement.decision",
            "statement.outcome"
        ]
    );
}

/// Every file below.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.metadata().unwrap().is_file() {
            found.push(path);
        }
    }
    found
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

#[test]
fn no_sensitive_literal_and_no_token_is_kept() {
    let demo = Demo::shared();
    let secrets = [
        "zz.needle1@example.com",
        "4000009999991234",
        "Zora Needleman",
    ];
    let [mail, card, name] = secrets;
    let statements = [
        format!("SELECT id FROM customers WHERE email = '{mail}'"),
        format!("SELECT id FROM customers WHERE card_number IN ('{card}', 'x')"),
        format!("UPDATE customers SET full_name = '{name}' WHERE id = 4"),
        format!("PREPARE p AS SELECT id FROM customers WHERE email = $1; EXECUTE p('{mail}')"),
        format!("SELECT no_such_thing('{mail}') FROM customers"),
        format!(
            "INSERT INTO support_tickets (requester_email, subject, body, status, created_at) \
                 VALUES ('{mail}', 's', 'I am {name}', 'open', now())"
        ),
    ];
    for statement in &statements {
        demo.said_to("omar", &[statement]);
    }
    let parameter = support::raw::extended(
        "SELECT id FROM customers WHERE email = $1",
        &[Some(mail)],
        0,
    );
    let mut raw =
        support::raw::Raw::open(demo.address(), "alice", "shop", Some(demo.token("alice")));
    raw.ask(&parameter, 1);
    demo.said_to(
        "alice",
        &[&format!(
            "COPY (SELECT 1 FROM customers WHERE email = '{mail}') TO STDOUT"
        )],
    );
    drop(raw);
    for file in files(&demo.data_dir()) {
        let bytes = fs::read(&file).unwrap();
        for word in { secrets }
            .into_iter()
            .chain(["alice", "omar"].map(|who| demo.token(who)))
        {
            assert!(!holds(&bytes, word), "{} holds {word}", file.display());
        }
    }
    for word in secrets {
        assert!(
            !demo.log().contains(word),
            "the log has {word}: {}",
            demo.log()
        );
    }
}

/// The auditor's program, where the workspace's tests have built it.
fn auditor() -> Option<PathBuf> {
    let path = Path::new(support::PORTCULLIS).with_file_name("portcullis-verify");
    path.exists().then_some(path)
}

/// What both verifiers say of a ledger's folder: whether it is sound, and their words.
fn verified(ledger: &Path, key: &str) -> Vec<(bool, String)> {
    let mut args = vec!["ledger", "verify", "--key", key, "--ledger"];
    let folder = ledger.display().to_string();
    args.push(&folder);
    let mut commands = vec![verb(ledger.parent().unwrap(), &args)];
    match auditor() {
        Some(program) => {
            let mut command = Command::new(program);
            command.arg(ledger).args(["--vkey", key]);
            commands.push(command);
        }
        None => println!("skipped: portcullis-verify is not built"),
    }
    let outputs = commands.iter_mut().map(run);
    outputs
        .map(|output| (output.status.success(), said(&output)))
        .collect()
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let path = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(file, path).unwrap();
    }
}

/// The largest file whose path has `word` in it.
fn largest(folder: &Path, word: &str) -> PathBuf {
    let all = files(folder).into_iter();
    let fit = all.filter(|file| {
        file.strip_prefix(folder)
            .unwrap()
            .display()
            .to_string()
            .contains(word)
    });
    fit.max_by_key(|file| file.metadata().unwrap().len())
        .unwrap()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_bit_a_cut_tail_and_a_foreign_key_are_named() {
    let demo = Demo::start();
    for number in 0..40 {
        demo.said_to(
            "alice",
            &[&format!("SELECT title FROM products WHERE id = {number}")],
        );
    }
    let data_dir = demo.data_dir();
    // A ledger at rest: its last checkpoint covers it whole.
    let dir = demo.stop();
    let key = fs::read_to_string(data_dir.join("ledger/vkey"))
        .unwrap()
        .trim()
        .to_owned();
    let other = House::new("postgres://x@127.0.0.1:1/x", "");
    let foreign = other.dir.path().join("data/ledger/vkey");
    let foreign = fs::read_to_string(foreign).unwrap().trim().to_owned();
    let scratch = tempfile::tempdir().unwrap();
    let table: [Tampering<'_>; 6] = [
        ("whole", &key, &|_| {}),
        ("a bit of an entry", &key, &|of| {
            flip(&largest(of, "tile/entries"), 300);
        }),
        ("a bit of a hash", &key, &|of| {
            flip(&largest(of, "tile/0"), 40);
        }),
        ("a bit of a signature", &key, &|of| {
            flip(&of.join("checkpoint"), 150);
        }),
        ("a cut tail", &key, &|of| {
            let path = largest(of, "tile/entries");
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("a foreign key", &foreign, &|_| {}),
    ];
    let mut words = Vec::new();
    for (what, key, change) in table {
        let folder = scratch.path().join(what.replace(' ', "-")).join("ledger");
        copy(&data_dir.join("ledger"), &folder);
        change(&folder);
        for (is_sound, told) in verified(&folder, key) {
            assert_eq!(is_sound, what == "whole", "{what}: {told}");
            assert!(
                told.len() > 20 && !told.contains("panicked"),
                "{what}: {told}"
            );
            words.push(format!("{what}: {told}"));
        }
    }
    println!("{}", words.join("\n"));
    drop(dir);
}
