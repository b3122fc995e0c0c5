//! Why an answer did not count, in words that help the one who gave it.

use model::{GrantState, Refusal, ReviewState, StoreFault};

/// An answer that did not count: nothing was changed by it.
#[derive(Debug, thiserror::Error)]
pub enum VoteFault {
    /// An agent.
    #[error("an agent never reviews")]
    Agent,
    /// A code that fits several.
    #[error("{0} fits more than one review")]
    Ambiguous(String),
    /// It has been answered, used or taken back.
    #[error("this review is no longer open: it is {}", word(*.0))]
    Closed(ReviewState),
    /// The reviewer is disabled.
    #[error("a disabled principal does not review")]
    Disabled,
    /// Its time is over.
    #[error("this review has expired")]
    Expired,
    /// Too much is being asked for already.
    #[error("{most} questions are open, the most there may be")]
    Full {
        /// The most.
        most: usize,
    },
    /// The grant counts no more.
    #[error("this grant counts no more: it is {}", .0.as_str())]
    GrantEnded(GrantState),
    /// None of that name, or none this one may see: the two are not told apart.
    #[error("there is no review {0} that you asked for or may answer")]
    Missing(String),
    /// No such grant, or none this one may know of.
    #[error("there is no grant {0} that you hold or may answer for")]
    NoGrant(String),
    /// Nobody could give what is asked for.
    #[error("{}", .0.message)]
    Refused(Box<Refusal>),
    /// The agent that asked acts for this reviewer.
    #[error("nobody reviews what their own agent asked for")]
    Owner,
    /// The reviewer asked for it.
    #[error("nobody reviews what they asked for themselves")]
    Own,
    /// A reason that is empty or too long.
    #[error("a no needs a reason of 1 to {most} characters")]
    Reason {
        /// The most characters.
        most: usize,
    },
    /// This reviewer has answered already.
    #[error("you have answered this review already")]
    Second,
    /// A service.
    #[error("a service never reviews")]
    Service,
    /// The store's own word.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// The ledger could not take it, so it does not count.
    #[error("this answer could not be recorded, so it does not count: {0}")]
    Unrecorded(String),
}

impl VoteFault {
    /// What to do about it.
    pub fn hint(&self) -> &str {
        match self {
            Self::Agent | Self::Service => "a person of the reviewers' group answers",
            Self::Ambiguous(_) => "give the whole id",
            Self::Closed(_) | Self::Expired => "the statement can be run again to ask anew",
            Self::Disabled => "ask an administrator",
            Self::Full { .. } => {
                "wait for an answer, or take one back: `portcullis reviews withdraw`"
            }
            Self::GrantEnded(_) => "`portcullis request` asks anew",
            Self::NoGrant(_) => "`portcullis grants ls` shows those there are",
            Self::Refused(refusal) => refusal.hint.as_deref().unwrap_or_default(),
            Self::Missing(_) => "`portcullis reviews ls` shows those there are",
            Self::Own | Self::Owner => "another person of the reviewers' group answers",
            Self::Reason { .. } => "say why: the one who asked reads it",
            Self::Second => "an answer stands; where more people must answer, it waits for them",
            Self::Store(_) | Self::Unrecorded(_) => "see the gateway's log",
        }
    }
}

/// A state in the word it is kept by.
pub(crate) fn word(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Approved => "approved",
        ReviewState::Denied => "denied",
        ReviewState::Expired => "expired",
        ReviewState::Open => "open",
        ReviewState::Used => "used",
        ReviewState::Withdrawn => "withdrawn",
    }
}
