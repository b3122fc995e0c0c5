//! Statements that change rows: INSERT, UPDATE, DELETE, MERGE.
//!
//! Why: which columns of what are written, how narrowly the rows are chosen, and what RETURNING
//! gives back.
//! What hangs on the relation besides is in `beside`.

use std::collections::BTreeMap;

use catalog::roads::Applied;
use catalog::{Relation, RelationKind};
use model::{Action, Predicate};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::expr::condition_in;
use crate::name;
use crate::narrow::changed;
use crate::notes::table;
use crate::reader::{Reader, child, has_token};
use crate::scope::{Offer, Scope, Source, touched};
use crate::select::Rows;
use crate::set::columns_written;
use crate::tree::{Role, role};
use crate::value::{Field, Origin, Touch, Value};

/// Whether a node is one of these statements.
pub(crate) fn is_write(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::DELETE | SyntaxKind::INSERT | SyntaxKind::MERGE | SyntaxKind::UPDATE
    )
}

/// Whether a relation is named without its children.
pub(crate) fn is_only(reference: &SyntaxNode) -> bool {
    let holds = |node: &SyntaxNode| has_token(node, SyntaxKind::ONLY_KW);
    holds(reference) || reference.parent().is_some_and(|parent| holds(&parent))
}

/// What is written to.
pub(crate) struct Target<'a> {
    pub(crate) relation: Option<&'a Relation>,
    pub(crate) source: Source,
}

impl<'a> Reader<'a> {
    /// Reads a statement that changes rows; its rows are RETURNING's.
    pub(crate) fn write(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Rows {
        if !self.descend() {
            self.ascend();
            return Rows::default();
        }
        let mark = self.ctes.len();
        let outer_target = self.target.take();
        if let Some(with) = child(node, SyntaxKind::WITH_CLAUSE) {
            self.with_clause(&with, scope);
        }
        if let Some(portion) = child(node, SyntaxKind::FOR_PORTION_OF) {
            self.unread(&portion);
        }
        self.says_default = node
            .descendants_with_tokens()
            .any(|element| element.kind() == SyntaxKind::DEFAULT_KW);
        let rows = match node.kind() {
            SyntaxKind::INSERT => self.insert(node, scope),
            SyntaxKind::UPDATE => self.update(node, scope),
            SyntaxKind::DELETE => self.delete(node, scope),
            SyntaxKind::MERGE => self.merge(node, scope),
            _ => {
                self.unread(node);
                Rows::default()
            }
        };
        self.target = outer_target;
        self.ctes.truncate(mark);
        self.ascend();
        rows
    }

    /// The relation a statement writes to, as a source that is not yet read.
    pub(crate) fn target(&mut self, node: &SyntaxNode) -> Target<'a> {
        let reference = node.children().find_map(|c| match c.kind() {
            SyntaxKind::RELATION_NAME_REF | SyntaxKind::TABLE_NAME_REF => Some(c),
            SyntaxKind::RELATION_NAME | SyntaxKind::TABLE_RELATION_NAME => c.children().next(),
            _ => None,
        });
        let Some(reference) = reference else {
            self.unread(node);
            return Target {
                relation: None,
                source: Source::default(),
            };
        };
        let (schema, name) = name::qualified(&reference);
        let alias = node.children().find(|c| {
            matches!(
                c.kind(),
                SyntaxKind::REQUIRED_AS_ALIAS | SyntaxKind::OPTIONAL_AS_ALIAS
            )
        });
        let (relation, source) = match self.world.relation(schema.as_deref(), &name) {
            Ok(relation) => {
                self.names_part(relation);
                let fields = touched(&self.fields_of(relation));
                let mut offer = Offer::one(Source {
                    parted: self.parted_by(relation.oid),
                    ..Self::source_of(relation, fields)
                });
                self.number(&mut offer);
                let source = offer.sources.into_iter().next().unwrap_or_default();
                (Some(relation), source)
            }
            Err(reason) => {
                self.notes.gap("relation", reason);
                (
                    None,
                    Source {
                        alias: name,
                        schema,
                        ..Source::default()
                    },
                )
            }
        };
        self.target = relation.map(|relation| relation.oid);
        self.is_only = is_only(&reference);
        let source = match alias {
            Some(alias) => crate::from::named(source, &alias),
            None => source,
        };
        Target { relation, source }
    }

