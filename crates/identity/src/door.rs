//! What our HTTP doors share: from where somebody comes, and whether they may try a credential.
//!
//! Why not each door for itself: guesses at one door count at the next. It reads no credential.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::{Clock, Guesses, Wait};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::{Admin, token};

/// From where a request came. The listener puts it into every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl Peer {
    /// The address of a request; those without one share an address that is nobody's.
    pub(crate) fn of<B>(request: &Request<B>) -> IpAddr {
        let peer = request.extensions().get::<Self>();
        peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip())
    }
}

/// What a door on HTTP has at hand.
#[derive(Clone)]
pub struct Door {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Counts of wrong credentials, of every door.
    pub guesses: Arc<Guesses>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// Whether a credential from there is looked at, or a wrong one answered; the record hears
    /// once of each wait.
    pub(crate) fn may_try(&self, from: IpAddr, admin: &Admin, door: &str) -> Result<(), Wait> {
        let waits = self.guesses.may_try(from, None, self.clock.now());
        if let Err(Wait { is_news: true, .. }) = waits {
            refused(from, admin, (door, "guesses"));
        }
        waits
    }

    /// A credential from there was wrong: counted and recorded.
    pub(crate) fn wrong(&self, from: IpAddr, admin: &Admin, (door, reason): (&str, &str)) {
        self.guesses.wrong(from, None, self.clock.now());
        refused(from, admin, (door, reason));
    }
}

fn refused(from: IpAddr, admin: &Admin, (door, reason): (&str, &str)) {
    let facts = vec![
        ("reason", reason.to_owned()),
        ("door", door.to_owned()),
        ("address", from.to_string()),
    ];
    if let Err(fault) = admin.record("sign_in.refused", facts) {
        tracing::error!(%fault, "a refused sign-in could not be recorded");
    }
}

/// Whether what was shown is one of these tokens, kept as digests. All are looked at.
pub(crate) fn is_one_of(digests: &[[u8; 32]], shown: Option<&str>) -> bool {
    let shown = token::digest(shown.unwrap_or_default().as_bytes());
    let hits = digests.iter().map(|digest| digest.ct_eq(&shown));
    hits.fold(0.into(), |any: subtle::Choice, hit| any | hit)
        .into()
}

/// Put into an answer that refuses a credential which was never right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guessed;

/// Around the token endpoint: whoever guesses there waits.
pub async fn watched(
    State((door, admin)): State<(Door, Arc<Admin>)>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let from = Peer::of(&request);
    if request.uri().path() != "/oauth/token" {
        return next.run(request).await;
    }
    let (asked, by) = (door.clone(), admin.clone());
    let looked = tokio::task::spawn_blocking(move || asked.may_try(from, &by, "token")).await;
    match looked {
        Ok(Ok(())) => {}
        Ok(Err(Wait { seconds, .. })) => {
            let said = json!({
                "error": "slow_down",
                "error_description": "too many wrong tokens from your address",
                "hint": format!("try again in {seconds} s"),
            });
            let after = [(header::RETRY_AFTER, seconds.to_string())];
            return (StatusCode::TOO_MANY_REQUESTS, after, Json(said)).into_response();
        }
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
    let answer = next.run(request).await;
    if answer.extensions().get::<Guessed>().is_some() {
        door.guesses.wrong(from, None, door.clock.now());
    }
    answer
}
