//! [`Desk`]: where reviews lie, are answered, expire and are claimed.
//!
//! A review that asks ahead of time is answered like any other, and its last yes makes a grant:
//! `grants` keeps those, and has the rest of their life.
//!
//! An answer goes: rules → recorded ([`Event::ReviewAnswered`]) → the store's one atomic step →
//! the waiter wakes. What could not be recorded does not count.
//!
//! INVARIANT: whatever takes a review out of `Open` here holds `turn` from reading it to moving
//! it, so that a recorded answer is never overtaken; the ledger is waited for under it, as answers
//! are rare and a wrong record is worse than a short wait. Between processes the store's
//! `UPDATE … WHERE state = …` has the last word.
//!
//! It does not record a review's end: `govern` does, for the statement that waited.
//! [`Desk::expire`] and [`Desk::recover`] therefore return what they ended.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use govern::{Reviews, Waiting};
use model::review::Vote;
use model::{
    Answer, Event, Grant, GrantState, Identity, Limits, PrincipalName, Rehearsal, Review, ReviewId,
    ReviewState, Store, StoreFault, TargetName, Timestamp,
};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::waiting::Waiters;
use crate::{VoteFault, rules};

use ReviewState::{Approved, Denied, Expired, Open, Used, Withdrawn};

/// Writes an event to the ledger, durably; an `Err` says why it could not.
pub type Recorder = Arc<dyn Fn(Event) -> Result<(), String> + Send + Sync>;

/// Where reviews lie.
pub struct Desk {
    /// Rights one principal may have asked for at once.
    pub(crate) asks: usize,
    /// Those that were given and have not been ended.
    pub(crate) given: ArcSwap<Vec<Grant>>,
    /// Open reviews at once.
    pub(crate) holds: usize,
    reason_chars: usize,
    pub(crate) recorder: Recorder,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) turn: Mutex<()>,
    waiters: Arc<Waiters>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("waiters", &self.waiters)
            .finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk over `store`, which records answers by `recorder`.
    pub fn new(store: Arc<dyn Store>, recorder: Recorder, limits: &Limits) -> Self {
        // What cannot be read is not given.
        let given = store
            .grants(Some(GrantState::Given))
            .unwrap_or_else(|fault| {
                tracing::error!(%fault, "the grants cannot be read: none counts");
                Vec::new()
            });
        Self {
            asks: limits.asks,
            given: ArcSwap::from_pointee(given),
            holds: limits.holds,
            reason_chars: limits.reason_chars,
            recorder,
            store,
            turn: Mutex::new(()),
            waiters: Arc::default(),
        }
    }

    /// Called once, at start: whoever waited is gone with the process that died, so open reviews
    /// are withdrawn. What is asked afterwards or ahead lies on; approved ones stay until they are
    /// used or expire. Returns the withdrawn.
    pub fn recover(&self) -> Result<Vec<Review>, StoreFault> {
        let _turn = self.turn.lock();
        let waits = |review: &Review| !review.is_afterwards() && !review.is_ahead();
        self.end(Open, Withdrawn, waits)
    }

    /// Ends what nobody answered, and approvals nobody used, in time. Returns them as they end.
    pub fn expire(&self, now: Timestamp) -> Result<Vec<Review>, StoreFault> {
        let _turn = self.turn.lock();
        self.end_grants(now)?;
        let is_late = |review: &Review| review.expires <= now;
        let mut ended = self.lapse(now)?;
        ended.extend(self.end(Open, Expired, is_late)?);
        // A right that was asked for and given has an end of its own.
        let is_unused = |review: &Review| is_late(review) && !review.is_ahead();
        ended.extend(self.end(Approved, Expired, is_unused)?);
        Ok(ended)
    }

    pub(crate) fn end(
        &self,
        from: ReviewState,
        to: ReviewState,
        which: impl Fn(&Review) -> bool,
    ) -> Result<Vec<Review>, StoreFault> {
        let mut ended = Vec::new();
        for review in self.store.reviews(Some(from))?.into_iter().filter(which) {
            if self.store.move_review(review.id, from, to)? {
                let review = Review {
                    state: to,
                    ..review
                };
                self.waiters.wake(review.clone());
                ended.push(review);
            }
        }
        Ok(ended)
    }

    /// The reviews `by` may see, newest first, in that state or in any.
    pub fn list(
        &self,
        by: &Identity,
        state: Option<ReviewState>,
    ) -> Result<Vec<Review>, StoreFault> {
        let mut reviews = self.store.reviews(state)?;
        reviews.retain(|review| rules::may_see(review, by));
        Ok(reviews)
    }

    /// The review of that id or short code among those `by` may see. A code means an open review
    /// first; one that fits several is ambiguous.
    pub fn find(&self, by: &Identity, text: &str) -> Result<Review, VoteFault> {
        let missing = || VoteFault::Missing(text.to_owned());
        if let Ok(id) = Uuid::parse_str(text) {
            let found = self.store.review(ReviewId(id))?;
            return found
                .filter(|review| rules::may_see(review, by))
                .ok_or_else(missing);
        }
        for state in [Some(Open), None] {
            let mut fitting = self.list(by, state)?;
            fitting.retain(|review| is_code_of(text, review.id));
            let found = fitting.pop();
            if !fitting.is_empty() {
                return Err(VoteFault::Ambiguous(text.to_owned()));
            }
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(missing())
    }

    /// Whether `by` could answer this review now; if not, why not.
    pub fn may_vote(
        &self,
        by: &Identity,
        review: &Review,
        now: Timestamp,
    ) -> Result<(), VoteFault> {
        rules::entitled(review, by)?;
        if self.is_disabled(by.name())? {
            return Err(VoteFault::Disabled);
        }
        if review.votes.iter().any(|vote| vote.reviewer == *by.name()) {
            return Err(VoteFault::Second);
        }
        match review.state {
            Open if review.expires <= now => Err(VoteFault::Expired),
            Open => Ok(()),
            closed => Err(VoteFault::Closed(closed)),
        }
    }

    /// Answers a review, by its id or short code. Returns it as it stands after.
    pub fn vote(
        &self,
        by: &Identity,
        text: &str,
        answer: Answer,
        now: Timestamp,
    ) -> Result<Review, VoteFault> {
        rules::is_reviewer(by)?;
        self.check_reason(&answer)?;
        let _turn = self.turn.lock();
        let mut review = self.find(by, text)?;
        self.may_vote(by, &review, now)?;
        let groups = rules::entitled(&review, by)?;
        let vote = Vote {
            answer,
            at: now,
            groups,
            reviewer: by.name().clone(),
        };
        let state = self.after(&review, &vote)?;
        (self.recorder)(Event::ReviewAnswered {
            answer: vote.answer.clone(),
            by: vote.reviewer.clone(),
            review: review.id,
            state,
        })
        .map_err(VoteFault::Unrecorded)?;
        let grant = self.granted(&review, &vote, state)?;
        match self.store.vote(review.id, &vote, state, grant.as_ref()) {
            Ok(true) => {}
            Ok(false) => {
                let now = self.store.review(review.id)?;
                return Err(VoteFault::Closed(
                    now.map_or(Withdrawn, |review| review.state),
                ));
            }
            Err(StoreFault::Exists { .. }) => return Err(VoteFault::Second),
            Err(fault) => return Err(fault.into()),
        }
        review.votes.push(vote);
        review.state = state;
        if let Some(grant) = grant {
            self.begin(grant);
        }
        if state != Open {
            self.waiters.wake(review.clone());
        }
        Ok(review)
    }

    fn check_reason(&self, answer: &Answer) -> Result<(), VoteFault> {
        let most = self.reason_chars;
        match answer {
            Answer::Deny { reason }
                if reason.trim().is_empty() || reason.chars().count() > most =>
            {
                Err(VoteFault::Reason { most })
            }
            Answer::Approve | Answer::Deny { .. } => Ok(()),
        }
    }

    /// Where the review stands with this vote. Of earlier votes, those of people disabled since do
    /// not count.
    fn after(&self, review: &Review, vote: &Vote) -> Result<ReviewState, StoreFault> {
        if vote.answer != Answer::Approve {
            return Ok(Denied);
        }
        let mut counted = vec![vote];
        for earlier in &review.votes {
            if !self.is_disabled(&earlier.reviewer)? {
                counted.push(earlier);
            }
        }
        Ok(if rules::is_approved(review, &counted) {
            Approved
        } else {
            Open
        })
    }

    /// Disabled, or gone.
    pub(crate) fn is_disabled(&self, name: &PrincipalName) -> Result<bool, StoreFault> {
        Ok(self
            .store
            .principal(name)?
            .is_none_or(|record| record.is_disabled))
    }
}

