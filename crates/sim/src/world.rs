//! A seeded world: a few sessions, a disk, people, and what may go wrong.
//!
//! One turn is one thing happening to one of them. At the end everybody goes home, and what must
//! hold then is asked.

mod ending;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use govern::{Governor, Parts};
use model::{Answer, Limits, Status};
use uuid::Uuid;
use wire::{Input, Side};

use crate::dice::Dice;
use crate::house::{Flaw, House};
use crate::people::{Door, People, Time};
use crate::scenario::{Failure, Scenario, Tally};
use crate::session::Session;
use crate::stage;
use crate::tap::{SECRET, Tap};
use crate::tape::{Breaks, Known, Tape};

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
            scopes: mask::Scopes::default(),
            secret: SECRET,
        });
        let target = stage::target().name;
        governor
            .learn(&target, Arc::new(stage::catalog()))
            .expect("an empty disk");
        let is_hostile = scenario == Scenario::Hostile;
        let sessions = (1..=1 + dice.below(3) as u64)
            .map(|number| Session::new(number, dice.pick::<&str>(stage::PEOPLE), is_hostile))
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
        let record = self.house.tape.record();
        let count = |is: &dyn Fn(&Known) -> bool| {
            let all = record.statements.values();
            all.filter(|known| is(known)).count()
        };
        Tally {
            allowed: count(&|known| known.status == Some(Status::Settled)),
            committed: self.house.tap.committed,
            heard: self.house.tap.heard,
            held: count(&|known| known.was_held),
            refused: count(&|known| known.status == Some(Status::Refused)),
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
        if !session.agrees() && house.flaw == Flaw::None {
            let text = format!("session {} believes another status", session.id);
            house.tap.faults.push(text);
        }
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
}
