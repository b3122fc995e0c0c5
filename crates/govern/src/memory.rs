//! What a session has made of itself so far.

use std::sync::Arc;

use model::{HoldNotice, Session, StatementId};

/// What a permit will have taught the session once it is settled.
#[derive(Debug)]
pub(crate) struct Lesson {}

/// A session that was let in, with its memory.
pub struct OpenSession {
    facts: Arc<Session>,
}

impl OpenSession {
    /// The facts.
    pub fn facts(&self) -> &Arc<Session> {
        &self.facts
    }

    /// What the client must be told now: statements that have come to be held. Each is told once.
    pub fn told(&self) -> Vec<(StatementId, HoldNotice)> {
        Vec::new()
    }

    /// The target told a setting (`ParameterStatus`): the server's own word.
    pub fn setting(&self, _name: &str, _value: &str) {}
}
