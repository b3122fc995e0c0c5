//! Orders and groups: DISTINCT, GROUP BY, ORDER BY, windows.
//!
//! Why: to order by a column is to choose by it, and a key may be a position, an output's name, or
//! an expression.
//! It sorts nothing.

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::name;
use crate::reader::{Reader, child, has_token};
use crate::scope::{Found, Scope};
use crate::tree::{Role, role};
use crate::value::{Field, Value};

impl Reader<'_> {
    /// DISTINCT, noting what tells rows apart.
    pub(crate) fn distinct(&mut self, select: &SyntaxNode, scope: &Scope<'_>, fields: &[Field]) {
        let Some(distinct) = child(select, SyntaxKind::DISTINCT_CLAUSE) else {
            return;
        };
        match child(&distinct, SyntaxKind::DISTINCT_ON) {
            Some(on) => {
                for key in operands(&on) {
                    let value = self.key(&key, scope, fields, true);
                    self.chooses(&value, FilterForm::Order);
                }
            }
            None => {
                for field in fields {
                    self.chooses(&field.value, FilterForm::Order);
                }
            }
        }
    }

    /// GROUP BY, noting what groups.
    pub(crate) fn group_by(&mut self, group: &SyntaxNode, scope: &Scope<'_>, fields: &[Field]) {
        for node in group.children() {
            match node.kind() {
                SyntaxKind::GROUP_BY_LIST
                | SyntaxKind::GROUPING_EXPR
                | SyntaxKind::GROUPING_ROLLUP
                | SyntaxKind::GROUPING_CUBE
                | SyntaxKind::GROUPING_SETS => self.group_by(&node, scope, fields),
                SyntaxKind::ALL | SyntaxKind::DISTINCT => {}
                kind if role(kind) == Role::Expression => {
                    let value = self.key(&node, scope, fields, false);
                    self.chooses(&value, FilterForm::Order);
                }
                _ => self.unread(&node),
            }
        }
    }

    /// A key of ORDER BY, GROUP BY or DISTINCT ON: a position, an output's name, or an expression.
    fn key(
        &mut self,
        node: &SyntaxNode,
        scope: &Scope<'_>,
        fields: &[Field],
        is_output_first: bool,
    ) -> Value {
        if has_token(node, SyntaxKind::INT_NUMBER) && node.kind() == SyntaxKind::LITERAL {
            self.used_literal();
            let position = node.text().to_string().parse::<usize>().unwrap_or(0);
            let field = position.checked_sub(1).and_then(|at| fields.get(at));
            return field.map_or_else(Value::default, |field| field.value.clone());
        }
        if node.kind() == SyntaxKind::NAME_REF {
            let name = name::of(node);
            let output = fields.iter().find(|field| *field.name == *name);
            let is_input = || matches!(scope.column(&name), Found::Value(_) | Found::Ambiguous);
            if let Some(output) = output
                && (is_output_first || !is_input())
            {
                return output.value.clone();
            }
        }
        self.expr(node, scope)
    }

    /// ORDER BY, noting what orders.
    pub(crate) fn order_by(&mut self, node: &SyntaxNode, scope: &Scope<'_>, fields: &[Field]) {
        for by in node.descendants().filter(|n| is_sort_of(n, node)) {
            let using = child(&by, SyntaxKind::SORT_USING);
            for key in operands(&by) {
                let value = self.key(&key, scope, fields, true);
                self.chooses(&value, FilterForm::Order);
                if let Some(using) = &using {
                    self.overloads(using, Some(&value), std::slice::from_ref(&value));
                }
            }
            if let Some(using) = using {
                self.operator(&using);
            }
        }
    }

    /// ORDER BY in WITHIN GROUP: its keys are arguments.
    pub(crate) fn sorted(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Vec<Value> {
        self.order_by(node, scope, &[]);
        let sorts = node.descendants().filter(|n| is_sort_of(n, node));
        let keys: Vec<SyntaxNode> = sorts.flat_map(|by| operands(&by)).collect();
        keys.iter().map(|key| self.expr(key, scope)).collect()
    }

    /// A window's PARTITION BY, ORDER BY and frame.
    pub(crate) fn window(&mut self, spec: &SyntaxNode, scope: &Scope<'_>) {
        for clause in spec.children() {
            match clause.kind() {
                SyntaxKind::WINDOW_REF => {}
                SyntaxKind::ORDER_BY_CLAUSE => self.order_by(&clause, scope, &[]),
                SyntaxKind::PARTITION_BY_CLAUSE => {
                    for value in self.sweep(&clause, scope) {
                        self.chooses(&value, FilterForm::Order);
                    }
                }
                // How far a frame reaches fails where it is less than nothing.
                SyntaxKind::FRAME_CLAUSE => {
                    for value in self.sweep(&clause, scope) {
                        self.chooses(&value, FilterForm::Other);
                    }
                }
                _ => self.unread(&clause),
            }
        }
    }
}

fn is_sort_of(sort: &SyntaxNode, order: &SyntaxNode) -> bool {
    sort.kind() == SyntaxKind::SORT_BY
        && sort
            .ancestors()
            .find(|a| a.kind() == SyntaxKind::ORDER_BY_CLAUSE)
            .as_ref()
            == Some(order)
}
