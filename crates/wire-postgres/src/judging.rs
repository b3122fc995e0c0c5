//! A flight before those who judge: statement by statement, and sent whole or not at all.
//!
//! A refusal leaves the target's transaction where its own error would have left it: outside one
//! nothing happens there; inside one (or in the implicit one of an unsynced pipeline) our own
//! failing statement puts it into the failed state. The decision itself is not made here.

use std::collections::VecDeque;

use mask::Plan;
use model::{Outcome, OutcomeKind, Refusal, Statement, StatementId};
use wire::{Fault, Output};

use crate::flight::{Flight, Kind, Ready};
use crate::message::made::{self, Said};
use crate::names::Permit;
use crate::open::{Desk, Open, Skip, Turn};
use crate::outbox::Outbox;
use crate::rewrite::outdated;
use crate::running::Running;
use crate::unit::conflict;

/// A flight that waits for permits.
#[derive(Debug)]
pub(crate) struct Judging {
    pub(crate) admitted: Vec<Permit>,
    /// The statement being judged, and whether it came by the simple protocol.
    pub(crate) current: (StatementId, bool),
    pub(crate) is_held: bool,
    pub(crate) ready: Ready,
    /// Those still to be submitted.
    pub(crate) waiting: VecDeque<(Statement, bool)>,
}

impl Judging {
    /// What becomes of it if the session ends now.
    pub(crate) fn bury(self, desk: &mut Desk, out: &mut Outbox) {
        out.push(Output::Withdraw(self.current.0));
        unsent(self.admitted, None, desk);
    }
}

/// Permits whose bytes never left.
fn unsent(admitted: Vec<Permit>, sqlstate: Option<&str>, desk: &mut Desk) {
    for permit in admitted {
        let sqlstate = sqlstate.map(str::to_owned);
        let outcome = Outcome {
            sqlstate,
            ..Outcome::of(OutcomeKind::Error)
        };
        desk.ended.push((permit.id, outcome));
    }
}

impl Open {
    /// The flight is whole: ask for its statements.
    pub(crate) fn judge(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        let turn = std::mem::replace(&mut self.turn, Turn::Reading(Flight::default()));
        let Turn::Reading(flight) = turn else {
            return Err(Fault::Bug("no flight to judge".into()));
        };
        let mut ready = flight.finish(&mut self.next_id);
        let mut waiting: VecDeque<_> = std::mem::take(&mut ready.statements).into();
        let Some((first, is_simple)) = waiting.pop_front() else {
            return self.send(ready, Vec::new(), out);
        };
        let current = (first.id, is_simple);
        out.push(Output::Submit(first));
        let admitted = Vec::new();
        let judging = Judging {
            admitted,
            current,
            is_held: false,
            ready,
            waiting,
        };
        self.turn = Turn::Judging(Box::new(judging));
        Ok(())
    }

    /// The statement being judged, if it is that one. An answer to an older one crossed its
    /// withdrawal and is dropped.
    pub(crate) fn judged(&mut self, id: StatementId) -> Result<Option<&mut Judging>, Fault> {
        let next = self.next_id;
        match &mut self.turn {
            Turn::Judging(judging) if judging.current.0 == id => Ok(Some(judging)),
            _ if id.0 < next => Ok(None),
            _ => Err(Fault::Bug(format!(
                "an answer to statement {}, never submitted",
                id.0
            ))),
        }
    }

    pub(crate) fn admit(
        &mut self,
        id: StatementId,
        plan: Plan,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Some(judging) = self.judged(id)? else {
            return Ok(());
        };
        judging.admitted.push(Permit::new(id, plan));
        judging.is_held = false;
        if let Some((next, is_simple)) = judging.waiting.pop_front() {
            judging.current = (next.id, is_simple);
            out.push(Output::Submit(next));
            return Ok(());
        }
        let Some(judging) = self.take_judging() else {
            return Ok(());
        };
        let refusal = conflict(&judging.admitted, &judging.ready, &self.desk)
            .or_else(|| outdated(&judging.admitted, &judging.ready));
        if let Some(refusal) = refusal {
            let last = judging.admitted.last();
            let manner = last.and_then(|permit| permit.plan.manner().cloned());
            self.turn = Turn::Judging(Box::new(judging));
            return self.refuse(&refusal.told(manner.as_deref()), out);
        }
        self.send(judging.ready, judging.admitted, out)
    }

    pub(crate) fn take_judging(&mut self) -> Option<Judging> {
        match std::mem::replace(&mut self.turn, Turn::Reading(Flight::default())) {
            Turn::Judging(judging) => Some(*judging),
            other => {
                self.turn = other;
                None
            }
        }
    }

    fn send(&mut self, ready: Ready, admitted: Vec<Permit>, out: &mut Outbox) -> Result<(), Fault> {
        self.desk.has_eaten_sync = ready.ends_with_sync();
        let running = Running::send(ready, admitted, &mut self.desk, out)?;
        let is_over = running.steps.is_empty();
        let (was_open, is_nothing) = (self.desk.has_segment, running.permits.is_empty());
        self.turn = Turn::Running(running);
        if is_over {
            // A Flush alone: nothing answers it, and it opens nothing.
            self.over(None, out)?;
            self.desk.has_segment = was_open || !is_nothing;
            return Ok(());
        }
        self.resume(out)
    }

    pub(crate) fn refuse_id(
        &mut self,
        id: StatementId,
        refusal: &Refusal,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        match self.judged(id)? {
            Some(_) => self.refuse(refusal, out),
            None => Ok(()),
        }
    }

    /// Nothing of the flight goes.
    pub(crate) fn refuse(&mut self, refusal: &Refusal, out: &mut Outbox) -> Result<(), Fault> {
        let Some(judging) = self.take_judging() else {
            return Ok(());
        };
        unsent(judging.admitted, Some(refusal.sqlstate()), &mut self.desk);
        self.tell_ended(None, out);
        out.tell(None, |bytes| Said::refusal(refusal).write(bytes))?;
        if judging.current.1 || judging.ready.ends_with_sync() {
            return self.end_refused(out);
        }
        self.desk.skip = Skip::Refused;
        self.resume(out)
    }

    /// Gives the client its `ReadyForQuery` after a refusal, and the target's transaction its
    /// failed state, if there is one.
    pub(crate) fn end_refused(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        if self.desk.has_segment || self.desk.status == b'T' {
            self.turn = Turn::Running(Running::abort(&mut self.desk, out)?);
            return Ok(());
        }
        let status = self.desk.status;
        out.tell(None, |bytes| made::ready(bytes, status))?;
        self.resume(out)
    }
}

impl Ready {
    pub(crate) fn ends_with_sync(&self) -> bool {
        matches!(self.steps.last(), Some((Kind::Sync, ..)))
    }
}
