//! What a directory may ask before it begins (RFC 7644 §4): what we can, and what we keep.
//!
//! All of it follows from the table of `schema`; none of it is secret.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::fault::Fault;
use super::http::{PAGE, Rim, listing, said};
use super::schema::{GROUP, USER};

/// Searching users and groups at once: the specification lets us not.
pub(super) async fn search() -> Fault {
    Fault::new(
        StatusCode::NOT_IMPLEMENTED,
        "users and groups are searched one kind at a time, by GET",
    )
}

pub(super) async fn abilities(State(rim): State<Rim>, headers: HeaderMap) -> Response {
    let no = json!({ "supported": false });
    let shown = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": PAGE },
        "changePassword": &no,
        "sort": &no,
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer",
            "description": "A token of the directory's own, from the gateway's configuration",
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", rim.base(&headers)),
        },
    });
    said(StatusCode::OK, &shown)
}

pub(super) async fn resource_types(State(rim): State<Rim>, headers: HeaderMap) -> Response {
    let base = rim.base(&headers);
    let all = [&USER, &GROUP].map(|schema| schema.resource_type(&base));
    said(StatusCode::OK, &listing(&all, 1, all.len()))
}

pub(super) async fn resource_type(
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut all = [&USER, &GROUP].into_iter();
    let found = all.find(|schema| schema.name == id);
    let found = found.ok_or_else(|| Fault::missing(&format!("resource type {id}")))?;
    Ok(said(
        StatusCode::OK,
        &found.resource_type(&rim.base(&headers)),
    ))
}

pub(super) async fn schemas(State(rim): State<Rim>, headers: HeaderMap) -> Response {
    let base = rim.base(&headers);
    let all = [&USER, &GROUP].map(|schema| schema.shown(&base));
    said(StatusCode::OK, &listing(&all, 1, all.len()))
}

pub(super) async fn schema(
    State(rim): State<Rim>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut all = [&USER, &GROUP].into_iter();
    let found = all.find(|schema| schema.id == id);
    let found = found.ok_or_else(|| Fault::missing(&format!("schema {id}")))?;
    Ok(said(StatusCode::OK, &found.shown(&rim.base(&headers))))
}
