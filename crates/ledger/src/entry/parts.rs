//! The members of an entry's envelope but `action`: who, where, by which rule, how it ended.
//!
//! Every function writes one member and writes nothing where the event has nothing to say there:
//! an empty member is absent.

use std::collections::BTreeSet;

use model::{
    Answer, Breach, Claim, Class, Delegation, Event, GrantAct, Hold, Identity, OutcomeKind,
    PrincipalName, Remit, ReviewId, Subject, TargetName,
};

use super::action::qualified;
use super::session_of;
use crate::jcs::{Object, Room, string};

pub(super) fn admin(o: &mut Object<'_>, event: &Event) {
    match event {
        Event::Admin { by, facts, .. } => {
            o.str("by", by);
            o.object("facts", |o| o.facts(facts));
        }
        Event::Gateway { version, .. } => o.str("version", version),
        _ => {}
    }
}

pub(super) fn decision(o: &mut Object<'_>, event: &Event) {
    match event {
        Event::Decision {
            grants,
            policy_version,
            rules,
            sent,
            verb,
            would,
            ..
        } => {
            o.word("effect", verb);
            o.list("grants", grants, id);
            o.str("policy_version", policy_version);
            o.list("rules", rules.iter().map(String::as_str), text);
            o.str_opt("sent", sent.as_deref());
            if let Some(would) = would {
                o.word("would", would);
            }
        }
        Event::SessionOpened {
            grants,
            is_allowed,
            policy_version,
            rules,
            ..
        } => {
            o.str("effect", if *is_allowed { "allow" } else { "deny" });
            o.list("grants", grants, id);
            o.str("policy_version", policy_version);
            o.list("rules", rules.iter().map(String::as_str), text);
        }
        Event::AuthFailed { reason, .. } => {
            o.str("effect", "deny");
            o.str("reason", reason);
        }
        _ => {}
    }
}

pub(super) fn grant(o: &mut Object<'_>, event: &Event) {
    let Event::Grant {
        by, review, until, ..
    } = event
    else {
        return;
    };
    let Some(ahead) = &review.ahead else { return };
    o.list("by", by.iter().map(PrincipalName::as_str), text);
    let mut classes: Vec<&str> = { ahead.scope.columns().iter() }
        .filter_map(|column| column.class.map(Class::as_str))
        .collect();
    classes.sort_unstable();
    classes.dedup();
    o.list("classes", classes, text);
    let names = ahead.scope.names();
    o.list("columns", names.iter().map(String::as_str), text);
    o.int("for_s", u64::from(ahead.for_s));
    o.plain("id", review.id);
    o.str("reason", &ahead.reason);
    o.str("scope", ahead.scope.as_str());
    if let Some(until) = until {
        o.plain("until", until);
    }
}

pub(super) fn intent(o: &mut Object<'_>, event: &Event) {
    match event {
        Event::Intent { intent, .. } => {
            o.list("claims", &intent.claims, claim);
            let strongest = intent.claims.first().map(|claim| claim.text.as_str());
            o.str_opt("text", strongest);
            o.str_opt("traceparent", intent.traceparent.as_deref());
            o.str("verdict", intent.verdict.as_str());
        }
        Event::SessionOpened { session, .. } => o.str_opt("text", session.intent.as_deref()),
        _ => {}
    }
}

/// A claim, and whether anybody else than the client stands behind it.
fn claim(out: &mut Vec<u8>, room: &Room, claim: &Claim) {
    let mut o = Object::open(out, room);
    o.flag("attested", claim.source.is_attested());
    o.str("source", claim.source.as_str());
    o.str("text", &claim.text);
    o.close();
}

