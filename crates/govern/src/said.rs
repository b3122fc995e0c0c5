//! What a refused client reads: a sentence, the rules, and what would be allowed, for people or
//! for programs.
//!
//! The sentence is the message in either case. For people DETAIL names rules, review and gaps, and
//! HINT says what would be allowed. After `SET portcullis.refusals = json` DETAIL is one JSON
//! object, whose members stay what they are within a version (`"portcullis": 1`):
//! `docs/guide/policy.md` documents them. It decides nothing.

use std::collections::BTreeSet;

use model::{HoldNotice, Refusal, Review, Session, StatementId};
use serde_json::{Value, json};

/// Gaps named to a person; the record and the JSON form keep them all.
const GAPS_SHOWN: usize = 3;

/// Finishes a refusal: puts what is known into DETAIL and HINT.
pub(crate) fn refusal(
    mut refusal: Refusal,
    session: &Session,
    statement: StatementId,
    is_json: bool,
) -> Refusal {
    if is_json {
        refusal.detail = Some(refusal.document(&id(session, statement)));
    } else {
        refusal.detail = detail(&refusal).or(refusal.detail.take());
    }
    let advice = refusal.hint.take();
    refusal.hint = hint(advice, &refusal.allowed);
    refusal
}

/// A held statement's notice in the JSON form: `decision` is `held`.
pub(crate) fn notice(
    mut notice: HoldNotice,
    review: &Review,
    wait_s: u32,
    allowed: &[String],
) -> HoldNotice {
    let rules: Vec<_> = review.holds.iter().map(|hold| &hold.rule).collect();
    let groups: BTreeSet<_> = review.holds.iter().map(|hold| &hold.group).collect();
    notice.detail = json!({
        "allowed": allowed,
        "decision": "held",
        "gaps": Value::Array(Vec::new()),
        "portcullis": Refusal::VERSION,
        "review": review.id.to_string(),
        "review_code": review.id.code(),
        "reviewers": groups,
        "rules": rules,
        "sentence": notice.message,
        "statement_id": format!("{}/{}", review.session, review.statement.0),
        "wait_s": wait_s,
    })
    .to_string();
    notice
}

pub(crate) fn id(session: &Session, statement: StatementId) -> String {
    format!("{}/{}", session.id, statement.0)
}

/// Rules, review and gaps in a line.
fn detail(refusal: &Refusal) -> Option<String> {
    let mut parts = Vec::new();
    if !refusal.rules.is_empty() {
        parts.push(format!("rules: {}", refusal.rules.join(", ")));
    }
    if let Some(review) = refusal.review {
        parts.push(format!("review: {review} ({})", review.code()));
    }
    let gaps: BTreeSet<_> = refusal.gaps.iter().map(|gap| &*gap.reason).collect();
    parts.extend(gaps.into_iter().take(GAPS_SHOWN).map(str::to_owned));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What would be allowed: the rule's own advice, then what the effects tell.
fn hint(advice: Option<String>, allowed: &[String]) -> Option<String> {
    let told = allowed.iter().map(|sentence| {
        let end = if sentence.ends_with(['.', '?']) {
            ""
        } else {
            "."
        };
        format!("{sentence}{end}")
    });
    let all: Vec<_> = advice.into_iter().chain(told).collect();
    (!all.is_empty()).then(|| all.join(" "))
}
