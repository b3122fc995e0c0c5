//! Statements addressed to the gateway, and what a refused one reads.
// tidy: table — statements and what stands in the answer
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod world;

use model::ReviewState;
use serde_json::Value;
use world::{Answer, World};

fn rows(world: &World) -> Vec<Vec<String>> {
    let reply = world.replies.lock().unwrap().pop().unwrap();
    let cell = |cell: Option<String>| cell.unwrap_or_default();
    let row = |row: Vec<Option<String>>| row.into_iter().map(cell).collect();
    reply.rows.into_iter().map(row).collect()
}

fn explained(world: &World, who: &str, sql: &str) -> String {
    let session = world.session(who).unwrap();
    let text = format!("EXPLAIN PORTCULLIS {sql}");
    assert_eq!(
        world.admit(&session, &text, Answer::None).0,
        "reply",
        "{sql}"
    );
    let rows = rows(world);
    let lines: Vec<_> = rows.iter().map(|row| row.join("|")).collect();
    lines.join("\n")
}

#[test]
fn a_statement_to_us_is_recorded_and_answered() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    let sql = "EXPLAIN PORTCULLIS SELECT id FROM customers WHERE name = 'secret'";
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "reply");
    let events = [
        "statement.intent",
        "statement.decision",
        "statement.outcome",
    ];
    assert_eq!(world.events_of_statements(), events);
    world.break_ledger();
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "unrecorded");
}

/// Who asks, of what, and what stands in the answer.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "alice",
        "SELECT id, email FROM customers",
        "verdict|allow|\n",
    ),
    (
        "alice",
        "SELECT id, email FROM customers",
        "effect|select public.customers|id, email (pii.email)",
    ),
    (
        "alice",
        "SELECT id, email FROM customers",
        "output|id|as it is\noutput|email|masked: a stand-in for pii.email",
    ),
    (
        "alice",
        "SELECT upper(email) FROM customers",
        "output|upper|blank: a rule hides it whole, or it is computed from what is masked",
    ),
    (
        "omar",
        "SELECT email FROM customers",
        "output|email|as it is",
    ),
    (
        "alice",
        "DELETE FROM customers",
        "verdict|hold|A write whose WHERE does not narrow it",
    ),
    (
        "alice",
        "DELETE FROM customers",
        "reviewers|production.unbounded|1 of reviewers",
    ),
    ("alice", "DELETE FROM customers", "rows||no WHERE"),
    (
        "alice",
        "DELETE FROM customers",
        "allowed||It passes with a WHERE that compares a column of customers with a value, \
             such as id = …",
    ),
    (
        "fixer",
        "DELETE FROM customers",
        "allowed||With a WHERE that compares",
    ),
    (
        "alice",
        "DROP TABLE customers",
        "verdict|deny|DROP and TRUNCATE are refused in production",
    ),
    (
        "alice",
        "DROP TABLE customers",
        "allowed||ALTER TABLE customers RENAME TO … is reviewed, and can be undone",
    ),
    (
        "alice",
        "TRUNCATE customers",
        "allowed||DELETE FROM customers with a WHERE that narrows it passes",
    ),
    (
        "alice",
        "DELETE FROM customers WHERE id = 1 AND email LIKE 'a%'",
        "allowed||customers.email (pii.email) may be compared with = or IN, grouped by, joined by =, \
             tested with IS NULL",
    ),
    (
        "alice",
        "SELECT * FROM custmers",
        "gap|relation|relation custmers is not in the catalog",
    ),
    (
        "alice",
        "SELECT * FROM custmers",
        "allowed||Perhaps public.customers is meant?",
    ),
    (
        "alice",
        "SELECT nmae FROM customers",
        "allowed||Perhaps customers.name is meant?",
    ),
    (
        "fixer",
        "SELECT * FROM custmers",
        "allowed||Perhaps public.customers is meant?",
    ),
    (
        "alice",
        "DROP TABLE customers",
        "rule|deny|person alice: drop shop/public.customers [production.drop]",
    ),
    (
        "fixer",
        "SELECT 1",
        "rule|allow|agent fixer: select shop [base.shop.developers]\n\
             rule|allow|person alice: select shop",
    ),
];

#[test]
fn an_explanation_says_what_would_be_said() {
    let world = World::new();
    for (who, sql, wanted) in EXPLAINED {
        let found = explained(&world, who, sql);
        assert!(
            found.contains(wanted),
            "{who}: {sql}\n{wanted}\n--\n{found}"
        );
    }
}

#[test]
fn nothing_is_named_that_its_reader_may_not_read() {
    let world = World::new();
    let closed = "@id(\"closed\") forbid (principal is Person, action in Action::\"read\", \
                  resource is Table) when { resource.name == \"customers\" };";
    world.publish(&[closed]);
    for sql in ["SELECT * FROM custmers", "SELECT nmae FROM custmers"] {
        let found = explained(&world, "alice", sql);
        assert!(!found.contains("public.customers"), "{sql}\n{found}");
    }
    let found = explained(&world, "alice", "DELETE FROM customers");
    assert!(!found.contains("such as id"), "{found}");
}

