//! A seeded world: a few sessions, a disk, people, and what may go wrong.
//!
//! One turn is one thing happening to one of them. At the end everybody goes home, and what must
//! hold then is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use govern::{Governor, Parts};
use model::{Answer, Limits, OutcomeKind, Status, Timestamp};
use store::FileLedger;
use store::ledger::Reader;
use uuid::Uuid;
use wire::{Input, Side};

use crate::dice::Dice;
use crate::people::{Door, People, Time};
use crate::session::{Flaw, House, Session};
use crate::stage;
use crate::tap::{SECRET, Tap};
use crate::tape::{BY_HAND, Breaks, Tape};

/// What goes wrong in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing.
    Calm,
    /// Cancels rain.
    Cancels,
    /// Power is lost; what was not synced may be gone.
    Crash,
    /// The gateway is asked to stop.
    Drain,
    /// Writes are forbidden while sessions run, allowed again, sessions are ended.
    Freeze,
    /// Peers hang up in the middle.
    HangUps,
    /// Clients send what no protocol knows.
    Hostile,
    /// An append fails, kept or not.
    LedgerBreaks,
    /// The disk is full after some writes, so a write or a sync fails.
    DiskFull,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: &'static [Self] = &[
        Self::Calm,
        Self::Cancels,
        Self::Crash,
        Self::DiskFull,
        Self::Drain,
        Self::Freeze,
        Self::HangUps,
        Self::Hostile,
        Self::LedgerBreaks,
    ];

    /// The scenario of a seed.
    pub fn of(seed: u64) -> Self {
        *Dice::new(seed).pick(Self::ALL)
    }
}

/// What a world saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// What the wiretap heard at the targets.
    pub heard: u64,
    /// Statements recorded.
    pub statements: usize,
    /// A digest of everything that happened, to see that a seed plays the same again.
    pub trace: u64,
}

/// A promise was broken.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What broke.
    pub faults: Vec<String>,
    /// In which kind of world.
    pub scenario: Scenario,
    /// Which world.
    pub seed: u64,
    /// The last things that happened.
    pub trace: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.trace {
            writeln!(f, "  {line}")?;
        }
        let (seed, scenario) = (self.seed, self.scenario);
        writeln!(f, "seed {seed} ({scenario:?}):")?;
        for fault in &self.faults {
            writeln!(f, "  {fault}")?;
        }
        write!(f, "again: SIM_SEED={seed} cargo test -p sim")
    }
}

/// One world.
pub struct World {
    house: House,
    is_frozen: bool,
    people: Arc<People>,
    scenario: Scenario,
    seed: u64,
    sessions: Vec<Session>,
}

/// Plays the world of a seed.
pub fn run(seed: u64) -> Result<Tally, Box<Failure>> {
    World::new(seed, Scenario::of(seed), Flaw::None).play()
}

impl World {
    /// A world; `flaw` is for those who test the wiretap itself.
    pub fn new(seed: u64, scenario: Scenario, flaw: Flaw) -> Self {
        let mut dice = Dice::new(seed ^ 0x5eed);
        let time = Arc::new(Time::default());
        let (tape, people) = (Arc::new(Tape::new()), Arc::new(People::new(time.clone())));
        tape.record().lies = flaw == Flaw::SendsEarly;
        let forgets = flaw == Flaw::ForgetsUse;
        people.forgets_use.store(forgets, Ordering::Relaxed);
        let keys = Arc::new(mask::Keys::from_root(&[7; 32]));
        let ids = AtomicU64::new(1);
        let governor = Governor::new(Parts {
            clock: time.clone(),
            ids: Arc::new(move || Uuid::from_u128(ids.fetch_add(1, Ordering::Relaxed).into())),
            keys: keys.clone(),
            ledger: tape.clone(),
            limits: Arc::new(Limits::default()),
            reviews: Arc::new(Door(people.clone())),
            rules: stage::rules(false),
            secret: SECRET,
        });
        let target = stage::target().name;
        governor
            .learn(&target, Arc::new(stage::catalog()))
            .expect("an empty disk");
        let is_hostile = scenario == Scenario::Hostile;
        let sessions = (1..=1 + dice.below(3) as u64)
            .map(|number| Session::new(number, *dice.pick::<&str>(stage::PEOPLE), is_hostile))
            .collect();
        let tap = Tap::new(tape.clone(), people.clone());
        Self {
            house: House {
                dice,
                flaw,
                governor: Arc::new(governor),
                keys,
                tap,
                tape,
                time,
                trace: Vec::new(),
            },
            is_frozen: false,
            people,
            scenario,
            seed,
            sessions,
        }
    }

