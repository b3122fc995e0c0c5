//! Principals and tokens on the control plane.
//!
//! Strict JSON in, JSON out; a no is `{"error": "…", "hint": "…"}`. Whoever reaches the control
//! socket has the data directory in hand and may use these, up to what needs an operator
//! (`guard`); they say nothing about reviews, whose answers need a person's own token.
//!
//! It does not listen: `main` builds the one listener.

mod agents;
mod view;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Extension, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use model::{
    Clock, Directory as _, GroupName, Identity, PrincipalKind, PrincipalName, StoreFault,
    Subjected, Timestamp,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use self::view::{PrincipalView, TokenView};
use crate::guard::Guard;
use crate::{Admin, AdminFault, LocalDirectory, NewPrincipal, Recorder, ReviewingGroups};

/// The largest body we read, bytes: a principal with hundreds of groups.
const BODY_BYTES: usize = 65_536;

/// `GET/POST /v1/principals`, `POST /v1/principals/{name}/disable|enable|link`,
/// `GET/POST /v1/tokens`,
/// `POST /v1/tokens/{id}/revoke`.
pub fn routes(
    directory: Arc<LocalDirectory>,
    recorder: Recorder,
    clock: Arc<dyn Clock>,
    reviewing: ReviewingGroups,
) -> Router {
    let rim = Rim {
        admin: Admin::new(directory.clone(), recorder, "local"),
        clock: clock.clone(),
        reviewing,
    };
    let asker = Asker { clock, directory };
    Router::new()
        .route("/v1/agents", get(agents::list))
        .route("/v1/agents/kill", post(agents::kill))
        .route("/v1/principals", get(principals).post(add))
        .route("/v1/principals/{name}/disable", post(disable))
        .route("/v1/principals/{name}/enable", post(enable))
        .route("/v1/principals/{name}/link", post(link))
        .route("/v1/tokens", get(tokens).post(issue))
        .route("/v1/tokens/{id}/revoke", post(revoke))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(asker, no_agents))
        .with_state(rim)
}

/// Who looks at a bearer that came along.
#[derive(Clone)]
struct Asker {
    clock: Arc<dyn Clock>,
    directory: Arc<LocalDirectory>,
}

/// Who showed a token; `None` is the socket alone.
#[derive(Clone)]
struct Caller(Option<Identity>);

/// The socket is the administrator's. Whoever shows a token there asks as that principal: an agent
/// or a service never changes who may sign in, and a wrong token is not an administrator's silence.
async fn no_agents(State(asker): State<Asker>, mut request: Request, next: Next) -> Response {
    let Some(shown) = request.headers().get(header::AUTHORIZATION) else {
        request.extensions_mut().insert(Caller(None));
        return next.run(request).await;
    };
    let token = shown
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "));
    let token = token.unwrap_or_default().to_owned();
    let looked =
        tokio::task::spawn_blocking(move || asker.directory.show(None, &token, asker.clock.now()));
    match looked.await {
        Ok(Ok(identity)) if identity.subject.kind == PrincipalKind::Person => {
            request.extensions_mut().insert(Caller(Some(identity)));
            next.run(request).await
        }
        Ok(Ok(_)) => No {
            hint: "a person with the data directory in hand does this".to_owned(),
            ..No::new(
                StatusCode::FORBIDDEN,
                "an agent or a service never changes who may sign in",
            )
        }
        .into_response(),
        Ok(Err(_)) | Err(_) => No {
            hint: "leave the token out to act as the administrator of this data directory"
                .to_owned(),
            ..No::new(StatusCode::UNAUTHORIZED, "that token is not a principal's")
        }
        .into_response(),
    }
}

#[derive(Clone)]
struct Rim {
    admin: Admin,
    clock: Arc<dyn Clock>,
    reviewing: ReviewingGroups,
}

impl Rim {
    /// The same, asked by this caller.
    fn by(self, Caller(caller): Caller) -> Self {
        let reviewing = self.reviewing.clone();
        Self {
            admin: self.admin.guarded(Guard { caller, reviewing }),
            ..self
        }
    }

    /// Runs an act off the reactor: the store and the ledger block.
    async fn run<T: Send + 'static>(
        self,
        act: impl FnOnce(&Admin, Timestamp) -> Result<T, AdminFault> + Send + 'static,
    ) -> Result<T, No> {
        let done = tokio::task::spawn_blocking(move || act(&self.admin, self.clock.now())).await;
        match done {
            Ok(done) => done.map_err(|fault| No::of(&fault)),
            Err(_) => Err(No::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the act broke off",
            )),
        }
    }
}

/// A no, as it is sent.
struct No {
    error: String,
    hint: String,
    status: StatusCode,
}

