//! What each message of the target means while a flight runs.
//!
//! Every answer must fit the first expected step; anything else is the target's fault. Names
//! change here and nowhere else, by what the target confirmed.

mod results;

use std::ops::Range;
use std::sync::Arc;

use model::{Breach, OutcomeKind};
use wire::Fault;

use crate::breach::is_cancelled;
use crate::flight::Kind;
use crate::message::made;
use crate::message::target::{self, Fields};
use crate::open::{Desk, Skip};
use crate::outbox::Outbox;
use crate::rows::Rows;
use crate::running::{Expected, Running};

/// A whole message of the target.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// Where it lies in the input, if it lies there.
    pub(crate) lies: Option<Range<usize>>,
    pub(crate) tag: u8,
    pub(crate) whole: &'a [u8],
}

impl Seen<'_> {
    pub(crate) fn body(&self) -> &[u8] {
        self.whole.get(5..).unwrap_or_default()
    }
}

/// Whether the flight goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It is over; the status if `ReadyForQuery` ended it.
    Over(Option<u8>),
    /// It is over, and a transaction with a withheld result in it must not be committed.
    OverWithheld,
    Stay,
}

type Step = Result<After, Fault>;

impl Running {
    /// Takes one whole message.
    pub(crate) fn answer(&mut self, seen: &Seen<'_>, desk: &mut Desk, out: &mut Outbox) -> Step {
        let Some(first) = self.steps.front() else {
            return Err(out_of_order(seen.tag));
        };
        if let Kind::Own(own) = first.kind {
            self.own_answer(own, seen, desk, out)?;
            return Ok(self.after(desk));
        }
        if let (Some(unit), true) = (&mut self.unit, seen.tag != b'Z') {
            unit.tell(out)?;
        }
        match (seen.tag, &first.kind) {
            (b'E', _) => return self.error(seen, desk, out),
            (b'Z', Kind::Abort | Kind::Function | Kind::Query | Kind::Sync) => {
                return self.ready(seen, desk, out);
            }
            (_, Kind::Abort) => return Err(out_of_order(seen.tag)),
            (_, Kind::Function | Kind::Query) if self.head.has_failed => {
                return Err(out_of_order(seen.tag));
            }
            (b'D', Kind::Execute { .. } | Kind::Query) => self.row(seen, out)?,
            (b'd', Kind::Execute { .. } | Kind::Query) => self.copied(seen, out)?,
            (b'1' | b'2' | b'3', _) => self.named(seen, desk, out)?,
            (b't' | b'T' | b'n', _) => self.description(seen, desk, out)?,
            (b'C' | b'I' | b's' | b'V', _) => self.completed(seen, desk, out)?,
            (b'G' | b'H' | b'c', Kind::Execute { .. } | Kind::Query) => {
                self.copy(seen, desk.row_bytes, out)?;
            }
            _ => return Err(out_of_order(seen.tag)),
        }
        self.turn(desk, out)?;
        Ok(self.after(desk))
    }

    /// Whether anything is still expected.
    pub(crate) fn after(&self, desk: &mut Desk) -> After {
        if !self.steps.is_empty() || self.unit.is_some() {
            return After::Stay;
        }
        if self.swallows && desk.skip == Skip::No {
            desk.skip = Skip::Refused;
        }
        After::Over(None)
    }

    /// Shows a message to the client as it came.
    fn pass(&mut self, seen: &Seen<'_>, out: &mut Outbox) -> Result<(), Fault> {
        if self.swallows {
            return Ok(());
        }
        let cause = self.cause();
        show(seen, cause, out)
    }

