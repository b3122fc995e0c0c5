//! Rights for a time: asked for, given by the last yes, taken back, ended.
//!
//! ```text
//! ask ─▶ recorded ─▶ the store ─▶ people answer as they answer any review
//! last yes ─▶ recorded ─▶ the store keeps vote and grant, both or neither ─▶ judged with
//! revoke, or its time ─▶ judged with no more ─▶ recorded ─▶ the store
//! ```
//! INVARIANT: `given` changes under `turn` alone. A right begins after the store has it, and ends
//! before: where something fails in between, it does not count.
//!
//! It judges nothing: what a grant answers is policy's, at each statement.

use std::sync::Arc;

use model::review::Vote;
use model::{
    Event, Grant, GrantAct, GrantState, Identity, PrincipalName, Review, ReviewId, ReviewState,
    StoreFault, Timestamp,
};
use uuid::Uuid;

use crate::desk::is_code_of;
use crate::{Desk, VoteFault, rules};

use ReviewState::{Approved, Expired, Open, Withdrawn};

impl Desk {
    /// Puts a review that asks ahead of time before people. What is asked already is not asked
    /// twice: then it is the open one that is returned.
    pub fn ask(&self, review: Review) -> Result<Review, VoteFault> {
        let _turn = self.turn.lock();
        if self.is_disabled(&review.principal)? {
            return Err(VoteFault::Disabled);
        }
        let open = self.store.reviews(Some(Open))?;
        let is_own = |other: &&Review| other.is_ahead() && other.principal == review.principal;
        let own: Vec<&Review> = open.iter().filter(is_own).collect();
        if let Some(same) = own.iter().find(|other| other.binding == review.binding) {
            return Ok((*same).clone());
        }
        let most = if own.len() >= self.asks {
            self.asks
        } else {
            self.holds
        };
        if own.len() >= self.asks || open.len() >= self.holds {
            return Err(VoteFault::Full { most });
        }
        self.tell(
            GrantAct::Asked,
            vec![review.principal.clone()],
            &review,
            None,
        )?;
        self.store.add_review(&review)?;
        Ok(review)
    }

    /// Takes back what the caller asked for and nobody has answered.
    pub fn withdraw(&self, by: &Identity, text: &str) -> Result<Review, VoteFault> {
        let _turn = self.turn.lock();
        let review = self.find(by, text)?;
        if !review.is_ahead() || review.principal != *by.name() {
            return Err(VoteFault::Missing(text.to_owned()));
        }
        if review.state != Open {
            return Err(VoteFault::Closed(review.state));
        }
        self.tell(GrantAct::Withdrawn, vec![by.name().clone()], &review, None)?;
        self.shifted(review, Withdrawn)
    }

    /// Takes a grant back: its holder may, the one it acts for, and whoever may answer for it.
    pub fn revoke(&self, by: &Identity, text: &str, now: Timestamp) -> Result<Grant, VoteFault> {
        let _turn = self.turn.lock();
        let grant = self.find_grant(by, text)?;
        self.may_revoke(by, &grant, now)?;
        self.forget(grant.id);
        let revoked = self.finish(&grant, GrantAct::Revoked, vec![by.name().clone()]);
        if let Err(VoteFault::Unrecorded(_)) = &revoked {
            // What could not be recorded did not happen.
            self.begin(grant.clone());
        }
        revoked?;
        Ok(Grant {
            state: GrantState::Revoked,
            ..grant
        })
    }

