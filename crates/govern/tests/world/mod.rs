//! A governor with a small catalog, four principals, a ledger in memory and scripted reviewers.
// tidy: table — a small world, laid out once
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "a test's world fails loudly"
)]
#![allow(dead_code, reason = "every test file uses its own part")]

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use catalog::{Catalog, Column, Function, FunctionKind, Relation, RelationKind, Type, TypeKind};
use govern::{Admitted, Governor, OpenSession, Parts, Reviews, Waiting};
use ledger::{Durable, Ledger, Receipt, Unrecorded};
use model::{
    Class, Clock, Event, Identity, Limits, Method, Mode, PrincipalKind, PrincipalName, RefusalKind,
    Rehearsal, Review, ReviewId, ReviewState, Route, Session, SessionId, Statement, StatementId,
    StoreFault, Subject, TargetFacts, TargetName, Timestamp, Verb, Volatility,
};
use policy::{Rules, Source};
use uuid::Uuid;

/// What the reviewers do with the next hold.
pub(crate) enum Answer {
    Approve,
    ApproveThen(&'static str),
    Deny,
    None,
}

const REVEAL: &str = r#"
@id("dpo-reveals")
permit(principal in Group::"dpo", action == Action::"reveal", resource);
"#;

struct Tick(AtomicI64);

impl Clock for Tick {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_170_937_000_000 + self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Record {
    events: Mutex<Vec<Event>>,
    is_broken: AtomicBool,
}

impl Ledger for Record {
    fn append(&self, events: &[Event], _at: Timestamp) -> Result<Receipt, Unrecorded> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(Unrecorded("the disk is full".into()));
        }
        let mut all = self.events.lock().unwrap();
        all.extend_from_slice(events);
        Ok(Receipt(all.len() as u64 - 1))
    }

    fn is_durable(&self, _receipt: Receipt) -> Result<bool, Unrecorded> {
        Ok(true)
    }

