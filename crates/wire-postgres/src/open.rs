//! The open session: statements, one flight after the other.
//!
//! ```text
//! Reading ──flight whole──▶ Judging ──all admitted──▶ Running ──answered──▶ Reading
//!                              └─refused, withdrawn─▶ (Abort, if a transaction is open) ─▶ Reading
//! ```
//! While it judges or runs, client bytes wait in the backlog (COPY's data apart). Here is what
//! both sides share, and the inputs that belong to no statement; the client's side is `client`,
//! judging `judging`, the target's answers `running` and `answers`.

use std::time::Duration;

use model::{Limits, Outcome, StatementId};
use wire::{Cause, Fault, Housekeeping, Input, Output, Payload, Side};

use crate::cancel::KeepAlive;
use crate::flight::Flight;
use crate::frame::Reader;
use crate::judging::Judging;
use crate::message::made;
use crate::names::Names;
use crate::outbox::Outbox;
use crate::running::Running;
use crate::{last_word, misfit, tell_fatal};

/// Why client messages are skipped until its Sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skip {
    No,
    /// We refused: the target knows nothing of it.
    Refused,
    /// The target failed and skips itself.
    Target,
}

/// What outlives a flight.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, in any combination"
)]
#[derive(Debug)]
pub(crate) struct Desk {
    /// Cancel requests of ours that have not arrived yet.
    pub(crate) cancels: u32,
    /// Settled, but not told yet: the transaction's state is to come.
    pub(crate) ended: Vec<(StatementId, Outcome)>,
    /// A Sync sent along with a COPY that came.
    pub(crate) has_eaten_sync: bool,
    /// The target reported an error since its last `ReadyForQuery`.
    pub(crate) has_failed: bool,
    /// Something was sent since the last `ReadyForQuery`: an implicit transaction may be open.
    pub(crate) has_segment: bool,
    /// A Sync sent along with a failed COPY may yet be answered.
    pub(crate) has_stray_ready: bool,
    pub(crate) has_told_fatal: bool,
    pub(crate) names: Names,
    /// Bytes a copied row may have before its end comes, where it is rewritten.
    pub(crate) row_bytes: usize,
    /// Whether texts of the target may quote masked values, until the transaction ends.
    pub(crate) scrubs: bool,
    pub(crate) skip: Skip,
    /// The last `ReadyForQuery`'s.
    pub(crate) status: u8,
}

impl Desk {
    /// Tells what the target said of its transaction.
    pub(crate) fn tell_status(&mut self, out: &mut Outbox) {
        out.push(Output::Status {
            has_failed: std::mem::take(&mut self.has_failed),
            status: char::from(self.status),
        });
    }
}

#[derive(Debug)]
pub(crate) enum Turn {
    Judging(Box<Judging>),
    Reading(Flight),
    Running(Running),
}

/// Whether the session goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    End,
    Stay,
}

/// An open session.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) backlog: Vec<u8>,
    /// How far the backlog is read.
    pub(crate) backlog_at: usize,
    pub(crate) client: Reader,
    /// Whose the streamed client frame is.
    pub(crate) copy_to: Option<StatementId>,
    pub(crate) desk: Desk,
    pub(crate) has_terminated: bool,
    is_draining: bool,
    pub(crate) keep: KeepAlive,
    pub(crate) key: Option<(u32, Vec<u8>)>,
    pub(crate) limits: Limits,
    pub(crate) next_id: u64,
    pub(crate) target: Reader,
    pub(crate) turn: Turn,
}

