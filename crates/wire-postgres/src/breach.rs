//! A statement goes over one of its bounds: it is cut short, and says so.
//!
//! The rows within the bound were shown; the target is asked to stop, and what it still says up to
//! the end of the flight is dropped. What becomes of the transaction is `unit`'s and `answers`'.

use std::borrow::Cow;

use model::{Breach, OutcomeKind, Refusal, RefusalKind};
use wire::{Fault, Output};

use crate::message::made::{self, Said};
use crate::open::{Open, Turn};
use crate::outbox::Outbox;
use crate::running::Running;
use crate::unit::Unit;

impl Running {
    /// Whether one more row of that size is within bounds; if it is not, the client is told.
    pub(crate) fn lets_through(&mut self, size: usize, out: &mut Outbox) -> Result<bool, Fault> {
        let Some(permit) = self.permit() else {
            return Ok(true);
        };
        let (bounds, tally) = (permit.plan.bounds(), &permit.tally);
        let bytes = tally
            .bytes
            .saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
        let rows = bounds.rows.filter(|most| tally.rows >= *most);
        let bytes = bounds.bytes.filter(|most| bytes > *most);
        let over = rows
            .map(|most| (Breach::Rows, most))
            .or(bytes.map(|most| (Breach::Bytes, most)));
        let Some(over) = over else { return Ok(true) };
        self.cuts = true;
        self.tell_breach(over, out)?;
        Ok(false)
    }

    /// The target cancelled a statement whose time was over.
    pub(crate) fn tell_expired(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        let limits = self
            .permits
            .values()
            .map(|permit| permit.plan.bounds().seconds);
        let most = u64::from(limits.flatten().min().unwrap_or_default());
        self.tell_breach((Breach::Seconds, most), out)
    }

    /// Tells the client, and nothing more up to the end of the flight.
    pub(crate) fn tell_breach(
        &mut self,
        (breach, most): (Breach, u64),
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let cause = self.cause();
        let is_undone = self.unit.is_some();
        let is_spared = self.unit.as_ref().is_some_and(Unit::spares_transaction);
        self.swallows = true;
        self.breach = Some(breach);
        let mut manner = self.unit.as_ref().and_then(Unit::manner);
        if let Some(permit) = self.permit() {
            permit.tally.breach = Some(breach);
            manner = permit.plan.manner().cloned();
        }
        let end = if is_undone {
            ", and what it changed is undone"
        } else {
            ""
        };
        let text = match breach {
            Breach::Bytes => format!(
                "the result is cut: a rule lets {most} bytes of rows through (@limit_bytes){end}"
            ),
            Breach::Changes => {
                format!(
                    "the statement is undone: it changes more than {most} rows (@limit_changes)"
                )
            }
            Breach::Rows => {
                format!("the result is cut: a rule lets {most} rows through (@limit_rows){end}")
            }
            Breach::Seconds => {
                format!("the statement is cancelled: a rule gives it {most} s (@timeout){end}")
            }
        };
        let hint: Cow<'_, str> = match breach {
            Breach::Bytes => "Ask for fewer rows or columns.".into(),
            Breach::Changes if is_spared => format!(
                "Change at most {most} rows at a time. The transaction goes on without what was \
                 sent; ROLLBACK undoes the rest."
            )
            .into(),
            Breach::Changes => format!("Change at most {most} rows at a time.").into(),
            Breach::Rows => format!("Add LIMIT {most}, or count and group in the database.").into(),
            Breach::Seconds => "Ask for less at a time.".into(),
        };
        let mut refusal = Refusal::new(RefusalKind::Limit, text).hint(hint);
        refusal.code = Some(code_of(breach));
        let refusal = refusal.told(manner.as_deref());
        out.tell(cause, |bytes| Said::refusal(&refusal).write(bytes))
    }
}

impl Open {
    /// Asks the target to stop what runs, on our own account. What comes next waits until the
    /// request has arrived: it must hit nothing else.
    pub(crate) fn stop(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        if let Some((pid, key)) = &self.key {
            self.desk.cancels = self.desk.cancels.saturating_add(1);
            out.push(Output::CancelTarget(made::cancel(*pid, key)?));
        }
        Ok(())
    }

    /// A statement's time is over.
    pub(crate) fn expire(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        let Turn::Running(running) = &mut self.turn else {
            return Ok(());
        };
        running.has_expired = true;
        if self.desk.cancels > 0 {
            return Ok(());
        }
        self.stop(out)
    }

    /// A cancel request has arrived at the target.
    pub(crate) fn stopped(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        self.desk.cancels = self.desk.cancels.saturating_sub(1);
        if self.desk.cancels > 0 {
            return Ok(());
        }
        if let Turn::Running(running) = &mut self.turn {
            running.turn(&mut self.desk, out)?;
            let after = running.after(&mut self.desk);
            self.went_on(after, out)?;
        }
        self.resume(out)
    }
}

/// The SQLSTATE of a breach.
pub(crate) fn code_of(breach: Breach) -> &'static str {
    match breach {
        Breach::Seconds => "57014",
        Breach::Bytes | Breach::Changes | Breach::Rows => "54000",
    }
}

/// Whether an error of the target is the end of a statement we cancelled for its time.
pub(crate) fn is_cancelled(sqlstate: Option<&str>) -> bool {
    sqlstate == Some("57014")
}

/// What is recorded of a statement the target cancelled.
pub(crate) fn kind_of(sqlstate: Option<&str>) -> OutcomeKind {
    if is_cancelled(sqlstate) {
        OutcomeKind::Cancelled
    } else {
        OutcomeKind::Error
    }
}