    fn durable(&self, _receipt: Receipt) -> Durable {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[derive(Default)]
struct People {
    reviews: Mutex<HashMap<ReviewId, Review>>,
}

impl People {
    fn set(&self, state: ReviewState) {
        for review in self.reviews.lock().unwrap().values_mut() {
            if review.state == ReviewState::Open {
                review.state = state;
            }
        }
    }
}

struct Desk(Arc<People>);

impl Reviews for Desk {
    fn claim(
        &self,
        principal: &PrincipalName,
        target: &TargetName,
        binding: &str,
        _now: Timestamp,
    ) -> Result<Option<Review>, StoreFault> {
        let mut all = self.0.reviews.lock().unwrap();
        let found = all.values_mut().find(|review| {
            review.state == ReviewState::Approved
                && (&review.principal, &review.target) == (principal, target)
                && review.binding == binding
        });
        Ok(found.map(|review| {
            review.state = ReviewState::Used;
            review.clone()
        }))
    }

    fn open(&self, review: &Review, _wait_s: u32) -> Result<Waiting, StoreFault> {
        self.0
            .reviews
            .lock()
            .unwrap()
            .insert(review.id, review.clone());
        let (people, id) = (self.0.clone(), review.id);
        let mut is_first = true;
        Ok(Box::pin(std::future::poll_fn(move |_| {
            // The first poll is the driver's; the test answers before the second.
            if std::mem::take(&mut is_first) {
                return Poll::Pending;
            }
            Poll::Ready(people.reviews.lock().unwrap()[&id].clone())
        })))
    }

    fn rehearsed(&self, _: ReviewId, _: &Rehearsal) -> Result<(), StoreFault> {
        Ok(())
    }

    fn shift(&self, id: ReviewId, from: ReviewState, to: ReviewState) -> Result<bool, StoreFault> {
        let mut all = self.0.reviews.lock().unwrap();
        let review = all.get_mut(&id).unwrap();
        let moves = review.state == from;
        if moves {
            review.state = to;
        }
        Ok(moves)
    }
}

pub(crate) struct World {
    governor: Governor,
    pub(crate) notices: Mutex<Vec<model::HoldNotice>>,
    people: Arc<People>,
    record: Arc<Record>,
    pub(crate) refusals: Mutex<Vec<model::Refusal>>,
    pub(crate) replies: Mutex<Vec<model::Reply>>,
    statements: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Self {
        let (record, people) = (Arc::new(Record::default()), Arc::new(People::default()));
        let ids = AtomicU64::new(1);
        let governor = Governor::new(Parts {
            clock: Arc::new(Tick(AtomicI64::new(0))),
            ids: Arc::new(move || Uuid::from_u128(ids.fetch_add(1, Ordering::Relaxed).into())),
            keys: Arc::new(mask::Keys::from_root(&[7; 32])),
            ledger: record.clone(),
            limits: Arc::new(Limits::default()),
            reviews: Arc::new(Desk(people.clone())),
            rules: rules(&[REVEAL]),
            scopes: mask::Scopes::default(),
            secret: [9; 32],
        });
        governor.learn(&target().name, Arc::new(catalog())).unwrap();
        Self {
            governor,
            people,
            notices: Mutex::default(),
            record,
            refusals: Mutex::default(),
            replies: Mutex::default(),
            statements: AtomicU64::new(1),
        }
    }

    pub(crate) fn session(&self, who: &str) -> Option<Arc<OpenSession>> {
        let session = Session {
            address: None,
            application_name: None,
            id: SessionId(Uuid::from_u128(77)),
            identity: Arc::new(identity(who)),
            intent: None,
            is_encrypted: true,
            opened: Timestamp(0),
            target: Arc::new(target()),
        };
        now(self.governor.open(session, &[])).ok()
    }

    /// Puts these rules in force instead.
    pub(crate) fn publish(&self, texts: &[&str]) {
        self.governor.publish(rules(texts), "test".into()).unwrap();
    }

    /// What came of it, in a word, and the plan of a permit.
    pub(crate) fn admit(
        &self,
        session: &Arc<OpenSession>,
        sql: &str,
        answer: Answer,
    ) -> (&'static str, Option<mask::Plan>) {
        let mut road = Box::pin(self.governor.admit(session, self.statement(sql)));
        let mut context = Context::from_waker(std::task::Waker::noop());
        let came = match road.as_mut().poll(&mut context) {
            Poll::Ready(came) => came,
            Poll::Pending => {
                assert_eq!(session.told().len(), 1, "a held statement is told at once");
                match answer {
                    Answer::Approve => self.people.set(ReviewState::Approved),
                    Answer::ApproveThen(rule) => {
                        self.people.set(ReviewState::Approved);
                        let rules = rules(&[REVEAL, rule]);
                        self.governor.publish(rules, "test".into()).unwrap();
                    }
                    Answer::Deny => self.people.set(ReviewState::Denied),
                    Answer::None => {}
                }
                now(road)
            }
        };
        match came {
            Ok(Admitted::Reply(reply)) => {
                self.replies.lock().unwrap().push(reply);
                ("reply", None)
            }
            Ok(Admitted::Permit(permit)) => {
                let plan = permit.mask().clone();
                let notice = permit.notice().cloned();
                self.notices.lock().unwrap().extend(notice);
                let outcome = model::Outcome::of(model::OutcomeKind::Success);
                self.governor.settle(session, *permit, outcome).unwrap();
                ("permit", Some(plan))
            }
            Err(refusal) => {
                let word = word(refusal.kind);
                self.refusals.lock().unwrap().push(refusal);
                (word, None)
            }
        }
    }

    pub(crate) fn admit_and_drop(&self, session: &Arc<OpenSession>, sql: &str) {
        let mut road = Box::pin(self.governor.admit(session, self.statement(sql)));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(road.as_mut().poll(&mut context).is_pending());
    }

    fn statement(&self, sql: &str) -> Statement {
        Statement {
            id: StatementId(self.statements.fetch_add(1, Ordering::Relaxed)),
            parameters: Vec::new(),
            route: Route::Simple,
            text: sql.as_bytes().into(),
        }
    }

    pub(crate) fn approve_open(&self) {
        self.people.set(ReviewState::Approved);
    }

    pub(crate) fn break_ledger(&self) {
        self.record.is_broken.store(true, Ordering::Relaxed);
    }

    pub(crate) fn review_states(&self) -> Vec<ReviewState> {
        self.people
            .reviews
            .lock()
            .unwrap()
            .values()
            .map(|review| review.state)
            .collect()
    }

    pub(crate) fn events_of_statements(&self) -> Vec<&'static str> {
        let events = self.record.events.lock().unwrap();
        let kinds = events.iter().map(Event::kind);
        kinds
            .filter(|kind| kind.starts_with("statement.") || kind.starts_with("review."))
            .collect()
    }

    /// What is no statement's: acts, in order.
    pub(crate) fn acts(&self) -> Vec<&'static str> {
        let events = self.record.events.lock().unwrap();
        let act = |event: &Event| match event {
            Event::Admin { act, .. } => Some(*act),
            _ => None,
        };
        events.iter().filter_map(act).collect()
    }

