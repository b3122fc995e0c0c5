//! From obligations to the bounds a statement runs in, or why it cannot run in them.
//!
//! The table: what only reads needs no undoing; what may change rows is run so that it can be
//! undone; what the target could not count or undo is refused with a way that would do.

use model::effects::{Act, Call, CallBody};
use model::{
    Action, Bounds, Effects, Reach, Refusal, RefusalKind, Route, SettingChange, Statement,
    TransactionControl, Volatility,
};
use policy::Obligations;

/// What the statement may give back and change.
pub(crate) fn bounds(
    obligations: &Obligations,
    parts: &[Effects],
    statement: &Statement,
    is_in_transaction: bool,
) -> Result<Bounds, Refusal> {
    savepoints_are_theirs(parts)?;
    let is_read_only = obligations.is_read_only && parts.iter().any(does_more_than_control);
    let changes = obligations
        .limit_changes
        .filter(|_| parts.iter().any(may_change));
    let limits_rows = obligations.limit_rows.is_some() || obligations.limit_bytes.is_some();
    let bounds = Bounds {
        bytes: obligations.limit_bytes,
        changes,
        ends_transaction: parts.iter().any(ends_transaction),
        is_read_only,
        is_undone: changes.is_some() || (limits_rows && parts.iter().any(may_change)),
        moves_savepoints: parts.iter().any(moves_savepoints),
        rows: obligations.limit_rows,
        seconds: obligations.timeout_s,
    };
    if obligations.is_read_only {
        only_reads(parts)?;
    }
    if !statement.route.runs() {
        return Ok(Bounds {
            changes: None,
            is_undone: false,
            ..bounds
        });
    }
    if bounds.is_undone || bounds.is_read_only {
        stands_alone(parts)?;
    }
    if bounds.is_undone {
        can_be_undone(parts, &statement.route, is_in_transaction)?;
    }
    Ok(bounds)
}

fn refusal(message: String, hint: &str) -> Refusal {
    Refusal::new(RefusalKind::Denied, message).hint(hint)
}

/// Savepoints of ours are nobody else's to set, release or go back to.
fn savepoints_are_theirs(parts: &[Effects]) -> Result<(), Refusal> {
    use TransactionControl::{Release, RollbackTo, Savepoint};
    let is_ours = |part: &Effects| match &part.transaction {
        Some(Release(name) | RollbackTo(name) | Savepoint(name)) => name.starts_with("portcullis."),
        _ => false,
    };
    if parts.iter().any(is_ours) {
        let message = "savepoints whose names begin with portcullis. are Portcullis' own";
        return Err(refusal(
            message.to_owned(),
            "give the savepoint another name",
        ));
    }
    Ok(())
}

/// A transaction must not end, or begin, in the middle of what is bound.
fn stands_alone(parts: &[Effects]) -> Result<(), Refusal> {
    if parts.len() > 1 && parts.iter().any(|part| part.transaction.is_some()) {
        let message = "a rule limits this, so it cannot be sent in one text with BEGIN, COMMIT, \
                       ROLLBACK or a savepoint";
        return Err(refusal(message.to_owned(), "send them one by one"));
    }
    Ok(())
}

/// What a rule lets run read only must do nothing else, as far as can be read; the target is told
/// besides.
fn only_reads(parts: &[Effects]) -> Result<(), Refusal> {
    let hint = "read with a plain SELECT, or ask for a rule that lets you write";
    for part in parts {
        if let Some(gap) = part.gaps.first() {
            let message = format!(
                "a rule lets this run read only (@read_only), and it cannot be known that it \
                 does: {}",
                gap.reason
            );
            return Err(refusal(message, hint));
        }
        let act = part.acts.iter().find(|act| !reads(act));
        let word = |act: &Act| format!("{:?}", act.action).to_lowercase();
        let what = act.map(|act| format!("would {} {}", word(act), act.object.name));
        let call = part.calls.iter().find(|call| reaches_past(call));
        let call = call.map(|call| format!("calls {}", call.function.name));
        let procedure = (part.kind == "CALL").then(|| "calls a procedure".to_owned());
        let undoes = part.settings.iter().any(leaves_read_only);
        let undoes = undoes.then(|| "makes the session or transaction writable".to_owned());
        if let Some(what) = what.or(call).or(procedure).or(undoes) {
            let message = format!("a rule lets this run read only (@read_only), and it {what}");
            return Err(refusal(message, hint));
        }
    }
    Ok(())
}

/// What a read-only transaction may be asked to do. What it would refuse itself (row locks) is
/// left to it.
fn reads(act: &Act) -> bool {
    use Action::{
        Call, CopyOut, Filter, Listen, Lock, Notify, Reveal, Select, Set, SetRole, Transaction,
    };
    matches!(
        act.action,
        Call | CopyOut
            | Filter
            | Listen
            | Lock
            | Notify
            | Reveal
            | Select
            | Set
            | SetRole
            | Transaction
    )
}

