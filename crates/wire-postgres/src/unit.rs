//! A flight that is undone where it goes over a bound, and one that must only read.
//!
//! ```text
//! extended:            Count, the flight without its Sync ──▶ Count ─┬─ within ─▶ Sync
//!                                                                    └─ over ───▶ Abort
//! simple, alone:       Begin, Count, Query ──▶ Count ─┬─ within ─▶ Commit, Sync
//!                                                     └─ over ───▶ Rollback, Sync
//! simple, inside one:  Count, Query ──▶ Count ─┬─ within ─▶ Sync
//!                                              └─ over ───▶ Abort
//! ```
//! Why so: before its Sync a pipeline is not committed, so nothing has to be opened there; a simple
//! Query commits itself, so a transaction is put around it. Nothing behind one of our own
//! statements runs where that failed: the target skips it. Inside a client's transaction what went
//! over its bound ends as PostgreSQL's own errors do: the transaction has failed.
//! The completion a client waits for is kept back until it is true.

use model::{Breach, OutcomeKind, Refusal, RefusalKind, StatementId};
use wire::{Cause, Fault, Housekeeping, Output, Payload};

use crate::answers::Seen;
use crate::breach::code_of;
use crate::bytes::View;
use crate::flight::{Kind, Ready};
use crate::message::made;
use crate::message::own::Own;
use crate::message::target::Fields;
use crate::names::Permit;
use crate::open::{Desk, Skip};
use crate::outbox::Outbox;
use crate::running::{Expected, Running};

/// How far a unit has come.
#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Closes,
    Counts,
    Runs,
}

/// A flight that is undone where it goes over a bound.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Whether a transaction of our own stands around it.
    begins: bool,
    changed: u64,
    /// What the first count said.
    counted: Option<u64>,
    /// An error of the target ended it.
    pub(crate) has_failed: bool,
    ids: Vec<StatementId>,
    is_simple: bool,
    /// Whether the target skips everything up to a Sync that nobody sent.
    is_skipping: bool,
    /// Rows all of it may change.
    most: Option<u64>,
    phase: Phase,
    /// Whether the client waits for the answer to a Sync that was not sent.
    syncs: bool,
    /// A completion the client was not told yet.
    told: Vec<u8>,
    told_by: Option<StatementId>,
}

impl Unit {
    /// The unit a flight must run as, if it must.
    fn of(permits: &[Permit], ready: &Ready, status: u8) -> Option<Self> {
        let bounds = || permits.iter().map(|permit| permit.plan.bounds());
        if !bounds().any(|bounds| bounds.is_undone) {
            return None;
        }
        let is_simple = ready.is_simple();
        let limits = bounds().filter_map(|bounds| bounds.changes);
        Some(Self {
            begins: is_simple && status == b'I',
            changed: 0,
            counted: None,
            has_failed: false,
            ids: permits.iter().map(|permit| permit.id).collect(),
            is_simple,
            is_skipping: false,
            most: limits.reduce(u64::saturating_add),
            phase: Phase::Runs,
            syncs: ready.ends_with_sync(),
            told: Vec::new(),
            told_by: None,
        })
    }

    /// Keeps a completion back; the one kept before it is told.
    pub(crate) fn keep(
        &mut self,
        whole: &[u8],
        cause: Option<StatementId>,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        self.tell(out)?;
        self.told.extend_from_slice(whole);
        self.told_by = cause;
        Ok(())
    }

    /// What its statements did was undone.
    fn undone(&self, sqlstate: Option<&str>, breach: Option<Breach>, desk: &mut Desk) {
        desk.has_failed = true;
        let ended = desk.ended.iter_mut();
        for (_, outcome) in ended.filter(|(id, _)| self.ids.contains(id)) {
            outcome.kind = OutcomeKind::Error;
            outcome.sqlstate = sqlstate.map(str::to_owned);
            outcome.breach = breach;
            outcome.is_undone = true;
        }
    }

    /// Tells what was kept back.
    pub(crate) fn tell(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        if self.told.is_empty() {
            return Ok(());
        }
        let told = std::mem::take(&mut self.told);
        out.tell(self.told_by, |bytes| {
            bytes.extend_from_slice(&told);
            Ok(())
        })
    }
}

impl Ready {
    /// Whether it is a message of the simple protocol.
    pub(crate) fn is_simple(&self) -> bool {
        self.steps.last().is_some_and(|(kind, ..)| kind.is_simple())
    }

