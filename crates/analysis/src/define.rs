//! Definitions: CREATE, ALTER, DROP, GRANT and their like, by name of what they are on.
//!
//! Why: policy judges the action and the object; bodies and options are for the reviewer's eye.
//! What a definition holds besides its query is in `kept`.

use catalog::TEMPORARY;
use model::{Action, Object, ObjectKind};
use squawk_syntax::ast::{AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::altered::renamed;
use crate::definition::definition;
use crate::name;
use crate::notes::{named, table};
use crate::reader::{Reader, child, has_token};
use crate::tree::{Role, role};

/// Nodes that hold the names of what a definition is on.
fn is_list(kind: SyntaxKind) -> bool {
    let name = format!("{kind:?}");
    name.starts_with("OBJECT_")
        || name.starts_with("PRIVILEGE_")
        || name.ends_with("_SIG")
        || name.ends_with("_SIG_LIST")
        || matches!(
            kind,
            SyntaxKind::ON_PRIVILEGE_OBJECTS_CLAUSE
                | SyntaxKind::RELATION_LIST
                | SyntaxKind::RELATION_NAME
                | SyntaxKind::TABLE_LIST
                | SyntaxKind::TABLE_RELATION_NAME
                | SyntaxKind::TABLE_AND_COLUMNS
                | SyntaxKind::TABLE_AND_COLUMNS_LIST
                | SyntaxKind::AGGREGATE
                | SyntaxKind::NAMED_SCHEMA
                | SyntaxKind::AUTHORIZATION_SCHEMA
                | SyntaxKind::REINDEX_TARGET_TABLE
                | SyntaxKind::REINDEX_TARGET_INDEX
                | SyntaxKind::REINDEX_TARGET_SCHEMA
                | SyntaxKind::CLUSTER_LEGACY
                | SyntaxKind::ON_PATH
                | SyntaxKind::ROLE_REF_LIST
        )
}

/// Nodes that are such a name, and the kind of thing they name where that is plain.
#[expect(
    clippy::option_option,
    reason = "no name; a name of a kind; a name of some kind"
)]
fn is_name(kind: SyntaxKind) -> Option<Option<ObjectKind>> {
    Some(Some(match kind {
        SyntaxKind::RELATION_NAME_REF
        | SyntaxKind::SEQUENCE
        | SyntaxKind::SEQUENCE_REF
        | SyntaxKind::TABLE_NAME
        | SyntaxKind::TABLE_NAME_REF
        | SyntaxKind::VIEW
        | SyntaxKind::VIEW_REF => ObjectKind::Table,
        SyntaxKind::AGGREGATE_NAME
        | SyntaxKind::FUNCTION_NAME
        | SyntaxKind::FUNCTION_NAME_REF
        | SyntaxKind::PROCEDURE_NAME
        | SyntaxKind::PROCEDURE_NAME_REF
        | SyntaxKind::ROUTINE_NAME_REF => ObjectKind::Function,
        SyntaxKind::ROLE | SyntaxKind::ROLE_REF | SyntaxKind::ROLE_NAME_REF => ObjectKind::Role,
        SyntaxKind::SCHEMA | SyntaxKind::SCHEMA_REF => ObjectKind::Schema,
        SyntaxKind::DATABASE | SyntaxKind::DATABASE_REF => ObjectKind::Database,
        SyntaxKind::DOMAIN
        | SyntaxKind::DOMAIN_REF
        | SyntaxKind::EXTENSION
        | SyntaxKind::EXTENSION_REF
        | SyntaxKind::INDEX
        | SyntaxKind::INDEX_REF
        | SyntaxKind::POLICY
        | SyntaxKind::POLICY_REF
        | SyntaxKind::PUBLICATION
        | SyntaxKind::PUBLICATION_REF
        | SyntaxKind::RULE
        | SyntaxKind::RULE_REF
        | SyntaxKind::SERVER
        | SyntaxKind::SERVER_REF
        | SyntaxKind::STATISTICS
        | SyntaxKind::STATISTICS_REF
        | SyntaxKind::SUBSCRIPTION
        | SyntaxKind::SUBSCRIPTION_REF
        | SyntaxKind::TRIGGER
        | SyntaxKind::TRIGGER_REF
        | SyntaxKind::TYPE_NAME
        | SyntaxKind::TYPE_NAME_REF => ObjectKind::Other,
        SyntaxKind::PATH_REF | SyntaxKind::QUALIFIED_COLUMN_NAME_REF => return Some(None),
        _ => return None,
    }))
}

