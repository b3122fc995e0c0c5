//! One timer per session, for every deadline it has.
//!
//! Why lazily: arming a timer costs a lock and a place in a wheel. Deadlines only move in a field;
//! the timer is armed when it must fire earlier than it would, and when it fires too early it is
//! armed again. An idle session without deadlines has none.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The deadlines of a session.
#[derive(Default)]
pub(super) struct Timer {
    armed: Option<(Instant, Pin<Box<Sleep>>)>,
    /// The client was idle inside a transaction for too long.
    pub(super) idle: Option<Instant>,
    /// The session is over, written or not.
    pub(super) linger: Option<Instant>,
    /// A client must have signed in.
    pub(super) sign_in: Option<Instant>,
    /// A permitted statement must be cancelled.
    pub(super) statement: Option<Instant>,
    /// When the wire was told the time last.
    ticked: Option<Instant>,
    /// The wire wants to be told the time.
    pub(super) wake: Option<Instant>,
}

impl Timer {
    /// The wire wants a tick no later than that.
    pub(super) fn wake_in(&mut self, after: Duration) {
        let now = Instant::now();
        self.ticked.get_or_insert(now);
        let at = now + after;
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    /// If the wire's tick is due: how long it was since the last.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Duration> {
        self.wake.take_if(|wake| *wake <= now)?;
        let last = self.ticked.replace(now);
        Some(last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last)))
    }

    fn due(&self) -> Option<Instant> {
        let all = [
            self.idle,
            self.linger,
            self.sign_in,
            self.statement,
            self.wake,
        ];
        all.into_iter().flatten().min()
    }

    /// Ready once a deadline has passed.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due() else {
            self.armed = None;
            return Poll::Pending;
        };
        loop {
            match &mut self.armed {
                Some((at, sleep)) if *at <= due => {
                    if sleep.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.armed = None;
                    if Instant::now() >= due {
                        return Poll::Ready(());
                    }
                }
                Some((at, sleep)) => {
                    sleep.as_mut().reset(due);
                    *at = due;
                }
                None => self.armed = Some((due, Box::pin(sleep_until(due)))),
            }
        }
    }
}