pub(super) fn outcome(o: &mut Object<'_>, event: &Event) {
    match event {
        Event::Outcome { outcome, .. } if outcome.kind == OutcomeKind::Unknown => {
            o.word("status", &outcome.kind);
        }
        Event::Outcome { outcome, .. } => {
            o.int("bytes", outcome.bytes);
            o.int("completed", u64::from(outcome.completed));
            if let Some(breach) = outcome.breach {
                let how = match (outcome.is_undone, breach) {
                    (true, _) => "rolled back",
                    (false, Breach::Seconds) => "cancelled",
                    (false, _) => "cut",
                };
                o.plain("limit", format_args!("{how}: {}", breach.as_str()));
            }
            if let Some(version) = outcome.mask_version {
                o.int("mask_version", u64::from(version));
            }
            o.int("masked_cells", outcome.masked_cells);
            o.object("revealed", |o| revealed(o, &outcome.revealed));
            o.int("rows_affected", outcome.rows_affected);
            o.int("rows_returned", outcome.rows);
            o.str_opt("sqlstate", outcome.sqlstate.as_deref());
            o.word("status", &outcome.kind);
            if let Some(state) = outcome.transaction {
                o.str("transaction", state.encode_utf8(&mut [0; 4]));
            }
        }
        Event::SessionClosed { reason, .. } => o.str("reason", reason),
        _ => {}
    }
}