impl Reader<'_> {
    /// A definition: the action on each thing it names.
    pub(crate) fn define(&mut self, statement: &Stmt) {
        self.defines = !matches!(statement, Stmt::CreateTableAs(_));
        self.defined(statement);
        self.defines = false;
    }

    fn defined(&mut self, statement: &Stmt) {
        let node = statement.syntax();
        let Some((action, kind)) = definition(statement) else {
            self.unread(node);
            return;
        };
        let is_temporary = child(node, SyntaxKind::TEMP).is_some();
        let mut objects = Vec::new();
        self.objects(node, kind, &mut objects);
        if objects.is_empty() {
            objects.push(named(kind, "", ""));
        }
        let is_index = node.kind() == SyntaxKind::CREATE_INDEX;
        let is_on_temporary = objects.iter().any(|object| object.schema == TEMPORARY);
        for mut object in objects {
            let is_table = object.kind == ObjectKind::Table;
            let action = if is_index && is_table {
                Action::Alter
            } else {
                action
            };
            if is_index && !is_table && is_on_temporary {
                // An index stands where its table does.
                object = named(ObjectKind::Table, TEMPORARY, &object.name);
            } else if action == Action::Create {
                object = self.created(object, is_temporary);
            }
            self.altered_with(action, &object, node);
            for new in node.children().filter_map(|part| renamed(&part)) {
                // From then on the name leads here.
                let new = named(object.kind, &object.schema, &new);
                let new = self.created(new, false);
                self.notes.act(action, new);
            }
            self.notes.act(action, object);
        }
        self.defined_on(node);
        if node.kind() == SyntaxKind::CREATE_VIEW {
            let kept = std::mem::take(&mut self.notes);
            self.queries(node);
            let held = std::mem::replace(&mut self.notes, kept);
            self.puts_off(&held);
        } else {
            self.queries(node);
        }
        self.holds(node);
        self.brings_along(node);
        self.sets_off();
        if matches!(
            statement,
            Stmt::CreateFunction(_) | Stmt::CreateProcedure(_)
        ) {
            self.defines_body(node);
        }
        if matches!(
            statement,
            Stmt::AlterTable(_) | Stmt::ImportForeignSchema(_)
        ) {
            self.notes.effects.returns_rows = false;
        }
    }

    /// What is made, where it is temporary: in `pg_temp`, by whichever spelling it comes there. One
    /// whose name hides a relation is that relation: from then on its name leads elsewhere.
    fn created(&self, object: Object, is_temporary: bool) -> Object {
        let is_there = object.schema == TEMPORARY || object.schema.starts_with("pg_temp_");
        if !is_temporary && !is_there {
            return object;
        }
        let path = self.world.search_path.iter();
        let path: Vec<_> = path
            .filter(|schema| ***schema != *TEMPORARY)
            .cloned()
            .collect();
        let is_relation = object.kind == ObjectKind::Table;
        let hidden = self.world.catalog.resolve_relation(&path, &object.name);
        match hidden.filter(|relation| is_relation && *relation.schema != *TEMPORARY) {
            Some(hidden) => table(hidden),
            None => named(object.kind, TEMPORARY, &object.name),
        }
    }

    fn objects(&mut self, node: &SyntaxNode, kind: ObjectKind, objects: &mut Vec<Object>) {
        for part in node.children() {
            if is_list(part.kind()) {
                self.objects(&part, kind, objects);
            } else if let Some(known) = is_name(part.kind()) {
                // `ALTER TABLE t … OWNER TO r`: what stands deeper is not what it is on.
                objects.push(self.object(&part, known.unwrap_or(kind)));
            }
        }
    }

    fn object(&mut self, node: &SyntaxNode, kind: ObjectKind) -> Object {
        let mut parts = name::path(node);
        if node.kind() == SyntaxKind::QUALIFIED_COLUMN_NAME_REF {
            parts.pop();
        }
        let mut name = parts.pop().unwrap_or_default();
        if kind == ObjectKind::Role && name.is_empty() {
            name = name::of_first(node);
        }
        let schema = parts.pop();
        if kind == ObjectKind::Table
            && let Ok(relation) = self.world.relation(schema.as_deref(), &name)
        {
            return table(relation);
        }
        let first = || self.world.search_path.first().map(ToString::to_string);
        let is_in_schema = matches!(kind, ObjectKind::Table | ObjectKind::Function);
        let schema = schema
            .or_else(|| first().filter(|_| is_in_schema))
            .unwrap_or_default();
        named(kind, &schema, &name)
    }

    /// What is done to a table's columns is done to its children's.
    fn altered_with(&mut self, action: Action, object: &Object, node: &SyntaxNode) {
        let is_only = node
            .descendants_with_tokens()
            .any(|part| part.kind() == SyntaxKind::ONLY_KW);
        if action != Action::Alter || object.oid == 0 || is_only {
            return;
        }
        let catalog = self.world.catalog;
        let via = format!("parent {}.{}", object.schema, object.name);
        let mut above = vec![object.oid];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(oid) = above.pop() {
            let children = catalog.beside(oid).map(|beside| beside.children.as_slice());
            for oid in children
                .unwrap_or_default()
                .iter()
                .filter(|oid| seen.insert(**oid))
            {
                above.push(*oid);
                if let Some(child) = catalog.relation(*oid) {
                    self.notes.act_by(Action::Alter, table(child), &via);
                }
            }
        }
    }

    /// The table an index, trigger, rule or policy is put on is altered.
    fn defined_on(&mut self, node: &SyntaxNode) {
        let holders = node.children().filter(|c| {
            matches!(
                c.kind(),
                SyntaxKind::INHERITS
                    | SyntaxKind::ON_RELATION
                    | SyntaxKind::ON_TABLE
                    | SyntaxKind::PARTITION_OF
                    | SyntaxKind::RULE_ON
            )
        });
        for holder in holders {
            for reference in holder.children() {
                if is_name(reference.kind()).is_some() {
                    let object = self.object(&reference, ObjectKind::Table);
                    self.notes.act(Action::Alter, object);
                }
            }
        }
    }

    /// Queries a definition holds: they are run, or kept to be run.
    fn queries(&mut self, node: &SyntaxNode) {
        let keeps_rows = matches!(
            node.kind(),
            SyntaxKind::CREATE_MATERIALIZED_VIEW | SyntaxKind::CREATE_TABLE_AS
        );
        for part in node.children() {
            match part.kind() {
                SyntaxKind::EXECUTE => {
                    self.execute(&part);
                    let reason = "the rows a prepared statement would leave in a table";
                    self.notes.gap("prepared", reason);
                }
                kind if role(kind) == Role::Select => {
                    let rows = self.select(&part, &self.ground());
                    for field in rows.fields.iter().filter(|_| keeps_rows) {
                        self.carries(&field.value, None);
                    }
                    self.kept_rows = Some(rows.fields);
                }
                _ => {}
            }
        }
        self.notes.effects.outputs = None;
        self.notes.effects.returns_rows = false;
    }

    /// SELECT INTO makes a table.
    pub(crate) fn creates_table(&mut self, into: &SyntaxNode) {
        let Some(reference) = child(into, SyntaxKind::TABLE_NAME) else {
            self.unread(into);
            return;
        };
        let object = self.object(&reference, ObjectKind::Table);
        let object = self.created(object, child(into, SyntaxKind::TEMP).is_some());
        self.notes.act(Action::Create, object);
    }

    /// VACUUM, LOCK, TRUNCATE: an action on each table named, or on the database.
    pub(crate) fn on_tables(&mut self, node: &SyntaxNode, action: Action) {
        let mut objects = Vec::new();
        self.objects(node, ObjectKind::Table, &mut objects);
        let cascades = has_token(node, SyntaxKind::CASCADE_KW)
            || node
                .children()
                .any(|part| has_token(&part, SyntaxKind::CASCADE_KW));
        let mut unknown = Vec::new();
        for object in &objects {
            if object.kind == ObjectKind::Table && object.oid == 0 {
                unknown.push(object.name.clone());
            }
        }
        if objects.is_empty() {
            objects.push(named(ObjectKind::Database, "", ""));
        }
        if action == Action::Maintain {
            self.keeps_up(node, &objects);
        }
        for object in objects {
            if action == Action::Truncate
                && let Some(relation) = self.world.catalog.relation(object.oid)
            {
                self.beside_truncate(relation, cascades);
            }
            self.notes.act(action, object);
        }
        for name in unknown {
            self.notes
                .gap("relation", format!("relation {name} is not in the catalog"));
        }
    }
}
