//! A no, in words that help.
//!
//! Why: a refusal is read by three audiences. `message`, `detail` and `hint` are for the client;
//! `operator` is for our own log; the record keeps kind and rules.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Gap, ReviewId};

/// Why a statement did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefusalKind {
    /// A rule said no.
    Denied,
    /// Nobody answered the review in time.
    Expired,
    /// A bound was reached.
    Limit,
    /// A reviewer said no.
    Rejected,
    /// It could not be read as the server would read it.
    Unreadable,
    /// It could not be recorded.
    Unrecorded,
    /// A mask it needs cannot be applied.
    Unmaskable,
    /// The client took it back while it was held.
    Withdrawn,
}

/// A no. It becomes an ERROR on the wire, never a FATAL: the session lives on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What would be allowed, as far as it can be told from the statement's effects.
    pub allowed: Vec<String>,
    /// The SQLSTATE where it is another than the kind's: that of the server's own error, where the
    /// statement could not have run (a syntax error, a table nobody has).
    pub code: Option<&'static str>,
    /// Rule ids and the review's id.
    pub detail: Option<String>,
    /// What could not be found out.
    pub gaps: Vec<Gap>,
    /// What would be allowed.
    pub hint: Option<String>,
    /// Why.
    pub kind: RefusalKind,
    /// One sentence.
    pub message: String,
    /// What an operator should read in the log; no statement text, no secret.
    pub operator: Option<String>,
    /// The review, if there was one.
    pub review: Option<ReviewId>,
    /// The ids of the rules that spoke.
    pub rules: Vec<String>,
}

/// What the JSON form of a refusal names, where a session wants that form: kept with a permit, for
/// what is said while its statement runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    /// The ids of the rules that decided.
    pub rules: Vec<String>,
    /// Session and number, as the ledger has them.
    pub statement_id: String,
}

impl RefusalKind {
    /// The word of the JSON form.
    fn decision(self) -> &'static str {
        match self {
            Self::Denied => "deny",
            Self::Expired => "expired",
            Self::Limit => "limit",
            Self::Rejected => "rejected",
            Self::Unmaskable => "unmaskable",
            Self::Unreadable => "unreadable",
            Self::Unrecorded => "unrecorded",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Refusal {
    /// The version of the JSON form.
    pub const VERSION: u32 = 1;

    /// A refusal with a sentence and nothing else.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self {
            allowed: Vec::new(),
            code: None,
            detail: None,
            gaps: Vec::new(),
            hint: None,
            kind,
            message: message.into(),
            operator: None,
            review: None,
            rules: Vec::new(),
        }
    }

    /// The same with a hint: what would be allowed.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same as one JSON object, for programs; its members stay what they are within a version
    /// (`"portcullis": 1`): `docs/guide/policy.md` documents them.
    pub fn document(&self, statement_id: &str) -> String {
        let gap = |gap: &Gap| json!({ "kind": gap.kind, "reason": gap.reason });
        json!({
            "advice": self.hint,
            "allowed": self.allowed,
            "decision": self.kind.decision(),
            "gaps": self.gaps.iter().map(gap).collect::<Vec<_>>(),
            "portcullis": Self::VERSION,
            "review": self.review.map(|review| review.to_string()),
            "rules": self.rules,
            "sentence": self.message,
            "statement_id": statement_id,
        })
        .to_string()
    }

    /// The same as the session is spoken to: with the JSON form in DETAIL where it wants that.
    #[must_use]
    pub fn told(mut self, manner: Option<&Manner>) -> Self {
        if let Some(manner) = manner {
            self.rules.clone_from(&manner.rules);
            self.detail = Some(self.document(&manner.statement_id));
        }
        self
    }

    /// The SQLSTATE a client reads (PostgreSQL appendix A).
    pub fn sqlstate(&self) -> &'static str {
        if let Some(code) = self.code {
            return code;
        }
        match self.kind {
            RefusalKind::Withdrawn => "57014",
            RefusalKind::Limit => "54000",
            RefusalKind::Unrecorded => "58030",
            RefusalKind::Denied
            | RefusalKind::Expired
            | RefusalKind::Rejected
            | RefusalKind::Unmaskable
            | RefusalKind::Unreadable => "42501",
        }
    }
}
