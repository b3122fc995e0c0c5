//! Sign-in: what a client shows of itself, checked off the reactor.
//!
//! A client reads one sentence for a wrong token, an unknown name and a disabled principal, so that
//! names cannot be tried; the ledger reads the word. It decides nothing about targets.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use model::{BadCertificate, Event, Identity, Proof, SignInFault, Wait};
use tokio::task::spawn_blocking;
use wire::{Challenge, Credential};

use super::jobs::Done;
use crate::config::{Listener, SignIn};
use crate::rim::Rim;

/// The start-up message: a claim, nothing proved yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Claim {
    /// The certificates the client showed in TLS, leaf first.
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) database: String,
    pub(super) is_encrypted: bool,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) server_name: Option<String>,
    pub(super) user: String,
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// How the client must prove itself, or why it may not even try.
pub(super) async fn challenge(rim: Arc<Rim>, listener: Rc<Listener>, claim: Claim) -> Done {
    if rim.registry.count() > rim.limits.sessions {
        let message = format!(
            "the gateway has its {} sessions already",
            rim.limits.sessions
        );
        return Done::Reject("53300", message, Some("try again later".to_owned()));
    }
    if !claim.is_encrypted && !listener.allows_unencrypted {
        return Done::Reject(
            "28000",
            "this listener takes no sign-in outside TLS".to_owned(),
            Some("connect with sslmode=require".to_owned()),
        );
    }
    // A certificate that is shown is the proof, or a no: never a first try before another.
    if !claim.chain.is_empty() {
        return certified(rim, claim).await;
    }
    match listener.sign_in {
        SignIn::Bearer if claim.is_encrypted => {
            return match rim.bearers.challenge() {
                Some(discovery) => Done::Challenge(Challenge::Bearer { discovery }),
                None => unavailable(),
            };
        }
        SignIn::Bearer => {
            return Done::Reject(
                "28000",
                "an identity provider's token is taken inside TLS only".to_owned(),
                Some("connect with sslmode=require".to_owned()),
            );
        }
        SignIn::ClearText => return Done::Challenge(Challenge::ClearText),
        SignIn::Scram => {}
    }
    let Ok(nonce) = random::<24>() else {
        return Done::Reject("58000", "no random numbers can be had".to_owned(), None);
    };
    let salted = spawn_blocking(move || rim.directory.salt(&claim.user)).await;
    match salted {
        Ok(salt) => Done::Challenge(Challenge::Scram {
            nonce: nonce.to_vec(),
            salt,
        }),
        Err(_) => unavailable(),
    }
}

/// Whose the certificate is that the client showed in TLS.
async fn certified(rim: Arc<Rim>, claim: Claim) -> Done {
    let user = claim.user.clone();
    let asked = rim.clone();
    let believed = spawn_blocking(move || {
        let Claim { chain, user, .. } = claim;
        asked.certificates.believe(&chain, &user, asked.now())
    });
    match believed.await {
        Ok(Ok(identity)) => Done::Identified(Box::new(identity), None),
        Ok(Err(fault)) => Done::SignInFailed(user, fault),
        Err(_) => unavailable(),
    }
}

/// Checks a credential, unless too many before it were wrong.
pub(super) async fn check(
    rim: Arc<Rim>,
    from: SocketAddr,
    (claimed, shown): (String, Shown),
) -> Done {
    let has_token = !matches!(shown, Shown::Bearer { token: None, .. });
    if has_token && let Err(wait) = rim.guesses.may_try(from.ip(), Some(&claimed), rim.now()) {
        return Done::MustWait(claimed, wait);
    }
    let shown = match shown {
        Shown::Bearer { token: None, .. } => {
            return Done::Reject(
                "28000",
                "a token of the identity provider is needed".to_owned(),
                Some("the client asks its person to sign in there, and comes back".to_owned()),
            );
        }
        Shown::Bearer {
            token: Some(token),
            user,
        } => {
            return match rim.bearers.believe(user, token, rim.now()).await {
                Ok(identity) => Done::Identified(Box::new(identity), None),
                Err(fault) => Done::SignInFailed(claimed, fault),
            };
        }
        Shown::Local(local) => local,
    };
    let asked = rim.clone();
    let checked = spawn_blocking(move || shown.check(&asked)).await;
    match checked {
        Ok(Ok((identity, signature))) => Done::Identified(Box::new(identity), signature),
        Ok(Err(fault)) => Done::SignInFailed(claimed, fault),
        Err(_) => unavailable(),
    }
}

/// What was shown.
pub(super) enum Shown {
    /// An identity provider's token, or none yet.
    Bearer {
        token: Option<String>,
        user: String,
    },
    Local(Local),
}

/// What was shown of our own.
pub(super) enum Local {
    Proof(Proof),
    Token { token: String, user: String },
}

