//! What happens beside a statement that the statement does not name: triggers, rules, foreign
//! keys, children, and users' functions behind defaults, checks, indexes, operators and casts.
//!
//! Why: a DELETE of one table may empty five, and a comparison may call anybody's function. It is
//! read with the catalog and laid out by relation, so that a statement's roads are a few links.
//! It follows no link itself: what a statement does by them is `analysis`' to say.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::index::Index;

/// What a statement does to a table that something may hang on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Event {
    /// DELETE.
    Delete,
    /// INSERT, COPY … FROM.
    Insert,
    /// SELECT: of rules alone.
    Select,
    /// TRUNCATE.
    Truncate,
    /// UPDATE.
    Update,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Timing {
    /// AFTER.
    After,
    /// BEFORE.
    Before,
    /// INSTEAD OF: nothing else is done.
    Instead,
}

/// A trigger that is not disabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// UPDATE OF these columns; empty is any.
    pub columns: Vec<i16>,
    /// What it fires on.
    pub events: Vec<Event>,
    /// What it runs.
    pub function: u32,
    /// Whether it has a WHEN.
    pub has_condition: bool,
    /// Whether it fires for each row.
    pub is_row: bool,
    /// Its name.
    pub name: Arc<str>,
    /// On which relation.
    pub relation: u32,
    /// When.
    pub timing: Timing,
}

/// A rule that is not disabled; a view's own is not one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `pg_get_ruledef`, its names qualified; `None` where it is longer than we keep.
    pub definition: Option<Arc<str>>,
    /// What it rewrites.
    pub event: Event,
    /// DO INSTEAD.
    pub is_instead: bool,
    /// Its name.
    pub name: Arc<str>,
    /// On which relation.
    pub relation: u32,
}

/// What becomes of the rows that reference one that goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OnChange {
    /// CASCADE.
    Cascade,
    /// NO ACTION, RESTRICT: nothing, or an error.
    Nothing,
    /// SET DEFAULT, SET NULL.
    Set,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<i16>,
    /// The referenced columns.
    pub keys: Vec<i16>,
    /// Its name.
    pub name: Arc<str>,
    /// ON DELETE.
    pub on_delete: OnChange,
    /// ON UPDATE.
    pub on_update: OnChange,
    /// The relation it points to.
    pub referenced: u32,
    /// The relation it stands on.
    pub referencing: u32,
}

/// Where an expression of the catalog stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A check constraint.
    Check,
    /// A column's default.
    Default,
    /// A generated column.
    Generated,
    /// An index: its expressions, its condition, its operators.
    Index,
    /// A partition key.
    Partition,
    /// A policy on rows.
    Policy,
    /// Extended statistics.
    Statistics,
    /// A trigger's WHEN.
    Trigger,
}

/// A function that an expression of the catalog calls: a user's, or a volatile one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// The column whose default or generation it is; 0.
    pub column: i16,
    /// What it calls.
    pub function: u32,
    /// The name of the constraint, index, policy, trigger or column.
    pub name: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// On which relation; 0 for a domain's.
    pub relation: u32,
    /// On which domain; 0 for a relation's.
    pub type_oid: u32,
}

/// An operator that did not come with the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// What it calls.
    pub function: u32,
    /// Its left operand; 0 for a prefix operator.
    pub left: u32,
    /// Its sign.
    pub name: Arc<str>,
    /// What it gives.
    pub result: u32,
    /// Its right operand.
    pub right: u32,
    /// Its schema.
    pub schema: Arc<str>,
}

/// When a cast is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Applied {
    /// Where it is written, and where a value is stored.
    Assignment,
    /// Where it is written.
    Explicit,
    /// Anywhere.
    Implicit,
}

/// A cast that did not come with the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// When it is applied.
    pub applied: Applied,
    /// From which type.
    pub from: u32,
    /// What it calls; 0 where it calls no function of its own.
    pub function: u32,
    /// To which type.
    pub to: u32,
}

/// An event trigger that is not disabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTrigger {
    /// `ddl_command_start`, `ddl_command_end`, `sql_drop`, `table_rewrite`, `login`.
    pub event: Arc<str>,
    /// What it runs.
    pub function: u32,
    /// Its name.
    pub name: Arc<str>,
    /// The command tags it is for; empty is all.
    pub tags: Vec<Arc<str>>,
}

/// When a type's function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Moment {
    /// Values are compared, sorted or hashed: its default operator classes.
    Compared,
    /// A value is made: a range's own functions.
    Made,
}

/// Everything of this kind in a target, as it was read: each list sorted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Roads {
    /// What users' aggregates call, by aggregate.
    pub aggregates: Vec<(u32, Vec<u32>)>,
    /// Casts.
    pub casts: Vec<Cast>,
    /// Event triggers.
    pub event_triggers: Vec<EventTrigger>,
    /// Functions that expressions call.
    pub expressions: Vec<Expression>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Indexes that sort.
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// Operators.
    pub operators: Vec<Operator>,
    /// Functions that the defaults of users' functions' parameters call, by function.
    #[serde(default)]
    pub parameters: Vec<(u32, u32)>,
    /// The columns that decide on a row's partition, by partitioned table; 0 is an expression.
    pub partition_keys: Vec<(u32, Vec<i16>)>,
    /// Users' range types and what they are ranges of; multiranges and their ranges.
    #[serde(default)]
    pub ranges: Vec<(u32, u32)>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// The columns of each check on several, and of each exclusion, by relation; 0 is an
    /// expression.
    #[serde(default)]
    pub ties: Vec<(u32, Vec<i16>)>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Users' functions that types call.
    #[serde(default)]
    pub type_functions: Vec<(u32, Moment, u32)>,
    /// The columns of each unique index, by relation; 0 is an expression.
    #[serde(default)]
    pub unique_keys: Vec<(u32, Vec<i16>)>,
}

/// What stands beside one relation.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Relations that inherit from it or are its partitions.
    pub children: Vec<u32>,
    /// Functions its defaults, checks, indexes … call.
    pub expressions: Vec<Expression>,
    /// The columns that decide on a row's partition; 0 is an expression.
    pub partition_key: Vec<i16>,
    /// Foreign keys that point to it.
    pub referenced_by: Vec<Arc<ForeignKey>>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Columns that checks and exclusions hold to each other.
    pub ties: Vec<Vec<i16>>,
    /// Its triggers.
    pub triggers: Vec<Trigger>,
}
