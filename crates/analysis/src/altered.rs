//! ALTER of relations: what the session's world is after it.
//!
//! Why: a renamed column is the column it was. What an action does to the meaning of names is
//! followed; where it brings in what is not known (an expression's values, a trigger), the name is
//! lost until the catalog is read again.

use std::sync::Arc;

use catalog::{Column, Overlay, Relation};
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::change::{is_relation_name, life};
use crate::name;
use crate::reader::{Reader, child};

/// A change of one column, which children share.
enum Columns {
    Add(Column),
    Drop(String),
    Rename(String, String),
    Retype(String, u32),
}

impl Columns {
    fn apply(&self, relation: &mut Relation) {
        match self {
            Self::Add(column) => {
                let mut all = relation.columns.iter();
                if !all.any(|known| known.name == column.name) {
                    let last = relation.columns.iter().map(|known| known.number).max();
                    let number = last.unwrap_or_default().saturating_add(1);
                    relation.columns.push(Column {
                        number,
                        ..column.clone()
                    });
                }
            }
            Self::Drop(name) => relation.columns.retain(|known| *known.name != **name),
            Self::Rename(from, to) => {
                for known in relation.columns.iter_mut().filter(|c| *c.name == **from) {
                    known.name = to.as_str().into();
                }
            }
            Self::Retype(name, type_oid) => {
                for known in relation.columns.iter_mut().filter(|c| *c.name == **name) {
                    known.type_oid = *type_oid;
                    known.modifier = -1;
                }
            }
        }
    }
}

