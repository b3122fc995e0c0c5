//! The client's side of an open session: its bytes become flights, or COPY's data.
//!
//! Bytes that cannot be read yet wait in the backlog, bounded. COPY's data passes as it lies;
//! outside copy mode it is dropped, as a server drops it.

use wire::{Cause, Fault, Housekeeping, Payload};

use crate::frame::{Piece, Way};
use crate::message::client::{self, Message};
use crate::message::made::{self, Said};
use crate::open::{Open, Skip, Turn};
use crate::outbox::Outbox;
use crate::running::Running;

impl Open {
    pub(crate) fn client_said(&mut self, bytes: &[u8], out: &mut Outbox) -> Result<(), Fault> {
        if self.backlog_at < self.backlog.len() {
            self.keep_for_later(bytes)?;
            return self.resume(out);
        }
        let read = self.read_client(bytes, true, out)?;
        self.keep_for_later(bytes.get(read..).unwrap_or_default())
    }

    fn keep_for_later(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if bytes.is_empty() || self.has_terminated {
            return Ok(());
        }
        if self.backlog_at > self.backlog.len() / 2 {
            self.backlog.drain(..self.backlog_at);
            self.backlog_at = 0;
        }
        let waiting = self.backlog.len().saturating_sub(self.backlog_at);
        if waiting.saturating_add(bytes.len()) > self.limits.pending_bytes {
            return Err(Fault::Limit(
                "too much was sent behind a waiting statement".into(),
            ));
        }
        self.backlog.extend_from_slice(bytes);
        Ok(())
    }

    /// Reads on in the backlog, if the turn allows.
    pub(crate) fn resume(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        if self.backlog_at >= self.backlog.len() || !self.reads() {
            return Ok(());
        }
        let backlog = std::mem::take(&mut self.backlog);
        let from = self.backlog_at;
        let read = self.read_client(backlog.get(from..).unwrap_or_default(), false, out)?;
        self.backlog = backlog;
        self.backlog_at = from.saturating_add(read);
        if self.backlog_at >= self.backlog.len() {
            self.backlog.clear();
            self.backlog.shrink_to(4_096);
            self.backlog_at = 0;
        }
        Ok(())
    }

    /// Whether client bytes can be read now.
    fn reads(&self) -> bool {
        let in_turn = match &self.turn {
            Turn::Judging(_) => false,
            Turn::Reading(_) => self.desk.cancels == 0,
            Turn::Running(running) => running.copies_in,
        };
        !self.has_terminated && (in_turn || self.client.passing() > 0)
    }

    /// Reads as far as the turn allows: how many bytes were used. `is_direct` is whether `bytes`
    /// is the input just fed, so that ranges of it may pass.
    fn read_client(
        &mut self,
        bytes: &[u8],
        is_direct: bool,
        out: &mut Outbox,
    ) -> Result<usize, Fault> {
        let mut at = 0;
        while self.reads() && at < bytes.len() {
            if self.ends_at_copy(bytes.get(at).copied()) {
                if let Turn::Reading(flight) = &mut self.turn {
                    flight.flush();
                }
                self.judge(out)?;
                continue;
            }
            let limits = &self.limits;
            let rule = |tag, length| {
                client::check(tag, length, limits)?;
                Ok(if tag == b'd' { Way::Stream } else { Way::Whole })
            };
            match self.client.next(bytes, &mut at, rule)? {
                None => break,
                Some(Piece::Head { head, lies, .. }) => {
                    self.copy_to = match &self.turn {
                        Turn::Running(running) if running.copies_in => running.cause(),
                        _ => None,
                    };
                    match lies.filter(|_| is_direct) {
                        Some(range) => self.copy(Payload::Pass(range), out),
                        None => self.copy(Payload::Made(head.to_vec()), out),
                    }
                }
                Some(Piece::Run(range)) if is_direct => self.copy(Payload::Pass(range), out),
                Some(Piece::Run(range)) => {
                    let bytes = bytes.get(range).unwrap_or_default();
                    self.copy(Payload::Made(bytes.to_vec()), out);
                }
                Some(Piece::Whole { tag, range }) => {
                    let frame = bytes.get(range).unwrap_or_default();
                    self.message(tag, frame, out)?;
                }
                Some(Piece::Kept { tag, frame }) => self.message(tag, &frame, out)?,
            }
        }
        Ok(at)
    }

