//! Our own statements beside a flight: sent, answered, or failed.
//!
//! What a unit does with their answers is `unit`'s; their texts are `message::own`'s.

use model::Breach;
use wire::{Cause, Fault, Housekeeping, Output, Payload};

use crate::answers::Seen;
use crate::bytes::View;
use crate::flight::Kind;
use crate::message::made;
use crate::message::own::Own;
use crate::message::target::Fields;
use crate::open::{Desk, Skip};
use crate::outbox::Outbox;
use crate::running::{Expected, Running};

impl Running {
    /// Sends our own statements and expects their answers.
    pub(crate) fn own(&mut self, all: &[Own], out: &mut Outbox) -> Result<(), Fault> {
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

    pub(super) fn expect_own(&mut self, kind: Kind) {
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
            let over = unit.count(counted(seen.body()));
            if let (Some(most), false) = (over, self.swallows) {
                unit.told.clear();
                self.tell_breach((Breach::Changes, most), out)?;
            }
        }
        if self.head.part == answers.len() {
            self.advance(desk);
            if own == Own::Release {
                self.swallows = false;
            }
            if matches!(own, Own::Commit | Own::Release)
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
        if matches!(own, Own::Commit | Own::Release | Own::RollbackTo) {
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
    pub(super) fn ask_sync(&mut self, out: &mut Outbox) {
        let cause = Cause::Housekeeping(Housekeeping::Sync);
        let bytes = made::SYNC.to_vec();
        out.push(Output::ToTarget(cause, Payload::Made(bytes)));
        self.expect_own(Kind::Sync);
    }
}

/// The number in the one cell of a row; NULL is the sum of nothing.
fn counted(body: &[u8]) -> Option<u64> {
    let mut view = View::new(body);
    let cell = view.u16().and_then(|_| view.value())?;
    let Some(cell) = cell else { return Some(0) };
    std::str::from_utf8(cell).ok()?.parse().ok()
}
