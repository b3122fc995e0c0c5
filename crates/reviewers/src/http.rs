//! Reviews on the control plane: `ls`, `show`, `approve`, `deny`; what is asked ahead is `ahead`'s.
//!
//! Every call is made by a person or program with a token of its own (`Authorization: Bearer`),
//! proved anew each time. Whoever only reaches the socket reaches nothing here: an agent on the
//! same machine, under the same system account, must not be able to answer for a person.
//!
//! It shows a review as `govern` wrote it, sensitive literals masked; never its binding, which is
//! an unkeyed digest over the unmasked text.

mod ahead;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use govern::Request;
use model::{
    Answer, Clock, Directory, Identity, Refusal, Review, ReviewState, SignInFault, StoreFault,
    Timestamp,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::word;
use crate::{Desk, VoteFault};

/// The largest body we read, bytes: a reason.
const BODY_BYTES: usize = 65_536;

/// The most reviews one listing shows; the newest.
const LISTED: usize = 500;

/// Makes a review of what an identity asks ahead at a target, or says why nobody could give it.
pub type Asker = Arc<dyn Fn(&Identity, &str, &Request) -> Result<Review, Refusal> + Send + Sync>;

/// `GET /v1/reviews`, `GET /v1/reviews/{id-or-code}`, `POST …/approve`, `POST …/deny`; and
/// `/v1/requests`, `/v1/grants`.
pub fn routes(
    desk: Arc<Desk>,
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    asker: Asker,
) -> Router {
    Router::new()
        .merge(ahead::routes())
        .route("/v1/reviews", get(list))
        .route("/v1/reviews/{id}", get(show))
        .route("/v1/reviews/{id}/approve", post(approve))
        .route("/v1/reviews/{id}/deny", post(deny))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Rim {
            asker,
            clock,
            desk,
            directory,
        })
}

#[derive(Clone)]
struct Rim {
    asker: Asker,
    clock: Arc<dyn Clock>,
    desk: Arc<Desk>,
    directory: Arc<dyn Directory>,
}

impl Rim {
    /// Proves the caller, then acts as it, off the reactor: directory, store and ledger block.
    async fn run<T: Send + 'static>(
        self,
        headers: &HeaderMap,
        act: impl FnOnce(&Desk, &Identity, Timestamp) -> Result<T, VoteFault> + Send + 'static,
    ) -> Result<T, No> {
        let token = bearer(headers).ok_or_else(No::unproved)?.to_owned();
        let acted = tokio::task::spawn_blocking(move || {
            let now = self.clock.now();
            let by = self
                .directory
                .show(None, &token, now)
                .map_err(No::of_sign_in)?;
            act(&self.desk, &by, now).map_err(|fault| No::of(&fault))
        });
        acted.await.unwrap_or_else(|_| {
            Err(No::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the act broke off",
                "see the log",
            ))
        })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    // Two of them would be two callers.
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// A no, as it is sent.
struct No {
    error: String,
    hint: String,
    status: StatusCode,
}

impl No {
    fn new(status: StatusCode, error: impl Into<String>, hint: &str) -> Self {
        Self {
            error: error.into(),
            hint: hint.to_owned(),
            status,
        }
    }

    /// One sentence for every way not to be known.
    fn unproved() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "reviews are read and answered with a token of your own, and this is none that counts",
            "send `Authorization: Bearer` with a live token; `portcullis tokens issue` makes one",
        )
    }

    fn of_sign_in(fault: SignInFault) -> Self {
        tracing::warn!(reason = %fault, "a review's caller could not be proved");
        match fault {
            SignInFault::Unavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "tokens cannot be checked right now",
                "see the gateway's log",
            ),
            SignInFault::Certificate(_)
            | SignInFault::Disabled
            | SignInFault::Disbelieved(_)
            | SignInFault::Expired
            | SignInFault::Revoked
            | SignInFault::Wrong => Self::unproved(),
        }
    }

    fn of(fault: &VoteFault) -> Self {
        let status = match fault {
            VoteFault::Agent
            | VoteFault::Disabled
            | VoteFault::Refused(_)
            | VoteFault::Own
            | VoteFault::Owner
            | VoteFault::Service => StatusCode::FORBIDDEN,
            VoteFault::Ambiguous(_)
            | VoteFault::Closed(_)
            | VoteFault::Expired
            | VoteFault::Full { .. }
            | VoteFault::GrantEnded(_)
            | VoteFault::Second => StatusCode::CONFLICT,
            VoteFault::Missing(_)
            | VoteFault::NoGrant(_)
            | VoteFault::Store(StoreFault::Missing { .. }) => StatusCode::NOT_FOUND,
            VoteFault::Reason { .. } => StatusCode::BAD_REQUEST,
            VoteFault::Store(_) | VoteFault::Unrecorded(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, fault.to_string(), fault.hint())
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.error, "hint": self.hint }));
        if self.status == StatusCode::UNAUTHORIZED {
            return (self.status, [(header::WWW_AUTHENTICATE, "Bearer")], body).into_response();
        }
        (self.status, body).into_response()
    }
}

