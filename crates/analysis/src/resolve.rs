//! Which function or operator the server chooses, by the types it is given.
//!
//! Why: a user's `=` for a type of his own is among the candidates of every `=`, and the server
//! takes it for hardly any. Its rules (`parse_func.c`, `parse_oper.c`) are followed here as far as
//! types are known; where they are not, whatever may be chosen stays.
//! What the chosen one does is `overload`'s and `call`'s.

mod built_in;

use catalog::{Catalog, TypeKind};

pub(crate) use self::built_in::operators;
use self::built_in::{is_preferred, kind_of, made_without_word};
use crate::call::is_polymorphic;
use crate::expr::RECORD;
use crate::value::Value;

/// `record[]`.
const RECORDS: u32 = 2287;
/// Arrays within arrays, domains of domains.
const DEEPEST: usize = 8;
/// The type of what is given, as the server knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Known(u32),
    /// Not known here.
    Open,
    /// A constant or parameter of no type yet.
    Unknown,
}

impl Given {
    pub(crate) fn of(value: &Value) -> Self {
        match value.type_oid {
            _ if value.is_untyped => Self::Unknown,
            0 | RECORD | RECORDS => Self::Open,
            _ if value.row.is_some() => Self::Open,
            // Of any type: a function's result that hangs on what it was given.
            oid if is_polymorphic(oid) => Self::Open,
            oid => Self::Known(oid),
        }
    }

    fn known(self) -> Option<u32> {
        match self {
            Self::Known(oid) => Some(oid),
            Self::Open | Self::Unknown => None,
        }
    }
}

/// One that may be chosen.
#[derive(Debug, Clone)]
pub(crate) struct Candidate<T> {
    /// What it takes: a type for each that is given.
    pub(crate) takes: Vec<u32>,
    /// Where its schema stands on the search path: the first hides others that take the same.
    pub(crate) place: usize,
    pub(crate) what: T,
}

/// How names of functions and of operators are looked up differs in what is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Function,
    Operator,
}

/// The rules, over a catalog's types.
pub(crate) struct Resolver<'c>(pub(crate) &'c Catalog);

