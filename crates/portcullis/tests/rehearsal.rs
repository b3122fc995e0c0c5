//! A held statement is run and rolled back for its reviewer: what the card says is held against
//! the database's own count, and nothing of it stays.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::process::{Child, Stdio};

use serde_json::Value;
use support::{Demo, commands, run, said, until, wait};

const WORLD: &str = "CREATE TABLE crew (id int PRIMARY KEY, email text, points int);
    CREATE TABLE badge (id serial PRIMARY KEY, note text,
        crew_id int REFERENCES crew ON DELETE CASCADE);
    CREATE TABLE tally (crew_id int REFERENCES crew DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO crew SELECT n, 'p' || n || '@corp.example', n FROM generate_series(1, 40) n;
    INSERT INTO badge (crew_id, note) SELECT n % 40 + 1, 'b' FROM generate_series(1, 120) n;
    GRANT ALL ON crew, badge, tally TO PUBLIC; GRANT ALL ON SEQUENCE badge_id_seq TO PUBLIC";

fn start(demo: &Demo, sql: &[&str]) -> Child {
    let mut psql = commands(demo.dsn("alice"), sql);
    psql.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    psql.spawn().unwrap()
}

/// The review whose text has `word` in it, once it has been rehearsed.
fn rehearsed(demo: &Demo, word: &str) -> Value {
    until(word, || {
        let output = demo.verb_as("dana", &["reviews", "ls", "--all", "--format", "json"]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let all = found.as_array().or_else(|| found["reviews"].as_array());
        let mut all = all.unwrap().iter();
        all.find(|review| {
            review["state"] == "open"
                && review["text"].as_str().unwrap().contains(word)
                && !review["rehearsal"].is_null()
        })
        .cloned()
    })
}

fn answer(demo: &Demo, review: &Value, how: &[&str]) {
    let code = review["code"].as_str().unwrap();
    let mut words = vec!["reviews", how[0], code];
    words.extend(&how[1..]);
    let output = demo.verb_as("dana", &words);
    assert!(output.status.success(), "{}", said(&output));
}

/// The changes as `table: deleted inserted updated`.
fn changes(review: &Value) -> Vec<String> {
    let all = review["rehearsal"]["changes"].as_array().unwrap().iter();
    let words = |c: &Value| {
        let relation = c["relation"].as_str().unwrap().to_owned();
        format!(
            "{relation}: {} {} {}",
            c["deleted"], c["inserted"], c["updated"]
        )
    };
    let mut words: Vec<String> = all.map(words).collect();
    words.sort();
    words
}

fn demo() -> Demo {
    let demo = Demo::start();
    demo.value(WORLD);
    let scan = run(&mut demo.verb(&["catalog", "scan", "shop"]));
    assert!(scan.status.success(), "{}", said(&scan));
    demo
}

#[test]
fn the_card_says_what_the_database_would_have_done() {
    let demo = demo();

    // Rows, rows by cascade, locks, samples, all true, and all gone.
    let held = start(&demo, &["DELETE FROM crew"]);
    let review = rehearsed(&demo, "DELETE FROM crew");
    assert_eq!(
        changes(&review),
        ["public.badge: 120 0 0", "public.crew: 40 0 0"],
        "{review}"
    );
    let locks = review["rehearsal"]["locks"].to_string();
    assert!(locks.contains("public.crew: RowExclusiveLock"), "{locks}");
    assert_eq!(demo.value("SELECT count(*) FROM crew"), "40");
    assert_eq!(
        demo.value("SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock'"),
        "0"
    );
    let code = review["code"].as_str().unwrap();
    let card = said(&demo.verb_as("dana", &["reviews", "show", code]));
    for words in [
        "160 rows changed and rolled back",
        "public.badge: 120 removed",
        "- public.crew",
    ] {
        assert!(card.contains(words), "{words}: {card}");
    }
    assert!(
        !card.contains("@corp.example"),
        "samples are masked: {card}"
    );
    answer(&demo, &review, &["deny", "--reason", "no"]);
    let told = said(&wait(held, "psql"));
    assert!(
        told.contains("ERROR") && !told.contains("DELETE 40"),
        "{told}"
    );
    assert_eq!(demo.value("SELECT count(*) FROM crew"), "40");

    // Before and after, side by side.
    let held = start(&demo, &["UPDATE crew SET points = points + 1000"]);
    let review = rehearsed(&demo, "points + 1000");
    assert_eq!(changes(&review), ["public.crew: 0 0 40"], "{review}");
    let sample = &review["rehearsal"]["samples"][0];
    let points = |row: &str| sample[row][2].as_str().unwrap().parse::<i32>().unwrap();
    assert_eq!(points("after"), points("before") + 1000, "{sample}");
    answer(&demo, &review, &["approve"]);
    assert!(said(&wait(held, "psql")).contains("UPDATE 40"), "released");
}

#[test]
fn what_cannot_be_rehearsed_is_said() {
    let demo = demo();

    // A constraint that would fail at COMMIT is found before anybody says yes.
    let orphan = "WITH gone AS (DELETE FROM badge) INSERT INTO tally SELECT -1 FROM crew";
    let held = start(&demo, &[orphan]);
    let review = rehearsed(&demo, "INSERT INTO tally");
    let fault = review["rehearsal"]["fault"].as_str().unwrap_or_default();
    assert!(fault.contains("at its COMMIT: SQLSTATE 23503"), "{review}");
    answer(&demo, &review, &["deny", "--reason", "no"]);
    wait(held, "psql");

    // What a rollback does not give back is planned, not run.
    let last = "SELECT last_value FROM badge_id_seq";
    let before = demo.value(last);
    let more = "WITH gone AS (DELETE FROM crew) INSERT INTO badge (note) SELECT 'x' FROM crew";
    let held = start(&demo, &[more]);
    let review = rehearsed(&demo, "INSERT INTO badge");
    let why = review["rehearsal"]["unrun"].as_str().unwrap_or_default();
    assert!(why.contains("badge draw from a sequence"), "{review}");
    assert!(
        !review["rehearsal"]["plan"].as_array().unwrap().is_empty(),
        "{review}"
    );
    assert_eq!(demo.value(last), before);
    answer(&demo, &review, &["deny", "--reason", "no"]);
    wait(held, "psql");

    // Its own transaction cannot be seen from another connection.
    let held = start(&demo, &["BEGIN", "DELETE FROM badge", "ROLLBACK"]);
    let review = rehearsed(&demo, "DELETE FROM badge");
    let why = review["rehearsal"]["unrun"].as_str().unwrap_or_default();
    assert!(why.contains("transaction open"), "{review}");
    answer(&demo, &review, &["deny", "--reason", "no"]);
    wait(held, "psql");
}
