//! `POST /v1/certificates`: a certificate for the token that is shown, for a key that stays away.
//!
//! It lives no longer than the token and proves no more: revoking the token ends both. It does not
//! listen: `main` builds the listeners.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use model::{Clock, Directory as _, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::Certificates;
use super::authority::NotSigned;
use crate::AdminFault;

/// The largest body read, bytes: one request.
const BODY_BYTES: usize = 16_384;

#[derive(Clone)]
struct Rim {
    certificates: Arc<Certificates>,
    clock: Arc<dyn Clock>,
}

/// `POST /v1/certificates`, with a bearer token.
pub fn routes(certificates: Arc<Certificates>, clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .route("/v1/certificates", post(made))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Rim {
            certificates,
            clock,
        })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    request: String,
}

/// Why none was made.
#[derive(Debug, thiserror::Error)]
enum NotMade {
    #[error(transparent)]
    Admin(#[from] AdminFault),
    #[error("the body is not what is asked for here: {0}")]
    Asked(serde_json::Error),
    #[error("a certificate is made for a token that counts, and none was shown")]
    Nobody,
    #[error(transparent)]
    NotSigned(#[from] NotSigned),
}

impl IntoResponse for NotMade {
    fn into_response(self) -> Response {
        let (status, hint) = match &self {
            Self::Admin(fault) => (StatusCode::SERVICE_UNAVAILABLE, fault.hint()),
            Self::Asked(_) => (
                StatusCode::BAD_REQUEST,
                "send {\"request\": \"-----BEGIN CERTIFICATE REQUEST-----…\"}",
            ),
            Self::Nobody => (
                StatusCode::UNAUTHORIZED,
                "sign in with `portcullis login`, or give a token with --token-file",
            ),
            Self::NotSigned(NotSigned::Request) => (
                StatusCode::BAD_REQUEST,
                "`openssl req -new` makes one, and so does `portcullis login`",
            ),
            Self::NotSigned(fault) => {
                tracing::error!(%fault, "no certificate could be made");
                (StatusCode::SERVICE_UNAVAILABLE, "see the gateway's log")
            }
        };
        let said = json!({ "error": self.to_string(), "hint": hint });
        (status, Json(said)).into_response()
    }
}

async fn made(
    State(rim): State<Rim>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, NotMade> {
    let value = headers.get(header::AUTHORIZATION);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = value.strip_prefix("Bearer ").unwrap_or_default().to_owned();
    let asked: Asked = serde_json::from_slice(&body).map_err(NotMade::Asked)?;
    let now = rim.clock.now();
    let done = tokio::task::spawn_blocking(move || make(&rim.certificates, &token, &asked, now));
    let broke_off = |_| AdminFault::Unrecorded("the act broke off".to_owned());
    done.await.map_err(broke_off)?
}

fn make(
    certificates: &Certificates,
    token: &str,
    asked: &Asked,
    now: Timestamp,
) -> Result<Response, NotMade> {
    let admin = certificates.admin();
    let shown = admin.directory.show(None, token, now);
    let identity = shown.map_err(|_| NotMade::Nobody)?;
    let (Some(id), Some(expires)) = (&identity.token, identity.expires) else {
        return Err(NotMade::Nobody);
    };
    let of = (identity.name().as_str(), id.as_str());
    let signed = certificates
        .authority()
        .sign(&asked.request, of, expires, now)?;
    let facts = vec![
        ("token", id.clone()),
        ("principal", identity.name().to_string()),
        ("expires", signed.expires.to_string()),
    ];
    admin.record("certificate.issued", facts)?;
    let said = json!({
        "certificate": signed.pem,
        "expires": signed.expires,
        "principal": identity.name(),
        "token": id,
    });
    Ok((StatusCode::CREATED, Json(said)).into_response())
}
