//! Why a change to principals or tokens was not made, and what to do about it.

use model::{GroupName, PrincipalName, StoreFault};

use crate::token::NoRandomness;

/// A change that was not made.
#[derive(Debug, thiserror::Error)]
pub enum AdminFault {
    /// An agent with nobody to act for.
    #[error("an agent acts for a person or a service, and {0} names none")]
    ActsForMissing(PrincipalName),
    /// Someone else than an agent with one to act for.
    #[error("only an agent acts for another")]
    ActsForRefused,
    /// One to act for who is not there, is disabled, or is an agent.
    #[error("{0} is no enabled person or service")]
    ActsForUnfit(PrincipalName),
    /// The principal is disabled.
    #[error("{0} is disabled")]
    Disabled(PrincipalName),
    /// Somebody else's agent, and the caller is no operator.
    #[error("{0} is neither you nor an agent of yours")]
    NotYours(PrincipalName),
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Someone who operates or reviews, and the caller is no operator.
    #[error("who is in {0} is said by an operator's own token")]
    OperatorNeeded(GroupName),
    /// The store's own word: exists, missing, or failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// As many live tokens as a sign-in tries.
    #[error("{name} has {most} live tokens, the most a principal may have")]
    TooManyTokens {
        /// Whose.
        name: PrincipalName,
        /// How many.
        most: usize,
    },
    /// A life too short or too long.
    #[error("a token lives from 1 to {most} seconds")]
    Ttl {
        /// The longest.
        most: u32,
    },
    /// The ledger could not take it, so it was not done.
    #[error("this could not be recorded, so it was not done: {0}")]
    Unrecorded(String),
}

impl AdminFault {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::ActsForMissing(_) => "name one with --acts-for",
            Self::ActsForRefused => "leave out --acts-for, or add it as an agent",
            Self::ActsForUnfit(_) => "add that person or service first",
            Self::Disabled(_) => "tokens are issued to enabled principals only",
            Self::NotYours(_) => {
                "its owner or a person in the group operators does this with PORTCULLIS_TOKEN=…"
            }
            Self::NoRandomness(_) | Self::Store(StoreFault::Storage(_)) => "see the gateway's log",
            Self::Store(StoreFault::Exists { .. }) => "choose another name",
            Self::Store(StoreFault::Missing { .. }) => {
                "`portcullis principals ls` and `portcullis tokens ls` show those there are"
            }
            Self::OperatorNeeded(_) => {
                "a person in the group operators does this with PORTCULLIS_TOKEN=…; for a token of \
                 your own, show one that still counts"
            }
            Self::TooManyTokens { .. } => "revoke one that is no longer used",
            Self::Ttl { .. } => "choose another --ttl",
            Self::Unrecorded(_) => "see the ledger's state with `portcullis ledger verify`",
        }
    }
}
