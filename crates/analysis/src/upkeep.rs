//! What upkeep and definitions run without naming it: functions behind indexes and statistics, and
//! event triggers.
//!
//! Why: ANALYZE computes every expression an index is of, and any CREATE may set off a function of
//! somebody's. Where the functions' bodies lead is read as for triggers.

use catalog::roads::{EventTrigger, Place};
use model::{Object, ObjectKind};
use rustc_hash::FxHashSet;
use squawk_syntax::SyntaxNode;

use crate::reader::Reader;

/// Definitions of what all databases share, and of event triggers: they set off none.
const SHARED: &[&str] = &[
    "DATABASE",
    "EVENT TRIGGER",
    "GROUP",
    "ROLE",
    "SYSTEM",
    "TABLESPACE",
    "USER",
];

/// Whether a statement of that kind sets off an event trigger.
fn sets_off(kind: &str, trigger: &EventTrigger) -> bool {
    let (verb, thing) = kind.split_once(' ').unwrap_or((kind, ""));
    let is_event = match &*trigger.event {
        "login" => false,
        "table_rewrite" => verb == "ALTER",
        "sql_drop" => matches!(verb, "ALTER" | "DROP" | "REFRESH" | "REINDEX"),
        _ => true,
    };
    let is_tagged = trigger.tags.is_empty() || trigger.tags.iter().any(|tag| **tag == *kind);
    is_event && is_tagged && !SHARED.contains(&thing)
}

impl Reader<'_> {
    /// VACUUM, ANALYZE, REINDEX, CLUSTER on these things: on all where they are no tables.
    pub(crate) fn keeps_up(&mut self, node: &SyntaxNode, objects: &[Object]) {
        let says = |word: &str| {
            let tokens = node.descendants_with_tokens();
            let mut tokens = tokens.filter_map(squawk_syntax::SyntaxElement::into_token);
            tokens.any(|token| token.text().eq_ignore_ascii_case(word))
        };
        // Without these words VACUUM computes nothing.
        if says("vacuum") && !(says("analyze") || says("analyse") || says("full")) {
            return;
        }
        let catalog = self.world.catalog;
        let is_table = |object: &&Object| object.kind == ObjectKind::Table && object.oid != 0;
        let mut oids: Vec<u32> = if objects.iter().all(|object| is_table(&object)) {
            objects.iter().map(|object| object.oid).collect()
        } else {
            catalog.relations().map(|relation| relation.oid).collect()
        };
        let mut seen = FxHashSet::default();
        while let Some(oid) = oids.pop() {
            if !seen.insert(oid) {
                continue;
            }
            if let Some(relation) = catalog.relation(oid) {
                // Values are sorted, and how far they lie apart is measured.
                self.compares_columns(relation);
            }
            let Some(beside) = catalog.beside(oid) else {
                continue;
            };
            oids.extend(&beside.children);
            for expression in &beside.expressions {
                if matches!(expression.place, Place::Index | Place::Statistics) {
                    self.computes(expression);
                }
            }
        }
    }

    /// Event triggers that the statement sets off.
    pub(crate) fn sets_off(&mut self) {
        let kind = self.notes.effects.kind.clone();
        for trigger in self.world.catalog.event_triggers() {
            if sets_off(&kind, trigger) {
                self.runs(
                    trigger.function,
                    None,
                    &format!("event trigger {}", trigger.name),
                );
            }
        }
    }
}