    /// Plays it to its end.
    pub fn play(mut self) -> Result<Tally, Box<Failure>> {
        let turns = 300 + self.house.dice.below(1_500);
        for turn in 0..turns {
            self.turn();
            self.look()?;
            if self.scenario == Scenario::Crash && turn > 200 && self.house.dice.one_in(300) {
                break;
            }
        }
        if self.scenario == Scenario::Crash {
            self.crash();
            self.look()?;
            return Ok(self.tally());
        }
        self.go_home()?;
        self.ask_the_record();
        self.look()?;
        Ok(self.tally())
    }

    fn tally(&self) -> Tally {
        let digest = |sum: u64, line: &String| {
            line.bytes().fold(sum, |sum, byte| {
                (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        };
        Tally {
            heard: self.house.tap.heard,
            statements: self.house.tape.record().statements.len(),
            trace: self.house.trace.iter().fold(0xcbf2_9ce4_8422_2325, digest),
        }
    }

    /// Whether a promise was broken.
    fn look(&mut self) -> Result<(), Box<Failure>> {
        let mut faults = std::mem::take(&mut self.house.tap.faults);
        faults.append(&mut self.house.tape.record().faults);
        if faults.is_empty() {
            return Ok(());
        }
        let trace = &self.house.trace;
        let from = trace.len().saturating_sub(60);
        Err(Box::new(Failure {
            faults,
            scenario: self.scenario,
            seed: self.seed,
            trace: trace.get(from..).unwrap_or_default().to_vec(),
        }))
    }

    fn turn(&mut self) {
        let house = &mut self.house;
        house
            .time
            .pass_ms(1 + i64::from(house.dice.one_in(40)) * 2_000);
        if house.dice.one_in(9) {
            house.tape.sync();
        }
        if house.dice.one_in(60) {
            house.tape.tend();
        }
        let at = house.dice.below(self.sessions.len());
        let chance = house.dice.below(20);
        if chance == 0 {
            self.people_answer();
        }
        if chance == 1 {
            self.go_wrong(at);
        }
        let (house, Some(session)) = (&mut self.house, self.sessions.get_mut(at)) else {
            return;
        };
        if house.dice.one_in(5) {
            session.client.act(&mut house.dice);
        }
        session.turn(house);
    }

    fn people_answer(&mut self) {
        let open = self.people.open_reviews();
        if open.is_empty() {
            return;
        }
        let dice = &mut self.house.dice;
        let id = *dice.pick(&open);
        let no = || Answer::Deny {
            reason: "no".into(),
        };
        match dice.below(5) {
            0 => drop(self.people.answer(id, &no())),
            1 | 2 => drop(self.people.answer(id, &Answer::Approve)),
            3 => {
                // Two at once: one counts.
                let both = [(); 2].map(|()| self.people.answer(id, &Answer::Approve));
                if both == [true, true] {
                    self.house.tap.faults.push("approved twice".into());
                }
            }
            _ => {}
        }
    }

    fn go_wrong(&mut self, at: usize) {
        let Some(session) = self.sessions.get_mut(at) else {
            return;
        };
        let house = &mut self.house;
        match self.scenario {
            Scenario::Calm | Scenario::Crash | Scenario::Hostile => {}
            Scenario::Cancels => session.feed(Input::Cancel, &[], house),
            Scenario::DiskFull if house.dice.one_in(8) => house.tape.disk.fail_after(5),
            Scenario::Drain if house.dice.one_in(8) => session.feed(Input::Drain, &[], house),
            Scenario::HangUps if house.dice.one_in(4) && session.is_up() => {
                let side = *house.dice.pick(&[Side::Client, Side::Target]);
                session.client.is_garbled = true;
                session.close(side, house);
            }
            Scenario::LedgerBreaks if house.dice.one_in(8) => {
                let breaks = *house.dice.pick(&[Breaks::Before, Breaks::After]);
                house.tape.break_at_next(breaks);
            }
            Scenario::Freeze if house.dice.one_in(8) && session.is_up() => {
                let killed = Input::Reject("57P01", "the token was revoked".into(), None);
                session.feed(killed, &[], house);
            }
            Scenario::Freeze if house.dice.one_in(4) => self.freeze(),
            _ => {}
        }
    }

    fn freeze(&mut self) {
        self.is_frozen = !self.is_frozen;
        let rules = stage::rules(self.is_frozen);
        let version = rules.version().to_string();
        if self.house.governor.publish(rules, "sim".into()).is_ok() {
            self.house.tape.record().frozen = self.is_frozen.then_some(version);
        }
    }

    /// Nobody begins anything new; what is under way ends; then all leave.
    fn go_home(&mut self) -> Result<(), Box<Failure>> {
        for _ in 0..40_000 {
            let house = &mut self.house;
            house.time.pass_ms(50);
            house.tape.sync();
            for id in self.people.open_reviews() {
                let reason = "closing".into();
                self.people.answer(id, &Answer::Deny { reason });
            }
            for session in &mut self.sessions {
                session.turn(house);
            }
            self.look()?;
            if !self.sessions.iter().any(Session::is_busy) {
                break;
            }
        }
        let is_sound = !self.house.tape.record().is_broken && self.house.flaw == Flaw::None;
        for session in &mut self.sessions {
            let client = &session.client;
            let owed = client.awaits > 0 && !client.is_garbled && !session.is_over;
            if owed && is_sound && !client.has_heard_fatal {
                let text = format!("session {} waits for ever", session.id);
                self.house.tap.faults.push(text);
            }
            session.close(Side::Client, &mut self.house);
        }
        self.look()?;
        for _ in 0..2_000 {
            self.house.tape.sync();
            for session in &mut self.sessions {
                session.turn(&mut self.house);
            }
        }
        let open = self.sessions.iter().filter(|session| !session.is_over);
        for session in open {
            let text = format!("session {} does not end", session.id);
            self.house.tap.faults.push(text);
        }
        self.look()
    }

    /// At the end: one outcome each, and a ledger an auditor accepts.
    fn ask_the_record(&mut self) {
        let tape = self.house.tape.clone();
        let record = tape.record();
        if record.is_broken {
            return;
        }
        for (id, known) in &record.statements {
            let is_ended = matches!(known.status, Some(Status::Settled | Status::Refused));
            let is_settled = known.status == Some(Status::Settled);
            if !is_ended || is_settled != known.outcome.is_some() {
                let text = format!("{id:?} ended as {:?}: {}", known.status, known.text);
                self.house.tap.faults.push(text);
            }
        }
        drop(record);
        if !tape.tend() {
            self.house
                .tap
                .faults
                .push("the tree cannot be grown".into());
        }
        let reader = Reader::new(Arc::new(tape.disk.clone()));
        self.audit(&reader, &tape);
    }

    fn audit(&mut self, reader: &Reader, tape: &Tape) {
        let key = std::slice::from_ref(tape.verifier());
        match ledger::verify::verify(reader, key, &[]) {
            Ok(report) if report.is_sound() => {}
            other => {
                let text = format!("the auditor objects: {other:?}");
                self.house.tap.faults.push(text);
            }
        }
    }

    /// Power is lost. What was durable is there; what was heard by a target has its record; what
    /// was allowed and never heard of again is `unknown`.
    fn crash(&mut self) {
        let tape = self.house.tape.clone();
        let disk = tape.disk.crash(self.house.dice.roll());
        let opened = FileLedger::open(Arc::new(disk.clone()), BY_HAND, Timestamp(1));
        let Ok((file, recovered)) = opened else {
            let text = format!("no recovery: {:?}", opened.err());
            return self.house.tap.faults.push(text);
        };
        let record = tape.record();
        let mut faults = Vec::new();
        for ((session, statement), known) in &record.statements {
            let must = tape.is_durable(known.receipt);
            if must && recovered.entries <= known.receipt.0 {
                faults.push(format!("a durable entry is gone: {}", known.text));
            }
            let is_open = recovered.unfinished.iter().any(|one| {
                one.session == *session
                    && one.statement == *statement
                    && one.status == Status::Allowed
            });
            let is_unknown = must && known.status == Some(Status::Allowed);
            if is_unknown && !is_open {
                faults.push(format!("not recovered as unknown: {}", known.text));
            }
            if is_open
                && known
                    .outcome
                    .is_some_and(|kind| kind == OutcomeKind::Unknown)
            {
                continue;
            }
        }
        drop(record);
        self.house.tap.faults.append(&mut faults);
        if file.tend().is_err() {
            let text = "the recovered tree cannot be grown";
            self.house.tap.faults.push(text.into());
        }
        self.audit(&Reader::new(Arc::new(disk)), &tape);
    }
}
