//! Asking ahead: a right for a time, given by people, in sessions that are open already, and its
//! end there. Judged by what a `psql` that never reconnects is shown, and by the ledger.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

#[path = "ahead/record.rs"]
mod record;
#[path = "ahead/refusals.rs"]
mod refusals;
mod support;
#[path = "ahead/world.rs"]
mod world;

use record::is_recorded;
use serde_json::Value;
use support::raw::{Raw, bind, execute, flush, parse, query};
use support::{commands, run, said, until};
use world::{Place, RULES, Terminal, call, one};

#[test]
fn a_reveal_counts_in_the_open_session_and_ends_there() {
    let place = Place::shared();
    let real = place.real("email");
    let mut terminal = Terminal::open(&place.dsn("alice", "shop"));
    assert_ne!(terminal.ask(&one("email")), real, "masked at first");
    let code = place.ask(
        "alice",
        &["shop", "--for", "1h", "--reveal", "customers.email"],
    );
    let card = said(&place.verb("dora", &["reviews", "show", &code]));
    for fact in [
        "public.customers.email",
        "pii.email",
        "ticket 7",
        "1h",
        "alice",
    ] {
        assert!(card.contains(fact), "{fact}: {card}");
    }
    for name in ["alice", "eve", "fixer", "nightly", "paul"] {
        let answer = place.verb(name, &["approve", &code]);
        assert!(!answer.status.success(), "{name}: {}", said(&answer));
    }
    assert_ne!(
        terminal.ask(&one("email")),
        real,
        "nothing is given by asking"
    );
    place.approve("dana", &code);
    assert_eq!(
        terminal.ask(&one("email")),
        real,
        "the next statement sees it"
    );
    assert_eq!(
        terminal.ask("SELECT upper(email) FROM customers WHERE id = 17"),
        real.to_uppercase()
    );
    let found = terminal.ask(&format!(
        "SELECT id FROM customers WHERE email LIKE '{real}%'"
    ));
    assert_eq!(found, "17", "{found}");
    assert_ne!(
        terminal.ask(&one("phone")),
        place.real("phone"),
        "that column alone"
    );
    nobody_else_sees(&place, &real);
    let foreign = place.verb("fixer", &["grants", "revoke", &code]);
    assert!(!foreign.status.success(), "{}", said(&foreign));
    let revoked = place.verb("dora", &["grants", "revoke", &code]);
    assert!(revoked.status.success(), "{}", said(&revoked));
    assert_ne!(terminal.ask(&one("email")), real, "masked again");
    let replayed = place.verb("dana", &["approve", &code]);
    assert!(!replayed.status.success(), "{}", said(&replayed));
    assert_ne!(terminal.ask(&one("email")), real, "and stays so");
    is_recorded(&place, &code);
}

/// Neither at another target, nor as the agent of who was given it, nor as who gave it.
fn nobody_else_sees(place: &Place, real: &str) {
    for (name, target) in [("alice", "annex"), ("fixer", "shop"), ("dana", "shop")] {
        let dsn = place.dsn(name, target);
        let seen = said(&run(&mut commands(&dsn, &[&one("email")])));
        assert!(!seen.contains(real), "{name} at {target}: {seen}");
    }
}

#[test]
fn its_time_ends_it_in_the_middle_of_a_result_too() {
    let place = Place::shared();
    let real = place.real("ip_address");
    let mut terminal = Terminal::open(&place.dsn("alice", "shop"));
    let mut raw = Raw::open(
        &place.house.address(),
        "alice",
        "shop",
        Some(&place.tokens["alice"]),
    );
    place.given(
        "alice",
        &[
            "shop",
            "--for",
            "4s",
            "--reveal",
            "public.customers.ip_address",
        ],
    );
    assert_eq!(terminal.ask(&one("ip_address")), real);
    // A portal half read, which no statement would be judged for again.
    let half = "SELECT ip_address FROM customers ORDER BY id";
    let begun = [
        query("BEGIN"),
        parse("", half),
        bind("p", "", &[], 0),
        execute("p", 2),
        flush(),
    ];
    raw.send(&begun.concat());
    raw.until(b's');
    terminal.send("SELECT ip_address, pg_sleep(0.2) FROM customers");
    let told = terminal.told();
    assert!(told.contains("57014"), "a long result is cut: {told:.300}");
    assert_ne!(
        terminal.ask(&one("ip_address")),
        real,
        "the session lives, masked"
    );
    let ended = until("the end of the half-read session", || {
        let (messages, is_over) = raw.until_end(1);
        is_over.then(|| format!("{messages:?}"))
    });
    assert!(ended.contains("57P01"), "{ended}");
    until("its entry", || {
        let entries = place.house.entries();
        let mut ends = entries
            .iter()
            .filter(|entry| entry["type"] == "grant.expired");
        ends.any(|entry| entry["grant"]["columns"][0] == "public.customers.ip_address")
            .then_some(())
    });
}

