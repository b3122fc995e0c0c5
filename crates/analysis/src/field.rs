//! Dotted names: `c.email`, `s.t.c`, `(row).field`, `c.*`, and `c.f` for `f(c)`.
//!
//! Why: the same dots mean a schema, a source, a field or a call; the server tries them in order.
//! Names without dots are in `expr`.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::name;
use crate::reader::{Reader, has_token};
use crate::scope::{Found, Scope};
use crate::value::{Field, Value};

impl Reader<'_> {
    /// The dotted names of `a.b.c`, where it is nothing but names.
    pub(crate) fn dotted(node: &SyntaxNode) -> Option<Vec<String>> {
        let mut parts = Vec::new();
        let mut node = node.clone();
        loop {
            match node.kind() {
                SyntaxKind::NAME_REF => {
                    parts.push(name::of(&node));
                    parts.reverse();
                    return Some(parts);
                }
                SyntaxKind::FIELD_EXPR => {
                    let mut children = node.children();
                    let base = children.next()?;
                    match children.next() {
                        Some(last) => parts.push(name::of(&last)),
                        None => parts.push("*".to_owned()),
                    }
                    node = base;
                }
                _ => return None,
            }
        }
    }

    /// The columns of `t.*` or `(row).*`.
    pub(crate) fn starred(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Option<Vec<Field>> {
        if node.kind() != SyntaxKind::FIELD_EXPR || !has_token(node, SyntaxKind::STAR) {
            return None;
        }
        let base = node.children().next()?;
        let source = match Self::dotted(&base).as_deref() {
            Some([table]) => scope.source(None, table),
            Some([.., schema, table]) => scope.source(Some(schema), table),
            _ => None,
        };
        if let Some(source) = source {
            let source = source.clone();
            for field in source.fields.iter() {
                self.seen(&field.value);
            }
            return Some(source.fields.to_vec());
        }
        let row = self.expr(&base, scope);
        match &row.row {
            Some(fields) => {
                for field in fields.iter() {
                    self.seen(&field.value);
                }
                Some(fields.to_vec())
            }
            None => {
                self.notes
                    .gap("column", "the columns of a row are not known");
                Some(vec![Field {
                    name: "*".into(),
                    value: Value { row: None, ..row },
                }])
            }
        }
    }

    /// A dotted name as a value.
    pub(crate) fn field(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        if let Some(fields) = self.starred(node, scope) {
            let values: Vec<Value> = fields.into_iter().map(|field| field.value).collect();
            return self.computed(&values, 2249);
        }
        let Some(parts) = Self::dotted(node) else {
            return self.field_of_row(node, scope);
        };
        let (source, column) = match parts.as_slice() {
            [table, column] => (scope.source(None, table), column),
            [.., schema, table, column] => (scope.source(Some(schema), table), column),
            _ => (None, &parts.first().cloned().unwrap_or_default()),
        };
        let Some(source) = source.cloned() else {
            self.notes
                .gap("relation", format!("{} is not in FROM", parts.join(".")));
            return Value::opaque(0);
        };
        match source.column(column) {
            Found::Value(value) => {
                self.seen(&value);
                value
            }
            Found::Ambiguous => {
                self.notes
                    .gap("column", format!("{} is ambiguous", parts.join(".")));
                Value::opaque(0)
            }
            Found::Nothing => {
                // `c.f` is `f(c)`.
                let row = self.whole(&source);
                if self.world.functions(None, column, Some(1)).is_empty() {
                    let alias = &source.alias;
                    self.notes
                        .gap("column", format!("column {alias}.{column} is not known"));
                    return Value::opaque(0);
                }
                self.apply(None, column, &[row])
            }
        }
    }

    fn field_of_row(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        let mut children = node.children();
        let (Some(base), Some(field)) = (children.next(), children.next()) else {
            self.unread(node);
            return Value::opaque(0);
        };
        let row = self.expr(&base, scope);
        let field = name::of(&field);
        let found = row
            .row
            .as_ref()
            .and_then(|fields| fields.iter().find(|f| *f.name == *field));
        match found {
            Some(found) => {
                let value = found.value.clone();
                self.seen(&value);
                value
            }
            None if row.row.is_some()
                && !self.world.functions(None, &field, Some(1)).is_empty() =>
            {
                self.apply(None, &field, &[row])
            }
            None => {
                if row.row.is_some() {
                    self.notes
                        .gap("column", format!("field {field} is not known"));
                }
                self.computed(&[row], 0)
            }
        }
    }
}
