//! Grants and open sessions: what of a session rests on which, and what has ended since.
//!
//! Each statement is judged with the grants of its moment, so the next one is right by itself.
//! What was let through before (a result that is still coming, a portal half read, the session
//! itself) is looked at from outside, every few seconds, by who drives the sessions.

use std::hash::BuildHasher as _;

use model::{Grant, ReviewId, StatementId};
use parking_lot::Mutex;

use crate::{Governor, OpenSession};

/// What of one session rests on grants.
#[derive(Debug, Default)]
pub(crate) struct Resting {
    /// Those it was let in by.
    door: Vec<ReviewId>,
    /// Those its statements that have not ended were let through by.
    statements: Mutex<Vec<(StatementId, Vec<ReviewId>)>>,
}

impl Resting {
    pub(crate) fn on(door: Vec<ReviewId>) -> Self {
        Self {
            door,
            statements: Mutex::default(),
        }
    }

    pub(crate) fn begin(&self, statement: StatementId, grants: &[ReviewId]) {
        if !grants.is_empty() {
            self.statements.lock().push((statement, grants.to_vec()));
        }
    }

    pub(crate) fn end(&self, statement: StatementId) {
        self.statements.lock().retain(|(id, _)| *id != statement);
    }
}

/// What an ended grant leaves without a ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groundless {
    /// Nothing.
    Nothing,
    /// The session itself.
    Session,
    /// A statement whose result has not ended.
    Statement,
}

impl Governor {
    /// What of a session rests on a grant that counts no more.
    pub fn groundless(&self, session: &OpenSession) -> Groundless {
        let (grants, now) = (self.reviews.grants(), self.clock.now());
        let has_ended = |id: &ReviewId| {
            let found = grants.iter().find(|grant| grant.id == *id);
            found.is_none_or(|grant| !grant.is_in_force(now))
        };
        let resting = &session.resting;
        if resting.door.iter().any(has_ended) && !self.still_allows(session) {
            return Groundless::Session;
        }
        let statements = resting.statements.lock();
        if statements.iter().any(|(_, ids)| ids.iter().any(has_ended)) {
            return Groundless::Statement;
        }
        Groundless::Nothing
    }

    /// A number for the grants that may speak in this session at this moment:
    /// 0 where there are none. What was judged under one number is not kept for another.
    pub(crate) fn grants_of(&self, session: &OpenSession) -> u64 {
        let grants = self.reviews.grants();
        if grants.is_empty() {
            return 0;
        }
        let (facts, now) = (session.facts(), self.clock.now());
        let may_speak = |grant: &&Grant| {
            grant.is_in_force(now)
                && grant.target == facts.target.name
                && facts.identity.involves(&grant.principal)
        };
        let ids: Vec<ReviewId> = { grants.iter() }.filter(may_speak).map(|g| g.id).collect();
        if ids.is_empty() {
            0
        } else {
            self.number_of(&ids)
        }
    }

    /// A number for these, the same while this process lives.
    fn number_of(&self, ids: &[model::ReviewId]) -> u64 {
        self.hasher.hash_one(ids).max(1)
    }
}