    /// Leaves out the Sync or Flush at its end.
    fn without_end(&mut self) {
        if matches!(self.steps.last(), Some((Kind::Flush | Kind::Sync, ..))) {
            self.steps.pop();
            let end = self.steps.last().map_or(0, |(.., end)| *end);
            self.bytes.truncate(end);
        }
    }
}

/// Why a flight cannot run within its bounds, if it cannot.
pub(crate) fn conflict(permits: &[Permit], ready: &Ready, desk: &Desk) -> Option<Refusal> {
    let bounds = || permits.iter().map(|permit| permit.plan.bounds());
    let is_undone = bounds().any(|bounds| bounds.is_undone);
    let is_bound = is_undone || bounds().any(|bounds| bounds.is_read_only);
    let refusal =
        |message: &str, hint: &str| Some(Refusal::new(RefusalKind::Denied, message).hint(hint));
    if is_bound && permits.len() > 1 && bounds().any(|bounds| bounds.ends_transaction) {
        return refusal(
            "what a rule limits cannot be sent along with the end of a transaction",
            "wait for the statement's answer before COMMIT or ROLLBACK",
        );
    }
    // Before its Sync nobody has told which transaction this is: one may have ended in it, and then
    // a Query would commit itself.
    if is_undone && ready.is_simple() && desk.has_segment {
        return refusal(
            "what a rule limits cannot be sent as a Query inside a pipeline",
            "send a Sync before it",
        );
    }
    None
}

impl Running {
    /// What must run before the flight, and the unit it becomes.
    pub(crate) fn prepare(
        &mut self,
        ready: &mut Ready,
        permits: &[Permit],
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        if desk.status == b'E' && !desk.has_segment {
            // Nothing but the transaction's end runs there, and that has no bounds. Behind such an
            // end, in one pipeline, anything may.
            return Ok(());
        }
        self.unit = Unit::of(permits, ready, desk.status);
        let mut before = Vec::new();
        if let Some(unit) = &self.unit {
            before.extend(unit.begins.then_some(Own::Begin));
        }
        let is_read_only = permits.iter().any(|p| p.plan.bounds().is_read_only);
        before.extend(is_read_only.then_some(Own::ReadOnly));
        before.extend(self.unit.is_some().then_some(Own::Count));
        if self.unit.as_ref().is_some_and(|unit| !unit.is_simple) {
            ready.without_end();
            desk.has_eaten_sync = false;
        }
        self.own(&before, out)
    }

    /// Sends our own statements and expects their answers.
    fn own(&mut self, all: &[Own], out: &mut Outbox) -> Result<(), Fault> {
        if all.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for own in all {
            own.write(&mut bytes)?;
            self.expect_own(Kind::Own(*own));
        }
        let cause = Cause::Housekeeping(Housekeeping::Guard);
        out.push(Output::ToTarget(cause, Payload::Made(bytes)));
        Ok(())
    }

    fn expect_own(&mut self, kind: Kind) {
        self.steps.push_back(Expected {
            cause: None,
            is_last: false,
            kind,
        });
    }

    /// Takes a message that answers one of our own statements.
    pub(crate) fn own_answer(
        &mut self,
        own: Own,
        seen: &Seen<'_>,
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        if seen.tag == b'E' {
            return self.own_failed(own, seen, desk, out);
        }
        let answers = own.answers();
        if answers.get(self.head.part) != Some(&seen.tag) {
            return Err(crate::answers::out_of_order(seen.tag));
        }
        self.head.part = self.head.part.saturating_add(1);
        if let (b'D', Own::Count, Some(unit)) = (seen.tag, own, &mut self.unit) {
            let now = counted(seen.body());
            match unit.counted {
                // What cannot be read errs towards undoing.
                None => unit.counted = Some(now.unwrap_or(0)),
                Some(before) => unit.changed = now.unwrap_or(u64::MAX).saturating_sub(before),
            }
        }
        if self.head.part == answers.len() {
            self.advance(desk);
            if own == Own::Commit
                && let Some(mut unit) = self.unit.take()
            {
                unit.tell(out)?;
            }
        }
        self.turn(desk, out)
    }

