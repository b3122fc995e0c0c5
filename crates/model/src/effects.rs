//! What a statement would do: the answer of `analysis`, the question of `policy`.
//!
//! Why: one vocabulary between the parser's world and Cedar's. A word here is an action, an object
//! or a form of use in PRODUCT.md's policy vocabulary.
//! It decides nothing, and it holds no text of the statement beyond names.
// tidy: table — the vocabulary of effects, one small type after another

use serde::{Deserialize, Serialize};

use crate::Class;

/// An action of the policy vocabulary. The groups are Cedar's action groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    // read
    /// Read rows.
    Select,
    /// Read rows by COPY … TO STDOUT.
    CopyOut,
    // write
    /// Add rows.
    Insert,
    /// Change rows.
    Update,
    /// Remove rows.
    Delete,
    /// MERGE.
    Merge,
    /// Add rows by COPY … FROM STDIN.
    CopyIn,
    // define
    /// CREATE, COMMENT, SECURITY LABEL, CREATE TABLE AS, SELECT INTO, REFRESH.
    Create,
    /// ALTER.
    Alter,
    /// DROP.
    Drop,
    /// TRUNCATE.
    Truncate,
    // control
    /// GRANT.
    Grant,
    /// REVOKE.
    Revoke,
    /// SET ROLE, SET SESSION AUTHORIZATION and RESET of them.
    SetRole,
    /// CREATE/ALTER/DROP ROLE, REASSIGN OWNED, DROP OWNED, policies on rows.
    ManageRole,
    // administer
    /// VACUUM, ANALYZE, REINDEX, CLUSTER, CHECKPOINT.
    Maintain,
    /// LOCK TABLE, advisory locks, SELECT … FOR UPDATE/SHARE.
    Lock,
    /// ALTER SYSTEM, reload, subscriptions, publications, two-phase commit.
    Configure,
    /// `pg_terminate_backend`, `pg_cancel_backend` and their like.
    Signal,
    // execute
    /// Call of a function or procedure.
    Call,
    /// DO.
    AnonymousBlock,
    // reach_host
    /// Files, programs, other servers, LOAD.
    ReachHost,
    // session
    /// SET, RESET, `set_config`, DISCARD.
    Set,
    /// LISTEN, UNLISTEN.
    Listen,
    /// NOTIFY.
    Notify,
    /// Exported or imported snapshots.
    Snapshot,
    /// BEGIN, COMMIT, SAVEPOINT …
    Transaction,
    // on their own
    /// Open a session at a target.
    Connect,
    /// See a classified column unmasked.
    Reveal,
    /// Use a classified column in a predicate.
    Filter,
    /// A part whose effects could not be found out.
    Unresolved,
}

/// What kind of thing an action is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A column.
    Column,
    /// The database, server or session as a whole: what has no finer name.
    Database,
    /// A function, procedure, aggregate, operator or cast.
    Function,
    /// A role.
    Role,
    /// A schema.
    Schema,
    /// A configuration parameter.
    Setting,
    /// A table, view, materialised view, foreign table, partition or sequence.
    Table,
    /// A type, domain, extension or another named thing.
    Other,
}

/// One thing in a target, by resolved name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its own name, unquoted and folded as the server folds it.
    pub name: String,
    /// Its oid, where the catalog knows it; 0 where it does not.
    pub oid: u32,
    /// Its schema; empty where it has none or none could be found.
    pub schema: String,
}

/// One column of a relation, resolved against the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ColumnRef {
    /// The column's class (`pii.email`), if it has one.
    pub class: Option<Class>,
    /// The column's name.
    pub column: String,
    /// `pg_attribute.attnum`.
    pub number: i16,
    /// `pg_class.oid` of the base relation.
    pub relation_oid: u32,
    /// The relation's schema.
    pub schema: String,
    /// The relation's name.
    pub table: String,
}

/// One action on one object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Act {
    /// What is done.
    pub action: Action,
    /// The columns it reads or writes there; empty where the action has none or takes them all.
    pub columns: Vec<ColumnRef>,
    /// To what.
    pub object: Object,
    /// By which road that the statement does not name: `trigger shop.note_change`,
    /// `cascade orders_customer_id_fkey`, `view shop.v`. `None`: it is named in the statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