    fn error(&mut self, seen: &Seen<'_>, desk: &mut Desk, out: &mut Outbox) -> Step {
        let fields = Fields::decode(seen.body())?;
        let sqlstate = fields.sqlstate();
        desk.has_failed = true;
        let is_abort = matches!(
            self.steps.front(),
            Some(Expected {
                kind: Kind::Abort,
                ..
            })
        );
        if self.has_expired && is_cancelled(sqlstate.as_deref()) && !(is_abort || self.swallows) {
            self.tell_expired(out)?;
        } else if fields.is_fatal() || !(is_abort || self.swallows) {
            desk.has_told_fatal |= fields.is_fatal();
            let cause = self.cause();
            if desk.scrubs {
                let edits = self.permit().map(|permit| permit.plan.edits().clone());
                let edits = edits.unwrap_or_default();
                out.tell(cause, |bytes| {
                    made::scrubbed(bytes, b'E', &fields, Some(&edits))
                })?;
            } else {
                show(seen, cause, out)?;
            }
        }
        if is_abort {
            self.head.has_failed = true;
            return Ok(After::Stay);
        }
        desk.has_stray_ready |= desk.has_eaten_sync && self.copies_in;
        self.fail(sqlstate.as_deref(), desk);
        if let Some(unit) = &mut self.unit {
            unit.has_failed = true;
        }
        self.turn(desk, out)?;
        Ok(self.after(desk))
    }

    fn ready(&mut self, seen: &Seen<'_>, desk: &mut Desk, out: &mut Outbox) -> Step {
        let status = target::ready(seen.body())?;
        let is_due = match self.steps.front().map(|step| &step.kind) {
            Some(Kind::Sync) => true,
            Some(Kind::Abort) => self.head.has_failed,
            _ => self.head.has_failed || self.head.is_complete,
        };
        if !is_due {
            if std::mem::take(&mut desk.has_stray_ready) {
                show(seen, None, out)?;
                desk.status = status;
                desk.tell_status(out);
                return Ok(After::Stay);
            }
            return Err(out_of_order(seen.tag));
        }
        if self.unit.is_some() && self.steps.front().is_some_and(|s| s.kind.is_simple()) {
            self.advance(desk);
            self.turn(desk, out)?;
            return Ok(self.after(desk));
        }
        if self.swallows && status == b'T' {
            self.advance(desk);
            return Ok(After::OverWithheld);
        }
        let cause = self.cause();
        show(seen, cause, out)?;
        self.advance(desk);
        // A Query or Sync ends every flight, so nothing is left behind it.
        Ok(if self.steps.is_empty() {
            After::Over(Some(status))
        } else {
            After::Stay
        })
    }

    fn named(&mut self, seen: &Seen<'_>, desk: &mut Desk, out: &mut Outbox) -> Result<(), Fault> {
        self.pass(seen, out)?;
        let over = match (seen.tag, self.steps.front_mut().map(|step| &step.kind)) {
            (b'1', Some(Kind::Parse { name, prepared })) => {
                desk.names.parsed(name.clone(), Arc::clone(prepared));
                None
            }
            (b'2', Some(Kind::Bind { name, portal })) => {
                desk.names.bound(name.clone(), Arc::clone(portal))
            }
            (b'3', Some(Kind::CloseStatement(name))) => {
                desk.names.forget_statement(name);
                None
            }
            (b'3', Some(Kind::ClosePortal(name))) => desk.names.forget_portal(name),
            _ => return Err(out_of_order(seen.tag)),
        };
        desk.ended
            .extend(over.map(|permit| (permit.id, permit.tally)));
        self.advance(desk);
        Ok(())
    }

    fn description(
        &mut self,
        seen: &Seen<'_>,
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let columns = match seen.tag {
            b'T' => Some(target::columns(seen.body())?),
            _ => None,
        };
        match (seen.tag, self.steps.front().map(|step| &step.kind)) {
            (b't', Some(Kind::DescribeStatement(_))) if !self.head.has_types => {
                target::parameter_types(seen.body())?;
                self.head.has_types = true;
                return self.pass(seen, out);
            }
            (b'T' | b'n', Some(Kind::DescribeStatement(prepared))) if self.head.has_types => {
                if let Some(columns) = columns {
                    prepared.columns.set(columns).ok();
                }
            }
            (b'T' | b'n', Some(Kind::DescribePortal(portal))) => {
                if let Some(columns) = columns {
                    portal.columns.set(columns).ok();
                }
            }
            (b'T', Some(Kind::Query)) if matches!(self.head.rows, Rows::None) => {
                let part = self.head.part;
                let columns = columns.unwrap_or_default();
                let plan = self.permit().map(|permit| permit.plan.clone());
                let plan = plan.ok_or_else(|| Fault::Bug("a result without a permit".into()))?;
                self.head.rows = Rows::described(&plan, part, &columns);
                if let (Rows::Bad(why), false) = (&self.head.rows, self.swallows) {
                    let why = why.clone();
                    return self.withhold(&why, out);
                }
                return self.pass(seen, out);
            }
            _ => return Err(out_of_order(seen.tag)),
        }
        self.pass(seen, out)?;
        self.advance(desk);
        Ok(())
    }

