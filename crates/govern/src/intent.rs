//! What was said about a statement beforehand, gathered from wherever it may stand, and compared.
//!
//! From the strongest: the purpose of a delegation (said by whoever gave the task), the session's
//! own word, a comment of the statement, the application's name. Everything but the first is the
//! client's claim. A statement keeps to its intent if it keeps to every claim; what names a program
//! rather than a purpose counts only where nothing else was said.

use analysis::intent::{Comment, keeps};
use model::{Claim, ClaimSource, Effects, Intent, IntentVerdict, Session};

use crate::{Governor, OpenSession};

/// What stands for what a detector finds in a comment.
const MASK: &str = "***";

impl Governor {
    /// The intent of a text with these effects.
    pub(crate) fn intent_of(&self, session: &OpenSession, text: &str, parts: &[Effects]) -> Intent {
        let mut intent = claimed(&session.facts(), text, self.limits.intent_chars);
        if intent.claims.is_empty() {
            return intent;
        }
        let catalog = session.catalog();
        let is_strong = |claim: &&Claim| !claim.source.is_weak();
        let has_strong = intent.claims.iter().any(|claim| is_strong(&claim));
        let counting = intent
            .claims
            .iter()
            .filter(|claim| !has_strong || is_strong(claim));
        let verdicts = counting.map(|claim| keeps(&claim.text, parts, &catalog));
        intent.verdict = verdicts.fold(IntentVerdict::Undeclared, |all, one| match (all, one) {
            (IntentVerdict::Mismatch, _) | (_, IntentVerdict::Mismatch) => IntentVerdict::Mismatch,
            (IntentVerdict::Match, _) | (_, IntentVerdict::Match) => IntentVerdict::Match,
            _ => IntentVerdict::Undeclared,
        });
        intent
    }
}

/// What a session and a text claim, not yet compared.
pub(crate) fn claimed(session: &Session, text: &str, most: usize) -> Intent {
    let comment = Comment::of(text).unwrap_or_default();
    let delegation = session.identity.delegation.as_ref();
    let purpose = delegation.and_then(|it| it.purpose.clone());
    let cut = |text: String| mask_found(&text.chars().take(most).collect::<String>());
    let named = session.application_name.as_deref().and_then(purpose_in);
    let claims = [
        (ClaimSource::Delegation, purpose),
        (ClaimSource::Session, session.intent.clone()),
        (ClaimSource::Comment, comment.intent.map(cut)),
        (ClaimSource::Framework, comment.framework.map(cut)),
        (ClaimSource::ApplicationName, named.map(str::to_owned)),
    ];
    let claims = claims.into_iter();
    Intent {
        claims: claims
            .filter_map(|(source, text)| {
                Some(Claim {
                    source,
                    text: text?,
                })
            })
            .collect(),
        traceparent: comment.traceparent,
        verdict: IntentVerdict::Undeclared,
    }
}

/// What was said at the start, before there is anything to compare it with.
pub(crate) fn at_connect(session: &Session, most: usize) -> Intent {
    let intent = claimed(session, "", most);
    let verdict = match intent.claims.first() {
        Some(_) => IntentVerdict::Match,
        None => IntentVerdict::Undeclared,
    };
    Intent { verdict, ..intent }
}

/// The purpose in `tool:purpose/id`, as agents' tools name their connections; a plain program's
/// name has none.
fn purpose_in(name: &str) -> Option<&str> {
    let (tool, rest) = name.split_once(':')?;
    let (purpose, id) = rest.rsplit_once('/')?;
    let is_tool = !tool.is_empty()
        && tool
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let is_id = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    // `https://…` is an address.
    let is_said = !purpose.trim().is_empty() && !purpose.starts_with('/');
    (is_tool && is_id && is_said).then_some(purpose)
}

/// A comment comes from a program's variables: what a detector finds in it is not kept.
fn mask_found(text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for (span, _) in mask::scan::sensitive_spans(text) {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push_str(MASK);
        at = span.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_told_from_a_program() {
        let table = [
            ("airman:find late orders/1a2b3c4d", Some("find late orders")),
            ("psql", None),
            ("DBeaver 24.1.0 - Main", None),
            ("PostgreSQL JDBC Driver", None),
            ("Navicat: shop / main", None),
            ("http://x/y", None),
            ("tool:/1", None),
        ];
        for (name, expected) in table {
            assert_eq!(purpose_in(name), expected, "{name}");
        }
    }
}
