//! A hold: the statement waits for a person, bound to exactly what was asked.
//!
//! ```text
//! claim an approval given earlier ──▶ Used ───────────────────────────────▶ judge again
//!   │ none
//!   ▼
//! Held ── approved ──▶ Used (atomic: two releases, one winner) ───────────▶ judge again
//!   ├──── denied ────▶ refused
//!   ├──── wait over ─▶ refused; the review stays open: once approved, the same statement passes
//!   └──── dropped ───▶ withdrawn
//! ```

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::Poll;

use model::{
    Action, Effects, Event, Hold, HoldNotice, Refusal, RefusalKind, Rehearsal, Review, ReviewId,
    ReviewState, Statement, StoreFault, Verb,
};
use policy::Verdict;

use crate::advise::snake;
use crate::binding::binding;
use crate::case::Case;
use crate::read::Reading;
use crate::said;
use crate::{Governor, Permit, Rehearsed, Waiting};

/// What a `@hold` verdict asks for.
pub(crate) struct Held {
    /// What would pass without a review, or with an easier one.
    pub(crate) allowed: Vec<String>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) message: String,
}

impl Governor {
    /// From a Hold verdict to a permit or a refusal.
    pub(crate) async fn hold(
        &self,
        mut case: Case<'_>,
        reading: Reading,
        statement: Statement,
        (intent, held): (Event, Held),
    ) -> Result<Permit, Refusal> {
        let binding = binding(&case, &reading, &statement);
        let facts = case.facts().clone();
        let (name, target) = (facts.identity.name(), &facts.target.name);
        let claimed = self.reviews.claim(name, target, &binding, self.clock.now());
        if let Some(review) = claimed.map_err(|fault| unavailable(&fault))? {
            let ended = ended(&case, review.id, ReviewState::Used);
            case.write(&[intent, ended])?;
            return self.release(case, statement, &review.holds).await;
        }
        let review = self.review(&case, &reading, &statement, (&held, &intent, binding));
        let requested = Event::ReviewRequested {
            binding: review.binding.clone(),
            holds: held.holds.clone(),
            review: review.id,
            session: facts.clone(),
            statement: statement.id,
        };
        let decision = case.decision(reading.judged(), (Verb::Hold, None), None);
        case.write(&[intent, decision, requested])?;
        let obligations = match &reading.known.judgement.verdict {
            Verdict::Allow(obligations) | Verdict::Hold { obligations, .. } => Some(obligations),
            Verdict::Deny { .. } => None,
        };
        let made = self.make(&case, &reading, &statement, obligations.cloned());
        let made = made.ok();
        let doing = made.and_then(|made| self.rehearse(&mut case, (&reading, &statement), &made));
        self.wait((case, doing), review, statement, &held).await
    }

