//! The one function that decides: [`Rules::judge`].
//!
//! Cedar evaluates; this crate puts a statement's effects as Cedar questions, and folds the answers
//! and the rules' annotations into one verdict. Pure: same rules, same question, same answer.
//! It masks nothing, holds nothing and records nothing.
//!
//! The order of reading: `question` (what is asked), `entities` and `contexts` (how Cedar is told),
//! `ask` (one answer), `remit` (what a delegation leaves), `fold` (what the answers amount to),
//! `load` and `slice` (how rules come in), `policies/` (the vocabulary and the built-in pack).

mod annotation;
mod ask;
mod contexts;
mod entities;
mod finding;
mod fold;
mod grants;
mod hints;
mod history;
mod load;
mod moment;
mod question;
mod remit;
mod slice;
mod words;

#[cfg(test)]
mod tests;

pub use grants::Askable;
pub use history::{History, RoleInForce, given};
pub use load::Rules;

use model::{
    Class, ColumnRef, Effects, Grant, Hold, Intent, ReviewId, Session, Timestamp, Transform,
};

/// The question put to policy.
pub struct Access<'a> {
    /// What the statement would do, part by part; empty for `connect`.
    pub effects: &'a [Effects],
    /// Settings the client asked for at start-up, judged with `connect` as `set`.
    pub startup: &'a [(String, String)],
    /// Who, from where, at which target.
    pub session: &'a Session,
    /// Rows of the largest table it touches, by the server's own estimate; -1 where none is known.
    pub estimated_rows: i64,
    /// The fingerprint of the statement's shape, hex; empty for `connect`.
    pub fingerprint: &'a str,
    /// The grants in force now, of anybody; those that are not this identity's own, or not for
    /// this target, are passed over.
    pub grants: &'a [Grant],
    /// What the session and its principal did before.
    pub history: &'a History,
    /// What was said about the statement, and whether it keeps to it.
    pub intent: &'a Intent,
    /// When.
    pub now: Timestamp,
}

/// A condition on an Allow, binding on us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Obligations {
    /// `@limit_bytes`: at most this many bytes of results given back.
    pub limit_bytes: Option<u64>,
    /// `@limit_changes`: at most this many rows changed.
    pub limit_changes: Option<u64>,
    /// `@limit_rows`: at most this many rows given back.
    pub limit_rows: Option<u64>,
    /// `@review_after`: what would have been held passes, and these are asked afterwards.
    pub review_after: Vec<Hold>,
    /// Classified columns this access may see unmasked; every other one is masked.
    pub revealed: Vec<ColumnRef>,
    /// `@mask`: another transform than the class's own, sorted by class, each once: where two rules
    /// ask for different ones it is the stricter.
    pub transforms: Vec<(Class, Transform)>,
    /// `@timeout`: at most this many seconds.
    pub timeout_s: Option<u32>,
    /// `@read_only`.
    pub is_read_only: bool,
}

/// Policy's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Yes, under these conditions.
    Allow(Obligations),
    /// No.
    Deny {
        /// What would be allowed: the rules' `@advice`.
        advice: Option<String>,
        /// One sentence.
        message: String,
    },
    /// Not unless these agree.
    Hold {
        /// All of them must.
        holds: Vec<Hold>,
        /// One sentence: why.
        message: String,
        /// The conditions of the Allow it becomes once they did.
        obligations: Obligations,
    },
}

/// A verdict and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The grants without which it would have been another, sorted.
    pub grants: Vec<ReviewId>,
    /// Whether the same identity, shape, catalog and policy version always give this verdict: no
    /// rule that could speak reads time, address, history or another fact of the moment.
    pub is_cacheable: bool,
    /// The ids of the rules that decided, sorted.
    pub rules: Vec<String>,
    /// The answer.
    pub verdict: Verdict,
}

/// One rule's part in a judgement, for `policy why`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Principal and action alone, for who may not know the resource.
    pub asked: String,
    /// The relation the resource is or belongs to, by schema and name, if it is one's.
    pub relation: Option<(String, String)>,
    /// The question: principal, action, resource in words.
    pub question: String,
    /// The answer to that question alone: `allow`, `hold` or `deny`.
    pub answer: &'static str,
    /// The rules that determined it.
    pub rules: Vec<String>,
}

/// A policy source: its file name and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// For messages.
    pub name: String,
    /// Cedar.
    pub text: String,
}

/// What is wrong with a policy source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct BadPolicy {
    /// The source's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What, and a way out.
    pub message: String,
}
