//! A flight at the target: what answers are expected, and what they settle.
//!
//! ```text
//! steps: [Parse, Bind, Describe, Execute, Sync]   each answer takes the first off
//! an error takes all off up to Sync; without one the target skips until the client sends it
//! ```
//! Here is the queue and its accounts; what each message of the target means is `answers`.

use std::collections::{BTreeMap, VecDeque};

use mask::Plan;
use model::{Breach, OutcomeKind, Refusal, RefusalKind, StatementId};
use wire::{Cause, Fault, Housekeeping, Output};

use crate::breach::kind_of;
use crate::flight::{Kind, Ready};
use crate::message::made::{self, Said};
use crate::message::own::Own;
use crate::names::Permit;
use crate::open::{Desk, Skip};
use crate::outbox::Outbox;
use crate::rows::Rows;
use crate::unit::Unit;

/// One message the target must answer.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) cause: Option<StatementId>,
    /// Whether it is the last of the flight on that account.
    pub(crate) is_last: bool,
    pub(crate) kind: Kind,
}

/// How far the answer to the first step has come.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// An error came: only `ReadyForQuery` may follow (simple protocol).
    pub(crate) has_failed: bool,
    pub(crate) has_types: bool,
    /// Something was completed, so `ReadyForQuery` may follow (simple protocol).
    pub(crate) is_complete: bool,
    pub(crate) part: usize,
    pub(crate) rows: Rows,
}

/// A flight whose bytes went to the target.
#[derive(Debug, Default)]
pub(crate) struct Running {
    /// The bound that something of it went over.
    pub(crate) breach: Option<Breach>,
    /// Whether the target takes `CopyData` now.
    pub(crate) copies_in: bool,
    /// Whether the target must be asked to stop.
    pub(crate) cuts: bool,
    /// Whether the time of a statement is over.
    pub(crate) has_expired: bool,
    pub(crate) head: Head,
    pub(crate) permits: BTreeMap<StatementId, Permit>,
    pub(crate) steps: VecDeque<Expected>,
    /// Whether the client was told of an error that the target knows nothing of.
    pub(crate) swallows: bool,
    pub(crate) unit: Option<Unit>,
}

