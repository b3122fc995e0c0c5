//! A house with people for this crate's tests: a real store, a real directory, a ledger in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use identity::{Admin, LocalDirectory, NewPrincipal};
use model::{
    Ahead, Clock, Directory, Event, Hold, Identity, Limits, PrincipalKind, Review, ReviewId,
    ReviewState, Scope, SessionId, StatementId, Store, Timestamp,
};
use parking_lot::Mutex;
use store::SqliteStore;
use uuid::Uuid;

use crate::Desk;
use govern::Request;

pub(crate) const NOW: Timestamp = Timestamp(1_795_170_937_000_042);

/// A clock that stands where it is put.
pub(crate) struct Standing(pub(crate) Mutex<Timestamp>);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

pub(crate) struct House {
    pub(crate) admin: Admin,
    pub(crate) desk: Arc<Desk>,
    pub(crate) directory: Arc<LocalDirectory>,
    /// Answers as recorded: who, what, and where the review then stood.
    pub(crate) ledger: Arc<Mutex<Vec<String>>>,
    pub(crate) is_broken: Arc<Mutex<bool>>,
    pub(crate) store: Arc<dyn Store>,
}

const PEOPLE: &[(&str, PrincipalKind, &[&str], Option<&str>)] = &[
    ("alice", PrincipalKind::Person, &["dev", "dba"], None),
    ("dana", PrincipalKind::Person, &["dba"], None),
    ("erin", PrincipalKind::Person, &["dba", "security"], None),
    ("frank", PrincipalKind::Person, &["dba"], None),
    ("zoe", PrincipalKind::Person, &["dev"], None),
    ("fixer", PrincipalKind::Agent, &["dba"], Some("alice")),
    ("scout", PrincipalKind::Agent, &["dba"], Some("dana")),
    ("nightly", PrincipalKind::Service, &["dba"], None),
];

pub(crate) fn house() -> House {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
    let limits = Limits {
        asks: 2,
        holds: 4,
        reason_chars: 20,
        ..Limits::default()
    };
    let directory = Arc::new(LocalDirectory::new(Arc::clone(&store), [9; 32], &limits));
    let admin = Admin::new(Arc::clone(&directory), Arc::new(|_, _, _| Ok(())), "test");
    for &(name, kind, groups, acts_for) in PEOPLE {
        let new = NewPrincipal {
            acts_for: acts_for.map(|name| name.parse().unwrap()),
            groups: groups.iter().map(|group| group.parse().unwrap()).collect(),
            kind,
            name: name.parse().unwrap(),
        };
        admin.add(new, NOW).unwrap();
    }
    let (ledger, is_broken) = (
        Arc::<Mutex<Vec<String>>>::default(),
        Arc::<Mutex<bool>>::default(),
    );
    let (lines, broken) = (Arc::clone(&ledger), Arc::clone(&is_broken));
    let recorder = move |event| {
        if *broken.lock() {
            return Err("the disk is full".to_owned());
        }
        lines.lock().push(match event {
            Event::ReviewAnswered {
                answer, by, state, ..
            } => format!("{by} {answer:?} {state:?}"),
            Event::Grant { act, by, .. } => {
                let by: Vec<_> = by.iter().map(ToString::to_string).collect();
                format!("{} by {}", act.as_str(), by.join(" "))
            }
            _ => return Err("neither an answer nor a grant".to_owned()),
        });
        Ok(())
    };
    let desk = Arc::new(Desk::new(Arc::clone(&store), Arc::new(recorder), &limits));
    House {
        admin,
        desk,
        directory,
        ledger,
        is_broken,
        store,
    }
}

impl House {
    pub(crate) fn token(&self, name: &str) -> String {
        self.admin
            .issue(&name.parse().unwrap(), 7_200, NOW)
            .unwrap()
            .token
            .to_string()
    }

    pub(crate) fn identity(&self, name: &str) -> Identity {
        self.directory
            .show(Some(name), &self.token(name), NOW)
            .unwrap()
    }

    pub(crate) fn state(&self, review: &Review) -> ReviewState {
        self.store.review(review.id).unwrap().unwrap().state
    }
}

/// A review `fixer` asked for, acting for `alice`.
pub(crate) fn review(number: u128, holds: &[(&str, u32)]) -> Review {
    let hold = |&(group, quorum): &(&str, u32)| Hold {
        group: group.parse().unwrap(),
        quorum,
        rule: "unbounded-write".to_owned(),
        wait_s: None,
    };
    Review {
        acts_for: Some("alice".parse().unwrap()),
        ahead: None,
        binding: "b1nd1ng".to_owned(),
        created: NOW,
        effects: vec!["update shop.payments".to_owned()],
        expires: NOW.plus_s(3_600),
        holds: holds.iter().map(hold).collect(),
        id: ReviewId(Uuid::from_u128(number)),
        kind: PrincipalKind::Agent,
        parameters: vec!["NULL".to_owned()],
        policy_version: "v1".to_owned(),
        principal: "fixer".parse().unwrap(),
        rehearsal: None,
        session: SessionId(Uuid::from_u128(7)),
        state: ReviewState::Open,
        statement: StatementId(3),
        target: "orders".parse().unwrap(),
        text: "UPDATE payments SET status = 'x'".to_owned(),
        votes: Vec::new(),
    }
}

/// What `name` asks for ahead of time, of dbas; an agent of alice's where it is fixer.
pub(crate) fn ahead(name: &str, asked: &Request) -> Review {
    static NEXT: AtomicU64 = AtomicU64::new(100);
    let is_agent = name == "fixer";
    Review {
        acts_for: is_agent.then(|| "alice".parse().unwrap()),
        ahead: Some(Ahead {
            database: "shop".to_owned(),
            for_s: asked.for_s,
            reason: asked.reason.clone(),
            scope: Scope::Access,
        }),
        binding: format!("ahead:{name} {}", asked.reason),
        id: ReviewId(Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())),
        kind: if is_agent {
            PrincipalKind::Agent
        } else {
            PrincipalKind::Person
        },
        principal: name.parse().unwrap(),
        ..review(1, &[("dba", 1)])
    }
}
