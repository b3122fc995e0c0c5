//! Dotted names: `c.email`, `s.t.c`, `(row).field`, `c.*`, and `c.f` for `f(c)`.
//!
//! Why: the same dots mean a schema, a source, a field or a call; the server tries them in order.
//! Names without dots are in `expr`.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::call::is_polymorphic;
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
        let known = self.columns_of_row(&row).map(Into::into);
        match row.row.as_ref().or(known.as_ref()) {
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
        let own = row.row.as_ref();
        if let Some(found) = own.and_then(|fields| fields.iter().find(|f| *f.name == *field)) {
            let value = found.value.clone();
            self.seen(&value);
            return value;
        }
        let has_field = match own {
            Some(_) => Some(false),
            None => self.has_field(row.type_oid, &field),
        };
        let is_called = match has_field {
            Some(is_field) => !is_field && !self.world.functions(None, &field, Some(1)).is_empty(),
            None => self.takes_rows(&field),
        };
        // `(row).f` is `f(row)`; where it may be a field too, it is both.
        match (has_field, is_called) {
            (Some(_), true) => self.apply(None, &field, &[row]),
            (None, true) => {
                let called = self.apply(None, &field, std::slice::from_ref(&row));
                self.computed(&[row, called], 0)
            }
            (Some(true), false) => self.computed(&[row], 0),
            (is_known, false) => {
                if is_known.is_some() || self.world.names.is_lost_function(&field) {
                    self.notes
                        .gap("column", format!("field {field} is not known"));
                }
                self.computed(&[row], 0)
            }
        }
    }

    /// Whether a composite type has such a field; `None` where it is not known to be one.
    fn has_field(&self, type_oid: u32, field: &str) -> Option<bool> {
        let catalog = self.world.catalog;
        let composite = catalog.type_of(self.base_of(type_oid))?.relation;
        let relation = catalog.relation(composite)?;
        Some(relation.columns.iter().any(|c| *c.name == *field))
    }

    /// Whether there is a function of that name that takes a row.
    fn takes_rows(&self, name: &str) -> bool {
        let catalog = self.world.catalog;
        let is_row = |type_oid: &u32| {
            is_polymorphic(*type_oid)
                || catalog
                    .type_of(self.base_of(*type_oid))
                    .is_none_or(|found| found.relation != 0)
        };
        let found = self.world.functions(None, name, Some(1));
        let mut firsts = found.iter().filter_map(|f| f.arguments.first());
        firsts.any(is_row)
    }

    /// The type a domain is of, or the type itself.
    pub(crate) fn base_of(&self, type_oid: u32) -> u32 {
        let mut oid = type_oid;
        // Domains of domains end; a catalog that says otherwise is not followed for ever.
        for _ in 0..32 {
            match self.world.catalog.type_of(oid) {
                Some(found) if found.base != 0 => oid = found.base,
                _ => return oid,
            }
        }
        oid
    }
}