#[test]
fn every_group_and_every_person_it_needs() {
    let place = Place::shared();
    let real = place.real("birth_date");
    let mut terminal = Terminal::open(&place.dsn("alice", "shop"));
    let code = place.ask(
        "alice",
        &["shop", "--for", "30m", "--reveal", "customers.birth_date"],
    );
    for name in ["paul", "dana"] {
        place.approve(name, &code);
        assert!(
            !place.verb(name, &["approve", &code]).status.success(),
            "once each"
        );
        assert_ne!(terminal.ask(&one("birth_date")), real, "{name} alone");
    }
    place.approve("petra", &code);
    assert_eq!(terminal.ask(&one("birth_date")), real);
    let own = place.verb("alice", &["grants", "revoke", &code]);
    assert!(own.status.success(), "{}", said(&own));
    assert_ne!(terminal.ask(&one("birth_date")), real);
    let denied = place.ask(
        "alice",
        &["shop", "--for", "30m", "--reveal", "customers.birth_date"],
    );
    let deny = ["deny", &denied, "--reason", "not twice a day"];
    assert!(place.verb("petra", &deny).status.success());
    assert!(!place.verb("paul", &["approve", &denied]).status.success());
    let taken = place.ask(
        "alice",
        &["shop", "--for", "20m", "--reveal", "customers.birth_date"],
    );
    assert!(
        !place
            .verb("dana", &["reviews", "withdraw", &taken])
            .status
            .success()
    );
    assert!(
        place
            .verb("alice", &["reviews", "withdraw", &taken])
            .status
            .success()
    );
    assert!(!place.verb("paul", &["approve", &taken]).status.success());
    assert_ne!(terminal.ask(&one("birth_date")), real);
}

#[test]
fn an_agent_asks_for_itself_and_never_has_more_than_its_person() {
    let place = Place::shared();
    let real = place.real("full_name");
    let mut terminal = Terminal::open(&place.dsn("fixer", "shop"));
    let reveal = ["shop", "--for", "1h", "--reveal", "customers.full_name"];
    let persons = place.given("alice", &reveal);
    assert_ne!(
        terminal.ask(&one("full_name")),
        real,
        "its person's is not its own"
    );
    let code = place.ask("fixer", &reveal);
    for name in ["alice", "fixer"] {
        let answer = place.verb(name, &["approve", &code]);
        assert!(!answer.status.success(), "{name}: {}", said(&answer));
    }
    place.approve("dana", &code);
    assert_eq!(terminal.ask(&one("full_name")), real);
    assert!(
        place
            .verb("alice", &["grants", "revoke", &persons])
            .status
            .success()
    );
    assert_ne!(
        terminal.ask(&one("full_name")),
        real,
        "nor does it outlive its person's"
    );
}

