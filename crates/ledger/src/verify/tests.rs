//! A sound ledger in memory, and every way of tampering with it: each must be named.
// tidy: table — one tampering after another, each with its finding

use std::collections::BTreeMap;
use std::sync::Arc;

use model::event::{RecordedText, SessionRef};
use model::{
    Ahead, Event, GrantAct, Identity, Method, Mode, Outcome, OutcomeKind, PrincipalKind, Review,
    ReviewId, ReviewState, Scope, Session, SessionId, StatementId, Subject, TargetFacts, Timestamp,
    Verb,
};
use uuid::Uuid;

use super::*;
use crate::entry::{Place, encode};
use crate::note::Signer;

#[derive(Clone, Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Source for Memory {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).cloned())
    }
    fn segments(&self) -> Result<Vec<Vec<u8>>, String> {
        Ok(self
            .0
            .iter()
            .filter(|(path, _)| path.starts_with("wal/"))
            .map(|(_, b)| b.clone())
            .collect())
    }
}

const ORIGIN: &str = "example.com/l";

fn signer() -> Signer {
    Signer::new(ORIGIN, &[1; 32]).unwrap()
}

fn session() -> Arc<Session> {
    Arc::new(Session {
        address: None,
        application_name: None,
        id: SessionId(Uuid::from_u128(7)),
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
            database: "d".into(),
            environment: "e".into(),
            groups: Vec::new(),
            labels: Vec::new(),
            mode: Mode::Enforce,
            name: "t".parse().unwrap(),
        }),
    })
}

/// Intent, decision and outcome of one statement.
fn triple(number: u64) -> [Event; 3] {
    let (session, statement) = (session(), StatementId(number));
    [
        Event::Intent {
            effects: Vec::new().into(),
            intent: model::Intent::default(),
            route: "simple",
            session: Arc::clone(&session),
            statement,
            text: RecordedText {
                bytes: 8,
                commitment: "c".into(),
                is_partial: false,
                parameters: Vec::new(),
                text: "SELECT 1".into(),
            },
        },
        Event::Decision {
            grants: Vec::new(),
            policy_version: "p".into(),
            rules: Vec::new(),
            sent: None,
            session: Arc::clone(&session),
            statement,
            verb: Verb::Allow,
            would: None,
        },
        Event::Outcome {
            outcome: Outcome::of(OutcomeKind::Success),
            session: SessionRef::Whole(session),
            statement,
        },
    ]
}

fn entries(events: &[Event]) -> Vec<Vec<u8>> {
    let encoded = events.iter().zip(0..).map(|(event, seq)| {
        let mut out = Vec::new();
        encode(
            &mut out,
            event,
            &Place {
                at: Timestamp(seq),
                entropy: 1,
                origin: ORIGIN,
                seq: seq.cast_unsigned(),
            },
        );
        out
    });
    encoded.collect()
}

/// A ledger with the first `size` entries under a checkpoint and the rest in the log.
fn ledger(entries: &[Vec<u8>], size: usize, signer: &Signer) -> Memory {
    let (mut files, mut edge) = (BTreeMap::new(), Frontier::default());
    for entry in &entries[..size] {
        edge.push(leaf_hash(entry), |tile, row| {
            files.insert(tile.path(), row.concat());
        });
    }
    for (tile, row) in edge.partial() {
        files.insert(tile.path(), row.concat());
    }
    for tile in Tile::of_level(size as u64, 0) {
        let mut bytes = Vec::new();
        let from = usize::try_from(tile.index * 256).unwrap();
        for entry in &entries[from..from + usize::from(tile.width)] {
            tile::bundle(&mut bytes, entry);
        }
        files.insert(tile.bundle_path(), bytes);
    }
    let head = Checkpoint {
        origin: ORIGIN.into(),
        root: edge.root(),
        size: size as u64,
    };
    files.insert("checkpoint".into(), head.sign(signer).into_bytes());
    let mut wal = crate::wal::header(size as u64, size as u64).to_vec();
    for (entry, seq) in entries.iter().zip(0..).skip(size) {
        crate::wal::record(&mut wal, seq, |out| out.extend_from_slice(entry));
    }
    files.insert("wal/1".into(), wal);
    Memory(files)
}

