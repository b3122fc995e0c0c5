//! A file of policy cases, as TOML: who there is, what a target contains, and what must be said.
//!
//! Strict: a misspelt key of a test is a test that tests nothing. It judges nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::{GroupName, PrincipalKind, PrincipalName, Timestamp};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Whether the built-in pack is in force beside the policies.
    #[serde(default = "yes")]
    pub(crate) builtin: bool,
    /// A recorded catalog (`portcullis catalog record`), beside this file.
    pub(crate) catalog: Option<PathBuf>,
    /// The cases.
    #[serde(rename = "case")]
    pub(crate) cases: Vec<Spanned<Case>>,
    /// Functions by `schema.name`, where no catalog is recorded.
    #[serde(default)]
    pub(crate) functions: BTreeMap<String, Routine>,
    /// A folder of `*.cedar` or one file, beside this file; its own folder where it says nothing.
    pub(crate) policies: Option<PathBuf>,
    /// Who there is.
    pub(crate) principals: BTreeMap<PrincipalName, Principal>,
    /// Tables and views by `schema.name`, where no catalog is recorded.
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, Table>,
    /// Targets by name: all of them contain the same.
    pub(crate) targets: BTreeMap<String, Target>,
}

/// A table or view.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// `name type [class] [key]` each: `"email text pii.email"`, `"id int key"`.
    pub(crate) columns: Vec<String>,
    /// The query, of a view.
    pub(crate) view: Option<String>,
}

/// A function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Routine {
    /// The types of its arguments.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Its body.
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) is_security_definer: bool,
    /// `sql` or `plpgsql`.
    pub(crate) language: String,
    /// The type it gives.
    pub(crate) returns: String,
    /// `immutable`, `stable` or `volatile`.
    #[serde(default = "volatile")]
    pub(crate) volatility: model::Volatility,
}

/// A principal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Principal {
    pub(crate) acts_for: Option<PrincipalName>,
    #[serde(default)]
    pub(crate) groups: Vec<GroupName>,
    pub(crate) kind: PrincipalKind,
}

/// A target.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    #[serde(default = "production")]
    pub(crate) environment: String,
    /// The groups its base permit lets in.
    #[serde(default)]
    pub(crate) groups: Vec<GroupName>,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

/// What must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Allow,
    Deny,
    Hold,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Hold => "hold",
        }
    }
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// When it is asked; 2026-11-20, a Friday, at 10:00 where it says nothing.
    #[serde(default, deserialize_with = "moment")]
    pub(crate) at: Option<Timestamp>,
    /// Statements that ran in the session before: settings, a transaction, what it has read.
    #[serde(default)]
    pub(crate) before: Vec<String>,
    /// What must be said.
    pub(crate) expect: Verdict,
    /// What the client says it is about to do.
    pub(crate) intent: Option<String>,
    /// What its reader sees of output columns: a class, `blank`, `hash`, `searched` or `shown`.
    pub(crate) masks: Option<BTreeMap<String, String>>,
    /// What it is about.
    pub(crate) name: Option<String>,
    /// Conditions of the yes, by the names of their annotations.
    pub(crate) obligations: Option<BTreeMap<String, String>>,
    /// Who asks.
    #[serde(rename = "as")]
    pub(crate) principal: PrincipalName,
    /// The rules that decide: all of them, and no other.
    pub(crate) rules: Option<Vec<String>>,
    /// The statement; none asks whether the session is let in at all.
    pub(crate) statement: Option<String>,
    /// At which target; may be left out where there is one.
    pub(crate) target: Option<String>,
}

fn yes() -> bool {
    true
}

fn volatile() -> model::Volatility {
    model::Volatility::Volatile
}

fn production() -> String {
    "production".to_owned()
}

/// TOML's own date and time, in UTC.
fn moment<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Timestamp>, D::Error> {
    use serde::de::{Error as _, IntoDeserializer as _};
    let written = toml::value::Datetime::deserialize(source)?.to_string();
    let (Some(head), true) = (written.strip_suffix('Z'), written.contains('T')) else {
        return Err(D::Error::custom(
            "a moment is written like 2026-11-20T10:00:00Z",
        ));
    };
    let fraction = if head.contains('.') { "" } else { ".000000" };
    let whole = format!("{head}{fraction}Z");
    Timestamp::deserialize(whole.into_deserializer()).map(Some)
}