    async fn wait(
        &self,
        (case, doing): (Case<'_>, Option<Rehearsed>),
        review: Review,
        statement: Statement,
        held: &Held,
    ) -> Result<Permit, Refusal> {
        let wait_s = self.wait_s(&case, &review.holds);
        let waiting = self
            .reviews
            .open(&review, wait_s)
            .map_err(|fault| unavailable(&fault))?;
        let mut told = notice(&review, &held.message, wait_s);
        if case.session.voice.lock().is_json {
            told = said::notice(told, &review, wait_s, &held.allowed);
        }
        case.session.tell(statement.id, told);
        let mut asked = Asked {
            case: Some(case),
            review: review.id,
        };
        let answered = match doing {
            None => waiting.await,
            Some(doing) => self.beside(&mut asked, waiting, doing).await,
        };
        let Some(mut case) = asked.case.take() else {
            return Err(refused(
                RefusalKind::Withdrawn,
                "this statement was withdrawn",
                &review,
            ));
        };
        let approved = ReviewState::Approved;
        if answered.state == approved {
            let shifted = self.reviews.shift(review.id, approved, ReviewState::Used);
            if shifted.map_err(|fault| unavailable(&fault))? {
                let ended = ended(&case, review.id, ReviewState::Used);
                case.write(&[ended])?;
                return self.release(case, statement, &review.holds).await;
            }
        }
        let (state, mut refusal) = unreleased(&answered);
        refusal.allowed.clone_from(&held.allowed);
        let ended = ended(&case, review.id, state);
        case.write(&[ended])?;
        Err(refusal)
    }

    /// Waits for the answer; what the rehearsal showed, if it comes first, is put before people.
    async fn beside(
        &self,
        asked: &mut Asked<'_>,
        mut waiting: Waiting,
        mut doing: Rehearsed,
    ) -> Review {
        let first = poll_fn(|context| match waiting.as_mut().poll(context) {
            Poll::Ready(answered) => Poll::Ready(Err(answered)),
            Poll::Pending => doing.as_mut().poll(context).map(Ok),
        });
        let (rehearsal, answered) = match first.await {
            Ok(rehearsal) => (rehearsal, None),
            Err(answered) => (Rehearsal::unrun("it was answered first"), Some(answered)),
        };
        if let Some(case) = &mut asked.case {
            let rehearsal = self.masked(&case.session.catalog(), rehearsal);
            let kept = self.reviews.rehearsed(asked.review, &rehearsal);
            let ended = Event::RehearsalEnded {
                rehearsal: Box::new(rehearsal),
                session: case.facts().clone(),
                statement: case.statement,
            };
            let written = case.write(&[ended]);
            if let (Err(_), _) | (_, Err(_)) = (kept, written) {
                tracing::error!(review = %asked.review, "a rehearsal could not be kept");
            }
        }
        match answered {
            Some(answered) => answered,
            None => waiting.await,
        }
    }

    /// How long the client waits: the shortest any rule says, and short where its transaction may
    /// hold locks.
    fn wait_s(&self, case: &Case<'_>, holds: &[Hold]) -> u32 {
        let asked = holds
            .iter()
            .filter_map(|hold| hold.wait_s)
            .min()
            .unwrap_or(self.limits.hold_s);
        if case.session.memory.lock().is_in_transaction() {
            asked.min(self.limits.hold_in_transaction_s)
        } else {
            asked
        }
    }

    pub(crate) fn review(
        &self,
        case: &Case<'_>,
        reading: &Reading,
        statement: &Statement,
        (held, intent, binding): (&Held, &Event, String),
    ) -> Review {
        let (facts, now) = (case.facts(), self.clock.now());
        let (text, parameters) = match intent {
            Event::Intent { text, .. } => (text.text.to_string(), text.parameters.clone()),
            _ => (String::new(), Vec::new()),
        };
        let shown = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
        Review {
            acts_for: facts
                .identity
                .acts_for
                .as_ref()
                .map(|subject| subject.name.clone()),
            ahead: None,
            binding,
            created: now,
            effects: reading.known.parts.iter().flat_map(in_words).collect(),
            expires: now.plus_s(i64::from(self.limits.grant_s)),
            holds: held.holds.clone(),
            id: self.review_id(),
            kind: facts.identity.subject.kind,
            parameters: parameters.into_iter().map(shown).collect(),
            policy_version: reading.policy_version.to_string(),
            principal: facts.identity.name().clone(),
            rehearsal: None,
            session: facts.id,
            state: ReviewState::Open,
            statement: statement.id,
            target: facts.target.name.clone(),
            text,
            votes: Vec::new(),
        }
    }
}

/// A statement that waits. Dropped while it waits (the client hung up, or cancelled), it withdraws.
struct Asked<'g> {
    case: Option<Case<'g>>,
    review: ReviewId,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Some(mut case) = self.case.take() else {
            return;
        };
        let to = ReviewState::Withdrawn;
        let moved = case
            .governor
            .reviews
            .shift(self.review, ReviewState::Open, to);
        if let Err(fault) = moved {
            tracing::error!(review = %self.review, %fault, "a review could not be withdrawn");
        }
        let ended = ended(&case, self.review, to);
        if let Err(refusal) = case.write(&[ended]) {
            tracing::error!(review = %self.review, why = refusal.operator, "unrecorded");
        }
    }
}

