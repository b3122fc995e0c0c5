//! The classes of a target's columns, found once and kept while the column stays what it is.
//!
//! Why sticky: a mask must not come and go with the rows a sample happened to meet. A column is
//! looked at again when its name, type or table changed, or when it held too little to judge by;
//! a scan looks at all again. What a person said overrides what was found.

mod held;

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
        let family = self.family(&catalog);
        let said_above = said_above(&catalog, overrides);
        let found = |relation: &Relation, column: &Column| {
            if let Some(found) = of_the_server(relation, column) {
                return Some(found);
            }
            let place = (relation.oid, column.number);
            let said = said_of(overrides, relation, column).or(said_above.get(&place).copied());
            match said {
                Some(said) => said
                    .class
                    .map(|class| (class, "set by configuration".to_owned())),
                None => {
                    let found = self.0.get(&place).and_then(|known| known.found.clone());
                    found.or_else(|| family.get(&place).cloned())
                }
            }
        };
        let is_said = |relation: &Relation, column: &Column| {
            let place = (relation.oid, column.number);
            said_of(overrides, relation, column).is_some() || said_above.contains_key(&place)
        };
        held::with(catalog, found, is_said)
    }

    /// What columns hold because a column of that name does in a parent or a child: rows of a
    /// child are rows of its parent, and are read by either name.
    fn family(&self, catalog: &Catalog) -> FxHashMap<Place, (Class, String)> {
        let mut family: FxHashMap<Place, (Class, String)> = FxHashMap::default();
        let own = |place: &Place| self.0.get(place).and_then(|known| known.found.clone());
        for relation in catalog.relations() {
            for (column, parent, same) in shared(catalog, relation) {
                if let Some((class, _)) = own(&(relation.oid, column.number)) {
                    let why = format!("as in its child {}.{}", relation.schema, relation.name);
                    let place = (parent.oid, same.number);
                    family.entry(place).or_insert((class, why));
                }
            }
        }
        let mut below: FxHashMap<Place, (Class, String)> = FxHashMap::default();
        for relation in catalog.relations() {
            for (column, parent, same) in shared(catalog, relation) {
                let place = (parent.oid, same.number);
                if let Some((class, _)) = own(&place).or_else(|| family.get(&place).cloned()) {
                    let why = format!("as in its parent {}.{}", parent.schema, parent.name);
                    let place = (relation.oid, column.number);
                    below.entry(place).or_insert((class, why));
                }
            }
        }
        family.extend(below);
        family
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

/// What a person said of a column.
fn said_of<'o>(
    overrides: &'o [ClassOverride],
    relation: &Relation,
    column: &Column,
) -> Option<&'o ClassOverride> {
    overrides.iter().find(|said| {
        said.schema == *relation.schema
            && said.relation == *relation.name
            && said.column == *column.name
    })
}

/// What a person said of a parent's column, for its children's.
fn said_above<'o>(
    catalog: &Catalog,
    overrides: &'o [ClassOverride],
) -> FxHashMap<Place, &'o ClassOverride> {
    let mut above = FxHashMap::default();
    if overrides.is_empty() {
        return above;
    }
    for relation in catalog.relations() {
        for (column, parent, same) in shared(catalog, relation) {
            if let Some(said) = said_of(overrides, parent, same) {
                above.insert((relation.oid, column.number), said);
            }
        }
    }
    above
}

/// A relation's columns that stand in a relation above it too, with that relation's.
fn shared<'c>(
    catalog: &'c Catalog,
    relation: &'c Relation,
) -> Vec<(&'c Column, &'c Relation, &'c Column)> {
    let mut above = relation.parents.clone();
    let mut seen = Vec::new();
    let mut both = Vec::new();
    while let Some(oid) = above.pop() {
        let Some(parent) = catalog.relation(oid).filter(|_| !seen.contains(&oid)) else {
            continue;
        };
        seen.push(oid);
        above.extend(&parent.parents);
        for column in &relation.columns {
            let same = parent
                .columns
                .iter()
                .find(|other| other.name == column.name);
            both.extend(same.map(|same| (column, parent, same)));
        }
    }
    both
}

#[cfg(test)]
mod tests;
