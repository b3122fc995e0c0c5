//! The things of a snapshot: relations, columns, functions, types, each as the server describes it.
//!
//! How they are found by oid and by name is `catalog`'s.

use std::sync::Arc;

use model::{Class, Volatility};
use serde::{Deserialize, Serialize};

/// What kind of relation (`pg_class.relkind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Its columns by number, dropped ones left out.
    pub columns: Vec<Column>,
    /// The text of a view's query (`pg_get_viewdef`), for views and materialised views.
    pub definition: Option<Arc<str>>,
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
}

impl Relation {
    /// A relation of that name, of which nothing else is known.
    pub fn new(kind: RelationKind, schema: &str, name: &str, oid: u32) -> Self {
        Self {
            columns: Vec::new(),
            definition: None,
            estimated_rows: -1,
            kind,
            name: name.into(),
            oid,
            parents: Vec::new(),
            primary_key: Vec::new(),
            schema: schema.into(),
        }
    }
}

/// What kind of function (`pg_proc.prokind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Which way an argument goes (`proargmodes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArgumentMode {
    /// 'i'.
    In,
    /// 'b'.
    InOut,
    /// 'o'.
    Out,
    /// 't': a column of RETURNS TABLE.
    Table,
    /// 'v'.
    Variadic,
}

/// One argument of a user's function, of whatever mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Which way it goes.
    pub mode: ArgumentMode,
    /// Its name; empty where it has none.
    pub name: Arc<str>,
    /// Its type.
    pub type_oid: u32,
}

/// What a user's function runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Longer than we keep: it cannot be read from here.
    Long,
    /// None in SQL or a procedural language: C, `internal`, or an aggregate.
    Native,
    /// `prosrc`; for a SQL-standard body the text of `pg_get_function_sqlbody`, its names
    /// qualified.
    Text(Arc<str>),
}

/// How a user's function is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// All its arguments in order, outputs too.
    pub arguments: Vec<Argument>,
    /// What it runs.
    pub body: Body,
    /// SHA-256, in hex, of `pg_get_functiondef` under an empty search path (of an aggregate: of
    /// its row in `pg_aggregate`).
    pub digest: Arc<str>,
    /// The role it belongs to: with whose rights it runs where it is a security definer.
    pub owner: Arc<str>,
    /// Its own settings (`proconfig`), `name=value` each.
    pub settings: Vec<Arc<str>>,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Input argument types (`proargtypes`).
    pub arguments: Vec<u32>,
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
    /// How it is written; `None` where it came with the server.
    pub source: Option<Arc<Source>>,
    /// `provolatile`.
    pub volatility: Volatility,
}

impl Function {
    /// Whether somebody made it: it did not come with the server.
    pub fn is_users(&self) -> bool {
        self.source.is_some()
    }

    /// Whether it is run by triggers or event triggers, and by nothing else.
    pub fn is_trigger(&self) -> bool {
        matches!(self.result, 2279 | 3838)
    }

    /// The text it runs, where we have it.
    pub fn body(&self) -> Option<&Arc<str>> {
        match &self.source.as_ref()?.body {
            Body::Text(text) => Some(text),
            Body::Long | Body::Native => None,
        }
    }
}

/// What kind of type (`pg_type.typtype`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