fn ended(case: &Case<'_>, review: ReviewId, state: ReviewState) -> Event {
    Event::ReviewEnded {
        review,
        session: case.session_ref(),
        state,
        statement: case.statement,
    }
}

/// What a statement's end is called, and what its client reads, when no approval came through.
fn unreleased(review: &Review) -> (ReviewState, Refusal) {
    let (expired, rejected) = (RefusalKind::Expired, RefusalKind::Rejected);
    match review.state {
        ReviewState::Denied => {
            let said = review
                .votes
                .iter()
                .rev()
                .find_map(|vote| match &vote.answer {
                    model::Answer::Deny { reason } => Some((&vote.reviewer, reason)),
                    model::Answer::Approve => None,
                });
            let message = said.map_or_else(
                || "a reviewer said no".to_owned(),
                |(reviewer, reason)| format!("{reviewer} said no: {reason}"),
            );
            (ReviewState::Denied, refused(rejected, &message, review))
        }
        ReviewState::Open => {
            let message = "nobody has answered yet";
            let hint =
                "the review stays open: once approved, the same statement passes when run again";
            (
                ReviewState::Expired,
                refused(expired, message, review).hint(hint),
            )
        }
        ReviewState::Withdrawn => {
            let message = "the review was withdrawn";
            (
                ReviewState::Withdrawn,
                refused(RefusalKind::Withdrawn, message, review),
            )
        }
        ReviewState::Approved | ReviewState::Expired | ReviewState::Used => {
            let message = "the approval has expired or was used already";
            (
                ReviewState::Expired,
                refused(expired, message, review).hint("run it again to ask anew"),
            )
        }
    }
}

fn refused(kind: RefusalKind, message: &str, review: &Review) -> Refusal {
    let mut refusal = Refusal::new(kind, message);
    refusal.rules = review.holds.iter().map(|hold| hold.rule.clone()).collect();
    refusal.review = Some(review.id);
    refusal
}

fn notice(review: &Review, message: &str, wait_s: u32) -> HoldNotice {
    let code = review.id.code();
    let groups: BTreeSet<_> = review
        .holds
        .iter()
        .map(|hold| hold.group.as_str())
        .collect();
    let groups: Vec<_> = groups.into_iter().collect();
    let rules: Vec<_> = review.holds.iter().map(|hold| hold.rule.as_str()).collect();
    HoldNotice {
        detail: format!(
            "rules: {}; review: {}; waits {wait_s} s",
            rules.join(", "),
            review.id
        ),
        hint: format!(
            "one of {} answers with: portcullis reviews approve {code}",
            groups.join(" and one of ")
        ),
        message: format!("held for review {code}: {message}"),
    }
}

pub(crate) fn unavailable(fault: &StoreFault) -> Refusal {
    let message = "this needs a review, and reviews cannot be kept right now";
    let mut refusal = Refusal::new(RefusalKind::Unrecorded, message);
    refusal.operator = Some(fault.to_string());
    refusal
}

/// A part's effects as a reviewer reads them.
fn in_words(part: &Effects) -> Vec<String> {
    let mut words: Vec<_> = part
        .acts
        .iter()
        .filter(|act| act.action != Action::Transaction)
        .map(|act| {
            let via = act.via.as_deref();
            format!(
                "{} {}.{}{}",
                snake(act.action),
                act.object.schema,
                act.object.name,
                via.map(|via| format!(" by {via}")).unwrap_or_default()
            )
        })
        .collect();
    if let Some(predicate) = part.predicate.filter(|predicate| !predicate.is_bounded) {
        let form = if predicate.has_where {
            "its WHERE does not narrow it"
        } else {
            "no WHERE"
        };
        words.push(format!("unbounded: {form}"));
    }
    words.extend(
        part.gaps
            .iter()
            .map(|gap| format!("unknown ({}): {}", gap.kind, gap.reason)),
    );
    words
}
