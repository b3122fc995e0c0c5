//! Those who wait for an answer: one place per review, left when the wait is dropped.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Review, ReviewId};
use parking_lot::Mutex;
use tokio::sync::oneshot;

/// The waiters of open reviews.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<HashMap<ReviewId, oneshot::Sender<Review>>>);

/// One waiter's place.
#[derive(Debug)]
pub(crate) struct Place {
    answer: oneshot::Receiver<Review>,
    id: ReviewId,
    waiters: Arc<Waiters>,
}

impl Waiters {
    /// Takes the place of a review that is about to be opened.
    pub(crate) fn enter(self: &Arc<Self>, id: ReviewId) -> Place {
        let (sender, answer) = oneshot::channel();
        self.0.lock().insert(id, sender);
        Place {
            answer,
            id,
            waiters: Arc::clone(self),
        }
    }

    /// Tells whoever waits for this review where it now stands.
    pub(crate) fn wake(&self, review: Review) {
        let waiter = self.0.lock().remove(&review.id);
        if let Some(waiter) = waiter {
            // A waiter that has just gone hears nothing; what it waited for is in the store.
            let _gone = waiter.send(review);
        }
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.lock().len()
    }
}

impl Place {
    /// The review as it stands when it leaves `Open`; `None` if nobody can tell any more.
    pub(crate) async fn answered(mut self) -> Option<Review> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiters.0.lock().remove(&self.id);
    }
}
