//! The target's side of an open session: its bytes become answers, or pass.
//!
//! What may come at any time is taken here; what answers a flight goes to `running`; anything
//! else is the target's fault.

use wire::{Fault, Output};

use crate::answers::{After, Seen, show};
use crate::frame::{Piece, Way};
use crate::message::made;
use crate::message::target::{self, Fields};
use crate::open::{Open, Turn};
use crate::outbox::Outbox;
use crate::running::Running;

impl Open {
    pub(crate) fn target_said(&mut self, bytes: &[u8], out: &mut Outbox) -> Result<(), Fault> {
        let mut at = 0;
        loop {
            let (turn, limits) = (&self.turn, &self.limits);
            let rule = |tag, length| {
                let streams = matches!(turn, Turn::Running(running) if running.streams(tag));
                target::check(tag, length, streams, limits)?;
                Ok(if streams { Way::Stream } else { Way::Whole })
            };
            match self.target.next(bytes, &mut at, rule)? {
                None => return Ok(()),
                Some(Piece::Head {
                    head, body, lies, ..
                }) => {
                    let seen = Seen {
                        lies,
                        tag: 0,
                        whole: &head,
                    };
                    self.stream(&seen, body.saturating_add(5), true, out)?;
                }
                Some(Piece::Run(range)) => {
                    let whole = bytes.get(range.clone()).unwrap_or_default();
                    self.stream(
                        &Seen {
                            lies: Some(range),
                            tag: 0,
                            whole,
                        },
                        0,
                        false,
                        out,
                    )?;
                }
                Some(Piece::Whole { tag, range }) => {
                    let whole = bytes.get(range.clone()).unwrap_or_default();
                    self.answered(
                        &Seen {
                            lies: Some(range),
                            tag,
                            whole,
                        },
                        out,
                    )?;
                }
                Some(Piece::Kept { tag, frame }) => {
                    self.answered(
                        &Seen {
                            lies: None,
                            tag,
                            whole: &frame,
                        },
                        out,
                    )?;
                }
            }
        }
    }

    /// Bytes of a row or copied line that passes: counted at its header.
    fn stream(
        &mut self,
        seen: &Seen<'_>,
        size: usize,
        is_head: bool,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Turn::Running(running) = &mut self.turn else {
            return Err(Fault::Bug("a row passes and nothing runs".into()));
        };
        if let Some(unit) = &mut running.unit {
            unit.tell(out)?;
        }
        if running.swallows || (is_head && !running.lets_through(size, out)?) {
            return self.cut(out);
        }
        if is_head {
            running.count(true, size, 0);
        }
        let cause = running.cause();
        show(seen, cause, out)
    }

    fn answered(&mut self, seen: &Seen<'_>, out: &mut Outbox) -> Result<(), Fault> {
        if self.aside(seen, out)? {
            return Ok(());
        }
        let Turn::Running(running) = &mut self.turn else {
            return self.unasked(seen, out);
        };
        let after = running.answer(seen, &mut self.desk, out)?;
        self.cut(out)?;
        if after == After::Stay && seen.tag == b'G' {
            // A client that did not wait for the copy to begin has its data in the backlog.
            return self.resume(out);
        }
        self.went_on(after, out)
    }

    /// What comes after an answer.
    pub(crate) fn went_on(&mut self, after: After, out: &mut Outbox) -> Result<(), Fault> {
        match after {
            After::Stay => Ok(()),
            After::Over(status) => self.over(status, out),
            After::OverWithheld => {
                self.tell_ended(Some(b'T'), out);
                self.turn = Turn::Running(Running::abort(&mut self.desk, out)?);
                Ok(())
            }
        }
    }

    /// Asks the target to stop what went over a bound.
    fn cut(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        let Turn::Running(running) = &mut self.turn else {
            return Ok(());
        };
        if !std::mem::take(&mut running.cuts) {
            return Ok(());
        }
        self.stop(out)
    }

    /// What a target may say at any time: settings, notices, notifications.
    fn aside(&mut self, seen: &Seen<'_>, out: &mut Outbox) -> Result<bool, Fault> {
        let cause = match &self.turn {
            Turn::Running(running) => running.cause(),
            Turn::Judging(_) | Turn::Reading(_) => None,
        };
        match seen.tag {
            b'S' => {
                let (name, value) = target::setting(seen.body())?;
                self.keep.learn(&name, seen.whole);
                show(seen, cause, out)?;
                out.push(Output::Setting(name, value));
            }
            b'A' => {
                target::notification(seen.body())?;
                show(seen, cause, out)?;
            }
            b'N' => {
                let fields = Fields::decode(seen.body())?;
                if self.desk.scrubs {
                    out.tell(cause, |bytes| made::scrubbed(bytes, b'N', &fields, None))?;
                } else {
                    show(seen, cause, out)?;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Out of the blue a target may only say why it ends the session, or answer a Sync that a
    /// failed COPY left behind.
    fn unasked(&mut self, seen: &Seen<'_>, out: &mut Outbox) -> Result<(), Fault> {
        if seen.tag == b'Z' && std::mem::take(&mut self.desk.has_stray_ready) {
            let status = target::ready(seen.body())?;
            show(seen, None, out)?;
            self.desk.status = status;
            self.desk.tell_status(out);
            return Ok(());
        }
        if seen.tag == b'E' && Fields::decode(seen.body())?.is_fatal() {
            self.desk.has_told_fatal = true;
            return show(seen, None, out);
        }
        Err(Fault::Target(format!(
            "a message of type {:?} nobody asked for",
            seen.tag as char
        )))
    }
}
