//! The control API's own part: about, who am I, targets, policy, why.
//!
//! Why here: these are questions about the whole, which no single crate can answer. Principals and
//! tokens are `identity`'s, reviews `reviewers`', sessions and catalogs `gateway`'s; all on one
//! socket (0600), whose holder has the data directory in hand. It changes no rights and answers no
//! review.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use model::{
    Directory as _, Identity, Method, PrincipalKind, PrincipalName, PrincipalRecord, Refusal,
    RefusalKind, Session, SessionId, Subject, TargetFacts,
};
use policy::{Access, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use govern::{Reviews as _, Why};

use crate::house::House;

/// What the routes need.
#[derive(Clone)]
pub(crate) struct Control {
    /// Where clients come in, listener by listener; none where an administrator's verb works on a
    /// stopped gateway.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) house: Arc<House>,
    /// Where health and metrics are.
    pub(crate) http: Option<SocketAddr>,
}

/// All routes of the control socket.
pub(crate) fn routes(control: Control) -> Router {
    let House {
        clock,
        directory,
        governor,
        recorder,
        ..
    } = &*control.house;
    let rules = Arc::downgrade(governor);
    let reviewing = move || {
        let governor = rules.upgrade();
        governor.map_or_else(Default::default, |it| it.rules().reviewing())
    };
    let principals = identity::http::routes(
        directory.clone(),
        recorder.clone(),
        clock.clone(),
        Arc::new(reviewing),
    );
    let certificates = control.house.certificates.clone();
    let certificates = identity::certificates::http::routes(certificates, clock.clone());
    let reviews = reviews(&control.house);
    let tokens = identity::oauth::routes(control.house.exchange.clone(), clock.clone());
    Router::new()
        .route("/v1/about", get(about))
        .route("/v1/catalogs/{target}", get(record))
        .route("/v1/policy", get(policy))
        .route("/v1/targets", get(targets))
        .route("/v1/whoami", get(whoami))
        .route("/v1/why", post(why))
        .with_state(control)
        .merge(certificates)
        .merge(principals)
        .merge(reviews)
        .merge(tokens)
}

/// Puts a guard before all of it: whoever shows an agent's token there asks as that agent, and an
/// agent looks at what is its own and changes nothing.
pub(crate) fn guarded(router: Router, house: Arc<House>) -> Router {
    router.layer(from_fn_with_state(house, as_agent))
}

/// What an agent may ask: what it is, what it may reach, its reviews (an answer it is refused
/// there, with its reason), what it asks ahead and was given, and the token endpoint, which takes
/// no bearer.
fn is_open_to_agents(path: &str) -> bool {
    let own = ["/v1/about", "/v1/targets", "/v1/whoami"];
    let theirs = ["/v1/grants", "/v1/requests", "/v1/reviews"];
    let is_theirs = |whole: &str| {
        let rest = path.strip_prefix(whole);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    own.contains(&path) || theirs.into_iter().any(is_theirs)
}

async fn as_agent(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok());
    let Some(token) = shown.and_then(|value| value.strip_prefix("Bearer ")) else {
        return next.run(request).await;
    };
    let token = token.to_owned();
    let is_open = is_open_to_agents(request.uri().path());
    let looked =
        tokio::task::spawn_blocking(move || house.directory.show(None, &token, house.clock.now()));
    match looked.await {
        Ok(Ok(identity)) if identity.subject.kind == PrincipalKind::Agent && !is_open => {
            let message = "an agent changes nothing here, and looks at what is its own";
            let hint = "a person with the data directory in hand does this";
            No(StatusCode::FORBIDDEN, message.to_owned(), hint.to_owned()).into_response()
        }
        // Whether the token counts is for the routes to say: some ask for none.
        _ => next.run(request).await,
    }
}

/// Reviews and what is asked ahead. Each caller is proved by a token of its own, so the HTTP
/// listener has these too.
pub(crate) fn reviews(house: &Arc<House>) -> Router {
    let (desk, directory, clock) = (&house.desk, &house.directory, &house.clock);
    let asker = asker(house);
    reviewers::http::routes(desk.clone(), directory.clone(), clock.clone(), asker)
}

/// Who makes a review of what somebody asks ahead.
fn asker(house: &Arc<House>) -> reviewers::http::Asker {
    let house = house.clone();
    Arc::new(move |by, target, asked| {
        let mut targets = house.config.targets.iter().map(|target| &target.facts);
        let found = targets.find(|facts| facts.name.as_str() == target);
        let facts = found.ok_or_else(|| {
            let shown: String = target.escape_default().take(64).collect();
            let message = format!("there is no target {shown}");
            Refusal::new(RefusalKind::Denied, message).hint("ask its operators for its name")
        })?;
        house
            .governor
            .ask(by.clone(), &Arc::new(facts.clone()), asked)
    })
}

/// A no, as it is sent.
struct No(StatusCode, String, String);

impl No {
    fn missing(what: &str, hint: &str) -> Self {
        Self(
            StatusCode::NOT_FOUND,
            format!("there is no {what}"),
            hint.to_owned(),
        )
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1, "hint": self.2 }))).into_response()
    }
}

