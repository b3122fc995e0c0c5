//! Comparisons that pay no heed to case: `lower(email) = lower($1)`.
//!
//! Why: logins, and ORMs' look-ups that ignore case, ask so. The stand-in of an e-mail address in
//! another case is the address' in that case, letter by letter, so that what is held against
//! `lower(email)` is turned back as what is held against `email` is.
//! It holds for no other class, and what a stand-in keeps is `mask`'s to say.

use model::{Class, FilterForm};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::operator::Op;
use crate::reader::{Reader, child};
use crate::scope::Scope;
use crate::value::Value;

impl Reader<'_> {
    /// Reads a comparison of a column's lower, or upper, case with constants that have places;
    /// whether it was one.
    pub(crate) fn folds(
        &mut self,
        (left, right): (&SyntaxNode, &SyntaxNode),
        op: Op,
        scope: &Scope<'_>,
    ) -> bool {
        let is_list = matches!(op, Op::In | Op::NotIn);
        if !is_list && !matches!(op, Op::Equal | Op::NotEqual) {
            return false;
        }
        for (column, constant) in [(left, right), (right, left)] {
            let Some((name, value)) = self.in_case(column, scope) else {
                continue;
            };
            let constants = match constant.kind() {
                SyntaxKind::TUPLE_EXPR | SyntaxKind::PAREN_EXPR if is_list => operands(constant),
                _ if is_list => return false,
                _ => vec![constant.clone()],
            };
            let stands = constants.iter().all(|constant| {
                let inner = self.case_of(constant);
                let inner = inner
                    .filter(|(own, _)| *own == name)
                    .map(|(_, inner)| inner);
                self.stands(&value, inner.as_ref().unwrap_or(constant), Op::Equal)
            });
            if stands && !constants.is_empty() {
                self.chooses(&value, FilterForm::Equality);
                return true;
            }
        }
        false
    }

    /// The column of which an expression is the lower, or upper, case.
    fn in_case(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Option<(String, Value)> {
        let (name, inner) = self.case_of(node)?;
        let value = self.expr(&inner, scope);
        let class = value.bare().and_then(|col| self.class_at(col));
        (class == Some(Class::Email)).then_some((name, value))
    }

    /// `lower(…)` or `upper(…)` of the server's own, and of what.
    fn case_of(&self, node: &SyntaxNode) -> Option<(String, SyntaxNode)> {
        if node.kind() == SyntaxKind::PAREN_EXPR {
            return self.case_of(operands(node).first()?);
        }
        if node.kind() != SyntaxKind::CALL_EXPR || child(node, SyntaxKind::OVER_CLAUSE).is_some() {
            return None;
        }
        let path = Self::dotted(&node.children().next()?)?;
        let (schema, name) = match path.as_slice() {
            [name] => (None, name),
            [schema, name] => (Some(schema.as_str()), name),
            _ => return None,
        };
        let is_case = matches!(name.as_str(), "lower" | "upper");
        let found = self.world.functions(schema, name, Some(1));
        let is_own = found
            .iter()
            .all(|function| &*function.schema == "pg_catalog");
        let arguments: Vec<SyntaxNode> = child(node, SyntaxKind::ARG_LIST)?.children().collect();
        let [argument] = arguments.as_slice() else {
            return None;
        };
        let inner = operands(argument).into_iter().next()?;
        (is_case && is_own && !found.is_empty()).then(|| (name.clone(), inner))
    }
}
