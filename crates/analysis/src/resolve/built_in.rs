//! The server's own operators, casts without a word, and types: what 14 to 18 have in common.
//!
//! Why: the catalog is read without them, since they are the same everywhere. What a later version
//! adds is missed, and then a user's is taken for chosen where the server's would be.
//! Functions are the catalog's, all of them.

use std::sync::LazyLock;

use catalog::TypeKind;
use rustc_hash::{FxHashMap, FxHashSet};

/// One of the server's operators: its operands (0 where it is a prefix) and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) left: u32,
    pub(crate) result: u32,
    pub(crate) right: u32,
}

#[derive(Default)]
struct Tables {
    casts: FxHashSet<(u32, u32)>,
    operators: FxHashMap<&'static str, Vec<Operator>>,
    preferred: FxHashSet<u32>,
    types: FxHashMap<u32, char>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    for line in include_str!("built_in.txt").lines() {
        let words: Vec<&'static str> = line.split(' ').collect();
        let oid = |at: usize| words.get(at).and_then(|w| w.parse().ok()).unwrap_or(0);
        match words.as_slice() {
            ["cast", ..] => {
                tables.casts.insert((oid(1), oid(2)));
            }
            ["operator", sign, ..] => tables.operators.entry(sign).or_default().push(Operator {
                left: oid(2),
                result: oid(4),
                right: oid(3),
            }),
            ["type", _, category, preferred] => {
                tables.types.extend(category.chars().map(|c| (oid(1), c)));
                if *preferred == "t" {
                    tables.preferred.insert(oid(1));
                }
            }
            _ => {}
        }
    }
    tables
});

/// Those of that sign.
pub(crate) fn operators(sign: &str) -> &'static [Operator] {
    TABLES.operators.get(sign).map_or(&[], Vec::as_slice)
}

/// Whether the server has a cast of its own that needs no word.
pub(super) fn made_without_word(from: u32, to: u32) -> bool {
    TABLES.casts.contains(&(from, to))
}

/// Whether a type is its category's preferred one.
pub(super) fn is_preferred(oid: u32) -> bool {
    TABLES.preferred.contains(&oid)
}

/// Kind and category of a type of the server's own.
pub(super) fn kind_of(oid: u32) -> Option<(TypeKind, char)> {
    let category = *TABLES.types.get(&oid)?;
    let kind = match category {
        'P' => TypeKind::Pseudo,
        'R' => TypeKind::Range,
        _ => TypeKind::Base,
    };
    Some((kind, category))
}
