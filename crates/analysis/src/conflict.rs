//! ON CONFLICT: which rows are there already, and what becomes of them.
//!
//! Why: an INSERT that does nothing where a value is there says whether it is there.
//! The INSERT itself is in `write`.

use catalog::RelationKind;
use model::FilterForm;
use rustc_hash::FxHashSet;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::expr::condition_in;
use crate::reader::{Reader, child};
use crate::scope::{Offer, Scope, Source};
use crate::value::{Col, Origin};
use crate::write::Target;

impl<'a> Reader<'a> {
    /// What becomes of rows that are there already; `names` are the columns given.
    pub(crate) fn on_conflict(
        &mut self,
        conflict: &SyntaxNode,
        target: &Target<'a>,
        names: &[String],
        outer: &Scope<'_>,
    ) {
        if child(conflict, SyntaxKind::CONFLICT_ON_INDEX).is_none() {
            self.any_key(target, names);
        }
        let own = Scope::new(Offer::one(target.source.clone()), Some(outer));
        let excluded = Source {
            alias: "excluded".to_owned(),
            schema: None,
            ..target.source.clone()
        };
        let mut both = Offer::one(target.source.clone());
        both.sources.push(excluded);
        let both = Scope::new(both, Some(outer));
        for part in conflict.children() {
            match part.kind() {
                SyntaxKind::CONFLICT_ON_INDEX => {
                    for item in part.descendants() {
                        if item.kind() == SyntaxKind::CONFLICT_INDEX_ITEM {
                            self.key_columns(&item, &own);
                        }
                    }
                    if let Some(condition) = condition_in(&part, SyntaxKind::WHERE_CLAUSE) {
                        self.condition(&condition, &own);
                    }
                }
                SyntaxKind::CONFLICT_ON_CONSTRAINT | SyntaxKind::CONFLICT_DO_NOTHING => {}
                SyntaxKind::CONFLICT_DO_UPDATE_SET => {
                    self.set_clause(&part, target.relation, &both);
                    if let Some(condition) = condition_in(&part, SyntaxKind::WHERE_CLAUSE) {
                        self.condition(&condition, &both);
                    }
                }
                _ => self.unread(&part),
            }
        }
    }

    fn key_columns(&mut self, item: &SyntaxNode, scope: &Scope<'_>) {
        for key in operands(item) {
            let value = self.expr(&key, scope);
            self.chooses(&value, FilterForm::Equality);
        }
    }

    /// Whether a row is there already is told by every key: each says whether its value is there.
    fn any_key(&mut self, target: &Target<'a>, names: &[String]) {
        let is_generated = |name: &str| {
            let mut columns = target.relation.iter().flat_map(|r| &r.columns);
            columns.any(|column| column.is_generated && *column.name == *name)
        };
        let fields = match target.relation {
            // Its rows are those of what it shows.
            Some(view) if view.kind == RelationKind::View => self.view_fields(view).0,
            _ => target.source.fields.to_vec(),
        };
        for field in &fields {
            let is_given = names.iter().any(|name| **name == *field.name);
            if !(is_given || is_generated(&field.name)) {
                continue;
            }
            match field.value.origin {
                Origin::Bare(col) if self.is_key(col) => {
                    self.chooses(&field.value, FilterForm::Equality);
                }
                Origin::Bare(_) => {}
                _ => self.chooses(&field.value, FilterForm::Other),
            }
        }
    }

    /// Whether a column is in a key of its relation, or of one of its partitions.
    fn is_key(&self, col: Col) -> bool {
        let catalog = self.world.catalog;
        let Some(relation) = catalog.relation(col.relation) else {
            return true;
        };
        let column = relation.columns.iter().find(|c| c.number == col.number);
        let Some(column) = column else {
            return true;
        };
        // Of what a session made itself the keys are not known.
        if catalog.is_made(col.relation) {
            return true;
        }
        let mut seen = FxHashSet::default();
        let mut oids = vec![col.relation];
        while let Some(oid) = oids.pop() {
            if !seen.insert(oid) {
                continue;
            }
            let same = catalog.relation(oid).into_iter().flat_map(|r| &r.columns);
            let numbers: Vec<i16> = same
                .filter(|c| c.name == column.name)
                .map(|c| c.number)
                .collect();
            let mut keys = catalog.unique_keys(oid).iter();
            if keys.any(|key| key.iter().any(|n| *n == 0 || numbers.contains(n))) {
                return true;
            }
            if let Some(beside) = catalog.beside(oid) {
                oids.extend(&beside.children);
            }
        }
        false
    }
}