impl Shown {
    pub(super) fn of(credential: Credential) -> Option<(String, Self)> {
        match credential {
            Credential::Name { .. } => None,
            Credential::Bearer { token, user } => {
                Some((user.clone(), Self::Bearer { token, user }))
            }
            Credential::Proof(proof) => {
                Some((proof.user.clone(), Self::Local(Local::Proof(proof))))
            }
            Credential::Token { token, user } => {
                Some((user.clone(), Self::Local(Local::Token { token, user })))
            }
        }
    }
}

impl Local {
    fn check(self, rim: &Rim) -> Result<(Identity, Option<[u8; 32]>), SignInFault> {
        let now = rim.now();
        match self {
            Self::Proof(proof) => {
                let (identity, signature) = rim.directory.prove(&proof, now)?;
                Ok((identity, Some(signature)))
            }
            Self::Token { token, user } => {
                let token = zeroize::Zeroizing::new(token);
                Ok((rim.directory.show(Some(&user), &token, now)?, None))
            }
        }
    }
}

fn unavailable() -> Done {
    Done::Reject(
        "58000",
        "sign-in failed inside the gateway".to_owned(),
        None,
    )
}

/// What a client reads whose credential is not even looked at. The record hears once of a wait.
pub(super) fn waits(
    rim: &Rim,
    address: SocketAddr,
    claimed: &str,
    wait: Wait,
) -> (&'static str, String, Option<String>) {
    if wait.is_news {
        record(rim, address, claimed, "guesses");
    }
    (
        "53300",
        "too many wrong tokens from this address, or for this name".to_owned(),
        Some(format!("try again in {} s", wait.seconds)),
    )
}

fn record(rim: &Rim, address: SocketAddr, claimed: &str, reason: &'static str) {
    tracing::info!(%address, reason, "a sign-in failed");
    let claimed: String = claimed.escape_default().take(256).collect();
    let event = Event::AuthFailed {
        address: Some(address),
        claimed,
        reason,
    };
    if let Err(unrecorded) = rim.governor.write(&[event]) {
        tracing::error!(%unrecorded, "a failed sign-in could not be recorded");
    }
}

/// Counts and records a failed sign-in, and gives what the client reads.
pub(super) fn failed(
    rim: &Rim,
    address: SocketAddr,
    claimed: &str,
    fault: SignInFault,
) -> (&'static str, String, Option<String>) {
    let reason = match fault {
        SignInFault::Certificate(fault) => fault.word(),
        SignInFault::Disabled => "disabled",
        SignInFault::Disbelieved(reason) => reason,
        SignInFault::Expired => "expired",
        SignInFault::Revoked => "revoked",
        SignInFault::Unavailable => "unavailable",
        SignInFault::Wrong => "wrong",
    };
    if fault.is_guess() {
        let now = rim.now();
        rim.guesses.wrong(address.ip(), Some(claimed), now);
    }
    record(rim, address, claimed, reason);
    match fault {
        SignInFault::Certificate(fault) => (
            "28000",
            format!("the client certificate does not sign you in: {fault}"),
            Some(certificate_hint(fault).to_owned()),
        ),
        SignInFault::Disabled | SignInFault::Wrong => (
            "28P01",
            "no such principal, or a wrong token".to_owned(),
            None,
        ),
        SignInFault::Disbelieved(reason) => (
            "28000",
            format!("the identity provider's token was not believed: {reason}"),
            Some("docs/guide/identity.md says what a token must be".to_owned()),
        ),
        SignInFault::Expired | SignInFault::Revoked => (
            "28P01",
            format!(
                "this token has {}",
                if reason == "expired" {
                    "expired"
                } else {
                    "been revoked"
                }
            ),
            Some("ask for a new one: portcullis tokens issue NAME".to_owned()),
        ),
        SignInFault::Unavailable => (
            "57P03",
            "principals cannot be looked up just now".to_owned(),
            Some("try again; an operator finds the cause in the gateway's log".to_owned()),
        ),
    }
}

fn certificate_hint(fault: BadCertificate) -> &'static str {
    match fault {
        BadCertificate::Authority => {
            "show one that `portcullis login` wrote, or none: sslcertmode=disable signs in by token"
        }
        BadCertificate::Expired | BadCertificate::Revoked => {
            "get a new one: portcullis login, or portcullis certificate"
        }
        BadCertificate::OtherPrincipal => {
            "user= must be the principal the certificate was made for"
        }
        BadCertificate::Disabled => "an operator enables principals",
        BadCertificate::NotYet => "set the clocks of client and gateway",
        BadCertificate::OtherKind | BadCertificate::Unmapped => {
            "an operator names whose it is under [[identity.certificates]]"
        }
        BadCertificate::Malformed | BadCertificate::Purpose => {
            "show a certificate for clients (extended key usage clientAuth)"
        }
    }
}
