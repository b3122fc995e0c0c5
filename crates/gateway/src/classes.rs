//! The classes of a target's columns, found once and kept while the column stays what it is.
//!
//! Why sticky: a mask must not come and go with the rows a sample happened to meet. A column is
//! looked at again when its name, type or table changed, or when it held too little to judge by;
//! a scan looks at all again. What a person said overrides what was found.

use catalog::postgres::secrets::{Secret, secret};
use catalog::{Catalog, Column, Relation};
use mask::detect::{ColumnEvidence, classify};
use model::Class;
use rustc_hash::FxHashMap;

use crate::config::ClassOverride;

/// Below this many values a column is looked at again: an empty table may fill up.
const ENOUGH: usize = 20;

/// A column's place: `pg_class.oid`, `attnum`.
type Place = (u32, i16);

/// What makes a column the same as before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sameness {
    column: String,
    relation: String,
    schema: String,
    type_oid: u32,
}

impl Sameness {
    fn of(relation: &Relation, column: &Column) -> Self {
        Self {
            column: column.name.to_string(),
            relation: relation.name.to_string(),
            schema: relation.schema.to_string(),
            type_oid: column.type_oid,
        }
    }
}

#[derive(Debug)]
struct Known {
    found: Option<(Class, String)>,
    sameness: Sameness,
    /// Values it was judged by, all readings together.
    seen: usize,
}

/// What is known of columns.
#[derive(Debug, Default)]
pub(crate) struct Kept(FxHashMap<Place, Known>);

/// Values of columns, as text.
#[derive(Debug, Default)]
pub(crate) struct Samples(FxHashMap<Place, Vec<String>>);

impl Samples {
    /// Adds a relation's rows: `columns` says which column each cell is of.
    pub(crate) fn add(
        &mut self,
        relation: &Relation,
        columns: &[i16],
        rows: &[Vec<Option<String>>],
    ) {
        for (index, number) in columns.iter().enumerate() {
            let values = rows
                .iter()
                .filter_map(|row| row.get(index)?.clone())
                .collect();
            self.0.insert((relation.oid, *number), values);
        }
    }
}

/// What a catalog of the server's own holds that nobody sees, where the rest of it is for all:
/// `pg_dump` counts subscriptions, and none of them may show its password.
fn of_the_server(relation: &Relation, column: &Column) -> Option<(Class, String)> {
    let (class, what) = match secret(&relation.schema, &relation.name, &column.name)? {
        Secret::Connection => (Class::ConnectionString, "a connection string"),
        Secret::Password => (Class::Password, "passwords"),
        Secret::Content | Secret::File | Secret::Sample | Secret::Statement => return None,
    };
    Some((class, format!("the server keeps {what} here")))
}

/// Whether a relation holds what users put there.
fn is_users(relation: &Relation) -> bool {
    !relation.schema.starts_with("pg_") && &*relation.schema != "information_schema"
}

impl Kept {
    /// The columns of a relation that have to be looked at.
    pub(crate) fn unknown(&self, relation: &Relation) -> Vec<i16> {
        if !is_users(relation) {
            return Vec::new();
        }
        let is_unknown = |column: &&Column| {
            self.same(relation, column)
                .is_none_or(|known| known.found.is_none() && known.seen < ENOUGH)
        };
        relation
            .columns
            .iter()
            .filter(is_unknown)
            .map(|column| column.number)
            .collect()
    }

    fn same(&self, relation: &Relation, column: &Column) -> Option<&Known> {
        let known = self.0.get(&(relation.oid, column.number))?;
        (known.sameness == Sameness::of(relation, column)).then_some(known)
    }

    /// Classifies a catalog by what is known, the samples, and what people said.
    pub(crate) fn classify(
        &mut self,
        catalog: Catalog,
        samples: &Samples,
        overrides: &[ClassOverride],
    ) -> Catalog {
        let mut known = FxHashMap::default();
        for relation in catalog.relations().filter(|relation| is_users(relation)) {
            for column in &relation.columns {
                let type_name = catalog
                    .type_of(column.type_oid)
                    .map_or("", |kind| &kind.name);
                let fresh = self.look(relation, column, type_name, samples);
                known.insert((relation.oid, column.number), fresh);
            }
        }
        self.0 = known;
        catalog.classified(|relation, column| {
            if let Some(found) = of_the_server(relation, column) {
                return Some(found);
            }
            let said = overrides.iter().find(|said| {
                said.schema == *relation.schema
                    && said.relation == *relation.name
                    && said.column == *column.name
            });
            match said {
                Some(said) => said
                    .class
                    .map(|class| (class, "set by configuration".to_owned())),
                None => self.0.get(&(relation.oid, column.number))?.found.clone(),
            }
        })
    }

    fn look(
        &self,
        relation: &Relation,
        column: &Column,
        type_name: &str,
        samples: &Samples,
    ) -> Known {
        let before = self.same(relation, column);
        if let Some(Known {
            found: Some(found),
            sameness,
            seen,
        }) = before
        {
            return Known {
                found: Some(found.clone()),
                sameness: sameness.clone(),
                seen: *seen,
            };
        }
        let values = samples.0.get(&(relation.oid, column.number));
        let values: Vec<&str> = values.into_iter().flatten().map(String::as_str).collect();
        let siblings: Vec<&str> = relation.columns.iter().map(|other| &*other.name).collect();
        let others: Vec<&str> = siblings
            .into_iter()
            .filter(|name| *name != &*column.name)
            .collect();
        let found = classify(&ColumnEvidence {
            column: &column.name,
            comment: None,
            sample: &values,
            schema: &relation.schema,
            siblings: &others,
            table: &relation.name,
            type_name,
        });
        Known {
            found: found.map(|found| (found.class, found.why)),
            sameness: Sameness::of(relation, column),
            seen: values.len() + before.map_or(0, |known| known.seen),
        }
    }
}
