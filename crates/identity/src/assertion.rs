//! ID-JAG (Cross App Access): the person's provider says that this agent may act for them.
//!
//! The provider signs a token made for us, for that person, for that client; the client shows it
//! with a credential of its own (the jwt-bearer grant of RFC 7523, as
//! draft-ietf-oauth-identity-assertion-authz-grant profiles it) and is given a token for a task. No
//! refresh token: the provider is asked again.
//!
//! It takes no assertion that speaks of further actors: who they are here, nobody has said.

use model::{Directory as _, Ground, PrincipalKind, Remit, Timestamp};

use crate::delegate::{NotDelegated, Task, give, of_provider};
use crate::exchange::{Exchange, NotExchanged, once};
use crate::oidc::{Rejection, Seen, Use};
use crate::{Admin, Issued, token};

/// A client's own proof: its name, and a token of its own.
pub struct Client {
    /// The agent's name.
    pub id: String,
    /// Its own token.
    pub secret: String,
}

impl Exchange {
    /// A token for a task, for an assertion. A no is recorded too, with its reason.
    pub async fn assert(
        &self,
        assertion: &str,
        client: Client,
        task: Task,
        now: Timestamp,
    ) -> Result<Issued, NotExchanged> {
        let seen = self.issuers().verify(assertion, Use::Assertion, now).await;
        self.blocking("delegation.refused", move |admin| {
            let actor = proved(admin, &client, now)?;
            let seen = seen?;
            let task = checked(admin, &seen, (&client, task), now)?;
            let giver = of_provider(admin, &seen, now)?;
            let actor = admin.existing(&actor)?;
            give(admin, giver, (&actor, Ground::Assertion), task, now)
        })
        .await
    }
}

/// The agent that a client proves to be.
fn proved(
    admin: &Admin,
    client: &Client,
    now: Timestamp,
) -> Result<model::PrincipalName, NotExchanged> {
    let shown = admin.directory.show(Some(&client.id), &client.secret, now);
    let identity = shown.map_err(|_| NotDelegated::Client)?;
    if identity.subject.kind != PrincipalKind::Agent || identity.delegation.is_some() {
        return Err(NotDelegated::Client.into());
    }
    Ok(identity.subject.name)
}

/// What an assertion must be besides a right token: for this client, once, for nobody further; and
/// what it covers.
fn checked(
    admin: &Admin,
    seen: &Seen,
    (client, task): (&Client, Task),
    now: Timestamp,
) -> Result<Task, NotExchanged> {
    let claims = &seen.claims;
    if seen.kind != PrincipalKind::Person {
        return Err(Rejection::Subject.into());
    }
    if claims.text("client_id") != Some(&client.id) {
        return Err(Rejection::Client.into());
    }
    if claims.at("act").is_some() {
        return Err(Rejection::Actor.into());
    }
    let required = |claim: &str| Rejection::Required(claim.to_owned());
    if claims.seconds("iat").is_none() {
        return Err(required("iat").into());
    }
    let id = claims.text("jti").ok_or_else(|| required("jti"))?;
    // By its id, as the draft has it: a second token of that id is the same assertion.
    let digest = token::digest(format!("{}\0{id}", seen.issuer).as_bytes());
    once(admin, seen, digest, now)?;
    let outer = Remit {
        actions: crate::oauth::actions(claims.text("scope")).map_err(NotDelegated::Wider)?,
        ..Remit::default()
    };
    let remit = task.remit.within(&outer).map_err(NotDelegated::Wider)?;
    Ok(Task { remit, ..task })
}

#[cfg(test)]
mod tests;
