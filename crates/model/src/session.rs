//! A session: one identity at one target, from sign-in to close.
//!
//! It holds facts only; what a session has learned so far (its search path, its prepared
//! statements) is `govern`'s.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{GroupName, Identity, TargetName, Timestamp};

/// The id of a session: a `UUIDv7`, made at the rim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub Uuid);

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a target's verdicts bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Verdicts bind.
    Enforce,
    /// Verdicts are recorded and nothing is stopped, held or masked.
    Observe,
}

/// What policy may know about a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// The database reached behind the target's name.
    pub database: String,
    /// `production`, `staging` …; unlabelled means production.
    pub environment: String,
    /// The groups the base permit lets in.
    pub groups: Vec<GroupName>,
    /// Free labels from the configuration.
    pub labels: Vec<(String, String)>,
    /// Whether verdicts bind.
    pub mode: Mode,
    /// Its name.
    pub name: TargetName,
}

/// One identity at one target.
#[derive(Debug, Clone)]
pub struct Session {
    /// Where the client came from; `None` for a door without a socket.
    pub address: Option<SocketAddr>,
    /// What the client calls itself: a claim.
    pub application_name: Option<String>,
    /// Its id.
    pub id: SessionId,
    /// Who.
    pub identity: Arc<Identity>,
    /// What the client says it is about to do: a claim.
    pub intent: Option<String>,
    /// Whether the client side is inside TLS.
    pub is_encrypted: bool,
    /// When it opened.
    pub opened: Timestamp,
    /// Where to.
    pub target: Arc<TargetFacts>,
}