    /// Notes a write of columns, to a relation or through a view to what stands below it. `values`
    /// are what each is given.
    pub(crate) fn writes(
        &mut self,
        action: Action,
        relation: &'a Relation,
        names: &[String],
        values: &[Value],
    ) {
        let mut numbers = Vec::new();
        for (at, name) in names.iter().enumerate() {
            match relation
                .columns
                .iter()
                .find(|column| *column.name == **name)
            {
                Some(column) => {
                    numbers.push(column.number);
                    let value = values.get(at).cloned().unwrap_or_default();
                    self.coerces(&value, column.type_oid, Applied::Assignment);
                }
                None => {
                    let table = &relation.name;
                    self.notes
                        .gap("column", format!("column {table}.{name} is not known"));
                }
            }
        }
        self.notes
            .columns(action, relation, numbers.iter().copied());
        if relation.kind == RelationKind::Foreign {
            self.notes.act(Action::ReachHost, table(relation));
        }
        let is_only = self.is_only;
        self.beside(action, relation, &numbers, is_only);
        if relation.kind == RelationKind::View && !self.is_instead(action, relation) {
            self.writes_through(action, relation, &numbers);
        }
    }

    /// A write to a view is a write to what it shows.
    fn writes_through(&mut self, action: Action, view: &'a Relation, numbers: &[i16]) {
        let (source, read) = self.view_fields(view);
        let catalog = self.world.catalog;
        let via = format!("view {}.{}", view.schema, view.name);
        let mut bases: BTreeMap<u32, Vec<i16>> = BTreeMap::new();
        for (column, field) in view.columns.iter().zip(&source) {
            let Origin::Bare(col) = field.value.origin else {
                continue;
            };
            if col.relation == view.oid {
                continue;
            }
            let written = bases.entry(col.relation).or_default();
            if numbers.contains(&column.number) {
                written.push(col.number);
            }
        }
        for inner in read.into_iter().filter(|oid| *oid != view.oid) {
            if let Some(inner) = catalog
                .relation(inner)
                .filter(|r| r.kind == RelationKind::View)
            {
                self.beside_view(action, inner, &via);
            }
        }
        let mut is_plain = false;
        for (oid, written) in bases {
            let Some(base) = catalog.relation(oid) else {
                continue;
            };
            is_plain = true;
            let columns = written.iter().copied();
            self.notes.columns_by(action, base, columns, Some(&via));
            self.beside(action, base, &written, false);
        }
        if !is_plain {
            let name = &view.name;
            self.notes.gap(
                "relation",
                format!("what a write to view {name} changes is not known"),
            );
        }
    }

    fn insert(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let target = self.target(node);
        let mut named_columns = columns_written(node);
        let source = node.children().find(|c| role(c.kind()) == Role::Select);
        if let Some(list) = child(node, SyntaxKind::COLUMN_TARGET_LIST) {
            self.accessors(&list, outer);
        }
        let mut count = usize::MAX;
        let mut is_narrow = true;
        let mut values = Vec::new();
        if let Some(source) = &source {
            let rows = self.select(source, outer);
            is_narrow = rows.fields.iter().all(|field| field.value.is_narrow);
            count = rows.fields.len();
            for field in rows.fields {
                self.carries(&field.value, None);
                values.push(field.value);
            }
        }
        if let Some(relation) = target.relation {
            if child(node, SyntaxKind::COLUMN_TARGET_LIST).is_none() {
                let all = relation
                    .columns
                    .iter()
                    .filter(|column| !column.is_generated);
                named_columns = all
                    .take(count)
                    .map(|column| column.name.to_string())
                    .collect();
            }
            if source.is_none() {
                // DEFAULT VALUES: each is of its column's type.
                values = vec![Value::untyped(0); named_columns.len()];
            }
            if source.is_some() {
                self.puts_rows((relation, &named_columns), source.as_ref(), &values);
            }
            self.writes(Action::Insert, relation, &named_columns, &values);
        }
        if let Some(conflict) = child(node, SyntaxKind::ON_CONFLICT_CLAUSE) {
            self.on_conflict(&conflict, &target, &named_columns, outer);
            if child(&conflict, SyntaxKind::CONFLICT_DO_UPDATE_SET).is_some() {
                self.notes.predicate(Predicate {
                    has_where: true,
                    // One row for each that is put in.
                    is_bounded: is_narrow,
                    is_tautology: false,
                });
            }
        }
        self.returning(node, Offer::one(target.source), outer)
    }