impl Running {
    /// Sends an admitted flight.
    pub(crate) fn send(
        mut ready: Ready,
        permits: Vec<Permit>,
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<Self, Fault> {
        let scrubs = |plan: &Plan| plan.scrubs_messages() || !plan.edits().is_empty();
        desk.scrubs |= permits.iter().any(|permit| scrubs(&permit.plan));
        ready.rewrite(&permits)?;
        let mut running = Self::default();
        running.prepare(&mut ready, &permits, desk, out)?;
        running
            .permits
            .extend(permits.into_iter().map(|permit| (permit.id, permit)));
        let mut bytes = ready.bytes;
        let mut sent = 0_usize;
        let counts = running.unit.as_ref().is_some_and(Unit::counts_each);
        let is_execute = |kind: &Kind| matches!(kind, Kind::Execute { .. });
        let mut executes = ready
            .steps
            .iter()
            .filter(|step| is_execute(&step.0))
            .count();
        let mut steps = ready.steps.into_iter().peekable();
        while let Some((kind, cause, end)) = steps.next() {
            if let Kind::Execute { name, .. } = &kind
                && let Cause::Statement(id) = cause
                && let std::collections::btree_map::Entry::Vacant(place) = running.permits.entry(id)
                && let Some(permit) = desk.names.resume(name)
            {
                place.insert(permit);
            }
            executes = executes.saturating_sub(usize::from(is_execute(&kind)));
            let is_counted = counts && is_execute(&kind) && executes > 0;
            running.expect(kind, cause);
            let goes_on = !is_counted && steps.peek().is_some_and(|(_, next, _)| *next == cause);
            if !goes_on {
                let rest = bytes.split_off(end.saturating_sub(sent).min(bytes.len()));
                out.push(Output::ToTarget(cause, wire::Payload::Made(bytes)));
                bytes = rest;
                sent = end;
            }
            if is_counted {
                running.own(&[Own::Count], out)?;
            }
        }
        running.mark_last();
        if running.unit.is_some() {
            running.flush(out);
        }
        running.look(desk);
        Ok(running)
    }

    /// Sends our own failing statement and expects its end.
    pub(crate) fn abort(desk: &mut Desk, out: &mut Outbox) -> Result<Self, Fault> {
        let cause = Cause::Housekeeping(Housekeeping::Abort);
        let mut bytes = Vec::new();
        made::abort(&mut bytes)?;
        out.push(Output::ToTarget(cause, wire::Payload::Made(bytes)));
        let mut running = Self::default();
        running.expect(Kind::Abort, cause);
        desk.has_segment = true;
        Ok(running)
    }

    /// Sends a Sync that belongs to no statement and expects its end.
    pub(crate) fn sync(out: &mut Outbox) -> Self {
        let cause = Cause::Housekeeping(Housekeeping::Sync);
        out.push(Output::ToTarget(
            cause,
            wire::Payload::Made(made::SYNC.to_vec()),
        ));
        let mut running = Self::default();
        running.expect(Kind::Sync, cause);
        running
    }

    fn expect(&mut self, kind: Kind, cause: Cause) {
        let cause = match cause {
            Cause::Statement(id) => Some(id),
            Cause::Housekeeping(_) => None,
        };
        self.steps.push_back(Expected {
            cause,
            is_last: false,
            kind,
        });
    }

    /// Marks the last step of each account; a Sync or Flush settles nothing itself.
    fn mark_last(&mut self) {
        let mut seen = std::collections::BTreeSet::new();
        for step in self.steps.iter_mut().rev() {
            if let Some(id) = step.cause
                && !matches!(step.kind, Kind::Flush | Kind::Sync)
            {
                step.is_last = seen.insert(id);
            }
        }
    }

    /// The account of the first step.
    pub(crate) fn cause(&self) -> Option<StatementId> {
        self.steps.front().and_then(|step| step.cause)
    }

    /// The permit of the first step.
    pub(crate) fn permit(&mut self) -> Option<&mut Permit> {
        let id = self.cause()?;
        self.permits.get_mut(&id)
    }

    /// Whether a frame of that tag passes in pieces.
    pub(crate) fn streams(&self, tag: u8) -> bool {
        let rows = &self.head.rows;
        let drops = match rows {
            Rows::None => false,
            Rows::CopyMask(_) | Rows::CopyPass => tag == b'd',
            Rows::Bad(_) | Rows::Check(_) | Rows::Mask { .. } | Rows::Pass => tag == b'D',
        };
        rows.streams(tag) || (self.swallows && drops)
    }

    /// The first step is answered in full.
    pub(crate) fn advance(&mut self, desk: &mut Desk) {
        if let Some(step) = self.steps.pop_front()
            && step.is_last
        {
            self.settle(step.cause, OutcomeKind::Success, None, desk);
        }
        self.look(desk);
    }

    /// The first step's portal is suspended: its permit stays with it.
    pub(crate) fn suspend(&mut self, desk: &mut Desk) {
        if let Some(Expected {
            cause: Some(id),
            is_last: true,
            kind: Kind::Execute { name, .. },
        }) = self.steps.pop_front()
            && let Some(permit) = self.permits.remove(&id)
        {
            desk.names.suspend(name, permit);
        }
        self.look(desk);
    }

    /// Prepares for the answer to the new first step.
    pub(crate) fn look(&mut self, desk: &mut Desk) {
        self.head = Head::default();
        while self
            .steps
            .front()
            .is_some_and(|step| matches!(step.kind, Kind::Flush))
        {
            self.steps.pop_front();
        }
        if let Some(Expected {
            kind: Kind::Execute { portal, .. },
            cause: Some(id),
            ..
        }) = self.steps.front()
            && let Some(permit) = self.permits.get(id)
        {
            self.head.rows = Rows::of_portal(&permit.plan, portal);
        }
        if self.steps.is_empty() {
            // Nothing of the flight is left: whatever has no last step of its own is over.
            let left: Vec<_> = self.permits.keys().copied().collect();
            for id in left {
                self.settle(Some(id), OutcomeKind::Success, None, desk);
            }
        }
    }

    /// Ends the account: it is told once the transaction's state is known.
    pub(crate) fn settle(
        &mut self,
        cause: Option<StatementId>,
        kind: OutcomeKind,
        sqlstate: Option<&str>,
        desk: &mut Desk,
    ) {
        if let Some(mut permit) = cause.and_then(|id| self.permits.remove(&id)) {
            permit.tally.kind = kind;
            permit.tally.sqlstate = sqlstate.map(str::to_owned);
            desk.ended.push((permit.id, permit.tally));
        }
    }

    /// An error of the target: the first step failed, and what follows it up to Sync is skipped.
    pub(crate) fn fail(&mut self, sqlstate: Option<&str>, desk: &mut Desk) {
        self.copies_in = false;
        self.settle(self.cause(), kind_of(sqlstate), sqlstate, desk);
        if let Some(Expected {
            kind: Kind::Parse { name, .. },
            ..
        }) = self.steps.front()
            && name.is_empty()
        {
            desk.names.forget_statement(b"");
        }
        if self.steps.front().is_some_and(|step| step.kind.is_simple()) {
            self.head = Head {
                has_failed: true,
                ..Head::default()
            };
            return;
        }
        while self
            .steps
            .front()
            .is_some_and(|step| !matches!(step.kind, Kind::Sync))
        {
            let cause = self.steps.pop_front().and_then(|step| step.cause);
            self.settle(cause, OutcomeKind::Error, sqlstate, desk);
        }
        self.head = Head::default();
        if self.steps.is_empty() {
            desk.skip = Skip::Target;
        }
    }

    /// The result cannot be shown: the client gets an error instead, and nothing more up to the
    /// end of the flight.
    pub(crate) fn withhold(&mut self, why: &str, out: &mut Outbox) -> Result<(), Fault> {
        let cause = self.cause();
        self.swallows = true;
        let text = format!("the statement ran, and its result is withheld: {why}");
        let hint =
            "Outside a transaction what it changed is kept; read it by naming columns one by one.";
        let refusal = Refusal::new(RefusalKind::Unmaskable, text).hint(hint);
        let manner = self
            .permit()
            .and_then(|permit| permit.plan.manner().cloned());
        let refusal = refusal.told(manner.as_deref());
        out.tell(cause, |bytes| Said::refusal(&refusal).write(bytes))
    }
}