#[test]
fn access_lets_in_and_its_end_ends_the_session() {
    let place = Place::shared();
    let dsn = place.dsn("eve", "annex");
    let shut = said(&run(&mut commands(&dsn, &["SELECT 1"])));
    assert!(shut.contains("portcullis request annex"), "{shut}");
    let wait = [
        "request", "annex", "--for", "1h", "--reason", "incident", "--wait", "15s",
    ];
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| place.verb("eve", &wait));
        let code = until("the question", || {
            let listed = place.verb("dana", &["reviews", "ls", "--format", "json"]);
            let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
            let mut all = listed.as_array().unwrap().iter();
            let found = all.find(|review| review["principal"] == "eve")?;
            Some(found["code"].as_str().unwrap().to_owned())
        });
        place.approve("dana", &code);
        (asked.join().unwrap(), code)
    });
    assert_eq!(asked.0.status.code(), Some(0), "{}", said(&asked.0));
    let mut terminal = Terminal::open(&dsn);
    assert_eq!(terminal.ask("SELECT count(*) FROM products"), "80");
    assert_ne!(
        terminal.ask(&one("email")),
        place.real("email"),
        "access shows nothing masked"
    );
    let elsewhere = said(&run(&mut commands(
        &place.dsn("eve", "shop"),
        &["SELECT 1"],
    )));
    assert!(elsewhere.contains("nothing permits eve"), "{elsewhere}");
    assert!(
        place
            .verb("eve", &["grants", "revoke", &asked.1])
            .status
            .success()
    );
    let refused = terminal.ask("SELECT count(*) FROM products");
    assert!(
        refused.contains("42501") || refused.contains("57P01"),
        "{refused}"
    );
    until("the session's end", || {
        let entries = place.house.entries();
        let mut ends = entries
            .iter()
            .filter(|entry| entry["type"] == "session.close");
        ends.any(|entry| entry["who"]["principal"] == "eve")
            .then_some(())
    });
    let shut = said(&run(&mut commands(&dsn, &["SELECT 1"])));
    assert!(shut.contains("nothing permits eve"), "{shut}");
}

#[test]
fn a_restart_loses_neither_question_nor_grant_and_a_new_rule_beats_both() {
    let mut place = Place::start();
    let (email, phone) = (place.real("email"), place.real("phone"));
    place.given(
        "alice",
        &["shop", "--for", "1h", "--reveal", "customers.email"],
    );
    let open = place.ask(
        "alice",
        &["shop", "--for", "1h", "--reveal", "customers.phone"],
    );
    place.house.crash();
    place.house.start();
    place.house.settle();
    let mut terminal = Terminal::open(&place.dsn("alice", "shop"));
    assert_eq!(terminal.ask(&one("email")), email);
    assert_ne!(terminal.ask(&one("phone")), phone);
    place.approve("dana", &open);
    assert_eq!(terminal.ask(&one("phone")), phone);
    let rules = format!(
        "{RULES}\n@id(\"freeze\")\nforbid (principal, action == Action::\"reveal\", resource);"
    );
    std::fs::write(place.house.dir.path().join("rules.cedar"), rules).unwrap();
    until("the new rule", || {
        let seen = [terminal.ask(&one("email")), terminal.ask(&one("phone"))];
        (seen[0] != email && seen[1] != phone).then_some(())
    });
    let verified = run(&mut place.house.verb(&["ledger", "verify"]));
    assert!(verified.status.success(), "{}", said(&verified));
}

#[test]
fn programs_ask_over_http_with_a_token_of_their_own() {
    let place = Place::shared();
    let asked = serde_json::json!({
        "target": "annex", "for_s": 60, "reason": "a program's", "reveal": ["customers.email"],
    });
    for token in [None, Some(""), Some("pct_nobody")] {
        assert_eq!(
            call(&place, "POST /v1/requests", token, &asked).0,
            401,
            "{token:?}"
        );
    }
    let alice = Some(place.tokens["alice"].as_str());
    let (status, review) = call(&place, "POST /v1/requests", alice, &asked);
    assert_eq!(
        (status, &review["state"]),
        (200, &"open".into()),
        "{review}"
    );
    let approve = format!(
        "POST /v1/reviews/{}/approve",
        review["id"].as_str().unwrap()
    );
    let nothing = serde_json::json!({});
    assert_eq!(call(&place, &approve, alice, &nothing).0, 403);
    let dana = Some(place.tokens["dana"].as_str());
    assert_eq!(call(&place, &approve, dana, &nothing).0, 200);
    let (_, listed) = call(&place, "GET /v1/grants", alice, &nothing);
    let mut grants = listed["grants"].as_array().unwrap().iter();
    assert!(grants.any(|grant| grant["id"] == review["id"]), "{listed}");
    let revoke = format!("POST /v1/grants/{}/revoke", review["id"].as_str().unwrap());
    assert_eq!(call(&place, &revoke, alice, &nothing).0, 200);
}
