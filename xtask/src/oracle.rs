//! `cargo xtask oracle [folder]`: our reading against PostgreSQL's own grammar and the clock.
//!
//! By hand, since `crates/sql-oracle` needs libclang and stands outside the workspace: `ci` does
//! not run it. The folder holds `.sql` files; without one, PostgreSQL's regression suite is taken.

use std::process::Command;

use anyhow::{Result, ensure};

/// Builds the oracle in release mode, since it measures, and runs it.
pub(crate) fn run() -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["run", "--release", "--manifest-path"]);
    command.args(["crates/sql-oracle/Cargo.toml", "--"]);
    let status = command.args(std::env::args_os().skip(2)).status()?;
    ensure!(
        status.success(),
        "the oracle found faults, or could not be built (it needs libclang)"
    );
    Ok(())
}
