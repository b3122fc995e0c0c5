//! Taking a statement back, waiting for people, and staying alive meanwhile.
//!
//! A cancel reaches a statement where it is: still being judged or held, it is withdrawn and the
//! target never hears of it; running, the target is asked to stop it, and its answer counts.

use std::time::Duration;

use model::{Refusal, RefusalKind, StatementId};
use wire::{Fault, HoldNotice, Output};

use crate::message::made::{self, Said};
use crate::open::{Open, Turn};
use crate::outbox::Outbox;

/// What is said to a client that waits: a setting it knows already.
#[derive(Debug, Default)]
pub(crate) struct KeepAlive {
    frame: Vec<u8>,
    waited: Duration,
}

impl KeepAlive {
    /// Remembers a setting as the target told it last.
    pub(crate) fn learn(&mut self, name: &str, frame: &[u8]) {
        let fits = frame.len() <= 1_024;
        if fits && (name == "application_name" || (name == "TimeZone" && self.is_free())) {
            self.frame = frame.to_vec();
        }
    }

    /// `application_name` is what every server reports; `TimeZone` stands in until it does.
    fn is_free(&self) -> bool {
        !self
            .frame
            .windows(17)
            .any(|window| window == b"application_name\0")
    }

    pub(crate) fn start(&mut self, every_s: u32, out: &mut Outbox) {
        self.waited = Duration::ZERO;
        out.push(Output::Wake(Duration::from_secs(every_s.into())));
    }

    pub(crate) fn tick(
        &mut self,
        passed: Duration,
        every_s: u32,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let every = Duration::from_secs(every_s.into());
        self.waited = self.waited.saturating_add(passed);
        if self.waited < every {
            out.push(Output::Wake(every.saturating_sub(self.waited)));
            return Ok(());
        }
        self.start(every_s, out);
        out.tell(None, |bytes| {
            bytes.extend_from_slice(&self.frame);
            Ok(())
        })
    }
}

impl Open {
    pub(crate) fn hold(
        &mut self,
        id: StatementId,
        notice: &HoldNotice,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Some(judging) = self.judged(id)? else {
            return Ok(());
        };
        judging.is_held = true;
        out.tell(None, |bytes| Said::held(notice).write(bytes))?;
        self.keep.start(self.limits.keep_alive_s, out);
        Ok(())
    }

    pub(crate) fn cancel(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        match &self.turn {
            Turn::Reading(_) => Ok(()),
            Turn::Judging(judging) => {
                out.push(Output::Withdraw(judging.current.0));
                let text = "canceling statement due to user request";
                self.refuse(&Refusal::new(RefusalKind::Withdrawn, text), out)
            }
            Turn::Running(_) => self.stop_target(out),
        }
    }

    /// Has the target stop what it runs for us, if it runs anything.
    pub(crate) fn stop_target(&self, out: &mut Outbox) -> Result<(), Fault> {
        if let Turn::Running(running) = &self.turn
            && let Some((pid, key)) = &self.key
            && !running.permits.is_empty()
        {
            out.push(Output::CancelTarget(made::cancel(*pid, key)?));
        }
        Ok(())
    }
}
