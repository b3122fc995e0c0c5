//! Where a statement stands, as a fold over its events: one table, read by the governor before it
//! writes, by the ledger's verifier after the fact, and by the simulator in between.
//!
//! ```text
//!            Intent            Decision(allow)           Outcome
//!   (none) ─────────▶ Intended ───────────────▶ Allowed ─────────▶ Settled
//!                        │ │                       ▲
//!                        │ └─Decision(hold)─▶ Held │ Decision(allow)
//!                        │                    │ │  │
//!                        │ Decision(deny)     │ └──┴─ReviewEnded(approved)─▶ Released
//!                        ▼                    ▼ ReviewEnded(other)             │
//!                     Refused ◀───────────────┴────────── Decision(deny) ◀─────┘
//! ```
//! A statement whose review was approved earlier (a grant used on a re-run) goes
//! Intended → `ReviewEnded(Used)` → Released → Decision.

use crate::{Event, ReviewState, Verb};

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It may go to the target.
    Allowed,
    /// It waits for a person.
    Held,
    /// It has been read and recorded, nothing more.
    Intended,
    /// It will never go.
    Refused,
    /// A person said yes; the rules of now have yet to speak.
    Released,
    /// It ended.
    Settled,
}

impl Status {
    /// The status after `event`, or `None` where that event may not follow.
    ///
    /// `None` as `self` is a statement nobody has heard of.
    #[must_use]
    pub fn after(this: Option<Self>, event: &Event) -> Option<Self> {
        Step::of(event).and_then(|step| Self::step(this, step))
    }

    /// The table itself, on the parts of an event that matter to it; the verifier reads them from
    /// a recorded entry.
    #[must_use]
    pub fn step(this: Option<Self>, step: Step) -> Option<Self> {
        use Status::{Allowed, Held, Intended, Refused, Released, Settled};
        match (this, step) {
            (None, Step::Intent) => Some(Intended),
            (Some(Intended | Released), Step::Decision(Verb::Allow)) => Some(Allowed),
            (Some(Intended | Released), Step::Decision(Verb::Deny))
            | (
                Some(Held),
                Step::Ended(ReviewState::Denied | ReviewState::Expired | ReviewState::Withdrawn),
            ) => Some(Refused),
            (Some(Intended), Step::Decision(Verb::Hold)) => Some(Held),
            (Some(Held), Step::Ended(ReviewState::Approved | ReviewState::Used))
            | (Some(Intended), Step::Ended(ReviewState::Used)) => Some(Released),
            (Some(Allowed), Step::Outcome) => Some(Settled),
            _ => None,
        }
    }
}

/// The part of an event that moves a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A decision.
    Decision(Verb),
    /// A review ended.
    Ended(ReviewState),
    /// An intent.
    Intent,
    /// An outcome.
    Outcome,
}

impl Step {
    /// The step an event is, if it moves a statement at all.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Decision { verb, .. } => Some(Self::Decision(*verb)),
            Event::Intent { .. } => Some(Self::Intent),
            Event::Outcome { .. } => Some(Self::Outcome),
            Event::ReviewEnded { state, .. } => Some(Self::Ended(*state)),
            Event::Admin { .. }
            | Event::AuthFailed { .. }
            | Event::Gateway { .. }
            | Event::Grant { .. }
            | Event::RehearsalBegun { .. }
            | Event::RehearsalEnded { .. }
            | Event::ReviewAnswered { .. }
            | Event::ReviewRequested { .. }
            | Event::SessionClosed { .. }
            | Event::SessionOpened { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_drawn_arrows_exist() {
        use Status::{Allowed, Held, Intended, Refused, Released, Settled};
        let states = [
            None,
            Some(Intended),
            Some(Allowed),
            Some(Held),
            Some(Refused),
            Some(Released),
            Some(Settled),
        ];
        let ended = [
            ReviewState::Approved,
            ReviewState::Denied,
            ReviewState::Expired,
            ReviewState::Open,
            ReviewState::Used,
            ReviewState::Withdrawn,
        ];
        let steps = [Step::Intent, Step::Outcome]
            .into_iter()
            .chain([Verb::Allow, Verb::Deny, Verb::Hold].map(Step::Decision))
            .chain(ended.map(Step::Ended));
        let arrows = steps
            .flat_map(|step| states.map(|state| Status::step(state, step)))
            .flatten()
            .count();
        assert_eq!(arrows, 13);
        // Nothing leaves a final state, and nothing reaches the target without a decision.
        for state in [Refused, Settled] {
            assert_eq!(Status::step(Some(state), Step::Decision(Verb::Allow)), None);
        }
        assert_eq!(Status::step(Some(Held), Step::Decision(Verb::Allow)), None);
        assert_eq!(Status::step(Some(Intended), Step::Outcome), None);
    }
}
