//! The right-hand side of a comparison, and constants compared with one another.
//!
//! Why: `id IN (SELECT id FROM t)` chooses every row of `t`, and so does `'a' = 'a'`.
//! It folds only what is plainly constant.

use squawk_syntax::ast::AstNode;
use squawk_syntax::{SyntaxKind, SyntaxNode, ast};

use crate::condition::operands;
use crate::expr::RECORD;
use crate::narrow::{self, End, Narrow};
use crate::operator::Op;
use crate::reader::{Reader, child, has_token};
use crate::scope::Scope;
use crate::select::Rows;
use crate::tree::{Role, role};
use crate::value::{Touch, Value};

/// One side of a comparison.
pub(crate) struct Side {
    /// What the other side is held against, one by one.
    pub(crate) each: Vec<Value>,
    pub(crate) is_all: bool,
    /// The sub-select hangs on the row it is compared with.
    pub(crate) is_correlated: bool,
    pub(crate) is_quantified: bool,
    /// It is rows of a sub-select.
    pub(crate) is_rows: bool,
    pub(crate) value: Value,
}

impl Side {
    /// As one value, and what the other side is held against one by one.
    pub(crate) fn parted(self) -> (Value, Vec<Value>) {
        (self.value, self.each)
    }

    pub(crate) fn of(value: Value) -> Self {
        let (is_all, is_quantified, is_rows, is_correlated) = (false, false, false, false);
        Self {
            each: vec![value.clone()],
            is_all,
            is_correlated,
            is_quantified,
            is_rows,
            value,
        }
    }

