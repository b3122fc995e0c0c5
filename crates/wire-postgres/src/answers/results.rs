//! Rows and copied lines as the target sends them: shown, rewritten, or withheld.

use wire::{Cause, Fault, Housekeeping};

use super::{Seen, out_of_order};
use crate::flight::Kind;
use crate::message::{made, target};
use crate::outbox::Outbox;
use crate::rows::{self, Rows};
use crate::running::Running;

impl Running {
    /// A copy begins, of rows no longer than `most` where they are rewritten, or ends.
    pub(super) fn copy(
        &mut self,
        seen: &Seen<'_>,
        most: usize,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        if seen.tag == b'c' {
            if matches!(self.head.rows, Rows::CopyMask(_)) {
                self.rewrite(None, out)?;
            }
            self.head.rows = Rows::None;
            return self.pass(seen, out);
        }
        let came = target::copy(seen.body())?;
        let is_execute = matches!(
            self.steps.front().map(|step| &step.kind),
            Some(Kind::Execute { .. })
        );
        if seen.tag == b'G' {
            if self.swallows {
                let mut bytes = Vec::new();
                made::copy_fail(&mut bytes)?;
                out.send(Cause::Housekeeping(Housekeeping::Abort), bytes);
                return Ok(());
            }
            self.copies_in = true;
            if is_execute {
                self.drop_syncs();
            }
            return self.pass(seen, out);
        }
        let part = self.head.part;
        let plan = self.permit().map(|permit| permit.plan.clone());
        let plan = plan.ok_or_else(|| Fault::Bug("a copy without a permit".into()))?;
        self.head.rows = Rows::copied(&plan, part, came, most);
        if let (Rows::Bad(why), false) = (&self.head.rows, self.swallows) {
            let why = why.clone();
            self.head.rows = Rows::CopyPass;
            return self.withhold(&why, out);
        }
        self.pass(seen, out)
    }

    /// In copy mode the target ignores the Syncs and Flushes that came along.
    fn drop_syncs(&mut self) {
        self.steps
            .retain(|step| !matches!(step.kind, Kind::Flush | Kind::Sync));
    }

    pub(super) fn row(&mut self, seen: &Seen<'_>, out: &mut Outbox) -> Result<(), Fault> {
        let swallows = self.swallows;
        let width = rows::width(seen.body());
        if !swallows && !self.lets_through(seen.whole.len(), out)? {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.head.rows);
        let (why, kept) = match rows {
            Rows::Mask { columns, plan } if width == Some(columns) => {
                let cause = self.cause();
                let mut cells = 0;
                let mut size = 0_usize;
                if !swallows {
                    out.tell(cause, |bytes| {
                        let before = bytes.len();
                        cells = rows::masked(&plan, seen.body(), bytes)?;
                        size = bytes.len().saturating_sub(before);
                        Ok(())
                    })?;
                    self.count(true, size, cells);
                }
                (None, Rows::Mask { columns, plan })
            }
            Rows::Check(columns) if width == Some(columns) => {
                self.head.rows = Rows::Pass;
                self.pass(seen, out)?;
                self.count(true, seen.whole.len(), 0);
                return Ok(());
            }
            Rows::None | Rows::CopyPass | Rows::CopyMask(_) => {
                return Err(out_of_order(seen.tag));
            }
            Rows::Bad(why) => (Some(why.clone()), Rows::Bad(why)),
            other => (
                Some("a row has other columns than were foreseen".to_owned()),
                other,
            ),
        };
        self.head.rows = kept;
        match why {
            Some(why) if !swallows => self.withhold(&why, out),
            _ => Ok(()),
        }
    }

    pub(super) fn copied(&mut self, seen: &Seen<'_>, out: &mut Outbox) -> Result<(), Fault> {
        if matches!(self.head.rows, Rows::CopyMask(_)) {
            return self.rewrite(Some(seen.body()), out);
        }
        Err(out_of_order(seen.tag))
    }

    /// Shows the rows which these bytes, or the end of the copy, make whole. A stream of other
    /// rows than were foreseen ends in an error: it is never silently shorter.
    fn rewrite(&mut self, chunk: Option<&[u8]>, out: &mut Outbox) -> Result<(), Fault> {
        let (cause, swallows) = (self.cause(), self.swallows);
        let Rows::CopyMask(masker) = &mut self.head.rows else {
            return Ok(());
        };
        let mut shown = Vec::new();
        let cells = match chunk {
            Some(chunk) => masker.feed(chunk, &mut shown),
            None => masker.finish(&mut shown),
        };
        let is_broken = masker.is_broken();
        if swallows {
            return Ok(());
        }
        if !shown.is_empty() && !self.lets_through(shown.len(), out)? {
            return Ok(());
        }
        if !shown.is_empty() {
            out.tell(cause, |bytes| copy_line(bytes, &shown))?;
            self.count(true, shown.len().saturating_add(5), cells);
        }
        if is_broken {
            self.withhold("its rows are not written as was foreseen", out)?;
        }
        Ok(())
    }
}

fn copy_line(out: &mut Vec<u8>, line: &[u8]) -> Result<(), Fault> {
    crate::bytes::message(out, b'd', |out| {
        out.extend_from_slice(line);
        Ok(())
    })
}
