//! What a column holds by its type: a row has the classes of its fields.
//!
//! A column of a composite type, of a table's rows, of a domain over either or of an array of
//! these shows what stands in the fields, so it is as hidden as the most telling of them. What a
//! person said of the column itself stands. What a range is over is not known here.

use catalog::{Catalog, Column, Relation, TypeKind};
use model::Class;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Place;

/// The classes found, and what of.
type Found = FxHashMap<Place, Option<(Class, String)>>;

/// The catalog classified by `found`, and by types where nobody said anything of a column.
pub(super) fn with(
    catalog: Catalog,
    mut found: impl FnMut(&Relation, &Column) -> Option<(Class, String)>,
    is_said: impl Fn(&Relation, &Column) -> bool,
) -> Catalog {
    let mut all = Found::default();
    let mut open = Vec::new();
    for relation in catalog.relations() {
        for column in &relation.columns {
            let place = (relation.oid, column.number);
            let class = found(relation, column);
            if class.is_some() || is_said(relation, column) {
                all.insert(place, class);
            } else {
                open.push((place, column.type_oid));
            }
        }
    }
    let mut types: FxHashMap<u32, Option<(Class, String)>> = FxHashMap::default();
    let by_type: Vec<_> = open
        .into_iter()
        .map(|(place, oid)| {
            let held = types
                .entry(oid)
                .or_insert_with(|| held(&catalog, &all, oid));
            (place, held.clone())
        })
        .collect();
    all.extend(by_type);
    catalog.classified(|relation, column| all.remove(&(relation.oid, column.number)).flatten())
}

/// The most telling class of what values of a type hold.
fn held(catalog: &Catalog, all: &Found, oid: u32) -> Option<(Class, String)> {
    let mut open = vec![oid];
    let mut seen = FxHashSet::default();
    let mut most: Option<(Class, String)> = None;
    while let Some(oid) = open.pop() {
        let Some(of) = catalog.type_of(oid).filter(|_| seen.insert(oid)) else {
            continue;
        };
        match of.kind {
            TypeKind::Domain => open.push(of.base),
            TypeKind::Base if of.category == 'A' => open.push(of.element),
            TypeKind::Composite => {
                let row = catalog.relation(of.relation);
                for column in row.iter().flat_map(|row| &row.columns) {
                    let class = match all.get(&(of.relation, column.number)) {
                        Some(found) => found.as_ref().map(|(class, _)| *class),
                        None => {
                            open.push(column.type_oid);
                            None
                        }
                    };
                    let is_more = |class: &Class| {
                        most.as_ref()
                            .is_none_or(|(most, _)| rank(*class) < rank(*most))
                    };
                    if let Some(class) = class.filter(is_more) {
                        let why = format!("its type holds {}.{}", of.name, column.name);
                        most = Some((class, why));
                    }
                }
            }
            TypeKind::Base
            | TypeKind::Enum
            | TypeKind::Multirange
            | TypeKind::Pseudo
            | TypeKind::Range => {}
        }
    }
    most
}

/// Secrets tell more than money, money more than persons, persons more than prose.
fn rank(class: Class) -> usize {
    let word = class.as_str();
    let kinds = ["secret.", "financial.", "pii."];
    kinds
        .iter()
        .position(|kind| word.starts_with(kind))
        .unwrap_or(kinds.len())
}