type Answer = Result<Json<Value>, No>;

impl Control {
    fn facts(&self, name: &str) -> Result<&TargetFacts, No> {
        let mut targets = self.house.config.targets.iter().map(|target| &target.facts);
        let found = targets.find(|facts| facts.name.as_str() == name);
        found.ok_or_else(|| No::missing(&format!("target {name}"), "`portcullis config show`"))
    }

    /// Who a bearer token shows.
    fn caller(&self, headers: &HeaderMap) -> Result<Identity, No> {
        let value = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = value
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        let shown = self
            .house
            .directory
            .show(None, token, self.house.clock.now());
        shown.map_err(|_| {
            let message = "this needs a token of your own, and this is none that counts";
            let hint = "`portcullis tokens issue NAME` makes one";
            No(
                StatusCode::UNAUTHORIZED,
                message.to_owned(),
                hint.to_owned(),
            )
        })
    }

    /// A session that is only thought of.
    fn imagined(&self, identity: Identity, target: &TargetFacts) -> Session {
        Session {
            address: None,
            application_name: None,
            id: SessionId(Uuid::nil()),
            identity: Arc::new(identity),
            intent: None,
            is_encrypted: true,
            opened: self.house.clock.now(),
            target: Arc::new(target.clone()),
        }
    }

    /// A principal as it would stand if it signed in now.
    fn identity_of(&self, name: &str) -> Result<Identity, No> {
        let known = self.principals()?;
        let missing = || No::missing(&format!("principal {name}"), "`portcullis principals ls`");
        let find = |name: &str| known.iter().find(|record| record.name.as_str() == name);
        let record = find(name).ok_or_else(missing)?;
        let subject = |record: &PrincipalRecord| Subject {
            groups: record.groups.clone(),
            kind: record.kind,
            name: record.name.clone(),
        };
        let acts_for = record
            .acts_for
            .as_ref()
            .map(PrincipalName::as_str)
            .and_then(find);
        Ok(Identity {
            acts_for: acts_for.map(subject),
            at: self.house.clock.now(),
            delegation: None,
            expires: None,
            method: Method::Scram,
            subject: subject(record),
            token: None,
        })
    }

    fn principals(&self) -> Result<Vec<PrincipalRecord>, No> {
        let House {
            directory,
            recorder,
            ..
        } = &*self.house;
        let admin = identity::Admin::new(directory.clone(), recorder.clone(), "local");
        admin.principals().map_err(|fault| {
            No(
                StatusCode::SERVICE_UNAVAILABLE,
                fault.to_string(),
                fault.hint().to_owned(),
            )
        })
    }
}

