//! The trait through which a hold reaches people and their answer comes back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use model::{
    Grant, PrincipalName, Rehearsal, Review, ReviewId, ReviewState, StoreFault, TargetName,
    Timestamp,
};

/// Resolves when a review has left `Open` (approved, denied, expired or withdrawn elsewhere), or,
/// as it then stands, when the wait is over.
pub type Waiting = Pin<Box<dyn Future<Output = Review> + Send>>;

/// Those who carry a hold to people. `reviewers` implements it.
pub trait Reviews: Send + Sync {
    /// Uses up an approved, unexpired review with this binding, atomically: of two callers one
    /// gets `Some`.
    fn claim(
        &self,
        principal: &PrincipalName,
        target: &TargetName,
        binding: &str,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreFault>;

    /// The grants that were given and not taken back, of anybody. Whoever judges looks at their
    /// times itself. Asked for every statement.
    fn grants(&self) -> Arc<Vec<Grant>> {
        Arc::default()
    }

    /// Puts a review before people. The future resolves when it leaves `Open`, or, still `Open`,
    /// after `wait_s` seconds: the review outlives the statement that waited for it.
    fn open(&self, review: &Review, wait_s: u32) -> Result<Waiting, StoreFault>;

    /// Puts what a rehearsal showed before those who were asked.
    fn rehearsed(&self, id: ReviewId, rehearsal: &Rehearsal) -> Result<(), StoreFault>;

    /// Moves a review, atomically; `false` if it was no longer in `from`.
    fn shift(&self, id: ReviewId, from: ReviewState, to: ReviewState) -> Result<bool, StoreFault>;
}