impl Reader<'_> {
    /// ALTER TABLE, VIEW, INDEX …
    pub(crate) fn altered(&mut self, node: &SyntaxNode, overlay: &mut Overlay) {
        let of = |n: &SyntaxNode| n.children().find(|c| is_relation_name(c.kind()));
        let holder = child(node, SyntaxKind::TABLE_RELATION_NAME);
        let Some(reference) = holder.as_ref().and_then(of).or_else(|| of(node)) else {
            return;
        };
        let (schema, name) = name::qualified(&reference);
        let Ok(relation) = self.world.relation(schema.as_deref(), &name) else {
            // Whatever it is, an index perhaps: its old name and its new one are not known.
            overlay.lose(&name, life(schema.as_deref().unwrap_or_default()));
            for new in node.children().filter_map(|action| renamed(&action)) {
                overlay.lose(&new, life(schema.as_deref().unwrap_or_default()));
            }
            return;
        };
        let mut relation = relation.clone();
        let descendants = self.descendants(relation.oid);
        for action in node.children() {
            self.action(&action, &mut relation, (&descendants, overlay));
        }
        overlay.put(relation);
    }

    /// Relations that inherit from one, at any depth.
    fn descendants(&self, oid: u32) -> Vec<u32> {
        let mut found = vec![oid];
        let mut at = 0;
        while let Some(parent) = found.get(at).copied() {
            at += 1;
            for relation in self.world.catalog.relations() {
                if relation.parents.contains(&parent) && !found.contains(&relation.oid) {
                    found.push(relation.oid);
                }
            }
        }
        found.split_off(1)
    }

    fn action(
        &mut self,
        action: &SyntaxNode,
        relation: &mut Relation,
        (descendants, overlay): (&[u32], &mut Overlay),
    ) {
        if let Some(name) = renamed(action) {
            relation.name = name.into();
            return;
        }
        match action.kind() {
            SyntaxKind::SET_SCHEMA => {
                if let Some(schema) = child(action, SyntaxKind::SCHEMA_REF) {
                    relation.schema = name::of_first(&schema).into();
                }
            }
            SyntaxKind::ADD_COLUMN
            | SyntaxKind::ALTER_COLUMN
            | SyntaxKind::DROP_COLUMN
            | SyntaxKind::RENAME_COLUMN => match self.column_change(action, relation) {
                Ok(Some(change)) => {
                    change.apply(relation);
                    for oid in descendants {
                        if let Some(known) = self.world.catalog.relation(*oid) {
                            let mut known = known.clone();
                            change.apply(&mut known);
                            overlay.put(known);
                        }
                    }
                }
                Ok(None) => {}
                Err(()) => overlay.lose(&relation.name, life(&relation.schema)),
            },
            SyntaxKind::ATTACH_PARTITION => {
                let partition = child(action, SyntaxKind::TABLE_NAME_REF);
                self.adopted(partition.as_ref(), relation.oid, overlay);
            }
            SyntaxKind::INHERIT_TABLE => {
                let parent = child(action, SyntaxKind::TABLE_NAME_REF).map(|n| name::qualified(&n));
                match parent.map(|(schema, name)| self.world.relation(schema.as_deref(), &name)) {
                    Some(Ok(parent)) => relation.parents.push(parent.oid),
                    _ => overlay.lose_all(),
                }
            }
            SyntaxKind::MERGE_PARTITIONS | SyntaxKind::SPLIT_PARTITION => overlay.lose_all(),
            SyntaxKind::ADD_CONSTRAINT => Self::references(action, overlay),
            SyntaxKind::ENABLE_ALWAYS_RULE
            | SyntaxKind::ENABLE_ALWAYS_TRIGGER
            | SyntaxKind::ENABLE_REPLICA_RULE
            | SyntaxKind::ENABLE_REPLICA_TRIGGER
            | SyntaxKind::ENABLE_RULE
            | SyntaxKind::ENABLE_TRIGGER => {
                overlay.lose(&relation.name, life(&relation.schema));
            }
            _ => {}
        }
    }

    /// A relation becomes a child of another.
    fn adopted(&mut self, child: Option<&SyntaxNode>, parent: u32, overlay: &mut Overlay) {
        let Some((schema, name)) = child.map(name::qualified) else {
            return overlay.lose_all();
        };
        match self.world.relation(schema.as_deref(), &name) {
            Ok(known) => {
                let mut known = known.clone();
                known.parents.push(parent);
                overlay.put(known);
            }
            Err(_) => overlay.lose_all(),
        }
    }

    /// A foreign key with an action: what a change of the table it refers to changes besides is
    /// not known until the catalog is read again.
    pub(crate) fn references(node: &SyntaxNode, overlay: &mut Overlay) {
        let acts = |n: &SyntaxNode| {
            matches!(
                n.kind(),
                SyntaxKind::CASCADE
                    | SyntaxKind::SET_NULL_COLUMNS
                    | SyntaxKind::SET_DEFAULT_COLUMNS
            )
        };
        let keys = node.descendants().filter(|n| {
            matches!(
                n.kind(),
                SyntaxKind::FOREIGN_KEY_CONSTRAINT | SyntaxKind::REFERENCES_CONSTRAINT
            )
        });
        for key in keys.filter(|key| key.descendants().any(|n| acts(&n))) {
            if let Some(table) = child(&key, SyntaxKind::TABLE_NAME_REF) {
                overlay.lose(&name::qualified(&table).1, catalog::Life::Permanent);
            }
        }
    }

    /// What an action does to a column; `Err` where its values come to be others'.
    fn column_change(
        &mut self,
        action: &SyntaxNode,
        relation: &Relation,
    ) -> Result<Option<Columns>, ()> {
        let old = child(action, SyntaxKind::COLUMN_NAME_REF).map(|n| name::of(&n));
        let new = child(action, SyntaxKind::COLUMN_NAME).map(|n| name::of(&n));
        let kind = action.children().find_map(ast::Type::cast);
        let has = |kind| action.descendants().any(|n| n.kind() == kind);
        match (action.kind(), old, new) {
            (SyntaxKind::RENAME_COLUMN, Some(old), Some(new)) => {
                Ok(Some(Columns::Rename(old, new)))
            }
            (SyntaxKind::DROP_COLUMN, Some(old), _) => Ok(Some(Columns::Drop(old))),
            (SyntaxKind::ADD_COLUMN, _, Some(new)) => {
                let type_oid = kind.map_or(0, |kind| self.written(kind.syntax()).oid);
                let mut column = plain(&new, type_oid);
                column.is_generated = has(SyntaxKind::GENERATED_STORED);
                if column.is_generated {
                    column.class = mentioned(action, &relation.columns);
                }
                Ok(Some(Columns::Add(column)))
            }
            (SyntaxKind::ALTER_COLUMN, Some(old), _) => {
                let Some(retyped) = child(action, SyntaxKind::SET_TYPE) else {
                    return if has(SyntaxKind::SET_EXPRESSION) {
                        Err(())
                    } else {
                        Ok(None)
                    };
                };
                if has(SyntaxKind::USING_EXPR) {
                    return Err(());
                }
                let kind = retyped.children().find_map(ast::Type::cast).ok_or(())?;
                let type_oid = self.written(kind.syntax()).oid;
                Ok(Some(Columns::Retype(old, type_oid)))
            }
            _ => Err(()),
        }
    }
}

/// A column of no class.
pub(crate) fn plain(name: &str, type_oid: u32) -> Column {
    Column {
        class: None,
        evidence: String::new(),
        is_generated: false,
        is_not_null: false,
        modifier: -1,
        name: Arc::from(name),
        number: 0,
        type_oid,
    }
}

/// The class of the first classified column that an expression may mention.
pub(crate) fn mentioned(node: &SyntaxNode, columns: &[Column]) -> Option<model::Class> {
    let stored = node
        .descendants()
        .find(|n| n.kind() == SyntaxKind::GENERATED_STORED)?;
    let names: Vec<String> = stored
        .descendants()
        .filter(|n| n.kind() == SyntaxKind::NAME_REF)
        .map(|n| name::of(&n))
        .collect();
    let is_meant = |column: &&Column| names.iter().any(|name| *column.name == **name);
    columns
        .iter()
        .filter(is_meant)
        .find_map(|column| column.class)
}

/// The new name an action gives to its relation.
pub(crate) fn renamed(action: &SyntaxNode) -> Option<String> {
    let is_rename = matches!(
        action.kind(),
        SyntaxKind::INDEX_RENAME_TO
            | SyntaxKind::SEQUENCE_RENAME_TO
            | SyntaxKind::TABLE_RENAME_TO
            | SyntaxKind::VIEW_RENAME_TO
    );
    let new = action.children().next().filter(|_| is_rename)?;
    Some(name::qualified(&new).1)
}