    /// Whether the next message is COPY's and the flight so far may be what starts the COPY.
    fn ends_at_copy(&self, tag: Option<u8>) -> bool {
        match &self.turn {
            Turn::Reading(flight) => {
                self.client.is_between()
                    && matches!(tag, Some(b'c' | b'd' | b'f'))
                    && flight.has_execute()
            }
            Turn::Judging(_) | Turn::Running(_) => false,
        }
    }

    /// Bytes of a `CopyData` frame.
    fn copy(&mut self, payload: Payload, out: &mut Outbox) {
        if let Some(id) = self.copy_to {
            match payload {
                Payload::Pass(range) => out.forward(Cause::Statement(id), range),
                Payload::Made(bytes) => out.send(Cause::Statement(id), bytes),
            }
        }
        if self.client.passing() == 0 && matches!(self.turn, Turn::Reading(_)) {
            // The COPY failed in the middle of this frame: only now is it over.
            self.tell_ended(None, out);
        }
    }

    fn message(&mut self, tag: u8, frame: &[u8], out: &mut Outbox) -> Result<(), Fault> {
        let message = client::decode(tag, frame.get(5..).unwrap_or_default())?;
        if matches!(message, Message::Terminate) {
            self.has_terminated = true;
            self.terminate(out);
            return Ok(());
        }
        match &mut self.turn {
            Turn::Running(running) => match message {
                Message::CopyDone | Message::CopyFail => {
                    running.end_copy(&message, frame, out);
                    Ok(())
                }
                Message::Flush | Message::Sync => Ok(()),
                _ => Err(Fault::Client(
                    "only COPY's messages may come during a COPY".into(),
                )),
            },
            Turn::Reading(_) if self.desk.skip != Skip::No => self.skipped(&message, out),
            Turn::Reading(flight) => {
                let ends = match message {
                    Message::CopyDone | Message::CopyFail => return Ok(()),
                    Message::Flush
                    | Message::Function { .. }
                    | Message::Query(_)
                    | Message::Sync => true,
                    _ => false,
                };
                match flight.add(message, frame, &self.desk.names, &self.limits)? {
                    Err((code, text)) => {
                        *flight = crate::flight::Flight::default();
                        self.desk.skip = Skip::Refused;
                        let said = Said::error(code, &text);
                        out.tell(None, |bytes| said.write(bytes))
                    }
                    Ok(()) if ends => self.judge(out),
                    Ok(()) => Ok(()),
                }
            }
            Turn::Judging(_) => Err(Fault::Bug("a message was read while judging".into())),
        }
    }

    /// After an error everything is skipped until Sync.
    fn skipped(&mut self, message: &Message<'_>, out: &mut Outbox) -> Result<(), Fault> {
        match (message, self.desk.skip) {
            (Message::Sync, Skip::Target) => {
                self.turn = Turn::Running(Running::sync(out));
                Ok(())
            }
            (Message::Sync, _) => {
                self.desk.skip = Skip::No;
                self.end_refused(out)
            }
            _ => Ok(()),
        }
    }
}

impl Running {
    /// The client ends its COPY. In the extended protocol the target answers only at the next
    /// Flush or Sync, which the client may send later: so a Flush of ours goes along.
    fn end_copy(&mut self, message: &Message<'_>, frame: &[u8], out: &mut Outbox) {
        self.copies_in = false;
        let Some(id) = self.cause() else { return };
        out.send(Cause::Statement(id), frame.to_vec());
        let is_simple = self.steps.front().is_some_and(|step| step.kind.is_simple());
        if matches!(message, Message::CopyDone) && !is_simple {
            let flush = made::FLUSH.to_vec();
            out.send(Cause::Housekeeping(Housekeeping::Sync), flush);
        }
    }
}