    /// Whether `by` could take this grant back now; if not, why not.
    pub fn may_revoke(
        &self,
        by: &Identity,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<(), VoteFault> {
        let answers = || rules::answers_for(&grant.holds, by);
        let is_own = *by.name() == grant.principal || grant.acts_for.as_ref() == Some(by.name());
        if !is_own && !answers() {
            return Err(VoteFault::NoGrant(grant.id.code()));
        }
        if self.is_disabled(by.name())? {
            return Err(VoteFault::Disabled);
        }
        match grant.state {
            GrantState::Given if grant.until <= now => {
                Err(VoteFault::GrantEnded(GrantState::Expired))
            }
            GrantState::Given => Ok(()),
            ended => Err(VoteFault::GrantEnded(ended)),
        }
    }

    /// The grants `by` may know of, newest first, in that state or in any.
    pub fn list_grants(
        &self,
        by: &Identity,
        state: Option<GrantState>,
    ) -> Result<Vec<Grant>, StoreFault> {
        let mut grants = self.store.grants(state)?;
        grants.retain(|grant| may_see(grant, by));
        Ok(grants)
    }

    /// The grant of that id or short code among those `by` may know of.
    fn find_grant(&self, by: &Identity, text: &str) -> Result<Grant, VoteFault> {
        let missing = || VoteFault::NoGrant(text.to_owned());
        if let Ok(id) = Uuid::parse_str(text) {
            let found = self.store.grant(ReviewId(id))?;
            return found.filter(|grant| may_see(grant, by)).ok_or_else(missing);
        }
        for state in [Some(GrantState::Given), None] {
            let mut fitting = self.list_grants(by, state)?;
            fitting.retain(|grant| is_code_of(text, grant.id));
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

    /// What this vote gives, recorded: something where it is the last that a question ahead needs.
    pub(crate) fn granted(
        &self,
        review: &Review,
        vote: &Vote,
        state: ReviewState,
    ) -> Result<Option<Grant>, VoteFault> {
        let grant = match state {
            Approved => Grant::of(review, vote.at),
            _ => None,
        };
        if let Some(grant) = &grant {
            let earlier = review.votes.iter().map(|vote| vote.reviewer.clone());
            let by = earlier.chain([vote.reviewer.clone()]).collect();
            self.tell(GrantAct::Given, by, review, Some(grant.until))?;
        }
        Ok(grant)
    }

    /// Judged with from now on.
    pub(crate) fn begin(&self, grant: Grant) {
        let mut given = Vec::clone(&self.given.load());
        given.push(grant);
        self.given.store(Arc::new(given));
    }

    fn forget(&self, id: ReviewId) {
        let mut given = Vec::clone(&self.given.load());
        given.retain(|grant| grant.id != id);
        self.given.store(Arc::new(given));
    }

    /// Ends grants whose time is over: they have not counted since.
    pub(crate) fn end_grants(&self, now: Timestamp) -> Result<(), StoreFault> {
        let given = self.given.load_full();
        let over: Vec<Grant> = { given.iter() }
            .filter(|grant| grant.until <= now)
            .cloned()
            .collect();
        for grant in over {
            if let Err(fault) = self.finish(&grant, GrantAct::Expired, Vec::new()) {
                return Err(StoreFault::Storage(fault.to_string()));
            }
            self.forget(grant.id);
        }
        Ok(())
    }

    /// Ends questions ahead that nobody answered in time. Returns them as they end.
    pub(crate) fn lapse(&self, now: Timestamp) -> Result<Vec<Review>, StoreFault> {
        let mut ended = Vec::new();
        for review in self.store.reviews(Some(Open))? {
            if !review.is_ahead() || review.expires > now {
                continue;
            }
            let told = self.tell(GrantAct::Lapsed, Vec::new(), &review, None);
            let moved = told.and_then(|()| self.shifted(review, Expired));
            ended.push(moved.map_err(|fault| StoreFault::Storage(fault.to_string()))?);
        }
        Ok(ended)
    }

    /// Records a grant's end and keeps it.
    fn finish(
        &self,
        grant: &Grant,
        act: GrantAct,
        by: Vec<PrincipalName>,
    ) -> Result<(), VoteFault> {
        let review = self.store.review(grant.id)?;
        let review = review.ok_or_else(|| VoteFault::NoGrant(grant.id.code()))?;
        self.tell(act, by, &review, Some(grant.until))?;
        let state = match act {
            GrantAct::Expired => GrantState::Expired,
            _ => GrantState::Revoked,
        };
        self.store.end_grant(grant.id, state)?;
        Ok(())
    }

    fn shifted(&self, review: Review, to: ReviewState) -> Result<Review, VoteFault> {
        if !self.store.move_review(review.id, Open, to)? {
            let now = self.store.review(review.id)?;
            return Err(VoteFault::Closed(now.map_or(to, |review| review.state)));
        }
        Ok(Review {
            state: to,
            ..review
        })
    }

    fn tell(
        &self,
        act: GrantAct,
        by: Vec<PrincipalName>,
        review: &Review,
        until: Option<Timestamp>,
    ) -> Result<(), VoteFault> {
        let review = Box::new(review.clone());
        let event = Event::Grant {
            act,
            by,
            review,
            until,
        };
        (self.recorder)(event).map_err(VoteFault::Unrecorded)
    }
}

/// Whether `by` may know of this grant: it is its own, its agent's, or `by` answers for it.
fn may_see(grant: &Grant, by: &Identity) -> bool {
    *by.name() == grant.principal
        || grant.acts_for.as_ref() == Some(by.name())
        || rules::answers_for(&grant.holds, by)
}

#[cfg(test)]
mod tests;
