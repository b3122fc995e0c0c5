//! The right-hand side of a comparison, and constants compared with one another.
//!
//! Why: `id IN (SELECT id FROM t)` chooses every row of `t`, and so does `'a' = 'a'`.
//! It folds only what is plainly constant.

use squawk_syntax::ast::AstNode;
use squawk_syntax::{SyntaxKind, SyntaxNode, ast};

use crate::condition::{bounds_value, operands};
use crate::operator::Op;
use crate::reader::{Reader, child, has_token};
use crate::scope::Scope;
use crate::select::Rows;
use crate::tree::{Role, role};
use crate::value::{Touch, Value};

/// One side of a comparison.
pub(crate) struct Side {
    pub(crate) is_all: bool,
    /// It is some rows of a sub-select, not all.
    pub(crate) is_chosen: bool,
    pub(crate) is_quantified: bool,
    /// Whether it is known not to be simply every row of the changed relation.
    pub(crate) narrows: bool,
    pub(crate) value: Value,
}

impl Side {
    fn of(value: Value) -> Self {
        let (is_all, is_quantified, is_chosen) = (false, false, false);
        Self {
            is_all,
            is_chosen,
            is_quantified,
            narrows: true,
            value,
        }
    }

    fn rows(rows: Rows, is_correlated: bool) -> Self {
        let narrows = rows.narrows || rows.is_from_elsewhere;
        let mut value = match rows.fields.into_iter().next() {
            Some(field) => field.value,
            None => Value::opaque(0),
        };
        value.is_constant = false;
        if is_correlated {
            // What hangs on the row itself may be the row itself.
            value.touch = Touch::Mentions;
        }
        Self {
            is_chosen: rows.narrows,
            narrows,
            ..Self::of(value)
        }
    }

    /// Whether this side is a column that the other narrows.
    pub(crate) fn bounds(&self, other: &Value) -> bool {
        bounds_value(&self.value, other)
    }
}

/// A constant, as far as constants are compared here.
#[derive(PartialEq)]
enum Constant {
    Null,
    Number(String),
    Text(String),
    Truth(bool),
}

impl Reader<'_> {
    fn sub_rows(&mut self, select: &SyntaxNode, scope: &Scope<'_>) -> Side {
        let before = self.touches;
        let rows = self.select(select, scope);
        Side::rows(rows, self.touches != before)
    }

    /// The right side of IN.
    pub(crate) fn members(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Side {
        if let Some(select) = node.children().find(|c| role(c.kind()) == Role::Select) {
            return self.sub_rows(&select, scope);
        }
        if role(node.kind()) == Role::Select {
            return self.sub_rows(node, scope);
        }
        let values: Vec<Value> = match node.kind() {
            SyntaxKind::TUPLE_EXPR | SyntaxKind::PAREN_EXPR => operands(node)
                .iter()
                .map(|member| self.expr(member, scope))
                .collect(),
            _ => vec![self.expr(node, scope)],
        };
        if let [only] = values.as_slice() {
            return Side::of(only.clone());
        }
        let is_constant = values.iter().all(|value| value.is_constant);
        Side::of(Value {
            is_constant,
            ..self.computed(&values, 0)
        })
    }

    /// The right side of any other comparison: it may be ANY, SOME or ALL of something.
    pub(crate) fn quantified(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Side {
        let quantifier = (node.kind() == SyntaxKind::CALL_EXPR)
            .then(|| {
                node.children().find(|c| {
                    matches!(
                        c.kind(),
                        SyntaxKind::ALL_FN | SyntaxKind::ANY_FN | SyntaxKind::SOME_FN
                    )
                })
            })
            .flatten();
        if let Some(quantifier) = quantifier {
            let inner = quantifier
                .children()
                .find(|c| matches!(role(c.kind()), Role::Expression | Role::Select));
            let Some(inner) = inner else {
                self.unread(&quantifier);
                return Side::of(Value::opaque(0));
            };
            let side = if role(inner.kind()) == Role::Select {
                self.sub_rows(&inner, scope)
            } else {
                Side::of(self.expr(&inner, scope))
            };
            let is_all = quantifier.kind() == SyntaxKind::ALL_FN;
            return Side {
                is_all,
                is_quantified: true,
                ..side
            };
        }
        let select = (node.kind() == SyntaxKind::PAREN_EXPR)
            .then(|| node.children().find(|c| role(c.kind()) == Role::Select))
            .flatten();
        match select {
            Some(select) => self.sub_rows(&select, scope),
            None => Side::of(self.expr(node, scope)),
        }
    }

    /// Whether a pattern fixes how a value begins.
    pub(crate) fn is_prefix(&mut self, node: &SyntaxNode) -> bool {
        let Some(Constant::Text(pattern)) = self.constant(node) else {
            // A parameter: its value is judged where it is bound, not here.
            return false;
        };
        self.used_in_write();
        !pattern.is_empty() && !pattern.starts_with(['%', '_'])
    }

    /// What a comparison of two constants always is.
    #[expect(clippy::match_same_arms, reason = "a table by operator")]
    pub(crate) fn always(&mut self, l: &SyntaxNode, r: &SyntaxNode, op: Op) -> Option<bool> {
        let (left, right) = (self.constant(l)?, self.constant(r)?);
        self.used_in_write();
        if left == Constant::Null || right == Constant::Null {
            return Some(false);
        }
        match op {
            Op::Equal | Op::In => Some(left == right),
            Op::NotEqual => Some(left != right),
            Op::LessOrEqual if left == right => Some(true),
            Op::Less if left == right => Some(false),
            Op::Like if left == right => Some(true),
            _ => None,
        }
    }

    #[expect(
        clippy::self_only_used_in_recursion,
        reason = "it asks the reader, as its callers do"
    )]
    fn constant(&self, node: &SyntaxNode) -> Option<Constant> {
        match node.kind() {
            SyntaxKind::PAREN_EXPR | SyntaxKind::CAST_EXPR => match operands(node).as_slice() {
                [only] if child(node, SyntaxKind::SELECT).is_none() => self.constant(only),
                _ => None,
            },
            SyntaxKind::LITERAL => {
                if has_token(node, SyntaxKind::POSITIONAL_PARAM) {
                    return None;
                }
                if has_token(node, SyntaxKind::NULL_KW) {
                    return Some(Constant::Null);
                }
                if has_token(node, SyntaxKind::TRUE_KW) || has_token(node, SyntaxKind::FALSE_KW) {
                    return Some(Constant::Truth(has_token(node, SyntaxKind::TRUE_KW)));
                }
                let literal = ast::Literal::cast(node.clone())?;
                if let Some(number) = literal.integer_value() {
                    return Some(Constant::Number(number.to_string()));
                }
                if has_token(node, SyntaxKind::NUMERIC_NUMBER) {
                    return Some(Constant::Number(node.text().to_string()));
                }
                literal.string_value().map(Constant::Text)
            }
            _ => None,
        }
    }

    /// The content of a string constant, which the answer then depends on.
    pub(crate) fn string(&mut self, node: &SyntaxNode) -> Option<String> {
        match self.constant(node)? {
            Constant::Text(text) => {
                self.used_literal();
                Some(text)
            }
            Constant::Null | Constant::Number(_) | Constant::Truth(_) => None,
        }
    }
}
