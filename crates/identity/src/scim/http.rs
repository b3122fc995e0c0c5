//! SCIM on HTTP: one base address per directory, `/scim/NAME/v2`.
//!
//! A directory shows its token with every request. It does not listen: `main` builds the one
//! listener, and says whether it speaks TLS.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use model::{Provisioned, ProvisionedKind};
use serde_json::{Value, json};

use super::directory::{Change, Provisioning};
use super::discovery;
use super::fault::{Fault, MEDIA_TYPE};
use super::filter::Filter;
use super::pick::Asked;
use super::schema::Schema;
use crate::door::{Door, Peer, is_one_of};

/// The largest body read, bytes: a group of some thousands.
const BODY_BYTES: usize = 1 << 20;
/// The most resources in one answer, and how many come unasked.
pub(super) const PAGE: usize = 200;

#[derive(Clone)]
pub(super) struct Rim {
    door: Door,
    is_tls: bool,
    provisioning: Arc<Provisioning>,
}

/// The routes of one directory.
pub fn routes(provisioning: Arc<Provisioning>, door: Door, is_tls: bool) -> Router {
    let base = format!("/scim/{}/v2", provisioning.source.name);
    let rim = Rim {
        door,
        is_tls,
        provisioning,
    };
    let mut inner = Router::new()
        .route("/ServiceProviderConfig", get(discovery::abilities))
        .route("/ResourceTypes", get(discovery::resource_types))
        .route("/ResourceTypes/{id}", get(discovery::resource_type))
        .route("/Schemas", get(discovery::schemas))
        .route("/Schemas/{id}", get(discovery::schema))
        .route("/.search", post(discovery::search));
    for (kind, path) in [
        (ProvisionedKind::User, "/Users"),
        (ProvisionedKind::Group, "/Groups"),
    ] {
        let all = get(move |rim, headers, query| list(kind, rim, headers, query))
            .post(move |rim, headers, body| create(kind, rim, headers, body));
        let one = get(move |rim, headers, id, query| read(kind, rim, headers, (id, query)))
            .put(move |rim, headers, id, body| change(kind, rim, headers, (id, body, false)))
            .patch(move |rim, headers, id, body| change(kind, rim, headers, (id, body, true)))
            .delete(move |rim, headers, id| remove(kind, rim, headers, id));
        inner = inner.route(path, all).route(&format!("{path}/{{id}}"), one);
    }
    let inner = inner
        .fallback(async || Fault::missing("such address"))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(rim.clone(), authenticate))
        .with_state(rim);
    Router::new().nest(&base, inner)
}

/// Only the directory itself, by its own token. The right one is never held up: nobody may keep a
/// directory from saying who left by guessing beside it.
async fn authenticate(State(rim): State<Rim>, request: Request, next: Next) -> Response {
    let from = Peer::of(&request);
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer "));
    if is_one_of(&rim.provisioning.source.tokens, shown) {
        return next.run(request).await;
    }
    let refused = tokio::task::spawn_blocking(move || {
        let admin = &rim.provisioning.admin;
        rim.door.may_try(from, admin, "scim")?;
        rim.door.wrong(from, admin, ("scim", "wrong"));
        Ok(())
    });
    match refused.await {
        Ok(Ok(())) => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"scim\"")];
            let said = "this needs the directory's own token, and this is none that counts";
            (challenge, Fault::new(StatusCode::UNAUTHORIZED, said)).into_response()
        }
        Ok(Err(model::Wait { seconds, .. })) => {
            let said = format!("too many wrong tokens from your address: wait {seconds} s");
            let after = [(header::RETRY_AFTER, seconds.to_string())];
            (after, Fault::new(StatusCode::TOO_MANY_REQUESTS, said)).into_response()
        }
        Err(_) => broke_off().into_response(),
    }
}

fn broke_off() -> Fault {
    Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "the act broke off")
}

/// An answer.
pub(super) fn said(status: StatusCode, what: &Value) -> Response {
    let media = [(header::CONTENT_TYPE, MEDIA_TYPE)];
    (status, media, what.to_string()).into_response()
}

impl Rim {
    pub(super) fn base(&self, headers: &HeaderMap) -> String {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let scheme = if self.is_tls { "https" } else { "http" };
        let (host, name) = (host.unwrap_or("localhost"), &self.provisioning.source.name);
        format!("{scheme}://{host}/scim/{name}/v2")
    }

    /// Reads off the reactor.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Provisioning) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let provisioning = self.provisioning.clone();
        let looked = tokio::task::spawn_blocking(move || look(&provisioning)).await;
        looked.unwrap_or_else(|_| Err(broke_off()))
    }

    /// Changes off the reactor, one after the other.
    async fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Provisioning) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let _turn = self.provisioning.order.lock().await;
        self.look(act).await
    }
}

/// A resource whole.
fn shown(provisioning: &Provisioning, one: &Provisioned, base: &str) -> Result<Value, Fault> {
    let schema = Schema::of(one.kind);
    let mut shown = provisioning.document(one)?;
    if let Some(Value::Array(members)) = shown.get_mut("members") {
        for member in members {
            let id = member
                .get("value")
                .and_then(Value::as_str)
                .unwrap_or_default();
            *member = json!({ "value": id, "$ref": format!("{base}/Users/{id}") });
        }
    }
    if one.kind == ProvisionedKind::User {
        let groups = provisioning.groups_of(&one.id)?.into_iter();
        let groups = groups.map(|(id, name)| {
            json!({ "value": id, "$ref": format!("{base}/Groups/{id}"), "display": name })
        });
        let groups: Vec<Value> = groups.collect();
        if !groups.is_empty() {
            shown.insert("groups".to_owned(), groups.into());
        }
    }
    shown.insert("schemas".to_owned(), json!([schema.id]));
    shown.insert("id".to_owned(), one.id.clone().into());
    let meta = json!({
        "resourceType": schema.name,
        "created": one.created,
        "lastModified": one.changed,
        "location": format!("{base}{}/{}", schema.endpoint, one.id),
        "version": version(one),
    });
    shown.insert("meta".to_owned(), meta);
    Ok(Value::Object(shown))
}

