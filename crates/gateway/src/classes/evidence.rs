//! What is known of a relation's columns, laid out for the detectors.

use catalog::postgres::Hints;
use catalog::{Catalog, Column, Relation, TypeKind};
use mask::detect::{ColumnEvidence, Found, TableEvidence, classify};
use model::Class;
use rustc_hash::FxHashSet;

use super::{Place, Samples};

/// How many domains are unwrapped.
const DEEPEST_DOMAIN: usize = 16;

/// What one reading of a target found.
pub(crate) struct Looked<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) hints: &'a Hints,
    /// Columns that reference another.
    references: FxHashSet<Place>,
    pub(crate) samples: &'a Samples,
}

/// A column's type, domains unwrapped: its name, the domain's, and whether it is an enum.
struct TypeOf<'a> {
    domain: Option<&'a str>,
    is_enum: bool,
    name: String,
}

impl<'a> Looked<'a> {
    pub(crate) fn new(catalog: &'a Catalog, samples: &'a Samples, hints: &'a Hints) -> Self {
        let keys = catalog.relations().flat_map(|relation| {
            let beside = catalog.beside(relation.oid);
            beside.into_iter().flat_map(|beside| &beside.referenced_by)
        });
        let places = keys.flat_map(|key| {
            let columns = key.columns.iter();
            columns.map(|column| (key.referencing, *column))
        });
        let references = places.collect();
        Self {
            catalog,
            hints,
            references,
            samples,
        }
    }

    /// The classes of a relation's columns; what is known of some is taken as it is.
    pub(crate) fn classify(
        &self,
        relation: &Relation,
        known: impl Fn(&Column) -> Option<Class>,
    ) -> Vec<Option<Found>> {
        let types: Vec<TypeOf<'_>> = relation
            .columns
            .iter()
            .map(|column| self.type_of(column))
            .collect();
        let values: Vec<Vec<&str>> = relation
            .columns
            .iter()
            .map(|column| self.samples.of((relation.oid, column.number)))
            .collect();
        let checks: Vec<Vec<&str>> = relation
            .columns
            .iter()
            .map(|column| {
                let hints = self.hints;
                hints.checks(relation.oid, column.number, column.type_oid)
            })
            .collect();
        let all = relation
            .columns
            .iter()
            .zip(&types)
            .zip(values.iter().zip(&checks));
        let columns: Vec<ColumnEvidence<'_>> = all
            .map(|((column, of), (sample, checks))| ColumnEvidence {
                checks,
                comment: self.hints.comment(relation.oid, column.number),
                domain: of.domain,
                is_enum: of.is_enum,
                is_key: relation.primary_key.contains(&column.number)
                    || self.references.contains(&(relation.oid, column.number)),
                known: known(column),
                name: &column.name,
                sample,
                type_name: &of.name,
            })
            .collect();
        classify(&TableEvidence {
            columns: &columns,
            comment: self.hints.comment(relation.oid, 0),
            name: &relation.name,
            schema: &relation.schema,
        })
    }

    fn type_of(&self, column: &Column) -> TypeOf<'a> {
        let mut oid = column.type_oid;
        let mut domain = None;
        for _ in 0..DEEPEST_DOMAIN {
            let Some(of) = self.catalog.type_of(oid) else {
                break;
            };
            if of.kind != TypeKind::Domain {
                let is_array = of.category == 'A' && of.element != 0;
                let element = is_array.then(|| self.catalog.type_of(of.element)).flatten();
                let is_enum = element.unwrap_or(of).kind == TypeKind::Enum;
                let name = element.map_or(of.name.to_string(), |e| format!("{}[]", e.name));
                return TypeOf {
                    domain,
                    is_enum,
                    name,
                };
            }
            domain = domain.or(Some(&*of.name));
            oid = of.base;
        }
        TypeOf {
            domain,
            is_enum: false,
            name: String::new(),
        }
    }
}
