//! The configuration: what `portcullis.toml` means.
//!
//! Why so strict: a misspelt key of a gate is an open gate. Everything that is wrong is said at
//! once, each with file, line, column and a way out. After loading, nothing in here stands for
//! something else any more. It opens no store and no socket.

mod account;
mod certificates;
mod check;
mod fault;
mod file;
mod identity;
mod leaving;
mod masking;
mod text;
mod url;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use model::{Class, Limits, TargetFacts, TargetName};

pub(crate) use account::VaultPlace;
pub(crate) use fault::Faults;
pub(crate) use file::{File, Rehearse, SignIn};
pub(crate) use masking::Masking;
pub(crate) use url::{Place, SslMode, take_apart};

use fault::Page;

/// One listener for PostgreSQL clients.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    /// Where.
    pub(crate) address: SocketAddr,
    /// Whether clients may come in outside TLS.
    pub(crate) allows_unencrypted: bool,
    /// How clients sign in.
    pub(crate) sign_in: SignIn,
    /// The target of everyone who comes this way.
    pub(crate) target: Option<TargetName>,
}

/// Our own certificate: PEM files.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    /// The chain.
    pub(crate) chain: PathBuf,
    /// The key.
    pub(crate) key: PathBuf,
}

/// What somebody said a column holds: `None` is nothing sensitive.
pub(crate) type Overrides = BTreeMap<(String, String, String), Option<Class>>;

/// One database.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// What its columns hold, where the scan is wrong.
    pub(crate) columns: Overrides,
    /// What policy may know of it.
    pub(crate) facts: TargetFacts,
    /// Whether the target is told who it is.
    pub(crate) is_named: bool,
    /// Where it is.
    pub(crate) place: Place,
    /// Which role an identity gets there.
    pub(crate) roles: Option<gateway::config::Roles>,
    /// Where its password comes from, unless `place` has it.
    pub(crate) wanted: Option<::secrets::Wanted>,
    /// How far a held statement is rehearsed there.
    pub(crate) rehearse: Rehearse,
}

/// An identity provider, and what its certificate is checked against: what the system trusts where
/// `None`.
#[derive(Debug, Clone)]
pub(crate) struct Trusted {
    pub(crate) provider: ::identity::oidc::Provider,
    pub(crate) root_certificate: Option<PathBuf>,
}

/// One who signals, and what its certificate is checked against.
#[derive(Debug, Clone)]
pub(crate) struct Signalling {
    pub(crate) root_certificate: Option<PathBuf>,
    pub(crate) transmitter: ::identity::signals::Transmitter,
}

/// Where the policies lie, and which.
#[derive(Debug, Clone)]
pub(crate) struct Policies {
    /// Whether the built-in pack is in force.
    pub(crate) builtin: bool,
    /// A folder of `*.cedar`, or one file.
    pub(crate) path: Option<PathBuf>,
}

/// The configuration.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Authorities of services' client certificates.
    pub(crate) authorities: Vec<::identity::certificates::Trusted>,
    /// Keys of AWS.
    pub(crate) aws: Option<::secrets::rds::Keys>,
    /// Where our own state lives.
    pub(crate) data_dir: PathBuf,
    /// Where it was read from; `None` for one made by `demo`.
    pub(crate) file: Option<PathBuf>,
    /// Health and metrics.
    pub(crate) http: Option<SocketAddr>,
    /// Bounds.
    pub(crate) limits: Limits,
    /// Listeners for PostgreSQL clients.
    pub(crate) listeners: Vec<Listener>,
    /// Directories that keep their people here.
    pub(crate) directories: Vec<::identity::scim::Source>,
    /// Identity providers.
    pub(crate) providers: Vec<Trusted>,
    /// Who may signal that sessions are over.
    pub(crate) signalling: Vec<Signalling>,
    /// Scopes and keys of the masks.
    pub(crate) masking: Masking,
    /// The policies.
    pub(crate) policies: Policies,
    /// The SQLite file.
    pub(crate) store: PathBuf,
    /// The databases.
    pub(crate) targets: Vec<Target>,
    /// Our own certificate; none: one is made.
    pub(crate) tls: Option<Certificate>,
    /// Where passwords of targets lie.
    pub(crate) vault: Option<VaultPlace>,
}

/// Reads and checks a file.
pub(crate) fn load(path: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        anyhow::anyhow!(
            "cannot read {}: {error}; `portcullis init` writes one to start from",
            path.display()
        )
    })?;
    let mut config = read(path, &text, &|name| std::env::var(name).ok())?;
    config.file = Some(path.to_owned());
    Ok(config)
}

/// Reads and checks a text as if it stood in that file.
pub(crate) fn read(
    path: &Path,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Faults> {
    let page = Page {
        file: path.display().to_string(),
        text: text.to_owned(),
    };
    let file: File = toml::from_str(text).map_err(|found| Faults(vec![page.unread(&found)]))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    check::Check::new(&page, folder, env).config(file)
}

/// What a file says of the data directory; the rest of it is not looked at, so that a verb about
/// the data directory does not ask for the targets' passwords.
pub(crate) fn bare_of(path: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(path)?;
    let page = Page {
        file: path.display().to_string(),
        text,
    };
    let found: file::State = toml::from_str(&page.text).map_err(|found| page.unread(&found))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let env = |name: &str| std::env::var(name).ok();
    Ok(check::Check::new(&page, folder, &env).state(found)?)
}

/// A configuration with nothing but a data directory: for verbs that need no more.
pub(crate) fn bare(data_dir: &Path) -> Config {
    Config {
        authorities: Vec::new(),
        aws: None,
        data_dir: data_dir.to_owned(),
        file: None,
        http: None,
        limits: Limits::default(),
        listeners: Vec::new(),
        directories: Vec::new(),
        providers: Vec::new(),
        signalling: Vec::new(),
        masking: Masking::default(),
        policies: Policies {
            builtin: true,
            path: None,
        },
        store: data_dir.join(STORE_FILE),
        targets: Vec::new(),
        tls: None,
        vault: None,
    }
}

const STORE_FILE: &str = "portcullis.db";

/// The JSON Schema of the file.
pub(crate) fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(File).to_value();
    let limits = serde_json::to_value(Limits::default()).unwrap_or_default();
    let bounds: serde_json::Map<_, _> = limits
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, usual)| {
            let bound = serde_json::json!({ "type": "integer", "minimum": 0, "default": usual });
            (name.clone(), bound)
        })
        .collect();
    if let Some(place) = schema.pointer_mut("/properties/limits") {
        *place = serde_json::json!({
            "type": "object",
            "description": "Bounds other than the usual, by name.",
            "additionalProperties": false,
            "properties": bounds,
        });
    }
    schema
}

#[cfg(test)]
mod tests;
