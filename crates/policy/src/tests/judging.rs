//! How one verdict comes of many questions: parts, subjects, start-up settings, reveals.

use model::*;

use super::stage::*;
use crate::{Access, Verdict};

#[test]
fn a_multi_statement_gets_the_strictest_answer_of_its_parts() {
    let rules = rules(&[]);
    let parts = [
        bounded(Action::Update, true),
        bounded(Action::Update, false),
    ];
    assert_eq!(
        words(&judge(&rules, "alice", "orders", &parts)),
        "hold production.unbounded"
    );
    let parts = [bounded(Action::Update, false), on_table(Action::Drop)];
    let judgement = judge(&rules, "alice", "orders", &parts);
    assert_eq!(words(&judgement), "deny production.drop");
    let Verdict::Deny { message, .. } = judgement.verdict else {
        panic!()
    };
    assert_eq!(message, "DROP and TRUNCATE are refused in production");
}

#[test]
fn connect_judges_the_startup_settings_too() {
    let rules = rules(&[]);
    for (name, value, wanted) in [
        ("application_name", "psql", "allow"),
        ("client_encoding", "SQL_ASCII", "allow"),
        ("standard_conforming_strings", "off", "deny setting.strings"),
    ] {
        let session = session("alice", target("orders", "production"));
        let startup = [(name.to_owned(), value.to_owned())];
        let access = Access {
            effects: &[],
            startup: &startup,
            session: &session,
            estimated_rows: -1,
            fingerprint: "",
            grants: &[],
            history: &crate::History::default(),
            intent: &model::Intent::default(),
            now: NOW,
        };
        assert_eq!(words(&rules.judge(&access)), wanted);
    }
    // Somebody else's access to a target nobody configured is nobody's.
    let stranger = session("alice", target("elsewhere", "production"));
    let access = Access {
        effects: &[],
        startup: &[],
        session: &stranger,
        estimated_rows: -1,
        fingerprint: "",
        grants: &[],
        history: &crate::History::default(),
        intent: &model::Intent::default(),
        now: NOW,
    };
    assert_eq!(words(&rules.judge(&access)), "deny");
}

#[test]
fn a_column_is_revealed_only_when_every_subject_may_see_it() {
    let permit = |who: &str| {
        format!(
            "permit (principal == {who}, action == Action::\"reveal\", resource) \
             when {{ resource.classes.contains(\"pii.email\") }};"
        )
    };
    let (alice, fixer) = (permit("Person::\"alice\""), permit("Agent::\"fixer\""));
    let email = column("email", Some(Class::Email));
    let phone = column("phone", Some(Class::Phone));
    let outputs = [
        Lineage::Bare(email.clone()),
        Lineage::Derived(vec![email.clone(), phone]),
        Lineage::Bare(column("id", None)),
    ];
    let output = |lineage| OutputColumn {
        lineage,
        name: None,
        type_oid: None,
    };
    let effects = Effects {
        filters: vec![Filter {
            column: email.clone(),
            form: FilterForm::Pattern,
        }],
        outputs: Some(outputs.map(output).to_vec()),
        ..on_table(Action::Select)
    };
    let table = [
        (vec![("a", &*alice)], "alice", Some(vec![email.clone()])),
        (vec![], "alice", None),
        (vec![("a", &*alice)], "fixer", None),
        (vec![("f", &*fixer)], "fixer", None),
        (
            vec![("a", &*alice), ("f", &*fixer)],
            "fixer",
            Some(vec![email]),
        ),
    ];
    for (sources, name, revealed) in table {
        let judgement = judge(
            &rules(&sources),
            name,
            "orders",
            std::slice::from_ref(&effects),
        );
        match (judgement.verdict, revealed) {
            (Verdict::Allow(obligations), Some(revealed)) => {
                assert_eq!(obligations.revealed, revealed);
            }
            (Verdict::Deny { .. }, None) => assert_eq!(judgement.rules, ["filter.oracle"]),
            (verdict, wanted) => panic!("{name}: {verdict:?}, wanted {wanted:?}"),
        }
    }
}

#[test]
fn functions_of_one_name_are_judged_each_by_what_it_reaches() {
    let mut effects = calling(Reach::Pure, Volatility::Immutable);
    effects
        .calls
        .extend(calling(Reach::LargeObjects, Volatility::Volatile).calls);
    for _ in 0..2 {
        let judgement = judge(
            &rules(&[]),
            "alice",
            "sandbox",
            std::slice::from_ref(&effects),
        );
        assert_eq!(words(&judgement), "deny function.large_objects");
        effects.calls.reverse();
    }
}

/// A rule may demand that an agent says what it is about to do, and keeps to it.
#[test]
fn a_rule_may_demand_an_intent() {
    let rules = rules(&[(
        "intent.cedar",
        "@id(\"intent.said\") @advice(\"SET portcullis.intent = '…' first.\")\n\
         forbid (principal is Agent, action in [Action::\"read\", Action::\"write\"], resource)\n\
         when { context.intent.verdict == \"undeclared\" };\n\
         @id(\"intent.kept\")\n\
         forbid (principal, action in Action::\"write\", resource)\n\
         when { context.intent.verdict == \"mismatch\" };\n\
         @id(\"intent.attested\")\n\
         forbid (principal is Agent, action in Action::\"write\", resource)\n\
         unless { context.intent has attested && context.intent.attested };",
    )]);
    let said = |source, verdict| Intent {
        claims: vec![Claim {
            source,
            text: "tidy".to_owned(),
        }],
        traceparent: None,
        verdict,
    };
    let (match_, mismatch) = (IntentVerdict::Match, IntentVerdict::Mismatch);
    let (given, own) = (ClaimSource::Delegation, ClaimSource::Session);
    let table = [
        (
            "fixer",
            Action::Select,
            Intent::default(),
            "deny intent.said",
        ),
        ("alice", Action::Select, Intent::default(), "allow"),
        ("fixer", Action::Select, said(own, match_), "allow"),
        (
            "alice",
            Action::Update,
            said(own, mismatch),
            "deny intent.kept",
        ),
        ("alice", Action::Update, said(own, match_), "allow"),
        (
            "fixer",
            Action::Update,
            said(own, match_),
            "deny intent.attested",
        ),
        ("fixer", Action::Update, said(given, match_), "allow"),
    ];
    for (name, action, intent, wanted) in table {
        let target = targets()
            .into_iter()
            .find(|it| it.environment != "production");
        let session = session(name, target.unwrap());
        let effects = [on_table(action)];
        let judgement = rules.judge(&Access {
            effects: &effects,
            estimated_rows: -1,
            fingerprint: "",
            grants: &[],
            history: &crate::History::default(),
            intent: &intent,
            now: NOW,
            session: &session,
            startup: &[],
        });
        assert_eq!(words(&judgement), wanted, "{name} {action:?} {intent:?}");
        assert!(!judgement.is_cacheable, "an intent is of the moment");
    }
}
