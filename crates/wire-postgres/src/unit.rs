//! A flight that is undone where it goes over a bound, and one that must only read.
//!
//! ```text
//! simple, alone:     Begin, Count, Query ──▶ Count ─┬─ within ─▶ Commit, Sync
//!                                                   └─ over ───▶ Rollback, Sync
//! in a transaction:  Savepoint, Count, the flight ──▶ Count ─┬─ within ─▶ Release, Sync
//!                                                   over: RollbackTo, Release, Sync ◀─┘
//! else:              Count, the flight ──▶ Count ─┬─ within ─▶ Sync
//!                                                 └─ over ───▶ Abort
//! ```
//! The flight goes without its Sync; a count stands between Executes of several statements.
//! Why so: before its Sync a pipeline is not committed, so nothing
//! has to be opened there; a simple Query commits itself, so a transaction is put around it; and
//! inside a client's transaction a savepoint is, so that what was done before stays. Where that
//! cannot stand (a transaction that began in this very pipeline, savepoints of the client's within
//! the flight, a portal that goes on), the transaction fails, as after any error. Nothing behind
//! one of our own statements runs where that failed: the target skips it.
//! The completion a client waits for is kept back until it is true.

mod close;
mod own;

use std::collections::VecDeque;
use std::sync::Arc;

use model::{Bounds, Breach, Manner, Outcome, OutcomeKind, Refusal, RefusalKind, StatementId};
use wire::{Cause, Fault};

use crate::flight::{Kind, Ready};
use crate::message::own::Own;
use crate::names::{Names, Permit};
use crate::open::Desk;
use crate::outbox::Outbox;
use crate::running::Running;

/// What of ours stands around a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    Savepoint,
    Transaction,
}

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
    around: Around,
    /// What the last count said.
    counted: Option<u64>,
    /// An error of the target ended it.
    pub(crate) has_failed: bool,
    ids: Vec<StatementId>,
    is_simple: bool,
    /// Whether the target skips everything up to a Sync that nobody sent.
    is_skipping: bool,
    /// How the one that went over its limit is told.
    manner: Option<Arc<Manner>>,
    phase: Phase,
    shares: Vec<Share>,
    /// Whether the client waits for the answer to a Sync that was not sent.
    syncs: bool,
    /// A completion the client was not told yet.
    told: Vec<u8>,
    told_by: Option<StatementId>,
    /// Whose Executes run, in order: a count stands behind each but the last.
    turns: VecDeque<StatementId>,
}

/// A statement of a unit that may change so many rows.
#[derive(Debug)]
struct Share {
    changed: u64,
    id: StatementId,
    /// How many are left of what its rule allows, and that.
    left: u64,
    manner: Option<Arc<Manner>>,
    most: u64,
}

impl Unit {
    /// The unit a flight must run as, if it must.
    fn of(permits: &[Permit], ready: &Ready, desk: &Desk) -> Option<Self> {
        let resumed = resumed(ready, &desk.names);
        let all = || permits.iter().chain(resumed.iter().copied());
        if !all().any(|permit| permit.plan.bounds().is_undone) {
            return None;
        }
        let is_simple = ready.is_simple();
        // What a portal did in earlier flights is outside of any savepoint of now.
        let goes_on = resumed.iter().any(|permit| permit.plan.bounds().is_undone);
        let keeps = all().all(|permit| !permit.plan.bounds().moves_savepoints);
        let around = match desk.status {
            b'I' if is_simple => Around::Transaction,
            // Behind what no Sync has ended yet, this may be another transaction than was told.
            b'T' if keeps && !goes_on && !desk.has_segment => Around::Savepoint,
            _ => Around::Nothing,
        };
        Some(Self {
            around,
            counted: None,
            has_failed: false,
            ids: all().map(|permit| permit.id).collect(),
            is_simple,
            is_skipping: false,
            manner: None,
            phase: Phase::Runs,
            shares: all().filter_map(Share::of).collect(),
            syncs: ready.ends_with_sync(),
            told: Vec::new(),
            told_by: None,
            turns: ready.steps.iter().filter_map(executes).collect(),
        })
    }

    /// Whether several statements run, of which one has a limit, so that each is counted apart.
    pub(crate) fn counts_each(&self) -> bool {
        let first = self.turns.front();
        !self.shares.is_empty() && self.turns.iter().any(|turn| Some(turn) != first)
    }