    fn rows(rows: Rows, is_correlated: bool) -> Self {
        // Of several columns it is a row.
        let each = match rows.fields.as_slice() {
            [_, _, ..] => Some(Value {
                row: Some(rows.fields.clone().into()),
                ..Value::clean(RECORD)
            }),
            _ => None,
        };
        let value = match rows.fields.into_iter().next() {
            Some(field) => field.value,
            None => Value::opaque(0),
        };
        let value = Value {
            is_constant: false,
            // What hangs on the row itself may be the row itself.
            touch: if is_correlated {
                Touch::Mentions
            } else {
                value.touch
            },
            ..value.of_rows()
        };
        let side = Self::of(value);
        Self {
            each: each.map_or(side.each, |row| vec![row]),
            is_correlated,
            is_rows: true,
            ..side
        }
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
        let mark = self.sources;
        let lowest = std::mem::replace(&mut self.lowest, u32::MAX);
        let rows = self.select(select, scope);
        let is_correlated = self.lowest <= mark;
        self.lowest = self.lowest.min(lowest);
        Side::rows(rows, is_correlated)
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
        self.meets(&values);
        let side = Side::of(Value {
            is_constant,
            ..self.computed(&values, 0)
        });
        Side {
            each: values,
            ..side
        }
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
            let each = if side.is_rows {
                side.each
            } else {
                let arrays = side.each.into_iter();
                arrays.map(|array| self.element(array)).collect()
            };
            return Side {
                each,
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

    /// What a comparison says of how many rows there are.
    pub(crate) fn narrowed(
        &mut self,
        node: &SyntaxNode,
        op: Op,
        (l, r): (&Value, &Side),
        scope: &Scope<'_>,
    ) -> Narrow {
        let sides = operands(node);
        let (Some(left), Some(right)) = (sides.first(), sides.get(1)) else {
            return Narrow::default();
        };
        match op {
            Op::Equal if r.is_all => Narrow::default(),
            // `IS NOT DISTINCT FROM NULL` is IS NULL.
            Op::Equal if matches!(self.constant(right), Some(Constant::Null)) => Narrow::default(),
            Op::Equal | Op::In => self.equalled(op, (l, left), (r, right), scope),
            Op::Less | Op::LessOrEqual if !r.is_quantified => {
                let is_upper =
                    !(has_token(node, SyntaxKind::R_ANGLE) || has_token(node, SyntaxKind::GTEQ));
                let mut narrow = Narrow::default();
                if let Some(end) = self.end(right) {
                    narrow.and(&self.limit(l, end, is_upper));
                }
                if let Some(end) = self.end(left) {
                    narrow.and(&self.limit(&r.value, end, !is_upper));
                }
                narrow
            }
            Op::Like => match self.constant(right) {
                Some(Constant::Text(pattern)) => {
                    self.used_in_write();
                    if pattern.contains(['%', '_', '\\']) {
                        return Narrow::default();
                    }
                    Narrow::fixing(l)
                }
                _ => Narrow::default(),
            },
            _ => Narrow::default(),
        }
    }

    fn equalled(
        &mut self,
        op: Op,
        (l, left): (&Value, &SyntaxNode),
        (r, right): (&Side, &SyntaxNode),
        scope: &Scope<'_>,
    ) -> Narrow {
        if r.is_rows {
            // One row at most, or rows that are few.
            let is_one = op == Op::Equal && !r.is_quantified;
            let is_few = !r.is_correlated && (is_one || r.value.is_narrow);
            return if is_few {
                Narrow::fixing(l)
            } else {
                Narrow::default()
            };
        }
        if left.kind() == SyntaxKind::TUPLE_EXPR {
            return self.tuples(left, r, right, scope);
        }
        if r.is_quantified && r.value.from != 0 {
            return Narrow::default();
        }
        Narrow::equal(l, &r.value)
    }

    /// `(a, b) = (1, 2)`, `(a, b) IN ((1, 2), (3, 4))`.
    fn tuples(
        &mut self,
        left: &SyntaxNode,
        r: &Side,
        right: &SyntaxNode,
        scope: &Scope<'_>,
    ) -> Narrow {
        let is_list = matches!(
            right.kind(),
            SyntaxKind::PAREN_EXPR | SyntaxKind::TUPLE_EXPR
        );
        let mut narrow = Narrow::default();
        if is_list && r.value.from == 0 {
            for column in operands(left) {
                narrow.and(&Narrow::fixing(&self.expr(&column, scope)));
            }
        }
        narrow
    }

    /// `column BETWEEN a AND b`; with SYMMETRIC, of the two ends either may be the lower.
    pub(crate) fn between_ends(
        &mut self,
        column: &Value,
        parts: &[SyntaxNode],
        is_symmetric: bool,
    ) -> Narrow {
        let mut narrow = Narrow::default();
        if let [_, from, to] = parts
            && let (Some(from), Some(to)) = (self.end(from), self.end(to))
        {
            let (from, to) = if is_symmetric {
                narrow::ordered(from, to)
            } else {
                (from, to)
            };
            narrow.and(&self.limit(column, from, false));
            narrow.and(&self.limit(column, to, true));
        }
        narrow
    }

    /// A column on one side of an end, where the server orders its values as we do: texts lie
    /// otherwise than the numbers they spell.
    fn limit(&self, column: &Value, end: End, is_upper: bool) -> Narrow {
        let type_oid = self.base_of(column.type_oid);
        let is_ordered_alike = match end {
            End::Number(_) => matches!(type_oid, 20 | 21 | 23 | 26 | 700 | 701 | 790 | 1700),
            End::Day(_) => matches!(type_oid, 1082 | 1114 | 1184),
        };
        if is_ordered_alike {
            Narrow::limit(column, end, is_upper)
        } else {
            Narrow::default()
        }
    }

    /// The end of a range, where it can be seen.
    fn end(&mut self, node: &SyntaxNode) -> Option<End> {
        if node.kind() == SyntaxKind::PREFIX_EXPR && has_token(node, SyntaxKind::MINUS) {
            let inner = operands(node).into_iter().next()?;
            return match self.end(&inner)? {
                End::Number(number) => Some(End::Number(-number)),
                End::Day(_) => None,
            };
        }
        let end = match self.constant(node)? {
            Constant::Number(number) => End::Number(number.parse().ok()?),
            Constant::Text(text) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => End::Number(number),
                _ => End::Day(narrow::day(&text)?),
            },
            Constant::Null | Constant::Truth(_) => return None,
        };
        self.used_in_write();
        Some(end)
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
