//! Who is asking: one verified authentication.
//!
//! Why: everything after sign-in speaks of an identity, never of a user name a client sent.
//! It does not verify anything: `identity` (the crate) does and makes these.

use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::{Delegation, GroupName, PrincipalName, Timestamp};

/// What kind of accountable subject a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// Software that acts for a person or a service. It never reviews.
    Agent,
    /// A human.
    Person,
    /// Software that acts for itself, with an owner.
    Service,
}

impl PrincipalKind {
    /// The word used in policy, CLI and ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Person => "person",
            Self::Service => "service",
        }
    }
}

/// How an identity was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// An identity provider's access token, shown by OAUTHBEARER (RFC 7628).
    Bearer,
    /// A client certificate, by TLS itself.
    Certificate,
    /// A token proved by SCRAM-SHA-256 (RFC 7677), with or without channel binding.
    Scram,
    /// A token shown in clear text inside TLS.
    Token,
}

/// One principal as it stood when it signed in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Its groups, sorted.
    pub groups: Vec<GroupName>,
    /// Its kind.
    pub kind: PrincipalKind,
    /// Its name.
    pub name: PrincipalName,
}

/// One verified authentication: who, for whom, how, when.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The person or service this agent acts for. `None` unless the principal is an agent.
    pub acts_for: Option<Subject>,
    /// When it was proved.
    pub at: Timestamp,
    /// What it was given to do, where it acts by a delegation.
    pub delegation: Option<Box<Delegation>>,
    /// When the credential that proved it ends; the session ends with it.
    pub expires: Option<Timestamp>,
    /// How it was proved.
    pub method: Method,
    /// The principal itself.
    pub subject: Subject,
    /// The credential that proved it: a token's id, never the token.
    pub token: Option<String>,
}

impl Identity {
    /// The principal's own name.
    pub fn name(&self) -> &PrincipalName {
        &self.subject.name
    }

    /// Every subject whose rights bound this identity: itself, the agents its task came through,
    /// and the one it acts for.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        let through = self.delegation.iter().flat_map(|it| &it.through);
        std::iter::once(&self.subject)
            .chain(through)
            .chain(&self.acts_for)
    }

    /// Whether `name` is one of its subjects: such a one never reviews it.
    pub fn involves(&self, name: &PrincipalName) -> bool {
        self.subjects().any(|subject| subject.name == *name)
    }
}

/// Why a client certificate proves nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// No authority of ours, and none that the configuration trusts, signed it.
    #[error("no authority trusted here signed it")]
    Authority,
    /// Its principal is disabled.
    #[error("its principal is disabled")]
    Disabled,
    /// It has ended.
    #[error("it has expired")]
    Expired,
    /// It is no X.509 certificate we can read, or its signature does not fit.
    #[error("it is not a certificate that can be read and checked")]
    Malformed,
    /// Its principal is of another kind than a service here, and may not come this way.
    #[error("its principal is no service here")]
    OtherKind,
    /// It begins later.
    #[error("it does not count yet: its clock and ours differ")]
    NotYet,
    /// It is another principal's than the one `user` names.
    #[error("it is not the one of the principal named as user")]
    OtherPrincipal,
    /// It is not for clients.
    #[error("it is not made for clients")]
    Purpose,
    /// It, or the token it was made for, was revoked.
    #[error("it has been revoked")]
    Revoked,
    /// Its authority is trusted, but no rule says whose it is.
    #[error("its authority is trusted, but no rule says whose it is")]
    Unmapped,
}

impl BadCertificate {
    /// The word of the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Authority => "certificate_authority",
            Self::Disabled => "certificate_disabled",
            Self::Expired => "certificate_expired",
            Self::Malformed => "certificate_malformed",
            Self::NotYet => "certificate_not_yet",
            Self::OtherKind => "certificate_other_kind",
            Self::OtherPrincipal => "certificate_other_principal",
            Self::Purpose => "certificate_purpose",
            Self::Revoked => "certificate_revoked",
            Self::Unmapped => "certificate_unmapped",
        }
    }
}