/// Cells by class, in order of the classes' words.
fn revealed(o: &mut Object<'_>, cells: &[(Class, u64)]) {
    let mut cells: Vec<(&'static str, u64)> = { cells.iter() }
        .map(|(class, count)| (class.as_str(), *count))
        .collect();
    cells.sort_unstable();
    for (class, count) in cells {
        o.int(class, count);
    }
}

pub(super) fn rehearsal(o: &mut Object<'_>, event: &Event) {
    let Event::RehearsalEnded { rehearsal, .. } = event else {
        return;
    };
    o.list("changes", &rehearsal.changes, |out, room, changed| {
        let mut o = Object::open(out, room);
        o.int("deleted", changed.deleted);
        o.int("inserted", changed.inserted);
        o.str("relation", &changed.relation);
        o.int("updated", changed.updated);
        o.close();
    });
    o.str_opt("fault", rehearsal.fault.as_deref());
    o.list("locks", rehearsal.locks.iter().map(String::as_str), text);
    o.str_opt("unrun", rehearsal.unrun.as_deref());
}

pub(super) fn resource(o: &mut Object<'_>, event: &Event) {
    if let Event::Grant { review, .. } = event {
        if let Some(ahead) = &review.ahead {
            o.str("database", &ahead.database);
        }
        o.str("target", review.target.as_str());
        return;
    }
    let Some(session) = session_of(event) else {
        return;
    };
    if follows(event) {
        o.str("target", session.target.name.as_str());
        return;
    }
    o.str("database", &session.target.database);
    o.str("environment", &session.target.environment);
    if let Event::Intent { effects, .. } = event {
        let objects: BTreeSet<_> = effects
            .iter()
            .flat_map(|part| &part.acts)
            .map(|act| &act.object)
            .collect();
        o.list("objects", objects, qualified);
    }
    o.str("target", session.target.name.as_str());
}

pub(super) fn review(o: &mut Object<'_>, event: &Event) {
    match event {
        Event::ReviewAnswered {
            answer,
            review,
            state,
            ..
        } => {
            let (word, reason) = match answer {
                Answer::Approve => ("approve", None),
                Answer::Deny { reason } => ("deny", Some(reason.as_str())),
            };
            o.str("answer", word);
            o.plain("id", review);
            o.str_opt("reason", reason);
            o.word("state", state);
        }
        Event::ReviewEnded { review, state, .. } => {
            o.plain("id", review);
            o.word("state", state);
        }
        Event::ReviewRequested {
            binding,
            holds,
            review,
            ..
        } => {
            o.str("binding", binding);
            o.list("holds", holds, hold);
            o.plain("id", review);
            o.word("state", &model::ReviewState::Open);
        }
        Event::Grant {
            act: GrantAct::Asked,
            review,
            ..
        } => {
            o.str("binding", &review.binding);
            o.list("holds", &review.holds, hold);
            o.plain("id", review.id);
            o.word("state", &model::ReviewState::Open);
        }
        _ => {}
    }
}

pub(super) fn session(o: &mut Object<'_>, event: &Event) {
    if let Some(session) = session_of(event).filter(|_| !follows(event)) {
        o.str_opt("application_name", session.application_name.as_deref());
        if let Some(address) = session.address {
            o.plain("client_addr", address);
        }
        o.plain("id", session.id);
        o.flag("tls", session.is_encrypted);
        return;
    }
    match event {
        Event::AuthFailed {
            address: Some(address),
            ..
        } => o.plain("client_addr", address),
        Event::Decision { session, .. }
        | Event::RehearsalBegun { session, .. }
        | Event::RehearsalEnded { session, .. } => o.plain("id", session.id),
        Event::Outcome { session, .. } | Event::ReviewEnded { session, .. } => {
            o.plain("id", session.id());
        }
        _ => {}
    }
}

/// Whether an entry stands after its statement's intent, which says the rest of where and who:
/// it names them and does not repeat them. Half of all bytes would be repetition.
fn follows(event: &Event) -> bool {
    matches!(
        event,
        Event::Decision { .. }
            | Event::Outcome { .. }
            | Event::RehearsalBegun { .. }
            | Event::RehearsalEnded { .. }
            | Event::ReviewEnded { .. }
    )
}

pub(super) fn who(o: &mut Object<'_>, event: &Event) {
    if let Some(session) = session_of(event) {
        if follows(event) {
            let acts_for = session.identity.acts_for.as_ref();
            if let Some(accountable) = acts_for {
                o.object("acts_for", |o| {
                    o.str("principal", accountable.name.as_str());
                });
            }
            if let Some(delegation) = &session.identity.delegation {
                o.object("delegation", |o| o.str("task", &delegation.task));
            }
            o.str("principal", session.identity.name().as_str());
        } else {
            identity(o, &session.identity);
        }
        return;
    }
    match event {
        Event::AuthFailed { claimed, .. } => o.str("claimed", claimed),
        Event::Grant { review, .. } => {
            if let Some(accountable) = &review.acts_for {
                o.object("acts_for", |o| o.str("principal", accountable.as_str()));
            }
            o.str("kind", review.kind.as_str());
            o.str("principal", review.principal.as_str());
        }
        Event::ReviewAnswered { by, .. } => o.str("principal", by.as_str()),
        Event::Admin { by, .. } => o.str("principal", by),
        _ => {}
    }
}

fn identity(o: &mut Object<'_>, identity: &Identity) {
    if let Some(accountable) = &identity.acts_for {
        o.object("acts_for", |o| subject(o, accountable));
        o.list("chain", identity.subjects(), |out, room, one| {
            string(out, one.name.as_str(), room.string);
        });
    }
    if let Some(delegation) = &identity.delegation {
        o.object("delegation", |o| delegated(o, delegation));
    }
    o.list("groups", &identity.subject.groups, |out, room, group| {
        string(out, group.as_str(), room.string);
    });
    o.str("kind", identity.subject.kind.as_str());
    o.word("method", &identity.method);
    o.str("principal", identity.subject.name.as_str());
    o.str_opt("token", identity.token.as_deref());
}

fn delegated(o: &mut Object<'_>, delegation: &Delegation) {
    let Remit {
        actions,
        is_read_only,
        rows,
        targets,
    } = &delegation.remit;
    let words = actions.iter().flatten().map(|action| action.as_str());
    o.list("actions", words, text);
    o.str("ground", delegation.ground.as_str());
    o.flag("is_read_only", *is_read_only);
    o.str_opt("purpose", delegation.purpose.as_deref());
    if let Some(rows) = rows {
        o.int("rows", *rows);
    }
    let names = targets.iter().flatten().map(TargetName::as_str);
    o.list("targets", names, text);
    o.str("task", &delegation.task);
}

fn subject(o: &mut Object<'_>, subject: &Subject) {
    o.list("groups", &subject.groups, |out, room, group| {
        string(out, group.as_str(), room.string);
    });
    o.str("kind", subject.kind.as_str());
    o.str("principal", subject.name.as_str());
}

fn hold(out: &mut Vec<u8>, room: &Room, hold: &Hold) {
    let mut o = Object::open(out, room);
    o.str("group", hold.group.as_str());
    o.int("quorum", u64::from(hold.quorum));
    o.str("rule", &hold.rule);
    if let Some(wait) = hold.wait_s {
        o.int("wait_s", u64::from(wait));
    }
    o.close();
}

fn id(out: &mut Vec<u8>, room: &Room, id: &ReviewId) {
    string(out, &id.to_string(), room.string);
}

fn text(out: &mut Vec<u8>, room: &Room, text: &str) {
    string(out, text, room.string);
}
