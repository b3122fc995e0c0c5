//! What columns hold because others do: parents and children, foreign keys, generated columns.
//!
//! A column that references a classified one holds the same values: were one masked and the other
//! not, or by another class, joins would part and the clear one would tell.

use catalog::{Catalog, Column, Relation};
use model::Class;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Place;

/// Classes by place, with the reason.
pub(super) type Classes = FxHashMap<Place, (Class, String)>;

/// How often links are followed: a chain of foreign keys as long as this is followed whole.
const ROUNDS: usize = 12;

/// Spreads classes along foreign keys and to generated columns. What a person `said` of a column
/// stays.
pub(super) fn spread(
    catalog: &Catalog,
    generated: &[(u32, i16, i16)],
    said: &FxHashSet<Place>,
    found: &mut Classes,
) {
    for _ in 0..ROUNDS {
        let mut news: Vec<(Place, (Class, String))> = Vec::new();
        for (from, to) in references(catalog) {
            let (own, other) = (found.get(&from), found.get(&to));
            match (own, other) {
                (_, Some((class, _))) if own.is_none_or(|(own, _)| own != class) => {
                    let why = format!("it references {}", name(catalog, to));
                    news.extend(of(from, *class, why, said));
                }
                (Some((class, _)), None) => {
                    let why = format!("{} references it", name(catalog, from));
                    news.extend(of(to, *class, why, said));
                }
                _ => {}
            }
        }
        for (relation, column, source) in generated {
            let place = (*relation, *column);
            let source = (*relation, *source);
            let is_open = !found.contains_key(&place);
            let source_class = found
                .get(&source)
                .filter(|(class, _)| is_open && holds(catalog, place, *class));
            if let Some((class, _)) = source_class {
                let why = format!("it is generated from {}", name(catalog, source));
                news.extend(of(place, *class, why, said));
            }
        }
        let mut is_changed = false;
        for (place, news) in news {
            let known = found.get(&place).map(|(class, _)| *class);
            is_changed |= known != Some(news.0);
            found.insert(place, news);
        }
        if !is_changed {
            return;
        }
    }
}

/// Whether a column's type can hold a class: the length of a prose is none.
fn holds(catalog: &Catalog, (relation, column): Place, class: Class) -> bool {
    let relation = catalog.relation(relation);
    let columns = relation.into_iter().flat_map(|relation| &relation.columns);
    let mut own = columns.filter(|c| c.number == column);
    own.next().is_none_or(|column| {
        let of = catalog.type_of(column.type_oid);
        of.is_none_or(|of| mask::detect::may_hold_class(&of.name, class))
    })
}

fn of(
    place: Place,
    class: Class,
    why: String,
    said: &FxHashSet<Place>,
) -> Option<(Place, (Class, String))> {
    (!said.contains(&place)).then_some((place, (class, why)))
}

/// Referencing and referenced columns of every foreign key.
fn references(catalog: &Catalog) -> Vec<(Place, Place)> {
    let keys = catalog.relations().flat_map(|relation| {
        let beside = catalog.beside(relation.oid);
        beside.into_iter().flat_map(|beside| &beside.referenced_by)
    });
    let mut pairs: Vec<(Place, Place)> = keys
        .flat_map(|key| {
            let both = key.columns.iter().zip(&key.keys);
            both.map(|(from, to)| ((key.referencing, *from), (key.referenced, *to)))
        })
        .collect();
    // In one order on every reading.
    pairs.sort_unstable();
    pairs
}

fn name(catalog: &Catalog, (relation, column): Place) -> String {
    let Some(relation) = catalog.relation(relation) else {
        return "a column that went".to_owned();
    };
    let found = relation.columns.iter().find(|c| c.number == column);
    let column = found.map_or("", |column| &column.name);
    format!("{}.{}.{column}", relation.schema, relation.name)
}

/// What columns hold because a column of that name does in a parent or a child: rows of a child
/// are rows of its parent, and are read by either name.
pub(super) fn family(catalog: &Catalog, found: &Classes) -> Classes {
    let mut family = Classes::default();
    for relation in catalog.relations() {
        for (column, parent, same) in shared(catalog, relation) {
            if let Some((class, _)) = found.get(&(relation.oid, column.number)) {
                let why = format!("as in its child {}.{}", relation.schema, relation.name);
                let place = (parent.oid, same.number);
                family.entry(place).or_insert((*class, why));
            }
        }
    }
    let mut below = Classes::default();
    for relation in catalog.relations() {
        for (column, parent, same) in shared(catalog, relation) {
            let place = (parent.oid, same.number);
            if let Some((class, _)) = found.get(&place).or_else(|| family.get(&place)) {
                let why = format!("as in its parent {}.{}", parent.schema, parent.name);
                let place = (relation.oid, column.number);
                below.entry(place).or_insert((*class, why));
            }
        }
    }
    family.extend(below);
    family
}

/// A relation's columns that stand in a relation above it too, with that relation's.
pub(super) fn shared<'c>(
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
