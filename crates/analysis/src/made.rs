//! CREATE of relations: what the session's world is after it.
//!
//! Why: a copy of a classified column is classified, under whatever name. A column filled from a
//! query has the class of what it was filled from; of a relation whose columns cannot be told the
//! name is lost.

use std::sync::Arc;

use catalog::{Column, Home, Life, Overlay, Relation, RelationKind};
use model::Class;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::altered::{mentioned, plain};
use crate::name;
use crate::reader::{Reader, child, has_token};
use crate::select::columns_of;
use crate::tree::{Role, role};
use crate::value::{Col, Field, Origin};

/// The columns every sequence has, and their types.
const SEQUENCE: [(&str, u32); 3] = [("last_value", 20), ("log_cnt", 20), ("is_called", 16)];

fn place_of(node: &SyntaxNode) -> Option<SyntaxNode> {
    let names = [
        SyntaxKind::SEQUENCE,
        SyntaxKind::TABLE_NAME,
        SyntaxKind::VIEW,
    ];
    node.children().find(|c| names.contains(&c.kind()))
}

impl Reader<'_> {
    /// CREATE TABLE, FOREIGN TABLE, SEQUENCE.
    pub(crate) fn made(&mut self, node: &SyntaxNode, overlay: &mut Overlay) {
        let Some((schema, name, life)) = place_of(node).and_then(|n| self.place(node, &n)) else {
            return overlay.lose_all();
        };
        if self.is_there(node, &schema, &name) {
            return;
        }
        let kind = match node.kind() {
            SyntaxKind::CREATE_FOREIGN_TABLE => RelationKind::Foreign,
            SyntaxKind::CREATE_SEQUENCE => RelationKind::Sequence,
            _ if child(node, SyntaxKind::PARTITION_BY).is_some() => RelationKind::Partitioned,
            _ => RelationKind::Table,
        };
        let mut relation = Relation::new(kind, &schema, &name, overlay.fresh_oid());
        let is_told = match kind {
            RelationKind::Sequence => {
                let columns = SEQUENCE
                    .iter()
                    .map(|(name, type_oid)| plain(name, *type_oid));
                relation.columns = columns.collect();
                true
            }
            _ => self.columns_made(node, &mut relation),
        };
        number(&mut relation.columns);
        Self::references(node, overlay);
        overlay.make(relation, life, None);
        overlay.lose_type(&name, life);
        if !is_told {
            overlay.lose(&name, life);
        }
    }

    /// Whether IF NOT EXISTS makes nothing.
    fn is_there(&self, node: &SyntaxNode, schema: &str, name: &str) -> bool {
        child(node, SyntaxKind::IF_NOT_EXISTS).is_some()
            && self.world.catalog.relation_in(schema, name).is_some()
    }

    /// The columns of a new table, its own and those it has from others; whether they could be
    /// told.
    fn columns_made(&mut self, node: &SyntaxNode, relation: &mut Relation) -> bool {
        let mut is_told = child(node, SyntaxKind::OF_TYPE).is_none();
        for holder in node.children() {
            if !matches!(
                holder.kind(),
                SyntaxKind::INHERITS | SyntaxKind::PARTITION_OF
            ) {
                continue;
            }
            for parent in holder.children() {
                let (schema, name) = name::qualified(&parent);
                match self.world.relation(schema.as_deref(), &name) {
                    Ok(parent) => {
                        relation.parents.push(parent.oid);
                        add(&mut relation.columns, parent.columns.iter().cloned());
                    }
                    Err(_) => is_told = false,
                }
            }
        }
        let list = child(node, SyntaxKind::TABLE_ARG_LIST);
        for part in list.iter().flat_map(SyntaxNode::children) {
            match part.kind() {
                SyntaxKind::COLUMN => {
                    let own = child(&part, SyntaxKind::COLUMN_NAME).map(|n| name::of(&n));
                    let kind = part.children().find_map(ast::Type::cast);
                    let type_oid = kind.map_or(0, |kind| self.written(kind.syntax()).oid);
                    let own = own.map(|name| plain(&name, type_oid));
                    add(&mut relation.columns, own);
                }
                SyntaxKind::LIKE_CLAUSE => {
                    let like = child(&part, SyntaxKind::RELATION_NAME_REF);
                    let like = like.map(|n| name::qualified(&n)).unwrap_or_default();
                    match self.world.relation(like.0.as_deref(), &like.1) {
                        Ok(like) => add(&mut relation.columns, like.columns.iter().cloned()),
                        Err(_) => is_told = false,
                    }
                }
                _ => {}
            }
        }
        // A generated column is computed from others of its table.
        for part in list.iter().flat_map(SyntaxNode::children) {
            let own = child(&part, SyntaxKind::COLUMN_NAME).map(|n| name::of(&n));
            let class = mentioned(&part, &relation.columns);
            let mut columns = relation.columns.iter_mut();
            if let Some(own) = own
                && part
                    .descendants()
                    .any(|n| n.kind() == SyntaxKind::GENERATED_STORED)
                && let Some(column) = columns.find(|column| *column.name == *own)
            {
                column.is_generated = true;
                column.class = column.class.or(class);
            }
        }
        is_told
    }

    /// CREATE TABLE AS, SELECT INTO, CREATE VIEW: the columns are those of a query.
    pub(crate) fn filled(&mut self, node: &SyntaxNode, overlay: &mut Overlay) {
        let into = child(node, SyntaxKind::INTO_CLAUSE);
        let holder = into.as_ref().unwrap_or(node);
        let Some((schema, name, life)) = place_of(holder).and_then(|n| self.place(holder, &n))
        else {
            return overlay.lose_all();
        };
        if self.is_there(node, &schema, &name) {
            return;
        }
        let kind = match node.kind() {
            SyntaxKind::CREATE_MATERIALIZED_VIEW => RelationKind::MaterializedView,
            SyntaxKind::CREATE_VIEW => RelationKind::View,
            _ => RelationKind::Table,
        };
        // A view of something temporary is temporary itself, said or not.
        let is_of_temporary = kind == RelationKind::View && self.notes.is_of_temporary();
        let (schema, life) = if is_of_temporary && life == Life::Permanent {
            (catalog::TEMPORARY.to_owned(), Life::Session)
        } else {
            (schema, life)
        };
        let rows = self.kept_rows.take().unwrap_or_default();
        let known = self.world.catalog.relation_in(&schema, &name);
        let oid = known.map_or_else(|| overlay.fresh_oid(), |known| known.oid);
        let mut relation = Relation::new(kind, &schema, &name, oid);
        relation.columns = rows
            .iter()
            .map(|field| self.column_of(field, kind))
            .collect();
        for (column, own) in relation.columns.iter_mut().zip(names_given(node)) {
            column.name = own.as_str().into();
        }
        number(&mut relation.columns);
        let mut home = None;
        if kind != RelationKind::Table {
            let query = node.children().find(|c| role(c.kind()) == Role::Select);
            relation.definition = query.map(|query| query.text().to_string().into());
            home = Some(Home {
                catalog: Arc::clone(self.scene.catalog),
                path: self.world.search_path.as_slice().into(),
            });
        }
        let is_opaque = |field: &Field| matches!(field.value.origin, Origin::Opaque);
        let is_told = !rows.is_empty()
            && self.notes.effects.gaps.is_empty()
            && !has_token(node, SyntaxKind::RECURSIVE_KW)
            && (kind == RelationKind::View || !rows.iter().any(is_opaque));
        overlay.make(relation, life, home);
        overlay.lose_type(&name, life);
        if !is_told {
            overlay.lose(&name, life);
        }
    }

    /// A column filled from a field. A view's is what its definition reads, each time.
    fn column_of(&self, field: &Field, kind: RelationKind) -> Column {
        let mut column = plain(&field.name, field.value.type_oid);
        if kind != RelationKind::View {
            column.class = self.class_of(&field.value.origin);
        }
        column
    }

    fn class_of(&self, origin: &Origin) -> Option<Class> {
        let of = |col: &Col| {
            let relation = self.world.catalog.relation(col.relation)?;
            let mut columns = relation.columns.iter();
            columns.find(|column| column.number == col.number)?.class
        };
        match origin {
            Origin::Bare(col) => of(col),
            Origin::Derived(cols) | Origin::OneOf(cols) => cols.iter().find_map(of),
            Origin::Clean | Origin::Opaque => None,
        }
    }
}

/// The column names a statement gives to what its query gives.
fn names_given(node: &SyntaxNode) -> Vec<String> {
    let Some(list) = child(node, SyntaxKind::TABLE_ARG_LIST) else {
        return columns_of(node);
    };
    let columns = list
        .children()
        .filter_map(|c| child(&c, SyntaxKind::COLUMN_NAME));
    columns.map(|n| name::of(&n)).collect()
}

/// Adds columns a table does not have yet; one it has keeps the class either gives it.
fn add(columns: &mut Vec<Column>, more: impl IntoIterator<Item = Column>) {
    for column in more {
        match columns.iter_mut().find(|known| known.name == column.name) {
            Some(known) => known.class = known.class.or(column.class),
            None => columns.push(column),
        }
    }
}

fn number(columns: &mut [Column]) {
    for (number, column) in (1..).zip(columns) {
        column.number = number;
    }
}
