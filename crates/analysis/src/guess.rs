//! How many constants a classified column is held against.
//!
//! Why: who names half of all days in one list is told in which half a birthday lies: a list that
//! is long enough is a range. What a client hands in as an array may be as long as it likes.
//! What a comparison is besides is in `condition` and `compare`.

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::operator::Op;
use crate::reader::{Reader, has_token};
use crate::value::{Origin, Value};

/// What may hold any number of them.
const ANY_NUMBER: usize = usize::MAX;

impl Reader<'_> {
    /// A column is compared with constants that stand in `node`.
    pub(crate) fn guessed(&mut self, column: &Value, (other, node): (&Value, &SyntaxNode), op: Op) {
        let is_equal = matches!(op, Op::Equal | Op::In | Op::NotEqual | Op::NotIn);
        let Origin::Bare(col) = column.origin else {
            return;
        };
        if is_equal && other.is_constant && self.is_classified()(col) {
            let is_list = matches!(op, Op::In | Op::NotIn);
            let count = if is_list {
                operands(node).len().max(1)
            } else {
                self.compared_with(node)
            };
            self.notes.guess(col, count, FilterForm::Range);
        }
    }

    fn compared_with(&mut self, node: &SyntaxNode) -> usize {
        let quantifier = node.children().find(|c| {
            matches!(
                c.kind(),
                SyntaxKind::ALL_FN | SyntaxKind::ANY_FN | SyntaxKind::SOME_FN
            )
        });
        match quantifier {
            None => 1,
            Some(quantifier) => self.held(&operands(&quantifier)),
        }
    }

    /// The elements of arrays.
    fn held(&mut self, arrays: &[SyntaxNode]) -> usize {
        let counts = arrays.iter().map(|array| self.elements(array));
        counts.fold(0, usize::saturating_add)
    }

    /// The elements of an array, or of what stands in one: that may be one again.
    fn elements(&mut self, node: &SyntaxNode) -> usize {
        if !self.descend() {
            self.ascend();
            return ANY_NUMBER;
        }
        let count = match node.kind() {
            SyntaxKind::ARRAY_EXPR => {
                // A constant without a type of its own is one of the array's.
                let (plain, other): (Vec<_>, Vec<_>) =
                    operands(node).into_iter().partition(is_plain);
                self.held(&other).saturating_add(plain.len())
            }
            SyntaxKind::CAST_EXPR | SyntaxKind::PAREN_EXPR => self.held(&operands(node)),
            SyntaxKind::LITERAL if !is_plain(node) => ANY_NUMBER,
            SyntaxKind::LITERAL => match self.string(node) {
                Some(text) => text.matches(',').count().saturating_add(1),
                None => 1,
            },
            _ => ANY_NUMBER,
        };
        self.ascend();
        count
    }
}

/// Whether a node is a constant and no parameter.
fn is_plain(node: &SyntaxNode) -> bool {
    node.kind() == SyntaxKind::LITERAL && !has_token(node, SyntaxKind::POSITIONAL_PARAM)
}
