//! The whole road with no network: statements in, permits or refusals out, and what was recorded.
//!
//! Everything is real but the disk, the people and the clock. Cases are data: who says what, what
//! comes of it, and which events stand in the ledger.

mod world;

use model::{ReviewState, Verb};
use world::{Answer, World};

/// Who, what, what comes of it, the events' kinds in order.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const PERMIT: &[&str] = &["statement.intent", "statement.decision"];
const REFUSAL: &[&str] = &["statement.intent", "statement.decision"];
const HELD: &[&str] = &["statement.intent", "statement.decision", "review.requested"];

const CASES: &[Case] = &[
    ("alice", "SELECT id FROM customers", "permit", PERMIT),
    ("alice", "SELECT email FROM customers", "permit", PERMIT),
    (
        "alice",
        "UPDATE customers SET name = 'x' WHERE id = 5",
        "permit",
        PERMIT,
    ),
    ("alice", "UPDATE customers SET name = 'x'", "held", HELD),
    ("alice", "DELETE FROM customers WHERE 1 = 1", "held", HELD),
    ("alice", "DROP TABLE customers", "denied", REFUSAL),
    ("alice", "SELECT 1; DROP TABLE customers", "denied", REFUSAL),
    ("alice", "TRUNCATE customers", "denied", REFUSAL),
    (
        "alice",
        "DO $$ BEGIN DROP TABLE customers; END $$",
        "denied",
        REFUSAL,
    ),
    ("alice", "PREPARE p AS DELETE FROM customers", "held", HELD),
    (
        "alice",
        "SELECT pg_read_file('/etc/passwd')",
        "denied",
        REFUSAL,
    ),
    ("alice", "COPY customers TO '/tmp/x'", "denied", REFUSAL),
    ("alice", "SET ROLE postgres", "denied", REFUSAL),
    ("alice", "SELECT * FROM nowhere", "denied", REFUSAL),
    ("fixer", "SELECT * FROM nowhere", "denied", REFUSAL),
    ("fixer", "SELECT id FROM customers", "permit", PERMIT),
    (
        "fixer",
        "UPDATE customers SET name = 'x' WHERE id = 5",
        "held",
        HELD,
    ),
    ("fixer", "DROP TABLE customers", "denied", REFUSAL),
    ("mallory", "SELECT id FROM customers", "no session", &[]),
];

#[test]
fn every_statement_gets_one_answer_and_its_record() {
    for (who, sql, expected, events) in CASES {
        let world = World::new();
        let Some(session) = world.session(who) else {
            assert_eq!(*expected, "no session", "{who}: {sql}");
            continue;
        };
        let (came, _) = world.admit(&session, sql, Answer::None);
        assert_eq!(came, *expected, "{who}: {sql}");
        let recorded = world.events_of_statements();
        assert_eq!(recorded.get(..events.len()), Some(*events), "{who}: {sql}");
    }
}

#[test]
fn an_approval_releases_one_exact_statement_once() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    let sql = "UPDATE customers SET name = 'x'";
    assert_eq!(world.admit(&alice, sql, Answer::Approve).0, "permit");
    // Used: the same again asks again, and an unanswered wait leaves the review open.
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "held");
    world.approve_open();
    // Another text is another question; the approved one passes on its re-run, once.
    assert_eq!(
        world
            .admit(&alice, "UPDATE customers SET name = 'y'", Answer::None)
            .0,
        "held"
    );
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "permit");
    assert_eq!(world.admit(&alice, sql, Answer::None).0, "held");
    assert_eq!(world.admit(&alice, sql, Answer::Deny).0, "rejected");
}

#[test]
fn an_approval_is_judged_again_by_the_rules_of_now() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    let forbid = "@id(\"freeze\") forbid(principal, action == Action::\"update\", resource);";
    let came = world.admit(
        &alice,
        "UPDATE customers SET name = 'x'",
        Answer::ApproveThen(forbid),
    );
    assert_eq!(came.0, "denied");
    assert_eq!(world.decisions(), [Verb::Hold, Verb::Deny]);
}

#[test]
fn dropping_a_held_statement_withdraws_it() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    world.admit_and_drop(&alice, "UPDATE customers SET name = 'x'");
    assert_eq!(world.review_states(), [ReviewState::Withdrawn]);
    assert_eq!(world.events_of_statements().last(), Some(&"review.ended"));
}

