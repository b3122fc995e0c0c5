//! A unit ends: committed, let stand, or undone.

use model::Breach;
use wire::{Cause, Fault, Housekeeping, Output, Payload};

use super::{Around, Phase, Unit};
use crate::breach::code_of;
use crate::flight::Kind;
use crate::message::made;
use crate::message::own::Own;
use crate::open::{Desk, Skip};
use crate::outbox::Outbox;
use crate::running::Running;

impl Running {
    /// Commits the unit or undoes it.
    pub(super) fn close(&mut self, desk: &mut Desk, out: &mut Outbox) -> Result<(), Fault> {
        let Some(mut unit) = self.unit.take() else {
            return Ok(());
        };
        let is_over = self.swallows;
        if is_over {
            let code = self.breach.map_or("42501", code_of);
            unit.undone(Some(code), self.breach, desk);
        } else {
            for share in &unit.shares {
                desk.names.spend(share.id, share.changed);
            }
        }
        unit.phase = Phase::Closes;
        match unit.around {
            Around::Transaction => self.close_transaction(unit, desk, out),
            Around::Savepoint if self.breach == Some(Breach::Changes) => {
                self.go_back(&unit, desk, out)
            }
            Around::Savepoint if !is_over && !unit.has_failed => self.release(unit, desk, out),
            Around::Nothing | Around::Savepoint => self.close_bare(unit, desk, out),
        }
    }

    /// Of a simple Query outside a transaction.
    fn close_transaction(
        &mut self,
        unit: Unit,
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let is_kept = !self.swallows && !unit.has_failed;
        self.swallows = false;
        desk.skip = Skip::No;
        let end = match (is_kept, unit.is_skipping) {
            (true, _) => &[Own::Commit] as &[Own],
            (false, false) => &[Own::Rollback],
            (false, true) => &[Own::Resync, Own::Rollback],
        };
        self.own(end, out)?;
        self.ask_sync(out);
        self.unit = is_kept.then_some(unit);
        Ok(())
    }

    /// Within its bound: the savepoint goes, then the client is told.
    fn release(&mut self, unit: Unit, desk: &mut Desk, out: &mut Outbox) -> Result<(), Fault> {
        self.own(&[Own::Release], out)?;
        self.end(&unit, desk, out);
        self.unit = Some(unit);
        Ok(())
    }

    /// Over its bound: back to the savepoint. Nothing the target still says is shown before.
    fn go_back(&mut self, unit: &Unit, desk: &mut Desk, out: &mut Outbox) -> Result<(), Fault> {
        let is_skipping = unit.is_skipping || (unit.has_failed && !unit.is_simple);
        let back = [
            is_skipping.then_some(Own::Resync),
            Some(Own::RollbackTo),
            Some(Own::Release),
        ];
        let back: Vec<Own> = back.into_iter().flatten().collect();
        self.own(&back, out)?;
        self.end(unit, desk, out);
        if !unit.is_answered() {
            // As after an error of the target's: all up to the client's Sync is skipped, which it
            // answers itself.
            desk.skip = Skip::Target;
        }
        Ok(())
    }

    /// Asks for the answer the client waits for, or only for that to what was sent.
    fn end(&mut self, unit: &Unit, desk: &mut Desk, out: &mut Outbox) {
        if unit.is_answered() {
            desk.skip = Skip::No;
            self.ask_sync(out);
        } else {
            self.flush(out);
        }
    }

    /// Where nothing of ours stands around it, or what does went with the target's own error.
    fn close_bare(
        &mut self,
        mut unit: Unit,
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let is_over = self.swallows;
        if is_over && unit.is_answered() && !unit.has_failed {
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
        if unit.is_answered() {
            self.swallows = false;
            desk.skip = Skip::No;
            self.ask_sync(out);
        }
        Ok(())
    }
}

impl Unit {
    /// Whether the client waits for a `ReadyForQuery`.
    fn is_answered(&self) -> bool {
        self.is_simple || self.syncs
    }
}
