//! What the tests share: sessions, statements' events, a die, and a way to wait without a runtime.

use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use ::ledger::verify::{Report, Source, verify};
use ::ledger::{Durable, Unrecorded};
use model::event::{RecordedText, SessionRef};
use model::{
    Event, Identity, Method, Mode, Outcome, OutcomeKind, PrincipalKind, Session, SessionId,
    StatementId, Subject, TargetFacts, Timestamp, Verb,
};
use uuid::Uuid;

use super::super::{FileLedger, Memory, Options, Reader, Recovered};

pub(super) fn session(number: u128) -> Arc<Session> {
    Arc::new(Session {
        address: None,
        application_name: Some("psql".into()),
        id: SessionId(Uuid::from_u128(number)),
        identity: Arc::new(Identity {
            acts_for: None,
            at: Timestamp(0),
            delegation: None,
            expires: None,
            method: Method::Token,
            subject: Subject {
                groups: Vec::new(),
                kind: PrincipalKind::Person,
                name: "alice".parse().unwrap(),
            },
            token: None,
        }),
        intent: None,
        is_encrypted: true,
        opened: Timestamp(0),
        target: Arc::new(TargetFacts {
            database: "shop".into(),
            environment: "production".into(),
            groups: Vec::new(),
            labels: Vec::new(),
            mode: Mode::Enforce,
            name: "orders".parse().unwrap(),
        }),
    })
}

pub(super) fn allowed(session: &Arc<Session>, number: u64) -> [Event; 2] {
    let statement = StatementId(number);
    [
        Event::Intent {
            effects: Vec::new().into(),
            intent: model::Intent::default(),
            route: "simple",
            session: Arc::clone(session),
            statement,
            text: RecordedText {
                bytes: 8,
                commitment: "c0ffee".into(),
                is_partial: false,
                parameters: Vec::new(),
                text: format!("SELECT {number}").into(),
            },
        },
        Event::Decision {
            grants: Vec::new(),
            policy_version: "p".into(),
            rules: Vec::new(),
            sent: None,
            session: Arc::clone(session),
            statement,
            verb: Verb::Allow,
            would: None,
        },
    ]
}

pub(super) fn outcome(session: &Arc<Session>, number: u64) -> [Event; 1] {
    [Event::Outcome {
        outcome: Outcome::of(OutcomeKind::Success),
        session: SessionRef::Whole(Arc::clone(session)),
        statement: StatementId(number),
    }]
}

pub(super) const BY_HAND: Options = Options {
    backlog: 10_000,
    origin: None,
    segment_bytes: 4_096,
    threads: false,
};

pub(super) fn open(files: &Memory) -> (FileLedger, Recovered) {
    FileLedger::open(Arc::new(files.clone()), BY_HAND, Timestamp(7)).unwrap()
}

pub(super) fn check(files: &dyn Source, ledger: &FileLedger) -> Report {
    struct By<'a>(&'a dyn Source);
    impl Source for By<'_> {
        fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
            self.0.read(path)
        }
        fn segments(&self) -> Result<Vec<Vec<u8>>, String> {
            self.0.segments()
        }
    }
    verify(&By(files), std::slice::from_ref(ledger.verifier()), &[]).unwrap()
}

pub(super) fn lines(files: &Memory) -> Vec<Vec<u8>> {
    let reader = Reader::new(Arc::new(files.clone()));
    reader.entries(0).map(|line| line.unwrap().1).collect()
}

/// A small generator of choices: no clock, no entropy, the seed is the test's name.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

pub(super) struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

pub(super) fn block_on(future: Durable) -> Result<(), Unrecorded> {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = future;
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}
