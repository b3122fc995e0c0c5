//! Asking ahead on the control plane: `POST /v1/requests`, and the grants that come of it.
//!
//! Anybody with a token of their own may ask, an agent too; who answers is said by the rules, and
//! goes by the routes of reviews. It shows no binding.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use govern::Request;
use model::{Ahead, Grant, GrantState, Identity, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{LISTED, No, Rim, Which, strict, view};
use crate::{Desk, VoteFault};

const HINT: &str = "POST /v1/requests takes one object: {\"target\": \"…\", \"for_s\": 3600, \
                    \"reason\": \"…\", \"reveal\": [\"table.column\"]}";

/// `POST /v1/requests`, `POST …/{id}/withdraw`, `GET /v1/grants`, `POST …/{id}/revoke`.
pub(super) fn routes() -> Router<Rim> {
    Router::new()
        .route("/v1/grants", get(list))
        .route("/v1/grants/{id}/revoke", post(revoke))
        .route("/v1/requests", post(ask))
        .route("/v1/requests/{id}/withdraw", post(withdraw))
}

/// What is asked for, and where.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    for_s: u32,
    reason: String,
    #[serde(default)]
    reveal: Vec<String>,
    target: String,
}

/// Nothing to say: an empty body or an empty object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn ask(
    State(rim): State<Rim>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, No> {
    let Asked {
        for_s,
        reason,
        reveal,
        target,
    } = strict(body, b"", HINT)?;
    let asked = Request {
        for_s,
        reason,
        reveal,
    };
    let asker = rim.asker.clone();
    let done = rim.run(&headers, move |desk, by, now| {
        let review = asker(by, &target, &asked).map_err(|no| VoteFault::Refused(Box::new(no)))?;
        let review = desk.ask(review)?;
        Ok(view(desk, by, &review, now))
    });
    done.await.map(Json)
}

async fn withdraw(
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, No> {
    let Nothing {} = strict(body, b"{}", "it takes no body")?;
    let done = rim.run(&headers, move |desk, by, now| {
        Ok(view(desk, by, &desk.withdraw(by, &id)?, now))
    });
    done.await.map(Json)
}

async fn list(
    State(rim): State<Rim>,
    headers: HeaderMap,
    asked: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Value>, No> {
    let state = which(asked)?;
    let shown = rim.run(&headers, move |desk, by, now| {
        let grants = desk.list_grants(by, state)?;
        let listed = grants.iter().take(LISTED);
        Ok(listed
            .map(|grant| shown(desk, by, grant, now))
            .collect::<Vec<_>>())
    });
    Ok(Json(json!({ "grants": shown.await? })))
}

fn which(asked: Result<Query<Which>, QueryRejection>) -> Result<Option<GrantState>, No> {
    let hint = "?state= takes given, expired, revoked or all";
    let bad = |said: String| No::new(StatusCode::BAD_REQUEST, said, hint);
    let Query(Which { state }) = asked.map_err(|cause| bad(cause.body_text()))?;
    match state.as_deref() {
        None => Ok(Some(GrantState::Given)),
        Some("all") => Ok(None),
        Some(word) => serde_json::from_value(word.into())
            .map(Some)
            .map_err(|_| bad(format!("{word:?} is not a state"))),
    }
}

async fn revoke(
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, No> {
    let Nothing {} = strict(body, b"{}", "it takes no body")?;
    let done = rim.run(&headers, move |desk, by, now| {
        let grant = desk.revoke(by, &id, now)?;
        Ok(shown(desk, by, &grant, now))
    });
    done.await.map(Json)
}

/// What is asked ahead, as a review shows it too.
pub(super) fn ahead(ahead: &Ahead) -> Value {
    json!({
        "columns": ahead.scope.names(),
        "for_s": ahead.for_s,
        "reason": ahead.reason,
        "scope": ahead.scope.as_str(),
    })
}

/// A grant as `by` sees it.
fn shown(desk: &Desk, by: &Identity, grant: &Grant, now: Timestamp) -> Value {
    let state = match grant.state {
        GrantState::Given if grant.until <= now => GrantState::Expired,
        state => state,
    };
    let refused = desk.may_revoke(by, grant, now).err();
    json!({
        "acts_for": grant.acts_for,
        "code": grant.id.code(),
        "columns": grant.ahead.scope.names(),
        "from": grant.from,
        "holds": grant.holds,
        "id": grant.id,
        "may_revoke": refused.is_none(),
        "principal": grant.principal,
        "reason": grant.ahead.reason,
        "scope": grant.ahead.scope.as_str(),
        "state": state,
        "target": grant.target,
        "until": grant.until,
    })
}
