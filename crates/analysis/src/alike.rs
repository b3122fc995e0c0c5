//! Types that follow from others: of branches that must be alike, of arrays and their elements, of
//! functions that give what they are given, and the columns of a row type.
//!
//! Why: the better a value's type is known, the fewer functions may be meant by what is done to it,
//! and a row type gives as many columns as it has.
//! What is not known stays so: 0.

use catalog::Function;
use smallvec::SmallVec;
use squawk_syntax::SyntaxKind;

use crate::reader::Reader;
use crate::resolve::{Given, Resolver};
use crate::value::{Col, Field, Origin, Value};
use crate::world::is_text_like;

/// `pg_type.oid` of `text`.
const TEXT: u32 = 25;

/// Pseudo-types that stand for one and the same type in a function's arguments and result.
fn is_element(type_oid: u32) -> bool {
    matches!(type_oid, 2283 | 2776 | 3500 | 5077 | 5079)
}

/// The same, for an array of it.
fn is_array(type_oid: u32) -> bool {
    matches!(type_oid, 2277 | 5078)
}

/// What a part of a string is: a text of a text, bytes of bytes.
pub(crate) fn same_string(string: &Value) -> u32 {
    match Given::of(string) {
        Given::Unknown => TEXT,
        Given::Known(oid) if is_text_like(oid) => TEXT,
        Given::Known(oid @ (17 | 1560)) => oid,
        Given::Known(_) | Given::Open => 0,
    }
}

impl Reader<'_> {
    /// The type of what is one of these, where they plainly have one in common.
    #[expect(clippy::unused_self, reason = "it reads as a question to the reader")]
    pub(crate) fn alike(&self, values: &[Value]) -> u32 {
        let mut one: Option<u32> = None;
        for value in values {
            let next = match Given::of(value) {
                Given::Open => return 0,
                Given::Unknown => continue,
                Given::Known(oid) => oid,
            };
            one = match one {
                None => Some(next),
                Some(one) if one == next => Some(one),
                // As the server takes the first that the others become without a word.
                Some(one) => match Resolver::wider(one, next) {
                    Some(wider) => Some(wider),
                    None => return 0,
                },
            };
        }
        let is_text = |value: &Value| value.type_oid == TEXT;
        match one {
            Some(oid) => oid,
            None if values.iter().all(is_text) && !values.is_empty() => TEXT,
            None => 0,
        }
    }

    /// What is one or the other: the same column of two arms.
    pub(crate) fn either(&mut self, one: &Value, other: &Value) -> Value {
        let pair = [one.clone(), other.clone()];
        self.meets(&pair);
        let type_oid = self.alike(&pair);
        let joined = one.joined(other, &self.is_classified());
        let is_one = type_oid != 0 && joined.bare().is_none();
        let class = self.bare_class(one).filter(|_| is_one);
        let origin = if class.is_some() && class == self.bare_class(other) {
            // Of one class it is whichever, with the same stand-in.
            let mut cols: SmallVec<[Col; 4]> = one.one_of().iter().copied().collect();
            cols.extend(other.one_of().iter().copied());
            cols.sort_unstable();
            cols.dedup();
            Origin::OneOf(cols)
        } else {
            joined.origin.clone()
        };
        Value {
            origin,
            type_oid,
            ..joined
        }
    }

    /// The array type of an element type.
    pub(crate) fn array_of(&self, element: u32) -> u32 {
        let catalog = self.world.catalog;
        let Some(kind) = catalog.type_of(element).filter(|_| element != 0) else {
            return 0;
        };
        let name = format!("_{}", kind.name);
        let array = catalog.type_in(&kind.schema, &name);
        array
            .filter(|array| array.element == element && array.category == 'A')
            .map_or(0, |array| array.oid)
    }

    /// The type of an array's elements.
    pub(crate) fn element_of(&self, type_oid: u32) -> Option<u32> {
        let kind = self.world.catalog.type_of(self.base_of(type_oid))?;
        (kind.category == 'A' && kind.element != 0).then_some(kind.element)
    }

    /// The columns of several arrays side by side.
    pub(crate) fn unnested(&self, arrays: &[Value]) -> Vec<Field> {
        let mut fields = Vec::new();
        for array in arrays {
            let element = match Given::of(array) {
                Given::Known(oid) => self.element_of(oid).unwrap_or_default(),
                Given::Open | Given::Unknown => 0,
            };
            let value = self.computed(std::slice::from_ref(array), element);
            match self.columns_of_row(&value) {
                Some(columns) => fields.extend(columns),
                None => fields.push(Field {
                    name: "unnest".into(),
                    value,
                }),
            }
        }
        fields
    }

    /// What `a[1]` and `a[1:2]` are of an array; of anything else it is not known.
    pub(crate) fn part_of(&self, kind: SyntaxKind, array: Option<&Value>) -> u32 {
        let type_oid = array.map_or(0, |array| array.type_oid);
        match self.element_of(type_oid) {
            Some(element) if kind == SyntaxKind::INDEX_EXPR => element,
            Some(_) => self.base_of(type_oid),
            None => 0,
        }
    }

    /// What an array's elements are, to those that are held against them.
    pub(crate) fn element(&self, array: Value) -> Value {
        let type_oid = match Given::of(&array) {
            Given::Known(oid) => self.element_of(oid).unwrap_or_default(),
            Given::Open | Given::Unknown => 0,
        };
        Value {
            row: None,
            type_oid,
            ..array
        }
    }

    /// What a function gives whose result hangs on what it is given.
    pub(crate) fn follows(&self, function: &Function, takes: &[u32], values: &[Value]) -> u32 {
        let mut element = None;
        for (wanted, value) in takes.iter().zip(values) {
            let given = Given::of(value);
            // What has no type yet is made what the others are.
            if given == Given::Unknown {
                continue;
            }
            let found = match given {
                Given::Known(oid) if is_element(*wanted) => Some(oid),
                Given::Known(oid) if is_array(*wanted) => self.element_of(oid),
                _ if is_element(*wanted) || is_array(*wanted) => None,
                _ => continue,
            };
            match (element, found) {
                (_, None) => return 0,
                (Some(one), Some(other)) if one != other => return 0,
                _ => element = found,
            }
        }
        match element {
            Some(element) if is_element(function.result) => element,
            Some(element) if is_array(function.result) => self.array_of(element),
            _ => 0,
        }
    }

    /// The columns of a value of a row type; each comes from all of it.
    pub(crate) fn columns_of_row(&self, value: &Value) -> Option<Vec<Field>> {
        let catalog = self.world.catalog;
        let kind = catalog.type_of(self.base_of(value.type_oid))?;
        let relation = catalog
            .relation(kind.relation)
            .filter(|_| kind.relation != 0)?;
        if self.world.catalog.is_lost(&relation.name) {
            return None;
        }
        let whole = Value {
            row: None,
            ..value.clone()
        };
        let field = |column: &catalog::Column| Field {
            name: column.name.clone(),
            value: self.computed(std::slice::from_ref(&whole), column.type_oid),
        };
        Some(relation.columns.iter().map(field).collect())
    }
}
