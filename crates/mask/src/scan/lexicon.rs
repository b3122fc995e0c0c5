//! What words mean to a scan: names, stop words, and the labels before values.
//!
//! One open table of 2^19 slots, filled once; a word costs one look-up. Fingerprints of 32 bits on
//! top of the slot make a false hit a matter of one in billions of words.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::labels::{LABELS, PHRASES};
use super::tokens::Hash;
use crate::formats::{FORMATS, Kind};

/// Names given to children.
const GIVEN: &str = include_str!("../lists/names/given.txt");
/// Names of families, the most frequent first.
const FAMILY: &str = include_str!("../lists/names/family.txt");
/// Names of the world by script, in sections.
const WORLD: &str = include_str!("../lists/names/world.txt");
/// Words that texts write in lower case.
const COMMON: &str = include_str!("../lists/names/common.txt");
/// Places, months, products.
const STOP: &str = include_str!("../lists/names/stop.txt");

/// What a word may be: a set of the constants below, and the label it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sense {
    bits: u32,
}

pub(super) const GIVEN_NAME: u32 = 1;
pub(super) const FAMILY_NAME: u32 = 1 << 1;
/// Among the most frequent family names.
pub(super) const FREQUENT: u32 = 1 << 2;
/// An ordinary word.
pub(super) const ORDINARY: u32 = 1 << 3;
/// A place, a month, a product.
pub(super) const STOPPED: u32 = 1 << 4;
pub(super) const TITLE: u32 = 1 << 5;
pub(super) const GREETING: u32 = 1 << 6;
pub(super) const PARTICLE: u32 = 1 << 7;
pub(super) const MONTH: u32 = 1 << 8;
/// Follows the name of a street.
pub(super) const STREET: u32 = 1 << 9;
/// Leads the name of a street.
pub(super) const STREET_LEAD: u32 = 1 << 10;
/// Between a label and its value.
pub(super) const FILLER: u32 = 1 << 11;
/// Names a kind of identifier.
pub(super) const ID_WORD: u32 = 1 << 12;
/// The last word of a phrase that is a label.
pub(super) const PHRASE_END: u32 = 1 << 13;
/// Part of a dwelling: apartment, floor.
pub(super) const UNIT: u32 = 1 << 14;
/// Comes before a person: customer, patient, spoke with.
pub(super) const NAME_LABEL: u32 = 1 << 15;
/// A number after it is no person's: order, ticket, version.
pub(super) const THING: u32 = 1 << 16;
/// A given name that stands alone often enough.
pub(super) const USUAL: u32 = 1 << 17;
const LABEL_SHIFT: u32 = 20;

impl Sense {
    pub(super) const NONE: Self = Self { bits: 0 };

    pub(super) fn is(self, bits: u32) -> bool {
        self.bits & bits != 0
    }

    /// The label a word is, by its place in the table.
    pub(super) fn label(self) -> Option<usize> {
        usize::try_from(self.bits >> LABEL_SHIFT)
            .ok()?
            .checked_sub(1)
    }
}

const SLOTS: usize = 1 << 18;

pub(super) struct Lexicon {
    slots: Vec<(u32, u32)>,
    /// Kinds of identifiers by the words beside them.
    kinds: HashMap<u64, Vec<Kind>>,
    /// Labels of several words, by their hashes.
    phrases: HashMap<u64, usize>,
}

fn tag(hash: u64) -> u32 {
    // Never zero: that is a free slot.
    u32::try_from(hash >> 32).unwrap_or(0) | 1
}

fn slot(hash: u64) -> usize {
    let mixed = hash ^ hash >> 29;
    usize::try_from(mixed % SLOTS as u64).unwrap_or(0)
}