fn statements(count: u64) -> Vec<Event> {
    (1..=count).flat_map(triple).collect()
}

fn kinds(source: &Memory, anchors: &[Vec<u8>]) -> Vec<String> {
    let report = verify(source, &[signer().verifier()], anchors).unwrap();
    report.findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_ledger_is_sound() {
    for (count, size) in [
        (0, 0),
        (1, 0),
        (1, 2),
        (1, 3),
        (100, 256),
        (100, 300),
        (200, 257),
        (200, 599),
    ] {
        let entries = entries(&statements(count));
        let source = ledger(&entries, size, &signer());
        let report = verify(&source, &[signer().verifier()], &[]).unwrap();
        assert_eq!(report.findings, []);
        assert_eq!(
            (report.entries, report.unsigned),
            (size as u64, (entries.len() - size) as u64)
        );
        assert_eq!((report.statements, report.unknown), (count, 0));
    }
}

type Tamper = fn(&mut BTreeMap<String, Vec<u8>>);

#[test]
fn each_tampering_is_named() {
    let events = statements(200);
    let whole = entries(&events);
    let sound = ledger(&whole, 598, &signer());
    let old = ledger(&whole, 300, &signer()).0["checkpoint"].clone();
    let table: &[(Tamper, &str)] = &[
        (
            |f| f.get_mut("tile/entries/001").unwrap()[100] ^= 1,
            "entry 256 altered after being signed",
        ),
        (
            |f| f.get_mut("tile/0/001").unwrap()[33] ^= 1,
            "tile/0/001 was altered; the entries under it are as signed",
        ),
        (
            |f| f.get_mut("tile/1/000.p/2").unwrap()[0] ^= 1,
            "tile/1/000.p/2 was altered; the entries under it are as signed",
        ),
        (
            |f| {
                f.remove("tile/0/000");
            },
            "tile/0/000 is missing or cut",
        ),
        (
            |f| {
                f.remove("tile/1/000.p/2");
            },
            "tile/1/000.p/2 is missing or cut",
        ),
        (
            |f| {
                f.remove("tile/entries/000");
            },
            "entries 0 to 255 missing: tile/entries/000 is not there or cut",
        ),
        (
            |f| {
                f.remove("tile/entries/002.p/86");
            },
            "the tail is cut: a checkpoint was signed over 598 entries, 512 are there",
        ),
        (
            |f| f.get_mut("tile/entries/002.p/86").unwrap().truncate(5_000),
            "the tail is cut: a checkpoint was signed over 598 entries,",
        ),
        (
            |f| {
                f.remove("checkpoint");
            },
            "there is no checkpoint",
        ),
        (
            |f| f.get_mut("checkpoint").unwrap()[16] ^= 1,
            "the checkpoint cannot be trusted: the signature by example.com/l+",
        ),
        (|f| f.get_mut("wal/1").unwrap()[28 + 20] ^= 1, ""),
    ];
    for (tamper, expected) in table {
        let mut source = sound.clone();
        tamper(&mut source.0);
        let found = kinds(&source, &[]);
        assert!(
            expected.is_empty() || found.iter().any(|finding| finding.starts_with(expected)),
            "{expected}: {found:?}"
        );
    }
    // An entry and the tile over it altered together: the level above still tells.
    let mut both = sound.clone();
    let mut other = whole.clone();
    let at = other[10].iter().rposition(|byte| *byte == b'1').unwrap();
    other[10][at] = b'9';
    let forged = ledger(&other, 598, &signer());
    for path in ["tile/entries/000", "tile/0/000"] {
        both.0.insert(path.into(), forged.0[path].clone());
    }
    assert!(kinds(&both, &[]).contains(&"entries 0 to 255 altered after being signed".into()));
    // All of it written anew and signed by the key's holder: only a checkpoint kept elsewhere tells.
    let mut events = events;
    events.remove(0);
    let rewritten = ledger(&entries(&events), 590, &signer());
    let found = kinds(&rewritten, std::slice::from_ref(&old));
    assert!(
        found
            .iter()
            .any(|f| f.starts_with("the first 300 entries are not those")),
        "{found:?}"
    );
    assert_eq!(kinds(&sound, &[old]), Vec::<String>::new());
    let thief = ledger(&whole, 598, &Signer::new(ORIGIN, &[2; 32]).unwrap());
    assert!(
        kinds(&thief, &[])[0]
            .starts_with("the checkpoint is signed by a foreign key: example.com/l+")
    );
}

#[test]
fn what_may_not_follow_is_named_and_what_has_no_end_is_counted() {
    let [intent, decision, outcome] = triple(1);
    let table = [
        (
            vec![outcome.clone()],
            "entry 0: Outcome may not follow nothing",
            0,
        ),
        (
            vec![intent.clone(), outcome.clone()],
            "entry 1: Outcome may not follow Intended",
            1,
        ),
        (
            vec![intent.clone(), intent.clone()],
            "entry 1: Intent may not follow Intended",
            1,
        ),
        (vec![intent.clone(), decision.clone()], "", 1),
        (vec![intent, decision, outcome], "", 0),
    ];
    for (events, expected, unknown) in table {
        let source = ledger(&entries(&events), events.len(), &signer());
        let report = verify(&source, &[signer().verifier()], &[]).unwrap();
        let found = report
            .findings
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            found.starts_with(expected) && found.is_empty() == expected.is_empty(),
            "{found}"
        );
        assert_eq!(report.unknown, unknown);
    }
}

