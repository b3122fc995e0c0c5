//! The shape of `portcullis.toml`, key by key: what `config schema` describes.
//!
//! Why apart from [`Config`](super::Config): this is what people write; that is what it means.

use std::collections::BTreeMap;

use model::{Limits, Mode};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::account::{AwsOf, RolesOf, VaultOf};
use super::identity::Identity;
use super::text::Text;

/// The whole file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "portcullis.toml")]
pub(crate) struct File {
    /// Where our own state lives: made with mode 0700 where it is not there.
    pub(crate) data_dir: Text,
    /// A folder of `*.cedar`, or one file, on top of the built-in pack.
    pub(crate) policies: Option<Text>,
    /// Whether the built-in pack is in force.
    #[serde(default = "yes")]
    pub(crate) builtin: bool,
    /// Addresses to listen on.
    #[serde(default)]
    pub(crate) listen: Listen,
    /// Listeners of their own, for programs whose database name is fixed.
    #[serde(default)]
    pub(crate) listeners: Vec<Listener>,
    /// Our own certificate. None given: a self-signed one is made, and said.
    #[serde(default)]
    pub(crate) tls: Tls,
    /// The databases we lead to, by name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Target>")]
    pub(crate) targets: BTreeMap<Spanned<String>, Target>,
    /// Where passwords of targets lie.
    pub(crate) vault: Option<VaultOf>,
    /// Keys to sign by for `rds-iam`.
    pub(crate) aws: Option<AwsOf>,
    /// Where principals, tokens and reviews are kept.
    #[serde(default)]
    pub(crate) store: Option<Store>,
    /// What a target's columns hold, where the scan is wrong.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Columns>")]
    pub(crate) catalog: BTreeMap<Spanned<String>, Columns>,
    /// Bounds other than the usual, by name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, u64>")]
    pub(crate) limits: Limits,
    /// Who may say who people are.
    #[serde(default)]
    pub(crate) identity: Identity,
    /// Among whom the same value has the same stand-in.
    #[serde(default)]
    pub(crate) masking: Masking,
    /// Ways to reach reviewers: not built yet.
    #[schemars(skip)]
    pub(crate) reviewers: Option<Spanned<toml::Value>>,
}

/// The keys that tell which installation a file is about.
#[derive(Debug, Deserialize)]
pub(crate) struct State {
    pub(crate) data_dir: Text,
    pub(crate) store: Option<Store>,
}

fn yes() -> bool {
    true
}

/// Addresses to listen on: `host:port`; port 0 is any free one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    /// PostgreSQL clients.
    pub(crate) postgres: Option<Text>,
    /// MySQL clients: not built yet.
    pub(crate) mysql: Option<Text>,
    /// Health and metrics.
    pub(crate) http: Option<Text>,
}

/// How clients sign in at a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SignIn {
    /// An identity provider's access token by OAUTHBEARER, inside TLS only: PostgreSQL 18 clients.
    Oauth,
    /// The token proves itself by SCRAM-SHA-256 and is never sent.
    #[default]
    Scram,
    /// The token is sent in clear text, inside TLS only.
    Token,
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    /// PostgreSQL 3.0 and 3.2.
    #[default]
    Postgres,
}

/// One listener.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// `host:port`.
    pub(crate) address: Text,
    /// What it speaks.
    #[serde(default)]
    #[schemars(with = "Protocol")]
    pub(crate) protocol: Protocol,
    /// The target of everyone who comes this way, whatever database they name.
    pub(crate) target: Option<Text>,
    /// How clients sign in.
    #[serde(default)]
    pub(crate) sign_in: SignIn,
    /// Whether clients may come in outside TLS.
    #[serde(default)]
    pub(crate) allow_unencrypted: bool,
}

/// Our own certificate, both in PEM: `file:…`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// The certificate and its chain.
    pub(crate) certificate: Option<Text>,
    /// Its key.
    pub(crate) key: Option<Text>,
}

/// One database.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// `postgres`.
    #[schemars(with = "String")]
    pub(crate) kind: Spanned<String>,
    /// `postgres://user:password@host:port/database?sslmode=verify-full`.
    pub(crate) url: Text,
    /// The role's password: `${NAME}`, `file:…`, `exec:/program arguments`, `vault-kv:…#field`,
    /// `vault-database:…`, `rds-iam:REGION`.
    pub(crate) password: Option<Text>,
    /// Whether `application_name` and `portcullis.principal` tell the target who it is.
    #[serde(default)]
    pub(crate) identify: bool,
    /// Which role an identity gets there; else the URL's, for everybody.
    pub(crate) roles: Option<RolesOf>,
    /// `production`, `staging` …; unlabelled means production.
    pub(crate) environment: Option<String>,
    /// `enforce`, or `observe`: decide and record, never stop.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) mode: Option<Mode>,
    /// `run` (the usual), `plan` or `off`: what a reviewer is shown of a held statement.
    #[serde(default)]
    pub(crate) rehearse: Rehearse,
    /// Free labels, for rules.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// The groups that the base permit lets in; without one nobody comes in.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) groups: Vec<Spanned<String>>,
}

/// How far a held statement goes before anybody said yes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rehearse {
    /// Nothing of it reaches the target.
    Off,
    /// It is planned, never run.
    Plan,
    /// It is run in a transaction that is rolled back.
    #[default]
    Run,
}

/// Where principals, tokens and reviews are kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    /// `sqlite:portcullis.db`, relative to the data directory.
    pub(crate) url: Text,
}

/// What a target's columns hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Columns {
    /// `"schema.table.column" = "pii.email"`, or `"none"`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) columns: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// Among whom the same value has the same stand-in, and under which keys.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Masking {
    /// From 1; another one gives other stand-ins.
    #[schemars(with = "Option<u32>")]
    pub(crate) key_version: Option<Spanned<u32>>,
    /// `tenant` (the usual), `identity` or `session`.
    #[schemars(with = "Option<String>")]
    pub(crate) scope: Option<Spanned<String>>,
    /// `"pii.email" = "identity"`: other scopes for some classes.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) scopes: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Whose values these are: tenants of one key share no stand-in.
    #[serde(default)]
    pub(crate) tenant: String,
}