    fn update(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let target = self.target(node);
        let offer = Offer::one(target.source);
        let offer = match child(node, SyntaxKind::FROM_CLAUSE) {
            Some(from) => self.from_items(&from, offer, outer),
            None => offer,
        };
        let scope = Scope::new(offer, Some(outer));
        self.set_clause(node, target.relation, &scope);
        self.chosen(node, &scope);
        self.returning(node, scope.offer, outer)
    }

    fn delete(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let target = self.target(node);
        let offer = Offer::one(target.source);
        let offer = match child(node, SyntaxKind::USING_CLAUSE) {
            Some(using) => self.from_items(&using, offer, outer),
            None => offer,
        };
        let scope = Scope::new(offer, Some(outer));
        if let Some(relation) = target.relation {
            self.writes(Action::Delete, relation, &[], &[]);
        }
        self.chosen(node, &scope);
        self.returning(node, scope.offer, outer)
    }

    /// WHERE of UPDATE and DELETE.
    fn chosen(&mut self, node: &SyntaxNode, scope: &Scope<'_>) {
        if child(node, SyntaxKind::WHERE_CURRENT_OF).is_some() {
            // One row: that under the cursor.
            let predicate = Predicate {
                has_where: true,
                is_bounded: true,
                is_tautology: false,
            };
            self.notes.predicate(predicate);
            return;
        }
        let Some(condition) = condition_in(node, SyntaxKind::WHERE_CLAUSE) else {
            self.notes.predicate(Predicate::default());
            return;
        };
        let verdict = self.condition(&condition, scope);
        let is_tautology = verdict.always == Some(true);
        let mut narrow = scope.offer.narrow.clone();
        narrow.and(&verdict.narrow);
        let is_bounded = narrow.sources().contains(&changed(&scope.offer));
        self.notes.predicate(Predicate {
            has_where: true,
            is_bounded: is_bounded && !is_tautology,
            is_tautology,
        });
    }

    /// RETURNING, over what was changed.
    pub(crate) fn returning(&mut self, node: &SyntaxNode, offer: Offer, outer: &Scope<'_>) -> Rows {
        let Some(clause) = child(node, SyntaxKind::RETURNING_CLAUSE) else {
            return Rows::default();
        };
        let scope = Scope::new(Self::with_old_and_new(&clause, offer), Some(outer));
        let fields = self.targets(&clause, &scope);
        let bounded = self.notes.effects.predicate;
        let is_narrow = bounded.is_some_and(|predicate| predicate.is_bounded);
        let plain = |field: Field| Field {
            value: Value {
                is_narrow,
                touch: Touch::None,
                is_constant: false,
                ..field.value
            },
            ..field
        };
        Rows::of(fields.into_iter().map(plain).collect())
    }

    /// RETURNING may speak of the row before and after.
    fn with_old_and_new(clause: &SyntaxNode, mut offer: Offer) -> Offer {
        let Some(target) = offer.sources.first().cloned() else {
            return offer;
        };
        let mut aliases = vec![("old", "old".to_owned()), ("new", "new".to_owned())];
        for option in clause.descendants() {
            let alias = child(&option, SyntaxKind::TABLE_ALIAS).map(|n| name::of(&n));
            match (option.kind(), alias) {
                (SyntaxKind::RETURNING_OLD, Some(alias)) => aliases.push(("old", alias)),
                (SyntaxKind::RETURNING_NEW, Some(alias)) => aliases.push(("new", alias)),
                _ => {}
            }
        }
        for (_, alias) in aliases {
            if !offer.sources.iter().any(|source| source.alias == alias) {
                offer.sources.push(Source {
                    alias,
                    schema: None,
                    ..target.clone()
                });
            }
        }
        offer
    }
}

/// Whether a node gives rows by RETURNING.
pub(crate) fn returns(node: &SyntaxNode) -> bool {
    is_write(node.kind())
        && node
            .children()
            .any(|c| c.kind() == SyntaxKind::RETURNING_CLAUSE)
        && !has_token(node, SyntaxKind::ERROR)
}