/// Why a sign-in failed. The client reads one sentence for all of them; the ledger reads the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInFault {
    /// The client's certificate proves nobody.
    #[error("{}", .0.word())]
    Certificate(BadCertificate),
    /// The principal is disabled.
    #[error("disabled")]
    Disabled,
    /// An identity provider's token that was not believed; the word of the ledger.
    #[error("{0}")]
    Disbelieved(&'static str),
    /// The token was right once and has expired.
    #[error("expired")]
    Expired,
    /// The token was right once and was revoked.
    #[error("revoked")]
    Revoked,
    /// The store could not answer.
    #[error("unavailable")]
    Unavailable,
    /// No such principal, or a wrong token: the two are not told apart, by words or by time.
    #[error("wrong")]
    Wrong,
}

impl SignInFault {
    /// Whether what was shown was never right: expired, revoked or disabled it was once, and a
    /// provider's token may come too early or a second time.
    pub fn is_guess(self) -> bool {
        let forged = [
            "algorithm",
            "audience",
            "client",
            "issuer",
            "key",
            "malformed",
            "required",
            "signature",
            "subject",
            "type",
        ];
        match self {
            Self::Wrong => true,
            Self::Disbelieved(word) => forged.contains(&word),
            Self::Certificate(_)
            | Self::Disabled
            | Self::Expired
            | Self::Revoked
            | Self::Unavailable => false,
        }
    }
}

/// What a SCRAM client proves itself against (RFC 5802 §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salt {
    /// PBKDF2 iterations.
    pub iterations: u32,
    /// The salt.
    pub salt: Vec<u8>,
}

/// A SCRAM client's proof, ready to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// `AuthMessage` of RFC 5802 §3.
    pub auth_message: Vec<u8>,
    /// `ClientProof`, 32 bytes.
    pub client_proof: [u8; 32],
    /// The name that was claimed.
    pub user: String,
}

/// The one who believes identity providers' access tokens (RFC 7628). `identity` implements it;
/// doors ask it.
pub trait Bearers: Send + Sync {
    /// What a client without a token is told (RFC 7628 §3.2.2), as JSON: whom to ask for one.
    /// `None` where nobody can be asked.
    fn challenge(&self) -> Option<String>;
    /// The identity a token shows, which must be `user`'s. May wait for the provider's keys.
    fn believe(&self, user: String, token: String, now: Timestamp) -> Believing<'_>;
}

/// What [`Bearers::believe`] waits for.
pub type Believing<'a> = Pin<Box<dyn Future<Output = Result<Identity, SignInFault>> + Send + 'a>>;

/// The one who knows whose a client certificate is. `identity` implements it; doors ask it.
///
/// Calls may block on the store, and on a small file, for a moment.
pub trait Certificates: Send + Sync {
    /// The identity a chain shows (DER, leaf first), which must be `user`'s. That the client has
    /// the leaf's key is the caller's to know: TLS has shown it.
    fn believe(
        &self,
        chain: &[Vec<u8>],
        user: &str,
        now: Timestamp,
    ) -> Result<Identity, SignInFault>;
}

/// The one who knows principals and their credentials. `identity` implements it; doors ask it.
///
/// Calls may block on the store for as long as one indexed look-up takes.
pub trait Directory: Send + Sync {
    /// The salt for a name; a stable false one for a name nobody has.
    fn salt(&self, user: &str) -> Salt;
    /// The identity a SCRAM proof shows, and the `ServerSignature` that answers it.
    fn prove(&self, proof: &Proof, now: Timestamp) -> Result<(Identity, [u8; 32]), SignInFault>;
    /// The identity a token in clear text shows. With `user`, it must be that principal's.
    fn show(
        &self,
        user: Option<&str>,
        token: &str,
        now: Timestamp,
    ) -> Result<Identity, SignInFault>;
    /// Whether an identity given earlier still holds: not expired, revoked or disabled.
    fn holds(&self, identity: &Identity, now: Timestamp) -> bool;
}
