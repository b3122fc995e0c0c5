//! The things of a snapshot: relations, columns, functions, types, each as the server describes it.
//!
//! How they are found by oid and by name is `catalog`'s.

use std::sync::Arc;

use model::{Class, Volatility};

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
