//! Tokens of OpenID providers: whose keys, which checks, what the claims say.
//!
//! The road: [`Issuers::verify`] finds the provider by the token's `iss`, has its keys
//! ([`KeyRing`]), checks signature and claims ([`verify()`]), and reads who it is
//! ([`Provider::read`]). Everything a token may be wrong in is a [`Rejection`] of its own, so that
//! the ledger knows which.
//!
//! It issues nothing and keeps nobody: that is `exchange`'s.

mod claims;
mod fetch;
mod keys;
mod provider;
mod rejection;
mod verify;

pub use claims::Claims;
pub use fetch::{Fetch, Unreachable};
pub use keys::{KeyRing, discover};
pub(crate) use provider::ALGORITHMS;
pub use provider::{Provider, Seen, Use, Workload};
pub use rejection::Rejection;
pub(crate) use verify::authentic;
pub use verify::{Expected, issuer_of, verify};

use model::Timestamp;

/// Every provider this installation listens to, each with its keys.
#[derive(Debug, Default)]
pub struct Issuers {
    providers: Vec<(Provider, KeyRing)>,
}

impl Issuers {
    /// These providers; their keys are fetched when the first token comes.
    pub fn new(providers: Vec<(Provider, Fetch)>) -> Self {
        let with_keys = |(provider, fetch): (Provider, Fetch)| {
            let ring = KeyRing::new(&provider.issuer, fetch);
            (provider, ring)
        };
        Self {
            providers: providers.into_iter().map(with_keys).collect(),
        }
    }

    /// The providers, in the order of the configuration.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter().map(|(provider, _)| provider)
    }

    /// Who a provider's token speaks of, every check made.
    pub async fn verify(
        &self,
        token: &str,
        shown_for: Use,
        now: Timestamp,
    ) -> Result<Seen, Rejection> {
        let issuer = issuer_of(token)?;
        // Two providers may share an issuer (two clients of one tenant): the token's audience
        // tells them apart, so the last refusal stands only when none takes it.
        let mut refused = Rejection::Issuer;
        for (provider, ring) in &self.providers {
            if provider.issuer != issuer {
                continue;
            }
            let keys = ring.of(token, now).await?;
            match verify(token, &keys, &provider.expected(shown_for, now)) {
                Ok(claims) => return provider.read(&claims, shown_for),
                Err(rejection) => refused = rejection,
            }
        }
        Err(refused)
    }
}

#[cfg(test)]
pub(crate) mod tests;