#[test]
fn nothing_passes_unrecorded() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    world.break_ledger();
    for sql in [
        "SELECT 1",
        "SELECT id FROM customers",
        "UPDATE customers SET name = 'x'",
    ] {
        assert_eq!(
            world.admit(&alice, sql, Answer::None).0,
            "unrecorded",
            "{sql}"
        );
    }
}

#[test]
fn the_mask_plan_follows_what_is_revealed() {
    let world = World::new();
    let sql = "SELECT id, email, upper(email) FROM customers";
    let treated = |who: &str| {
        let session = world.session(who).unwrap();
        let (_, plan) = world.admit(&session, sql, Answer::None);
        let plan = plan.unwrap();
        let part = plan.part(0).unwrap().clone();
        let columns = part.columns.unwrap_or_default();
        columns
            .iter()
            .map(|column| format!("{:?}", column.treatment))
            .collect::<Vec<_>>()
    };
    assert_eq!(treated("alice"), ["Pass", "Mask(Email)", "Blank"]);
    assert_eq!(treated("omar"), ["Pass", "Pass", "Pass"]);
    assert_eq!(treated("fixer"), ["Pass", "Mask(Email)", "Blank"]);
}

#[test]
fn literals_beside_classified_columns_stay_out_of_the_record() {
    let world = World::new();
    let alice = world.session("alice").unwrap();
    world.admit(
        &alice,
        "SELECT id FROM customers WHERE email = 'eve@corp.example'",
        Answer::None,
    );
    world.admit(
        &alice,
        "SELECT id FROM customers WHERE name = 'visible'",
        Answer::None,
    );
    let texts = world.recorded_texts().join("\n");
    assert!(!texts.contains("eve@"), "{texts}");
    assert!(texts.contains("'visible'"), "{texts}");
}

#[test]
fn what_a_function_gives_passes_only_whoever_always_sees_everything() {
    let reveal = |when: &str| {
        format!(
            "@id(\"r\") permit(principal in Group::\"dpo\", action == Action::\"reveal\", \
             resource) when {{ {when} }};"
        )
    };
    let table = [
        ("true", "Pass"),
        // True now, and not for as long as a plan is kept.
        ("context.time.hour < 25", "Scan"),
        ("context.statement.kinds.contains(\"COPY\")", "Scan"),
    ];
    for (when, wanted) in table {
        let world = World::new();
        world.publish(&[&reveal(when)]);
        let omar = world.session("omar").unwrap();
        let (_, plan) = world.admit(&omar, "SELECT peek('x')", Answer::None);
        let columns = plan.unwrap().part(0).unwrap().columns.clone().unwrap();
        assert_eq!(format!("{:?}", columns[0].treatment), wanted, "{when}");
    }
}

#[test]
fn what_a_session_was_given_is_held_against_it_and_against_no_other() {
    let world = World::new();
    let rule = r#"@id("after") forbid(principal, action in Action::"write", resource)
        when { context.session.classes_read.contains("pii.email") };
        @id("shown") forbid(principal, action == Action::"notify", resource)
        when { context.session.classes_revealed.contains("pii.email") };
        @id("often") forbid(principal, action in Action::"read", resource)
        when { context.session.statements >= 8 };"#;
    world.publish(&[
        rule,
        r#"permit(principal in Group::"dpo", action == Action::"reveal", resource);"#,
    ]);
    let (update, notify) = ("UPDATE customers SET name = 'x' WHERE id = 5", "NOTIFY a");
    let (count, read) = (
        "SELECT id FROM customers",
        "SELECT upper(email) FROM customers",
    );
    let table = [
        ("alice", update, "permit"),
        ("alice", "SELECT id FROM customers", "permit"),
        ("alice", update, "permit"),
        ("alice", read, "permit"),
        ("alice", update, "denied"),
        ("alice", notify, "permit"),
        ("omar", update, "permit"),
        ("omar", notify, "permit"),
        ("omar", read, "permit"),
        ("omar", update, "denied"),
        ("omar", notify, "denied"),
        ("alice", count, "permit"),
        ("alice", count, "permit"),
        ("alice", count, "permit"),
        ("alice", count, "denied"),
    ];
    let sessions = ["alice", "omar"].map(|who| (who, world.session(who).unwrap()));
    for (step, (who, sql, wanted)) in table.into_iter().enumerate() {
        let (_, session) = sessions.iter().find(|(name, _)| *name == who).unwrap();
        let (came, _) = world.admit(session, sql, Answer::None);
        assert_eq!(came, wanted, "{step}: {who}: {sql}");
    }
    let again = world.session("alice").unwrap();
    assert_eq!(world.admit(&again, update, Answer::None).0, "permit");
}
