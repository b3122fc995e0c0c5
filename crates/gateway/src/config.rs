//! What a gateway is told to do, as plain values.
//!
//! The file format, its defaults and its error messages are the binary's; here everything has been
//! decided already. No value prints a password.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{
    Accounts, Class, GroupName, Identity, Limits, PrincipalKind, Subject, TargetFacts, TargetName,
};

/// What a gateway is told to do.
#[derive(Clone)]
pub struct Config {
    /// Where a certificate of our own making is kept.
    pub data_dir: PathBuf,
    /// This installation's own secret, from which the mark of the roles it lends is made.
    pub installation: [u8; 32],
    /// The bounds.
    pub limits: Arc<Limits>,
    /// Where clients come in.
    pub listeners: Vec<Listener>,
    /// Reactor threads; `None` is one per core.
    pub reactors: Option<usize>,
    /// Where statements go.
    pub targets: Vec<Target>,
    /// What clients see as our certificate.
    pub tls: ClientTls,
}

/// One address clients come in at.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Where; port 0 is any free one.
    pub address: SocketAddr,
    /// Whether a client may sign in outside TLS.
    pub allows_unencrypted: bool,
    /// How a client proves itself.
    pub sign_in: SignIn,
    /// Where every client of this listener goes, whatever database it names.
    pub target: Option<TargetName>,
}

/// How a client proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// An identity provider's token by OAUTHBEARER, inside TLS only.
    Bearer,
    /// Its token in clear text (inside TLS, or where the listener allows it outside).
    ClearText,
    /// SCRAM-SHA-256, and -PLUS inside TLS.
    Scram,
}

/// Our certificate.
#[derive(Debug, Clone)]
pub enum ClientTls {
    /// PEM files.
    Files {
        /// The chain, leaf first.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// One made by ourselves, kept in the data directory and announced in the log.
    SelfSigned,
}

/// One database we lead to.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where the account comes from, in place of `user` and `password`.
    pub accounts: Option<Source>,
    /// Where.
    pub address: Address,
    /// What people said about columns: it overrides what detection found.
    pub classes: Vec<ClassOverride>,
    /// What policy may know; its `name` is the target's, its `database` the one reached.
    pub facts: Arc<TargetFacts>,
    /// Whether `application_name` and `portcullis.principal` name who it is.
    pub is_named: bool,
    /// The password, where the target asks for one.
    pub password: Option<Password>,
    /// Which role an identity gets there; `None` is the account's own, for everybody.
    pub roles: Option<Roles>,
    /// How far a held statement is rehearsed there.
    pub rehearse: Rehearse,
    /// PEM of the authorities to trust, instead of the system's.
    pub root_certificate: Option<PathBuf>,
    /// What to do about TLS.
    pub ssl_mode: SslMode,
    /// The role we sign in as.
    pub user: String,
}

impl Target {
    /// Its name.
    pub fn name(&self) -> &TargetName {
        &self.facts.name
    }
}

/// How far a held statement may go before anybody said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rehearse {
    /// Nothing reaches the target.
    Off,
    /// It is planned, never run.
    Plan,
    /// It is run in a transaction that is rolled back.
    #[default]
    Run,
}

/// A person's word on a column's class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassOverride {
    /// The class; `None` says it holds nothing sensitive.
    pub class: Option<Class>,
    /// The column.
    pub column: String,
    /// Its relation.
    pub relation: String,
    /// Its schema.
    pub schema: String,
}

/// Where a target listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Over TCP.
    Tcp {
        /// A name or an IP address.
        host: String,
        /// The port.
        port: u16,
    },
    /// On a Unix socket: the path of the socket itself (`…/.s.PGSQL.5432`).
    Unix(PathBuf),
}

/// libpq's `sslmode`, without the one that prefers clear text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS if the target offers it, its certificate unchecked.
    Prefer,
    /// TLS or nothing; the certificate is checked only where a root certificate is given.
    Require,
    /// TLS, the chain checked, the name not.
    VerifyCa,
    /// TLS, chain and name checked.
    VerifyFull,
}

/// Where an account comes from; it does not print.
#[derive(Clone)]
pub struct Source(pub Arc<dyn Accounts>);

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source(…)")
    }
}

/// Which role an identity gets at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// Every agent's, whoever it acts for.
    pub agents: Option<Arc<str>>,
    /// Whoever is in none of the groups; without it they are not let in.
    pub default: Option<Arc<str>>,
    /// By group; the first that fits counts.
    pub groups: Vec<(GroupName, Arc<str>)>,
    /// Each principal is lent a login role of its own for that long, a member of its role.
    pub lent: Option<Duration>,
}

impl Roles {
    /// An agent is in a group only where the one it acts for is in it too.
    pub(crate) fn of(&self, identity: &Identity) -> Option<&Arc<str>> {
        if identity.subject.kind == PrincipalKind::Agent
            && let Some(role) = &self.agents
        {
            return Some(role);
        }
        let is_in = |group: &GroupName| {
            let has = |subject: &Subject| subject.groups.contains(group);
            identity.subjects().all(has)
        };
        let found = self.groups.iter().find(|(group, _)| is_in(group));
        found.map(|(_, role)| role).or(self.default.as_ref())
    }
}

/// A password that does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub Arc<str>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
