//! Orders and groups: DISTINCT, GROUP BY, ORDER BY, windows.
//!
//! Why: to order by a column is to choose by it, and a key may be a position, an output's name, or
//! an expression.
//! It sorts nothing.

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::cut::{is_plain, keys_on};
use crate::instead::{By, Instead, Noted};
use crate::level::DICE;
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
                    self.groups(&value);
                }
            }
            None => self.distinct_by_all(select, scope, fields),
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
                    let (value, told) =
                        self.gathers(By::Key, |reader| reader.key(&node, scope, fields, false));
                    let select = node.ancestors().find(|n| n.kind() == SyntaxKind::SELECT);
                    self.grouped_by(&value, told.uses, select.map(|select| (select, &node)));
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
    fn order_by(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Vec<Value> {
        let sorts = sorts_of(node);
        let keys = sorts
            .iter()
            .flat_map(|by| self.sort_key(by, (scope, &[]), false));
        keys.collect()
    }

    /// ORDER BY behind a statement. What would tell is left out of a client's own; in a view it
    /// is left, and the order told further on.
    pub(crate) fn sorted_by(
        &mut self,
        holder: &SyntaxNode,
        clause: &SyntaxNode,
        scope: &Scope<'_>,
        fields: &[Field],
    ) {
        let is_free = is_plain(holder);
        let first = first_taken(holder);
        self.leaves_out(clause, (scope, fields), Some((is_free, first)));
    }

    /// Reads the keys of an ORDER BY. Those that would tell are left out by an edit. Of the rows of
    /// a SELECT: whether an expression may be a key, and how many of the first cannot be left out.
    fn leaves_out(
        &mut self,
        clause: &SyntaxNode,
        (scope, fields): (&Scope<'_>, &[Field]),
        of_rows: Option<(bool, usize)>,
    ) {
        let (instead, first) = match of_rows {
            Some((is_free, first)) => (is_free.then_some("NULL::pg_catalog.text"), first),
            None => ((!is_of_each(clause)).then_some(DICE), 0),
        };
        let is_of_rows = of_rows.is_some();
        let sorts = sorts_of(clause);
        let is_open = self.is_editable() && self.choosing == 0;
        let mut told = Vec::new();
        let mut uses = Vec::new();
        for (at, by) in sorts.iter().enumerate() {
            let read = |reader: &mut Self| reader.sort_key(by, (scope, fields), is_of_rows);
            if !is_open {
                read(self);
                continue;
            }
            let (keys, more) = self.gathers(By::Key, read);
            if at < first && keys.iter().all(|key| self.is_told_apart(key)) {
                // DISTINCT ON brings alike rows together, and takes their first by what follows.
                for key in &keys {
                    self.level.going.extend(key.bare());
                }
            } else if !more.uses.is_empty() {
                told.push(at);
                uses.extend(more.uses);
            }
        }
        if told.is_empty() {
            return;
        }
        uses.sort_unstable();
        uses.dedup();
        let can = told.iter().all(|at| *at >= first);
        let changes = self.unsorted(clause, &sorts, &told, instead);
        match changes.filter(|_| can) {
            Some(changes) => {
                self.edits(Noted {
                    changes,
                    instead: Instead::Unsorted,
                    is_by_the_way: false,
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

    /// ORDER BY in an aggregate's arguments.
    pub(crate) fn gathered_by(&mut self, clause: &SyntaxNode, scope: &Scope<'_>) {
        self.leaves_out(clause, (scope, &[]), None);
    }

    /// A key; `is_of_rows`: of the rows of a SELECT.
    fn sort_key(
        &mut self,
        by: &SyntaxNode,
        (scope, fields): (&Scope<'_>, &[Field]),
        is_of_rows: bool,
    ) -> Vec<Value> {
        let using = child(by, SyntaxKind::SORT_USING);
        let mut keys = Vec::new();
        for key in operands(by) {
            let is_stepped = self.level.is_stepped;
            let value = self.key(&key, scope, fields, true);
            self.dices_key(&key, is_stepped);
            self.chosen_by(&value);
            if self.views.is_empty() || !is_of_rows {
                self.chooses(&value, FilterForm::Order);
            } else {
                // A view's rows are sorted when they are read: by what, their order tells.
                self.compares(&value);
                let cols = value.classified(&self.is_classified());
                self.level.going.extend(cols);
            }
            if let Some(using) = &using {
                self.overloads(using, Some(&value), std::slice::from_ref(&value));
            }
            keys.push(value);
        }
        if let Some(using) = using {
            self.operator(&using);
        }
        keys
    }

    /// ORDER BY in WITHIN GROUP: its keys are arguments, and no more is told of them.
    pub(crate) fn sorted(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Vec<Value> {
        for by in sorts_of(node) {
            if let Some(using) = child(&by, SyntaxKind::SORT_USING) {
                self.operator(&using);
            }
        }
        let sorts = node.descendants().filter(|n| is_sort_of(n, node));
        let keys: Vec<SyntaxNode> = sorts.flat_map(|by| operands(&by)).collect();
        keys.iter().map(|key| self.expr(key, scope)).collect()
    }

    /// What follows the arguments: WITHIN GROUP, FILTER, OVER.
    pub(crate) fn trailer(
        &mut self,
        node: &SyntaxNode,
        after: &SyntaxNode,
        scope: &Scope<'_>,
    ) -> Vec<Value> {
        let mut values = Vec::new();
        let rest = node
            .children()
            .filter(|c| c.text_range().start() >= after.text_range().end());
        for clause in rest {
            match clause.kind() {
                SyntaxKind::WITHIN_CLAUSE => {
                    for order in clause.children() {
                        values.extend(self.sorted(&order, scope));
                    }
                }
                SyntaxKind::FILTER_CLAUSE => {
                    for condition in operands(&clause) {
                        self.condition(&condition, scope);
                    }
                }
                SyntaxKind::OVER_CLAUSE => {
                    self.looks_through(clause.text().to_string());
                    for spec in clause.descendants().filter(|c| is_spec_of(c, &clause)) {
                        let keys = self.window(&spec, scope);
                        self.ranked.extend(keys);
                    }
                }
                kind if role(kind) == Role::Inert => {}
                _ => self.unread(&clause),
            }
        }
        values
    }

    /// What a window's function gives is computed from what its rows are sorted by.
    pub(crate) fn ranked_by(&self, value: Value, keys: &[Value]) -> Value {
        if !keys.iter().any(|key| self.is_masked(key)) {
            return value;
        }
        let all: Vec<Value> = keys.iter().cloned().chain([value.clone()]).collect();
        Value {
            origin: self.computed(&all, 0).origin,
            ..value
        }
    }

    /// A window's PARTITION BY, ORDER BY and frame.
    pub(crate) fn window(&mut self, spec: &SyntaxNode, scope: &Scope<'_>) -> Vec<Value> {
        let mut keys = Vec::new();
        for clause in spec.children() {
            match clause.kind() {
                SyntaxKind::WINDOW_REF => {}
                SyntaxKind::ORDER_BY_CLAUSE => keys.extend(self.order_by(&clause, scope)),
                SyntaxKind::PARTITION_BY_CLAUSE => {
                    for value in self.sweep(&clause, scope) {
                        self.groups(&value);
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
        keys
    }
}

/// Whether a window specification belongs to this OVER.
fn is_spec_of(spec: &SyntaxNode, over: &SyntaxNode) -> bool {
    spec.kind() == SyntaxKind::WINDOW_SPEC
        && spec
            .ancestors()
            .find(|a| a.kind() == SyntaxKind::OVER_CLAUSE)
            .as_ref()
            == Some(over)
}

/// The keys of an ORDER BY.
fn sorts_of(clause: &SyntaxNode) -> Vec<SyntaxNode> {
    let sorts = clause.descendants().filter(|n| is_sort_of(n, clause));
    sorts.collect()
}

/// Whether an aggregate is given each value once: its keys must be among its arguments.
fn is_of_each(clause: &SyntaxNode) -> bool {
    let call = clause
        .ancestors()
        .find(|n| n.kind() == SyntaxKind::CALL_EXPR);
    let list = call.and_then(|call| child(&call, SyntaxKind::ARG_LIST));
    list.is_some_and(|list| crate::dice::is_of_each(&list))
}

/// How many keys DISTINCT ON holds to the front.
fn first_taken(holder: &SyntaxNode) -> usize {
    keys_on(holder).len()
}

fn is_sort_of(sort: &SyntaxNode, order: &SyntaxNode) -> bool {
    sort.kind() == SyntaxKind::SORT_BY
        && sort
            .ancestors()
            .find(|a| a.kind() == SyntaxKind::ORDER_BY_CLAUSE)
            .as_ref()
            == Some(order)
}
