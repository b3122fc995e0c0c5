//! The classes of a target's columns, found once and kept while the column stays what it is.
//!
//! Why sticky: a mask must not come and go with the rows a sample happened to meet. A column is
//! looked at again when its name, type or table changed, or when it held too little to judge by,
//! and keeps the class it had unless it shows another; a scan looks at all again, with nothing
//! kept. What a person said overrides what was found. A column that came to a table with classes is
//! hidden until it has been looked at.

mod evidence;
mod held;
mod linked;
mod said;

use catalog::postgres::secrets::{Secret, secret};
use catalog::{Catalog, Column, Relation};
use mask::detect::Found;
use model::Class;
use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use evidence::Looked;

use crate::config::ClassOverride;
use linked::Classes;

/// Below this many values a column is looked at again: an empty table may fill up.
const ENOUGH: usize = 20;
/// Below this many values a new column counts as not sampled.
const TELLING: usize = 3;

/// `pg_type.oid` of `tsvector`.
const TSVECTOR: u32 = 3614;

/// A column's place: `pg_class.oid`, `attnum`.
pub(crate) type Place = (u32, i16);

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

#[derive(Debug, Clone)]
struct Known {
    found: Option<(Class, String)>,
    /// Whether it came to a table that was known before.
    is_new: bool,
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

    /// Columns of which many rows gave few values: most of theirs are NULL.
    pub(crate) fn sparse(&self, relation: &Relation, columns: &[i16], rows: usize) -> Vec<i16> {
        let has_few = |number: &&i16| {
            let values = self.0.get(&(relation.oid, **number));
            values.is_none_or(|values| values.len() < ENOUGH)
        };
        let sparse = columns.iter().filter(has_few).copied();
        if rows < ENOUGH {
            Vec::new()
        } else {
            sparse.collect()
        }
    }

    fn of(&self, place: Place) -> Vec<&str> {
        let values = self.0.get(&place).into_iter().flatten();
        values.map(String::as_str).collect()
    }
}

/// What a catalog of the server's own holds that nobody sees, where the rest of it is for all:
/// `pg_dump` counts subscriptions, and none of them may show its password.
fn of_the_server(relation: &Relation, column: &Column) -> Option<(Class, String)> {
    let (class, what) = match secret(&relation.schema, &relation.name, &column.name)? {
        Secret::Counter => (Class::Unsampled, "how far statements read"),
        Secret::Connection => (Class::ConnectionString, "a connection string"),
        Secret::Password => (Class::Password, "passwords"),
        // Nothing of such a text may be shown: constants in it were perhaps stand-ins once.
        Secret::Statement => (Class::Password, "texts of statements"),
        Secret::Content | Secret::File | Secret::Sample => return None,
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

    /// Classifies a catalog by what is known, what a reading found, and what people said.
    pub(crate) fn classify(
        &mut self,
        catalog: Catalog,
        samples: &Samples,
        hints: &catalog::postgres::Hints,
        overrides: &[ClassOverride],
    ) -> Catalog {
        self.learn(&Looked::new(&catalog, samples, hints));
        let above = said::above(&catalog, overrides);
        let said_of = |relation: &Relation, column: &Column| {
            let own = said::of(overrides, relation, column);
            own.or(above.get(&(relation.oid, column.number)).copied())
        };
        let (mut found, mut said) = (Classes::default(), FxHashSet::default());
        for relation in catalog.relations() {
            for column in &relation.columns {
                let place = (relation.oid, column.number);
                let class = match said_of(relation, column) {
                    Some(word) => {
                        said.insert(place);
                        let class = word.class;
                        class.map(|class| (class, "set by configuration".to_owned()))
                    }
                    None => self.0.get(&place).and_then(|known| known.found.clone()),
                };
                let class = of_the_server(relation, column).or(class);
                found.extend(class.map(|class| (place, class)));
            }
        }
        let family = linked::family(&catalog, &found);
        for (place, class) in family {
            if !said.contains(&place) {
                found.entry(place).or_insert(class);
            }
        }
        linked::spread(&catalog, &hints.generated, &said, &mut found);
        self.hide_new(&catalog, &said, &mut found);
        let is_said =
            |relation: &Relation, column: &Column| said.contains(&(relation.oid, column.number));
        let of = |relation: &Relation, column: &Column| {
            found.get(&(relation.oid, column.number)).cloned()
        };
        held::with(catalog, of, is_said)
    }

    /// Looks at what is not known yet.
    fn learn(&mut self, looked: &Looked<'_>) {
        let old: FxHashSet<u32> = self.0.keys().map(|(relation, _)| *relation).collect();
        let mut fresh = FxHashMap::default();
        let relations = looked.catalog.relations();
        for relation in relations.filter(|relation| is_users(relation)) {
            let unknown = self.unknown(relation);
            let found = if unknown.is_empty() {
                Vec::new()
            } else {
                let known = |column: &Column| {
                    let known = self.same(relation, column)?;
                    known.found.as_ref().map(|(class, _)| *class)
                };
                looked.classify(relation, known)
            };
            let mut found = found.into_iter();
            for column in &relation.columns {
                let found = found.next().flatten();
                let place = (relation.oid, column.number);
                let is_unknown = unknown.contains(&column.number);
                let known = match self.same(relation, column) {
                    Some(known) if !is_unknown => known.clone(),
                    before => Known {
                        // Another name, type or comment may add a class and takes none away: only
                        // a scan, which begins with nothing, does.
                        found: found.as_ref().map(told).or_else(|| {
                            let place = self.0.get(&place)?;
                            place.found.clone()
                        }),
                        is_new: before.map_or(old.contains(&relation.oid), |known| known.is_new),
                        sameness: Sameness::of(relation, column),
                        seen: looked.samples.of(place).len() + before.map_or(0, |known| known.seen),
                    },
                };
                fresh.insert(place, known);
            }
        }
        self.0 = fresh;
    }

    /// Hides columns that came to a table with classes and have shown nothing yet (what they hold
    /// is anybody's guess, and the guess must not be that it is nothing), and search vectors there.
    fn hide_new(&self, catalog: &Catalog, said: &FxHashSet<Place>, found: &mut Classes) {
        for relation in catalog.relations() {
            let places = relation.columns.iter().map(|c| (relation.oid, c.number));
            let mut classified = places.filter(|place| found.contains_key(place));
            if classified.next().is_none() {
                continue;
            }
            for column in &relation.columns {
                let place = (relation.oid, column.number);
                let known = self.0.get(&place);
                let is_unsampled = known.is_some_and(|known| known.is_new && known.seen < TELLING);
                let holds = catalog
                    .type_of(column.type_oid)
                    .is_none_or(|of| mask::detect::may_hold(&of.name));
                if said.contains(&place) || found.contains_key(&place) {
                    continue;
                }
                if is_unsampled && holds {
                    let why = "new in a table that holds something sensitive, and not sampled yet";
                    found.insert(place, (Class::Unsampled, why.to_owned()));
                } else if column.type_oid == TSVECTOR {
                    // Whoever fills it fills it from its neighbours, and any word of them is found
                    // by it.
                    let why = "words of a table that holds something sensitive";
                    found.insert(place, (Class::FreeText, why.to_owned()));
                }
            }
        }
    }
}

/// A class with its reason, as the catalog keeps it.
fn told(found: &Found) -> (Class, String) {
    let percent = (found.confidence * 100.0).clamp(50.0, 99.9);
    (found.class, format!("{percent:.1} %: {}", found.why))
}

#[cfg(test)]
mod tests;
