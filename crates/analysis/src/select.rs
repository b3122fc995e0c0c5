//! Statements that give rows: SELECT, VALUES, TABLE, set operations, WITH.
//!
//! Why: what comes out at the top has come up through any number of these.
//! FROM is in `from`, expressions in `expr`, conditions in `condition`.

use model::{Action, FilterForm};
use smallvec::SmallVec;
use squawk_syntax::ast::AstNode;
use squawk_syntax::column_name::ColumnName;
use squawk_syntax::{SyntaxKind, SyntaxNode, ast};

use crate::condition::operands;
use crate::expr::condition_in;
use crate::name;
use crate::narrow::SourceId;
use crate::notes::table;
use crate::reader::{Reader, child, has_token};
use crate::scope::{Offer, Scope};
use crate::tree::{Role, role};
use crate::value::{Field, Value};
use crate::with::leading_with;

/// The longest target list (PostgreSQL's `MaxTupleAttributeNumber`).
const TARGETS: usize = 1_664;

/// A limit up to this narrows.
const SMALL_LIMIT: u64 = 10_000;

/// The rows a statement gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) fields: Vec<Field>,
    /// Row sources outside of it that its WHERE holds to few rows.
    pub(crate) fixed: SmallVec<[SourceId; 2]>,
}

impl Rows {
    /// Rows of these columns, and nothing said about which.
    pub(crate) fn of(fields: Vec<Field>) -> Self {
        Self {
            fields,
            ..Self::default()
        }
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
        let outer = std::mem::take(&mut self.level);
        if let Some(with) = leading_with(node) {
            self.with_clause(&with, scope);
        }
        let rows = self.body(node, scope);
        let level = std::mem::replace(&mut self.level, outer);
        self.leave_level(node, level);
        self.ctes.truncate(mark);
        self.ascend();
        rows
    }

