//! A right asked for ahead of time, and the right itself once people gave it.
//!
//! ```text
//! asked ─▶ (review) ─▶ given ─▶ expired | revoked
//!   └─▶ denied | lapsed | withdrawn
//! ```
//! Why a noun of its own: an approval releases one statement once; a grant holds for a time, in
//! sessions that are open already, and ends by itself. It gives nothing that policy does not let
//! people give: which rules it may answer is policy's (`@grant`), judged anew for each statement.
//! It neither judges nor keeps: `policy` does and `store` does.

use serde::{Deserialize, Serialize};

use crate::{ColumnRef, Hold, PrincipalName, Review, ReviewId, TargetName, Timestamp};

/// What the binding of a review begins with that asks for a grant: no statement's binding does.
pub const AHEAD: &str = "ahead:";

/// How far a grant reaches, at its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To use the target: everything but seeing what is masked.
    Access,
    /// To see these columns' values. They are these very columns: one made anew under the same
    /// name, renamed or of another class by now is another.
    Reveal(Vec<ColumnRef>),
}

impl Scope {
    /// The word of the ledger and the API.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Reveal(_) => "reveal",
        }
    }

    /// The columns that may be seen, sorted.
    pub fn columns(&self) -> &[ColumnRef] {
        match self {
            Self::Reveal(columns) => columns,
            Self::Access => &[],
        }
    }

    /// Its columns as people read them.
    pub fn names(&self) -> Vec<String> {
        let name = |c: &ColumnRef| format!("{}.{}.{}", c.schema, c.table, c.column);
        self.columns().iter().map(name).collect()
    }
}

/// What a review asks ahead of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// The database behind the target's name.
    pub database: String,
    /// For how long, seconds from the last yes it needs.
    pub for_s: u32,
    /// Why: a claim of the one who asks.
    pub reason: String,
    /// What.
    pub scope: Scope,
}

/// Where a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GrantState {
    /// Its time is over.
    Expired,
    /// It counts, until its time is over.
    Given,
    /// It was taken back.
    Revoked,
}

impl GrantState {
    /// The word it is kept and shown by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Given => "given",
            Self::Revoked => "revoked",
        }
    }
}

/// A right given for a time by a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The one its principal acts for, if that is an agent.
    pub acts_for: Option<PrincipalName>,
    /// What was asked.
    pub ahead: Ahead,
    /// Since when.
    pub from: Timestamp,
    /// The rules it answers, and who gave it for each.
    pub holds: Vec<Hold>,
    /// The review it came of: one name for both.
    pub id: ReviewId,
    /// Whose it is, and nobody else's.
    pub principal: PrincipalName,
    /// Where it stands.
    pub state: GrantState,
    /// Where it counts.
    pub target: TargetName,
    /// Until when, whatever else happens.
    pub until: Timestamp,
}

impl Grant {
    /// What an approved review gives from now on; `None` where it asks for nothing ahead.
    pub fn of(review: &Review, now: Timestamp) -> Option<Self> {
        let ahead = review.ahead.clone()?;
        Some(Self {
            acts_for: review.acts_for.clone(),
            from: now,
            holds: review.holds.clone(),
            id: review.id,
            principal: review.principal.clone(),
            state: GrantState::Given,
            target: review.target.clone(),
            until: now.plus_s(i64::from(ahead.for_s)),
            ahead,
        })
    }

    /// Whether it counts at that moment.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.state == GrantState::Given && self.from <= now && now < self.until
    }
}

/// What happened to a right, as it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantAct {
    /// Somebody asked.
    Asked,
    /// Its time is over.
    Expired,
    /// Everybody it needs said yes.
    Given,
    /// Nobody answered in time.
    Lapsed,
    /// It was taken back.
    Revoked,
    /// The one who asked took the question back.
    Withdrawn,
}

impl GrantAct {
    /// The entry's type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "grant.asked",
            Self::Expired => "grant.expired",
            Self::Given => "grant.given",
            Self::Lapsed => "grant.lapsed",
            Self::Revoked => "grant.revoked",
            Self::Withdrawn => "grant.withdrawn",
        }
    }

    /// The act of that type.
    pub fn of(kind: &str) -> Option<Self> {
        let all = [
            Self::Asked,
            Self::Expired,
            Self::Given,
            Self::Lapsed,
            Self::Revoked,
            Self::Withdrawn,
        ];
        all.into_iter().find(|act| act.as_str() == kind)
    }

    /// Whether it may follow `before`, the last act on that right: the table the picture above
    /// draws, read by the ledger's verifier.
    #[must_use]
    pub fn may_follow(self, before: Option<Self>) -> bool {
        match self {
            Self::Asked => before.is_none(),
            Self::Given | Self::Lapsed | Self::Withdrawn => before == Some(Self::Asked),
            Self::Expired | Self::Revoked => before == Some(Self::Given),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_drawn_arrows_exist() {
        use GrantAct::{Asked, Expired, Given, Lapsed, Revoked, Withdrawn};
        let all = [Asked, Expired, Given, Lapsed, Revoked, Withdrawn];
        let mut arrows = Vec::new();
        for before in [None].into_iter().chain(all.map(Some)) {
            for act in all.into_iter().filter(|act| act.may_follow(before)) {
                assert_eq!(GrantAct::of(act.as_str()), Some(act));
                arrows.push((before, act));
            }
        }
        let drawn = [
            (None, Asked),
            (Some(Asked), Given),
            (Some(Asked), Lapsed),
            (Some(Asked), Withdrawn),
            (Some(Given), Expired),
            (Some(Given), Revoked),
        ];
        assert_eq!(arrows, drawn);
    }
}
