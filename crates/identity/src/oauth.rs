//! The token endpoint: a provider's token in, one of ours out (RFC 8693), and back (RFC 7009).
//!
//! Faults are those of RFC 6749 §5.2, with our hint beside them. What is not built is said to be
//! unsupported, never ignored: an `actor_token` that nobody looked at would be a lie in the ledger.
//!
//! It does not listen: `main` builds the one listener.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Form, State, rejection::FormRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use model::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::exchange::{Exchange, NotExchanged};
use crate::oidc::Rejection;
use crate::token;

/// The grant of RFC 8693.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// What may be shown: an ID token, or a workload's token.
const SHOWN: [&str; 2] = [
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:jwt",
];
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The largest form read, bytes: one token and some words.
const FORM_BYTES: usize = 65_536;

#[derive(Clone)]
struct Rim {
    clock: Arc<dyn Clock>,
    exchange: Arc<Exchange>,
}

/// `GET /v1/login`, `POST /oauth/token`, `POST /oauth/revoke`.
pub fn routes(exchange: Arc<Exchange>, clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .route("/v1/login", get(providers))
        .route("/oauth/token", post(exchanged))
        .route("/oauth/revoke", post(revoked))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .with_state(Rim { clock, exchange })
}

/// A no of RFC 6749 §5.2.
struct No {
    description: String,
    error: &'static str,
    hint: String,
    status: StatusCode,
}

impl No {
    fn asked(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            error,
            hint: "see `portcullis login --help`".to_owned(),
            status: StatusCode::BAD_REQUEST,
        }
    }

    fn of(fault: &NotExchanged) -> Self {
        let is_ours = matches!(
            fault,
            NotExchanged::Admin(_) | NotExchanged::Rejected(Rejection::Unreachable(_))
        );
        if let NotExchanged::Admin(fault) = fault {
            tracing::error!(%fault, "a token could not be given");
        }
        let (error, status) = if is_ours {
            ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE)
        } else {
            ("invalid_grant", StatusCode::BAD_REQUEST)
        };
        Self {
            description: fault.to_string(),
            error,
            hint: fault.hint().to_owned(),
            status,
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let said = json!({
            "error": self.error,
            "error_description": self.description,
            "hint": self.hint,
        });
        (
            self.status,
            [(header::CACHE_CONTROL, "no-store")],
            Json(said),
        )
            .into_response()
    }
}

/// Where people sign in: nothing of it is secret.
async fn providers(State(rim): State<Rim>) -> Json<Value> {
    let all = rim.exchange.issuers().providers();
    let people = all.filter_map(|provider| {
        let client_id = provider.client_id.as_ref()?;
        Some(json!({
            "name": provider.name,
            "issuer": provider.issuer,
            "client_id": client_id,
            "scopes": provider.scopes,
        }))
    });
    Json(json!({ "providers": people.collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
struct Asked {
    actor_token: Option<String>,
    grant_type: String,
    #[serde(default)]
    subject_token: String,
    #[serde(default)]
    subject_token_type: String,
}

fn form<T>(form: Result<Form<T>, FormRejection>) -> Result<T, No> {
    form.map(|Form(form)| form)
        .map_err(|fault| No::asked("invalid_request", fault.body_text()))
}

async fn exchanged(
    State(rim): State<Rim>,
    asked: Result<Form<Asked>, FormRejection>,
) -> Result<Response, No> {
    let asked = form(asked)?;
    if asked.grant_type != TOKEN_EXCHANGE {
        let said = format!("only {TOKEN_EXCHANGE} is given here");
        return Err(No::asked("unsupported_grant_type", said));
    }
    if asked.actor_token.is_some() {
        return Err(No::asked(
            "invalid_request",
            "an actor_token is not taken here",
        ));
    }
    if !SHOWN.contains(&asked.subject_token_type.as_str()) {
        let said = format!("subject_token_type must be one of {}", SHOWN.join(", "));
        return Err(No::asked("invalid_request", said));
    }
    let now = rim.clock.now();
    let given = rim.exchange.of(&asked.subject_token, now).await;
    let issued = given.map_err(|fault| No::of(&fault))?;
    let said = json!({
        "access_token": issued.token.as_str(),
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": issued.record.expires.since_us(now) / 1_000_000,
        "expires": issued.record.expires,
        "id": issued.record.id,
        "principal": issued.record.principal,
    });
    // The one answer with a secret in it: no cache keeps it.
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(said)).into_response())
}

#[derive(Deserialize)]
struct Ended {
    token: String,
}

/// Whoever has a token may end it. An unknown one is ended already (RFC 7009 §2.2).
async fn revoked(
    State(rim): State<Rim>,
    asked: Result<Form<Ended>, FormRejection>,
) -> Result<StatusCode, No> {
    let Ended { token } = form(asked)?;
    let ended = tokio::task::spawn_blocking(move || {
        let admin = rim.exchange.admin();
        let digest = token::digest(token.as_bytes());
        match admin.directory.store.token_by_digest(&digest)? {
            Some(record) => admin.revoke(&record.id).map(|_| ()),
            None => Ok(()),
        }
    });
    match ended.await {
        Ok(Ok(())) => Ok(StatusCode::OK),
        Ok(Err(fault)) => Err(No::of(&NotExchanged::Admin(fault))),
        Err(_) => Err(No::asked("temporarily_unavailable", "the act broke off")),
    }
}
