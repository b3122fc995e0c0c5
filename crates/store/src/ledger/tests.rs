//! The ledger over a disk that loses what was not synced, over one that fills up, and over a real
//! one with its threads.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use ::ledger::verify::{Report, Source, verify};
use model::event::{RecordedText, SessionRef};
use model::{
    Identity, Method, Mode, Outcome, OutcomeKind, PrincipalKind, Session, Subject, TargetFacts,
    Verb,
};
use uuid::Uuid;

use super::*;

fn session(number: u128) -> Arc<Session> {
    Arc::new(Session {
        address: None,
        application_name: Some("psql".into()),
        id: SessionId(Uuid::from_u128(number)),
        identity: Arc::new(Identity {
            acts_for: None,
            at: Timestamp(0),
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

fn allowed(session: &Arc<Session>, number: u64) -> [Event; 2] {
    let statement = StatementId(number);
    [
        Event::Intent {
            effects: Vec::new().into(),
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
            policy_version: "p".into(),
            rules: Vec::new(),
            session: Arc::clone(session),
            statement,
            verb: Verb::Allow,
            would: None,
        },
    ]
}

fn outcome(session: &Arc<Session>, number: u64) -> [Event; 1] {
    [Event::Outcome {
        outcome: Outcome::of(OutcomeKind::Success),
        session: SessionRef::Whole(Arc::clone(session)),
        statement: StatementId(number),
    }]
}

const BY_HAND: Options = Options {
    backlog: 10_000,
    origin: None,
    segment_bytes: 4_096,
    threads: false,
};

fn open(files: &Memory) -> (FileLedger, Recovered) {
    FileLedger::open(Arc::new(files.clone()), BY_HAND, Timestamp(7)).unwrap()
}

fn check(files: &dyn Source, ledger: &FileLedger) -> Report {
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

fn lines(files: &Memory) -> Vec<Vec<u8>> {
    let reader = Reader::new(Arc::new(files.clone()));
    reader.entries(0).map(|line| line.unwrap().1).collect()
}

/// A small generator of choices: no clock, no entropy, the seed is the test's name.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn what_was_durable_outlives_every_crash() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut files = Memory::default();
        let mut kept: Vec<Vec<u8>> = Vec::new();
        for generation in 0..6u64 {
            let (ledger, recovered) = open(&files);
            let found = lines(&files);
            assert!(
                found.starts_with(&kept),
                "seed {seed}: a durable entry is gone"
            );
            let report = check(&Reader::new(Arc::new(files.clone())), &ledger);
            assert_eq!(report.findings, [], "seed {seed}");
            assert!(recovered.entries >= kept.len() as u64);
            let session = session(u128::from(seed * 100 + generation));
            if dice.below(3) == 0 {
                files.fail_after(u32::try_from(dice.below(60)).unwrap());
            }
            let (mut number, mut is_open) = (0, false);
            for _ in 0..dice.below(300) {
                let done = match dice.below(40) {
                    0 => ledger.tend(),
                    1..4 => ledger.sync(),
                    4 => ledger.shared.spare(),
                    5..20 if std::mem::take(&mut is_open) => ledger
                        .append(&outcome(&session, number), Timestamp(1))
                        .map(drop),
                    _ => {
                        (number, is_open) = (number + 1, true);
                        ledger
                            .append(&allowed(&session, number), Timestamp(1))
                            .map(drop)
                    }
                };
                if done.is_err() {
                    assert!(ledger.append(&outcome(&session, 1), Timestamp(1)).is_err());
                    break;
                }
            }
            let durable =
                (0..ledger.size()).take_while(|seq| ledger.is_durable(Receipt(*seq)) == Ok(true));
            let durable = durable.count();
            kept = lines(&files);
            kept.truncate(durable);
            assert_eq!(kept.len(), durable);
            files = files.crash(seed * 31 + generation);
        }
    }
}

#[test]
fn a_full_disk_refuses_for_ever_and_says_what_to_do() {
    let files = Memory::default();
    let (ledger, _) = open(&files);
    let session = session(1);
    let receipt = ledger.append(&allowed(&session, 1), Timestamp(1)).unwrap();
    files.fail_after(0);
    let fault = ledger.sync().unwrap_err().to_string();
    assert!(
        fault.contains("the disk is full: free some space and restart"),
        "{fault}"
    );
    files.fail_after(1_000);
    assert_eq!(
        ledger
            .append(&allowed(&session, 2), Timestamp(1))
            .unwrap_err()
            .to_string(),
        fault
    );
    assert_eq!(ledger.is_durable(receipt).unwrap_err().to_string(), fault);
    let mut waiting = pin!(ledger.durable(receipt));
    assert!(matches!(
        waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop())),
        Poll::Ready(Err(_))
    ));
}

#[test]
fn a_backlog_beyond_its_bound_refuses_and_recovers() {
    let options = Options {
        backlog: 3,
        ..BY_HAND
    };
    let (ledger, _) = FileLedger::open(Arc::new(Memory::default()), options, Timestamp(0)).unwrap();
    let session = session(1);
    ledger.append(&allowed(&session, 1), Timestamp(1)).unwrap();
    assert!(ledger.append(&allowed(&session, 2), Timestamp(1)).is_err());
    ledger.sync().unwrap();
    ledger.append(&allowed(&session, 2), Timestamp(1)).unwrap();
}

#[test]
fn what_was_allowed_and_never_heard_of_again_ends_unknown() {
    let files = Memory::default();
    let (ledger, _) = open(&files);
    let one = session(1);
    ledger.append(&allowed(&one, 1), Timestamp(1)).unwrap();
    ledger.append(&outcome(&one, 1), Timestamp(1)).unwrap();
    ledger.append(&allowed(&one, 2), Timestamp(1)).unwrap();
    ledger.tend().unwrap();
    ledger.append(&allowed(&one, 3), Timestamp(1)).unwrap();
    ledger.append(&allowed(&one, 4)[..1], Timestamp(1)).unwrap();
    ledger.sync().unwrap();
    let files = files.crash(1);
    let (again, recovered) = open(&files);
    let found: Vec<_> = recovered
        .unfinished
        .iter()
        .map(|u| (u.statement.0, u.status))
        .collect();
    assert_eq!(
        found,
        [
            (2, Status::Allowed),
            (3, Status::Allowed),
            (4, Status::Intended)
        ]
    );
    again.tend().unwrap();
    let report = check(&Reader::new(Arc::new(files.clone())), &again);
    assert_eq!(
        (
            report.findings.as_slice(),
            report.statements,
            report.unknown
        ),
        ([].as_slice(), 4, 3)
    );
    drop(again);
    assert_eq!(open(&files).1.unfinished, [], "settled once");
}

#[test]
fn damage_below_the_checkpoint_stops_the_start() {
    let table: [(&str, usize, &str); 4] = [
        (
            "tile/0/000.p/20",
            5,
            "the tiles do not fit the checkpoint over 20 entries",
        ),
        ("checkpoint", 60, ""),
        ("key", 30, "put back the file"),
        (
            "tile/entries/000.p/20",
            0,
            "is missing from tile/entries/000.p/20",
        ),
    ];
    for (path, at, expected) in table {
        let files = Memory::default();
        let (ledger, _) = open(&files);
        for number in 1..=10 {
            ledger
                .append(&allowed(&session(1), number), Timestamp(1))
                .unwrap();
        }
        ledger.tend().unwrap();
        drop(ledger);
        let mut bytes = Files::read(&files, path).unwrap().unwrap();
        bytes[at] ^= 1;
        files.create(path).unwrap().write_at(&bytes, 0).unwrap();
        let fault = FileLedger::open(Arc::new(files), BY_HAND, Timestamp(0))
            .unwrap_err()
            .to_string();
        assert!(fault.contains(expected), "{path}: {fault}");
    }
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on(future: Durable) -> Result<(), Unrecorded> {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = future;
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn many_threads_on_a_real_disk_and_a_second_instance() {
    let folder = tempfile::tempdir().unwrap();
    let disk = || Arc::new(Disk::new(folder.path().join("ledger")));
    let options = Options {
        segment_bytes: 64 << 10,
        ..Options::default()
    };
    let (ledger, _) = FileLedger::open(disk(), options.clone(), Timestamp(0)).unwrap();
    let second = FileLedger::open(disk(), options.clone(), Timestamp(0));
    assert!(matches!(second, Err(OpenFault::InUse)));
    std::thread::scope(|scope| {
        for number in 0..8u128 {
            let ledger = &ledger;
            scope.spawn(move || {
                let session = session(number);
                for statement in 1..=100 {
                    let receipt = ledger
                        .append(&allowed(&session, statement), Timestamp(1))
                        .unwrap();
                    block_on(ledger.durable(receipt)).unwrap();
                    assert_eq!(ledger.is_durable(receipt), Ok(true));
                    ledger
                        .append(&outcome(&session, statement), Timestamp(2))
                        .unwrap();
                }
            });
        }
    });
    // An outcome nobody asked for becomes durable all the same.
    block_on(ledger.durable(Receipt(ledger.size() - 1))).unwrap();
    let reader = Reader::open(folder.path().join("ledger"));
    assert_eq!(reader.size().unwrap(), 2_400);
    let report = check(&reader, &ledger);
    assert_eq!(
        (
            report.findings.as_slice(),
            report.statements,
            report.unknown
        ),
        ([].as_slice(), 800, 0)
    );
    ledger.close().unwrap();
    let report = check(&reader, &ledger);
    assert_eq!(
        (report.findings.as_slice(), report.entries, report.unsigned),
        ([].as_slice(), 2_400, 0)
    );
    assert_eq!(reader.vkey().unwrap(), Some(ledger.verifier().to_string()));
    drop(ledger);
    let (ledger, recovered) = FileLedger::open(disk(), options, Timestamp(0)).unwrap();
    assert_eq!((recovered.entries, recovered.cut_bytes), (2_400, 0));
    assert_eq!(ledger.size(), 2_400);
}

#[test]
fn readers_follow_and_filter() {
    let files = Memory::default();
    let (ledger, _) = open(&files);
    let reader = Reader::new(Arc::new(files));
    let mut following = reader.entries(0);
    assert!(following.next().is_none());
    for number in 1..=200 {
        ledger
            .append(&allowed(&session(number.into()), number), Timestamp(1))
            .unwrap();
        if number % 60 == 0 {
            ledger.tend().unwrap();
        }
    }
    assert_eq!(following.by_ref().count(), 400);
    ledger
        .append(&outcome(&session(3), 3), Timestamp(5_000_000))
        .unwrap();
    let (seq, line) = following.next().unwrap().unwrap();
    assert_eq!(seq, 400);
    assert_eq!(reader.entry(400).unwrap(), Some(line));
    assert_eq!(reader.entry(401).unwrap(), None);
    let all: Vec<serde_json::Value> = reader
        .entries(0)
        .map(|line| serde_json::from_slice(&line.unwrap().1).unwrap())
        .collect();
    let some = |text: &str| Some(text.to_owned());
    let table = [
        (Filter::default(), 401),
        (
            Filter {
                kind: some("statement"),
                ..Filter::default()
            },
            401,
        ),
        (
            Filter {
                kind: some("statement.intent"),
                ..Filter::default()
            },
            200,
        ),
        (
            Filter {
                kind: some("state"),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                principal: some("alice"),
                ..Filter::default()
            },
            401,
        ),
        (
            Filter {
                principal: some("bob"),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                target: some("orders"),
                ..Filter::default()
            },
            401,
        ),
        (
            Filter {
                text: some("select 17"),
                ..Filter::default()
            },
            11,
        ),
        (
            Filter {
                session: Some(Uuid::from_u128(3).to_string()),
                ..Filter::default()
            },
            3,
        ),
        (
            Filter {
                since: Some(Timestamp(5_000_000)),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                until: Some(Timestamp(5_000_000)),
                ..Filter::default()
            },
            400,
        ),
    ];
    for (filter, count) in table {
        assert_eq!(
            all.iter().filter(|entry| filter.wants(entry)).count(),
            count,
            "{filter:?}"
        );
    }
}
