//! Row sources that are computed: functions, documents and samples.
//!
//! Why: how many rows they give hangs on what they are given, and rows are counted by whoever
//! reads them.
//! Relations, views and sub-selects are in `from`.

use std::rc::Rc;

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::from::aliased;
use crate::name;
use crate::reader::{Reader, child};
use crate::scope::{Offer, Scope, Source};
use crate::tree::{Role, role};
use crate::value::{Field, Value};

impl Reader<'_> {
    /// TABLESAMPLE: how much of a relation, and of which chance.
    pub(crate) fn sample(&mut self, sample: &SyntaxNode, scope: &Scope<'_>) {
        for part in sample.children() {
            match part.kind() {
                SyntaxKind::CALL_EXPR => {
                    let method = part.children().next().and_then(|n| Self::dotted(&n));
                    let is_known = method
                        .as_ref()
                        .and_then(|m| m.last())
                        .is_some_and(|name| matches!(name.as_str(), "bernoulli" | "system"));
                    if !is_known {
                        self.notes
                            .gap("function", "a sampling method that is not known");
                    }
                    if let Some(list) = child(&part, SyntaxKind::ARG_LIST) {
                        self.counts(&list, scope);
                    }
                }
                SyntaxKind::REPEATABLE_CLAUSE => {
                    self.counts(&part, scope);
                }
                _ => self.unread(&part),
            }
        }
    }

    /// What a node holds decides on how many rows there are.
    fn counts(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Vec<Value> {
        let values = self.sweep(node, scope);
        for value in &values {
            self.chooses(value, FilterForm::Other);
        }
        values
    }

    /// Functions in FROM.
    pub(crate) fn function_item(&mut self, item: &SyntaxNode, lateral: &Scope<'_>) -> Offer {
        self.names_types(item);
        let mut fields = Vec::new();
        let mut alias = String::new();
        for part in item.children() {
            let (call, holder) = match part.kind() {
                SyntaxKind::ROWS_FROM_ARG => (operands(&part).into_iter().next(), part.clone()),
                kind if role(kind) == Role::Expression => (Some(part.clone()), item.clone()),
                SyntaxKind::FROM_ALIAS | SyntaxKind::WITH_ORDINALITY => continue,
                _ => {
                    self.unread(&part);
                    continue;
                }
            };
            let Some(call) = call else {
                self.unread(&part);
                continue;
            };
            let value = self.expr(&call, lateral);
            let path = call.children().next().and_then(|n| Self::dotted(&n));
            if alias.is_empty() {
                let name = path.as_ref().and_then(|path| path.last().cloned());
                alias = name.unwrap_or_else(|| "?column?".to_owned());
            }
            let row = self.columns_of_row(&value);
            let mut given = self.function_fields((value, row), &alias, item, &holder);
            let output = path.and_then(|path| self.only_output(&path));
            if let ([only], Some(name)) = (given.as_mut_slice(), output) {
                only.name = name;
            }
            fields.extend(given);
        }
        if child(item, SyntaxKind::WITH_ORDINALITY).is_some() {
            fields.push(Field {
                name: "ordinality".into(),
                value: Value::clean(20),
            });
        }
        let source = Source {
            alias,
            fields: Rc::new(fields),
            ..Source::default()
        };
        Offer::one(aliased(source, item))
    }

    /// The name of a function's only OUT column: its rows' column has it whatever the alias is.
    fn only_output(&self, path: &[String]) -> Option<std::sync::Arc<str>> {
        let (name, schema) = path.split_last()?;
        let found = self
            .world
            .functions(schema.last().map(String::as_str), name, None);
        let (first, others) = found.split_first()?;
        let [(output, _)] = first.outputs.as_slice() else {
            return None;
        };
        let is_alike = others.iter().all(|other| other.outputs == first.outputs);
        (is_alike && !output.is_empty()).then(|| output.clone())
    }

    /// `XMLTABLE` and `JSON_TABLE`.
    pub(crate) fn document_item(&mut self, item: &SyntaxNode, lateral: &Scope<'_>) -> Offer {
        let values = self.sweep_documents(item, lateral);
        let value = self.computed(&values, 0);
        let names = item
            .descendants()
            .filter(|n| n.kind() == SyntaxKind::COLUMN_NAME);
        let in_alias = |n: &SyntaxNode| n.ancestors().any(|a| a.kind() == SyntaxKind::FROM_ALIAS);
        let field = |n: SyntaxNode| Field {
            name: name::of(&n).into(),
            value: value.clone(),
        };
        let fields: Vec<Field> = names.filter(|n| !in_alias(n)).map(field).collect();
        Offer::one(aliased(
            Source {
                fields: fields.into(),
                ..Source::default()
            },
            item,
        ))
    }

    fn sweep_documents(&mut self, item: &SyntaxNode, scope: &Scope<'_>) -> Vec<Value> {
        let mut values = Vec::new();
        for part in item
            .children()
            .filter(|c| c.kind() != SyntaxKind::FROM_ALIAS)
        {
            values.extend(self.counts(&part, scope));
        }
        values
    }
}

impl Reader<'_> {
    /// The columns that a function's value gives, which may be a `row` of a type that is known.
    fn function_fields(
        &mut self,
        (value, row): (Value, Option<Vec<Field>>),
        name: &str,
        item: &SyntaxNode,
        holder: &SyntaxNode,
    ) -> Vec<Field> {
        let definition = holder
            .descendants()
            .find(|n| n.kind() == SyntaxKind::COLUMN_DEF_LIST)
            .or_else(|| {
                item.descendants()
                    .find(|n| n.kind() == SyntaxKind::COLUMN_DEF_LIST)
            });
        if let Some(definition) = definition {
            let names = definition
                .descendants()
                .filter(|n| n.kind() == SyntaxKind::COLUMN_NAME);
            let value = Value {
                row: None,
                type_oid: 0,
                ..value
            };
            let field = |n: SyntaxNode| {
                let column = n.parent();
                let kind = column.and_then(|c| c.children().find(|c| role(c.kind()) == Role::Type));
                Field {
                    name: name::of(&n).into(),
                    value: Value {
                        type_oid: kind.map_or(0, |kind| self.written(&kind).oid),
                        ..value.clone()
                    },
                }
            };
            return names.map(field).collect();
        }
        if let Some(row) = &value.row {
            return row.to_vec();
        }
        if let Some(row) = row {
            return row;
        }
        let alias = child(item, SyntaxKind::FROM_ALIAS)
            .and_then(|alias| child(&alias, SyntaxKind::TABLE_ALIAS))
            .map_or_else(|| name.to_owned(), |alias| name::of(&alias));
        vec![Field {
            name: alias.into(),
            value: Value {
                is_constant: false,
                ..value
            },
        }]
    }
}