    fn completed(
        &mut self,
        seen: &Seen<'_>,
        desk: &mut Desk,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let is_function_withheld = seen.tag == b'V' && !self.function_passes();
        if is_function_withheld && !self.swallows {
            self.withhold("the function's result was not foreseen", out)?;
        }
        let tag = if seen.tag == b'C' {
            target::command(seen.body())?
        } else {
            b""
        };
        let over = match self.permit() {
            Some(permit) if seen.tag != b's' => permit.complete(target::rows_changed(tag)),
            _ => None,
        };
        if let (Some(most), false) = (over, self.swallows) {
            self.tell_breach((Breach::Changes, most), out)?;
        }
        let cause = self.cause();
        match &mut self.unit {
            Some(unit) if !self.swallows => unit.keep(seen.whole, cause, out)?,
            _ => self.pass(seen, out)?,
        }
        self.copies_in = false;
        match (seen.tag, self.steps.front().map(|step| &step.kind)) {
            (b'C' | b'I', Some(Kind::Query)) => {
                let over = desk.names.completed(tag);
                desk.ended
                    .extend(over.into_iter().map(|permit| (permit.id, permit.tally)));
                // A simple Query drops the unnamed statement and takes the unnamed portal.
                desk.names.forget_statement(b"");
                let over = desk.names.forget_portal(b"");
                desk.ended
                    .extend(over.map(|permit| (permit.id, permit.tally)));
                self.head.is_complete = true;
                self.head.part = self.head.part.saturating_add(1);
                self.head.rows = Rows::None;
            }
            (b'C' | b'I', Some(Kind::Execute { .. })) => {
                let over = desk.names.completed(tag);
                desk.ended
                    .extend(over.into_iter().map(|permit| (permit.id, permit.tally)));
                self.advance(desk);
            }
            (b's', Some(Kind::Execute { .. })) => self.suspend(desk),
            (b'V', Some(Kind::Function)) if !self.head.is_complete => {
                self.head.is_complete = true;
            }
            _ => return Err(out_of_order(seen.tag)),
        }
        Ok(())
    }

    fn function_passes(&mut self) -> bool {
        let part = self
            .permit()
            .and_then(|permit| permit.plan.part(0).cloned());
        part.is_some_and(|part| part.passes_rows())
    }

    /// Counts what the client was sent.
    pub(crate) fn count(&mut self, is_row: bool, size: usize, cells: u64) {
        let part = self.head.part;
        if let Some(permit) = self.permit() {
            let tally = &mut permit.tally;
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            tally.bytes = tally.bytes.saturating_add(size);
            tally.masked_cells = tally.masked_cells.saturating_add(cells);
            tally.rows = tally.rows.saturating_add(u64::from(is_row));
            let shown = permit.plan.part(part).filter(|_| is_row);
            for (class, cells) in shown.iter().flat_map(|part| &part.shown) {
                tally.reveal(*class, u64::from(*cells));
            }
        }
    }

    /// What becomes of everything if the session ends now.
    pub(crate) fn bury(&mut self, desk: &mut Desk) {
        let left: Vec<_> = self.permits.keys().copied().collect();
        for id in left {
            self.settle(Some(id), OutcomeKind::Unknown, None, desk);
        }
    }
}

/// Shows a message as it came.
pub(crate) fn show(
    seen: &Seen<'_>,
    cause: Option<model::StatementId>,
    out: &mut Outbox,
) -> Result<(), Fault> {
    match &seen.lies {
        Some(range) => {
            out.show(cause, range.clone());
            Ok(())
        }
        None => out.tell(cause, |bytes| {
            bytes.extend_from_slice(seen.whole);
            Ok(())
        }),
    }
}

pub(crate) fn out_of_order(tag: u8) -> Fault {
    Fault::Target(format!(
        "a message of type {:?} was not expected",
        char::from(tag)
    ))
}
