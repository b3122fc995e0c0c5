//! Refuses the crates `deny.toml` bans, on machines without cargo-deny too.

use std::fs;
use std::process::Command;

use anyhow::bail;
use serde::Deserialize;

#[derive(Deserialize)]
struct Deny {
    bans: Bans,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<String>,
}

/// Fails if a banned crate is built for any member of the workspace.
pub(crate) fn check() -> anyhow::Result<()> {
    let deny: Deny = toml::from_str(&fs::read_to_string("deny.toml")?)?;
    let tree = Command::new("cargo")
        .args([
            "tree",
            "--workspace",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .output()?;
    if !tree.status.success() {
        bail!(
            "cargo tree failed: {}",
            String::from_utf8_lossy(&tree.stderr)
        );
    }
    let tree = String::from_utf8(tree.stdout)?;
    let names: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let found: Vec<_> = deny
        .bans
        .deny
        .iter()
        .filter(|banned| names.contains(&banned.as_str()))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    bail!("banned crates are in the tree: {found:?}; `cargo tree -i NAME` says by whom")
}
