//! What a new table brings with it: defaults and checks of those it is made like, and what its
//! columns' types call.
//!
//! Why: nobody reads the catalog again before a session writes to its own temporary table, so what
//! such a write will run is asked for where the table is made.
//! What a table of the catalog runs is in `beside`.

use catalog::Relation;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::name;
use crate::reader::Reader;
use crate::tree::{Role, role};

/// Parts of a definition that name a relation whose columns are taken over.
fn takes_over(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::INHERITS | SyntaxKind::LIKE_CLAUSE | SyntaxKind::PARTITION_OF
    )
}

/// What an index is put on.
fn names_table(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::RELATION_NAME | SyntaxKind::RELATION_NAME_REF | SyntaxKind::TABLE_NAME_REF
    )
}

/// Whether LIKE says INCLUDING.
fn includes(like: &SyntaxNode) -> bool {
    let tokens = like.descendants_with_tokens();
    let mut tokens = tokens.filter_map(squawk_syntax::SyntaxElement::into_token);
    tokens.any(|token| token.text().eq_ignore_ascii_case("including"))
}

impl Reader<'_> {
    /// What a table that is made or altered, or an index on one, will run when it is written to.
    pub(crate) fn brings_along(&mut self, node: &SyntaxNode) {
        if !matches!(
            node.kind(),
            SyntaxKind::ALTER_TABLE
                | SyntaxKind::CREATE_FOREIGN_TABLE
                | SyntaxKind::CREATE_INDEX
                | SyntaxKind::CREATE_TABLE
        ) {
            return;
        }
        let is_index = node.kind() == SyntaxKind::CREATE_INDEX;
        for part in node.descendants() {
            let is_named = is_index && names_table(part.kind());
            if is_named {
                self.takes_over(&part, false);
            } else if takes_over(part.kind()) {
                // LIKE alone takes columns and no more.
                let is_whole = part.kind() != SyntaxKind::LIKE_CLAUSE || includes(&part);
                for reference in part.children() {
                    self.takes_over(&reference, is_whole);
                }
            } else if role(part.kind()) == Role::Type {
                let type_oid = self.written(&part).oid;
                self.of_type_made(type_oid);
            }
        }
    }

    fn takes_over(&mut self, reference: &SyntaxNode, is_whole: bool) {
        let (schema, name) = name::qualified(reference);
        let Ok(relation) = self.world.relation(schema.as_deref(), &name) else {
            return;
        };
        for column in &relation.columns {
            self.of_type_made(column.type_oid);
        }
        let beside = self.world.catalog.beside(relation.oid).filter(|_| is_whole);
        for expression in beside.into_iter().flat_map(|beside| &beside.expressions) {
            self.computes(expression);
        }
    }

    /// A column is made of a type: it has the type's default, and may have a key.
    fn of_type_made(&mut self, type_oid: u32) {
        let catalog = self.world.catalog;
        for default in catalog.type_defaults(type_oid) {
            self.computes(default);
        }
        self.compares_type(type_oid);
    }

    /// What sorting and hashing a relation's columns calls.
    pub(crate) fn compares_columns(&mut self, relation: &Relation) {
        if self.world.catalog.has_loads() {
            for column in &relation.columns {
                self.compares_type(column.type_oid);
            }
        }
    }
}
