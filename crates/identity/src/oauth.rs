//! The token endpoint: a provider's token in, one of ours out (RFC 8693), and back (RFC 7009).
//!
//! With an `actor_token` beside it, or an assertion that an agent may act (RFC 7523), what comes
//! out is a token for a task. `asked` reads what is asked for. Faults are those of RFC 6749 §5.2,
//! with our hint beside them.
//!
//! It does not listen: `main` builds the one listener.

mod asked;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Form, State, rejection::FormRejection};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use model::{Clock, SignInFault, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use self::asked::Asked;
use crate::delegate::NotDelegated;
use crate::door::Guessed;
use crate::exchange::{Exchange, NotExchanged};
use crate::oidc::Rejection;
use crate::{Issued, token};

pub(crate) use self::asked::actions;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The largest form read, bytes: one token and some words.
const FORM_BYTES: usize = 65_536;

#[derive(Clone)]
struct Rim {
    clock: Arc<dyn Clock>,
    exchange: Arc<Exchange>,
}

/// `GET /v1/login`, `POST /oauth/token`, `POST /oauth/renew`, `POST /oauth/revoke`.
pub fn routes(exchange: Arc<Exchange>, clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .route("/v1/login", get(providers))
        .route("/oauth/token", post(exchanged))
        .route("/oauth/renew", post(renewed))
        .route("/oauth/revoke", post(revoked))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .with_state(Rim { clock, exchange })
}

/// A no of RFC 6749 §5.2.
struct No {
    description: String,
    error: &'static str,
    hint: String,
    /// What was shown was never right: a guess.
    is_guess: bool,
    status: StatusCode,
}

impl No {
    fn asked(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            error,
            hint: "see `portcullis login --help`".to_owned(),
            is_guess: false,
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
        let (error, status) = match fault {
            _ if is_ours => ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE),
            NotExchanged::NotDelegated(NotDelegated::Client) => {
                ("invalid_client", StatusCode::UNAUTHORIZED)
            }
            NotExchanged::NotDelegated(NotDelegated::Wider(what)) if *what == "targets" => {
                ("invalid_target", StatusCode::BAD_REQUEST)
            }
            NotExchanged::NotDelegated(NotDelegated::Wider(_)) => {
                ("invalid_scope", StatusCode::BAD_REQUEST)
            }
            _ => ("invalid_grant", StatusCode::BAD_REQUEST),
        };
        Self {
            description: fault.to_string(),
            error,
            hint: fault.hint().to_owned(),
            is_guess: SignInFault::Disbelieved(fault.word()).is_guess(),
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
        let uncached = [(header::CACHE_CONTROL, "no-store")];
        let mut answer = (self.status, uncached, Json(said)).into_response();
        if self.is_guess {
            answer.extensions_mut().insert(Guessed);
        }
        answer
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

fn form<T>(form: Result<Form<T>, FormRejection>) -> Result<T, No> {
    form.map(|Form(form)| form)
        .map_err(|fault| No::asked("invalid_request", fault.body_text()))
}

async fn exchanged(
    State(rim): State<Rim>,
    headers: HeaderMap,
    asked: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, No> {
    let asked = Asked::of(form(asked)?, &headers)?;
    let now = rim.clock.now();
    let (given, grant) = match asked {
        Asked::Assertion {
            assertion,
            client,
            task,
        } => (
            rim.exchange.assert(&assertion, client, task, now).await,
            "assertion",
        ),
        Asked::Delegation {
            actor,
            subject,
            task,
        } => (
            rim.exchange.delegate(subject, actor, task, now).await,
            "delegation",
        ),
        Asked::SignIn(shown) => (rim.exchange.of(&shown, now).await, "sign-in"),
    };
    let issued = given.map_err(|fault| No::of(&fault))?;
    tracing::info!(grant, token = issued.record.id, "a token was given");
    Ok(answered(&issued, now))
}

/// The answer of RFC 8693 §2.2.1, and for a task who acts for whom, and what it covers (RFC 9396).
fn answered(issued: &Issued, now: Timestamp) -> Response {
    let record = &issued.record;
    let mut said = json!({
        "access_token": issued.token.as_str(),
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": record.expires.since_us(now) / 1_000_000,
        "expires": record.expires,
        "id": record.id,
        "principal": record.principal,
    });
    if let (Some(delegation), Some(said)) = (&record.delegation, said.as_object_mut()) {
        let actors = std::iter::once(&record.principal).chain(&delegation.through);
        let actors: Vec<_> = actors.collect();
        let act = actors.iter().rev().fold(Value::Null, |inner, actor| {
            let mut act = json!({ "sub": actor });
            if let (false, Some(act)) = (inner.is_null(), act.as_object_mut()) {
                act.insert("act".to_owned(), inner);
            }
            act
        });
        said.insert("sub".to_owned(), json!(delegation.person));
        said.insert("act".to_owned(), act);
        said.insert("task".to_owned(), json!(delegation.task));
        said.insert("until".to_owned(), json!(delegation.until));
        said.insert(
            "authorization_details".to_owned(),
            json!([asked::details(delegation)]),
        );
    }
    // The one answer with a secret in it: no cache keeps it.
    ([(header::CACHE_CONTROL, "no-store")], Json(said)).into_response()
}

/// Has a task's token count for a while longer: for as long as its person's machine says so.
async fn renewed(
    State(rim): State<Rim>,
    asked: Result<Form<Renewed>, FormRejection>,
) -> Result<Json<Value>, No> {
    let Renewed { id, subject_token } = form(asked)?;
    let now = rim.clock.now();
    let renewed = rim.exchange.renew(subject_token, id, now).await;
    let record = renewed.map_err(|fault| No::of(&fault))?;
    Ok(Json(json!({ "id": record.id, "expires": record.expires })))
}

#[derive(Deserialize)]
struct Renewed {
    id: String,
    subject_token: String,
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
