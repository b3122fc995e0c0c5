//! Types whose use runs a user's function that no statement names.
//!
//! Why: `'(6)'::payrow` checks the domain of a field, DISTINCT calls an operator class, `to_json`
//! looks for a cast. The catalog says which types do; here is where a statement makes, compares or
//! tells their values. Where a type is lost in a computation, whatever may follow is taken for met.
//! Casts and operators that are written are in `overload`.

use catalog::{Load, Relation, TypeKind};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::expr::RECORD;
use crate::name;
use crate::reader::Reader;
use crate::scope::Scope;
use crate::tree::{Role, role};
use crate::value::{Field, Value};
use crate::world::spelled;

/// Rows within rows.
const DEEPEST_ROW: usize = 8;
/// Types within a type.
const MOST_PARTS: usize = 256;

/// Functions that make a value of a type that they are told by its oid.
fn makes_by_oid(name: &str) -> bool {
    matches!(
        name,
        "array_in"
            | "array_recv"
            | "domain_in"
            | "domain_recv"
            | "multirange_in"
            | "multirange_recv"
            | "range_in"
            | "range_recv"
            | "record_in"
            | "record_recv"
    )
}

/// Functions that hand on what they are given, or count it, and compare nothing.
fn only_passes_on(name: &str) -> bool {
    matches!(
        name,
        "any_value"
            | "array_agg"
            | "array_append"
            | "array_cat"
            | "array_dims"
            | "array_length"
            | "array_lower"
            | "array_ndims"
            | "array_prepend"
            | "array_upper"
            | "cardinality"
            | "count"
            | "first_value"
            | "lag"
            | "last_value"
            | "lead"
            | "nth_value"
            | "num_nonnulls"
            | "num_nulls"
            | "pg_typeof"
            | "unnest"
    )
}