    pub(crate) fn decisions(&self) -> Vec<Verb> {
        let events = self.record.events.lock().unwrap();
        let verb = |event: &Event| match event {
            Event::Decision { verb, .. } => Some(*verb),
            _ => None,
        };
        events.iter().filter_map(verb).collect()
    }

    pub(crate) fn recorded_texts(&self) -> Vec<String> {
        let events = self.record.events.lock().unwrap();
        let text = |event: &Event| match event {
            Event::Intent { text, .. } => Some(text.text.to_string()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }
}

fn word(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Denied => "denied",
        RefusalKind::Expired => "held",
        RefusalKind::Limit => "limit",
        RefusalKind::Rejected => "rejected",
        RefusalKind::Unmaskable => "unmaskable",
        RefusalKind::Unreadable => "unreadable",
        RefusalKind::Unrecorded => "unrecorded",
        RefusalKind::Withdrawn => "withdrawn",
    }
}

fn now<F: Future>(future: F) -> F::Output {
    futures_util::FutureExt::now_or_never(future).expect("nothing here waits")
}

fn rules(texts: &[&str]) -> Rules {
    let source = |(index, text): (usize, &&str)| Source {
        name: format!("{index}.cedar"),
        text: (*text).to_owned(),
    };
    let sources: Vec<_> = texts.iter().enumerate().map(source).collect();
    Rules::load(true, &[target()], &sources).unwrap()
}

fn target() -> TargetFacts {
    TargetFacts {
        database: "shop".into(),
        environment: "production".into(),
        groups: vec!["developers".parse().unwrap(), "dpo".parse().unwrap()],
        labels: Vec::new(),
        mode: Mode::Enforce,
        name: "shop".parse().unwrap(),
    }
}

fn identity(who: &str) -> Identity {
    let subject = |name: &str, kind, groups: &[&str]| Subject {
        groups: groups.iter().map(|group| group.parse().unwrap()).collect(),
        kind,
        name: name.parse().unwrap(),
    };
    let alice = || subject("alice", PrincipalKind::Person, &["developers"]);
    let (subject, acts_for) = match who {
        "alice" => (alice(), None),
        "fixer" => (
            subject("fixer", PrincipalKind::Agent, &["developers"]),
            Some(alice()),
        ),
        "omar" => (subject(who, PrincipalKind::Person, &["dpo"]), None),
        other => (subject(other, PrincipalKind::Person, &[]), None),
    };
    Identity {
        acts_for,
        at: Timestamp(0),
        delegation: None,
        expires: None,
        method: Method::Scram,
        subject,
        token: None,
    }
}

fn catalog() -> Catalog {
    let column = |number: i16, name: &str, type_oid, class: Option<Class>| Column {
        class,
        evidence: String::new(),
        is_generated: false,
        is_not_null: true,
        modifier: -1,
        name: name.into(),
        number,
        type_oid,
    };
    let customers = Relation {
        columns: vec![
            column(1, "id", 23, None),
            column(2, "name", 25, None),
            column(3, "email", 25, Some(Class::Email)),
        ],
        definition: None,
        estimated_rows: 1_000,
        kind: RelationKind::Table,
        name: "customers".into(),
        oid: 16_384,
        parents: Vec::new(),
        primary_key: vec![1],
        schema: "public".into(),
    };
    let function = |oid, name: &str, volatility| Function {
        arguments: vec![25],
        defaults: 0,
        is_security_definer: false,
        is_variadic: false,
        kind: FunctionKind::Function,
        language: "internal".into(),
        name: name.into(),
        oid,
        outputs: Vec::new(),
        result: 25,
        returns_set: false,
        schema: "pg_catalog".into(),
        source: None,
        volatility,
    };
    let base = |oid, name: &str, category| Type {
        base: 0,
        category,
        element: 0,
        kind: TypeKind::Base,
        name: name.into(),
        oid,
        relation: 0,
        schema: "pg_catalog".into(),
    };
    let peek = Function {
        language: "sql".into(),
        schema: "public".into(),
        ..function(16_500, "peek", Volatility::Stable)
    };
    let functions = vec![
        peek,
        function(871, "upper", Volatility::Immutable),
        function(2624, "pg_read_file", Volatility::Volatile),
    ];
    let types = vec![base(23, "int4", 'N'), base(25, "text", 'S')];
    let mut catalog = Catalog::of(vec![customers], functions, types);
    catalog.database = "shop".into();
    catalog.role = "app".into();
    catalog.schemas = vec!["public".into(), "pg_catalog".into()];
    catalog.search_path = vec!["public".into()];
    catalog.server_version = 150_018;
    catalog.version = "v1".into();
    catalog
}
