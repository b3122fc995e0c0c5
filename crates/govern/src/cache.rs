//! What was once read and judged, kept by the shape of its text.
//!
//! Valid only for what depends on nothing but the key: no literal's content, no name of the
//! session, no rule that asks about the moment. Bounded: when full, it is emptied, which costs
//! each shape one analysis and needs no bookkeeping per hit.

use std::collections::BTreeSet;
use std::sync::Arc;

use analysis::{Instead, Place};
use catalog::Overlay;
use model::Effects;
use parking_lot::Mutex;
use policy::Judgement;
use rustc_hash::FxHashMap;

use crate::memory::Path;
use crate::plan::Planned;

/// Everything a kept judgement depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) catalog: u64,
    /// The types of its parameters.
    pub(crate) declared: Vec<u32>,
    /// The grants that may speak: 0 for none.
    pub(crate) grants: u64,
    pub(crate) identity: u64,
    pub(crate) path: Path,
    pub(crate) rules: u64,
    /// A keyed 128-bit hash: two texts of one shape cannot be made to collide from outside.
    pub(crate) shape: u128,
}

/// A text's effects and the verdict on them.
#[derive(Debug)]
pub(crate) struct Known {
    /// What was done to the text, and the text that goes instead of it.
    pub(crate) instead: Option<(BTreeSet<Instead>, Arc<str>)>,
    pub(crate) judgement: Judgement,
    /// What the session's world is after each part, where that is another than before.
    pub(crate) overlays: Arc<[Option<Arc<Overlay>>]>,
    /// The plan of the Allow; absent where the verdict is another or nothing can be planned.
    pub(crate) plan: Option<Planned>,
    pub(crate) parts: Arc<[Effects]>,
    /// Of each part, its constants that are held against classified columns.
    pub(crate) places: Vec<Vec<Place>>,
}

pub(crate) struct Cache {
    known: Mutex<FxHashMap<Key, Arc<Known>>>,
    most: usize,
}

impl Cache {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            known: Mutex::default(),
            most,
        }
    }

    pub(crate) fn find(&self, key: &Key) -> Option<Arc<Known>> {
        self.known.lock().get(key).cloned()
    }

    pub(crate) fn keep(&self, key: Key, known: Arc<Known>) {
        let mut all = self.known.lock();
        if all.len() >= self.most {
            all.clear();
        }
        all.insert(key, known);
    }
}