    /// A statement's body, its WITH read already.
    pub(crate) fn body(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Rows {
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
                self.tail(node, &Scope::new(Offer::default(), Some(scope)), rows)
            }
            _ => {
                self.unread(node);
                Rows::default()
            }
        }
    }

    fn core(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let mark = self.sources;
        let offer = match child(node, SyntaxKind::FROM_CLAUSE) {
            Some(from) => self.from_clause(&from, outer),
            None => Offer::default(),
        };
        let scope = Scope::new(offer, Some(outer));
        let mut rows = Rows::default();
        let mut narrow = scope.offer.narrow.clone();
        if let Some(condition) = condition_in(node, SyntaxKind::WHERE_CLAUSE) {
            let verdict = self.choosing(|reader| reader.condition(&condition, &scope));
            narrow.and(&verdict.narrow);
        }
        let fixed = narrow.sources();
        if let Some(select) = child(node, SyntaxKind::SELECT_CLAUSE) {
            rows.fields = self.targets(&select, &scope);
            self.distinct(&select, &scope, &rows.fields);
        }
        if let Some(group) = child(node, SyntaxKind::GROUP_BY_CLAUSE) {
            self.group_by(&group, &scope, &rows.fields);
        }
        if let Some(condition) = condition_in(node, SyntaxKind::HAVING_CLAUSE) {
            self.choosing(|reader| reader.condition(&condition, &scope));
        }
        if let Some(windows) = child(node, SyntaxKind::WINDOW_CLAUSE) {
            for spec in windows
                .children()
                .filter_map(|d| child(&d, SyntaxKind::WINDOW_SPEC))
            {
                self.window(&spec, &scope);
            }
        }
        if let Some(into) = child(node, SyntaxKind::INTO_CLAUSE) {
            self.creates_table(&into);
            for field in &rows.fields {
                self.carries(&field.value, None);
            }
        }
        let mut rows = self.tail(node, &scope, rows);
        for Field { value, .. } in &mut rows.fields {
            value.is_narrow |= value.from == 0 || fixed.contains(&value.from);
        }
        rows.fixed = fixed.into_iter().filter(|id| *id <= mark).collect();
        rows
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
            let name = ast::Target::cast(target.clone())
                .and_then(ColumnName::from_target)
                .and_then(|(name, _)| name.to_string())
                .map_or_else(|| "?column?".to_owned(), name::cut);
            let place = (&target, &expression, &*name);
            let value = self.blanked(place, |reader| reader.expr(&expression, scope));
            let name = name.into();
            fields.push(Field { name, value });
        }
        self.bounded_list(fields)
    }

    /// Stars over joins of themselves would double for ever: the server's own bound ends it.
    fn bounded_list(&mut self, mut fields: Vec<Field>) -> Vec<Field> {
        if fields.len() > TARGETS {
            self.notes
                .gap("size", "more columns than the server would give");
            fields.truncate(TARGETS);
        }
        fields
    }

    /// ORDER BY, LIMIT, OFFSET, FETCH and FOR UPDATE behind a statement.
    fn tail(&mut self, node: &SyntaxNode, scope: &Scope<'_>, mut rows: Rows) -> Rows {
        for clause in node.children() {
            match clause.kind() {
                SyntaxKind::ORDER_BY_CLAUSE => self.sorted_by(node, &clause, scope, &rows.fields),
                SyntaxKind::LIMIT_CLAUSE | SyntaxKind::FETCH_CLAUSE | SyntaxKind::OFFSET_CLAUSE => {
                    if self.is_small(&clause) {
                        for field in &mut rows.fields {
                            field.value.is_narrow = true;
                        }
                    }
                    for bound in operands(&clause) {
                        let value = self.choosing(|reader| reader.expr(&bound, scope));
                        self.chooses(&value, FilterForm::Other);
                    }
                }
                SyntaxKind::LOCKING_CLAUSE => self.locking(&clause, scope),
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
            Some(bound) => bound
                .text()
                .to_string()
                .parse::<u64>()
                .is_ok_and(|rows| rows <= SMALL_LIMIT),
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
        let chosen = sources
            .iter()
            .filter(|s| of.is_empty() || of.contains(&s.alias));
        let mut is_hidden = sources.is_empty();
        for source in chosen {
            match source
                .relation
                .and_then(|oid| self.world.catalog.relation(oid))
            {
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
        let lists = node.children().filter(|c| c.kind() == SyntaxKind::ROW_LIST);
        for (index, row) in lists.flat_map(|list| list.children()).enumerate() {
            for (at, value) in self.sweep(&row, scope).into_iter().enumerate() {
                if index == 0 {
                    fields.push(Field {
                        name: format!("column{}", at + 1).into(),
                        value,
                    });
                } else if let Some(field) = fields.get_mut(at) {
                    let is_constant = field.value.is_constant && value.is_constant;
                    field.value = Value {
                        is_constant,
                        ..self.either(&field.value, &value)
                    };
                }
            }
        }
        let scope = Scope::new(Offer::default(), Some(scope));
        for Field { value, .. } in &mut fields {
            value.is_narrow = value.from == 0;
        }
        self.tail(node, &scope, Rows::of(fields))
    }

    fn table(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let reference = node
            .descendants()
            .find(|n| n.kind() == SyntaxKind::RELATION_NAME_REF);
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
            ..Rows::default()
        };
        self.tail(node, &scope, rows)
    }

    fn compound(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Rows {
        // Arms lean to the left: down them without a step for each.
        let mut arms = Vec::new();
        let mut left = node.clone();
        while left.kind() == SyntaxKind::COMPOUND_SELECT {
            let mut sides = left
                .children()
                .filter(|c| matches!(role(c.kind()), Role::Select | Role::Expression));
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
            rows = self.combine(&compound, &rows, &other);
            rows = self.tail(&compound, &Scope::new(Offer::default(), Some(scope)), rows);
        }
        rows
    }

    fn combine(&mut self, compound: &SyntaxNode, l: &Rows, r: &Rows) -> Rows {
        if l.fields.len() != r.fields.len() {
            self.notes
                .gap("column", "arms of a set operation with unlike columns");
        }
        let union = child(compound, SyntaxKind::UNION);
        let keeps_all = compound.children().any(|op| {
            matches!(
                op.kind(),
                SyntaxKind::UNION | SyntaxKind::EXCEPT | SyntaxKind::INTERSECT
            ) && child(&op, SyntaxKind::ALL).is_some()
        });
        let mut fields = Vec::new();
        for (a, b) in l.fields.iter().zip(&r.fields) {
            if union.is_none() || !keeps_all {
                // Told apart from what may be seen, a masked one is read off it.
                if self.joining(&a.value, &b.value) == FilterForm::Join {
                    self.groups(&a.value);
                    self.groups(&b.value);
                } else {
                    self.told_apart(&a.value, FilterForm::Other);
                    self.told_apart(&b.value, FilterForm::Other);
                }
                self.compares(&a.value);
                self.compares(&b.value);
            }
            let value = Value {
                is_untyped: false,
                ..self.either(&a.value, &b.value)
            };
            fields.push(Field {
                name: a.name.clone(),
                value,
            });
        }
        Rows {
            fields,
            ..Rows::default()
        }
    }
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
        matches!(
            n.kind(),
            SyntaxKind::COLUMN_NAME | SyntaxKind::COLUMN_NAME_REF
        )
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
