//! Providers' access tokens at the door (OAUTHBEARER): believed, and kept as tokens of ours.
//!
//! Why kept: a token that was checked once is then like any other: its digest is known, it is
//! revoked and listed like the rest, and a session that came in with it ends with it. What is kept
//! proves nothing to whoever reads it.
//!
//! It speaks no protocol: a wire asks, a door hands on.

use model::{Bearers, Believing, Directory as _, Identity, Method, SignInFault, Timestamp};
use serde_json::json;

use crate::exchange::{Exchange, NotExchanged, principal};
use crate::oidc::{Rejection, Use};
use crate::{Admin, AdminFault};

impl Bearers for Exchange {
    /// The first provider that gives access tokens for us.
    fn challenge(&self) -> Option<String> {
        let mut providers = self.issuers().providers();
        let provider = providers.find(|provider| !provider.audiences.is_empty())?;
        let issuer = provider.issuer.trim_end_matches('/');
        let said = json!({
            "status": "invalid_token",
            "openid-configuration": format!("{issuer}/.well-known/openid-configuration"),
            "scope": provider.scopes.join(" "),
        });
        Some(said.to_string())
    }

    fn believe(&self, user: String, token: String, now: Timestamp) -> Believing<'_> {
        Box::pin(async move {
            let (admin, shown) = (self.admin().clone(), (user.clone(), token.clone()));
            match off_reactor(move || known(&admin, &shown, now)).await {
                Err(SignInFault::Wrong) => {}
                known => return known,
            }
            let seen = self.issuers().verify(&token, Use::Access, now).await;
            let seen = seen.map_err(|rejection| disbelieved(&rejection.into()))?;
            let admin = self.admin().clone();
            off_reactor(move || {
                let name = principal(&admin, &seen, now).map_err(|fault| disbelieved(&fault))?;
                if name.as_str() != user {
                    return Err(SignInFault::Wrong);
                }
                let expires = seen.claims.seconds("exp").unwrap_or_default();
                let expires = Timestamp(expires.saturating_mul(1_000_000));
                let end = expires.min(now.plus_s(i64::from(seen.session_s)));
                let adopted = admin.adopt(&name, &token, end, now);
                adopted.map_err(|fault| disbelieved(&fault.into()))?;
                known(&admin, &(user, token), now)
            })
            .await
        })
    }
}

/// Who showed that token before, if it counts.
fn known(
    admin: &Admin,
    (user, token): &(String, String),
    now: Timestamp,
) -> Result<Identity, SignInFault> {
    let identity = admin.directory.show(Some(user), token, now)?;
    Ok(Identity {
        method: Method::Bearer,
        ..identity
    })
}

async fn off_reactor<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, SignInFault> + Send + 'static,
) -> Result<T, SignInFault> {
    let done = tokio::task::spawn_blocking(act).await;
    done.unwrap_or(Err(SignInFault::Unavailable))
}

fn disbelieved(fault: &NotExchanged) -> SignInFault {
    match fault {
        NotExchanged::Admin(AdminFault::TooManyTokens { .. }) => {
            SignInFault::Disbelieved("too_many_tokens")
        }
        NotExchanged::Admin(fault) => {
            tracing::error!(%fault, "a provider's token could not be looked at");
            SignInFault::Unavailable
        }
        NotExchanged::Disabled(_) => SignInFault::Disabled,
        NotExchanged::Rejected(Rejection::Expired) => SignInFault::Expired,
        other => SignInFault::Disbelieved(other.word()),
    }
}
