//! Break-glass: what would have been held passes at once, loudly, and is reviewed afterwards.
//!
//! Why: an emergency does not wait for a colleague to wake up, and a gate without a way through
//! gets one cut around it. The permit that says so (`@review_after`) lifts what people may lift and
//! nothing else. The review, the entry and the notice come *before* the target hears of it: what
//! cannot be asked about afterwards does not run.

use std::collections::BTreeSet;

use model::review::AFTERWARDS;
use model::{Event, Hold, HoldNotice, Refusal, Review, ReviewId, ReviewState, Statement, Verb};

use crate::binding::binding;
use crate::case::Case;
use crate::hold::{Held, unavailable};
use crate::make::sent;
use crate::read::Reading;
use crate::{Governor, Permit};

impl Governor {
    /// From an Allow that is reviewed afterwards to a permit.
    pub(crate) async fn break_glass(
        &self,
        mut case: Case<'_>,
        reading: Reading,
        statement: Statement,
        (intent, asked): (Event, Vec<Hold>),
    ) -> Result<Permit, Refusal> {
        let binding = format!("{AFTERWARDS}{}", binding(&case, &reading, &statement));
        let held = Held {
            allowed: Vec::new(),
            holds: asked,
            message: String::new(),
        };
        let mut review = self.review(&case, &reading, &statement, (&held, &intent, binding));
        review.expires = self
            .clock
            .now()
            .plus_s(i64::from(self.limits.review_after_s));
        // Nobody waits here: it lies there until somebody answers.
        let waiting = self.reviews.open(&review, 0);
        drop(waiting.map_err(|fault| unavailable(&fault))?);
        let rules = &reading.known.judgement.rules;
        let made = self.make(&case, &reading, &statement, None);
        let events = [
            intent,
            case.decision(reading.judged(), (Verb::Allow, None), sent(&made)),
            Event::ReviewRequested {
                binding: review.binding.clone(),
                holds: held.holds,
                review: review.id,
                session: case.facts().clone(),
                statement: statement.id,
            },
            used(&case, &review, rules),
        ];
        let mut asked = Asked {
            governor: self,
            review: Some(review.id),
        };
        let receipt = self.made_durable(case.write(&events)?).await?;
        tracing::warn!(
            session = %case.facts().id,
            principal = %case.facts().identity.name(),
            review = %review.id,
            "break-glass"
        );
        let mut permit = self.permit(case, reading, statement, receipt, made).await?;
        permit.breaks_glass = true;
        permit.notice = Some(notice(&review));
        asked.review = None;
        Ok(permit)
    }
}

/// A review of something that is about to run. Dropped before there is a permit (it cannot be
/// recorded or masked, the client hung up), it withdraws: there is nothing to ask about.
struct Asked<'g> {
    governor: &'g Governor,
    review: Option<ReviewId>,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Some(review) = self.review else { return };
        let (open, gone) = (ReviewState::Open, ReviewState::Withdrawn);
        if let Err(fault) = self.governor.reviews.shift(review, open, gone) {
            tracing::error!(%review, %fault, "a review could not be withdrawn");
        }
    }
}

/// The entry people look for.
fn used(case: &Case<'_>, review: &Review, rules: &[String]) -> Event {
    let facts = case.facts();
    Event::Admin {
        act: "break_glass.used",
        by: facts.identity.name().to_string(),
        facts: vec![
            ("intent", facts.intent.clone().unwrap_or_default()),
            ("review", review.id.to_string()),
            ("rules", rules.join(" ")),
            ("session", facts.id.to_string()),
            ("statement", case.statement.0.to_string()),
            ("target", facts.target.name.to_string()),
        ],
    }
}

fn notice(review: &Review) -> HoldNotice {
    let code = review.id.code();
    let groups: BTreeSet<_> = review
        .holds
        .iter()
        .map(|hold| hold.group.as_str())
        .collect();
    let groups: Vec<_> = groups.into_iter().collect();
    let rules: Vec<_> = review.holds.iter().map(|hold| hold.rule.as_str()).collect();
    HoldNotice {
        detail: format!("rules: {}; review: {}", rules.join(", "), review.id),
        hint: format!(
            "{} will look at it: have your reason ready",
            groups.join(" and ")
        ),
        message: format!("break-glass: this runs now and is reviewed afterwards, as {code}"),
    }
}
