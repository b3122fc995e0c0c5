//! A review: a statement that waits for a person, and the answer.
//!
//! It carries nothing: `reviewers` brings a review to people and their answer back; `govern` binds.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Ahead, GroupName, PrincipalKind, PrincipalName, Rehearsal, SessionId, StatementId, TargetName,
    Timestamp,
};

/// The id of a review: a UUID made at the rim, and the short code people type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReviewId(pub Uuid);

/// What the binding of a review begins with that asks about what has run already.
pub const AFTERWARDS: &str = "after:";

impl Review {
    /// Whether what it asks about has run already: an answer to it releases nothing.
    pub fn is_afterwards(&self) -> bool {
        self.binding.starts_with(AFTERWARDS)
    }

    /// Whether it asks for a grant: no statement waits for it, and a yes gives a right for a time.
    pub fn is_ahead(&self) -> bool {
        self.ahead.is_some()
    }
}

impl ReviewId {
    /// The short code: eight hexadecimal digits from the random tail, in two groups, `1a2b-3c4d`.
    ///
    /// It names, it proves nothing: a code that fits two open reviews is refused as ambiguous.
    pub fn code(&self) -> String {
        let text = self.0.simple().to_string();
        let tail = text.get(24..).unwrap_or_default();
        let (head, rest) = tail.split_at(tail.len() / 2);
        format!("{head}-{rest}")
    }
}

impl std::fmt::Display for ReviewId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Who must answer, and how long they have: what a `@hold` rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hold {
    /// The reviewers' group.
    pub group: GroupName,
    /// How many distinct people must approve.
    pub quorum: u32,
    /// The rule that asks.
    pub rule: String,
    /// Seconds to wait, if the rule says.
    pub wait_s: Option<u32>,
}

/// What a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Yes, this, once.
    Approve,
    /// No, and why.
    Deny {
        /// The reviewer's reason.
        reason: String,
    },
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReviewState {
    /// Approved by everyone it needs and not yet used.
    Approved,
    /// A reviewer said no.
    Denied,
    /// Nobody answered in time, or the approval was not used in time.
    Expired,
    /// Waiting for an answer.
    Open,
    /// Approved, and the statement ran (or was judged anew and refused): it never passes again.
    Used,
    /// The one who asked took it back.
    Withdrawn,
}

/// One vote on a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// What was said.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
    /// The holds' groups the reviewer was in when answering: the holds this vote counts for.
    pub groups: Vec<GroupName>,
    /// By whom.
    pub reviewer: PrincipalName,
}

/// A statement that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The one the principal acts for, if it is an agent.
    pub acts_for: Option<PrincipalName>,
    /// What it asks ahead of time, where no statement waits for it.
    #[serde(default)]
    pub ahead: Option<Ahead>,
    /// SHA-256, in hex, over what an approval binds to: principal, acted-for, target, database,
    /// role, search path, the exact text, parameters and resolved objects.
    pub binding: String,
    /// When it was asked.
    pub created: Timestamp,
    /// What the statement would do, in words.
    pub effects: Vec<String>,
    /// Until when an answer counts.
    pub expires: Timestamp,
    /// Who must answer: all of these.
    pub holds: Vec<Hold>,
    /// Its id.
    pub id: ReviewId,
    /// The principal's kind.
    pub kind: PrincipalKind,
    /// Parameters as a person may read them, classified ones masked.
    pub parameters: Vec<String>,
    /// The policy version it was held under.
    pub policy_version: String,
    /// Who asked.
    pub principal: PrincipalName,
    /// What it did when it was run and rolled back, once that is known.
    #[serde(default)]
    pub rehearsal: Option<Rehearsal>,
    /// From which session.
    pub session: SessionId,
    /// Where it stands.
    pub state: ReviewState,
    /// The statement's number in that session.
    pub statement: StatementId,
    /// At which target.
    pub target: TargetName,
    /// The statement as a person may read it, sensitive literals masked.
    pub text: String,
    /// Votes so far.
    pub votes: Vec<Vote>,
}

/// A statement that waits for a person: what its client is told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldNotice {
    /// Rule and review ids.
    pub detail: String,
    /// The command that answers it.
    pub hint: String,
    /// One sentence with the short code.
    pub message: String,
}
