//! What a session and its principal have done so far, as policy is told.
//!
//! Why: three harmless statements can make one harm (read a secret, then write it elsewhere), and
//! a thousand small results a large one. It counts what was given back, never what was looked at
//! on the way; who counts is `govern`.

use std::collections::BTreeSet;

use model::{Action, Class, ColumnRef, Effects, Lineage};

/// The target's role that a session's statements run as.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleInForce {
    /// Whether it is, or may be, another than that of sign-in.
    pub is_switched: bool,
    /// Its name; empty where it cannot be known.
    pub name: String,
}

/// What was done before the statement in question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Bytes of results this principal was sent within the hour, over all its sessions.
    pub bytes_hour: u64,
    /// Bytes of results this session was sent.
    pub bytes_read: u64,
    /// Classes this session was given values of, masked or not.
    pub classes_read: BTreeSet<Class>,
    /// Those of them it was given unmasked.
    pub classes_revealed: BTreeSet<Class>,
    /// The role it has taken on.
    pub role: RoleInForce,
    /// Rows this principal was sent within the hour, over all its sessions.
    pub rows_hour: u64,
    /// Rows this session was sent.
    pub rows_read: u64,
    /// Statements this session was permitted to run.
    pub statements: u64,
}

impl History {
    /// The history as a part of `effects` must see it: what stands in one text may run in any
    /// order a rule can think of, so each part sees what the others give back.
    pub(crate) fn within(&self, effects: &[Effects]) -> (BTreeSet<Class>, BTreeSet<Class>) {
        let (mut read, mut revealed) = (self.classes_read.clone(), self.classes_revealed.clone());
        if effects.len() > 1 {
            let given = given(effects).filter_map(|column| column.class);
            let given: BTreeSet<Class> = given.collect();
            read.extend(&given);
            revealed.extend(given);
        }
        (read, revealed)
    }

    /// The role as a part of `effects` must see it: one that something else in the same text
    /// changes is not known.
    pub(crate) fn role_within(&self, effects: &[Effects]) -> RoleInForce {
        let is_role = |name: &str| matches!(name, "role" | "session_authorization");
        let changes = |part: &Effects| part.settings.iter().any(|set| is_role(&set.name));
        let is_alone = |part: &Effects| part.calls.is_empty() && part.outputs.is_none();
        let stands_alone = effects.len() == 1 && effects.iter().all(is_alone);
        if effects.iter().any(changes) && !stands_alone {
            return RoleInForce {
                is_switched: true,
                name: String::new(),
            };
        }
        self.role.clone()
    }
}

/// The classified columns whose values a statement gives back, in any form. Where an output's
/// origin is not known, everything the part reads.
pub fn given(effects: &[Effects]) -> impl Iterator<Item = &ColumnRef> {
    effects.iter().flat_map(|part| {
        let outputs = part.outputs.as_deref();
        let is_opaque = |output: &model::OutputColumn| output.lineage == Lineage::Opaque;
        let is_unknown = outputs.map_or(part.returns_rows, |all| all.iter().any(is_opaque));
        let told = outputs
            .unwrap_or_default()
            .iter()
            .flat_map(|output| match &output.lineage {
                Lineage::Bare(column) => std::slice::from_ref(column),
                Lineage::Derived(columns) | Lineage::OneOf(columns) => columns,
                Lineage::Clean | Lineage::Opaque => &[],
            });
        let reads = |act: &&model::Act| matches!(act.action, Action::CopyOut | Action::Select);
        let read = part.acts.iter().filter(reads).flat_map(|act| &act.columns);
        told.chain(read.filter(move |_| is_unknown))
            .filter(|column| column.class.is_some())
    })
}
