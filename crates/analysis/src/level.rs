//! Orders that nobody asked for: rows grouped, joined or told apart by a masked column come as the
//! server sorted or hashed them, which is by its values.
//!
//! Why: with a few values of one's own among them, the places of all others are a bisection. Where
//! the order of such rows would be seen, it is replaced by dice; where it would be used (LIMIT
//! within, `array_agg`, `row_number() OVER ()`, a sequence, the clock), it is an order by the
//! column.
//! The dice are `gen_random_uuid()`: `random()` can be loaded by `setseed`.

use std::collections::BTreeSet;

use catalog::{Function, FunctionKind};
use model::{Class, FilterForm};
use smallvec::SmallVec;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::changed::Change;
use crate::cut::{has_ties, hoisted, is_cut, is_plain, is_shuffled, is_tail, keys_on, takes_first};
use crate::instead::{By, Instead, Noted, words_of};
use crate::reader::{Reader, child};
use crate::tree::{Role, role};
use crate::unordered;
use crate::value::{Col, Value};

/// The dice, as they are written.
pub(crate) const DICE: &str = "pg_catalog.gen_random_uuid()";

/// What one SELECT's rows tell by their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Level {
    /// Columns by which the rows that come in may be sorted.
    pub(crate) coming: SmallVec<[Col; 2]>,
    /// Columns by which the rows that go out may be sorted besides.
    pub(crate) going: SmallVec<[Col; 2]>,
    /// Whether an aggregate or a window's function uses the order of what comes in.
    pub(crate) is_gathered: bool,
    /// The changes by which what uses the order of what comes in uses dice.
    pub(crate) diced: Vec<Change>,
    /// Whether something uses the order of what goes out.
    pub(crate) is_stepped: bool,
    /// Whether an aggregate makes one row of all, where nothing groups.
    pub(crate) is_summed: bool,
    /// Columns by which an aggregate may sort what it is given.
    pub(crate) within: SmallVec<[Col; 2]>,
    /// The windows' texts.
    pub(crate) windows: SmallVec<[String; 1]>,
}

impl Level {
    /// Every column by which rows may be sorted, each once.
    fn all(&self) -> impl Iterator<Item = Col> + use<> {
        let all: BTreeSet<Col> = self.coming.iter().chain(&self.going).copied().collect();
        all.into_iter()
    }

    /// Those whose order is used before anything can be done about it; `is_cut`: rows are taken by
    /// their place.
    fn told(&self, is_cut: bool) -> BTreeSet<Col> {
        if self.is_stepped || is_cut || (self.is_gathered && self.windows.len() > 1) {
            return self.all().collect();
        }
        let coming = self.coming.iter().filter(|_| self.is_gathered);
        coming.copied().collect()
    }
}

