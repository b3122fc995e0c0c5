//! Settings changed by a call or by SET.
//!
//! Why: `set_config` is SET in a function's clothes, and a search path changes what names mean.
//! SET's own grammar is in `session`.

use model::{Action, ObjectKind, SettingChange};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::notes::named;
use crate::reader::{Reader, has_token};

impl Reader<'_> {
    /// `set_config(name, value, is_local)` is SET.
    pub(crate) fn set_config(&mut self, list: &SyntaxNode) {
        let arguments: Vec<SyntaxNode> = list
            .children()
            .flat_map(|argument| operands(&argument))
            .collect();
        let [name, value, local] = arguments.as_slice() else {
            self.notes
                .gap("dynamic_sql", "set_config without three plain arguments");
            return;
        };
        let is_local = has_token(local, SyntaxKind::TRUE_KW);
        let Some(name) = self.string(name).or_else(|| self.pinned(name)) else {
            self.notes.gap(
                "dynamic_sql",
                "set_config of a setting that is not a constant",
            );
            self.setting("*", None, is_local);
            return;
        };
        let text = self.string(value);
        // A parameter's value comes from the client, as a constant would; what it is matters where
        // a setting changes how statements are read or by whom they are run.
        let is_parameter = has_token(value, SyntaxKind::POSITIONAL_PARAM);
        if text.is_none() && !(is_parameter && is_harmless(&name)) {
            self.notes.gap(
                "dynamic_sql",
                "set_config to a value that is not a constant",
            );
        }
        self.setting(&name.to_ascii_lowercase(), text, is_local);
    }

    /// The constant that the statement's whole WHERE pins a column to: `… WHERE name = 'x'`, as
    /// `pg_dump` sets what a server may not have. Whatever the relation holds, no other value of
    /// that column gets past it.
    fn pinned(&mut self, column: &SyntaxNode) -> Option<String> {
        let select = column
            .ancestors()
            .find(|node| node.kind() == SyntaxKind::SELECT)?;
        let is_where = |node: &SyntaxNode| node.kind() == SyntaxKind::WHERE_CLAUSE;
        let condition = operands(&select.children().find(is_where)?)
            .into_iter()
            .next()?;
        let is_equality = condition.kind() == SyntaxKind::BIN_EXPR
            && condition
                .children_with_tokens()
                .any(|part| part.kind() == SyntaxKind::EQ);
        let sides = operands(&condition);
        let [left, right] = sides.as_slice() else {
            return None;
        };
        let is_same = column.kind() == SyntaxKind::NAME_REF && left.text() == column.text();
        if is_equality && is_same {
            self.string(right)
        } else {
            None
        }
    }

    /// Notes a change of a setting.
    pub(crate) fn setting(&mut self, name: &str, value: Option<String>, is_local: bool) {
        let action = if matches!(name, "role" | "session_authorization") {
            Action::SetRole
        } else {
            Action::Set
        };
        self.notes.act(action, named(ObjectKind::Setting, "", name));
        if name == "search_path" || name == "*" {
            self.path_changed(value.as_deref());
        }
        let change = SettingChange {
            is_local,
            name: name.to_owned(),
            value,
        };
        if !self.notes.effects.settings.contains(&change) {
            self.notes.effects.settings.push(change);
        }
    }
}

/// Settings whose value changes nothing that we must know.
fn is_harmless(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "application_name"
            | "bytea_output"
            | "datestyle"
            | "extra_float_digits"
            | "intervalstyle"
            | "jit"
            | "lock_timeout"
            | "statement_timeout"
            | "timezone"
            | "work_mem"
    )
}
