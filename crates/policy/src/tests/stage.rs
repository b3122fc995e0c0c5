//! Identities, targets and effects for the tables, in as few words as can be.

use std::sync::Arc;

use model::*;

use crate::{Access, Judgement, Rules, Source, Verdict};

pub(super) fn target(name: &str, environment: &str) -> TargetFacts {
    TargetFacts {
        database: "shop".to_owned(),
        environment: environment.to_owned(),
        groups: vec!["developers".parse().unwrap()],
        labels: vec![("owner".to_owned(), "payments".to_owned())],
        mode: Mode::Enforce,
        name: name.parse().unwrap(),
    }
}

pub(super) fn targets() -> Vec<TargetFacts> {
    vec![target("orders", "production"), target("sandbox", "staging")]
}

pub(super) fn subject(kind: PrincipalKind, name: &str, groups: &[&str]) -> Subject {
    let groups = groups.iter().map(|group| group.parse().unwrap()).collect();
    Subject {
        groups,
        kind,
        name: name.parse().unwrap(),
    }
}

/// `alice`, a developer; `eve`, in no group; `fixer`, an agent for alice; `rogue`, an agent in
/// developers for eve; `app`, a service; `boss`, a developer and a reviewer.
pub(super) fn identity(name: &str) -> Identity {
    let alice = || subject(PrincipalKind::Person, "alice", &["developers"]);
    let eve = || subject(PrincipalKind::Person, "eve", &[]);
    let agent = |name| subject(PrincipalKind::Agent, name, &["developers"]);
    let (who, acts_for) = match name {
        "alice" => (alice(), None),
        "app" => (
            subject(PrincipalKind::Service, "app", &["developers"]),
            None,
        ),
        "boss" => (
            subject(PrincipalKind::Person, "boss", &["developers", "reviewers"]),
            None,
        ),
        "eve" => (eve(), None),
        "fixer" => (agent("fixer"), Some(alice())),
        "rogue" => (agent("rogue"), Some(eve())),
        "stray" => (subject(PrincipalKind::Agent, "stray", &[]), Some(alice())),
        other => panic!("nobody is called {other}"),
    };
    Identity {
        acts_for,
        at: Timestamp(0),
        delegation: None,
        expires: None,
        method: Method::Token,
        subject: who,
        token: None,
    }
}

pub(super) fn session(name: &str, target: TargetFacts) -> Session {
    Session {
        address: Some("10.1.2.3:4567".parse().unwrap()),
        application_name: None,
        id: SessionId(uuid::Uuid::nil()),
        identity: Arc::new(identity(name)),
        intent: Some("look".to_owned()),
        is_encrypted: true,
        opened: Timestamp(0),
        target: Arc::new(target),
    }
}

pub(super) fn rules(sources: &[(&str, &str)]) -> Rules {
    match Rules::load(true, &targets(), &given(sources)) {
        Ok(rules) => rules,
        Err(faults) => panic!("{faults:#?}"),
    }
}

pub(super) fn given(sources: &[(&str, &str)]) -> Vec<Source> {
    let source = |(name, text): &(&str, &str)| Source {
        name: (*name).into(),
        text: (*text).into(),
    };
    sources.iter().map(source).collect()
}

/// 2026-11-20, a Friday, 10:00 UTC.
pub(super) const NOW: Timestamp = Timestamp(1_795_168_800_000_000);

pub(super) fn judge(rules: &Rules, name: &str, place: &str, effects: &[Effects]) -> Judgement {
    let target = targets()
        .into_iter()
        .find(|t| t.name.as_str() == place)
        .unwrap();
    let session = session(name, target);
    let access = Access {
        effects,
        startup: &[],
        session: &session,
        estimated_rows: -1,
        fingerprint: "abcd",
        grants: &[],
        history: &crate::History::default(),
        intent: &model::Intent::default(),
        now: NOW,
    };
    let judgement = rules.judge(&access);
    let (explained, findings) = rules.explain(&access);
    assert_eq!(judgement, explained);
    assert!(!findings.is_empty());
    judgement
}

/// `allow`, or `hold` or `deny` and the rules.
pub(super) fn words(judgement: &Judgement) -> String {
    match &judgement.verdict {
        Verdict::Allow(_) => "allow".to_owned(),
        Verdict::Deny { .. } => format!("deny {}", judgement.rules.join(" ")),
        Verdict::Hold { holds, .. } => {
            let mut held: Vec<_> = holds.iter().map(|hold| hold.rule.clone()).collect();
            held.dedup();
            assert_eq!(held, judgement.rules);
            format!("hold {}", judgement.rules.join(" "))
        }
    }
    .trim_end()
    .to_owned()
}

pub(super) fn object(kind: ObjectKind, schema: &str, name: &str) -> Object {
    Object {
        kind,
        name: name.to_owned(),
        oid: 0,
        schema: schema.to_owned(),
    }
}

pub(super) fn act(action: Action, kind: ObjectKind, schema: &str, name: &str) -> Effects {
    let object = object(kind, schema, name);
    Effects {
        acts: vec![Act {
            action,
            columns: Vec::new(),
            object,
            via: None,
        }],
        kind: "X".to_owned(),
        ..Effects::default()
    }
}

pub(super) fn on_table(action: Action) -> Effects {
    act(action, ObjectKind::Table, "public", "customers")
}

pub(super) fn bounded(action: Action, is_bounded: bool) -> Effects {
    let predicate = Predicate {
        has_where: true,
        is_bounded,
        is_tautology: false,
    };
    Effects {
        predicate: Some(predicate),
        ..on_table(action)
    }
}

pub(super) fn calling(reach: Reach, volatility: Volatility) -> Effects {
    let function = object(ObjectKind::Function, "public", "f");
    let call = Call {
        body: CallBody::None,
        digest: None,
        is_security_definer: false,
        function,
        reach,
        via: None,
        volatility: Some(volatility),
    };
    Effects {
        calls: vec![call],
        ..Effects::default()
    }
}

/// A user's function whose body was read so far.
pub(super) fn read(body: CallBody, volatility: Volatility) -> Effects {
    let mut effects = calling(Reach::UserDefined, volatility);
    for call in &mut effects.calls {
        call.body = body;
    }
    effects
}

pub(super) fn setting(name: &str, value: Option<&str>) -> Effects {
    let change = SettingChange {
        is_local: false,
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    Effects {
        settings: vec![change],
        ..Effects::default()
    }
}

pub(super) fn gap(kind: &str) -> Effects {
    let gap = Gap {
        kind: kind.to_owned(),
        reason: "because".to_owned(),
    };
    Effects {
        gaps: vec![gap],
        ..Effects::default()
    }
}

pub(super) fn column(name: &str, class: Option<Class>) -> ColumnRef {
    ColumnRef {
        class,
        column: name.to_owned(),
        number: 1,
        relation_oid: 1,
        schema: "public".to_owned(),
        table: "customers".to_owned(),
    }
}

pub(super) fn filtered(form: FilterForm) -> Effects {
    let filter = Filter {
        column: column("email", Some(Class::Email)),
        form,
    };
    Effects {
        filters: vec![filter],
        ..on_table(Action::Select)
    }
}
