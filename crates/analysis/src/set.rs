//! SET: the columns a statement writes, and what it writes to them.
//!
//! Why: a value keeps its class only in the column it came from.
//! Which rows are written is in `write`.

use catalog::Relation;
use model::{Action, FilterForm};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::name;
use crate::reader::{Reader, child};
use crate::scope::Scope;
use crate::value::{Col, Origin, Touch, Value};
use crate::write::is_write;

impl<'a> Reader<'a> {
    /// SET: what is written, from what.
    pub(crate) fn set_clause(
        &mut self,
        holder: &SyntaxNode,
        relation: Option<&'a Relation>,
        scope: &Scope<'_>,
    ) {
        let Some(set) = child(holder, SyntaxKind::SET_CLAUSE) else {
            self.unread(holder);
            return;
        };
        // What each target is given: of several at once it is not known here.
        let mut values = Vec::new();
        for column in set.children().flat_map(|list| list.children()) {
            self.accessors(&column, scope);
            let mut home = None;
            let mut given = vec![Value::default(); targets(&column)];
            let homes = self.homes_of(&column, relation);
            for part in column.children() {
                match part.kind() {
                    SyntaxKind::COLUMN_TARGET => home = column_of(&part, relation),
                    SyntaxKind::COLUMN_TARGET_LIST => {}
                    SyntaxKind::SET_EXPR => {
                        let swept = self.sweep(&part, scope);
                        self.puts_one(&homes, &part, swept.first());
                        if let ([given], [value]) = (given.as_mut_slice(), swept.as_slice()) {
                            given.clone_from(value);
                        }
                        for value in swept {
                            // Only what stands in the row already stays where it is.
                            let home = home.filter(|_| value.touch == Touch::Column);
                            self.carries(&value, home);
                            if !matches!(value.origin, Origin::Bare(_)) {
                                // It may be too long for its column, or fail a check on it.
                                self.chooses(&value, FilterForm::Other);
                            }
                        }
                    }
                    SyntaxKind::SET_EXPR_LIST => {
                        for (at, inner) in part.children().enumerate() {
                            for value in self.sweep(&inner, scope) {
                                self.carries(&value, None);
                                if let Some(Some(home)) = homes.get(at) {
                                    self.puts(home, &value, operands(&inner).first());
                                }
                            }
                        }
                    }
                    SyntaxKind::PAREN_SELECT => {
                        let fields = self.select(&part, scope).fields;
                        for (at, field) in fields.into_iter().enumerate() {
                            self.carries(&field.value, None);
                            if let Some(Some(home)) = homes.get(at) {
                                self.puts(home, &field.value, None);
                            }
                        }
                    }
                    _ => self.unread(&part),
                }
            }
            values.extend(given);
        }
        if let Some(relation) = relation {
            self.writes(Action::Update, relation, &columns_written(&set), &values);
            if (&*relation.schema, &*relation.name) == ("pg_catalog", "pg_settings") {
                self.settings_updated(holder);
            }
        }
    }

    /// One expression is given to these columns.
    fn puts_one(&mut self, homes: &[Option<Value>], part: &SyntaxNode, value: Option<&Value>) {
        let sole = operands(part).into_iter().next();
        let sole = sole.filter(|_| homes.len() == 1);
        let value = value.cloned().unwrap_or_default();
        for home in homes.iter().flatten() {
            self.puts(home, &value, sole.as_ref());
        }
    }

    /// The classified columns that the targets of one assignment are.
    fn homes_of(&mut self, column: &SyntaxNode, relation: Option<&Relation>) -> Vec<Option<Value>> {
        let Some(relation) = relation else {
            return Vec::new();
        };
        let is_target = |n: &SyntaxNode| n.kind() == SyntaxKind::COLUMN_TARGET;
        let named = column.descendants().filter(is_target);
        let named = named.filter_map(|target| child(&target, SyntaxKind::COLUMN_NAME_REF));
        let names: Vec<String> = named.map(|n| name::of(&n)).collect();
        self.homes(relation, &names)
    }

    /// Expressions in `column[…]` of a target.
    pub(crate) fn accessors(&mut self, node: &SyntaxNode, scope: &Scope<'_>) {
        let is_accessor = |n: &SyntaxNode| {
            matches!(
                n.kind(),
                SyntaxKind::INDEX_ACCESSOR | SyntaxKind::SLICE_ACCESSOR
            )
        };
        for accessor in node.descendants().filter(is_accessor) {
            for value in self.sweep(&accessor, scope) {
                self.chooses(&value, FilterForm::Other);
            }
        }
    }
}

/// How many columns a part of SET writes to.
fn targets(part: &SyntaxNode) -> usize {
    let is_target = |n: &SyntaxNode| n.kind() == SyntaxKind::COLUMN_TARGET;
    part.descendants().filter(is_target).count()
}

/// The column a target names.
fn column_of(target: &SyntaxNode, relation: Option<&Relation>) -> Option<Col> {
    let (relation, name) = (relation?, child(target, SyntaxKind::COLUMN_NAME_REF)?);
    let name = name::of(&name);
    let column = relation
        .columns
        .iter()
        .find(|column| *column.name == *name)?;
    Some(Col {
        relation: relation.oid,
        number: column.number,
    })
}

/// The columns named as targets.
pub(crate) fn columns_written(node: &SyntaxNode) -> Vec<String> {
    let mut names = Vec::new();
    for target in node
        .descendants()
        .filter(|n| n.kind() == SyntaxKind::COLUMN_TARGET)
    {
        let owner = target.ancestors().skip(1).find(|a| {
            is_write(a.kind())
                || matches!(a.kind(), SyntaxKind::SET_CLAUSE | SyntaxKind::MERGE_INSERT)
        });
        if owner.as_ref() == Some(node)
            && let Some(column) = child(&target, SyntaxKind::COLUMN_NAME_REF)
        {
            names.push(name::of(&column));
        }
    }
    names
}
