//! Statements that give rows: SELECT, VALUES, TABLE, set operations, WITH.
//!
//! Why: what comes out at the top has come up through any number of these.
//! FROM is in `from`, expressions in `expr`, conditions in `condition`.

use std::rc::Rc;

use model::{Action, FilterForm};
use squawk_syntax::ast::AstNode;
use squawk_syntax::column_name::ColumnName;
use squawk_syntax::{SyntaxKind, SyntaxNode, ast};

use crate::condition::operands;
use crate::expr::condition_in;
use crate::name;
use crate::notes::table;
use crate::reader::{Cte, Reader, child, has_token};
use crate::scope::{Found, Offer, Scope};
use crate::tree::{Role, role};
use crate::value::{Field, Touch, Value};

/// A limit up to this narrows.
const SMALL_LIMIT: u64 = 10_000;

/// The rows a statement gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) fields: Vec<Field>,
    /// Its WHERE compares the outer, changed relation with something that narrows it.
    pub(crate) is_bounded: bool,
    /// It reads relations, and the changed one is not among them.
    pub(crate) is_from_elsewhere: bool,
    /// It has a WHERE that is not always true, or a limit.
    pub(crate) narrows: bool,
}

impl Rows {
    /// Rows of these columns, and nothing said about which.
    pub(crate) fn of(fields: Vec<Field>) -> Self {
        Self { fields, ..Self::default() }
    }
}

