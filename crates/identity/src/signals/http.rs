//! Where transmitters push (RFC 8935): `POST /signals/NAME`, one address per transmitter.
//!
//! A signal that is taken is answered with 202 and nothing else. One that is not is a guess, is
//! recorded with its reason, and is answered with that reason as the specification words it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use model::Wait;
use serde_json::json;

use super::{NotTaken, Receiver};
use crate::door::{Door, Peer, is_one_of};
use crate::oidc::Rejection;

/// The largest signal read, bytes.
const BODY_BYTES: usize = 65_536;

#[derive(Clone)]
struct Rim {
    door: Door,
    receiver: Arc<Receiver>,
}

/// The route of one transmitter.
pub fn routes(receiver: Arc<Receiver>, door: Door) -> Router {
    let path = format!("/signals/{}", receiver.transmitter.name);
    Router::new()
        .route(&path, post(push))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Rim { door, receiver })
}

/// A no (RFC 8935 §2.4).
struct No {
    code: &'static str,
    description: String,
    /// The word of the ledger; none where the fault is ours.
    reason: Option<&'static str>,
    status: StatusCode,
}

impl No {
    fn new(code: &'static str, reason: &'static str, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
            reason: Some(reason),
            status: StatusCode::BAD_REQUEST,
        }
    }

    fn of(fault: &NotTaken) -> Self {
        match fault {
            NotTaken::Rejected(rejection @ Rejection::Unreachable(_)) => Self {
                reason: None,
                status: StatusCode::SERVICE_UNAVAILABLE,
                ..Self::new("invalid_key", rejection.word(), rejection.to_string())
            },
            NotTaken::Rejected(rejection) => {
                let code = match rejection {
                    Rejection::Algorithm(_) | Rejection::Key | Rejection::Signature => {
                        "invalid_key"
                    }
                    Rejection::Audience => "invalid_audience",
                    Rejection::Issuer => "invalid_issuer",
                    _ => "invalid_request",
                };
                Self::new(code, rejection.word(), rejection.to_string())
            }
            NotTaken::Admin(fault) => {
                tracing::error!(%fault, "a signal could not be acted upon");
                Self {
                    code: "invalid_request",
                    description: "this could not be done just now: send it again".to_owned(),
                    reason: None,
                    status: StatusCode::SERVICE_UNAVAILABLE,
                }
            }
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let said = json!({ "err": self.code, "description": self.description });
        let headers = [
            (header::CONTENT_TYPE, "application/json"),
            (header::CONTENT_LANGUAGE, "en"),
        ];
        (self.status, headers, said.to_string()).into_response()
    }
}

impl Rim {
    /// Runs what records off the reactor.
    async fn aside<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let rim = self.clone();
        tokio::task::spawn_blocking(move || act(&rim)).await.ok()
    }

    async fn may_try(&self, from: IpAddr) -> Result<(), Response> {
        let door = move |rim: &Self| rim.door.may_try(from, &rim.receiver.admin, "signals");
        match self.aside(door).await {
            Some(Ok(())) => Ok(()),
            Some(Err(Wait { seconds, .. })) => {
                let after = [(header::RETRY_AFTER, seconds.to_string())];
                Err((StatusCode::TOO_MANY_REQUESTS, after).into_response())
            }
            None => Err(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        }
    }
}

/// What is right is taken whoever guesses beside it: nobody may keep a signal from coming.
async fn push(State(rim): State<Rim>, request: Request) -> Response {
    let from = Peer::of(&request);
    let taken = match whole(request, &rim).await {
        Ok(shown) => {
            let taken = rim.receiver.take(&shown, rim.door.clock.now()).await;
            taken.map_err(|fault| No::of(&fault))
        }
        Err(no) => Err(no),
    };
    let no = match taken {
        Ok(()) => return StatusCode::ACCEPTED.into_response(),
        Err(no) => no,
    };
    if let Some(reason) = no.reason {
        if let Err(wait) = rim.may_try(from).await {
            return wait;
        }
        let wrong = move |rim: &Rim| {
            let admin = &rim.receiver.admin;
            rim.door.wrong(from, admin, ("signals", reason));
        };
        rim.aside(wrong).await;
    }
    no.into_response()
}

/// The token in a request, whose form is what it must be.
async fn whole(request: Request, rim: &Rim) -> Result<String, No> {
    let (parts, body) = request.into_parts();
    let header = |headers: &HeaderMap, name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };
    if let Some(agreed) = rim.receiver.transmitter.token {
        let shown = header(&parts.headers, header::AUTHORIZATION);
        let shown = shown
            .as_deref()
            .map(|it| it.strip_prefix("Bearer ").unwrap_or(it));
        if !is_one_of(&[agreed], shown) {
            let said = "the transmitter's token is missing or wrong";
            return Err(No {
                status: StatusCode::UNAUTHORIZED,
                ..No::new("authentication_failed", "wrong", said)
            });
        }
    }
    let kind = header(&parts.headers, header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    if kind != "application/secevent+jwt" {
        let said = "a signal is pushed as application/secevent+jwt";
        return Err(No::new("invalid_request", "type", said));
    }
    let read = axum::body::to_bytes(body, BODY_BYTES).await.ok();
    let text = read.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    let text = text.map(|text| text.trim().to_owned());
    text.ok_or_else(|| No::new("invalid_request", "malformed", "this is no signed token"))
}
