//! The snapshot: relations, columns, functions, types, by oid and by name.
//!
//! Immutable once shared; every look-up is by hash. It reads nothing and resolves no overloads.

use std::sync::Arc;

use model::{Class, Volatility};
use rustc_hash::FxHashMap;

use crate::digest;

/// What kind of relation (`pg_class.relkind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RelationKind {
    /// 'c': a composite type's row.
    Composite,
    /// 'f'.
    Foreign,
    /// 'm'.
    MaterializedView,
    /// 'p'.
    Partitioned,
    /// 'S'.
    Sequence,
    /// 'r'.
    Table,
    /// 'v'.
    View,
}

/// One column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What sensitive thing it holds.
    pub class: Option<Class>,
    /// Why we think so, or who said so; empty without a class.
    pub evidence: String,
    /// Whether it is generated from other columns.
    pub is_generated: bool,
    /// `attnotnull`.
    pub is_not_null: bool,
    /// `atttypmod`.
    pub modifier: i32,
    /// Its name.
    pub name: Arc<str>,
    /// `attnum`, from 1; system columns are not listed.
    pub number: i16,
    /// `atttypid`.
    pub type_oid: u32,
}

/// A table, view, sequence …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its columns by number, dropped ones left out.
    pub columns: Vec<Column>,
    /// The text of a view's query (`pg_get_viewdef`), for views and materialised views.
    pub definition: Option<Arc<str>>,
    /// Whether a rule other than a view's own rewrites statements on it.
    pub has_rules: bool,
    /// What it is.
    pub kind: RelationKind,
    /// Its name.
    pub name: Arc<str>,
    /// `pg_class.oid`.
    pub oid: u32,
    /// Relations it inherits from or is a partition of.
    pub parents: Vec<u32>,
    /// Columns of its primary key by number.
    pub primary_key: Vec<i16>,
    /// `reltuples`: -1 where never analysed.
    pub estimated_rows: i64,
    /// Its schema.
    pub schema: Arc<str>,
    /// Functions its enabled triggers run (`pg_trigger.tgfoid`), constraints' own left out.
    pub triggers: Vec<u32>,
}

/// What kind of function (`pg_proc.prokind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionKind {
    /// 'a'.
    Aggregate,
    /// 'f'.
    Function,
    /// 'p'.
    Procedure,
    /// 'w'.
    Window,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Input argument types (`proargtypes`).
    pub arguments: Vec<u32>,
    /// Its source, for SQL and PL/pgSQL functions outside `pg_catalog`: `prosrc`, or the text of
    /// `pg_get_function_sqlbody`.
    pub body: Option<Arc<str>>,
    /// How many arguments have defaults.
    pub defaults: u16,
    /// SECURITY DEFINER.
    pub is_security_definer: bool,
    /// VARIADIC.
    pub is_variadic: bool,
    /// What it is.
    pub kind: FunctionKind,
    /// `internal`, `c`, `sql`, `plpgsql` …
    pub language: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// `pg_proc.oid`.
    pub oid: u32,
    /// Names and types of OUT/TABLE columns, in order; empty where it has none.
    pub outputs: Vec<(Arc<str>, u32)>,
    /// `prorettype`.
    pub result: u32,
    /// `proretset`.
    pub returns_set: bool,
    /// Its schema.
    pub schema: Arc<str>,
    /// `provolatile`.
    pub volatility: Volatility,
}

/// What kind of type (`pg_type.typtype`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// 'b'.
    Base,
    /// 'c'.
    Composite,
    /// 'd'.
    Domain,
    /// 'e'.
    Enum,
    /// 'm'.
    Multirange,
    /// 'p'.
    Pseudo,
    /// 'r'.
    Range,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// `typbasetype` of a domain; 0.
    pub base: u32,
    /// `typcategory`.
    pub category: char,
    /// `typelem`; 0.
    pub element: u32,
    /// What it is.
    pub kind: TypeKind,
    /// Its name.
    pub name: Arc<str>,
    /// `pg_type.oid`.
    pub oid: u32,
    /// `typrelid` of a composite; 0.
    pub relation: u32,
    /// Its schema.
    pub schema: Arc<str>,
}

