//! WITH: names for rows, recursive ones, and statements that change rows under a name.
//!
//! Why: a name of WITH hides a relation's, and a recursive one is read until it stands still.
//! A name used before its own WITH is a gap.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::name;
use crate::reader::{Cte, Reader, child, has_token};
use crate::scope::Scope;
use crate::select::{Rows, columns_of, renamed};
use crate::tree::{Role, role};
use crate::value::{Field, Origin, Touch, Value};

/// The name an item of WITH gives.
fn name_of(item: &SyntaxNode) -> String {
    child(item, SyntaxKind::CTE_NAME).map_or_else(String::new, |n| name::of(&n))
}

impl Reader<'_> {
    /// WITH: its names are seen from here until the caller takes them away.
    pub(crate) fn with_clause(&mut self, with: &SyntaxNode, scope: &Scope<'_>) {
        let is_recursive = has_token(with, SyntaxKind::RECURSIVE_KW);
        let items = || {
            with.children()
                .filter(|c| c.kind() == SyntaxKind::WITH_TABLE)
        };
        // Where each name stands for the last time.
        let places: FxHashMap<String, usize> = if is_recursive {
            items().map(|item| name_of(&item)).zip(0..).collect()
        } else {
            FxHashMap::default()
        };
        for (at, item) in items().enumerate() {
            let name = name_of(&item);
            let query = item
                .children()
                .find(|c| role(c.kind()) == Role::Select || crate::write::is_write(c.kind()));
            let Some(query) = query else {
                self.unread(&item);
                continue;
            };
            if is_recursive {
                self.forward(&item, &name, |name| places.get(name) > Some(&at));
            }
            let names = columns_of(&item);
            let rows = if role(query.kind()) == Role::Select {
                if is_recursive {
                    self.recursive(&name, &query, &names, scope)
                } else {
                    self.select(&query, scope)
                }
            } else {
                self.write(&query, scope)
            };
            let mut fields = renamed(rows.fields, &names);
            for field in &mut fields {
                field.value.touch = Touch::None;
                field.value.is_constant = false;
            }
            self.search_and_cycle(&item, &mut fields, scope);
            self.ctes.push(Cte {
                fields: Rc::new(fields),
                name,
            });
        }
    }

    /// A name of WITH RECURSIVE that is used before it is defined is not followed.
    fn forward(&mut self, item: &SyntaxNode, own: &str, is_later: impl Fn(&str) -> bool) {
        let used = item
            .descendants()
            .filter(|n| n.kind() == SyntaxKind::RELATION_NAME_REF)
            .map(|n| name::qualified(&n));
        for (schema, name) in used {
            if schema.is_none() && name != own && is_later(&name) {
                self.notes
                    .gap("relation", format!("{name} is used before its WITH"));
            }
        }
    }

    /// A statement that may name itself: read until what it gives no longer changes.
    fn recursive(
        &mut self,
        name: &str,
        query: &SyntaxNode,
        names: &[String],
        scope: &Scope<'_>,
    ) -> Rows {
        let uses_itself = query
            .descendants()
            .any(|n| n.kind() == SyntaxKind::RELATION_NAME_REF && name::qualified(&n).1 == name);
        let first = query
            .children()
            .find(|c| matches!(role(c.kind()), Role::Select | Role::Expression));
        let (true, SyntaxKind::COMPOUND_SELECT, Some(first)) = (uses_itself, query.kind(), first)
        else {
            return self.select(query, scope);
        };
        let mark = self.ctes.len();
        if let Some(with) = leading_with(query) {
            self.with_clause(&with, scope);
        }
        let mut rows = self.body(&first, scope);
        // From few rows it may come to all.
        for field in &mut rows.fields {
            field.value = field.value.clone().of_rows();
            field.value.is_narrow = false;
        }
        self.ctes.truncate(mark);
        for _ in 0..4 {
            let mut fields = renamed(rows.fields.clone(), names);
            for field in &mut fields {
                field.value.is_constant = false;
            }
            self.ctes.push(Cte {
                fields: Rc::new(fields),
                name: name.to_owned(),
            });
            let mut next = self.select(query, scope);
            for field in &mut next.fields {
                field.value = field.value.clone().of_rows();
                field.value.is_narrow = false;
            }
            self.ctes.truncate(mark);
            let is_stable = next.fields == rows.fields;
            rows = next;
            if is_stable {
                return rows;
            }
        }
        // Which column ends where is not known, but what they hold together is.
        let values: Vec<Value> = rows
            .fields
            .iter()
            .map(|field| field.value.clone())
            .collect();
        let all = self.computed(&values, 0);
        for field in &mut rows.fields {
            field.value = if all.origin == Origin::Clean {
                Value::opaque(field.value.type_oid)
            } else {
                all.clone()
            };
        }
        rows
    }

    fn search_and_cycle(&mut self, item: &SyntaxNode, fields: &mut Vec<Field>, scope: &Scope<'_>) {
        let has = |kind| child(item, kind).is_some();
        if !has(SyntaxKind::SEARCH_CLAUSE) && !has(SyntaxKind::CYCLE_CLAUSE) {
            return;
        }
        // Rows are told apart, or sorted, by what they hold.
        for field in fields.iter() {
            self.compares(&field.value);
        }
        let values: Vec<Value> = fields.iter().map(|field| field.value.clone()).collect();
        let path = self.computed(&values, 0);
        for node in item.descendants() {
            let is_name = matches!(
                node.kind(),
                SyntaxKind::SEARCH_SET_COLUMN
                    | SyntaxKind::CYCLE_SET_COLUMN
                    | SyntaxKind::CYCLE_PATH
            );
            if let Some(column) = child(&node, SyntaxKind::COLUMN_NAME_REF).filter(|_| is_name) {
                fields.push(Field {
                    name: name::of(&column).into(),
                    value: path.clone(),
                });
            }
            if matches!(
                node.kind(),
                SyntaxKind::CYCLE_COLUMN_TO | SyntaxKind::CYCLE_DEFAULT
            ) {
                self.sweep(&node, scope);
            }
        }
    }
}

/// The WITH of a statement: that of a set operation stands in its first arm.
pub(crate) fn leading_with(node: &SyntaxNode) -> Option<SyntaxNode> {
    let mut node = node.clone();
    while node.kind() == SyntaxKind::COMPOUND_SELECT {
        if let Some(with) = child(&node, SyntaxKind::WITH_CLAUSE) {
            return Some(with);
        }
        node = node
            .children()
            .find(|c| matches!(role(c.kind()), Role::Select | Role::Expression))?;
    }
    child(&node, SyntaxKind::WITH_CLAUSE)
}