/// A read-only transaction does not bind functions of these kinds.
fn reaches_past(call: &Call) -> bool {
    matches!(
        call.reach,
        Reach::Administers
            | Reach::Host
            | Reach::LargeObjects
            | Reach::Native
            | Reach::Network
            | Reach::RunsSql
            | Reach::Unknown
    )
}

fn leaves_read_only(change: &SettingChange) -> bool {
    let is_ours = ["transaction_read_only", "default_transaction_read_only"];
    let stays = |value: &String| ["on", "true", "yes", "1"].contains(&value.as_str());
    is_ours.contains(&change.name.as_str()) && !change.value.as_ref().is_some_and(stays)
}

/// Whether something of it runs besides the control of transactions, sessions and settings.
fn does_more_than_control(part: &Effects) -> bool {
    let controls = |act: &Act| matches!(act.action, Action::Set | Action::Transaction);
    let is_control = part.transaction.is_some() || !part.settings.is_empty();
    !(is_control && part.calls.is_empty() && part.acts.iter().all(controls))
}

/// Whether rows may be other after it than before.
fn may_change(part: &Effects) -> bool {
    use Action::{
        AnonymousBlock, CopyIn, Create, Delete, Insert, Merge, Truncate, Unresolved, Update,
    };
    // These change no rows of anybody's, and run in no transaction.
    let apart = [
        "CREATE DATABASE",
        "CREATE INDEX",
        "CREATE SUBSCRIPTION",
        "CREATE TABLESPACE",
    ];
    let fills = !apart.contains(&part.kind.as_str());
    let changes = |act: &Act| {
        (fills && act.action == Create)
            || matches!(
                act.action,
                AnonymousBlock | CopyIn | Delete | Insert | Merge | Truncate | Unresolved | Update
            )
    };
    let runs = |call: &Call| {
        let is_fixed = matches!(
            call.volatility,
            Some(Volatility::Immutable | Volatility::Stable)
        );
        match call.reach {
            // What was read of a body stands among the acts.
            Reach::Native | Reach::UserDefined => !is_fixed && call.body != CallBody::Whole,
            Reach::RunsSql | Reach::Unknown => true,
            _ => false,
        }
    };
    !part.gaps.is_empty()
        || part.kind == "CALL"
        || part.acts.iter().any(changes)
        || part.calls.iter().any(runs)
}

/// Whether what runs before it and what runs behind it may be two transactions, or a part of one
/// may be undone.
fn ends_transaction(part: &Effects) -> bool {
    use TransactionControl::{Commit, Prepared, Rollback, RollbackTo};
    let ends = matches!(
        &part.transaction,
        Some(Commit | Prepared | Rollback | RollbackTo(_))
    );
    // A name the server does not have ends in an error of its own.
    let is_name = |gap: &model::Gap| matches!(gap.kind.as_str(), "column" | "relation");
    ends || !part.gaps.iter().all(is_name) || is_free_to_commit(part)
}

/// Whether a savepoint of ours may not outlive it: it controls transactions, or its text may be
/// anything. What a function does that could not be read reaches no savepoint.
fn moves_savepoints(part: &Effects) -> bool {
    let is_within = |gap: &model::Gap| {
        matches!(
            gap.kind.as_str(),
            "column" | "cursor" | "dynamic_sql" | "function" | "language" | "relation"
        )
    };
    part.transaction.is_some() || !part.gaps.iter().all(is_within)
}

/// A procedure or block may commit by itself where no transaction stands around it.
fn is_free_to_commit(part: &Effects) -> bool {
    let is_block = |act: &Act| act.action == Action::AnonymousBlock;
    part.kind == "CALL" || part.acts.iter().any(is_block)
}

fn can_be_undone(parts: &[Effects], route: &Route, is_in_transaction: bool) -> Result<(), Refusal> {
    if matches!(route, Route::Function { .. }) {
        let message = "a function-call message that may change rows cannot be undone, and a rule \
                       limits what it may change";
        return Err(refusal(message.to_owned(), "call the function in a SELECT"));
    }
    let truncates = |part: &Effects| {
        let mut acts = part.acts.iter();
        acts.any(|act| act.action == Action::Truncate)
    };
    if parts.iter().any(truncates) {
        let message = "TRUNCATE does not tell how many rows it removes, and a rule limits that";
        let hint = "use DELETE with a WHERE that names the rows";
        return Err(refusal(message.to_owned(), hint));
    }
    if !is_in_transaction && parts.iter().any(is_free_to_commit) {
        let message = "a rule limits what this may change, and what a procedure or block commits \
                       by itself cannot be undone";
        let hint = "run it inside a transaction: BEGIN, then this, then COMMIT, one by one";
        return Err(refusal(message.to_owned(), hint));
    }
    Ok(())
}