/// What a target contains at one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The database it was read from.
    pub database: Arc<str>,
    /// The role the gateway signs in as: what `$user` in a search path means.
    pub role: Arc<str>,
    /// Schemas by name.
    pub schemas: Vec<Arc<str>>,
    /// The search path a new session starts with, `$user` expanded, missing schemas left out.
    pub search_path: Vec<Arc<str>>,
    /// `server_version_num`.
    pub server_version: u32,
    /// SHA-256, in hex, over everything a verdict may depend on: equal catalogs, equal versions.
    pub version: Arc<str>,
    functions: FxHashMap<u32, Function>,
    functions_by_name: FxHashMap<Arc<str>, Vec<u32>>,
    relations: FxHashMap<u32, Relation>,
    relations_by_name: FxHashMap<Arc<str>, Vec<u32>>,
    types: FxHashMap<u32, Type>,
    types_by_name: FxHashMap<Arc<str>, Vec<u32>>,
}

impl Catalog {
    /// A catalog of these things, without database, role, schemas and search path: whoever fills
    /// these in seals it again ([`Catalog::sealed`]).
    pub fn of(relations: Vec<Relation>, functions: Vec<Function>, types: Vec<Type>) -> Self {
        let mut this = Self::default();
        for function in functions {
            this.functions_by_name
                .entry(function.name.clone())
                .or_default()
                .push(function.oid);
            this.functions.insert(function.oid, function);
        }
        for relation in relations {
            this.relations_by_name
                .entry(relation.name.clone())
                .or_default()
                .push(relation.oid);
            this.relations.insert(relation.oid, relation);
        }
        for kind in types {
            this.types_by_name
                .entry(kind.name.clone())
                .or_default()
                .push(kind.oid);
            this.types.insert(kind.oid, kind);
        }
        this.sealed()
    }

    /// The same catalog with its version computed from what it holds now.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.version = digest::of(&self);
        self
    }

    /// The relation of that oid.
    pub fn relation(&self, oid: u32) -> Option<&Relation> {
        self.relations.get(&oid)
    }

    /// Every relation, in no order.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values()
    }

    /// The relation of that schema and name.
    pub fn relation_in(&self, schema: &str, name: &str) -> Option<&Relation> {
        let oids = self.relations_by_name.get(name)?;
        oids.iter()
            .filter_map(|oid| self.relations.get(oid))
            .find(|r| &*r.schema == schema)
    }

    /// Functions of that name, in every schema.
    pub fn functions(&self, name: &str) -> impl Iterator<Item = &Function> {
        let oids = self
            .functions_by_name
            .get(name)
            .map_or(&[][..], Vec::as_slice);
        oids.iter().filter_map(|oid| self.functions.get(oid))
    }

    /// Every function, in no order.
    pub fn all_functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values()
    }

    /// The function of that oid.
    pub fn function(&self, oid: u32) -> Option<&Function> {
        self.functions.get(&oid)
    }

    /// The type of that oid.
    pub fn type_of(&self, oid: u32) -> Option<&Type> {
        self.types.get(&oid)
    }

    /// The type of that schema and name.
    pub fn type_in(&self, schema: &str, name: &str) -> Option<&Type> {
        let oids = self.types_by_name.get(name)?;
        oids.iter()
            .filter_map(|oid| self.types.get(oid))
            .find(|t| &*t.schema == schema)
    }

    /// Every type, in no order.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.values()
    }

    /// The relation an unqualified name means on this search path: `pg_catalog` first unless the
    /// path names it, then schema by schema. Temporary ones are the session's own and not here.
    pub fn resolve_relation(&self, search_path: &[Arc<str>], name: &str) -> Option<&Relation> {
        effective(search_path).find_map(|schema| self.relation_in(schema, name))
    }

    /// The type an unqualified name means on this search path, by the same rule.
    pub fn resolve_type(&self, search_path: &[Arc<str>], name: &str) -> Option<&Type> {
        effective(search_path).find_map(|schema| self.type_in(schema, name))
    }

    /// The same catalog with columns classified by `classify(relation, column)`: class and
    /// evidence, or `None`. It is sealed anew: verdicts depend on classes.
    #[must_use]
    pub fn classified(
        mut self,
        mut classify: impl FnMut(&Relation, &Column) -> Option<(Class, String)>,
    ) -> Self {
        for relation in self.relations.values_mut() {
            let found: Vec<_> = relation
                .columns
                .iter()
                .map(|c| classify(relation, c))
                .collect();
            for (column, found) in relation.columns.iter_mut().zip(found) {
                let (class, evidence) = found.map_or((None, String::new()), |(c, e)| (Some(c), e));
                column.class = class;
                column.evidence = evidence;
            }
        }
        self.sealed()
    }
}

/// The schemas looked through for an unqualified name, in order.
fn effective(search_path: &[Arc<str>]) -> impl Iterator<Item = &str> {
    let is_named = search_path.iter().any(|schema| &**schema == "pg_catalog");
    (!is_named)
        .then_some("pg_catalog")
        .into_iter()
        .chain(search_path.iter().map(|s| &**s))
}
