//! What outlives a process, as a trait of domain operations.
//!
//! Why a trait here: `identity` and `reviewers` keep state, `store` knows how; layer-3 crates meet
//! only through traits declared below them. One conformance suite (`store::conformance`) holds
//! every implementation to the same behaviour.
//! It does not keep the ledger: that is [`ledger`'s](../../ledger) own trait.

use serde::{Deserialize, Serialize};

use crate::review::Vote;
use crate::{
    DelegationRecord, Grant, GrantState, GroupName, PrincipalKind, PrincipalName, Rehearsal,
    Review, ReviewId, ReviewState, TargetName, Timestamp,
};

/// A principal as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalRecord {
    /// Whom an agent acts for.
    pub acts_for: Option<PrincipalName>,
    /// When it was added.
    pub created: Timestamp,
    /// Its groups, sorted.
    pub groups: Vec<GroupName>,
    /// A disabled principal signs in nowhere.
    pub is_disabled: bool,
    /// Its kind.
    pub kind: PrincipalKind,
    /// Its name.
    pub name: PrincipalName,
    /// The salt of its SCRAM verifiers: one per principal, so that one server-first message fits
    /// all of its tokens.
    pub salt: Vec<u8>,
}

/// A token as kept: what proves it, never the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// When it was issued.
    pub created: Timestamp,
    /// What it was given for, where an agent acts by it.
    pub delegation: Option<DelegationRecord>,
    /// SHA-256 of the token, for a token shown in clear text (tokens are 256 random bits).
    pub digest: Vec<u8>,
    /// Until when it counts.
    pub expires: Timestamp,
    /// Its id: what people revoke by.
    pub id: String,
    /// A revoked token counts no more.
    pub is_revoked: bool,
    /// Whose it is.
    pub principal: PrincipalName,
    /// SCRAM `ServerKey` (RFC 5802 §3).
    pub server_key: Vec<u8>,
    /// SCRAM `StoredKey` (RFC 5802 §3).
    pub stored_key: Vec<u8>,
}

/// Who somebody is at an identity provider: what tells people apart, since addresses do not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subjected {
    /// The provider's issuer, to the byte.
    pub issuer: String,
    /// The subject there.
    pub subject: String,
}

/// What a directory keeps here (SCIM).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProvisionedKind {
    /// A group of users.
    Group,
    /// A user.
    User,
}

/// A user or a group that a directory keeps here (SCIM): what it said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioned {
    /// When it was last changed.
    pub changed: Timestamp,
    /// When it was first said.
    pub created: Timestamp,
    /// What was said, as JSON, without a group's members.
    pub document: String,
    /// Whether its principal was disabled by this directory, which then may enable it again.
    pub has_disabled: bool,
    /// Our id of it.
    pub id: String,
    /// Its name in lower case: one of a kind in its directory.
    pub key: String,
    /// What it is.
    pub kind: ProvisionedKind,
    /// Whom a user means here.
    pub principal: Option<PrincipalName>,
    /// Counts its changes.
    pub revision: i64,
    /// Which directory, by its name in the configuration.
    pub source: String,
}

/// A store that could not.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// It exists already.
    #[error("{what} exists already")]
    Exists {
        /// What.
        what: String,
    },
    /// The thing asked about is not there.
    #[error("there is no {what}")]
    Missing {
        /// What.
        what: String,
    },
    /// The storage below failed.
    #[error("the store failed: {0}")]
    Storage(String),
}

/// Operations on what outlives a process. Calls block: use them off the reactor, or accept it.
pub trait Store: Send + Sync {
    /// Adds a principal. `Exists` if the name is taken.
    fn add_principal(&self, principal: &PrincipalRecord) -> Result<(), StoreFault>;
    /// The principal of that name.
    fn principal(&self, name: &PrincipalName) -> Result<Option<PrincipalRecord>, StoreFault>;
    /// All principals by name.
    fn principals(&self) -> Result<Vec<PrincipalRecord>, StoreFault>;
    /// Disables (or enables) a principal. `Missing` if there is none.
    fn set_disabled(&self, name: &PrincipalName, is_disabled: bool) -> Result<(), StoreFault>;
    /// Puts a principal into these groups, sorted, and out of all others. `Missing` if there is
    /// none.
    fn set_groups(&self, name: &PrincipalName, groups: &[GroupName]) -> Result<(), StoreFault>;

    /// Adds a principal and says that a provider's subject is it, both or neither: `Exists` where
    /// either is there.
    fn enrol(&self, of: &Subjected, principal: &PrincipalRecord) -> Result<(), StoreFault>;
    /// Says whom a provider's subject is here, once: `Exists` where it is said already, `Missing`
    /// where there is no such principal.
    fn link(&self, of: &Subjected, name: &PrincipalName) -> Result<(), StoreFault>;
    /// Whom a provider's subject is here.
    fn linked(&self, of: &Subjected) -> Result<Option<PrincipalName>, StoreFault>;
    /// The subjects a principal is, by issuer and subject.
    fn links(&self, name: &PrincipalName) -> Result<Vec<Subjected>, StoreFault>;
    /// Uses up what counts once until `expires`; `false` where it was used before. What ended by
    /// `now` is forgotten.
    fn spend(&self, digest: &[u8], expires: Timestamp, now: Timestamp) -> Result<bool, StoreFault>;
    /// Whether that was used up, and is not forgotten yet.
    fn is_spent(&self, digest: &[u8]) -> Result<bool, StoreFault>;

