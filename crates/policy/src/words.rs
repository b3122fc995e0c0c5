//! The words of the vocabulary: how `model`'s enums are spelt in `policies/schema.cedarschema`.
// tidy: table — a match per enum

use model::{Action, CallBody, FilterForm, Method, Reach, TransactionControl, Volatility};

/// Every action.
pub(crate) const ACTIONS: &[Action] = &[
    Action::Select,
    Action::CopyOut,
    Action::Insert,
    Action::Update,
    Action::Delete,
    Action::Merge,
    Action::CopyIn,
    Action::Create,
    Action::Alter,
    Action::Drop,
    Action::Truncate,
    Action::Grant,
    Action::Revoke,
    Action::SetRole,
    Action::ManageRole,
    Action::Maintain,
    Action::Lock,
    Action::Configure,
    Action::Signal,
    Action::Call,
    Action::AnonymousBlock,
    Action::ReachHost,
    Action::Set,
    Action::Listen,
    Action::Notify,
    Action::Snapshot,
    Action::Transaction,
    Action::Connect,
    Action::Reveal,
    Action::Filter,
    Action::Unresolved,
];

/// The action's name in Cedar.
pub(crate) fn action(action: Action) -> &'static str {
    match action {
        Action::Select => "select",
        Action::CopyOut => "copy_out",
        Action::Insert => "insert",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Merge => "merge",
        Action::CopyIn => "copy_in",
        Action::Create => "create",
        Action::Alter => "alter",
        Action::Drop => "drop",
        Action::Truncate => "truncate",
        Action::Grant => "grant",
        Action::Revoke => "revoke",
        Action::SetRole => "set_role",
        Action::ManageRole => "manage_role",
        Action::Maintain => "maintain",
        Action::Lock => "lock",
        Action::Configure => "configure",
        Action::Signal => "signal",
        Action::Call => "call",
        Action::AnonymousBlock => "anonymous_block",
        Action::ReachHost => "reach_host",
        Action::Set => "set",
        Action::Listen => "listen",
        Action::Notify => "notify",
        Action::Snapshot => "snapshot",
        Action::Transaction => "transaction",
        Action::Connect => "connect",
        Action::Reveal => "reveal",
        Action::Filter => "filter",
        Action::Unresolved => "unresolved",
    }
}

/// The action group an action is in, as the schema has it.
pub(crate) fn group(action: Action) -> Option<&'static str> {
    match action {
        Action::CopyOut | Action::Select => Some("read"),
        Action::CopyIn | Action::Delete | Action::Insert | Action::Merge | Action::Update => {
            Some("write")
        }
        Action::Alter | Action::Create | Action::Drop | Action::Truncate => Some("define"),
        Action::Grant | Action::ManageRole | Action::Revoke | Action::SetRole => Some("control"),
        Action::Configure | Action::Lock | Action::Maintain | Action::Signal => Some("administer"),
        Action::AnonymousBlock | Action::Call => Some("execute"),
        Action::Listen | Action::Notify | Action::Set | Action::Snapshot | Action::Transaction => {
            Some("session")
        }
        Action::Connect
        | Action::Filter
        | Action::ReachHost
        | Action::Reveal
        | Action::Unresolved => None,
    }
}

/// `resource.body` of a function.
pub(crate) fn body(body: CallBody) -> &'static str {
    match body {
        CallBody::None => "none",
        CallBody::Partly => "partly",
        CallBody::Whole => "whole",
    }
}

/// `resource.reach` of a function.
pub(crate) fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Pure => "pure",
        Reach::Catalog => "catalog",
        Reach::Settings => "settings",
        Reach::SetsSettings => "sets_settings",
        Reach::Host => "host",
        Reach::Network => "network",
        Reach::OtherSessions => "other_sessions",
        Reach::Signals => "signals",
        Reach::Notifies => "notifies",
        Reach::Snapshots => "snapshots",
        Reach::RunsSql => "runs_sql",
        Reach::Sleeps => "sleeps",
        Reach::Locks => "locks",
        Reach::LargeObjects => "large_objects",
        Reach::Sequence => "sequence",
        Reach::Administers => "administers",
        Reach::Storage => "storage",
        Reach::UserDefined => "user_defined",
        Reach::Native => "native",
        Reach::Unknown => "unknown",
    }
}

/// `resource.volatility` of a function; one that was not found may do anything.
pub(crate) fn volatility(volatility: Option<Volatility>) -> &'static str {
    match volatility {
        Some(Volatility::Immutable) => "immutable",
        Some(Volatility::Stable) => "stable",
        Some(Volatility::Volatile) | None => "volatile",
    }
}

/// `context.form` of a filter.
pub(crate) fn form(form: FilterForm) -> &'static str {
    match form {
        FilterForm::Carried => "carried",
        FilterForm::Equality => "equality",
        FilterForm::Group => "group",
        FilterForm::Join => "join",
        FilterForm::Nullness => "nullness",
        FilterForm::Order => "order",
        FilterForm::Pattern => "pattern",
        FilterForm::Range => "range",
        FilterForm::Other => "other",
        FilterForm::Shown => "shown",
    }
}

/// `context.control` of transaction control.
pub(crate) fn control(control: &TransactionControl) -> &'static str {
    match control {
        TransactionControl::Begin => "begin",
        TransactionControl::Commit => "commit",
        TransactionControl::Prepared => "prepared",
        TransactionControl::Release(_) => "release",
        TransactionControl::Rollback => "rollback",
        TransactionControl::RollbackTo(_) => "rollback_to",
        TransactionControl::Savepoint(_) => "savepoint",
    }
}

/// `context.session.method`.
pub(crate) fn method(method: Method) -> &'static str {
    match method {
        Method::Bearer => "bearer",
        Method::Certificate => "certificate",
        Method::Scram => "scram",
        Method::Token => "token",
    }
}
