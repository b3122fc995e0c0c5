//! Those who answer reviews: scripted by the world, atomic as a store would be.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use govern::{Reviews, Waiting};
use model::{
    Answer, PrincipalName, Rehearsal, Review, ReviewId, ReviewState, StoreFault, TargetName,
    Timestamp,
};

/// The world's clock, in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Time(AtomicI64);

impl Time {
    pub(crate) fn pass_ms(&self, count: i64) {
        self.0.fetch_add(count * 1_000, Ordering::Relaxed);
    }

    pub(crate) fn micros(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl model::Clock for Time {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_170_937_000_000 + self.micros())
    }
}

#[derive(Debug, Default)]
struct Desk {
    /// How often each text was approved.
    approved: BTreeMap<String, u32>,
    reviews: BTreeMap<ReviewId, Review>,
}

/// The people.
#[derive(Debug)]
pub(crate) struct People {
    desk: Arc<Mutex<Desk>>,
    /// A flaw: an approval is not used up.
    pub(crate) forgets_use: AtomicBool,
    time: Arc<Time>,
}

impl People {
    pub(crate) fn new(time: Arc<Time>) -> Self {
        Self {
            desk: Arc::default(),
            forgets_use: AtomicBool::new(false),
            time,
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().expect("one thread")
    }

    /// The open reviews, oldest first.
    pub(crate) fn open_reviews(&self) -> Vec<ReviewId> {
        let desk = self.desk();
        let open = |review: &&Review| review.state == ReviewState::Open;
        desk.reviews.values().filter(open).map(|r| r.id).collect()
    }

    /// Two who answer at once: the first counts, as in the store.
    pub(crate) fn answer(&self, id: ReviewId, answer: &Answer) -> bool {
        let mut desk = self.desk();
        let Some(review) = desk.reviews.get_mut(&id) else {
            return false;
        };
        if review.state != ReviewState::Open {
            return false;
        }
        review.votes.push(model::review::Vote {
            answer: answer.clone(),
            at: Timestamp(0),
            groups: Vec::new(),
            reviewer: "rita".parse().expect("a good name"),
        });
        if *answer != Answer::Approve {
            review.state = ReviewState::Denied;
            return true;
        }
        review.state = ReviewState::Approved;
        let text = review.text.clone();
        *desk.approved.entry(text).or_default() += 1;
        true
    }

    /// How often a text was approved.
    pub(crate) fn approvals(&self, text: &str) -> u32 {
        self.desk().approved.get(text).copied().unwrap_or_default()
    }
}

/// The people, as the governor knows them.
pub(crate) struct Door(pub(crate) Arc<People>);

impl Reviews for Door {
    fn claim(
        &self,
        principal: &PrincipalName,
        target: &TargetName,
        binding: &str,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreFault> {
        let mut desk = self.0.desk();
        let found = desk.reviews.values_mut().find(|review| {
            review.state == ReviewState::Approved
                && review.principal == *principal
                && review.target == *target
                && review.binding == binding
                && review.expires > now
        });
        Ok(found.map(|review| {
            if !self.0.forgets_use.load(Ordering::Relaxed) {
                review.state = ReviewState::Used;
            }
            review.clone()
        }))
    }

    fn open(&self, review: &Review, wait_s: u32) -> Result<Waiting, StoreFault> {
        let id = review.id;
        self.0.desk().reviews.insert(id, review.clone());
        let (desk, time) = (self.0.desk.clone(), self.0.time.clone());
        let until = time.micros() + i64::from(wait_s) * 1_000_000;
        Ok(Box::pin(poll_fn(move |_| {
            let desk = desk.lock().expect("one thread");
            let review = desk.reviews.get(&id).expect("reviews stay");
            if review.state == ReviewState::Open && time.micros() < until {
                return Poll::Pending;
            }
            Poll::Ready(review.clone())
        })))
    }

    fn rehearsed(&self, _: ReviewId, _: &Rehearsal) -> Result<(), StoreFault> {
        Ok(())
    }

    fn shift(&self, id: ReviewId, from: ReviewState, to: ReviewState) -> Result<bool, StoreFault> {
        let mut desk = self.0.desk();
        let forgets = self.0.forgets_use.load(Ordering::Relaxed) && to == ReviewState::Used;
        let moved = desk.reviews.get_mut(&id).is_some_and(|review| {
            let moves = review.state == from;
            if moves && !forgets {
                review.state = to;
            }
            moves
        });
        Ok(moved)
    }
}
