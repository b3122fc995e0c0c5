//! The data directory: ours alone (0700), with the secrets of this installation (0600 each).
//!
//! Why secrets of our own making: salts, stand-ins and commitments must be the same at every start
//! and known to nobody. One file per purpose, so that one can be restored or destroyed alone.
//! It does not lock: the ledger does, and is opened first.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use anyhow::Context as _;
use nix::unistd::Uid;

use crate::exit::Stop;

/// Makes it, or checks that it is ours alone.
pub(crate) fn prepare(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    if !path.exists() {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.map_err(|fault| {
            Stop::failed(
                format!("cannot make the data directory {shown}: {fault}"),
                "name another one with data_dir, or give this account the right to make it",
            )
        })?;
    }
    let facts = fs::metadata(path).with_context(|| format!("cannot look at {shown}"))?;
    if !facts.is_dir() {
        return Err(Stop::failed(
            format!("{shown} is no directory"),
            "name another data_dir",
        ));
    }
    if facts.uid() != Uid::effective().as_raw() {
        return Err(Stop::failed(
            format!("the data directory {shown} belongs to another account"),
            "run as that account, or name another data_dir",
        ));
    }
    if facts.permissions().mode() & 0o077 != 0 {
        return Err(Stop::failed(
            format!("the data directory {shown} is open to other accounts"),
            &format!("close it: chmod 700 {shown}"),
        ));
    }
    let probe = path.join(".writable");
    let written = File::create(&probe).and_then(|mut file| file.write_all(b"x"));
    let _ = fs::remove_file(&probe);
    written.map_err(|fault| unwritable(path, &fault))
}

fn unwritable(path: &Path, fault: &std::io::Error) -> anyhow::Error {
    let shown = path.display();
    let hint = match fault.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "the disk is full: make room; nothing recorded was lost"
        }
        ErrorKind::ReadOnlyFilesystem => "it is on a read-only file system: name another data_dir",
        _ => "run as the account that owns it",
    };
    Stop::failed(
        format!("the data directory {shown} cannot be written: {fault}"),
        hint,
    )
}

/// The secret of that purpose, made where it is not there yet.
pub(crate) fn secret(data_dir: &Path, purpose: &str) -> anyhow::Result<[u8; 32]> {
    let folder = data_dir.join("keys");
    if !folder.exists() {
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
    }
    let path = folder.join(purpose);
    let unread = || format!("cannot use the key {}", path.display());
    let mut secret = [0_u8; 32];
    match File::open(&path) {
        Ok(mut file) => {
            if file.metadata()?.permissions().mode() & 0o077 != 0 {
                return Err(Stop::failed(
                    format!("the key {} is open to other accounts", path.display()),
                    &format!(
                        "close it: chmod 600 {}; then consider it known",
                        path.display()
                    ),
                ));
            }
            file.read_exact(&mut secret).with_context(unread)?;
        }
        Err(fault) if fault.kind() == ErrorKind::NotFound => {
            getrandom::fill(&mut secret)
                .map_err(|fault| anyhow::anyhow!("no randomness: {fault}"))?;
            keep(&folder, &path, &secret).map_err(|fault| unwritable(data_dir, &fault))?;
        }
        Err(fault) => return Err(fault).with_context(unread),
    }
    Ok(secret)
}

/// Whole or not at all, also when the machine stops in between.
fn keep(folder: &Path, path: &Path, secret: &[u8]) -> std::io::Result<()> {
    let half = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    File::open(folder)?.sync_all()
}
