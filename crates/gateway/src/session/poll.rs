//! What a session waits for: one look at everything that could go on, in a fixed order.
//!
//! Writes come before reads, so that one turn of a steady session is one read, one admission that
//! is ready at once, one write, and back.

use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use wire::Side;

use super::road::Step;
use super::{Event, Session, jobs};

/// How long a client may take to read our last words.
const GOODBYE: Duration = Duration::from_secs(1);

impl Session {
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        let mail = self.place.mailbox().collect(cx.waker());
        if !mail.is_empty() {
            return Poll::Ready(Event::Mail(mail));
        }
        if let Some(event) = self.poll_writes(cx) {
            return Poll::Ready(event);
        }
        if self.is_ending {
            return self.poll_over(cx);
        }
        self.begin_tls();
        if let Some(job) = &mut self.job
            && let Poll::Ready(done) = job.as_mut().poll(cx)
        {
            self.job = None;
            return Poll::Ready(Event::Done(done));
        }
        if let Some(road) = &mut self.road
            && let Poll::Ready(step) = road.poll(cx)
        {
            return Poll::Ready(match step {
                Step::Admitted(id, plan, notice) => Event::Admitted(id, plan, notice),
                Step::Answered(id, reply) => Event::Answered(id, reply),
                Step::Held(told) => Event::Held(told),
                Step::Refused(id, refusal) => Event::Refused(id, refusal),
            });
        }
        for side in [Side::Target, Side::Client] {
            if let Poll::Ready(event) = self.poll_read(side, cx) {
                return Poll::Ready(event);
            }
        }
        self.timer.poll_due(cx).map(|()| Event::Timer)
    }

    /// Over once everything has left, or has had its time.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        let is_empty = self.client.is_idle() && self.target.is_idle();
        if is_empty || self.timer.poll_due(cx).is_ready() {
            return Poll::Ready(Event::Over);
        }
        Poll::Pending
    }

    fn poll_writes(&mut self, cx: &mut Context<'_>) -> Option<Event> {
        if !self.target.is_idle() {
            match self.target.poll_write(self.road.as_ref(), cx) {
                Poll::Ready(Err(fault)) if fault.kind() == std::io::ErrorKind::PermissionDenied => {
                    return Some(Event::Bug("bytes for the target that no permit clears"));
                }
                Poll::Ready(Err(_)) => {
                    self.target.deaf();
                    self.settle_late();
                }
                Poll::Ready(Ok(())) => self.settle_late(),
                Poll::Pending => {}
            }
        }
        if !self.client.is_idle() {
            let released = match self.released(cx) {
                Ok(released) => released,
                Err(unrecorded) => return Some(Event::Unrecorded(unrecorded)),
            };
            if let Poll::Ready(Err(_)) = self.client.poll_write(released, cx) {
                return Some(Event::Closed(Side::Client));
            }
        }
        None
    }

    pub(super) fn settle_late(&mut self) {
        for ended in std::mem::take(&mut self.settling) {
            self.ended(ended);
        }
    }

    /// How many pieces may go to the client now: up to the first whose record is not durable.
    fn released(&mut self, cx: &mut Context<'_>) -> Result<usize, ledger::Unrecorded> {
        let (hub, slot) = (&self.reactor.hub, self.place.slot);
        let mut released = 0;
        let mut known = None;
        for tag in self.client.tags() {
            if *tag > known {
                let Some(receipt) = *tag else { break };
                match hub.poll_durable(receipt, slot, cx) {
                    Poll::Ready(Ok(())) => known = Some(receipt),
                    Poll::Ready(Err(unrecorded)) => return Err(unrecorded),
                    Poll::Pending => break,
                }
            }
            released += 1;
        }
        Ok(released)
    }

    /// Begins a TLS handshake once everything before it has left.
    fn begin_tls(&mut self) {
        let stream = match self.tls_due {
            Some(Side::Client) if self.client.is_idle() => self.client.stream.take(),
            Some(Side::Target) if self.target.is_idle() => self.target.stream.take(),
            _ => return,
        };
        if let (Some(stream), Some(side)) = (stream, self.tls_due.take()) {
            let (rim, way) = (self.reactor.rim.clone(), self.way.clone());
            self.job = Some(Box::pin(jobs::start_tls(rim, way, side, stream)));
        }
    }

    /// Whether that side may be read: not while its bytes could not be passed on.
    fn may_read(&self, side: Side) -> bool {
        if self.job.is_some() || self.tls_due.is_some() || !self.client.is_idle() {
            return false;
        }
        match side {
            Side::Client => !self.client.is_ended && self.target.is_idle() && !self.wire.is_full(),
            Side::Target => !self.target.is_ended,
        }
    }

    fn poll_read(&mut self, side: Side, cx: &mut Context<'_>) -> Poll<Event> {
        if !self.may_read(side) {
            return Poll::Pending;
        }
        let (stream, appetite, is_ended) = match side {
            Side::Client => (
                &mut self.client.stream,
                &mut self.client.appetite,
                &mut self.client.is_ended,
            ),
            Side::Target => (
                &mut self.target.stream,
                &mut self.target.appetite,
                &mut self.target.is_ended,
            ),
        };
        let Some(stream) = stream else {
            return Poll::Pending;
        };
        let is_broken = ready!(stream.poll_read_ready(cx)).is_err();
        let mut lease = self.reactor.pool.lend(*appetite);
        let read = if is_broken {
            Ok(0)
        } else {
            ready!(stream.poll_fill(cx, lease.bytes_mut()))
        };
        match read {
            Ok(0) | Err(_) => {
                *is_ended = true;
                Poll::Ready(Event::Closed(side))
            }
            Ok(n) => {
                appetite.after(n);
                Poll::Ready(Event::Fed(side, Rc::new(lease), n))
            }
        }
    }

    /// Closes the client's side so that it can still read our last words: a socket closed with
    /// unread bytes is reset, and a reset takes them away.
    pub(super) async fn goodbye(&mut self) {
        let Some(mut stream) = self.client.stream.take() else {
            return;
        };
        let mut lease = self.reactor.pool.lend(self.client.appetite);
        let quiet = async {
            let _ = std::future::poll_fn(|cx| stream.poll_shutdown(cx)).await;
            loop {
                let filled = std::future::poll_fn(|cx| stream.poll_fill(cx, lease.bytes_mut()));
                if matches!(filled.await, Ok(0) | Err(_)) {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(GOODBYE, quiet).await;
    }
}