/// A review as `by` sees it.
fn view(desk: &Desk, by: &Identity, review: &Review, now: Timestamp) -> Value {
    let votes: Vec<Value> = review
        .votes
        .iter()
        .map(|vote| {
            let (answer, reason) = match &vote.answer {
                Answer::Approve => ("approve", None),
                Answer::Deny { reason } => ("deny", Some(reason)),
            };
            json!({ "answer": answer, "at": vote.at, "reason": reason, "reviewer": vote.reviewer })
        })
        .collect();
    let refused = desk
        .may_vote(by, review, now)
        .err()
        .map(|fault| fault.to_string());
    json!({
        "acts_for": review.acts_for,
        "ahead": review.ahead.as_ref().map(ahead::ahead),
        "code": review.id.code(),
        "created": review.created,
        "effects": review.effects,
        "expires": review.expires,
        "has_run": review.is_afterwards(),
        "holds": review.holds,
        "id": review.id,
        "kind": review.kind,
        "may_answer": refused.is_none(),
        "parameters": review.parameters,
        "policy_version": review.policy_version,
        "principal": review.principal,
        "rehearsal": review.rehearsal,
        "session": review.session,
        "state": word(review.state),
        "statement": review.statement,
        "target": review.target,
        "text": review.text,
        "votes": votes,
        "why_not": refused,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// One of the states, or `all`; open ones if it is left out.
    state: Option<String>,
}

fn which(asked: Result<Query<Which>, QueryRejection>) -> Result<Option<ReviewState>, No> {
    let hint = "?state= takes open, approved, denied, expired, used, withdrawn or all";
    let bad = |said: String| No::new(StatusCode::BAD_REQUEST, said, hint);
    let Query(Which { state }) = asked.map_err(|cause| bad(cause.body_text()))?;
    match state.as_deref() {
        None => Ok(Some(ReviewState::Open)),
        Some("all") => Ok(None),
        Some(word) => serde_json::from_value(word.into())
            .map(Some)
            .map_err(|_| bad(format!("{word:?} is not a state"))),
    }
}

async fn list(
    State(rim): State<Rim>,
    headers: HeaderMap,
    asked: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Value>, No> {
    let state = which(asked)?;
    let shown = rim.run(&headers, move |desk, by, now| {
        let reviews = desk.list(by, state)?;
        let listed = reviews.iter().take(LISTED);
        Ok(listed
            .map(|review| view(desk, by, review, now))
            .collect::<Vec<_>>())
    });
    Ok(Json(json!({ "reviews": shown.await? })))
}

async fn show(
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    let shown = rim.run(&headers, move |desk, by, now| {
        Ok(view(desk, by, &desk.find(by, &id)?, now))
    });
    shown.await.map(Json)
}

/// Nothing to say: an empty body or an empty object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Yes {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

type Body = Result<Bytes, BytesRejection>;

const HINT: &str = "approve takes no body, deny one object: {\"reason\": \"…\"}";

fn strict<T: serde::de::DeserializeOwned>(
    body: Body,
    empty: &'static [u8],
    hint: &str,
) -> Result<T, No> {
    let body = body.map_err(|cause| No::new(cause.status(), cause.body_text(), hint))?;
    let body = if body.is_empty() {
        Bytes::from_static(empty)
    } else {
        body
    };
    serde_json::from_slice(&body).map_err(|cause| {
        let said = format!("the body is not what is asked for here: {cause}");
        No::new(StatusCode::BAD_REQUEST, said, hint)
    })
}

async fn approve(
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<Value>, No> {
    let Yes {} = strict(body, b"{}", HINT)?;
    answer(rim, &headers, id, Answer::Approve).await
}

async fn deny(
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<Value>, No> {
    let Reason { reason } = strict(body, b"", HINT)?;
    answer(rim, &headers, id, Answer::Deny { reason }).await
}

async fn answer(
    rim: Rim,
    headers: &HeaderMap,
    id: String,
    answer: Answer,
) -> Result<Json<Value>, No> {
    let answered = rim.run(headers, move |desk, by, now| {
        let review = desk.vote(by, &id, answer, now)?;
        Ok(view(desk, by, &review, now))
    });
    answered.await.map(Json)
}

#[cfg(test)]
mod tests;