impl Reader<'_> {
    /// The classified columns of a value, by which rows may come sorted.
    pub(crate) fn sorts_coming(&mut self, value: &Value) {
        let cols = value.classified(&self.is_classified());
        self.level.coming.extend(cols);
    }

    /// Rows alike in a value stand together.
    pub(crate) fn groups(&mut self, value: &Value) {
        self.chosen_by(value);
        self.parts(value);
        let cols = value.classified(&self.is_classified());
        self.level.going.extend(cols);
    }

    /// An aggregate is given each value once.
    pub(crate) fn tells_apart(&mut self, value: &Value) {
        self.parts(value);
        let cols = value.classified(&self.is_classified());
        self.level.within.extend(cols);
    }

    fn parts(&mut self, value: &Value) {
        let form = if self.is_told_apart(value) {
            FilterForm::Group
        } else {
            FilterForm::Order
        };
        self.chooses(value, form);
    }

    /// Whether a value is a column as it is, whose stand-ins show which are equal.
    pub(crate) fn is_told_apart(&self, value: &Value) -> bool {
        self.bare_class(value).is_some_and(Class::shows_equality)
    }

    /// The class of the column that a value is, or of those of which it is one.
    pub(crate) fn bare_class(&self, value: &Value) -> Option<Class> {
        value.one_of().first().and_then(|col| self.class_at(*col))
    }

    /// The class of a column.
    pub(crate) fn class_at(&self, col: Col) -> Option<Class> {
        let relation = self.world.catalog.relation(col.relation)?;
        let column = relation.columns.iter().find(|c| c.number == col.number)?;
        column.class
    }

    /// A call that makes one row of all, where nothing groups.
    pub(crate) fn sums(&mut self, call: &SyntaxNode, found: &[&Function]) {
        let is_windowed = child(call, SyntaxKind::OVER_CLAUSE).is_some();
        self.is_diced = is_windowed && self.dices(call, found, &[]);
        let is_aggregate = |f: &&Function| f.kind == FunctionKind::Aggregate;
        // A window looks at what grouping left: a place among it, or a frame of so many rows,
        // counts it off.
        let counts = |f: &&Function| &*f.schema != "pg_catalog" || !unordered::is_unordered(f);
        let counts = unordered::counts_rows(call) || found.iter().any(counts);
        if is_windowed && counts && !self.is_diced {
            self.level.is_gathered = true;
            self.level.is_stepped |= unordered::is_grouped(call);
        }
        self.level.is_summed |= !is_windowed && !found.is_empty() && found.iter().all(is_aggregate);
    }

    /// A call whose result may hang on the order of rows; what is masked in it is blanked.
    pub(crate) fn steps(
        &mut self,
        found: &[&Function],
        (values, result): (&[Value], &Value),
        list: Option<&SyntaxNode>,
    ) {
        let call = list.and_then(SyntaxNode::parent);
        let call = call.filter(|call| child(call, SyntaxKind::OVER_CLAUSE).is_none());
        let is_diced = std::mem::take(&mut self.is_diced)
            || !self.is_masked(result) && call.is_some_and(|call| self.dices(&call, found, values));
        for function in found {
            let is_own = &*function.schema == "pg_catalog";
            let name = &*function.name;
            let is_unordered = is_own && unordered::is_unordered(function);
            let is_aggregate = matches!(
                function.kind,
                FunctionKind::Aggregate | FunctionKind::Window
            );
            if is_aggregate && !is_unordered && !is_diced && !self.is_masked(result) {
                self.level.is_gathered = true;
            }
            let is_dice = is_own && name == "gen_random_uuid";
            if function.volatility == model::Volatility::Volatile && !is_dice {
                self.level.is_stepped = true;
            }
        }
        if found.iter().any(|function| function.returns_set) {
            // Rows are counted, in a view as elsewhere; nothing else stands where rows are made.
            let gathered = self
                .gathered
                .take_if(|gathered| gathered.by != By::Condition);
            self.chooses(result, FilterForm::Other);
            self.gathered = gathered.or(self.gathered.take());
        }
    }

    /// A window of the level; with two of them the second may be given what the first sorted.
    pub(crate) fn looks_through(&mut self, text: String) {
        if !self.level.windows.contains(&text) {
            self.level.windows.push(text);
        }
    }

    /// A SELECT was read: what the order of its rows tells, and to whom.
    pub(crate) fn leave_level(&mut self, node: &SyntaxNode, mut level: Level) {
        if level.is_gathered {
            for col in &level.within {
                self.uses(*col, FilterForm::Order);
            }
        }
        let is_inner = !self.views.is_empty() || !is_outermost(node);
        self.diced.append(&mut level.diced);
        if is_inner && is_cut(node) && self.is_editable() && !has_ties(node) {
            self.cut(node, level);
            return;
        }
        self.uses_order |= level.is_gathered || level.is_stepped || is_inner && is_cut(node);
        let is_one = level.is_summed && child(node, SyntaxKind::GROUP_BY_CLAUSE).is_none();
        let is_quiet = level.coming.is_empty() && level.going.is_empty();
        let is_told = !is_one || self.uses_order || !self.diced.is_empty();
        if !is_inner && self.is_editable() && is_told {
            let found = self.sorted_by_index();
            level.is_gathered |= self.uses_order && !found.is_empty();
            level.coming.extend(found);
        }
        self.throw_dice(&level);
        if level.coming.is_empty() && level.going.is_empty() {
            return;
        }
        if !self.active.is_empty() || !self.rules.is_empty() {
            // What a body gives is not shuffled from here.
            for col in level.going {
                self.uses(col, FilterForm::Order);
            }
            return;
        }
        let mut told = level.told(is_inner && is_cut(node) || has_ties(node));
        if is_inner {
            self.level.coming.extend(level.all());
        } else if !(is_shuffled(node) || is_one && told.is_empty()) {
            let uses: Vec<_> = level.all().map(|col| (col, FilterForm::Order)).collect();
            match self.shuffled(node) {
                Some(changes) if told.is_empty() => {
                    self.edits(Noted {
                        changes,
                        instead: Instead::Shuffled,
                        is_by_the_way: is_quiet,
                        uses,
                    });
                }
                _ => told.extend(level.all()),
            }
        }
        for col in told {
            self.uses(col, FilterForm::Order);
        }
    }

    /// A SELECT within another gives rows by their place: dice come before that.
    fn cut(&mut self, node: &SyntaxNode, mut level: Level) {
        let is_quiet = level.coming.is_empty() && level.going.is_empty();
        let found = self.sorted_by_index();
        level.is_gathered |= self.uses_order && !found.is_empty();
        level.coming.extend(found);
        self.throw_dice(&level);
        self.uses_order |= level.is_gathered || level.is_stepped;
        let told = level.told(false);
        let uses: Vec<_> = level.all().map(|col| (col, FilterForm::Order)).collect();
        if uses.is_empty() || (is_shuffled(node) && told.is_empty()) {
            if takes_first(node) {
                // Which is the first is by lot; in what order they come is not.
                self.level.coming.extend(level.all());
            }
            return;
        }
        match self.shuffled(node).filter(|_| told.is_empty()) {
            Some(changes) => {
                self.edits(Noted {
                    changes,
                    instead: Instead::Shuffled,
                    is_by_the_way: is_quiet,
                    uses,
                });
            }
            None => {
                for (col, form) in uses {
                    self.uses(col, form);
                }
            }
        }
    }

    /// The changes that put a statement's rows into an order that tells nothing.
    fn shuffled(&self, node: &SyntaxNode) -> Option<Vec<Change>> {
        if !self.is_editable() {
            return None;
        }
        let whole = words_of(node);
        let order = child(node, SyntaxKind::ORDER_BY_CLAUSE);
        let cut = node
            .children()
            .filter(|c| is_tail(c.kind()))
            .map(|c| words_of(&c).start)
            .min();
        let end = match (&order, cut) {
            (Some(order), _) => words_of(order).end,
            (None, Some(cut)) => cut,
            (None, None) => whole.end,
        };
        // What follows stood behind a space already, or nothing does.
        let after = if order.is_none() && cut.is_some() {
            " "
        } else {
            ""
        };
        let on = keys_on(node);
        let dice = match &order {
            Some(_) => format!(", {DICE}"),
            None => format!(" ORDER BY {}{DICE}", on.concat()),
        };
        if is_plain(node) {
            return Some(vec![Change::Put(end..end, dice + after)]);
        }
        let takes_first = !on.is_empty();
        let keys = match &order {
            Some(order) => hoisted(node, order, takes_first)?,
            None => String::new(),
        };
        // Which of alike rows is the first is by lot, too.
        let within = if takes_first { &*dice } else { "" };
        Some(vec![Change::Around(
            whole.start..end,
            "SELECT * FROM (".to_owned(),
            format!("{within}) AS shuffled ORDER BY {keys}{DICE}{after}"),
        )])
    }
}

/// Whether a statement is in no other and in no expression.
fn is_outermost(node: &SyntaxNode) -> bool {
    let mut around = node.ancestors().skip(1);
    !around.any(|around| matches!(role(around.kind()), Role::Select | Role::Expression))
}