impl No {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            hint: "see the gateway's log".to_owned(),
            status,
        }
    }

    fn of(fault: &AdminFault) -> Self {
        let status = match fault {
            AdminFault::Store(StoreFault::Exists { .. })
            | AdminFault::Disabled(_)
            | AdminFault::TooManyTokens { .. } => StatusCode::CONFLICT,
            AdminFault::NotYours(_) | AdminFault::OperatorNeeded(_) => StatusCode::FORBIDDEN,
            AdminFault::Store(StoreFault::Missing { .. }) => StatusCode::NOT_FOUND,
            AdminFault::NoRandomness(_)
            | AdminFault::Store(StoreFault::Storage(_))
            | AdminFault::Unrecorded(_) => StatusCode::SERVICE_UNAVAILABLE,
            AdminFault::ActsForMissing(_)
            | AdminFault::ActsForRefused
            | AdminFault::ActsForUnfit(_)
            | AdminFault::Ttl { .. } => StatusCode::BAD_REQUEST,
        };
        Self {
            error: fault.to_string(),
            hint: fault.hint().to_owned(),
            status,
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        (
            self.status,
            Json(json!({ "error": self.error, "hint": self.hint })),
        )
            .into_response()
    }
}

type Body = Result<Bytes, BytesRejection>;

fn strict<T: DeserializeOwned>(body: Body) -> Result<T, No> {
    let body = body.map_err(|cause| No {
        error: cause.body_text(),
        hint: format!("a body has at most {BODY_BYTES} bytes"),
        status: cause.status(),
    })?;
    serde_json::from_slice(&body).map_err(|cause| No {
        error: format!("the body is not what is asked for here: {cause}"),
        hint: "send one JSON object with the documented keys and no other".to_owned(),
        status: StatusCode::BAD_REQUEST,
    })
}

fn name(text: &str) -> Result<PrincipalName, No> {
    text.parse().map_err(|cause: model::BadName| No {
        error: cause.to_string(),
        hint: "`portcullis principals ls` shows those there are".to_owned(),
        status: StatusCode::NOT_FOUND,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    acts_for: Option<PrincipalName>,
    #[serde(default)]
    groups: Vec<GroupName>,
    kind: PrincipalKind,
    name: PrincipalName,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issue {
    principal: PrincipalName,
    ttl_s: u32,
}

async fn principals(State(rim): State<Rim>) -> Result<Response, No> {
    let all = rim.run(|admin, _| admin.principals()).await?;
    let all: Vec<PrincipalView> = all.into_iter().map(Into::into).collect();
    Ok(Json(json!({ "principals": all })).into_response())
}

async fn add(
    State(rim): State<Rim>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, No> {
    let Add {
        acts_for,
        groups,
        kind,
        name,
    } = strict(body)?;
    let new = NewPrincipal {
        acts_for,
        groups,
        kind,
        name,
    };
    let added = rim
        .by(caller)
        .run(move |admin, now| admin.add(new, now))
        .await?;
    Ok((StatusCode::CREATED, Json(PrincipalView::from(added))).into_response())
}

async fn disable(
    State(rim): State<Rim>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
) -> Result<Response, No> {
    let name = name(&text)?;
    let disabled = rim
        .by(caller)
        .run(move |admin, _| admin.disable(&name))
        .await?;
    Ok(Json(PrincipalView::from(disabled)).into_response())
}

async fn enable(
    State(rim): State<Rim>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
) -> Result<Response, No> {
    let name = name(&text)?;
    let enabled = rim
        .by(caller)
        .run(move |admin, _| admin.enable(&name))
        .await?;
    Ok(Json(PrincipalView::from(enabled)).into_response())
}

async fn link(
    State(rim): State<Rim>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    body: Body,
) -> Result<Response, No> {
    let name = name(&text)?;
    let of: Subjected = strict(body)?;
    let said = json!({ "principal": name, "issuer": of.issuer, "subject": of.subject });
    rim.by(caller)
        .run(move |admin, _| admin.link(&name, &of))
        .await?;
    Ok(Json(said).into_response())
}

async fn tokens(State(rim): State<Rim>) -> Result<Response, No> {
    let all = rim
        .run(|admin, now| {
            let all = admin.tokens()?.into_iter();
            Ok(all
                .map(|token| TokenView::of(token, now))
                .collect::<Vec<_>>())
        })
        .await?;
    Ok(Json(json!({ "tokens": all })).into_response())
}

async fn issue(
    State(rim): State<Rim>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, No> {
    let Issue { principal, ttl_s } = strict(body)?;
    let issued = rim
        .by(caller)
        .run(move |admin, now| admin.issue(&principal, ttl_s, now))
        .await?;
    let shown = json!({
        "expires": issued.record.expires,
        "id": issued.record.id,
        "principal": issued.record.principal,
        "token": issued.token.as_str(),
    });
    // The one answer with a secret in it: no cache keeps it.
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(shown),
    )
        .into_response())
}

async fn revoke(
    State(rim): State<Rim>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, No> {
    let revoked = rim
        .by(caller)
        .run(move |admin, now| Ok(TokenView::of(admin.revoke(&id)?, now)))
        .await?;
    Ok(Json(revoked).into_response())
}

#[cfg(test)]
mod tests;