    /// Keeps a user or group of a directory. `Exists` if its key is taken there, or its principal
    /// is another user's.
    fn provision(&self, resource: &Provisioned) -> Result<(), StoreFault>;
    /// Replaces one by its id, if it is still of the revision before. `Missing` if it is not there
    /// or was changed since; `Exists` as above.
    fn reprovision(&self, resource: &Provisioned) -> Result<(), StoreFault>;
    /// Forgets one, and its memberships. `Missing` if it is not there.
    fn unprovision(&self, source: &str, id: &str) -> Result<(), StoreFault>;
    /// Everything of a kind a directory keeps here, in the order it came.
    fn provisioned(
        &self,
        source: &str,
        kind: ProvisionedKind,
    ) -> Result<Vec<Provisioned>, StoreFault>;
    /// One by its id.
    fn provisioned_one(&self, source: &str, id: &str) -> Result<Option<Provisioned>, StoreFault>;
    /// Makes these users, and no others, a group's members. `Missing` where one is not there.
    fn set_members(&self, group: &str, users: &[String]) -> Result<(), StoreFault>;
    /// A group's members, by id.
    fn members(&self, group: &str) -> Result<Vec<String>, StoreFault>;
    /// The groups a user is a member of, by id.
    fn member_of(&self, user: &str) -> Result<Vec<String>, StoreFault>;

    /// Keeps a token.
    fn add_token(&self, token: &TokenRecord) -> Result<(), StoreFault>;
    /// The live tokens of a principal at `now`, newest first, at most `most`.
    fn live_tokens(
        &self,
        name: &PrincipalName,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<TokenRecord>, StoreFault>;
    /// The tokens of a principal that have expired or been revoked by `now`, newest first, at most
    /// `most`: only so that a right secret can be told that it has ended.
    fn ended_tokens(
        &self,
        name: &PrincipalName,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<TokenRecord>, StoreFault>;
    /// The token of that digest, live or not.
    fn token_by_digest(&self, digest: &[u8]) -> Result<Option<TokenRecord>, StoreFault>;
    /// The token of that id, live or not.
    fn token(&self, id: &str) -> Result<Option<TokenRecord>, StoreFault>;
    /// All tokens, newest first.
    fn tokens(&self) -> Result<Vec<TokenRecord>, StoreFault>;
    /// Has a token count until `expires`, unless it was revoked: `Missing` then, and where there is
    /// none.
    fn renew_token(&self, id: &str, expires: Timestamp) -> Result<(), StoreFault>;
    /// Revokes a token. `Missing` if there is none.
    fn revoke_token(&self, id: &str) -> Result<(), StoreFault>;

    /// Keeps a new review.
    fn add_review(&self, review: &Review) -> Result<(), StoreFault>;
    /// Keeps what a review's rehearsal showed. `Missing` if there is no such review.
    fn rehearsed(&self, id: ReviewId, rehearsal: &Rehearsal) -> Result<(), StoreFault>;
    /// The review of that id.
    fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreFault>;
    /// Reviews, newest first, in that state or in any.
    fn reviews(&self, state: Option<ReviewState>) -> Result<Vec<Review>, StoreFault>;
    /// Adds a vote and moves the review to `state`, only if it is still `Open`; otherwise changes
    /// nothing and returns `false`. One reviewer votes once per review: a second is `Exists`. What
    /// the vote gives is kept with it, both or neither.
    fn vote(
        &self,
        id: ReviewId,
        vote: &Vote,
        state: ReviewState,
        gives: Option<&Grant>,
    ) -> Result<bool, StoreFault>;
    /// Moves a review from one state to another, atomically; `false` if it was not in `from`.
    /// This is what makes two approvals release once, and a grant pass once.
    fn move_review(
        &self,
        id: ReviewId,
        from: ReviewState,
        to: ReviewState,
    ) -> Result<bool, StoreFault>;
    /// Grants, newest first, in that state or in any.
    fn grants(&self, state: Option<GrantState>) -> Result<Vec<Grant>, StoreFault>;
    /// The grant of that id.
    fn grant(&self, id: ReviewId) -> Result<Option<Grant>, StoreFault>;
    /// Ends a grant that is given, atomically; `false` if it had ended.
    fn end_grant(&self, id: ReviewId, to: GrantState) -> Result<bool, StoreFault>;
    /// The newest approved, unexpired and unused review of that principal, target and binding.
    fn approved_review(
        &self,
        principal: &PrincipalName,
        target: &TargetName,
        binding: &str,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreFault>;
}