impl Reader<'_> {
    fn bears(&mut self, type_oid: u32, loads: &[Load]) {
        for load in loads {
            let via = match (&load.check, self.world.catalog.type_of(type_oid)) {
                (Some(check), _) => format!("check {check}"),
                (None, Some(kind)) => format!("type {}.{}", kind.schema, kind.name),
                (None, None) => "type".to_owned(),
            };
            self.runs(load.function, None, &via);
        }
    }

    /// What making a value of a type calls.
    pub(crate) fn makes(&mut self, type_oid: u32) {
        let catalog = self.world.catalog;
        self.bears(type_oid, catalog.made(type_oid));
    }

    /// The same of a relation's row.
    pub(crate) fn makes_row(&mut self, relation: &Relation) {
        if self.world.catalog.has_loads() {
            for column in &relation.columns {
                self.makes(column.type_oid);
            }
        }
    }

    /// What the types named anywhere in a node call when values of them are made.
    pub(crate) fn names_types(&mut self, node: &SyntaxNode) {
        if !self.world.catalog.has_loads() {
            return;
        }
        for kind in node.descendants().filter(|n| role(n.kind()) == Role::Type) {
            let (schema, name) = name::qualified(&kind);
            let oid = self.world.type_oid(schema.as_deref(), &name);
            let oid = match (oid, &schema) {
                (0, None) => self.world.type_oid(None, spelled(&name)),
                _ => oid,
            };
            self.makes(oid);
            if let Ok(relation) = self.world.relation(schema.as_deref(), &name) {
                self.makes_row(relation);
            }
        }
    }

    /// What comparing values of a type calls.
    pub(crate) fn compares_type(&mut self, type_oid: u32) {
        let catalog = self.world.catalog;
        self.bears(type_oid, catalog.compared(type_oid));
    }

    /// What comparing, sorting or hashing a value calls.
    pub(crate) fn compares(&mut self, value: &Value) {
        if self.world.catalog.has_loads() {
            self.each_type(value, DEEPEST_ROW, &mut |reader, type_oid| {
                let catalog = reader.world.catalog;
                reader.bears(type_oid, catalog.compared(type_oid));
            });
        }
    }

    /// What turning a value into JSON calls.
    pub(crate) fn tells(&mut self, value: &Value) {
        if self.world.catalog.has_loads() {
            self.each_type(value, DEEPEST_ROW, &mut |reader, type_oid| {
                let catalog = reader.world.catalog;
                reader.bears(type_oid, catalog.told(type_oid));
            });
        }
    }

    /// A computation whose type is not known is made of these: what may follow is met.
    pub(crate) fn loses(&mut self, values: &[Value]) {
        if self.world.catalog.has_loads() {
            for value in values {
                self.compares(value);
                self.tells(value);
            }
        }
    }

    fn each_type(&mut self, value: &Value, depth: usize, each: &mut dyn FnMut(&mut Self, u32)) {
        each(self, value.type_oid);
        let fields = value.row.iter().flat_map(|row| row.iter());
        for field in fields.filter(|_| depth > 0) {
            self.each_type(&field.value, depth - 1, each);
        }
    }

    /// What a function of the server's own does with values; `keeps` if the type of what it gives
    /// is known.
    pub(crate) fn handles(&mut self, name: &str, values: &[Value], keeps: bool) {
        if !self.world.catalog.has_loads() {
            return;
        }
        if makes_by_oid(name) {
            self.notes
                .gap("function", format!("{name} makes a value of any type"));
        }
        let is_json = name.contains("json");
        for value in values {
            if is_json || name == "row_to_json" || !keeps {
                self.tells(value);
            }
            if name.contains("populate") {
                self.each_type(value, DEEPEST_ROW, &mut |reader, oid| reader.makes(oid));
            } else if !is_json && !only_passes_on(name) {
                self.compares(value);
            }
        }
    }

    /// A value is made one of a type that holds others: casts of what it holds. `parts` are the
    /// values it is made of, where they are to be seen.
    pub(crate) fn casts_within(&mut self, value: &Value, parts: &[Value], to: u32) {
        let catalog = self.world.catalog;
        let is_text = value.type_oid == 25 || crate::world::is_text_like(value.type_oid);
        if !catalog.has_users_casts() || is_text || value.type_oid == to {
            return;
        }
        let from = catalog.type_of(value.type_oid).map(|kind| kind.element);
        let from = from.filter(|element| *element != 0);
        for part in self.parts_of(to) {
            let casts = catalog.casts_of(part).iter().filter(|cast| cast.to == part);
            for cast in casts {
                let is_from = |oid: u32| oid == 0 || oid == RECORD || oid == cast.from;
                let is_met = match (parts, from) {
                    ([], Some(element)) => is_from(element),
                    ([], None) => true,
                    (parts, _) => parts.iter().any(|part| is_from(part.type_oid)),
                };
                if is_met {
                    self.runs(cast.function, None, "cast");
                }
            }
        }
    }

    /// Types that a type holds, itself left out.
    fn parts_of(&self, type_oid: u32) -> Vec<u32> {
        let catalog = self.world.catalog;
        let mut found: Vec<u32> = Vec::new();
        let mut next = vec![type_oid];
        while let Some(oid) = next.pop() {
            let Some(kind) = catalog.type_of(oid) else {
                continue;
            };
            let held: Vec<u32> = match kind.kind {
                TypeKind::Domain => vec![kind.base],
                TypeKind::Composite => {
                    let relation = catalog.relation(kind.relation);
                    let columns = relation.into_iter().flat_map(|r| &r.columns);
                    columns.map(|column| column.type_oid).collect()
                }
                _ if kind.category == 'A' && kind.element != 0 => vec![kind.element],
                _ => Vec::new(),
            };
            for oid in held {
                if !found.contains(&oid) && found.len() < MOST_PARTS {
                    found.push(oid);
                    next.push(oid);
                }
            }
        }
        found
    }

    /// An array or a row, and what it lists.
    pub(crate) fn listed(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> (Value, Vec<Value>) {
        if node.kind() == SyntaxKind::TUPLE_EXPR {
            let (value, values) = self.gathered(node, scope, RECORD);
            let named = (1..).zip(&values).map(|(n, value)| Field {
                name: format!("f{n}").into(),
                value: value.clone(),
            });
            let row = Some(named.collect::<Vec<_>>().into());
            return (Value { row, ..value }, values);
        }
        let values = self.sweep(node, scope);
        self.meets(&values);
        let type_oid = self.array_of(self.alike(&values));
        if type_oid == 0 {
            self.loses(&values);
        }
        let value = Value {
            is_constant: values.iter().all(|value| value.is_constant),
            ..self.computed(&values, type_oid)
        };
        // Arrays of arrays must be of one size.
        let is_total = values.iter().all(|value| self.is_element(value));
        (self.told(value, is_total), values)
    }

    /// Whether a node lists the values that it is made of.
    pub(crate) fn is_listing(node: &SyntaxNode) -> bool {
        matches!(node.kind(), SyntaxKind::ARRAY_EXPR | SyntaxKind::TUPLE_EXPR)
    }
}