/// In which way a classified column is used to choose rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterForm {
    /// It chooses no row: its value is written into another column, table or setting, or handed to
    /// a function with effects, where it would lose its class.
    Carried,
    /// `=`, `IN`, `<>` with a constant or parameter of the client's that is known, so that a stand-in
    /// can be turned back into what is stored; or with a constant of whoever made a view.
    Equality,
    /// GROUP BY, DISTINCT, set operations and window partitions: rows alike in it stand together,
    /// and in no order that tells it.
    Group,
    /// `=` with another column.
    Join,
    /// `IS [NOT] NULL`: tells nothing of the value.
    Nullness,
    /// ORDER BY; or rows, in whatever clause, in an order that tells it.
    Order,
    /// LIKE, regular expressions, full text.
    Pattern,
    /// `<`, `>`, BETWEEN.
    Range,
    /// What its stand-in shows as well: the year of a date of birth.
    Shown,
    /// Anything else: an expression over it decides.
    Other,
}

/// A classified column that helps to choose rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Filter {
    /// Which.
    pub column: ColumnRef,
    /// How.
    pub form: FilterForm,
}

/// What a row-choosing clause amounts to, for statements that change or remove rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Predicate {
    /// There is a WHERE (or MERGE … ON) at all.
    pub has_where: bool,
    /// It compares a column of the changed relation with something that narrows it.
    pub is_bounded: bool,
    /// It is constant or true for every row as far as can be read (`1=1`, `id = id`).
    pub is_tautology: bool,
}

/// How volatile a function is declared (`pg_proc.provolatile`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// Depends on its arguments alone.
    Immutable,
    /// Does not change within a statement.
    Stable,
    /// May do anything.
    Volatile,
}

/// What a function can reach beyond its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Nothing: a value from values, clocks and dice, written as the session writes values.
    Pure,
    /// Reads the catalog.
    Catalog,
    /// Reads settings and facts of the session.
    Settings,
    /// Changes settings (`set_config`).
    SetsSettings,
    /// Files and programs of the server's host.
    Host,
    /// The network.
    Network,
    /// Sees what other sessions do.
    OtherSessions,
    /// Ends, cancels or has speak other sessions.
    Signals,
    /// Tells whoever listens.
    Notifies,
    /// Exports a snapshot.
    Snapshots,
    /// Takes SQL as text and runs it.
    RunsSql,
    /// Waits.
    Sleeps,
    /// Takes or frees advisory locks.
    Locks,
    /// Reads or writes large objects.
    LargeObjects,
    /// Advances or sets a sequence.
    Sequence,
    /// Administers the server: WAL, replication, statistics.
    Administers,
    /// Reads rows, or samples of them, from where they are stored: pages, WAL, statistics.
    Storage,
    /// Written by a user in a language that the server confines: its body says what it reaches.
    UserDefined,
    /// Machine code, or a language that the server does not confine, and in no table of ours.
    Native,
    /// Not in our table and not in the catalog.
    Unknown,
}

/// How much of a called function's body was read: what was read stands among the acts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum CallBody {
    /// There is no text to read: the server's own, C, an aggregate; or the function is not known.
    #[default]
    None,
    /// Not all of it: it makes SQL when it runs, is written in another language, or names what
    /// the catalog does not have.
    Partly,
    /// All of it: the call does what the acts say, and no more.
    Whole,
}

/// One function a statement calls, directly or through an operator, a cast or a view.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// How much of its body was read.
    #[serde(default)]
    pub body: CallBody,
    /// SHA-256 of its definition, in hex, where it is a user's and the catalog has it: what an
    /// allow-list names, so that a function changed since is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether it runs with its owner's rights.
    pub is_security_definer: bool,
    /// Which.
    pub function: Object,
    /// What it can reach.
    pub reach: Reach,
    /// By which road the statement calls it without naming it: as [`Act::via`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// How volatile it is declared; `None` where it was not found.
    pub volatility: Option<Volatility>,
}

/// Where the value of an output column comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lineage {
    /// From no classified column.
    Clean,
    /// It is this column's value, unchanged or through a cast that keeps its text.
    Bare(ColumnRef),
    /// Computed from at least these classified columns.
    Derived(Vec<ColumnRef>),
    /// It is the value of one of these columns of one class, unchanged: of a UNION, say.
    OneOf(Vec<ColumnRef>),
    /// Could not be found out.
    Opaque,
}

/// One column a part gives back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutputColumn {
    /// Where its value comes from.
    pub lineage: Lineage,
    /// Its name as the server will call it, where we can tell.
    pub name: Option<String>,
    /// Its type, where we can tell: `pg_type.oid`.
    pub type_oid: Option<u32>,
}

/// A change of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SettingChange {
    /// SET LOCAL.
    pub is_local: bool,
    /// The parameter, lower case; `*` is all of them (RESET ALL, DISCARD ALL).
    pub name: String,
    /// The new value as text; `None` is the default (RESET, TO DEFAULT).
    pub value: Option<String>,
}