/// Something that happened to the grant of that number.
fn grant(number: u128, act: GrantAct) -> Event {
    let review = Review {
        acts_for: None,
        ahead: Some(Ahead {
            database: "d".into(),
            for_s: 60,
            reason: "r".into(),
            scope: Scope::Access,
        }),
        binding: "ahead:00".into(),
        created: Timestamp(0),
        effects: Vec::new(),
        expires: Timestamp(0),
        holds: Vec::new(),
        id: ReviewId(Uuid::from_u128(number)),
        kind: PrincipalKind::Person,
        parameters: Vec::new(),
        policy_version: "p".into(),
        principal: "alice".parse().unwrap(),
        rehearsal: None,
        session: SessionId(Uuid::nil()),
        state: ReviewState::Open,
        statement: StatementId(0),
        target: "t".parse().unwrap(),
        text: "use t".into(),
        votes: Vec::new(),
    };
    Event::Grant {
        act,
        by: Vec::new(),
        review: Box::new(review),
        until: None,
    }
}

#[test]
fn a_grant_is_asked_given_and_ended_once_and_used_only_then() {
    use GrantAct::{Asked, Expired, Given, Revoked};
    let [intent, decision, _] = triple(1);
    let rests_on = |number| {
        let Event::Decision {
            policy_version,
            rules,
            session,
            statement,
            verb,
            ..
        } = decision.clone()
        else {
            panic!("it is a decision")
        };
        let grants = vec![ReviewId(Uuid::from_u128(number))];
        Event::Decision {
            grants,
            policy_version,
            rules,
            sent: None,
            session,
            statement,
            verb,
            would: None,
        }
    };
    let used = [
        grant(7, Asked),
        grant(7, Given),
        intent.clone(),
        rests_on(7),
        grant(7, Revoked),
    ];
    let table = [
        (used.to_vec(), ""),
        (
            vec![grant(7, Given)],
            "entry 0: grant.given may not follow nothing",
        ),
        (
            vec![grant(7, Asked), grant(8, Given)],
            "entry 1: grant.given may not follow nothing",
        ),
        (
            vec![
                grant(7, Asked),
                grant(7, Given),
                grant(7, Expired),
                grant(7, Revoked),
            ],
            "entry 3: grant.revoked may not follow grant.expired",
        ),
        (
            vec![grant(7, Asked), intent, rests_on(7)],
            "entry 2: a decision rests on it, and it was never given",
        ),
    ];
    for (events, expected) in table {
        let source = ledger(&entries(&events), events.len(), &signer());
        let found = kinds(&source, &[]).join("; ");
        assert!(
            found.starts_with(expected) && found.is_empty() == expected.is_empty(),
            "{found}"
        );
    }
}
