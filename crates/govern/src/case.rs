//! One statement on the road: its status, and the writing of its events in the order the table of
//! [`model::Status`] allows.
//!
//! Why: no event of a statement is written but through here, so an order the table does not draw
//! cannot reach the ledger: it is a refusal, not a record.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use ledger::Receipt;
use model::event::SessionRef;
use model::{
    Event, Outcome, OutcomeKind, Refusal, RefusalKind, ReviewId, Session, StatementId, Status, Verb,
};

use crate::governor::unrecorded;
use crate::{Governor, OpenSession};

/// The policy's version, the rules that spoke, and the grants that counted.
pub(crate) type Judged<'a> = (&'a Arc<str>, &'a [String], &'a [ReviewId]);

pub(crate) struct Case<'g> {
    facts: Arc<Session>,
    pub(crate) governor: &'g Governor,
    pub(crate) session: Arc<OpenSession>,
    pub(crate) statement: StatementId,
    status: Option<Status>,
}

impl<'g> Case<'g> {
    pub(crate) fn new(
        governor: &'g Governor,
        session: Arc<OpenSession>,
        statement: StatementId,
    ) -> Self {
        Self {
            facts: session.facts(),
            governor,
            session,
            statement,
            status: None,
        }
    }

    pub(crate) fn facts(&self) -> &Arc<Session> {
        &self.facts
    }

    pub(crate) fn session_ref(&self) -> SessionRef {
        SessionRef::Whole(self.facts().clone())
    }

    /// Writes events of this statement, if the table allows them in this order. The kernel has
    /// them when it returns.
    pub(crate) fn write(&mut self, events: &[Event]) -> Result<Receipt, Refusal> {
        let status = self.followed_by(events)?;
        let receipt = self
            .governor
            .write(events)
            .map_err(|reason| unrecorded(&reason))?;
        self.status = status;
        Ok(receipt)
    }

    /// Likewise, with one write for all statements that come in one turn of their thread.
    pub(crate) async fn write_with_others(&mut self, events: &[Event]) -> Result<Receipt, Refusal> {
        let status = self.followed_by(events)?;
        let written = self.governor.fill(events);
        let receipt = written.map_err(|reason| unrecorded(&reason))?;
        self.status = status;
        self.handed_over(receipt).await?;
        Ok(receipt)
    }

    /// Lets everybody else who is ready on this thread fill the batch too; whoever comes back
    /// first hands it over.
    async fn handed_over(&self, receipt: Receipt) -> Result<(), Refusal> {
        let ledger = self.governor.ledger();
        let mut has_waited = false;
        let handed = poll_fn(|context| match ledger.is_handed_over(receipt) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) if has_waited => Poll::Ready(ledger.hand_over(receipt)),
            Ok(false) => {
                has_waited = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Err(reason) => Poll::Ready(Err(reason)),
        });
        handed.await.map_err(|reason| unrecorded(&reason))
    }

    /// The status these events lead to.
    fn followed_by(&self, events: &[Event]) -> Result<Option<Status>, Refusal> {
        let mut status = self.status;
        for event in events {
            let moves = model::status::Step::of(event).is_some();
            if moves {
                status = Status::after(status, event);
                if status.is_none() {
                    return Err(out_of_order(event));
                }
            }
        }
        Ok(status)
    }

    /// A decision on what was read, with what goes in place of what came.
    pub(crate) fn decision(
        &self,
        (policy_version, rules, grants): Judged<'_>,
        (verb, would): (Verb, Option<Verb>),
        sent: Option<String>,
    ) -> Event {
        Event::Decision {
            grants: grants.to_vec(),
            policy_version: policy_version.clone(),
            rules: rules.to_vec(),
            sent,
            session: self.facts().clone(),
            statement: self.statement,
            verb,
            would,
        }
    }

    /// The permit is given: from here on its settling writes the outcome.
    pub(crate) fn hand_over(mut self) {
        self.status = None;
    }
}

/// An Allow that never became a permit (a mask that cannot be made, a client that hung up while the
/// disk was awaited): nothing ran, and the record says so.
impl Drop for Case<'_> {
    fn drop(&mut self) {
        if self.status != Some(Status::Allowed) {
            return;
        }
        let event = Event::Outcome {
            outcome: Outcome::of(OutcomeKind::Cancelled),
            session: self.session_ref(),
            statement: self.statement,
        };
        if let Err(refusal) = self.write(&[event]) {
            tracing::error!(why = refusal.operator, "a statement's end is unrecorded");
        }
    }
}

fn out_of_order(event: &Event) -> Refusal {
    let mut refusal = Refusal::new(
        RefusalKind::Unrecorded,
        "this could not be recorded, so it was not done",
    );
    refusal.operator = Some(format!("bug: {} may not follow", event.kind()));
    refusal
}