#[test]
fn settings_of_ours_are_kept_here() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    let ask = |sql: &str| world.admit(&alice, sql, Answer::None).0;
    let show = |name: &str| {
        assert_eq!(ask(&format!("SHOW portcullis.{name}")), "reply");
        rows(&world)[0][0].clone()
    };
    assert_eq!(show("intent"), "");
    assert_eq!(ask("SET portcullis.intent = 'look around'"), "reply");
    assert_eq!(show("intent"), "look around");
    assert_eq!(alice.facts().intent.as_deref(), Some("look around"));
    assert_eq!(ask("SET portcullis.refusals TO json;"), "reply");
    assert_eq!(show("refusals"), "json");
    assert_eq!(ask("DISCARD ALL"), "permit");
    assert_eq!(
        (show("refusals"), show("intent")),
        ("text".into(), String::new())
    );
    let codes = [
        ("SET portcullis.refusls = json", "42704"),
        ("SET portcullis.refusals = yaml", "22023"),
        ("SET LOCAL portcullis.intent = 'x'", "42601"),
        ("SET portcullis.intent = 'x'; SELECT 1", "42601"),
        ("SELECT 1; SET portcullis.intent = 'x'", "42501"),
        (
            "SELECT set_config('portcullis.intent', 'x', false)",
            "42501",
        ),
        ("EXPLAIN PORTCULLIS SELECT 1; SELECT 2", "42601"),
        ("EXPLAIN PORTCULLIS", "42601"),
    ];
    for (sql, code) in codes {
        assert_eq!(ask(sql), "denied", "{sql}");
        let refusal = world.refusals.lock().unwrap().pop().unwrap();
        assert_eq!(refusal.sqlstate(), code, "{sql}: {}", refusal.message);
    }
}

#[test]
fn a_refusal_speaks_to_people_and_to_programs() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    let refused = |sql: &str, answer| {
        world.admit(&alice, sql, answer);
        world.refusals.lock().unwrap().pop().unwrap()
    };
    let spoken = refused("DROP TABLE customers", Answer::None);
    assert_eq!(spoken.detail.as_deref(), Some("rules: production.drop"));
    let hint = spoken.hint.unwrap();
    assert!(hint.starts_with("Rename it"), "{hint}");
    assert!(
        hint.ends_with("RENAME TO … is reviewed, and can be undone."),
        "{hint}"
    );
    world.admit(&alice, "SET portcullis.refusals = json", Answer::None);
    let told = |refusal: model::Refusal| -> Value {
        serde_json::from_str(&refusal.detail.unwrap()).unwrap()
    };
    let drop = told(refused("DROP TABLE customers", Answer::None));
    assert_eq!(drop["portcullis"], 1);
    assert_eq!(drop["decision"], "deny");
    assert_eq!(drop["rules"][0], "production.drop");
    assert_eq!(
        drop["sentence"],
        "DROP and TRUNCATE are refused in production"
    );
    assert_eq!(drop["review"], Value::Null);
    assert!(drop["statement_id"].as_str().unwrap().ends_with("/3"));
    let typo = told(refused("SELECT * FROM custmers", Answer::None));
    assert_eq!(typo["gaps"][0]["kind"], "relation");
    assert_eq!(typo["allowed"][0], "Perhaps public.customers is meant?");
    let late = told(refused("DELETE FROM customers", Answer::None));
    assert_eq!(
        (&late["decision"], late["review"].is_string()),
        (&"expired".into(), true)
    );
    let no = told(refused("DELETE FROM customers", Answer::Deny));
    assert_eq!(no["decision"], "rejected");
}

#[test]
fn broken_glass_is_recorded_told_and_reviewed_afterwards() {
    const GLASS: &str = "@id(\"glass\") @review_after(\"security\") permit (principal in \
                         Group::\"developers\", action in Action::\"write\", resource) when { \
                         context.intent has text };";
    let world = World::new();
    world.publish(&[GLASS]);
    let (alice, fixer) = (
        world.session("alice").unwrap(),
        world.session("fixer").unwrap(),
    );
    let sql = "DELETE FROM customers";
    let other = "UPDATE customers SET name = 'x'";
    assert_eq!(world.admit(&alice, other, Answer::None).0, "held");
    for session in [&alice, &fixer] {
        world.admit(session, "SET portcullis.intent = 'fire'", Answer::None);
    }
    assert_eq!(world.admit(&fixer, other, Answer::None).0, "held");
    let before = world.events_of_statements().len();
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "permit");
    let events = world.events_of_statements().split_off(before);
    let wanted = [
        "statement.intent",
        "statement.decision",
        "review.requested",
        "statement.outcome",
    ];
    assert_eq!(events, wanted);
    assert_eq!(world.acts().last().copied(), Some("break_glass.used"));
    let notices = world.notices.lock().unwrap();
    assert!(
        notices[0].message.starts_with("break-glass: this runs now"),
        "{notices:?}"
    );
    drop(notices);
    // Its answer releases nothing: without glass the same statement waits again.
    world.approve_open();
    world.admit(&alice, "SET portcullis.intent TO DEFAULT", Answer::None);
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "held");
    // What cannot be recorded does not run, and is not asked about.
    world.admit(&alice, "SET portcullis.intent = 'fire'", Answer::None);
    let open = || {
        let states = world.review_states().into_iter();
        states.filter(|state| *state == ReviewState::Open).count()
    };
    let waiting = open();
    world.break_ledger();
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "unrecorded");
    assert_eq!(open(), waiting);
}
