//! The `action` of an entry: what a statement is and what it would do.
//!
//! Effects of all parts of a text stand in one list each, a thing said twice once. Values of
//! custom settings are left out: they hold whatever a client puts there, secrets too.

use std::collections::BTreeSet;

use model::event::RecordedText;
use model::{Act, Call, ColumnRef, Effects, Event, Filter, Gap, Object as Thing, SettingChange};

use super::statement_of;
use crate::jcs::{Object, Room, string, word};

pub(super) fn write(o: &mut Object<'_>, event: &Event, room: &Room, is_cut: bool) {
    let intent = match event {
        Event::Intent {
            effects,
            route,
            text,
            ..
        } => Some((effects, *route, text)),
        _ => None,
    };
    if let Some((effects, _, text)) = intent {
        o.list("acts", once(effects, |part| &part.acts), act);
        o.str("commitment", &text.commitment);
        o.list("filters", once(effects, |part| &part.filters), filter);
        o.list("functions", once(effects, |part| &part.calls), function);
        o.list("gaps", once(effects, |part| &part.gaps), gap);
    }
    if let Some((session, statement)) = statement_of(event) {
        o.plain("id", format_args!("{session}/{}", statement.0));
    }
    if let Some((effects, route, text)) = intent {
        statement(o, effects, route, text, (room, is_cut));
    }
}

fn statement(
    o: &mut Object<'_>,
    effects: &[Effects],
    route: &str,
    text: &RecordedText,
    (room, is_cut): (&Room, bool),
) {
    o.flag("is_partial", text.is_partial || is_cut);
    o.list("kinds", effects, |out, room, part| {
        string(out, &part.kind, room.string);
    });
    o.list_within(
        "parameters",
        room.parameters,
        &text.parameters,
        |out, room, value| {
            let mut o = Object::open(out, room);
            match value {
                Some(value) => o.str("text", value),
                None => o.flag("is_null", true),
            }
            o.close();
        },
    );
    o.list(
        "predicates",
        effects.iter().filter_map(|part| part.predicate),
        |out, room, found| {
            let mut o = Object::open(out, room);
            o.flag("has_where", found.has_where);
            o.flag("is_bounded", found.is_bounded);
            o.flag("is_tautology", found.is_tautology);
            o.close();
        },
    );
    o.str("route", route);
    o.list("settings", once(effects, |part| &part.settings), setting);
    o.str_within("sql", room.text, &text.text);
    o.int("sql_bytes", u64::try_from(text.bytes).unwrap_or(u64::MAX));
    o.int(
        "stmt_count",
        u64::try_from(effects.len()).unwrap_or(u64::MAX),
    );
    o.list(
        "transaction",
        effects.iter().filter_map(|part| part.transaction.as_ref()),
        |out, _, what| {
            word(out, what);
        },
    );
}

/// What the parts of a text say, in order, each thing once.
fn once<'e, T: Ord + 'e>(
    effects: &'e [Effects],
    of: impl Fn(&'e Effects) -> &'e Vec<T>,
) -> impl Iterator<Item = &'e T> {
    let is_single = effects.len() < 2;
    let mut seen = BTreeSet::new();
    effects
        .iter()
        .flat_map(of)
        .filter(move |thing| is_single || seen.insert(*thing))
}

/// `schema.name`, or the name alone.
pub(super) fn qualified(out: &mut Vec<u8>, room: &Room, thing: &Thing) {
    if thing.schema.is_empty() {
        string(out, &thing.name, room.string);
    } else {
        string(
            out,
            &format!("{}.{}", thing.schema, thing.name),
            room.string,
        );
    }
}

fn named(o: &mut Object<'_>, thing: &Thing) {
    o.word("kind", &thing.kind);
    o.str("name", &thing.name);
    if !thing.schema.is_empty() {
        o.str("schema", &thing.schema);
    }
}

fn act(out: &mut Vec<u8>, room: &Room, act: &Act) {
    let mut o = Object::open(out, room);
    o.word("action", &act.action);
    let mut classes: Vec<_> = act
        .columns
        .iter()
        .filter_map(|column| column.class)
        .collect();
    classes.sort_unstable();
    classes.dedup();
    o.list("classes", classes, |out, room, class| {
        string(out, class.as_str(), room.string);
    });
    o.list("columns", &act.columns, |out, room, column: &ColumnRef| {
        string(out, &column.column, room.string);
    });
    named(&mut o, &act.object);
    if let Some(via) = &act.via {
        o.str("via", via);
    }
    o.close();
}

fn filter(out: &mut Vec<u8>, room: &Room, filter: &Filter) {
    let mut o = Object::open(out, room);
    let column = &filter.column;
    o.str_opt("class", column.class.map(model::Class::as_str));
    o.str("column", &column.column);
    o.word("form", &filter.form);
    o.str("schema", &column.schema);
    o.str("table", &column.table);
    o.close();
}

fn function(out: &mut Vec<u8>, room: &Room, call: &Call) {
    let mut o = Object::open(out, room);
    if let Some(digest) = &call.digest {
        o.str("digest", digest);
    }
    if call.is_security_definer {
        o.flag("is_security_definer", true);
    }
    o.str("name", &call.function.name);
    o.word("reach", &call.reach);
    if !call.function.schema.is_empty() {
        o.str("schema", &call.function.schema);
    }
    if let Some(via) = &call.via {
        o.str("via", via);
    }
    o.close();
}

fn gap(out: &mut Vec<u8>, room: &Room, gap: &Gap) {
    let mut o = Object::open(out, room);
    o.str("kind", &gap.kind);
    o.str("reason", &gap.reason);
    o.close();
}

fn setting(out: &mut Vec<u8>, room: &Room, change: &SettingChange) {
    let mut o = Object::open(out, room);
    if change.is_local {
        o.flag("is_local", true);
    }
    o.str("name", &change.name);
    // A name with a dot is a client's own; its value may be anything (law 4).
    if !change.name.contains('.') {
        o.str_opt("value", change.value.as_deref());
    }
    o.close();
}