impl Resolver<'_> {
    /// Those of the candidates that the server may choose.
    pub(crate) fn choose<T: Clone>(
        &self,
        sort: Sort,
        given: &[Given],
        mut candidates: Vec<Candidate<T>>,
    ) -> Vec<Candidate<T>> {
        let all = candidates.clone();
        candidates.retain(|one| {
            let mut others = all.iter();
            !others.any(|other| other.takes == one.takes && other.place < one.place)
        });
        let chosen = self.chosen(sort, given, &candidates);
        let kept = candidates.into_iter().enumerate();
        kept.filter(|(at, _)| chosen.contains(at))
            .map(|(_, candidate)| candidate)
            .collect()
    }

    fn chosen<T>(&self, sort: Sort, given: &[Given], all: &[Candidate<T>]) -> Vec<usize> {
        if let Some(exact) = self.exact(sort, given, all) {
            return vec![exact];
        }
        let takes = |at: usize| all.get(at).map_or(&[][..], |one| &one.takes);
        let fits = |at: &usize| {
            let mut pairs = given.iter().zip(takes(*at));
            pairs.all(|(given, wanted)| self.becomes(*given, *wanted, DEEPEST))
        };
        let mut left: Vec<usize> = (0..all.len()).filter(fits).collect();
        if left.is_empty() {
            // Then this reading is wrong somewhere, or the server fails.
            return (0..all.len()).collect();
        }
        if left.len() == 1 || given.contains(&Given::Open) {
            return left;
        }
        let bases: Vec<Option<u32>> = given
            .iter()
            .map(|g| g.known().map(|t| self.base(t)))
            .collect();
        most(&mut left, |at| {
            let pairs = bases.iter().zip(takes(at));
            pairs
                .filter(|(base, wanted)| **base == Some(**wanted))
                .count()
        });
        most(&mut left, |at| {
            let pairs = bases.iter().zip(takes(at));
            let is_good = |(base, wanted): &(&Option<u32>, &u32)| {
                base.is_some_and(|base| base == **wanted || self.prefers(base, **wanted))
            };
            pairs.filter(is_good).count()
        });
        if left.len() == 1 || !bases.contains(&None) {
            return left;
        }
        self.by_category(&bases, &mut left, &takes);
        if left.len() == 1 {
            return left;
        }
        // Those of no type are of that of the others, if these agree.
        let mut known = bases.iter().flatten();
        if let Some(first) = known.next()
            && known.all(|other| other == first)
        {
            let fits = |at: &usize| {
                let mut wanted = takes(*at).iter();
                wanted.all(|wanted| self.becomes(Given::Known(*first), *wanted, DEEPEST))
            };
            let alike: Vec<usize> = left.iter().copied().filter(fits).collect();
            if alike.len() == 1 {
                return alike;
            }
        }
        left
    }

    /// The one that takes exactly what is given.
    fn exact<T>(&self, sort: Sort, given: &[Given], all: &[Candidate<T>]) -> Option<usize> {
        let find = |wanted: &[u32]| all.iter().position(|one| one.takes == wanted);
        let known: Option<Vec<u32>> = given.iter().map(|given| given.known()).collect();
        match (sort, known) {
            (_, Some(known)) => find(&known),
            (Sort::Function, None) => None,
            // One operand without a type is taken for the other's.
            (Sort::Operator, None) => match given {
                [Given::Unknown, Given::Known(one)] | [Given::Known(one), Given::Unknown] => {
                    let base = self.base(*one);
                    find(&[*one, *one]).or_else(|| find(&[base, base]))
                }
                _ => None,
            },
        }
    }

    /// What has no type goes by the candidates' categories: by texts where any takes one.
    fn by_category<'t>(
        &self,
        bases: &[Option<u32>],
        left: &mut Vec<usize>,
        takes: &impl Fn(usize) -> &'t [u32],
    ) {
        let mut wanted = Vec::new();
        for (at, _) in bases.iter().enumerate().filter(|(_, base)| base.is_none()) {
            let mut category = None;
            let (mut has_preferred, mut is_mixed) = (false, false);
            for oid in left.iter().filter_map(|one| takes(*one).get(at)) {
                let (next, is_preferred) = self.category(*oid);
                match category {
                    None => (category, has_preferred) = (Some(next), is_preferred),
                    Some(known) if known == next => has_preferred |= is_preferred,
                    Some(_) if next == 'S' => {
                        (category, has_preferred) = (Some('S'), is_preferred);
                    }
                    Some(_) => is_mixed = true,
                }
            }
            match category {
                Some(category) if !is_mixed || category == 'S' => {
                    wanted.push((at, category, has_preferred));
                }
                _ => return,
            }
        }
        let is_good = |one: &usize| {
            wanted.iter().all(|(at, category, has_preferred)| {
                takes(*one).get(*at).is_some_and(|oid| {
                    let (its, is_preferred) = self.category(*oid);
                    its == *category && (is_preferred || !has_preferred)
                })
            })
        };
        let good: Vec<usize> = left.iter().copied().filter(is_good).collect();
        if !good.is_empty() {
            *left = good;
        }
    }

    /// Whether the server makes the one the other without a word; where it is not known, it may.
    pub(crate) fn becomes(&self, given: Given, wanted: u32, depth: usize) -> bool {
        let Given::Known(given) = given else {
            return true;
        };
        let (from, to) = (self.base(given), self.base(wanted));
        if from == to || depth == 0 {
            return true;
        }
        let (Some((from_kind, from_category)), Some((to_kind, _))) =
            (self.kind(from), self.kind(to))
        else {
            return true;
        };
        if is_polymorphic(to) {
            return match to {
                2277 | 5078 => from_category == 'A' || matches!(from, 22 | 30),
                2776 | 5079 => from_category != 'A',
                3500 => from_kind == TypeKind::Enum,
                3831 | 5080 => from_kind == TypeKind::Range,
                4537 | 4538 => from_kind == TypeKind::Multirange,
                2249 => from_kind == TypeKind::Composite,
                _ => true,
            };
        }
        if to_kind == TypeKind::Pseudo {
            return to == RECORDS && from_category == 'A';
        }
        let pairs = [(given, wanted), (from, to), (given, to), (from, wanted)];
        let mut pairs = pairs.into_iter();
        if pairs.any(|(from, to)| made_without_word(from, to) || self.0.becomes(from, to)) {
            return true;
        }
        match (self.element(from), self.element(to)) {
            (Some(from), Some(to)) => return self.becomes(Given::Known(from), to, depth - 1),
            (None, None) => {}
            _ => return false,
        }
        // A child's row is one of its parent's.
        let row = self
            .0
            .type_of(from)
            .and_then(|kind| self.0.relation(kind.relation));
        to_kind == TypeKind::Composite && row.is_some_and(|row| !row.parents.is_empty())
    }

    /// Which of two types of the server's own both are made; `None` where that is not plain.
    pub(crate) fn wider(one: u32, other: u32) -> Option<u32> {
        let (one_kind, other_kind) = (kind_of(one)?, kind_of(other)?);
        if one_kind.1 != other_kind.1 {
            return None;
        }
        let becomes = |from, to| made_without_word(from, to);
        let takes_other = !is_preferred(one) && becomes(one, other) && !becomes(other, one);
        if takes_other {
            return Some(other);
        }
        becomes(other, one).then_some(one)
    }

    fn prefers(&self, base: u32, wanted: u32) -> bool {
        let (category, is_preferred) = self.category(wanted);
        is_preferred && category == self.category(base).0
    }

    fn category(&self, oid: u32) -> (char, bool) {
        if is_polymorphic(oid) {
            return ('P', false);
        }
        let category = self.kind(oid).map_or('U', |(_, category)| category);
        (category, is_preferred(oid))
    }

    fn kind(&self, oid: u32) -> Option<(TypeKind, char)> {
        match self.0.type_of(oid) {
            Some(kind) => Some((kind.kind, kind.category)),
            None => kind_of(oid),
        }
    }

    fn element(&self, oid: u32) -> Option<u32> {
        let kind = self.0.type_of(oid)?;
        (kind.category == 'A' && kind.element != 0).then_some(kind.element)
    }

    fn base(&self, oid: u32) -> u32 {
        let mut oid = oid;
        for _ in 0..DEEPEST {
            match self.0.type_of(oid) {
                Some(found) if found.base != 0 => oid = found.base,
                _ => return oid,
            }
        }
        oid
    }
}

/// Leaves those that have the most.
fn most(left: &mut Vec<usize>, count: impl Fn(usize) -> usize) {
    let best = left.iter().map(|at| count(*at)).max().unwrap_or_default();
    left.retain(|at| count(*at) == best);
}

#[cfg(test)]
mod tests;
