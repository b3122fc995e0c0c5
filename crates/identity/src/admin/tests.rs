//! The rules of principals and tokens, and "recorded or not done".

use super::*;
use broken::Ledger;
use model::{Limits, Store};
use store::SqliteStore;

const NOW: Timestamp = Timestamp(1_795_170_937_000_042);

/// A ledger in memory that can be made to fail.
mod broken {
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    pub(super) struct Ledger {
        pub(super) is_broken: Arc<Mutex<bool>>,
        pub(super) lines: Arc<Mutex<Vec<String>>>,
    }

    impl Ledger {
        pub(super) fn recorder(&self) -> super::Recorder {
            let ledger = self.clone();
            Arc::new(move |act, by, facts| {
                if *ledger.is_broken.lock().unwrap() {
                    return Err("the disk is full".to_owned());
                }
                ledger
                    .lines
                    .lock()
                    .unwrap()
                    .push(format!("{by} {act} {facts:?}"));
                Ok(())
            })
        }
    }
}

fn admin(ledger: &Ledger) -> (Admin, Arc<dyn Store>) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
    let limits = Limits {
        tokens_tried: 2,
        ..Limits::default()
    };
    let directory = Arc::new(LocalDirectory::new(Arc::clone(&store), [9; 32], &limits));
    (Admin::new(directory, ledger.recorder(), "local"), store)
}

fn new(name: &str, kind: PrincipalKind, acts_for: Option<&str>) -> NewPrincipal {
    NewPrincipal {
        acts_for: acts_for.map(|name| name.parse().unwrap()),
        groups: ["b", "a", "b"].map(|group| group.parse().unwrap()).to_vec(),
        kind,
        name: name.parse().unwrap(),
    }
}

#[test]
fn only_an_agent_acts_for_another_who_is_there() {
    use PrincipalKind::{Agent, Person, Service};
    let (admin, _) = admin(&Ledger::default());
    admin.add(new("gone", Person, None), NOW).unwrap();
    admin.disable(&"gone".parse().unwrap()).unwrap();
    let table = [
        ("alice", Person, None, ""),
        ("alice", Person, None, "principal alice exists already"),
        ("nightly", Service, None, ""),
        ("x", Person, Some("alice"), "only an agent acts for another"),
        (
            "x",
            Service,
            Some("alice"),
            "only an agent acts for another",
        ),
        (
            "x",
            Agent,
            None,
            "an agent acts for a person or a service, and x names none",
        ),
        (
            "x",
            Agent,
            Some("nobody"),
            "nobody is no enabled person or service",
        ),
        (
            "x",
            Agent,
            Some("gone"),
            "gone is no enabled person or service",
        ),
        ("x", Agent, Some("x"), "x is no enabled person or service"),
        ("fixer", Agent, Some("alice"), ""),
        ("robot", Agent, Some("nightly"), ""),
        (
            "x",
            Agent,
            Some("fixer"),
            "fixer is no enabled person or service",
        ),
    ];
    for (name, kind, acts_for, expected) in table {
        let done = admin.add(new(name, kind, acts_for), NOW);
        let said = done.map_or_else(|fault| fault.to_string(), |_| String::new());
        assert_eq!(said, expected, "{name} for {acts_for:?}");
    }
    let names = admin
        .principals()
        .unwrap()
        .into_iter()
        .map(|it| it.name.to_string());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["alice", "fixer", "gone", "nightly", "robot"]
    );
    assert_eq!(
        admin.principals().unwrap()[0].groups.len(),
        2,
        "sorted, each once"
    );
}

#[test]
fn a_token_is_refused_where_it_could_not_work() {
    let (admin, _) = admin(&Ledger::default());
    admin
        .add(new("alice", PrincipalKind::Person, None), NOW)
        .unwrap();
    let issue = |name: &str, ttl_s, now| {
        let done = admin.issue(&name.parse().unwrap(), ttl_s, now);
        done.map_or_else(|fault| fault.to_string(), |_| String::new())
    };
    assert_eq!(issue("nobody", 60, NOW), "there is no principal nobody");
    let ttl = "a token lives from 1 to 31622400 seconds";
    assert_eq!(issue("alice", 0, NOW), ttl);
    assert_eq!(issue("alice", u32::MAX, NOW), ttl);
    assert_eq!(issue("alice", 60, NOW), "");
    assert_eq!(issue("alice", 60, NOW), "");
    assert_eq!(
        issue("alice", 60, NOW),
        "alice has 2 live tokens, the most a principal may have"
    );
    assert_eq!(
        issue("alice", 60, NOW.plus_s(60)),
        "",
        "ended ones do not count"
    );
    admin.disable(&"alice".parse().unwrap()).unwrap();
    assert_eq!(issue("alice", 60, NOW), "alice is disabled");
    assert_eq!(
        admin.revoke("t0").unwrap_err().to_string(),
        "there is no token t0"
    );
}

#[test]
fn what_is_not_recorded_is_not_done() {
    let ledger = Ledger::default();
    let (admin, store) = admin(&ledger);
    let alice = "alice".parse().unwrap();
    admin
        .add(new("alice", PrincipalKind::Person, None), NOW)
        .unwrap();
    let token = admin.issue(&alice, 60, NOW).unwrap().record;
    *ledger.is_broken.lock().unwrap() = true;
    let refused = [
        admin
            .add(new("bob", PrincipalKind::Person, None), NOW)
            .map(drop),
        admin.disable(&alice).map(drop),
        admin.issue(&alice, 60, NOW).map(drop),
        admin.revoke(&token.id).map(drop),
    ];
    for fault in refused {
        assert!(matches!(fault, Err(AdminFault::Unrecorded(_))), "{fault:?}");
    }
    assert_eq!(store.principals().unwrap().len(), 1);
    assert!(!store.principal(&alice).unwrap().unwrap().is_disabled);
    assert_eq!(store.tokens().unwrap(), vec![token]);
}

#[test]
fn the_record_names_each_act_and_holds_no_secret() {
    let ledger = Ledger::default();
    let (admin, _) = admin(&ledger);
    let alice = "alice".parse().unwrap();
    admin
        .add(new("alice", PrincipalKind::Person, None), NOW)
        .unwrap();
    admin
        .add(new("fixer", PrincipalKind::Agent, Some("alice")), NOW)
        .unwrap();
    let issued = admin.issue(&alice, 60, NOW).unwrap();
    for _ in 0..2 {
        admin.revoke(&issued.record.id).unwrap();
        admin.disable(&alice).unwrap();
    }
    let lines = ledger.lines.lock().unwrap().join("\n");
    let id = issued.record.id.as_str();
    let expected = [
        r#"local principal.added [("principal", "alice"), ("kind", "person"), ("groups", "a b")]"#,
        concat!(
            r#"local principal.added [("principal", "fixer"), ("kind", "agent"), "#,
            r#"("groups", "a b"), ("acts_for", "alice")]"#
        ),
        &format!(
            "local token.issued [(\"token\", \"{id}\"), (\"principal\", \"alice\"), \
             (\"expires\", \"2026-11-20T10:36:37.000042Z\")]"
        ),
        &format!(r#"local token.revoked [("token", "{id}"), ("principal", "alice")]"#),
        r#"local principal.disabled [("principal", "alice")]"#,
    ];
    assert_eq!(lines, expected.join("\n"));
    assert!(!lines.contains(&issued.token[4..]));
    assert!(!format!("{issued:?} {admin:?}").contains(&issued.token[4..]));
}
