//! The trait through which a hold reaches people and their answer comes back.

use std::future::Future;
use std::pin::Pin;

use model::{PrincipalName, Review, ReviewId, ReviewState, StoreFault, TargetName, Timestamp};

/// Resolves when a review has left `Open`: approved, denied, expired or withdrawn elsewhere.
pub type Waiting = Pin<Box<dyn Future<Output = Review> + Send>>;

/// Those who carry a hold to people. `reviewers` implements it.
pub trait Reviews: Send + Sync {
    /// Uses up an approved, unexpired review with this binding, atomically: two callers, one `Some`.
    fn claim(
        &self,
        principal: &PrincipalName,
        target: &TargetName,
        binding: &str,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreFault>;

    /// Puts a review before people; the future resolves when it leaves `Open`.
    fn open(&self, review: &Review) -> Result<Waiting, StoreFault>;

    /// Moves a review, atomically; `false` if it was no longer in `from`.
    fn shift(&self, id: ReviewId, from: ReviewState, to: ReviewState) -> Result<bool, StoreFault>;
}
