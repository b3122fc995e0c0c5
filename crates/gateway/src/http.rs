//! The gateway's HTTP surface: metrics and health for operators, sessions and catalogs for control.
//!
//! It makes routes; who may reach them is decided where they are mounted (control: the socket).
//! It tells no statement text and no value of any target.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ledger::Receipt;
use model::{Event, SessionId, TargetName};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::meters::{self, Meters};
use crate::registry::{Command, Ending, SessionView};
use crate::rim::Rim;

/// Gives other crates' metrics in the Prometheus text format.
pub type Extra = Arc<dyn Fn() -> String + Send + Sync>;

const KILLED: Ending = Ending {
    reason: "killed",
    code: "57P01",
    message: "session ended by an administrator",
    hint: None,
};

struct Observed {
    extra: Option<Extra>,
    meters: Vec<Arc<Meters>>,
    rim: Arc<Rim>,
}

/// `/metrics`, `/healthz`, `/readyz`.
pub(crate) fn observation(rim: Arc<Rim>, meters: Vec<Arc<Meters>>, extra: Option<Extra>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readiness))
        .with_state(Arc::new(Observed { extra, meters, rim }))
}

async fn metrics(State(observed): State<Arc<Observed>>) -> Response {
    let mut text = meters::render(&observed.meters);
    let ledger_ok = u8::from(ledger_fault(&observed.rim).is_none());
    text.push_str("# HELP portcullis_ledger_up Whether the ledger records.\n");
    text.push_str("# TYPE portcullis_ledger_up gauge\n");
    let _ = writeln!(text, "portcullis_ledger_up {ledger_ok}");
    if let Some(extra) = &observed.extra {
        text.push_str(&extra());
    }
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response()
}

fn ledger_fault(rim: &Rim) -> Option<String> {
    let asked = rim.governor.ledger().is_durable(Receipt(0));
    asked.err().map(|unrecorded| unrecorded.to_string())
}

async fn readiness(State(observed): State<Arc<Observed>>) -> Response {
    let rim = &observed.rim;
    let mut missing: Vec<String> = ledger_fault(rim).into_iter().collect();
    for keeper in rim.keepers.all() {
        if rim.governor.catalog(keeper.target()).is_none() {
            let reason = keeper.fault().unwrap_or_default();
            missing.push(format!(
                "the catalog of target {}: {reason}",
                keeper.target()
            ));
        }
    }
    let code = if missing.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        code,
        Json(json!({ "ready": missing.is_empty(), "missing": missing })),
    )
        .into_response()
}

/// `/v1/sessions` and `/v1/targets`.
pub(crate) fn control(rim: Arc<Rim>) -> Router {
    Router::new()
        .route("/v1/sessions", get(sessions))
        .route("/v1/sessions/{id}", get(session))
        .route("/v1/sessions/{id}/kill", post(kill))
        .route("/v1/targets/{target}/catalog", get(catalog))
        .route("/v1/targets/{target}/scan", post(scan))
        .with_state(rim)
}

/// A session as JSON.
#[derive(Serialize)]
struct SessionJson {
    acts_for: Option<String>,
    address: Option<String>,
    application_name: Option<String>,
    database: String,
    environment: String,
    id: String,
    intent: Option<String>,
    is_encrypted: bool,
    is_held: bool,
    kind: &'static str,
    opened: String,
    principal: String,
    statements: u64,
    target: String,
}

impl From<SessionView> for SessionJson {
    fn from(view: SessionView) -> Self {
        let SessionView {
            facts,
            is_held,
            statements,
        } = view;
        let identity = &facts.identity;
        Self {
            acts_for: identity
                .acts_for
                .as_ref()
                .map(|subject| subject.name.to_string()),
            address: facts.address.map(|address| address.to_string()),
            application_name: facts.application_name.clone(),
            database: facts.target.database.clone(),
            environment: facts.target.environment.clone(),
            id: facts.id.to_string(),
            intent: facts.intent.clone(),
            is_encrypted: facts.is_encrypted,
            is_held,
            kind: identity.subject.kind.as_str(),
            opened: facts.opened.to_string(),
            principal: identity.name().to_string(),
            statements,
            target: facts.target.name.to_string(),
        }
    }
}

