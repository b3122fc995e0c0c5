//! A seeded world around one session: a governor that admits, masks, holds, refuses, answers; a
//! naive target that answers in order; and the invariants no bytes may break.
//!
//! What it demands: no panic; nothing to the target before `Opened`; a statement's bytes only
//! between its `Admit` and its `Settle`; each admitted statement settled once by the end, no other
//! ever; ranges inside the input; output bounded by input.

mod naive;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mask::{Keys, PartPlan, Plan, PlannedColumn, Treatment};
use model::{Limits, Refusal, RefusalKind, StatementId};
use wire::{
    Cause, Challenge, Credential, HoldNotice, Input, Output, Payload, Reply, Side, TargetLogin,
    TargetTls, TlsFacts, Wire,
};
use wire_postgres::{Config, Postgres};

/// A small generator: the world's only chance.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() >> 33).unwrap() % bound.max(1)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.roll().to_be_bytes()[2]
    }
}

struct World {
    admitted: BTreeSet<StatementId>,
    dice: Dice,
    fed: usize,
    has_ended: bool,
    held: Option<StatementId>,
    is_opened: bool,
    settled: usize,
    keys: Arc<Keys>,
    /// What the naive target has not read yet, and will say.
    target_in: Vec<u8>,
    target_out: Vec<u8>,
    target_skips: bool,
    told: usize,
    wire: Postgres,
}

/// Client bytes are fuzzed; the target is naive but sound. An even first byte leaves the client
/// unknown: start-up and sign-in are fuzzed then. Gives the number of statements settled.
pub(crate) fn client_bytes(data: &[u8]) -> usize {
    let Some((seed, data)) = data.split_first_chunk::<4>() else {
        return 0;
    };
    let mut world = World::new(u32::from_be_bytes(*seed).into());
    if seed[0] % 2 == 1 {
        world.sign_in();
    }
    let mut rest = data;
    while !rest.is_empty() && !world.has_ended {
        let size = 1 + world.dice.below(200);
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        world.feed(Input::FromClient(piece), piece);
        world.play_target();
        world.happen();
    }
    world.play_target();
    world.close();
    world.settled
}

/// Target bytes are fuzzed; the client is scripted. An even first byte fuzzes the sign-in. Gives
/// the number of statements settled.
pub(crate) fn target_bytes(data: &[u8]) -> usize {
    let Some((seed, data)) = data.split_first_chunk::<4>() else {
        return 0;
    };
    let mut world = World::new(u32::from_be_bytes(*seed).into());
    if seed[0] % 2 == 1 {
        world.sign_in();
    } else {
        world.come();
    }
    let mut rest = data;
    while !rest.is_empty() && !world.has_ended {
        if world.is_opened && seed[0] % 2 == 1 && world.dice.below(3) == 0 {
            let script = SCRIPT[world.dice.below(SCRIPT.len())];
            world.feed(Input::FromClient(script), script);
        }
        let size = 1 + world.dice.below(60);
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        world.feed(Input::FromTarget(piece), piece);
        world.happen();
    }
    world.close();
    world.settled
}

const SCRIPT: &[&[u8]] = &[
    b"Q\0\0\0\x0dSELECT 1\0",
    b"P\0\0\0\x10\0SELECT 1\0\0\0B\0\0\0\x0c\0\0\0\0\0\0\0\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04",
    b"P\0\0\0\x11s\0SELECT 1\0\0\0D\0\0\0\x07Ss\0S\0\0\0\x04",
    b"B\0\0\0\x0d\0s\0\0\0\0\0\0\0D\0\0\0\x06P\0E\0\0\0\x09\0\0\0\0\x01H\0\0\0\x04",
    b"E\0\0\0\x09\0\0\0\0\x01S\0\0\0\x04",
    b"d\0\0\0\x08abcd",
    b"c\0\0\0\x04",
    b"S\0\0\0\x04",
    b"C\0\0\0\x06P\0S\0\0\0\x04",
    b"F\0\0\0\x0e\0\0\0\x07\0\0\0\0\0\0",
];

