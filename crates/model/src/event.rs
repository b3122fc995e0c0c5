//! What happened: the only thing the ledger is ever told.
//!
//! An event is what `govern` writes; an entry is that event in its envelope with its place
//! (`ledger`). Sensitive literals are masked *before* an event is made (law 4).

use std::sync::Arc;

use serde::Serialize;

use crate::{
    Answer, Effects, GrantAct, Hold, Intent, Outcome, PrincipalName, Rehearsal, Review, ReviewId,
    ReviewState, Session, StatementId, Timestamp,
};

/// What policy said, as it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Let it through.
    Allow,
    /// Say no.
    Deny,
    /// Wait for a person.
    Hold,
}

/// The statement's text as the record keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedText {
    /// The whole text's length, bytes.
    pub bytes: usize,
    /// A keyed commitment to the exact text and parameters, in hex (HMAC-SHA-256): it proves
    /// which text it was to whoever has the text and the key, and tells nothing to others.
    pub commitment: String,
    /// Whether `text` is cut or has literals masked, so that it is not the exact text.
    pub is_partial: bool,
    /// Parameters, sensitive ones masked; `None` is NULL.
    pub parameters: Vec<Option<String>>,
    /// The text, sensitive literals masked, cut at the limit.
    pub text: Arc<str>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// An administrative act: a principal added, a token issued, a policy loaded.
    Admin {
        /// The act: `principal.added`, `token.issued`, `token.revoked`, `policy.published`,
        /// `session.killed`, `catalog.changed`, `config.changed`, `break_glass.used`.
        act: &'static str,
        /// Who did it; `local` for someone with the data directory in hand.
        by: String,
        /// Facts: names and ids, never secrets.
        facts: Vec<(&'static str, String)>,
    },
    /// Somebody failed to sign in.
    AuthFailed {
        /// From where.
        address: Option<std::net::SocketAddr>,
        /// The name that was claimed, control characters escaped.
        claimed: String,
        /// Why, as a stable word.
        reason: &'static str,
    },
    /// Policy judged a statement.
    Decision {
        /// The grants without which it would have been another.
        grants: Vec<ReviewId>,
        /// Under which rules.
        policy_version: Arc<str>,
        /// The rules that spoke.
        rules: Vec<String>,
        /// What goes to the target in place of what came, committed to as the intent commits to
        /// what came; `None`: it goes as it came, or does not go.
        sent: Option<String>,
        /// In which session.
        session: Arc<Session>,
        /// Which statement.
        statement: StatementId,
        /// What it said.
        verb: Verb,
        /// In `observe` mode: what it would have said, had it counted.
        would: Option<Verb>,
    },
    /// The gateway started or stopped.
    Gateway {
        /// `gateway.start` or `gateway.stop`.
        act: &'static str,
        /// Our version.
        version: &'static str,
    },
    /// A right was asked for ahead of time, given, or ended.
    Grant {
        /// What happened.
        act: GrantAct,
        /// Who did it: the one who asked, those who said yes, the one who took it back; nobody
        /// where time did.
        by: Vec<PrincipalName>,
        /// The review that asks for it, by whose id the right is known.
        review: Box<Review>,
        /// Until when it counts, once it is given.
        until: Option<Timestamp>,
    },
    /// A statement arrived and has been understood.
    Intent {
        /// What it would do, part by part.
        effects: Arc<[Effects]>,
        /// What was said about it beforehand, and whether it keeps to that.
        intent: Intent,
        /// How it came: [`crate::Route::as_str`].
        route: &'static str,
        /// In which session.
        session: Arc<Session>,
        /// Which statement.
        statement: StatementId,
        /// Its text and parameters, as the record keeps them.
        text: RecordedText,
    },
    /// A statement ended.
    Outcome {
        /// How.
        outcome: Outcome,
        /// In which session; by id alone after a restart, so the whole session is optional.
        session: SessionRef,
        /// Which statement.
        statement: StatementId,
    },
    /// A held statement is about to be run and rolled back, for its reviewer to see.
    RehearsalBegun {
        /// In which session.
        session: Arc<Session>,
        /// Which statement.
        statement: StatementId,
    },
    /// What came of it.
    RehearsalEnded {
        /// The rehearsal; its samples are no part of the record.
        rehearsal: Box<Rehearsal>,
        /// In which session.
        session: Arc<Session>,
        /// Which statement.
        statement: StatementId,
    },
    /// A reviewer answered.
    ReviewAnswered {
        /// What was said.
        answer: Answer,
        /// By whom.
        by: PrincipalName,
        /// On which review.
        review: ReviewId,
        /// Where the review stands after it.
        state: ReviewState,
    },
    /// A review ended without an answer that counts, or its approval was used.
    ReviewEnded {
        /// Which.
        review: ReviewId,
        /// In which session.
        session: SessionRef,
        /// Where it stands: `Expired`, `Withdrawn`, `Denied`, `Approved` or `Used`.
        state: ReviewState,
        /// Which statement.
        statement: StatementId,
    },
    /// A statement is held.
    ReviewRequested {
        /// What an answer binds to, hex.
        binding: String,
        /// Who must answer.
        holds: Vec<Hold>,
        /// The review.
        review: ReviewId,
        /// In which session.
        session: Arc<Session>,
        /// Which statement.
        statement: StatementId,
    },
    /// A session ended.
    SessionClosed {
        /// Why, as a stable word: `client`, `target`, `killed`, `drained`, `fault`, `expired`.
        reason: &'static str,
        /// Which.
        session: Arc<Session>,
    },
    /// An identity was given a session at a target, or refused one.
    SessionOpened {
        /// The grants without which it would not have been let in.
        grants: Vec<ReviewId>,
        /// Whether it was let in.
        is_allowed: bool,
        /// Under which rules.
        policy_version: Arc<str>,
        /// The rules that spoke.
        rules: Vec<String>,
        /// Which.
        session: Arc<Session>,
    },
}

/// A session as an event names it.
#[derive(Debug, Clone)]
pub enum SessionRef {
    /// By its id alone: after a restart nothing else is known.
    Id(crate::SessionId),
    /// Whole.
    Whole(Arc<Session>),
}

impl SessionRef {
    /// The session's id.
    pub fn id(&self) -> crate::SessionId {
        match self {
            Self::Id(id) => *id,
            Self::Whole(session) => session.id,
        }
    }
}

impl Event {
    /// The event's type, as the ledger and its readers name it (standards.md §2.2).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Admin { act, .. } | Self::Gateway { act, .. } => act,
            Self::AuthFailed { .. } => "auth.failure",
            Self::Decision { .. } => "statement.decision",
            Self::Grant { act, .. } => act.as_str(),
            Self::Intent { .. } => "statement.intent",
            Self::Outcome { .. } => "statement.outcome",
            Self::RehearsalBegun { .. } => "rehearsal.begun",
            Self::RehearsalEnded { .. } => "rehearsal.ended",
            Self::ReviewAnswered { .. } => "review.answered",
            Self::ReviewEnded { .. } => "review.ended",
            Self::ReviewRequested { .. } => "review.requested",
            Self::SessionClosed { .. } => "session.close",
            Self::SessionOpened { .. } => "session.open",
        }
    }
}