/// Whether a text, with or without its hyphen and in either case, is the code of this id.
pub(crate) fn is_code_of(text: &str, id: ReviewId) -> bool {
    let code = id.code();
    text.eq_ignore_ascii_case(&code) || text.eq_ignore_ascii_case(&code.replace('-', ""))
}

impl Reviews for Desk {
    fn grants(&self) -> Arc<Vec<Grant>> {
        self.given.load_full()
    }

    fn claim(
        &self,
        principal: &PrincipalName,
        target: &TargetName,
        binding: &str,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreFault> {
        // Each turn of the loop means that somebody else has just used one up.
        while let Some(review) = self
            .store
            .approved_review(principal, target, binding, now)?
        {
            if self.store.move_review(review.id, Approved, Used)? {
                return Ok(Some(Review {
                    state: Used,
                    ..review
                }));
            }
        }
        Ok(None)
    }

    fn open(&self, review: &Review, wait_s: u32) -> Result<Waiting, StoreFault> {
        if self.store.reviews(Some(Open))?.len() >= self.holds {
            let full = format!("{} reviews are open, the most there may be", self.holds);
            return Err(StoreFault::Storage(full));
        }
        // The place first: an answer may come as soon as the review can be seen.
        let place = self.waiters.enter(review.id);
        self.store.add_review(review)?;
        let (asked, store) = (review.clone(), Arc::clone(&self.store));
        Ok(Box::pin(async move {
            let wait = Duration::from_secs(wait_s.into());
            match tokio::time::timeout(wait, place.answered()).await {
                Ok(Some(answered)) => answered,
                // The wait is over. An answer of this very moment is in the store; a store that
                // cannot tell leaves it as unanswered as it was.
                _ => store.review(asked.id).ok().flatten().unwrap_or(asked),
            }
        }))
    }

    fn rehearsed(&self, id: ReviewId, rehearsal: &Rehearsal) -> Result<(), StoreFault> {
        self.store.rehearsed(id, rehearsal)
    }

    fn shift(&self, id: ReviewId, from: ReviewState, to: ReviewState) -> Result<bool, StoreFault> {
        let _turn = self.turn.lock();
        let moved = self.store.move_review(id, from, to)?;
        if moved
            && from == Open
            && let Some(review) = self.store.review(id)?
        {
            self.waiters.wake(review);
        }
        Ok(moved)
    }
}

#[cfg(test)]
mod tests;