impl Open {
    pub(crate) fn new(
        limits: Limits,
        key: Option<(u32, Vec<u8>)>,
        settings: &[(String, Vec<u8>)],
    ) -> Self {
        let mut keep = KeepAlive::default();
        for (name, frame) in settings {
            keep.learn(name, frame);
        }
        Self {
            backlog: Vec::new(),
            backlog_at: 0,
            client: Reader::default(),
            copy_to: None,
            desk: Desk {
                cancels: 0,
                ended: Vec::new(),
                has_eaten_sync: false,
                has_failed: false,
                has_segment: false,
                has_stray_ready: false,
                has_told_fatal: false,
                names: Names::default(),
                row_bytes: limits.target_message_bytes,
                scrubs: false,
                skip: Skip::No,
                status: b'I',
            },
            has_terminated: false,
            is_draining: false,
            keep,
            key,
            limits,
            next_id: 1,
            target: Reader::default(),
            turn: Turn::Reading(Flight::default()),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        let waiting = self.backlog.len().saturating_sub(self.backlog_at);
        waiting > self.limits.pending_bytes / 2
    }

    pub(crate) fn handle(&mut self, input: Input<'_>, out: &mut Outbox) -> Result<Next, Fault> {
        match input {
            Input::FromClient(bytes) => self.client_said(bytes, out)?,
            Input::FromTarget(bytes) => self.target_said(bytes, out)?,
            Input::Admit(id, plan) => self.admit(id, plan, out)?,
            Input::Answer(id, reply) => self.reply(id, &reply, out)?,
            Input::Refuse(id, refusal) => self.refuse_id(id, &refusal, out)?,
            Input::Held(id, notice) => self.hold(id, &notice, out)?,
            Input::Cancel => self.cancel(out)?,
            Input::Cancelled => self.stopped(out)?,
            Input::Expire => self.expire(out)?,
            Input::Tick(passed) => self.tick(passed, out)?,
            Input::Drain => self.is_draining = true,
            Input::Closed(Side::Client) => {
                self.terminate(out);
                return Ok(Next::End);
            }
            Input::Closed(Side::Target) => return Err(Fault::Target("it closed".into())),
            Input::Reject(code, text, hint) => {
                if self.target.passing() == 0 {
                    tell_fatal(code, &text, hint.as_deref(), out);
                }
                self.desk.has_told_fatal = true;
                // Whoever may go on no longer must not have it go on either.
                self.stop_target(out)?;
                self.terminate(out);
                return Ok(Next::End);
            }
            input => return Err(misfit("an open session", &input)),
        }
        if self.has_terminated {
            return Ok(Next::End);
        }
        if self.is_draining && matches!(self.turn, Turn::Reading(_)) {
            let text = "Portcullis is shutting down";
            tell_fatal("57P01", text, None, out);
            self.desk.has_told_fatal = true;
            self.terminate(out);
            return Ok(Next::End);
        }
        Ok(Next::Stay)
    }

    /// Says goodbye to the target, unless it is in the middle of a message.
    pub(crate) fn terminate(&mut self, out: &mut Outbox) {
        if self.client.passing() == 0 || self.copy_to.is_none() {
            let cause = Cause::Housekeeping(Housekeeping::Close);
            out.push(Output::ToTarget(
                cause,
                Payload::Made(made::TERMINATE.to_vec()),
            ));
        }
    }

    /// The session's last outputs: a word to the client if a fault ended it, and what became of
    /// every statement.
    pub(crate) fn bury(&mut self, fault: Option<&Fault>, out: &mut Outbox) {
        if let Some(fault) = fault
            && !self.desk.has_told_fatal
            && self.target.passing() == 0
        {
            last_word(fault, out);
        }
        match std::mem::replace(&mut self.turn, Turn::Reading(Flight::default())) {
            Turn::Judging(judging) => judging.bury(&mut self.desk, out),
            Turn::Reading(_) => {}
            Turn::Running(mut running) => running.bury(&mut self.desk),
        }
        for permit in self.desk.names.end_transaction() {
            self.desk.ended.push((permit.id, Outcome::unknown()));
        }
        for (id, outcome) in self.desk.ended.drain(..) {
            out.push(Output::Settle(id, outcome));
        }
        if fault.is_none() {
            out.push(Output::End);
        }
    }

    /// A flight is over.
    pub(crate) fn over(&mut self, status: Option<u8>, out: &mut Outbox) -> Result<(), Fault> {
        self.turn = Turn::Reading(Flight::default());
        self.desk.has_segment = status.is_none();
        if let Some(status) = status {
            self.desk.status = status;
            self.desk.skip = Skip::No;
            if status == b'I' {
                self.desk.scrubs = false;
                let dead = self.desk.names.end_transaction();
                self.desk
                    .ended
                    .extend(dead.into_iter().map(|permit| (permit.id, permit.tally)));
            }
        }
        self.tell_ended(status, out);
        if status.is_some() {
            self.desk.tell_status(out);
        }
        self.resume(out)
    }

    /// Tells what was settled, once nothing more of it is on its way to the target.
    pub(crate) fn tell_ended(&mut self, status: Option<u8>, out: &mut Outbox) {
        let copying = self.copy_to.filter(|_| self.client.passing() > 0);
        let (late, ended): (Vec<_>, Vec<_>) = self
            .desk
            .ended
            .drain(..)
            .partition(|(id, _)| Some(*id) == copying);
        self.desk.ended = late;
        for (id, mut outcome) in ended {
            outcome.transaction = status.map(char::from);
            out.push(Output::Settle(id, outcome));
        }
    }

    fn tick(&mut self, passed: Duration, out: &mut Outbox) -> Result<(), Fault> {
        let is_held = matches!(&self.turn, Turn::Judging(judging) if judging.is_held);
        if is_held && self.target.passing() == 0 {
            return self.keep.tick(passed, self.limits.keep_alive_s, out);
        }
        Ok(())
    }
}
