//! CREATE FUNCTION and CREATE PROCEDURE: whether what they keep can be read.
//!
//! Why: a definition does nothing its body would do, and policy judges the definition; but a body
//! that nobody can read from here is said to be one, before it is ever called.
//! Names the body uses need not exist yet: they are no gap of the definition.

use model::Gap;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::frame::Held;
use super::parse;
use super::program::{Kind, Level, Variable};
use crate::name;
use crate::reader::{Reader, child};
use crate::tree::{Role, role};

/// Gaps that stay whatever is created later.
const LASTING: [&str; 6] = [
    "dynamic_sql",
    "encoding",
    "language",
    "nesting",
    "node",
    "syntax",
];

impl Reader<'_> {
    /// The body of a function or procedure that is being created.
    pub(crate) fn defines_body(&mut self, node: &SyntaxNode) {
        let Some(options) = child(node, SyntaxKind::FUNC_OPTION_LIST) else {
            return;
        };
        let language = child(&options, SyntaxKind::LANGUAGE_FUNC_OPTION);
        let language = language.map_or("sql".to_owned(), |node| self.language(&node));
        let text = child(&options, SyntaxKind::AS_FUNC_OPTION)
            .and_then(|option| child(&option, SyntaxKind::AS_DEFINITION))
            .and_then(|definition| child(&definition, SyntaxKind::LITERAL))
            .map(|literal| self.literal_text(&literal));
        let is_read = matches!(language.as_str(), "sql" | "plpgsql");
        if !is_read {
            let reason = format!("the body of a function in {language} is not read");
            self.notes.gap("language", reason);
            return;
        }
        let inner = node
            .children()
            .find(|c| matches!(c.kind(), SyntaxKind::ATOMIC_BODY | SyntaxKind::RETURN_STMT));
        let text = match (&text, &inner) {
            (Some(text), _) => text.clone(),
            (None, Some(inner)) => inner.text().to_string(),
            (None, None) => return,
        };
        if !self.descend() {
            return;
        }
        let (level, held) = self.parameters_of(node);
        let was_shaken = self.is_shaken;
        let (next_path, cursors) = (self.next_path.take(), std::mem::take(&mut self.cursors));
        let kept = self.leave(None);
        self.active.push(super::Active::default());
        if language == "sql" {
            self.run_sql(&text, &level, &held);
        } else {
            self.run(parse::parse(&text, level), held);
        }
        self.active.pop();
        let notes = self.come_back(kept);
        self.is_shaken = was_shaken;
        (self.next_path, self.cursors) = (next_path, cursors);
        self.ascend();
        let lasts = |gap: &&Gap| LASTING.contains(&gap.kind.as_str());
        for gap in notes.effects.gaps.iter().filter(lasts) {
            self.notes.gap(&gap.kind, gap.reason.clone());
        }
    }

    /// The parameters as they are written.
    fn parameters_of(&mut self, node: &SyntaxNode) -> (Level, Vec<Held>) {
        let mut level = Level::default();
        let mut held = Vec::new();
        let names = child(node, SyntaxKind::FUNCTION_NAME)
            .or_else(|| child(node, SyntaxKind::PROCEDURE_NAME))
            .map(|n| name::path(&n));
        level.label = names.and_then(|mut path| path.pop());
        let mut add = |name: String, value: Held| {
            level.variables.push(Variable {
                kind: Kind::Record,
                name,
            });
            held.push(value);
        };
        let lists = node.descendants().filter(|n| {
            matches!(
                n.kind(),
                SyntaxKind::PARAM | SyntaxKind::RETURN_TABLE_COLUMN
            )
        });
        for (index, parameter) in lists.enumerate() {
            let written = parameter
                .descendants()
                .find(|n| role(n.kind()) == Role::Type);
            let value = match written {
                Some(written) => {
                    let oid = self.written(&written).oid;
                    self.of_type(oid)
                }
                None => self.of_type(2249),
            };
            add(format!("${}", index + 1), value.clone());
            let name = parameter
                .children()
                .find(|n| matches!(n.kind(), SyntaxKind::PARAM_NAME | SyntaxKind::COLUMN_NAME));
            if let Some(name) = name {
                add(name::of(&name), value);
            }
        }
        for name in ["found", "new", "old"]
            .iter()
            .chain(&super::entry::TRIGGER_NAMES)
        {
            add((*name).to_owned(), self.of_type(2249));
        }
        (level, held)
    }
}
