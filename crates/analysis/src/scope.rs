//! The names an expression can see.
//!
//! Why: `email`, `c.email`, `public.customers.email`, a merged USING column, an outer statement's
//! column and a whole row are looked up as the server looks them up.
//! It reads no syntax and notes nothing.

use std::rc::Rc;

use smallvec::SmallVec;

use crate::narrow::Narrow;
use crate::value::{Col, Field, MIXED, Origin, Touch, Value};

/// One row source under one name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub(crate) alias: String,
    pub(crate) fields: Rc<Vec<Field>>,
    /// The classified columns that its rows are parted by: which part a row is in tells of them.
    pub(crate) parted: SmallVec<[Col; 4]>,
    /// The relation, where it is one: it has system columns.
    pub(crate) relation: Option<u32>,
    /// What any other name gives: a record whose columns are not known.
    pub(crate) rest: Option<Value>,
    /// The relation's schema, where it goes under its own name.
    pub(crate) schema: Option<String>,
}

/// What a FROM item offers: sources by name, and columns without one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offer {
    pub(crate) columns: Vec<Field>,
    /// What the conditions of its inner joins say of its sources.
    pub(crate) narrow: Narrow,
    pub(crate) sources: Vec<Source>,
}

impl Offer {
    /// One source and all its columns.
    pub(crate) fn one(source: Source) -> Self {
        Self {
            columns: source.fields.to_vec(),
            sources: vec![source],
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.columns.extend(other.columns);
        self.narrow.and(&other.narrow);
        self.sources.extend(other.sources);
    }
}

/// An offer inside another.
pub(crate) struct Scope<'p> {
    pub(crate) offer: Offer,
    pub(crate) parent: Option<&'p Scope<'p>>,
}

/// What a name was found to be.
pub(crate) enum Found {
    Ambiguous,
    Nothing,
    Value(Value),
}

/// System columns and their types.
const SYSTEM_COLUMNS: [(&str, u32); 7] = [
    ("cmax", 29),
    ("cmin", 29),
    ("ctid", 27),
    ("oid", 26),
    ("tableoid", 26),
    ("xmax", 28),
    ("xmin", 28),
];

fn system_column(name: &str) -> Option<Value> {
    SYSTEM_COLUMNS
        .iter()
        .find(|(column, _)| *column == name)
        .map(|(_, oid)| Value::clean(*oid))
}

fn one_of(fields: &[Field], name: &str) -> Found {
    let mut named = fields.iter().filter(|field| &*field.name == name);
    match (named.next(), named.next()) {
        (None, _) => Found::Nothing,
        (Some(field), None) => Found::Value(field.value.clone()),
        (Some(_), Some(_)) => Found::Ambiguous,
    }
}

impl Source {
    pub(crate) fn column(&self, name: &str) -> Found {
        match one_of(&self.fields, name) {
            Found::Nothing if self.relation.is_some() => {
                // A row's place is its own; the relation's oid, say, is every row's.
                let is_target = self.fields.iter().any(|f| f.value.touch == Touch::Column);
                let is_place = name == "ctid";
                let touch = if is_target && is_place {
                    Touch::Column
                } else {
                    Touch::None
                };
                let own = self.fields.first().map_or(MIXED, |field| field.value.from);
                let from = if is_place { own } else { MIXED };
                let is_part = name == "tableoid" && !self.parted.is_empty();
                let found = system_column(name).map(|value| Value {
                    from,
                    origin: if is_part {
                        Origin::Derived(self.parted.clone())
                    } else {
                        value.origin
                    },
                    touch,
                    ..value
                });
                found.map_or(Found::Nothing, Found::Value)
            }
            Found::Nothing => match &self.rest {
                Some(rest) => Found::Value(rest.clone()),
                None => Found::Nothing,
            },
            found => found,
        }
    }

    /// The row as one value.
    pub(crate) fn whole(&self, of: impl Fn(&[&Value]) -> Value) -> Value {
        let values: Vec<&Value> = self.fields.iter().map(|field| &field.value).collect();
        Value {
            row: Some(self.fields.clone()),
            is_constant: false,
            ..of(&values)
        }
    }
}

impl<'p> Scope<'p> {
    pub(crate) fn new(offer: Offer, parent: Option<&'p Scope<'p>>) -> Self {
        Self { offer, parent }
    }

    pub(crate) fn empty() -> Self {
        Self {
            offer: Offer::default(),
            parent: None,
        }
    }

    /// A column without a source's name.
    pub(crate) fn column(&self, name: &str) -> Found {
        match one_of(&self.offer.columns, name) {
            Found::Nothing => {}
            found => return found,
        }
        let mut of_system = self
            .offer
            .sources
            .iter()
            .filter(|source| source.relation.is_some());
        if system_column(name).is_some()
            && name != "oid"
            && let Some(source) = of_system.next()
        {
            // RETURNING has its row under other names too.
            let is_another = |other: &Source| !Rc::ptr_eq(&source.fields, &other.fields);
            return if of_system.any(is_another) {
                Found::Ambiguous
            } else {
                source.column(name)
            };
        }
        self.parent
            .map_or(Found::Nothing, |parent| parent.column(name))
    }

    /// A source by name, nearest first.
    pub(crate) fn source(&self, schema: Option<&str>, name: &str) -> Option<&Source> {
        let is_it = |source: &&Source| {
            source.alias == name
                && schema.is_none_or(|schema| source.schema.as_deref() == Some(schema))
        };
        let here = self.offer.sources.iter().find(is_it);
        here.or_else(|| self.parent.and_then(|parent| parent.source(schema, name)))
    }
}

/// The fields as columns of the relation a statement changes.
pub(crate) fn touched(fields: &[Field]) -> Vec<Field> {
    let mark = |field: &Field| Field {
        name: field.name.clone(),
        value: Value {
            touch: Touch::Column,
            ..field.value.clone()
        },
    };
    fields.iter().map(mark).collect()
}