impl World {
    fn new(seed: u64) -> Self {
        let limits = Limits {
            pending_bytes: 65_536,
            session_names: 16,
            ..Limits::default()
        };
        let config = Config {
            allows_clear_text: true,
            limits,
            offers_tls: seed.is_multiple_of(3),
        };
        Self {
            admitted: BTreeSet::new(),
            dice: Dice::new(seed),
            fed: 0,
            has_ended: false,
            held: None,
            is_opened: false,
            settled: 0,
            keys: Arc::new(Keys::from_root(&[3; 32])),
            target_in: Vec::new(),
            target_out: Vec::new(),
            target_skips: false,
            told: 0,
            wire: Postgres::new(config),
        }
    }

    /// The client says its name and token; the governor and target do the rest.
    fn come(&mut self) {
        let startup = b"\0\0\0\x14\0\x03\0\0user\0alice\0\0";
        self.feed(Input::FromClient(startup), startup);
        let token = b"p\0\0\0\x0atoken\0";
        self.feed(Input::FromClient(token), token);
    }

    fn sign_in(&mut self) {
        self.come();
        let hello = b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x07\0\0\0\x09Z\0\0\0\x05I";
        self.feed(Input::FromTarget(hello), hello);
        self.target_in.clear();
    }

    /// Feeds one input, drains, and feeds what the drained outputs ask for.
    fn feed(&mut self, input: Input<'_>, piece: &[u8]) {
        if self.has_ended {
            return;
        }
        self.fed += piece.len();
        // Admitted is what the core was told of: an answer that comes after a fault never arrives.
        if let Input::Admit(id, _) = &input {
            self.admitted.insert(*id);
        }
        let fault = self.wire.handle(input).err();
        let mut asked = Vec::new();
        while let Some(output) = self.wire.poll() {
            assert!(!self.has_ended, "{output:?} after End");
            self.take(output, piece, &mut asked);
        }
        self.has_ended |= fault.is_some();
        let bound = 4_096 + 64 * self.fed;
        assert!(
            self.told < bound + 4_096 * self.asked_so_far(),
            "{} bytes told",
            self.told
        );
        for input in asked {
            self.feed(input, &[]);
        }
    }

    fn asked_so_far(&self) -> usize {
        1 + self.fed / 4
    }

    fn take(&mut self, output: Output, piece: &[u8], asked: &mut Vec<Input<'static>>) {
        match output {
            Output::ToTarget(cause, payload) => {
                assert!(self.is_opened, "bytes before Open");
                if let Cause::Statement(id) = cause {
                    assert!(self.admitted.contains(&id), "{id:?} is not admitted");
                }
                self.target_in.extend(bytes(payload, piece));
            }
            Output::ToClient(shown) => {
                if let Some(id) = shown.cause {
                    assert!(
                        self.admitted.contains(&id),
                        "{id:?} shows and is not admitted"
                    );
                }
                self.told += bytes(shown.payload, piece).len();
            }
            Output::Settle(id, _) => {
                assert!(self.admitted.remove(&id), "{id:?} settled twice");
                self.settled += 1;
            }
            Output::Submit(statement) => asked.push(self.decide(statement.id)),
            Output::Withdraw(_) => self.held = None,
            Output::Present(Credential::Name { .. }) => {
                let salt = model::Salt {
                    iterations: 4096,
                    salt: b"salt".to_vec(),
                };
                asked.push(Input::Challenge(match self.dice.below(8) {
                    0 => Challenge::Scram {
                        nonce: vec![7; 18],
                        salt,
                    },
                    1 => Challenge::Bearer {
                        discovery: "{}".into(),
                    },
                    _ => Challenge::ClearText,
                }));
            }
            Output::Present(Credential::Proof(_)) => asked.push(Input::Identified(Some([1; 32]))),
            Output::Present(Credential::Bearer { token: None, .. }) => {
                asked.push(Input::Reject("28000", "a token is needed".into(), None));
            }
            Output::Present(Credential::Bearer { .. } | Credential::Token { .. }) => {
                asked.push(Input::Identified(None));
            }
            Output::Open => {
                self.is_opened = true;
                asked.push(Input::Opened(Box::new(login())));
            }
            Output::Derive(_) => asked.push(Input::Derived([5; 32])),
            Output::StartTls(side) => asked.push(Input::TlsReady(side, TlsFacts::default())),
            Output::End => self.has_ended = true,
            Output::CancelTarget(_) => asked.push(Input::Cancelled),
            Output::CancelRequest { .. }
            | Output::Ready { .. }
            | Output::Setting(..)
            | Output::Status { .. }
            | Output::Wake(_) => {}
        }
    }

