//! A SCIM no (RFC 7644 §3.12): a status, a word of the specification, and a sentence.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::StoreFault;
use serde_json::json;

use crate::AdminFault;

/// The media type of everything said here.
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

/// A no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) detail: String,
    /// The specification's word (`scimType`), where it has one.
    pub(super) kind: Option<&'static str>,
    pub(super) status: StatusCode,
}

impl Fault {
    /// A request that cannot be done as it was asked.
    pub(super) fn bad(kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            kind: Some(kind),
            status: StatusCode::BAD_REQUEST,
        }
    }

    /// Any other.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            kind: None,
            status,
        }
    }

    /// Something of the same name is there.
    pub(super) fn taken(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            kind: Some("uniqueness"),
            status: StatusCode::CONFLICT,
        }
    }

    /// Nothing of that id.
    pub(super) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no {what} here"))
    }
}

impl From<AdminFault> for Fault {
    fn from(fault: AdminFault) -> Self {
        tracing::error!(%fault, "a directory's change could not be made");
        let said = "this could not be done just now; the gateway's log says why";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, said)
    }
}

impl From<StoreFault> for Fault {
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::Exists { what } => Self::taken(format!("{what} exists already")),
            StoreFault::Missing { .. } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "somebody else changed this meanwhile: read it again",
            ),
            StoreFault::Storage(_) => AdminFault::Store(fault).into(),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut said = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let (Some(kind), Some(said)) = (self.kind, said.as_object_mut()) {
            said.insert("scimType".to_owned(), kind.into());
        }
        let media = [(header::CONTENT_TYPE, MEDIA_TYPE)];
        (self.status, media, said.to_string()).into_response()
    }
}