    /// One of our own statements failed, so what was sent behind it was skipped up to a Sync.
    fn own_failed(
        &mut self,
        own: Own,
        seen: &Seen<'_>,
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        if own == Own::Rollback || own == Own::Resync {
            return Err(Fault::Target("it cannot roll back".into()));
        }
        let fields = Fields::decode(seen.body())?;
        desk.has_told_fatal |= fields.is_fatal();
        desk.has_failed = true;
        let sqlstate = fields.sqlstate();
        if !self.swallows || fields.is_fatal() {
            crate::answers::show(seen, None, out)?;
        }
        let is_simple = self.steps.iter().any(|step| step.kind.is_simple());
        self.fail(sqlstate.as_deref(), desk);
        if let Some(unit) = &mut self.unit {
            unit.undone(sqlstate.as_deref(), None, desk);
            unit.told.clear();
        }
        if own == Own::Commit {
            self.unit = None;
            return Ok(());
        }
        match &mut self.unit {
            Some(unit) => {
                (unit.has_failed, unit.is_skipping) = (true, true);
                self.turn(desk, out)
            }
            None if is_simple => {
                desk.skip = Skip::No;
                self.ask_sync(out);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Asks for the answers to what was sent, in place of a Sync. Behind a Query nothing waits.
    pub(crate) fn flush(&self, out: &mut Outbox) {
        let ends_itself = self.steps.back().is_some_and(|step| step.kind.is_simple());
        if !ends_itself {
            let cause = Cause::Housekeeping(Housekeeping::Sync);
            out.push(Output::ToTarget(cause, Payload::Made(made::FLUSH.to_vec())));
        }
    }

    /// Sends a Sync whose answer is the client's.
    fn ask_sync(&mut self, out: &mut Outbox) {
        let cause = Cause::Housekeeping(Housekeeping::Sync);
        let bytes = made::SYNC.to_vec();
        out.push(Output::ToTarget(cause, Payload::Made(bytes)));
        self.expect_own(Kind::Sync);
    }

    /// Goes on with the unit once everything sent was answered, and no cancel of ours is on its way
    /// that could hit what comes next.
    pub(crate) fn turn(&mut self, desk: &mut Desk, out: &mut Outbox) -> Result<(), Fault> {
        if !self.steps.is_empty() || desk.cancels > 0 {
            return Ok(());
        }
        let is_over = self.swallows;
        let Some(unit) = &mut self.unit else {
            return Ok(());
        };
        match unit.phase {
            Phase::Runs if !unit.has_failed && !is_over => {
                unit.phase = Phase::Counts;
                self.own(&[Own::Count], out)?;
                self.flush(out);
                Ok(())
            }
            Phase::Counts if !unit.has_failed => {
                let changed = unit.changed;
                if unit.most.is_some_and(|most| changed > most) {
                    let most = unit.most.unwrap_or_default();
                    unit.told.clear();
                    self.tell_breach((Breach::Changes, most), out)?;
                }
                self.close(desk, out)
            }
            Phase::Runs | Phase::Counts => self.close(desk, out),
            Phase::Closes => Ok(()),
        }
    }

    /// Commits the unit or undoes it.
    fn close(&mut self, desk: &mut Desk, out: &mut Outbox) -> Result<(), Fault> {
        let Some(mut unit) = self.unit.take() else {
            return Ok(());
        };
        let is_over = self.swallows;
        if is_over {
            let code = self.breach.map_or("42501", code_of);
            unit.undone(Some(code), self.breach, desk);
        }
        unit.phase = Phase::Closes;
        if unit.begins {
            self.swallows = false;
            desk.skip = Skip::No;
            let end = match (is_over || unit.has_failed, unit.is_skipping) {
                (false, _) => &[Own::Commit] as &[Own],
                (true, false) => &[Own::Rollback],
                (true, true) => &[Own::Resync, Own::Rollback],
            };
            self.own(end, out)?;
            self.ask_sync(out);
            self.unit = (!is_over && !unit.has_failed).then_some(unit);
            return Ok(());
        }
        let is_answered = unit.is_simple || unit.syncs;
        if is_over && is_answered && !unit.has_failed {
            self.swallows = false;
            let mut bytes = Vec::new();
            made::abort(&mut bytes)?;
            let cause = Cause::Housekeeping(Housekeeping::Abort);
            out.push(Output::ToTarget(cause, Payload::Made(bytes)));
            self.expect_own(Kind::Abort);
            return Ok(());
        }
        if !is_over {
            unit.tell(out)?;
        }
        if is_answered {
            self.swallows = false;
            desk.skip = Skip::No;
            self.ask_sync(out);
        }
        Ok(())
    }
}

/// The number in the one cell of a row; NULL is the sum of nothing.
fn counted(body: &[u8]) -> Option<u64> {
    let mut view = View::new(body);
    let cell = view.u16().and_then(|_| view.value())?;
    let Some(cell) = cell else { return Some(0) };
    std::str::from_utf8(cell).ok()?.parse().ok()
}
