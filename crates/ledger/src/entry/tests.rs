//! Entries against an independent canonicaliser, over events made by proptest.
// tidy: table — one event of every kind

use std::sync::Arc;

use model::event::{RecordedText, SessionRef};
use model::{
    Act, Action, Ahead, Answer, Claim, ClaimSource, Class, ColumnRef, Delegation, Effects, Event,
    Filter, FilterForm, Gap, GrantAct, Ground, Hold, Identity, Intent, IntentVerdict, Method, Mode,
    Object, ObjectKind, Outcome, OutcomeKind, PrincipalKind, Remit, Review, ReviewId, ReviewState,
    Scope, Session, SessionId, SettingChange, StatementId, Subject, TargetFacts, Timestamp, Verb,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn session(text: &str) -> Session {
    let subject = |name: &str, kind| Subject {
        groups: vec!["dev".parse().unwrap(), "ops".parse().unwrap()],
        kind,
        name: name.parse().unwrap(),
    };
    Session {
        address: Some("[::1]:5432".parse().unwrap()),
        application_name: Some(text.to_owned()),
        id: SessionId(Uuid::from_u128(7)),
        identity: Arc::new(Identity {
            acts_for: Some(subject("alice", PrincipalKind::Person)),
            at: Timestamp(1),
            delegation: Some(Box::new(Delegation {
                ground: Ground::Exchange,
                purpose: Some(text.to_owned()),
                remit: Remit {
                    actions: Some(vec![Action::Select]),
                    is_read_only: true,
                    rows: Some(7),
                    targets: Some(vec!["orders".parse().unwrap()]),
                },
                task: "k1".into(),
                through: vec![subject("planner", PrincipalKind::Agent)],
            })),
            expires: None,
            method: Method::Scram,
            subject: subject("fixer", PrincipalKind::Agent),
            token: Some("t1".into()),
        }),
        intent: Some(text.to_owned()),
        is_encrypted: true,
        opened: Timestamp(1),
        target: Arc::new(TargetFacts {
            database: text.to_owned(),
            environment: "production".into(),
            groups: Vec::new(),
            labels: Vec::new(),
            mode: Mode::Enforce,
            name: "orders".parse().unwrap(),
        }),
    }
}

fn grant(text: &str, columns: usize) -> Event {
    let column = ColumnRef {
        class: Some(Class::Email),
        column: text.to_owned(),
        number: 1,
        relation_oid: 2,
        schema: "public".into(),
        table: text.to_owned(),
    };
    let review = Review {
        acts_for: Some("alice".parse().unwrap()),
        ahead: Some(Ahead {
            database: text.to_owned(),
            for_s: 60,
            reason: text.to_owned(),
            scope: Scope::Reveal(vec![column; columns]),
        }),
        binding: "ahead:00".into(),
        created: Timestamp(0),
        effects: Vec::new(),
        expires: Timestamp(0),
        holds: Vec::new(),
        id: ReviewId(Uuid::from_u128(9)),
        kind: PrincipalKind::Agent,
        parameters: Vec::new(),
        policy_version: "p".into(),
        principal: "fixer".parse().unwrap(),
        rehearsal: None,
        session: SessionId(Uuid::nil()),
        state: ReviewState::Open,
        statement: StatementId(0),
        target: "orders".parse().unwrap(),
        text: text.to_owned(),
        votes: Vec::new(),
    };
    Event::Grant {
        act: GrantAct::Asked,
        by: vec!["fixer".parse().unwrap()],
        review: Box::new(review),
        until: Some(Timestamp(5)),
    }
}

fn effects(text: &str) -> Effects {
    let column = ColumnRef {
        class: Some(Class::Email),
        column: text.to_owned(),
        number: 1,
        relation_oid: 2,
        schema: "public".into(),
        table: text.to_owned(),
    };
    let object = Object {
        kind: ObjectKind::Table,
        name: text.to_owned(),
        oid: 2,
        schema: "public".into(),
    };
    let setting = |name: &str| SettingChange {
        is_local: true,
        name: name.into(),
        value: Some(text.to_owned()),
    };
    Effects {
        acts: vec![Act {
            action: Action::Select,
            columns: vec![column.clone()],
            object,
            via: None,
        }],
        filters: vec![Filter {
            column,
            form: FilterForm::Equality,
        }],
        gaps: vec![Gap {
            kind: "node".into(),
            reason: text.to_owned(),
        }],
        kind: "SELECT".into(),
        settings: vec![setting("a.b"), setting("search_path")],
        ..Effects::default()
    }
}

/// One event of every kind, with `text` wherever somebody else's text may stand.
fn events(text: &str, parts: usize, count: u64) -> Vec<Event> {
    let (session, statement) = (Arc::new(session(text)), StatementId(count));
    let review = ReviewId(Uuid::from_u128(9));
    let outcome = Outcome {
        bytes: count,
        revealed: vec![(Class::Phone, count), (Class::ApiKey, 1)],
        sqlstate: Some("42501".into()),
        transaction: Some('T'),
        ..Outcome::of(OutcomeKind::Error)
    };
    let hold = Hold {
        group: "dba".parse().unwrap(),
        quorum: 2,
        rule: text.to_owned(),
        wait_s: Some(60),
    };
    let intent = Event::Intent {
        effects: vec![effects(text); parts].into(),
        intent: Intent {
            claims: vec![Claim {
                source: ClaimSource::Comment,
                text: text.to_owned(),
            }],
            traceparent: Some("00-1-2-03".into()),
            verdict: IntentVerdict::Mismatch,
        },
        route: "simple",
        session: Arc::clone(&session),
        statement,
        text: RecordedText {
            bytes: text.len(),
            commitment: "c0ffee".into(),
            is_partial: false,
            parameters: vec![Some(text.to_owned()), None],
            text: text.into(),
        },
    };
    let facts = vec![
        ("b", text.to_owned()),
        ("a", text.to_owned()),
        ("b", "again".to_owned()),
    ];
    vec![
        intent,
        Event::Admin {
            act: "principal.added",
            by: text.to_owned(),
            facts,
        },
        Event::AuthFailed {
            address: None,
            claimed: text.to_owned(),
            reason: "wrong",
        },
        Event::Decision {
            grants: vec![ReviewId(Uuid::from_u128(9)); parts],
            policy_version: "p1".into(),
            rules: vec![text.to_owned(); parts],
            sent: Some(text.to_owned()),
            session: Arc::clone(&session),
            statement,
            verb: Verb::Allow,
            would: Some(Verb::Deny),
        },
        grant(text, parts),
        Event::Gateway {
            act: "gateway.start",
            version: "0",
        },
        Event::Outcome {
            outcome,
            session: SessionRef::Whole(Arc::clone(&session)),
            statement,
        },
        Event::Outcome {
            outcome: Outcome::unknown(),
            session: SessionRef::Id(session.id),
            statement,
        },
        Event::ReviewAnswered {
            answer: Answer::Deny {
                reason: text.to_owned(),
            },
            by: "dana".parse().unwrap(),
            review,
            state: ReviewState::Denied,
        },
        Event::ReviewEnded {
            review,
            session: SessionRef::Id(session.id),
            state: ReviewState::Used,
            statement,
        },
        Event::ReviewRequested {
            binding: "b".into(),
            holds: vec![hold; parts],
            review,
            session: Arc::clone(&session),
            statement,
        },
        Event::SessionClosed {
            reason: "client",
            session: Arc::clone(&session),
        },
        Event::SessionOpened {
            grants: vec![ReviewId(Uuid::from_u128(9)); parts],
            is_allowed: false,
            policy_version: "p1".into(),
            rules: vec![text.to_owned()],
            session,
        },
    ]
}

fn check(events: &[Event]) {
    for (event, seq) in events.iter().zip(41..) {
        let place = Place {
            at: Timestamp(1),
            entropy: 5,
            origin: "example.com/l",
            seq,
        };
        let mut bytes = b"before".to_vec();
        encode(&mut bytes, event, &place);
        let entry = &bytes[6..];
        assert!(entry.len() <= ENTRY_MAX_BYTES, "{} bytes", entry.len());
        let read: serde_json::Value = serde_json::from_slice(entry).unwrap();
        let theirs = serde_json_canonicalizer::to_vec(&read).unwrap();
        assert_eq!(
            str::from_utf8(entry).unwrap(),
            str::from_utf8(&theirs).unwrap()
        );
        assert_eq!(crate::jcs::canonical(&read).as_deref(), Some(entry));
        assert_eq!(read["seq"], seq);
        assert_eq!(read["type"], event.kind());
    }
}

proptest! {
    #[test]
    fn every_event_is_canonical_json(text in any::<String>(), parts in 0usize..4, count in any::<u64>()) {
        check(&events(&text, parts, count));
    }
}

#[test]
fn an_entry_never_exceeds_a_leaf() {
    let table = [
        ("\u{1}".repeat(70_000), 1),
        ("\u{20ac}".repeat(70_000), 1),
        ("x".repeat(4 << 20), 1),
        ("\u{1}\"\u{20ac}".repeat(100), 100),
        ("\"".into(), 1_000),
    ];
    for (text, parts) in table {
        check(&events(&text, parts, 1));
    }
}

#[test]
fn an_entry_reads_as_the_format_says() {
    let events = events("a\nb", 1, u64::MAX);
    let place = Place {
        at: Timestamp(1),
        entropy: 5,
        origin: "example.com/l",
        seq: 3,
    };
    let mut bytes = Vec::new();
    encode(&mut bytes, &events[0], &place);
    let read: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        read["action"]["settings"],
        serde_json::json!([
            {"is_local": true, "name": "a.b"},
            {"is_local": true, "name": "search_path", "value": "a\nb"},
        ])
    );
    assert_eq!(
        read["who"]["chain"],
        serde_json::json!(["fixer", "planner", "alice"])
    );
    assert_eq!(
        read["resource"]["objects"],
        serde_json::json!(["public.a\nb"])
    );
    assert_eq!(
        read["id"].as_str().map(|id| (id.len(), &id[14..15])),
        Some((36, "7"))
    );
    assert_eq!(
        read["action"]["id"],
        format!("{}/{}", SessionId(Uuid::from_u128(7)), u64::MAX)
    );
}