    /// The server counts so many by now: the limit that is gone over, if one is.
    fn count(&mut self, now: Option<u64>) -> Option<u64> {
        let Some(before) = self.counted else {
            // What cannot be read errs towards undoing.
            self.counted = Some(now.unwrap_or(0));
            return None;
        };
        let changed = now.unwrap_or(u64::MAX).saturating_sub(before);
        self.counted = Some(now.unwrap_or(before));
        let mut shares = self.shares.iter_mut();
        let share = match self.turns.pop_front() {
            Some(turn) => shares.find(|share| share.id == turn),
            None => shares.next(),
        }?;
        share.changed = share.changed.saturating_add(changed);
        let is_over = share.changed > share.left;
        if is_over {
            self.manner.clone_from(&share.manner);
        }
        is_over.then_some(share.most)
    }

    /// Whether going over it leaves the client's transaction alive.
    pub(crate) fn spares_transaction(&self) -> bool {
        self.around == Around::Savepoint
    }

    pub(crate) fn manner(&self) -> Option<Arc<Manner>> {
        self.manner.clone()
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

    /// What its statements did was undone, and the portals they suspended are gone.
    fn undone(&self, sqlstate: Option<&str>, breach: Option<Breach>, desk: &mut Desk) {
        desk.has_failed = true;
        for id in &self.ids {
            let suspended = desk.names.forget_permit(*id);
            desk.ended
                .extend(suspended.map(|permit| (permit.id, permit.tally)));
        }
        let ended = desk.ended.iter_mut();
        for (_, outcome) in ended.filter(|(id, _)| self.ids.contains(id)) {
            *outcome = Outcome {
                breach,
                is_undone: true,
                kind: OutcomeKind::Error,
                rows_affected: 0,
                sqlstate: sqlstate.map(str::to_owned),
                ..outcome.clone()
            };
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

impl Share {
    fn of(permit: &Permit) -> Option<Self> {
        Some(Self {
            changed: 0,
            id: permit.id,
            left: permit.left()?,
            manner: permit.plan.manner().cloned(),
            most: permit.plan.bounds().changes?,
        })
    }
}

/// Whose Execute it is, if it is one.
fn executes((kind, cause, _): &(Kind, Cause, usize)) -> Option<StatementId> {
    match (kind, cause) {
        (Kind::Execute { .. }, Cause::Statement(id)) => Some(*id),
        _ => None,
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

/// The permits of suspended portals that a flight goes on with.
fn resumed<'a>(ready: &Ready, names: &'a Names) -> Vec<&'a Permit> {
    let permit = |(kind, cause, _): &(Kind, Cause, usize)| match (kind, cause) {
        (Kind::Execute { name, .. }, Cause::Statement(id)) => {
            names.suspended(name).filter(|permit| permit.id == *id)
        }
        _ => None,
    };
    ready.steps.iter().filter_map(permit).collect()
}

/// Why a flight cannot run within its bounds, if it cannot.
pub(crate) fn conflict(permits: &[Permit], ready: &Ready, desk: &Desk) -> Option<Refusal> {
    let resumed = resumed(ready, &desk.names);
    let all = || permits.iter().chain(resumed.iter().copied());
    let bounds =
        || -> Box<dyn Iterator<Item = Bounds>> { Box::new(all().map(|p| p.plan.bounds())) };
    let is_undone = bounds().any(|bounds| bounds.is_undone);
    let is_bound = is_undone || bounds().any(|bounds| bounds.is_read_only);
    let refusal =
        |message: &str, hint: &str| Some(Refusal::new(RefusalKind::Denied, message).hint(hint));
    if is_bound && all().count() > 1 && bounds().any(|bounds| bounds.ends_transaction) {
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
        self.unit = Unit::of(permits, ready, desk);
        let around = self.unit.as_ref().map(|unit| unit.around);
        let is_read_only = permits.iter().any(|p| p.plan.bounds().is_read_only);
        let before = [
            (around == Some(Around::Transaction)).then_some(Own::Begin),
            // Before the savepoint: what goes back to that must not make it writable again.
            is_read_only.then_some(Own::ReadOnly),
            (around == Some(Around::Savepoint)).then_some(Own::Savepoint),
            around.is_some().then_some(Own::Count),
        ];
        let before: Vec<Own> = before.into_iter().flatten().collect();
        if self.unit.as_ref().is_some_and(|unit| !unit.is_simple) {
            ready.without_end();
            desk.has_eaten_sync = false;
        }
        self.own(&before, out)
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
            Phase::Runs | Phase::Counts => self.close(desk, out),
            Phase::Closes => Ok(()),
        }
    }
}
