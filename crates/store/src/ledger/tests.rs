//! The ledger over a disk that loses what was not synced, over one that fills up, and over a real
//! one with its threads.
// tidy: table — filters and the entries they must want

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use uuid::Uuid;

use super::*;

mod world;

use world::{BY_HAND, Dice, allowed, block_on, check, lines, open, outcome, session};

#[test]
fn a_batch_is_one_write_and_nobodys_before_it() {
    let files = Memory::default();
    let (ledger, _) = open(&files);
    let session = session(1);
    let fill = |number| {
        ledger
            .fill(&allowed(&session, number), Timestamp(1))
            .unwrap()
    };
    let (one, two) = (fill(1), fill(2));
    assert_eq!(ledger.is_handed_over(one), Ok(false));
    assert_eq!(lines(&files).len(), 0, "the kernel has nothing yet");
    // One write is left: it carries both, and a second hand-over needs none.
    files.fail_after(1);
    assert_eq!(ledger.hand_over(one), Ok(()));
    assert_eq!(ledger.hand_over(two), Ok(()));
    assert_eq!(ledger.is_handed_over(two), Ok(true));
    assert_eq!(ledger.is_durable(two), Ok(false));
    let three = fill(3);
    assert!(ledger.hand_over(three).is_err());
    assert!(ledger.is_handed_over(three).is_err(), "a failure is final");
    assert_eq!(lines(&files).len(), 4);
}

#[test]
fn what_was_durable_outlives_every_crash() {
    for seed in 0..20 {
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
                        .fill(&outcome(&session, number), Timestamp(1))
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
    let reader = Reader::open(folder.path().join("ledger"));
    std::thread::scope(|scope| {
        // Sound at every moment, also while entries move from the log into the tree.
        scope.spawn(|| {
            for _ in 0..10 {
                assert_eq!(check(&reader, &ledger).findings, []);
                assert!(reader.size().is_ok());
            }
        });
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
fn readers_follow_what_is_written() {
    let files = Memory::default();
    let (ledger, _) = open(&files);
    let reader = Reader::new(Arc::new(files));
    let mut following = reader.entries(0);
    assert!(following.next().is_none());
    for number in 1..=200 {
        ledger
            .append(&allowed(&session(1), number), Timestamp(1))
            .unwrap();
        if number % 60 == 0 {
            ledger.tend().unwrap();
        }
    }
    assert_eq!(following.by_ref().count(), 400);
    ledger
        .append(&outcome(&session(1), 3), Timestamp(1))
        .unwrap();
    let (seq, line) = following.next().unwrap().unwrap();
    assert_eq!(seq, 400);
    assert_eq!(reader.entry(400).unwrap(), Some(line));
    assert_eq!(reader.entry(401).unwrap(), None);
    assert_eq!(reader.size().unwrap(), 401);
}

/// Sessions 1 to 20 with two entries each, and the end of the third's statement, later.
fn entries() -> Vec<serde_json::Value> {
    let files = Memory::default();
    let (ledger, _) = open(&files);
    for number in 1..=20 {
        ledger
            .append(&allowed(&session(number.into()), number), Timestamp(1))
            .unwrap();
    }
    ledger
        .append(&outcome(&session(3), 3), Timestamp(5_000_000))
        .unwrap();
    let read = |line: &Vec<u8>| serde_json::from_slice(line).unwrap();
    lines(&files).iter().map(read).collect()
}

#[test]
fn filters_want_what_was_asked() {
    let all = entries();
    let some = |text: &str| Some(text.to_owned());
    let any = Filter::default;
    let table = [
        (any(), 41),
        (
            Filter {
                kind: some("statement"),
                ..any()
            },
            41,
        ),
        (
            Filter {
                kind: some("statement.intent"),
                ..any()
            },
            20,
        ),
        (
            Filter {
                kind: some("state"),
                ..any()
            },
            0,
        ),
        (
            Filter {
                principal: some("alice"),
                ..any()
            },
            41,
        ),
        (
            Filter {
                principal: some("bob"),
                ..any()
            },
            0,
        ),
        (
            Filter {
                target: some("orders"),
                ..any()
            },
            41,
        ),
        (
            Filter {
                text: some("select 1"),
                ..any()
            },
            11,
        ),
        (
            Filter {
                session: Some(Uuid::from_u128(3).to_string()),
                ..any()
            },
            3,
        ),
        (
            Filter {
                since: Some(Timestamp(5_000_000)),
                ..any()
            },
            1,
        ),
        (
            Filter {
                until: Some(Timestamp(5_000_000)),
                ..any()
            },
            40,
        ),
    ];
    for (filter, count) in table {
        let found = all.iter().filter(|entry| filter.wants(entry)).count();
        assert_eq!(found, count, "{filter:?}");
    }
}