/// Transaction control, and the session-level objects that live by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionControl {
    /// BEGIN, START TRANSACTION.
    Begin,
    /// COMMIT, END.
    Commit,
    /// PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED.
    Prepared,
    /// RELEASE SAVEPOINT, of that name.
    Release(String),
    /// ROLLBACK, ABORT.
    Rollback,
    /// ROLLBACK TO SAVEPOINT, of that name.
    RollbackTo(String),
    /// SAVEPOINT, of that name.
    Savepoint(String),
}

/// What a part does to the names a session keeps: SQL PREPARE and DECLARE share them with the
/// wire's own prepared statements and portals.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionName {
    /// CLOSE; `None` is ALL.
    Close(Option<String>),
    /// DEALLOCATE; `None` is ALL.
    Deallocate(Option<String>),
    /// DECLARE name CURSOR FOR …, with the inner statement's text.
    Declare {
        /// Whether it outlives its transaction (WITH HOLD).
        is_held: bool,
        /// The cursor.
        name: String,
        /// The text of its query.
        text: String,
    },
    /// PREPARE name AS …, with the inner statement's text.
    Prepare {
        /// The prepared statement.
        name: String,
        /// The text of its body.
        text: String,
    },
}

/// The row form of a COPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyForm {
    /// PostgreSQL's binary COPY.
    Binary,
    /// CSV.
    Csv,
    /// The default text form.
    Text,
}

/// How the rows of a COPY are written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CopyShape {
    /// DELIMITER: one byte.
    pub delimiter: u8,
    /// ESCAPE of CSV: one byte.
    pub escape: u8,
    /// The form.
    pub form: CopyForm,
    /// HEADER.
    pub has_header: bool,
    /// The text of NULL.
    pub null: String,
    /// QUOTE of CSV: one byte.
    pub quote: u8,
}

/// What analysis could not find out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// A short stable word for policy and metrics: `syntax`, `nesting`, `relation`, `column`,
    /// `function`, `node`, `dynamic_sql`, `encoding`, `size`, `prepared`, `cursor`.
    pub kind: String,
    /// What exactly, in words for a person. Names only, never literals.
    pub reason: String,
}

/// What one part of a statement's text would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Effects {
    /// Actions on objects, each once, sorted.
    pub acts: Vec<Act>,
    /// Functions called, each once, sorted.
    pub calls: Vec<Call>,
    /// How its COPY rows are written, if it is a COPY to or from the client.
    pub copy: Option<CopyShape>,
    /// Classified columns in predicates, each once, sorted.
    pub filters: Vec<Filter>,
    /// What could not be found out.
    pub gaps: Vec<Gap>,
    /// The statement's kind as its command tag would name it: `SELECT`, `CREATE TABLE`, `DO` …
    pub kind: String,
    /// What it does to the session's names.
    pub names: Vec<SessionName>,
    /// The columns it gives back; `None` where it gives back no rows or we cannot tell how many.
    pub outputs: Option<Vec<OutputColumn>>,
    /// What its row-choosing clause amounts to; the weakest where it has several.
    pub predicate: Option<Predicate>,
    /// Whether it gives back rows at all.
    pub returns_rows: bool,
    /// Settings it changes.
    pub settings: Vec<SettingChange>,
    /// Transaction control.
    pub transaction: Option<TransactionControl>,
}

impl Effects {
    /// Whether a classified column is read, written, or helps to choose rows.
    pub fn touches_classified(&self) -> bool {
        let in_acts = self
            .acts
            .iter()
            .any(|act| act.columns.iter().any(|c| c.class.is_some()));
        let in_outputs = self
            .outputs
            .iter()
            .flatten()
            .any(|output| match &output.lineage {
                Lineage::Bare(column) => column.class.is_some(),
                Lineage::Clean => false,
                Lineage::Derived(_) | Lineage::OneOf(_) | Lineage::Opaque => true,
            });
        in_acts || in_outputs || !self.filters.is_empty()
    }

    /// Whether it only reads: no write, definition, control, administration or unknown.
    ///
    /// The record of a statement that only reads may be durable with its result; the record of
    /// any other is durable before the target hears of it.
    pub fn only_reads(&self) -> bool {
        let calm = |action: Action| {
            use Action::{Call, CopyOut, Filter, Reveal, Select, Set, Transaction};
            matches!(
                action,
                Call | CopyOut | Filter | Reveal | Select | Set | Transaction
            )
        };
        self.gaps.is_empty()
            && self.acts.iter().all(|act| calm(act.action))
            && self.calls.iter().all(|call| {
                matches!(
                    call.reach,
                    Reach::Pure | Reach::Catalog | Reach::Settings | Reach::SetsSettings
                )
            })
    }
}