impl Lexicon {
    pub(super) fn the() -> &'static Self {
        static THE: LazyLock<Lexicon> = LazyLock::new(Lexicon::filled);
        &THE
    }

    pub(super) fn sense(&self, hash: u64) -> Sense {
        let tag = tag(hash);
        let mut at = slot(hash);
        loop {
            match self.slots.get(at) {
                Some((found, bits)) if *found == tag => return Sense { bits: *bits },
                None | Some((0, _)) => return Sense::NONE,
                _ => at = (at + 1) % SLOTS,
            }
        }
    }

    /// The sense of the longest known word that ends a run of a script without spaces.
    pub(super) fn sense_of_ending(&self, run: &str) -> Sense {
        let bare = run.trim_end_matches([
            'は', 'の', '是', '为', '為', '：', '이', '가', '는', '은', '를',
        ]);
        let mut starts = bare
            .char_indices()
            .rev()
            .map(|(at, _)| at)
            .take(8)
            .collect::<Vec<_>>();
        starts.reverse();
        let senses = starts.into_iter().filter_map(|at| bare.get(at..));
        let mut senses = senses.map(|word| self.sense(Hash::of(word)));
        senses
            .find(|sense| sense.label().is_some() || sense.is(ID_WORD))
            .unwrap_or(Sense::NONE)
    }

    pub(super) fn kinds(&self, hash: u64) -> &[Kind] {
        self.kinds.get(&hash).map_or(&[], Vec::as_slice)
    }

    pub(super) fn phrase(&self, hash: u64) -> Option<usize> {
        self.phrases.get(&hash).copied()
    }

    fn add(&mut self, hash: u64, bits: u32) {
        let tag = tag(hash);
        let mut at = slot(hash);
        for _ in 0..SLOTS {
            match self.slots.get_mut(at) {
                Some(free) if free.0 == 0 || free.0 == tag => {
                    // The first label of a word stays its own.
                    let bits = if free.1 >> LABEL_SHIFT > 0 {
                        bits & ((1 << LABEL_SHIFT) - 1)
                    } else {
                        bits
                    };
                    *free = (tag, free.1 | bits);
                    return;
                }
                _ => at = (at + 1) % SLOTS,
            }
        }
    }

    fn all(&mut self, words: &str, bits: u32) {
        for word in words.split_whitespace() {
            self.add(Hash::of(word), bits);
        }
    }

    fn filled() -> Self {
        let mut all = Self {
            slots: vec![(0, 0); SLOTS],
            kinds: HashMap::new(),
            phrases: HashMap::new(),
        };
        let (usual, rarer) = GIVEN.split_once("# rarer").unwrap_or((GIVEN, ""));
        all.all(usual, GIVEN_NAME | USUAL);
        all.all(rarer, GIVEN_NAME);
        for (rank, word) in FAMILY.lines().enumerate() {
            let frequent = if rank < 12_000 { FREQUENT } else { 0 };
            all.add(Hash::of(word), FAMILY_NAME | frequent);
        }
        let mut bits = 0;
        for line in WORLD.lines() {
            match line.strip_prefix("# ") {
                Some(head) if head.starts_with("given") => bits = GIVEN_NAME | USUAL,
                Some(head) if head.starts_with("family") => bits = FAMILY_NAME | FREQUENT,
                Some(_) => bits = 0,
                None if bits != 0 => all.all(line, bits),
                None => {}
            }
        }
        all.all(COMMON, ORDINARY);
        for line in STOP.lines().filter(|line| !line.starts_with('#')) {
            all.all(line, STOPPED);
        }
        for (bits, words) in super::words::WORDS {
            all.all(words, *bits);
        }
        for (index, label) in LABELS.iter().enumerate() {
            let bits = u32::try_from(index + 1).unwrap_or(0) << LABEL_SHIFT;
            all.all(label.words, bits);
        }
        for (phrase, class) in PHRASES {
            let mut hashes = phrase.split(' ').map(Hash::of);
            let first = hashes.next().unwrap_or(0);
            let whole = hashes.fold(first, Hash::both);
            let last = phrase.rsplit(' ').next().unwrap_or("");
            all.add(Hash::of(last), PHRASE_END);
            if let Some(index) = LABELS.iter().position(|label| label.class == *class) {
                all.phrases.insert(whole, index);
            }
        }
        for kind in FORMATS {
            for word in kind.words {
                let hash = Hash::of(word);
                all.add(hash, ID_WORD);
                all.kinds.entry(hash).or_default().push(kind);
            }
        }
        all
    }
}
