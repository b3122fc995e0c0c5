//! Why a provider's token was not believed: one word for the ledger, one sentence for its bearer.

/// Why a token was not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It speaks of actors of its own (`act`), whom nobody knows here.
    #[error("the token speaks of further actors, who are not known here")]
    Actor,
    /// Signed by an algorithm that is not allowed, `none` and shared secrets among them.
    #[error("the token is signed with {0}, which is not accepted here")]
    Algorithm(String),
    /// Made for somebody else.
    #[error("the token was made for another audience")]
    Audience,
    /// Asked for by another client than the one configured (`azp`).
    #[error("the token was made for another client")]
    Client,
    /// Past its `exp`.
    #[error("the token has expired")]
    Expired,
    /// More groups than the token could carry, so that they are not in it.
    #[error("the provider left the groups out of the token: there are too many of them")]
    GroupsElsewhere,
    /// From an issuer nobody configured.
    #[error("the token comes from an issuer that is not configured here")]
    Issuer,
    /// Its key is not among the provider's.
    #[error("the token is signed with a key its provider does not publish")]
    Key,
    /// Not a signed token at all.
    #[error("this is no signed token")]
    Malformed,
    /// No claim to name the principal by, or one that cannot be a name.
    #[error("the token's claim {0:?} gives no name for a principal")]
    Name(String),
    /// Before its `nbf`, or issued in the future.
    #[error("the token does not count yet: its clock and ours differ")]
    NotYet,
    /// Shown before.
    #[error("the token was used before, and counts once")]
    Replayed,
    /// A claim the configuration demands is not what it must be.
    #[error("the token's claim {0:?} is not what is demanded here")]
    Required(String),
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    Signature,
    /// No `sub`.
    #[error("the token names no subject")]
    Subject,
    /// Of another type (`typ`), or with a header that must be understood and is not (`crit`).
    #[error("the token is of a kind that is not accepted here")]
    Type,
    /// The provider could not be asked for its keys.
    #[error("the provider cannot be reached for its keys")]
    Unreachable(String),
}

impl Rejection {
    /// The word of the ledger.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Algorithm(_) => "algorithm",
            Self::Audience => "audience",
            Self::Client => "client",
            Self::Expired => "expired",
            Self::GroupsElsewhere => "groups_elsewhere",
            Self::Issuer => "issuer",
            Self::Key => "key",
            Self::Malformed => "malformed",
            Self::Name(_) => "name",
            Self::NotYet => "not_yet",
            Self::Replayed => "replayed",
            Self::Required(_) => "required",
            Self::Signature => "signature",
            Self::Subject => "subject",
            Self::Type => "type",
            Self::Unreachable(_) => "unreachable",
        }
    }

    /// What its bearer, or whoever runs the gateway, can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Expired => "sign in again: portcullis login",
            Self::Replayed => "ask the provider for a new token: portcullis login",
            Self::GroupsElsewhere => {
                "have the provider put application roles or fewer groups into the token, and name \
                 that claim in `groups_claim`"
            }
            Self::Audience | Self::Client => {
                "the token must be made for the `client_id` (or one of the `audiences`) configured \
                 for its provider"
            }
            Self::Issuer => {
                "`issuer` in the configuration must equal the token's `iss`, to the byte"
            }
            Self::Name(_) => "name another claim in `name_claim`, or map this subject",
            Self::NotYet => "set the clocks of gateway and provider",
            Self::Unreachable(_) => "see the gateway's log; it tries again with the next sign-in",
            Self::Actor
            | Self::Algorithm(_)
            | Self::Key
            | Self::Malformed
            | Self::Required(_)
            | Self::Signature
            | Self::Subject
            | Self::Type => "show the token as its provider gave it",
        }
    }
}
