//! What `login` keeps for the verbs after it: one file, readable by its owner alone.
//!
//! Written beside and renamed, so that a verb never reads half of it. It keeps the provider's
//! refresh token too, by which a sign-in renews itself without a browser.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exit::Stop;

/// One sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// Until when the token counts.
    pub(crate) expires: Timestamp,
    /// The gateway's HTTP address.
    pub(crate) gateway: String,
    /// Who it is.
    pub(crate) principal: String,
    /// Its provider, as the gateway calls it.
    pub(crate) provider: String,
    /// By which the provider gives a new token.
    pub(crate) refresh_token: Option<String>,
    /// The authority of the gateway's and the provider's certificates.
    pub(crate) root_certificate: Option<PathBuf>,
    /// The gateway's token.
    pub(crate) token: String,
}

/// Where it is kept: `$XDG_CONFIG_HOME/portcullis/credentials.json`.
pub(crate) fn place() -> anyhow::Result<PathBuf> {
    let named = |key: &str| {
        let value = std::env::var_os(key).map(PathBuf::from);
        value.filter(|path| path.is_absolute())
    };
    let folder = named("XDG_CONFIG_HOME").or_else(|| Some(named("HOME")?.join(".config")));
    let folder = folder.ok_or_else(|| {
        Stop::usage(
            "there is no place to keep a sign-in",
            "set HOME or XDG_CONFIG_HOME",
        )
    })?;
    Ok(folder.join("portcullis").join("credentials.json"))
}

/// What is kept, if anything is.
pub(crate) fn kept() -> anyhow::Result<Option<Credentials>> {
    // Where nothing can be kept, nothing is.
    let Ok(path) = place() else { return Ok(None) };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => {
            return Err(Stop::failed(
                format!("cannot read {}: {fault}", path.display()),
                "",
            ));
        }
    };
    let mode = std::fs::metadata(&path)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Stop::failed(
            format!("{} can be read by other accounts", path.display()),
            "sign out and in again: portcullis logout, portcullis login",
        ));
    }
    let kept = serde_json::from_str(&text)
        .with_context(|| format!("{} is not what `login` wrote", path.display()))?;
    Ok(Some(kept))
}

/// Keeps a sign-in, in place of the last one.
pub(crate) fn keep(credentials: &Credentials) -> anyhow::Result<()> {
    let path = place()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut made = std::fs::DirBuilder::new();
    made.recursive(true).mode(0o700).create(folder)?;
    let beside = folder.join(format!(".credentials.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = options
        .open(&beside)
        .with_context(|| format!("cannot write {}", beside.display()))?;
    file.write_all(&serde_json::to_vec_pretty(credentials)?)?;
    file.sync_all()?;
    std::fs::rename(&beside, &path).with_context(|| format!("cannot write {}", path.display()))
}

/// Forgets the sign-in.
pub(crate) fn forget() -> anyhow::Result<()> {
    match std::fs::remove_file(place()?) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(fault.into()),
        _ => Ok(()),
    }
}