async fn about(State(control): State<Control>) -> Answer {
    let config = &control.house.config;
    let names: Vec<_> = config
        .targets
        .iter()
        .map(|target| &target.facts.name)
        .collect();
    let listeners = config.listeners.iter().zip(&control.addresses).map(|(listener, address)| {
        json!({ "address": address, "protocol": "postgres", "target": listener.target })
    });
    let listeners: Vec<_> = listeners.collect();
    Ok(Json(json!({
        "data_dir": config.data_dir,
        "http": control.http,
        "listeners": listeners,
        "policy_version": control.house.governor.rules().version().as_ref(),
        "targets": names,
        "version": env!("CARGO_PKG_VERSION"),
    })))
}

async fn whoami(State(control): State<Control>, headers: HeaderMap) -> Answer {
    let identity = control.caller(&headers)?;
    Ok(Json(json!({
        "acts_for": identity.acts_for.map(|subject| subject.name),
        "delegation": identity.delegation,
        "expires": identity.expires,
        "groups": identity.subject.groups,
        "kind": identity.subject.kind,
        "name": identity.subject.name,
    })))
}

async fn targets(State(control): State<Control>, headers: HeaderMap) -> Answer {
    let identity = control.caller(&headers)?;
    let rules = control.house.governor.rules();
    let may = |target: &TargetFacts| {
        let session = control.imagined(identity.clone(), target);
        let now = control.house.clock.now();
        let access = Access {
            effects: &[],
            startup: &[],
            session: &session,
            estimated_rows: -1,
            fingerprint: "",
            grants: &control.house.desk.grants(),
            history: &policy::History::default(),
            intent: &model::Intent::default(),
            now,
        };
        matches!(rules.judge(&access).verdict, Verdict::Allow(_))
    };
    let open = control
        .house
        .config
        .targets
        .iter()
        .map(|target| &target.facts);
    let open: Vec<_> = open
        .filter(|target| may(target))
        .map(|target| {
            json!({
                "environment": target.environment,
                "kind": "postgres",
                "mode": target.mode,
                "name": target.name,
            })
        })
        .collect();
    Ok(Json(json!({ "targets": open })))
}

async fn policy(State(control): State<Control>) -> Answer {
    let policies = &control.house.config.policies;
    Ok(Json(json!({
        "version": control.house.governor.rules().version().as_ref(),
        "builtin": policies.builtin,
        "path": policies.path,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    principal: String,
    target: String,
    text: String,
}

async fn why(State(control): State<Control>, Json(asked): Json<Asked>) -> Answer {
    let target = control.facts(&asked.target)?;
    let session = control.imagined(control.identity_of(&asked.principal)?, target);
    let found = control
        .house
        .governor
        .why(&session, &asked.text)
        .map_err(|refusal| {
            let hint = refusal.hint.unwrap_or_default();
            No(StatusCode::CONFLICT, refusal.message, hint)
        })?;
    Ok(Json(explained(&found)))
}

/// An explanation as the API gives it: the object, and the lines people read.
pub(crate) fn explained(why: &Why) -> Value {
    let lines = why.lines();
    let lines = lines
        .iter()
        .map(|line| json!({ "item": line.item, "name": line.name, "detail": line.detail }));
    let lines = lines.collect::<Vec<_>>();
    let mut answer = why.json();
    if let Some(members) = answer.as_object_mut() {
        members.insert("lines".to_owned(), lines.into());
    }
    answer
}

/// A target's catalog as data, to judge by elsewhere.
async fn record(State(control): State<Control>, Path(target): Path<String>) -> Answer {
    let name = &control.facts(&target)?.name;
    let missing = || No::missing(&format!("catalog of {target} yet"), "`portcullis doctor`");
    let catalog = control.house.governor.catalog(name).ok_or_else(missing)?;
    let recorded = catalog::Recorded::from(&*catalog);
    let value = serde_json::to_value(recorded);
    value.map(Json).map_err(|fault| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        No(status, fault.to_string(), String::new())
    })
}