impl Reader<'_> {
    /// Reads a statement that gives rows.
    pub(crate) fn select(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Rows {
        if !self.descend() {
            self.ascend();
            return Rows::default();
        }
        let mark = self.ctes.len();
        if let Some(with) = leading_with(node) {
            self.with_clause(&with, scope);
        }
        let rows = self.body(node, scope);
        self.ctes.truncate(mark);
        self.ascend();
        rows
    }

    /// A statement's body, its WITH read already.
    fn body(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Rows {
        match node.kind() {
            SyntaxKind::SELECT | SyntaxKind::SELECT_INTO => self.core(node, scope),
            SyntaxKind::VALUES => self.values(node, scope),
            SyntaxKind::TABLE => self.table(node, scope),
            SyntaxKind::COMPOUND_SELECT => self.compound(node, scope),
            SyntaxKind::PAREN_SELECT | SyntaxKind::PAREN_EXPR => {
                let Some(inner) = node.children().find(|c| role(c.kind()) == Role::Select) else {
                    self.unread(node);
                    return Rows::default();
                };
                let rows = self.select(&inner, scope);
                self.tail(node, Scope::new(Offer::default(), Some(scope)), rows)
            }
            _ => {
                self.unread(node);
                Rows::default()
            }
        }
    }

    fn core(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let offer = match child(node, SyntaxKind::FROM_CLAUSE) {
            Some(from) => self.from_clause(&from, outer),
            None => Offer::default(),
        };
        let scope = Scope::new(offer, Some(outer));
        let mut rows = Rows { is_from_elsewhere: self.is_elsewhere(&scope), ..Rows::default() };
        if let Some(condition) = condition_in(node, SyntaxKind::WHERE_CLAUSE) {
            let verdict = self.condition(&condition, &scope);
            rows.is_bounded = verdict.is_bounded;
            rows.narrows = verdict.compares && verdict.always != Some(true);
        }
        if let Some(select) = child(node, SyntaxKind::SELECT_CLAUSE) {
            rows.fields = self.targets(&select, &scope);
            self.distinct(&select, &scope, &rows.fields);
        }
        if let Some(group) = child(node, SyntaxKind::GROUP_BY_CLAUSE) {
            self.group_by(&group, &scope, &rows.fields);
        }
        if let Some(condition) = condition_in(node, SyntaxKind::HAVING_CLAUSE) {
            self.condition(&condition, &scope);
        }
        if let Some(windows) = child(node, SyntaxKind::WINDOW_CLAUSE) {
            for spec in windows.children().filter_map(|d| child(&d, SyntaxKind::WINDOW_SPEC)) {
                self.window(&spec, &scope);
            }
        }
        if let Some(into) = child(node, SyntaxKind::INTO_CLAUSE) {
            self.creates_table(&into);
        }
        self.tail(node, scope, rows)
    }

    fn is_elsewhere(&self, scope: &Scope<'_>) -> bool {
        let sources = &scope.offer.sources;
        let is_other = |oid: u32| self.target != Some(oid);
        !sources.is_empty() && sources.iter().all(|s| s.relation.is_some_and(is_other))
    }

    /// The output columns of a target list.
    pub(crate) fn targets(&mut self, holder: &SyntaxNode, scope: &Scope<'_>) -> Vec<Field> {
        let mut fields = Vec::new();
        let Some(list) = child(holder, SyntaxKind::TARGET_LIST) else {
            return fields;
        };
        for target in list.children() {
            if has_token(&target, SyntaxKind::STAR) {
                for field in &scope.offer.columns {
                    self.seen(&field.value);
                    fields.push(field.clone());
                }
                continue;
            }
            let Some(expression) = operands(&target).into_iter().next() else {
                self.unread(&target);
                continue;
            };
            if let Some(starred) = self.starred(&expression, scope) {
                fields.extend(starred);
                continue;
            }
            let value = self.expr(&expression, scope);
            let name = ast::Target::cast(target)
                .and_then(ColumnName::from_target)
                .and_then(|(name, _)| name.to_string())
                .map_or_else(|| "?column?".to_owned(), name::cut);
            fields.push(Field { name: name.into(), value });
        }
        fields
    }

    fn distinct(&mut self, select: &SyntaxNode, scope: &Scope<'_>, fields: &[Field]) {
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

    fn group_by(&mut self, group: &SyntaxNode, scope: &Scope<'_>, fields: &[Field]) {
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
            for key in operands(&by) {
                let value = self.key(&key, scope, fields, true);
                self.chooses(&value, FilterForm::Order);
            }
            if let Some(using) = child(&by, SyntaxKind::SORT_USING) {
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
                SyntaxKind::PARTITION_BY_CLAUSE | SyntaxKind::FRAME_CLAUSE => {
                    for value in self.sweep(&clause, scope) {
                        self.chooses(&value, FilterForm::Order);
                    }
                }
                _ => self.unread(&clause),
            }
        }
    }

    /// ORDER BY, LIMIT, OFFSET, FETCH and FOR UPDATE behind a statement.
    fn tail(&mut self, node: &SyntaxNode, scope: Scope<'_>, mut rows: Rows) -> Rows {
        for clause in node.children() {
            match clause.kind() {
                SyntaxKind::ORDER_BY_CLAUSE => self.order_by(&clause, &scope, &rows.fields),
                SyntaxKind::LIMIT_CLAUSE | SyntaxKind::FETCH_CLAUSE | SyntaxKind::OFFSET_CLAUSE => {
                    rows.narrows |= self.is_small(&clause);
                    for bound in operands(&clause) {
                        let value = self.expr(&bound, &scope);
                        self.chooses(&value, FilterForm::Other);
                    }
                }
                SyntaxKind::LOCKING_CLAUSE => self.locking(&clause, &scope),
                SyntaxKind::DISTINCT_CLAUSE
                | SyntaxKind::FILTER_CLAUSE
                | SyntaxKind::FROM_CLAUSE
                | SyntaxKind::GROUP_BY_CLAUSE
                | SyntaxKind::HAVING_CLAUSE
                | SyntaxKind::INTO_CLAUSE
                | SyntaxKind::RELATION_NAME
                | SyntaxKind::ROW_LIST
                | SyntaxKind::SELECT_CLAUSE
                | SyntaxKind::WHERE_CLAUSE
                | SyntaxKind::WINDOW_CLAUSE
                | SyntaxKind::WITH_CLAUSE
                | SyntaxKind::UNION
                | SyntaxKind::EXCEPT
                | SyntaxKind::INTERSECT => {}
                kind if matches!(role(kind), Role::Select | Role::Expression) => {}
                _ => self.unread(&clause),
            }
        }
        rows
    }

    /// A limit that is a small number; used only where a write hangs on it.
    fn is_small(&mut self, clause: &SyntaxNode) -> bool {
        if clause.kind() == SyntaxKind::OFFSET_CLAUSE || self.target.is_none() {
            return false;
        }
        self.used_in_write();
        match operands(clause).first() {
            Some(bound) => {
                bound.text().to_string().parse::<u64>().is_ok_and(|rows| rows <= SMALL_LIMIT)
            }
            None => clause.kind() == SyntaxKind::FETCH_CLAUSE,
        }
    }

    fn locking(&mut self, clause: &SyntaxNode, scope: &Scope<'_>) {
        let of: Vec<String> = clause
            .children()
            .filter(|c| c.kind() == SyntaxKind::LOCKING_OF)
            .flat_map(|of| operands(&of))
            .filter_map(|node| Self::dotted(&node).and_then(|mut parts| parts.pop()))
            .collect();
        let sources = &scope.offer.sources;
        let chosen = sources.iter().filter(|s| of.is_empty() || of.contains(&s.alias));
        let mut is_hidden = sources.is_empty();
        for source in chosen {
            match source.relation.and_then(|oid| self.world.catalog.relation(oid)) {
                Some(relation) => self.notes.act(Action::Lock, table(relation)),
                None => is_hidden = true,
            }
        }
        if is_hidden {
            // The lock goes on into what the rows come from.
            self.notes.lock_all_read();
        }
    }

    fn values(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Rows {
        let mut fields: Vec<Field> = Vec::new();
        let is_classified = self.is_classified();
        let lists = node.children().filter(|c| c.kind() == SyntaxKind::ROW_LIST);
        for (index, row) in lists.flat_map(|list| list.children()).enumerate() {
            for (at, value) in self.sweep(&row, scope).into_iter().enumerate() {
                if index == 0 {
                    fields.push(Field { name: format!("column{}", at + 1).into(), value });
                } else if let Some(field) = fields.get_mut(at) {
                    let is_constant = field.value.is_constant && value.is_constant;
                    let joined = field.value.joined(&value, &is_classified);
                    field.value = Value { is_constant, ..joined };
                }
            }
        }
        let scope = Scope::new(Offer::default(), Some(scope));
        let narrows = true;
        self.tail(node, scope, Rows { fields, narrows, ..Rows::default() })
    }

    fn table(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let reference = node.descendants().find(|n| n.kind() == SyntaxKind::RELATION_NAME_REF);
        let Some(reference) = reference else {
            self.unread(node);
            return Rows::default();
        };
        let source = self.relation_source(&reference);
        let scope = Scope::new(Offer::one(source), Some(outer));
        for field in &scope.offer.columns {
            self.seen(&field.value);
        }
        let rows = Rows {
            fields: scope.offer.columns.clone(),
            is_from_elsewhere: self.is_elsewhere(&scope),
            ..Rows::default()
        };
        self.tail(node, scope, rows)
    }

    fn compound(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Rows {
        // Arms lean to the left: down them without a step for each.
        let mut arms = Vec::new();
        let mut left = node.clone();
        while left.kind() == SyntaxKind::COMPOUND_SELECT {
            let mut sides =
                left.children().filter(|c| matches!(role(c.kind()), Role::Select | Role::Expression));
            let (Some(next), Some(right)) = (sides.next(), sides.next()) else {
                self.unread(&left);
                return Rows::default();
            };
            arms.push((left.clone(), right));
            left = next;
        }
        let mut rows = self.body(&left, scope);
        while let Some((compound, right)) = arms.pop() {
            let other = self.select(&right, scope);
            rows = self.combine(&compound, rows, other);
            rows = self.tail(&compound, Scope::new(Offer::default(), Some(scope)), rows);
        }
        rows
    }

    fn combine(&mut self, compound: &SyntaxNode, l: Rows, r: Rows) -> Rows {
        if l.fields.len() != r.fields.len() {
            self.notes.gap("column", "arms of a set operation with unlike columns");
        }
        let union = child(compound, SyntaxKind::UNION);
        let keeps_all = compound.children().any(|op| {
            matches!(op.kind(), SyntaxKind::UNION | SyntaxKind::EXCEPT | SyntaxKind::INTERSECT)
                && child(&op, SyntaxKind::ALL).is_some()
        });
        let form = if union.is_some() { FilterForm::Order } else { FilterForm::Join };
        let is_classified = self.is_classified();
        let mut fields = Vec::new();
        for (a, b) in l.fields.iter().zip(&r.fields) {
            if union.is_none() || !keeps_all {
                self.chooses(&a.value, form);
                self.chooses(&b.value, form);
            }
            let value = a.value.joined(&b.value, &is_classified);
            fields.push(Field { name: a.name.clone(), value });
        }
        Rows {
            fields,
            is_bounded: l.is_bounded && r.is_bounded,
            is_from_elsewhere: l.is_from_elsewhere && r.is_from_elsewhere,
            narrows: l.narrows && r.narrows,
        }
    }

    /// WITH: its names are seen from here until the caller takes them away.
    pub(crate) fn with_clause(&mut self, with: &SyntaxNode, scope: &Scope<'_>) {
        let is_recursive = has_token(with, SyntaxKind::RECURSIVE_KW);
        for item in with.children().filter(|c| c.kind() == SyntaxKind::WITH_TABLE) {
            let name = child(&item, SyntaxKind::CTE_NAME).map(|n| name::of(&n)).unwrap_or_default();
            let query = item.children().find(|c| {
                role(c.kind()) == Role::Select || crate::write::is_write(c.kind())
            });
            let Some(query) = query else {
                self.unread(&item);
                continue;
            };
            if is_recursive {
                self.forward(&item, &name);
            }
            let names = columns_of(&item);
            let rows = if role(query.kind()) == Role::Select {
                if is_recursive {
                    self.recursive(&name, &query, &names, scope)
                } else {
                    self.select(&query, scope)
                }
            } else {
                self.write(&query, scope)
            };
            let mut fields = renamed(rows.fields, &names);
            for field in &mut fields {
                field.value.touch = Touch::None;
                field.value.is_constant = false;
            }
            self.search_and_cycle(&item, &mut fields, scope);
            self.ctes.push(Cte { fields: Rc::new(fields), name });
        }
    }

    /// A name of WITH RECURSIVE that is used before it is defined is not followed.
    fn forward(&mut self, item: &SyntaxNode, own: &str) {
        let later: Vec<String> = std::iter::successors(item.next_sibling(), SyntaxNode::next_sibling)
            .filter_map(|n| child(&n, SyntaxKind::CTE_NAME).map(|n| name::of(&n)))
            .filter(|name| name != own)
            .collect();
        let used = item
            .descendants()
            .filter(|n| n.kind() == SyntaxKind::RELATION_NAME_REF)
            .map(|n| name::qualified(&n));
        for (schema, name) in used {
            if schema.is_none() && later.contains(&name) {
                self.notes.gap("relation", format!("{name} is used before its WITH"));
            }
        }
    }

    /// A statement that may name itself: read until what it gives no longer changes.
    fn recursive(
        &mut self,
        name: &str,
        query: &SyntaxNode,
        names: &[String],
        scope: &Scope<'_>,
    ) -> Rows {
        let uses_itself = query.descendants().any(|n| {
            n.kind() == SyntaxKind::RELATION_NAME_REF && name::qualified(&n).1 == name
        });
        let first = query.children().find(|c| {
            matches!(role(c.kind()), Role::Select | Role::Expression)
        });
        let (true, SyntaxKind::COMPOUND_SELECT, Some(first)) = (uses_itself, query.kind(), first)
        else {
            return self.select(query, scope);
        };
        let mark = self.ctes.len();
        if let Some(with) = leading_with(query) {
            self.with_clause(&with, scope);
        }
        let mut rows = self.body(&first, scope);
        self.ctes.truncate(mark);
        for _ in 0..4 {
            let mut fields = renamed(rows.fields.clone(), names);
            for field in &mut fields {
                field.value.is_constant = false;
            }
            self.ctes.push(Cte { fields: Rc::new(fields), name: name.to_owned() });
            let next = self.select(query, scope);
            self.ctes.truncate(mark);
            let is_stable = next.fields == rows.fields;
            rows = next;
            if is_stable {
                return rows;
            }
        }
        for field in &mut rows.fields {
            field.value = Value::opaque(field.value.type_oid);
        }
        rows
    }

    fn search_and_cycle(&mut self, item: &SyntaxNode, fields: &mut Vec<Field>, scope: &Scope<'_>) {
        let has = |kind| child(item, kind).is_some();
        if !has(SyntaxKind::SEARCH_CLAUSE) && !has(SyntaxKind::CYCLE_CLAUSE) {
            return;
        }
        let values: Vec<Value> = fields.iter().map(|field| field.value.clone()).collect();
        let path = self.computed(&values, 0);
        for node in item.descendants() {
            let is_name = matches!(
                node.kind(),
                SyntaxKind::SEARCH_SET_COLUMN | SyntaxKind::CYCLE_SET_COLUMN | SyntaxKind::CYCLE_PATH
            );
            if let Some(column) = child(&node, SyntaxKind::COLUMN_NAME_REF).filter(|_| is_name) {
                fields.push(Field { name: name::of(&column).into(), value: path.clone() });
            }
            if matches!(node.kind(), SyntaxKind::CYCLE_COLUMN_TO | SyntaxKind::CYCLE_DEFAULT) {
                self.sweep(&node, scope);
            }
        }
    }
}

/// The WITH of a statement: that of a set operation stands in its first arm.
fn leading_with(node: &SyntaxNode) -> Option<SyntaxNode> {
    let mut node = node.clone();
    while node.kind() == SyntaxKind::COMPOUND_SELECT {
        if let Some(with) = child(&node, SyntaxKind::WITH_CLAUSE) {
            return Some(with);
        }
        node = node.children().find(|c| matches!(role(c.kind()), Role::Select | Role::Expression))?;
    }
    child(&node, SyntaxKind::WITH_CLAUSE)
}

fn is_sort_of(sort: &SyntaxNode, order: &SyntaxNode) -> bool {
    sort.kind() == SyntaxKind::SORT_BY
        && sort.ancestors().find(|a| a.kind() == SyntaxKind::ORDER_BY_CLAUSE).as_ref()
            == Some(order)
}

/// The names in a node's own column list.
pub(crate) fn columns_of(node: &SyntaxNode) -> Vec<String> {
    let list = node.children().find(|c| {
        matches!(
            c.kind(),
            SyntaxKind::COLUMN_LIST | SyntaxKind::COLUMN_REF_LIST | SyntaxKind::COLUMN_DEF_LIST
        )
    });
    let Some(list) = list else { return Vec::new() };
    let names = list.descendants().filter(|n| {
        matches!(n.kind(), SyntaxKind::COLUMN_NAME | SyntaxKind::COLUMN_NAME_REF)
    });
    names.map(|n| name::of(&n)).collect()
}

/// Columns under other names, as far as there are other names.
pub(crate) fn renamed(mut fields: Vec<Field>, names: &[String]) -> Vec<Field> {
    for (field, name) in fields.iter_mut().zip(names) {
        field.name = name.as_str().into();
    }
    fields
}
