//! What somebody said they are about to do, where they said it, and whether they did.
//!
//! Every word of it is a claim, and only the one that came with a delegation was said by somebody
//! else than the client: that one is attested. It is compared with what a statement would do.
//! It holds words only; the comparison is `analysis`'s.

use serde::{Deserialize, Serialize};

/// Where a claim stood, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimSource {
    /// With the delegation, from whoever gave the task.
    Delegation,
    /// In the session: `SET portcullis.intent`, or at its start.
    Session,
    /// In a comment of the statement (sqlcommenter).
    Comment,
    /// In a comment of the statement, by what a framework says of itself: controller, action.
    Framework,
    /// In the application's name (`tool:purpose/id`).
    ApplicationName,
}

impl ClaimSource {
    /// The word of policy and ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApplicationName => "application_name",
            Self::Comment => "comment",
            Self::Delegation => "delegation",
            Self::Framework => "framework",
            Self::Session => "session",
        }
    }

    /// Whether it says what a program is rather than what this statement is for: it counts only
    /// where nothing else was said.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::ApplicationName | Self::Framework)
    }

    /// Whether somebody else than the client said it.
    pub fn is_attested(self) -> bool {
        self == Self::Delegation
    }
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Where it stood.
    pub source: ClaimSource,
    /// Its words.
    pub text: String,
}

/// What came of comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentVerdict {
    /// What it would do is what was said.
    Match,
    /// It would do something else.
    Mismatch,
    /// Nothing was said that could be compared.
    #[default]
    Undeclared,
}

impl IntentVerdict {
    /// The word of policy and ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Undeclared => "undeclared",
        }
    }
}

/// The intent of one statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Intent {
    /// What was said, the strongest first.
    pub claims: Vec<Claim>,
    /// The trace it belongs to (W3C Trace Context), as its comment says.
    pub traceparent: Option<String>,
    /// Whether the statement keeps to every claim.
    pub verdict: IntentVerdict,
}