fn version(one: &Provisioned) -> String {
    format!("W/\"{}\"", one.revision)
}

/// Whether a header of preconditions names this version.
fn names(headers: &HeaderMap, header: header::HeaderName, one: &Provisioned) -> Option<bool> {
    let value = headers.get(header)?.to_str().ok()?;
    let mut tags = value.split(',').map(str::trim);
    Some(tags.any(|tag| tag == "*" || tag == version(one)))
}

fn fresh(headers: &HeaderMap, one: &Provisioned) -> Result<(), Fault> {
    match names(headers, header::IF_MATCH, one) {
        Some(false) => {
            let said = "this was changed meanwhile: read it again";
            Err(Fault::new(StatusCode::PRECONDITION_FAILED, said))
        }
        _ => Ok(()),
    }
}

fn number(text: Option<&String>, usual: usize) -> Result<usize, Fault> {
    let Some(text) = text else { return Ok(usual) };
    let read: Result<i64, _> = text.parse();
    let read = read.map_err(|_| Fault::bad("invalidValue", format!("{text:?} is no number")))?;
    Ok(usize::try_from(read).unwrap_or(0))
}

async fn list(
    kind: ProvisionedKind,
    State(rim): State<Rim>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let base = rim.base(&headers);
    let start = number(asked.start_index.as_ref(), 1)?.max(1);
    let count = number(asked.count.as_ref(), PAGE)?.min(PAGE);
    let filter = asked.filter.as_deref();
    let filter = filter
        .map(|text| Filter::read(text, Schema::of(kind)))
        .transpose()?;
    let listed = rim.look(move |provisioning| {
        let mut found = 0;
        let mut page = Vec::new();
        for one in provisioning.all(kind)? {
            // Only what is filtered or on the page is put together: the rest is counted.
            let is_on_page = found + 1 >= start && page.len() < count;
            if filter.is_none() && !is_on_page {
                found += 1;
                continue;
            }
            let shown = shown(provisioning, &one, &base)?;
            let of = shown.as_object();
            let holds = |filter: &Filter| of.is_some_and(|of| filter.holds(of));
            if filter.as_ref().is_none_or(holds) {
                found += 1;
                if is_on_page {
                    page.push(asked.pick(shown));
                }
            }
        }
        Ok((found, page))
    });
    let (found, page) = listed.await?;
    Ok(said(StatusCode::OK, &listing(&page, start, found)))
}

pub(super) fn listing(page: &[Value], start: usize, found: usize) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": found,
        "startIndex": start,
        "itemsPerPage": page.len(),
        "Resources": page,
    })
}

/// One resource, with its version and its place.
fn resource(status: StatusCode, shown: &Value) -> Response {
    let mut response = said(status, shown);
    let meta = |name: &str| shown.get("meta")?.get(name)?.as_str()?.parse().ok();
    let of = [(header::ETAG, "version"), (header::LOCATION, "location")];
    for (header, name) in of {
        if let Some(value) = meta(name) {
            response.headers_mut().insert(header, value);
        }
    }
    response
}

async fn read(
    kind: ProvisionedKind,
    State(rim): State<Rim>,
    headers: HeaderMap,
    (Path(id), Query(asked)): (Path<String>, Query<Asked>),
) -> Result<Response, Fault> {
    let base = rim.base(&headers);
    let looked = rim.look(move |provisioning| {
        let one = provisioning.one(kind, &id)?;
        let is_known = names(&headers, header::IF_NONE_MATCH, &one) == Some(true);
        Ok((is_known, shown(provisioning, &one, &base)?))
    });
    let (is_known, shown) = looked.await?;
    if is_known {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let mut response = resource(StatusCode::OK, &shown);
    *response.body_mut() = asked.pick(shown).to_string().into();
    Ok(response)
}

fn document(body: &Bytes) -> Result<Value, Fault> {
    serde_json::from_slice(body)
        .map_err(|fault| Fault::bad("invalidSyntax", format!("this is no JSON: {fault}")))
}

async fn create(
    kind: ProvisionedKind,
    State(rim): State<Rim>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    let (base, asked, now) = (rim.base(&headers), document(&body)?, rim.door.clock.now());
    let created = rim.act(move |provisioning| {
        let one = provisioning.create(kind, &asked, now)?;
        shown(provisioning, &one, &base)
    });
    Ok(resource(StatusCode::CREATED, &created.await?))
}

async fn change(
    kind: ProvisionedKind,
    State(rim): State<Rim>,
    headers: HeaderMap,
    (Path(id), body, is_patch): (Path<String>, Bytes, bool),
) -> Result<Response, Fault> {
    let (base, asked, now) = (rim.base(&headers), document(&body)?, rim.door.clock.now());
    let changed = rim.act(move |provisioning| {
        let one = provisioning.one(kind, &id)?;
        fresh(&headers, &one)?;
        let change = if is_patch {
            Change::Patch(&asked)
        } else {
            Change::Replace(&asked)
        };
        let one = provisioning.change(one, &change, now)?;
        shown(provisioning, &one, &base)
    });
    Ok(resource(StatusCode::OK, &changed.await?))
}

async fn remove(
    kind: ProvisionedKind,
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let now = rim.door.clock.now();
    let removed = rim.act(move |provisioning| {
        let one = provisioning.one(kind, &id)?;
        fresh(&headers, &one)?;
        provisioning.remove(&one, now)
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
