//! Principals and tokens as the control plane shows them: nothing that proves anyone.

use model::{GroupName, PrincipalKind, PrincipalName, PrincipalRecord, Timestamp, TokenRecord};
use serde::Serialize;

/// A principal as it is shown.
#[derive(Serialize)]
pub(super) struct PrincipalView {
    acts_for: Option<PrincipalName>,
    created: Timestamp,
    groups: Vec<GroupName>,
    is_disabled: bool,
    kind: PrincipalKind,
    name: PrincipalName,
}

impl From<PrincipalRecord> for PrincipalView {
    fn from(record: PrincipalRecord) -> Self {
        let PrincipalRecord {
            acts_for,
            created,
            groups,
            is_disabled,
            kind,
            name,
            salt: _,
        } = record;
        Self {
            acts_for,
            created,
            groups,
            is_disabled,
            kind,
            name,
        }
    }
}

/// A token as it is shown: nothing that proves it.
#[derive(Serialize)]
pub(super) struct TokenView {
    created: Timestamp,
    expires: Timestamp,
    id: String,
    principal: PrincipalName,
    state: &'static str,
}

impl TokenView {
    pub(super) fn of(record: TokenRecord, now: Timestamp) -> Self {
        let state = match record {
            TokenRecord {
                is_revoked: true, ..
            } => "revoked",
            TokenRecord { expires, .. } if expires <= now => "expired",
            _ => "live",
        };
        let TokenRecord {
            created,
            expires,
            id,
            principal,
            ..
        } = record;
        Self {
            created,
            expires,
            id,
            principal,
            state,
        }
    }
}
