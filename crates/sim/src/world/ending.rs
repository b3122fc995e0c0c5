//! The ends of a world: everybody goes home, or power is lost; then the record is asked.

use std::sync::Arc;

use model::{Answer, Status, Timestamp};
use store::FileLedger;
use store::ledger::Reader;
use wire::Side;

use super::World;
use crate::house::Flaw;
use crate::scenario::Failure;
use crate::session::Session;
use crate::tape::{BY_HAND, Tape};

impl World {
    /// Nobody begins anything new; what is under way ends; then all leave.
    pub(super) fn go_home(&mut self) -> Result<(), Box<Failure>> {
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
        let is_sound = self.house.flaw == Flaw::None;
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
    pub(super) fn ask_the_record(&mut self) {
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
            if let Some(outcome) = known.outcome
                && !self.house.tap.agrees(*id, outcome)
            {
                let text = format!("{id:?} was no {outcome:?}: {}", known.text);
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

    pub(super) fn audit(&mut self, reader: &Reader, tape: &Tape) {
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
    pub(super) fn crash(&mut self) {
        let tape = self.house.tape.clone();
        let disk = tape.disk.crash(self.house.dice.roll());
        let opened = FileLedger::open(Arc::new(disk.clone()), BY_HAND, Timestamp(1));
        let Ok((file, recovered)) = opened else {
            let text = format!("no recovery: {:?}", opened.err());
            return self.house.tap.faults.push(text);
        };
        let record = tape.record();
        let mut faults = Vec::new();
        let entries = |files| {
            let reader = Reader::new(Arc::new(files));
            reader.entries(0).map_while(Result::ok).collect::<Vec<_>>()
        };
        let (before, after) = (entries(tape.disk.clone()), entries(disk.clone()));
        // What was recorded is what is there, as far as it was there; then our own `unknown`s.
        let count = usize::try_from(recovered.entries).unwrap_or(usize::MAX);
        if before.get(..count).is_none() || before.get(..count) != after.get(..count) {
            faults.push("what is recovered is not what was recorded".into());
        }
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
