//! Conditions: what chooses rows, by what, and how narrowly.
//!
//! Why: a predicate on a classified column tells its value to whoever asks often enough, and a
//! DELETE whose WHERE is always true is a DELETE without one.
//! How narrowly it chooses is summed up in `narrow`.

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::narrow::Narrow;
use crate::operator::Op;
use crate::reader::{Reader, child, has_token};
use crate::scope::Scope;
use crate::tree::{Role, role};
use crate::value::{MIXED, Origin, Touch, Value};

/// What a condition amounts to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    /// Always true, or always false, where that is plain.
    pub(crate) always: Option<bool>,
    /// What it says of how many rows there are of which source.
    pub(crate) narrow: Narrow,
    /// The truth value, as a value.
    pub(crate) value: Value,
}

const BOOL: u32 = 16;

/// The expression children of a node.
pub(crate) fn operands(node: &SyntaxNode) -> Vec<SyntaxNode> {
    node.children()
        .filter(|child| role(child.kind()) == Role::Expression)
        .collect()
}

impl Reader<'_> {
    /// Reads a condition, noting the classified columns it chooses by.
    pub(crate) fn condition(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        if !self.descend() {
            self.ascend();
            return Verdict {
                value: Value::opaque(BOOL),
                ..Verdict::default()
            };
        }
        let verdict = match node.kind() {
            SyntaxKind::BIN_EXPR => self.chain(node, scope),
            SyntaxKind::PAREN_EXPR => match operands(node).first() {
                Some(inner) => self.condition(inner, scope),
                None => self.plain(node, scope),
            },
            SyntaxKind::PREFIX_EXPR if has_token(node, SyntaxKind::NOT_KW) => {
                match operands(node).first() {
                    Some(inner) => {
                        let inner = self.condition(inner, scope);
                        Verdict {
                            always: inner.always.map(|b| !b),
                            value: inner.value,
                            ..Verdict::default()
                        }
                    }
                    None => self.plain(node, scope),
                }
            }
            _ => self.unknown(node, |reader| reader.single(node, scope)),
        };
        self.ascend();
        verdict
    }

    /// A condition that is not made of others.
    fn single(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        match node.kind() {
            SyntaxKind::POSTFIX_EXPR => self.postfix(node, scope),
            SyntaxKind::BETWEEN_EXPR => self.between(node, scope),
            SyntaxKind::BIN_EXPR => self.comparison(node, scope),
            SyntaxKind::LITERAL => self.literal_condition(node, scope),
            SyntaxKind::CALL_EXPR => match child(node, SyntaxKind::EXISTS_FN) {
                Some(exists) => self.exists(&exists, scope),
                None => self.plain(node, scope),
            },
            _ => self.plain(node, scope),
        }
    }

    /// A chain of binary operators, without a step down for each.
    fn chain(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        let mut links = Vec::new();
        let mut left = node.clone();
        while left.kind() == SyntaxKind::BIN_EXPR {
            let op = self.operator(&left);
            if !matches!(op, Op::And | Op::Or) {
                break;
            }
            let mut sides = operands(&left).into_iter();
            let (Some(next), Some(right)) = (sides.next(), sides.next()) else {
                break;
            };
            links.push((op, right));
            left = next;
        }
        if links.is_empty() {
            return self.unknown(node, |reader| reader.single(node, scope));
        }
        let mut all = if left.kind() == SyntaxKind::BIN_EXPR {
            self.unknown(&left, |reader| reader.single(&left, scope))
        } else {
            self.condition(&left, scope)
        };
        while let Some((op, right)) = links.pop() {
            let right = self.condition(&right, scope);
            let value = self.computed(&[all.value.clone(), right.value.clone()], BOOL);
            all = if op == Op::And {
                both(&all, &right, value)
            } else {
                either(&all, &right, value)
            };
        }
        all
    }

    fn comparison(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        let op = self.operator(node);
        let sides = operands(node);
        let (Some(left), Some(right)) = (sides.first(), sides.get(1)) else {
            return self.plain(node, scope);
        };
        match op {
            Op::Is | Op::IsNot => return self.is(left, right, op, scope),
            Op::Concat | Op::Field | Op::Other => return self.plain(node, scope),
            Op::And | Op::Or => return self.chain(node, scope),
            Op::Equal
            | Op::In
            | Op::Less
            | Op::LessOrEqual
            | Op::Like
            | Op::NotEqual
            | Op::NotIn
            | Op::Pattern => {}
        }
        let l = self.expr(left, scope);
        let r = if matches!(op, Op::In | Op::NotIn) {
            self.members(right, scope)
        } else {
            self.quantified(right, scope)
        };
        if !self.pairs((left, right), op, scope) && !self.folds((left, right), op, scope) {
            self.relate((&l, left), (&r, right), op);
        }
        self.overloads(node, Some(&l), &r.each);
        let narrow = self.narrowed(node, op, (&l, &r), scope);
        let always = self
            .always(left, right, op)
            .or_else(|| same(&l, &r.value, op));
        Verdict {
            always,
            narrow,
            value: self.computed(&[l, r.value], BOOL),
        }
    }

    fn is(&mut self, left: &SyntaxNode, right: &SyntaxNode, op: Op, scope: &Scope<'_>) -> Verdict {
        let value = self.expr(left, scope);
        if has_token(right, SyntaxKind::NULL_KW) {
            return self.nullness(value, op == Op::IsNot);
        }
        self.chooses(&value, FilterForm::Other);
        Verdict {
            value: self.computed(&[value], BOOL),
            ..Verdict::default()
        }
    }

    /// IS NULL on a column tells nothing of its value; on a computation it may tell all.
    fn nullness(&mut self, value: Value, is_not: bool) -> Verdict {
        self.ranged_over(&value);
        self.chooses(&value, FilterForm::Nullness);
        let Origin::Bare(col) = value.origin else {
            return Verdict {
                value: self.computed(&[value], BOOL),
                ..Verdict::default()
            };
        };
        let catalog = self.world.catalog;
        let is_filled = catalog.relation(col.relation).is_some_and(|relation| {
            relation
                .columns
                .iter()
                .any(|c| c.number == col.number && c.is_not_null)
        });
        let always = is_filled.then_some(is_not);
        let touch = if value.touch == Touch::None {
            Touch::None
        } else {
            Touch::Mentions
        };
        let value = Value {
            from: if value.from == 0 { 0 } else { MIXED },
            touch,
            ..Value::clean(BOOL)
        };
        Verdict {
            always,
            value,
            ..Verdict::default()
        }
    }

    fn postfix(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        let is_null = has_token(node, SyntaxKind::ISNULL_KW);
        let is_not_null = has_token(node, SyntaxKind::NOTNULL_KW);
        match operands(node).first() {
            Some(inner) if is_null || is_not_null => {
                let value = self.expr(inner, scope);
                self.nullness(value, is_not_null)
            }
            _ => self.plain(node, scope),
        }
    }

    fn between(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        let parts = operands(node);
        let values: Vec<Value> = parts.iter().map(|n| self.expr(n, scope)).collect();
        let (first, ends) = (values.first(), parts.get(1..).unwrap_or_default());
        let is_years = first.is_some_and(|first| self.is_between_years(first, ends));
        let form = if is_years {
            FilterForm::Shown
        } else {
            FilterForm::Range
        };
        for value in &values {
            self.ranged_over(value);
            self.chooses(value, form);
        }
        self.bounds(&values);
        let [target, ends @ ..] = values.as_slice() else {
            return self.plain(node, scope);
        };
        let narrow = if has_token(node, SyntaxKind::NOT_KW) || ends.len() != 2 {
            Narrow::default()
        } else {
            let is_symmetric = child(node, SyntaxKind::SYMMETRIC).is_some()
                || has_token(node, SyntaxKind::SYMMETRIC_KW);
            self.between_ends(target, &operands(node), is_symmetric)
        };
        Verdict {
            always: None,
            narrow,
            value: self.computed(&values, BOOL),
        }
    }

    fn literal_condition(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        let always = if has_token(node, SyntaxKind::TRUE_KW) {
            Some(true)
        } else if has_token(node, SyntaxKind::FALSE_KW) || has_token(node, SyntaxKind::NULL_KW) {
            Some(false)
        } else {
            None
        };
        Verdict {
            always,
            value: self.expr(node, scope),
            ..Verdict::default()
        }
    }

    fn exists(&mut self, exists: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        let select = exists.children().find(|c| role(c.kind()) == Role::Select);
        let Some(select) = select else {
            self.unread(exists);
            return Verdict {
                value: Value::opaque(BOOL),
                ..Verdict::default()
            };
        };
        let rows = self.select(&select, scope);
        Verdict {
            narrow: Narrow::of_fixed(rows.fixed),
            value: Value::clean(BOOL).of_rows(),
            ..Verdict::default()
        }
    }

    /// A condition that is only a value.
    fn plain(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Verdict {
        let value = self.expr(node, scope);
        self.chooses(&value, FilterForm::Other);
        if let Origin::Bare(_) = value.origin {
            // A column of truth values compared with true.
            self.chooses(&value, FilterForm::Equality);
        }
        Verdict {
            value,
            ..Verdict::default()
        }
    }
}

/// A column compared with itself.
fn same(l: &Value, r: &Value, op: Op) -> Option<bool> {
    let is_same = l.touch == r.touch
        && l.from == r.from
        && l.touch != Touch::Mentions
        && l.origin == r.origin
        && matches!(l.origin, Origin::Bare(_));
    match op {
        Op::Equal | Op::LessOrEqual | Op::Like if is_same => Some(true),
        Op::NotEqual | Op::Less if is_same => Some(false),
        _ => None,
    }
}

fn both(l: &Verdict, r: &Verdict, value: Value) -> Verdict {
    let always = match (l.always, r.always) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    let mut narrow = l.narrow.clone();
    narrow.and(&r.narrow);
    Verdict {
        always,
        narrow,
        value,
    }
}

fn either(l: &Verdict, r: &Verdict, value: Value) -> Verdict {
    let always = match (l.always, r.always) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    // An arm that never holds adds no rows.
    let narrow = match (l.always, r.always) {
        (Some(false), _) => r.narrow.clone(),
        (_, Some(false)) => l.narrow.clone(),
        _ => l.narrow.or(&r.narrow),
    };
    Verdict {
        always,
        narrow,
        value,
    }
}
