//! A statement as a wire submits it: text, parameters, and by which route it came.
//!
//! It does not know what the text means: that is `analysis`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The number of a statement within its session, from 1, in the order of submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatementId(pub u64);

/// Whether a value on the wire is text or binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The type's binary form (format code 1).
    Binary,
    /// The type's text form (format code 0).
    Text,
}

/// One bound parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// How `value` is written.
    pub format: Format,
    /// The type the client declared at Parse; 0 leaves it to the server.
    pub type_oid: u32,
    /// The bytes; `None` is SQL NULL.
    pub value: Option<Vec<u8>>,
}

/// By which messages a statement came: what will happen if it is admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Bind without Execute in the same flight: planned, not run.
    Bind {
        /// Whether its text was prepared in an earlier flight, under a name.
        is_kept: bool,
        /// The portal it makes; empty is the unnamed one.
        portal: String,
    },
    /// Describe of a statement or portal made in an earlier flight: nothing runs.
    Describe,
    /// Execute of a portal: runs.
    Execute {
        /// Whether its text was prepared in an earlier flight, under a name.
        is_kept: bool,
        /// The portal; empty is the unnamed one.
        portal: String,
    },
    /// `FunctionCall` ('F'): runs a function by its oid. The text is empty.
    Function {
        /// `pg_proc.oid`.
        oid: u32,
    },
    /// Parse without Execute in the same flight: nothing runs.
    Parse {
        /// The prepared statement's name; empty is the unnamed one.
        name: String,
    },
    /// A simple Query message: every part runs.
    Simple,
}

impl Route {
    /// Whether admitting this lets something run, so that a hold belongs here.
    pub fn runs(&self) -> bool {
        match self {
            Self::Execute { .. } | Self::Function { .. } | Self::Simple => true,
            Self::Bind { .. } | Self::Describe | Self::Parse { .. } => false,
        }
    }

    /// The word used in the ledger.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Bind { .. } => "bind",
            Self::Describe => "describe",
            Self::Execute { .. } => "execute",
            Self::Function { .. } => "function",
            Self::Parse { .. } => "parse",
            Self::Simple => "simple",
        }
    }
}

/// What a client asks a target to do, before anybody has judged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its number in the session.
    pub id: StatementId,
    /// Bound parameters, in order; empty unless the route binds.
    pub parameters: Vec<Parameter>,
    /// How it came.
    pub route: Route,
    /// The exact bytes the target would read, without the terminating NUL. Not known to be UTF-8.
    pub text: Arc<[u8]>,
}