async fn sessions(State(rim): State<Arc<Rim>>) -> Json<serde_json::Value> {
    let open = rim.registry.open();
    let mut list: Vec<SessionJson> = open
        .iter()
        .map(|(open, mailbox)| SessionView::of(open, mailbox).into())
        .collect();
    list.sort_by(|a, b| a.id.cmp(&b.id));
    Json(json!({ "sessions": list }))
}

fn missing(what: &str) -> Response {
    let said = json!({ "error": format!("there is no such {what}") });
    (StatusCode::NOT_FOUND, Json(said)).into_response()
}

async fn session(State(rim): State<Arc<Rim>>, Path(id): Path<Uuid>) -> Response {
    let mailbox = rim.registry.find(SessionId(id));
    let view = mailbox.and_then(|mailbox| Some(SessionView::of(mailbox.open.get()?, &mailbox)));
    match view {
        Some(view) => Json(SessionJson::from(view)).into_response(),
        None => missing("session"),
    }
}

async fn kill(State(rim): State<Arc<Rim>>, Path(id): Path<Uuid>) -> Response {
    let Some(mailbox) = rim.registry.find(SessionId(id)) else {
        return missing("session");
    };
    // Written down before it is done, or it is not done.
    let event = Event::Admin {
        act: "session.killed",
        by: "local".to_owned(),
        facts: vec![("session", id.to_string())],
    };
    if let Err(unrecorded) = rim.governor.write(&[event]) {
        let said = json!({ "error": unrecorded.to_string() });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(said)).into_response();
    }
    mailbox.send(Command::End(KILLED));
    Json(json!({ "killed": id.to_string() })).into_response()
}

async fn catalog(State(rim): State<Arc<Rim>>, Path(target): Path<String>) -> Response {
    let Some(keeper) = keeper(&rim, &target) else {
        return missing("target");
    };
    shown(&rim, keeper.target())
}

fn keeper(rim: &Rim, target: &str) -> Option<Arc<crate::keeper::Keeper>> {
    rim.keepers.of_target(&target.parse::<TargetName>().ok()?)
}

async fn scan(State(rim): State<Arc<Rim>>, Path(target): Path<String>) -> Response {
    let Some(keeper) = keeper(&rim, &target) else {
        return missing("target");
    };
    match keeper.scan().wait().await {
        Ok(()) => shown(&rim, keeper.target()),
        Err(reason) => {
            let said = json!({ "error": format!("the catalog of target {target} {reason}") });
            (StatusCode::BAD_GATEWAY, Json(said)).into_response()
        }
    }
}

/// A target's classified columns, and how much there is besides.
fn shown(rim: &Rim, target: &TargetName) -> Response {
    let Some(catalog) = rim.governor.catalog(target) else {
        let reason = rim
            .keepers
            .of_target(target)
            .and_then(|keeper| keeper.fault());
        let said = json!({ "error": format!(
            "the catalog of target {target} has not been read yet: {}", reason.unwrap_or_default()
        ) });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(said)).into_response();
    };
    let mut columns = Vec::new();
    for relation in catalog.relations() {
        for column in relation
            .columns
            .iter()
            .filter(|column| column.class.is_some())
        {
            columns.push(json!({
                "schema": &*relation.schema,
                "table": &*relation.name,
                "column": &*column.name,
                "class": column.class.map(model::Class::as_str),
                "evidence": &column.evidence,
            }));
        }
    }
    let key = |row: &serde_json::Value| {
        let part = |name| {
            row.get(name)
                .and_then(serde_json::Value::as_str)
                .unwrap_or("")
        };
        [
            part("schema").to_owned(),
            part("table").to_owned(),
            part("column").to_owned(),
        ]
    };
    columns.sort_by_key(key);
    Json(json!({
        "target": target.as_str(),
        "version": &*catalog.version,
        "server_version": catalog.server_version,
        "database": &*catalog.database,
        "relations": catalog.relations().count(),
        "columns": columns,
    }))
    .into_response()
}
