//! Why no delegation was given: a word for the ledger, a sentence for whoever asked.

use model::PrincipalName;

/// The longest purpose kept, characters.
pub(super) const PURPOSE_CHARS: usize = 500;

/// Why no delegation was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDelegated {
    /// The actor's token was given for a task.
    #[error("the actor_token was itself given for a task")]
    ActorDelegated,
    /// The actor is no agent.
    #[error("the actor is no agent: people and services act for themselves")]
    ActorKind,
    /// No actor, and nobody who could name one of his own.
    #[error("who acts? an actor_token is missing")]
    ActorMissing,
    /// The actor is on this task.
    #[error("{0} is on this task already")]
    ActorRepeated(PrincipalName),
    /// Too many in a row.
    #[error("at most {0} agents stand in a row between a person and a statement")]
    Chain(usize),
    /// The client did not prove itself.
    #[error("the client is not an agent that is known here, or its secret is wrong")]
    Client,
    /// The person's provider lets another act.
    #[error("the person's provider lets another actor act (may_act)")]
    MayAct,
    /// Not an agent of this person's.
    #[error("{0} is no agent of yours")]
    NotOwn(PrincipalName),
    /// A purpose too long to be one.
    #[error("a purpose has at most {PURPOSE_CHARS} characters")]
    Purpose,
    /// An agent's own token, shown as a person's.
    #[error("an agent's own token gives no delegation: the person's does")]
    SubjectKind,
    /// A life too short or too long.
    #[error("a delegation lasts from 1 to {0} seconds")]
    Ttl(u32),
    /// One of the tokens counts no more, or never did.
    #[error("the {0} counts no more, or never did")]
    Unknown(&'static str),
    /// More than is there to give.
    #[error("that is wider than what it comes from: {0}")]
    Wider(&'static str),
}

impl NotDelegated {
    /// The word of the ledger.
    pub fn word(&self) -> &'static str {
        match self {
            Self::ActorDelegated => "actor_delegated",
            Self::ActorKind => "actor_kind",
            Self::ActorMissing => "actor_missing",
            Self::ActorRepeated(_) => "actor_repeated",
            Self::Chain(_) => "chain",
            Self::Client => "client_unknown",
            Self::MayAct => "may_act",
            Self::NotOwn(_) => "not_own",
            Self::Purpose => "purpose",
            Self::SubjectKind => "subject_kind",
            Self::Ttl(_) => "ttl",
            Self::Unknown(_) => "unknown_token",
            Self::Wider(_) => "wider",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::ActorDelegated | Self::ActorKind | Self::ActorMissing => {
                "show the agent's own token as actor_token: portcullis tokens issue NAME"
            }
            Self::ActorRepeated(_) | Self::Chain(_) => "have an earlier agent do it",
            Self::Client => "client_id is the agent's name, client_secret its own token",
            Self::MayAct => "use the agent that the token's `may_act` names",
            Self::NotOwn(_) => "`portcullis principals ls` shows whose agent it is",
            Self::Purpose => "say it in a sentence",
            Self::SubjectKind => "the person asks for it: portcullis agents run --for-me",
            Self::Ttl(_) => "choose another time",
            Self::Unknown(_) => "sign in again, or issue a new token",
            Self::Wider(_) => "ask the person for a delegation that covers it",
        }
    }
}
