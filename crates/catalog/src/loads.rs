//! Users' functions that run where a value of a type is made, compared, or turned into JSON.
//!
//! Why: `'(1)'::pay` checks the domain of a field three types down, and DISTINCT calls an operator
//! class that no statement names. What a type holds is followed once, from what is held to all that
//! holds it; a catalog without such types pays nothing.
//! Which of these functions matter is `analysis`' to say.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::laid::Laid;
use crate::roads::Moment;
use crate::snapshot::{Relation, Type, TypeKind};

/// `json`, `jsonb`.
const DOCUMENTS: [u32; 2] = [114, 3802];

/// A function that runs for a value of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The constraint it stands in; `None` for an operator class, a cast, a range's own.
    pub check: Option<Arc<str>>,
    /// What runs.
    pub function: u32,
}

type ByType = FxHashMap<u32, Vec<Load>>;

/// The same by type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loads {
    pub(crate) compared: ByType,
    pub(crate) made: ByType,
    pub(crate) told: ByType,
}

impl Loads {
    pub(crate) fn of(
        types: &FxHashMap<u32, Type>,
        relations: &FxHashMap<u32, Relation>,
        roads: &Laid,
    ) -> Self {
        let (mut compared, mut made, mut told) =
            (ByType::default(), ByType::default(), ByType::default());
        let plain = |function| Load {
            check: None,
            function,
        };
        for (type_oid, moment, function) in &roads.type_functions {
            let at = match moment {
                Moment::Compared => &mut compared,
                Moment::Made => &mut made,
            };
            at.entry(*type_oid).or_default().push(plain(*function));
        }
        for check in roads.checks.values().flatten() {
            made.entry(check.type_oid).or_default().push(Load {
                check: Some(check.name.clone()),
                function: check.function,
            });
        }
        for cast in roads.casts.values().filter(|c| DOCUMENTS.contains(&c.to)) {
            told.entry(cast.from)
                .or_default()
                .push(plain(cast.function));
        }
        if compared.is_empty() && made.is_empty() && told.is_empty() {
            return Self::default();
        }
        let holders = holders(types, relations, &roads.ranges);
        let compared = spread(&compared, &holders);
        // The ends of a range are compared when it is made.
        for (range, inner) in &roads.ranges {
            if let Some(loads) = compared.get(inner) {
                made.entry(*range)
                    .or_default()
                    .extend(loads.iter().cloned());
            }
        }
        Self {
            made: spread(&made, &holders),
            told: spread(&told, &holders),
            compared,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.compared.is_empty() && self.made.is_empty() && self.told.is_empty()
    }
}

/// Types by what they hold.
fn holders(
    types: &FxHashMap<u32, Type>,
    relations: &FxHashMap<u32, Relation>,
    ranges: &[(u32, u32)],
) -> FxHashMap<u32, Vec<u32>> {
    let mut holders: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut hold = |outer: u32, inner: u32| holders.entry(inner).or_default().push(outer);
    for kind in types.values() {
        match kind.kind {
            TypeKind::Domain => hold(kind.oid, kind.base),
            TypeKind::Composite => {
                let columns = relations.get(&kind.relation).map(|r| &r.columns);
                for column in columns.into_iter().flatten() {
                    hold(kind.oid, column.type_oid);
                }
            }
            _ if kind.category == 'A' && kind.element != 0 => hold(kind.oid, kind.element),
            _ => {}
        }
    }
    for (outer, inner) in ranges {
        hold(*outer, *inner);
    }
    holders
}

/// What runs for a type runs for all that holds it.
fn spread(seeds: &ByType, holders: &FxHashMap<u32, Vec<u32>>) -> ByType {
    let mut all = ByType::default();
    let mut order: Vec<_> = seeds.iter().collect();
    order.sort_by_key(|(oid, _)| **oid);
    for (seed, loads) in order {
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        let mut next = vec![*seed];
        while let Some(oid) = next.pop() {
            if !seen.insert(oid) {
                continue;
            }
            let here = all.entry(oid).or_default();
            for load in loads {
                if !here.contains(load) {
                    here.push(load.clone());
                }
            }
            next.extend(holders.get(&oid).into_iter().flatten());
        }
    }
    all
}
