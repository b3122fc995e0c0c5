//! The words of the vocabulary: how `model`'s enums are spelt in `policies/schema.cedarschema`.
// tidy: table — a match per enum

use model::{CallBody, FilterForm, Method, Reach, TransactionControl, Volatility};

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