    fn decide(&mut self, id: StatementId) -> Input<'static> {
        match self.dice.below(10) {
            0 => Input::Refuse(id, Refusal::new(RefusalKind::Denied, "no")),
            1 => {
                self.held = Some(id);
                let text = || "wait".to_owned();
                Input::Held(
                    id,
                    HoldNotice {
                        detail: text(),
                        hint: text(),
                        message: text(),
                    },
                )
            }
            2 => {
                let (columns, rows) = (vec!["x".into()], vec![vec![None]]);
                Input::Answer(
                    id,
                    Reply {
                        columns,
                        rows,
                        parameters: 0,
                        tag: "OK".into(),
                    },
                )
            }
            _ => Input::Admit(id, self.plan()),
        }
    }

    fn plan(&mut self) -> Plan {
        if self.dice.below(2) == 0 {
            return Plan::clean(Arc::clone(&self.keys));
        }
        let treatment = [Treatment::Blank, Treatment::Pass, Treatment::Scan][self.dice.below(3)];
        let column = PlannedColumn {
            origin: None,
            treatment,
            type_oid: Some(25),
        };
        let columns = (self.dice.below(4) > 0).then(|| vec![column]);
        let scrubs_messages = self.dice.below(2) == 0;
        Plan::new(
            Arc::clone(&self.keys),
            vec![PartPlan {
                columns,
                copy: None,
                scrubs_messages,
                shown: Vec::new(),
            }],
        )
    }

    /// Something nobody waited for.
    fn happen(&mut self) {
        if let Some(id) = self.held
            && self.dice.below(2) == 0
        {
            self.held = None;
            let plan = self.plan();
            self.feed(Input::Admit(id, plan), &[]);
        }
        match self.dice.below(64) {
            0 => self.feed(Input::Cancel, &[]),
            1 => self.feed(Input::Tick(Duration::from_secs(11)), &[]),
            2 => self.feed(Input::Drain, &[]),
            3 if self.is_opened => self.feed(Input::Reject("57P01", "killed".into(), None), &[]),
            _ => {}
        }
    }

    /// The client leaves: every admitted statement must have been settled.
    fn close(&mut self) {
        self.feed(Input::Closed(Side::Client), &[]);
        assert!(self.has_ended, "a session without an end");
        assert!(
            self.admitted.is_empty(),
            "never settled: {:?}",
            self.admitted
        );
    }
}

fn bytes(payload: Payload, piece: &[u8]) -> Vec<u8> {
    match payload {
        Payload::Made(bytes) => bytes,
        Payload::Pass(range) => piece.get(range).expect("a range inside the input").to_vec(),
    }
}

fn login() -> TargetLogin {
    TargetLogin {
        client_key: [1; 32],
        nonce: vec![9; 18],
        parameters: Vec::new(),
        database: "d".into(),
        password: Some(Arc::from("secret")),
        tls: TargetTls::Disable,
        user: "u".into(),
    }
}
