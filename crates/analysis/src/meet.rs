//! Comparisons of a classified column: with what, in which form, and where its constants stand.
//!
//! Why: an equality with a constant that a client wrote can be turned back into one with what is
//! stored; one with anything else compares what is hidden with what its reader knows.
//! What a place is stands in `place`, what a condition amounts to besides in `condition`.

use std::ops::Range;

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::compare::Side;
use crate::condition::operands;
use crate::operator::Op;
use crate::place::{At, KeptText, Noted, Usage};
use crate::reader::{Reader, child};
use crate::scope::Scope;
use crate::tree::{Role, is_of_rows, role};
use crate::value::{Col, Origin, Value};
use crate::world::is_text_like;

/// A value, and the expression that gives it.
type Operand<'a> = (&'a Value, &'a SyntaxNode);

/// Whose constants are being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The client's, in the text he sent.
    Client,
    /// Those of whoever made a view, a rule or a body.
    Definer,
    /// The client's, in a text he sent before.
    Kept,
    /// The client's, in SQL that stands in a constant, or that will stand in the catalog.
    Quoted,
}

/// How a constant is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) is_array: bool,
    pub(crate) type_oid: u32,
}

impl Reader<'_> {
    /// Notes in which form the classified sides of a comparison choose.
    pub(crate) fn relate(
        &mut self,
        (l, left): Operand<'_>,
        (r, right): (&Side, &SyntaxNode),
        op: Op,
    ) {
        // An element of a column that is an array.
        let is_within = r.is_quantified && !r.is_rows;
        let l_form = self.form((l, &r.value), op, |reader| reader.stands(l, right, op));
        let r_form = self.form((&r.value, l), op, |reader| {
            if is_within {
                reader.stands_within(&r.value, left)
            } else {
                reader.stands(&r.value, left, op)
            }
        });
        for (value, form) in [(l, l_form), (&r.value, r_form)] {
            // Looked up one after another in an index, they come in its order.
            if form == FilterForm::Join || op == Op::In {
                self.sorts_coming(value);
            }
            let is_year = form == FilterForm::Range && self.is_year_end(value, (left, right));
            if is_year {
                self.ranged_over(value);
            }
            let form = if is_year { FilterForm::Shown } else { form };
            self.chooses(value, form);
        }
    }

    /// In which form a value chooses, held against another.
    fn form(
        &mut self,
        (value, other): (&Value, &Value),
        op: Op,
        meets: impl FnOnce(&mut Self) -> bool,
    ) -> FilterForm {
        // Held against a column that may be seen, a masked one is read off it: a join is one only
        // between two that are hidden alike.
        let is_classified = self.is_classified();
        let is_hidden =
            |value: &Value| matches!(value.origin, Origin::Bare(col) if is_classified(col));
        match op {
            Op::Less | Op::LessOrEqual => FilterForm::Range,
            Op::Like | Op::Pattern => FilterForm::Pattern,
            _ if other.is_constant && is_hidden(value) && !meets(self) => FilterForm::Other,
            _ if other.is_constant => FilterForm::Equality,
            _ => self.joining(value, other),
        }
    }

    /// Rows compared column by column: `(a, b) = ('x', 'y')`, `(a, b) IN (('x', 'y'), …)`. Whether
    /// it was such a comparison.
    pub(crate) fn pairs(
        &mut self,
        (left, right): (&SyntaxNode, &SyntaxNode),
        op: Op,
        scope: &Scope<'_>,
    ) -> bool {
        let is_row = |node: &SyntaxNode| node.kind() == SyntaxKind::TUPLE_EXPR;
        let (rows, op) = match op {
            Op::Equal | Op::NotEqual => (vec![right.clone()], op),
            Op::In => (operands(right), Op::Equal),
            Op::NotIn => (operands(right), Op::NotEqual),
            _ => return false,
        };
        let columns = operands(left);
        let is_alike = |row: &SyntaxNode| is_row(row) && operands(row).len() == columns.len();
        if !is_row(left) || rows.is_empty() || !rows.iter().all(is_alike) {
            return false;
        }
        for (at, column) in columns.iter().enumerate() {
            let value = self.expr(column, scope);
            for member in rows
                .iter()
                .filter_map(|row| operands(row).into_iter().nth(at))
            {
                let side = Side::of(self.expr(&member, scope));
                self.relate((&value, column), (&side, &member), op);
            }
        }
        true
    }

    /// Whether `node`, held against a classified column for equality, is nothing but constants of
    /// which each is known: their places are noted.
    pub(crate) fn stands(&mut self, column: &Value, node: &SyntaxNode, op: Op) -> bool {
        let Origin::Bare(col) = column.origin else {
            return false;
        };
        if !self.is_classified()(col) {
            return true;
        }
        if !matches!(op, Op::Equal | Op::In | Op::NotEqual | Op::NotIn) {
            return false;
        }
        let (own, is_array) = self.read_as(column.type_oid);
        let quantifier = quantifier(node);
        let taken = Taken {
            is_array: is_array || quantifier.is_some(),
            type_oid: own,
        };
        let constants = match (&quantifier, op) {
            // An array of arrays is one whose elements are the column's.
            (Some(quantifier), _) => operands(quantifier),
            (None, Op::In | Op::NotIn) => match node.kind() {
                SyntaxKind::TUPLE_EXPR | SyntaxKind::PAREN_EXPR => operands(node),
                _ => return false,
            },
            _ => vec![node.clone()],
        };
        self.noted(&constants, taken, (col, Usage::Compared))
    }

    /// The same for a constant on the left of `= ANY (column)`, whose elements are meant.
    pub(crate) fn stands_within(&mut self, column: &Value, node: &SyntaxNode) -> bool {
        let Origin::Bare(col) = column.origin else {
            return false;
        };
        let (own, is_array) = self.read_as(column.type_oid);
        let taken = Taken {
            is_array: false,
            type_oid: own,
        };
        is_array && self.noted(std::slice::from_ref(node), taken, (col, Usage::Compared))
    }

    /// Notes all of them, or none.
    pub(crate) fn noted(
        &mut self,
        nodes: &[SyntaxNode],
        taken: Taken,
        (col, usage): (Col, Usage),
    ) -> bool {
        let mut found = Vec::new();
        let are_known = nodes
            .iter()
            .all(|node| self.constants(node, taken, taken, &mut found));
        if !are_known {
            return false;
        }
        let is_open = matches!(usage, Usage::Compared) && !found.is_empty();
        if let Some(gathered) = self.gathered.as_mut().filter(|_| is_open)
            && !gathered.held.contains(&col)
        {
            gathered.held.push(col);
        }
        for (at, taken) in found {
            let place = Noted {
                at,
                col,
                is_array: taken.is_array,
                is_shared: false,
                type_oid: taken.type_oid,
                usage,
            };
            self.notes.place(place);
        }
        true
    }

    /// The constants a node is made of; `false` where it is made of anything else.
    fn constants(
        &mut self,
        node: &SyntaxNode,
        taken: Taken,
        own: Taken,
        found: &mut Vec<(At, Taken)>,
    ) -> bool {
        let inner = operands(node);
        match node.kind() {
            SyntaxKind::PAREN_EXPR if child(node, SyntaxKind::SELECT).is_none() => {
                matches!(inner.as_slice(), [only] if self.constants(only, taken, own, found))
            }
            SyntaxKind::CAST_EXPR => {
                let kind = node.children().find(|c| role(c.kind()) == Role::Type);
                let (Some(kind), [only]) = (kind, inner.as_slice()) else {
                    return false;
                };
                let written = self.written(&kind);
                let (type_oid, is_array) = self.elements_of(&kind, written.oid);
                let is_plain = type_oid != 0 && !written.has_modifier;
                let is_alike = is_array == taken.is_array && self.is_kin(type_oid, own.type_oid);
                let taken = Taken { is_array, type_oid };
                is_plain && is_alike && self.constants(only, taken, own, found)
            }
            // One of rows lists none, whatever they hold.
            SyntaxKind::ARRAY_EXPR if taken.is_array && !is_of_rows(node) => {
                let taken = Taken {
                    is_array: false,
                    ..taken
                };
                inner
                    .iter()
                    .all(|element| self.constants(element, taken, own, found))
            }
            SyntaxKind::LITERAL => self.constant_at(node, taken, own, found),
            _ => false,
        }
    }

    /// One constant.
    fn constant_at(
        &mut self,
        node: &SyntaxNode,
        taken: Taken,
        own: Taken,
        found: &mut Vec<(At, Taken)>,
    ) -> bool {
        let mut tokens = node
            .children_with_tokens()
            .filter(|element| !element.kind().is_trivia());
        let (Some(token), None) = (tokens.next(), tokens.next()) else {
            return false;
        };
        let span = usize::from(token.text_range().start())..usize::from(token.text_range().end());
        let text = node.text().to_string();
        let number = match token.kind() {
            SyntaxKind::NULL_KW | SyntaxKind::DEFAULT_KW => return true,
            SyntaxKind::POSITIONAL_PARAM => text.get(1..).and_then(|n| n.parse::<usize>().ok()),
            SyntaxKind::INT_NUMBER | SyntaxKind::NUMERIC_NUMBER => {
                if taken.is_array || !is_number(self.base_of(own.type_oid)) {
                    return false;
                }
                None
            }
            SyntaxKind::STRING | SyntaxKind::ESC_STRING | SyntaxKind::DOLLAR_QUOTED_STRING => None,
            _ => return false,
        };
        let at = match (self.whose(), number) {
            (Whose::Quoted, _) | (Whose::Definer, Some(_)) => return false,
            // Whoever made it chose it: nobody asks with it.
            (Whose::Definer, None) => return true,
            (Whose::Client, Some(number)) => At::Parameter {
                number: number.saturating_sub(1),
                span,
            },
            (Whose::Client, None) => At::Literal(span),
            (Whose::Kept, number) => {
                let Some((at, is_cursor)) = self.kept_text.as_ref().map(KeptText::at) else {
                    return false;
                };
                found.push((at, taken));
                // What a cursor was given it has kept; EXECUTE hands its own in.
                let Some(number) = number.filter(|_| !is_cursor) else {
                    return true;
                };
                return self.handed_in(number.saturating_sub(1), span, (taken, own), found);
            }
        };
        found.push((at, taken));
        true
    }

    /// A parameter of a text that EXECUTE runs: the constant is what it hands in.
    fn handed_in(
        &mut self,
        number: usize,
        span: Range<usize>,
        (taken, own): (Taken, Taken),
        found: &mut Vec<(At, Taken)>,
    ) -> bool {
        let Some(mut kept) = self.kept_text.take() else {
            return false;
        };
        let is_known = match kept.arguments.get(number).cloned() {
            Some(argument) => {
                self.kept_text = kept.within.take().map(|within| *within);
                let is_own = std::mem::replace(&mut self.is_own_text, self.kept_text.is_none());
                let is_known = self.constants(&argument, taken, own, found);
                self.is_own_text = is_own;
                kept.within = self.kept_text.take().map(Box::new);
                is_known
            }
            None => false,
        };
        kept.used.push((number, span));
        self.kept_text = Some(kept);
        is_known
    }

    pub(crate) fn whose(&self) -> Whose {
        if !self.views.is_empty() || !self.active.is_empty() || !self.rules.is_empty() {
            Whose::Definer
        } else if self.is_own_text && !self.defines {
            Whose::Client
        } else if self.kept_text.is_some() {
            Whose::Kept
        } else {
            Whose::Quoted
        }
    }

    /// The same for a type as it is written; not every array's own type is in the catalog.
    fn elements_of(&mut self, kind: &SyntaxNode, type_oid: u32) -> (u32, bool) {
        let is_bound = |c: &SyntaxNode| c.kind() == SyntaxKind::ARRAY_BOUND;
        let element = (kind.kind() == SyntaxKind::ARRAY_TYPE)
            .then(|| kind.children().find(|c| !is_bound(c)))
            .flatten();
        match element {
            Some(element) => {
                let written = self.written(&element);
                (self.base_of(written.oid), true)
            }
            None => self.read_as(type_oid),
        }
    }

    /// What a type's values are read by: a domain's base, an array's elements.
    pub(crate) fn read_as(&self, type_oid: u32) -> (u32, bool) {
        let base = self.base_of(type_oid);
        match self.world.catalog.type_of(base) {
            Some(found) if found.category == 'A' && found.element != 0 => {
                (self.base_of(found.element), true)
            }
            _ => (base, false),
        }
    }

    /// Whether constants of these types are read alike, so that one may stand for the other.
    fn is_kin(&self, one: u32, other: u32) -> bool {
        let catalog = self.world.catalog;
        let is_text = |oid: u32| {
            oid != 19
                && (is_text_like(oid)
                    || catalog
                        .type_of(oid)
                        .is_some_and(|found| found.category == 'S'))
        };
        let is_instant = |oid: u32| matches!(oid, 1082 | 1114 | 1184);
        let is_address = |oid: u32| matches!(oid, 650 | 869);
        let are = |is: &dyn Fn(u32) -> bool| is(one) && is(other);
        one == other || are(&is_text) || are(&is_number) || are(&is_instant) || are(&is_address)
    }
}

fn is_number(oid: u32) -> bool {
    matches!(oid, 20 | 21 | 23 | 26 | 700 | 701 | 790 | 1700)
}

/// ANY, SOME or ALL, where a node is a call of one.
fn quantifier(node: &SyntaxNode) -> Option<SyntaxNode> {
    let is_one = |c: &SyntaxNode| {
        matches!(
            c.kind(),
            SyntaxKind::ALL_FN | SyntaxKind::ANY_FN | SyntaxKind::SOME_FN
        )
    };
    (node.kind() == SyntaxKind::CALL_EXPR)
        .then(|| node.children().find(is_one))
        .flatten()
}
