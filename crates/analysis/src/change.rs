//! What a statement makes of its session's world: the overlay after it.
//!
//! Why: in the transaction that renames a table nobody else sees the new name, and the column it
//! renames must keep its class. What is followed exactly stands here by name; of what is not,
//! the names it may have changed are lost, and a definition nobody here knows loses them all.
//! ALTER is read in `altered`, CREATE in `made`. When an overlay comes into force, and when it
//! goes, is `govern`'s.

use catalog::{Life, Overlay, Relation, TEMPORARY};
use model::{Action, ObjectKind};
use squawk_syntax::ast::{AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::definition::definition;
use crate::name;
use crate::reader::{Reader, child};

/// Gaps behind which nothing can hide that changes what names mean.
fn is_plain(gap: &model::Gap) -> bool {
    matches!(gap.kind.as_str(), "column" | "relation")
}

/// Nodes that name a relation.
pub(crate) fn is_relation_name(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::INDEX_REF
            | SyntaxKind::SEQUENCE_REF
            | SyntaxKind::TABLE_NAME_REF
            | SyntaxKind::VIEW_REF
    )
}

impl Reader<'_> {
    /// The session's world after this statement; `None` where it is as before. Asked while the
    /// notes of the statement stand.
    pub(crate) fn change(&mut self, statement: &Stmt) -> Option<Overlay> {
        let defines = |action| matches!(action, Action::Create | Action::Alter | Action::Drop);
        let is_definition = definition(statement).is_some_and(|(action, _)| defines(action));
        let before = self.world.catalog.overlay();
        let ends_things = match statement {
            Stmt::Commit(_) => before.is_some_and(|before| before.is_transient()),
            Stmt::Discard(_) => before.is_some(),
            _ => false,
        };
        let is_into = matches!(statement, Stmt::SelectInto(_));
        let hides = !self.notes.effects.gaps.iter().all(is_plain) || self.notes.has_unread_body();
        let is_lost = hides
            || self.notes.does_besides(defines)
            || (!is_definition && !is_into && self.notes.does(defines));
        if !is_definition && !ends_things && !is_lost && !is_into {
            return None;
        }
        let mut overlay = before
            .map(|before| Overlay::clone(before))
            .unwrap_or_default();
        if is_lost || self.is_shaken {
            overlay.lose_all();
        } else {
            self.follow(statement, &mut overlay);
        }
        (before.is_some() || !overlay.is_empty()).then_some(overlay)
    }

    fn follow(&mut self, statement: &Stmt, overlay: &mut Overlay) {
        let node = statement.syntax();
        match statement {
            Stmt::AlterForeignTable(_)
            | Stmt::AlterIndex(_)
            | Stmt::AlterMaterializedView(_)
            | Stmt::AlterSequence(_)
            | Stmt::AlterTable(_)
            | Stmt::AlterView(_) => self.altered(node, overlay),
            Stmt::CreateForeignTable(_) | Stmt::CreateSequence(_) | Stmt::CreateTable(_) => {
                self.made(node, overlay);
            }
            Stmt::CreateMaterializedView(_)
            | Stmt::CreateTableAs(_)
            | Stmt::CreateView(_)
            | Stmt::SelectInto(_) => self.filled(node, overlay),
            Stmt::DropForeignTable(_)
            | Stmt::DropMaterializedView(_)
            | Stmt::DropSequence(_)
            | Stmt::DropTable(_)
            | Stmt::DropView(_) => self.dropped(node, overlay),
            Stmt::AlterAggregate(_)
            | Stmt::AlterFunction(_)
            | Stmt::AlterProcedure(_)
            | Stmt::AlterRoutine(_)
            | Stmt::CreateAggregate(_)
            | Stmt::CreateFunction(_)
            | Stmt::CreateProcedure(_)
            | Stmt::DropAggregate(_)
            | Stmt::DropFunction(_)
            | Stmt::DropProcedure(_)
            | Stmt::DropRoutine(_) => self.functions_change(node, overlay),
            Stmt::AlterDomain(_)
            | Stmt::AlterType(_)
            | Stmt::CreateDomain(_)
            | Stmt::CreateType(_)
            | Stmt::DropDomain(_)
            | Stmt::DropType(_) => {
                for (_, name) in self.notes.defined(ObjectKind::Other) {
                    overlay.lose_type(&name, Life::Permanent);
                }
            }
            Stmt::CreateSchema(_) => self.schema_made(node, overlay),
            // What a write to it does besides is not known until the catalog is read again.
            Stmt::CreateRule(_) | Stmt::CreateTrigger(_) => self.tables_lost(overlay),
            Stmt::Commit(_) => overlay.commit(),
            Stmt::Discard(_) => {
                let kind = |kind| child(node, kind).is_some();
                if kind(SyntaxKind::DISCARD_ALL) || kind(SyntaxKind::DISCARD_TEMP) {
                    overlay.drop_temporary();
                }
            }
            // What these change, no name means by it.
            Stmt::AlterCollation(_)
            | Stmt::AlterRule(_)
            | Stmt::AlterStatistics(_)
            | Stmt::AlterTrigger(_)
            | Stmt::CommentOn(_)
            | Stmt::CreateIndex(_)
            | Stmt::CreateStatistics(_)
            | Stmt::DropIndex(_)
            | Stmt::DropRule(_)
            | Stmt::DropStatistics(_)
            | Stmt::DropTrigger(_)
            | Stmt::Refresh(_)
            | Stmt::SecurityLabel(_) => {}
            _ => overlay.lose_all(),
        }
    }

    fn tables_lost(&self, overlay: &mut Overlay) {
        for (schema, name) in self.notes.defined(ObjectKind::Table) {
            overlay.lose(&name, life(&schema));
        }
    }

    /// DROP of relations. What cannot be told to be dropped with them is lost.
    fn dropped(&mut self, node: &SyntaxNode, overlay: &mut Overlay) {
        let is_optional = child(node, SyntaxKind::IF_EXISTS).is_some();
        let cascades = node
            .descendants_with_tokens()
            .any(|part| part.kind() == SyntaxKind::CASCADE_KW);
        for reference in node.children().filter(|c| is_relation_name(c.kind())) {
            let (schema, name) = name::qualified(&reference);
            match self.world.relation(schema.as_deref(), &name) {
                Ok(relation) => {
                    overlay.remove(relation.oid);
                    if cascades {
                        self.dependents(relation, overlay);
                    }
                }
                Err(_) if is_optional && !self.world.catalog.is_lost(&name) => {}
                Err(_) => overlay.lose(&name, Life::Permanent),
            }
        }
    }

    /// Views that mention a relation, and its children: CASCADE may take them along.
    fn dependents(&self, relation: &Relation, overlay: &mut Overlay) {
        let mut names: Vec<&str> = vec![&relation.name];
        let mut at = 0;
        while let Some(gone) = names.get(at).copied() {
            at += 1;
            for other in self.world.catalog.relations() {
                let is_child = other.parents.contains(&relation.oid);
                let text = other.definition.as_deref();
                let mentions = text.is_some_and(|text| text.contains(gone));
                if (is_child || mentions) && !names.contains(&&*other.name) {
                    names.push(&other.name);
                }
            }
        }
        for name in names.iter().skip(1) {
            overlay.lose(name, Life::Permanent);
        }
    }

    fn functions_change(&mut self, node: &SyntaxNode, overlay: &mut Overlay) {
        let names = self.notes.defined(ObjectKind::Function);
        if names.is_empty()
            || node
                .descendants()
                .any(|n| n.kind() == SyntaxKind::SET_SCHEMA)
        {
            overlay.lose_all();
        }
        for (_, name) in names {
            overlay.lose_function(&name);
        }
        let renamed = node.children().find(|n| {
            matches!(
                n.kind(),
                SyntaxKind::AGGREGATE_RENAME_TO
                    | SyntaxKind::FUNCTION_RENAME_TO
                    | SyntaxKind::PROCEDURE_RENAME_TO
                    | SyntaxKind::ROUTINE_RENAME_TO
            )
        });
        if let Some(renamed) = renamed {
            overlay.lose_function(&name::of_first(&renamed));
        }
    }

    fn schema_made(&mut self, node: &SyntaxNode, overlay: &mut Overlay) {
        let target = |n: &SyntaxNode| {
            matches!(
                n.kind(),
                SyntaxKind::IF_NOT_EXISTS
                    | SyntaxKind::AUTHORIZATION_SCHEMA
                    | SyntaxKind::NAMED_SCHEMA
            )
        };
        let names = self.notes.defined(ObjectKind::Schema);
        match names.as_slice() {
            [(_, name)] if !name.is_empty() && node.children().all(|n| target(&n)) => {
                overlay.make_schema(name);
            }
            _ => overlay.lose_all(),
        }
    }

    /// Where a new relation of that name comes to stand, and how long it lives; `None` where the
    /// server would refuse to make it.
    pub(crate) fn place(
        &self,
        node: &SyntaxNode,
        reference: &SyntaxNode,
    ) -> Option<(String, String, Life)> {
        let (schema, name) = name::qualified(reference);
        let known = &self.world.catalog.schemas;
        let is_known =
            |wanted: &str| wanted == TEMPORARY || known.iter().any(|schema| **schema == *wanted);
        let is_temporary = node
            .children()
            .any(|c| c.kind() == SyntaxKind::TEMP)
            .then(|| TEMPORARY.to_owned());
        let first = || {
            let mut path = self.world.search_path.iter();
            path.find(|schema| is_known(schema))
                .map(ToString::to_string)
        };
        let schema = is_temporary.or(schema).or_else(first)?;
        let on_commit = node
            .descendants()
            .find(|n| n.kind() == SyntaxKind::ON_COMMIT);
        let drops = on_commit.is_some_and(|on| child(&on, SyntaxKind::DROP).is_some());
        let life = match life(&schema) {
            Life::Session if drops => Life::Transaction,
            life => life,
        };
        Some((schema, name, life))
    }
}

/// How long what stands in a schema lives.
pub(crate) fn life(schema: &str) -> Life {
    if schema == TEMPORARY {
        Life::Session
    } else {
        Life::Permanent
    }
}
