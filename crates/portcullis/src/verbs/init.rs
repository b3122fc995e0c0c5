//! `init`: a commented `portcullis.toml` to start from. It never overwrites one.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use crate::exit::{Exit, Stop};

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write
    #[arg(default_value = "portcullis.toml")]
    path: PathBuf,
}

/// The file.
pub(crate) const START: &str = include_str!("init.toml");

/// Writes the file.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let path = args.path.display();
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.path);
    let mut file = file.map_err(|fault| match fault.kind() {
        ErrorKind::AlreadyExists => Stop::failed(
            format!("{path} is there already"),
            "name another file to write",
        ),
        _ => Stop::failed(format!("cannot write {path}: {fault}"), ""),
    })?;
    file.write_all(START.as_bytes())?;
    crate::output::line(&format!(
        "wrote {path}: set your target's URL, then `portcullis config check` and `portcullis serve`"
    ))?;
    Ok(Exit::Done)
}
