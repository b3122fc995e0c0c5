//! Who may see a review, who may answer it, and when it is answered: pure, and all of it here.
//!
//! - A person answers; an agent or a service never does.
//! - Nobody answers their own, nor what their agent asked for, whatever groups they are in.
//! - Every hold needs its quorum of distinct people of its group; one no ends it.

use std::collections::BTreeSet;

use model::review::Vote;
use model::{Answer, GroupName, Hold, Identity, PrincipalKind, PrincipalName, Review};

use crate::VoteFault;

/// Whether `name` asked for this, or has an agent that did.
fn is_involved(review: &Review, name: &PrincipalName) -> bool {
    review.principal == *name || review.acts_for.as_ref() == Some(name)
}

/// Whether `by` is a person whom these holds ask.
pub(crate) fn answers_for(holds: &[Hold], by: &Identity) -> bool {
    by.subject.kind == PrincipalKind::Person && !groups(holds, by).is_empty()
}

/// The holds' groups that `by` is in.
fn groups(holds: &[Hold], by: &Identity) -> Vec<GroupName> {
    let asked: BTreeSet<_> = holds.iter().map(|hold| &hold.group).collect();
    asked
        .into_iter()
        .filter(|group| by.subject.groups.contains(group))
        .cloned()
        .collect()
}

/// Whether `by` may read this review: it asked, its agent asked, or it may be called to answer.
pub(crate) fn may_see(review: &Review, by: &Identity) -> bool {
    is_involved(review, by.name()) || answers_for(&review.holds, by)
}

/// Whether `by` is of the kind that answers at all.
pub(crate) fn is_reviewer(by: &Identity) -> Result<(), VoteFault> {
    match by.subject.kind {
        PrincipalKind::Agent => Err(VoteFault::Agent),
        PrincipalKind::Person => Ok(()),
        PrincipalKind::Service => Err(VoteFault::Service),
    }
}

/// The holds' groups `by` answers for; at least one.
pub(crate) fn entitled(review: &Review, by: &Identity) -> Result<Vec<GroupName>, VoteFault> {
    is_reviewer(by)?;
    if review.principal == *by.name() {
        return Err(VoteFault::Own);
    }
    if review.acts_for.as_ref() == Some(by.name()) {
        return Err(VoteFault::Owner);
    }
    let groups = groups(&review.holds, by);
    if groups.is_empty() {
        return Err(VoteFault::Missing(review.id.code()));
    }
    Ok(groups)
}

/// Whether these votes give every hold its quorum of distinct people.
pub(crate) fn is_approved(review: &Review, votes: &[&Vote]) -> bool {
    let reached = |group: &GroupName, quorum: u32| {
        let people: BTreeSet<_> = votes
            .iter()
            .filter(|vote| vote.answer == Answer::Approve && vote.groups.contains(group))
            .filter(|vote| !is_involved(review, &vote.reviewer))
            .map(|vote| &vote.reviewer)
            .collect();
        people.len() >= usize::try_from(quorum.max(1)).unwrap_or(usize::MAX)
    };
    // A review without a hold asks nobody, so nobody can have said yes.
    !review.holds.is_empty()
        && review
            .holds
            .iter()
            .all(|hold| reached(&hold.group, hold.quorum))
}
