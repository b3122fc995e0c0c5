//! Calls that use the order of rows, and the dice that stand for it.
//!
//! Why: `array_agg` over a join of masked columns would list its rows as the server sorted them,
//! and `row_number() OVER ()` would count them off. Both may be told an order: one by lot, behind
//! whatever order they have.
//! Which rows may come sorted is `level`'s; what hangs on no order is `unordered`'s.

use catalog::{Function, FunctionKind};
use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::changed::Change;
use crate::condition::operands;
use crate::cut::is_diced;
use crate::instead::{Instead, Noted, words_of};
use crate::level::{DICE, Level};
use crate::reader::{Reader, child, has_token};
use crate::unordered;
use crate::value::Value;

/// Functions of a window that look at places alone, and not at a frame: another key behind those
/// of its ORDER BY parts only what these hold to be equal.
const PLACES: [&str; 4] = ["lag", "lead", "ntile", "row_number"];

impl Reader<'_> {
    /// Whether a call that uses an order may be told one, or was: the change is kept for the level.
    pub(crate) fn dices(
        &mut self,
        call: &SyntaxNode,
        found: &[&Function],
        values: &[Value],
    ) -> bool {
        let is_own = |f: &&Function| &*f.schema == "pg_catalog";
        let is_aggregate = |f: &&Function| f.kind == FunctionKind::Aggregate;
        let is_place = |f: &&Function| PLACES.contains(&&*f.name);
        let hangs = found
            .iter()
            .any(|f| !is_own(f) || !unordered::is_unordered(f));
        if found.is_empty() || !hangs || !self.is_editable() {
            return false;
        }
        let change = match child(call, SyntaxKind::OVER_CLAUSE) {
            Some(over) if found.iter().all(|f| is_own(f) && is_place(f)) => {
                let spec = over
                    .descendants()
                    .find(|c| c.kind() == SyntaxKind::WINDOW_SPEC);
                let spec = spec.unwrap_or(over);
                let is_framed = child(&spec, SyntaxKind::FRAME_CLAUSE).is_some();
                let is_named = child(&spec, SyntaxKind::WINDOW_REF).is_some();
                (!is_framed && !is_named).then(|| ordered(&spec)).flatten()
            }
            None if found.iter().all(is_aggregate) => {
                let is_within = child(call, SyntaxKind::WITHIN_CLAUSE).is_some();
                let list = child(call, SyntaxKind::ARG_LIST).filter(|_| !is_within);
                let types = values.iter().map(|value| value.type_oid);
                match list {
                    // Each once, and sorted by itself.
                    Some(list) if is_of_each(&list) => unordered::are_exact(types).then_some(None),
                    list => list.and_then(|list| ordered(&list)),
                }
            }
            _ => None,
        };
        let is_known = change.is_some();
        self.level.diced.extend(change.flatten());
        is_known
    }

    /// A key of an ORDER BY that is `random()`, which `setseed` loads: dice are thrown instead.
    pub(crate) fn dices_key(&mut self, key: &SyntaxNode, is_stepped: bool) {
        let callee = key
            .children()
            .next()
            .and_then(|callee| Self::dotted(&callee));
        let is_random = callee.is_some_and(|path| path.last().is_some_and(|n| n == "random"));
        let is_bare =
            child(key, SyntaxKind::ARG_LIST).is_some_and(|list| operands(&list).is_empty());
        let is_call = key.kind() == SyntaxKind::CALL_EXPR;
        if is_call && is_random && is_bare && self.is_editable() {
            self.level.is_stepped = is_stepped;
            self.level
                .diced
                .push(Change::Put(words_of(key), DICE.to_owned()));
        }
    }

    /// Dice are thrown where rows may come sorted by something masked.
    pub(crate) fn throw_dice(&mut self, level: &Level) {
        // A window looks at what grouping left.
        let grouped = level.going.iter().filter(|_| !level.windows.is_empty());
        let cols = || {
            level
                .coming
                .iter()
                .chain(&level.within)
                .chain(grouped.clone())
        };
        if cols().next().is_none() || self.diced.is_empty() {
            return;
        }
        let changes = std::mem::take(&mut self.diced);
        let uses = cols().map(|col| (*col, FilterForm::Order));
        self.edits(Noted {
            changes,
            instead: Instead::Shuffled,
            is_by_the_way: false,
            uses: uses.collect(),
        });
    }
}

/// Whether an aggregate is given each value once.
pub(crate) fn is_of_each(list: &SyntaxNode) -> bool {
    has_token(list, SyntaxKind::DISTINCT_KW) || child(list, SyntaxKind::DISTINCT).is_some()
}

/// The change that has a window, or the arguments of an aggregate, in an order by lot; none where
/// it is, and not even that where it cannot be.
#[expect(clippy::option_option, reason = "cannot, need not, is to be")]
fn ordered(holder: &SyntaxNode) -> Option<Option<Change>> {
    let text = holder.text().to_string();
    // Of a call it stands in the last argument.
    let last = holder.children().last();
    let within = last.and_then(|last| child(&last, SyntaxKind::ORDER_BY_CLAUSE));
    match child(holder, SyntaxKind::ORDER_BY_CLAUSE).or(within) {
        Some(order) if is_diced(&order) => Some(None),
        Some(order) => {
            let end = words_of(&order).end;
            Some(Some(Change::Put(end..end, format!(", {DICE}"))))
        }
        None => {
            let end = words_of(holder)
                .end
                .checked_sub(1)
                .filter(|_| text.trim_end().ends_with(')'))?;
            Some(Some(Change::Put(end..end, format!(" ORDER BY {DICE}"))))
        }
    }
}
