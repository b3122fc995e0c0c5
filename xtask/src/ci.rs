//! What CI runs, in the order of what fails fastest.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::{absences, bans, layers, tidy};

/// Each step: what it is called, the program, its arguments.
const STEPS: &[(&str, &str, &[&str])] = &[
    ("format", "cargo", &["fmt", "--all", "--check"]),
    (
        "lint",
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
    ("test", "cargo", &["test", "--workspace"]),
];

/// Runs everything; stops at the first failure.
pub(crate) fn run() -> anyhow::Result<()> {
    step("layers", layers::check)?;
    step("absences", absences::check)?;
    step("tidy", tidy::check)?;
    step("bans", bans::check)?;
    for (name, program, arguments) in STEPS {
        step(name, || command(program, arguments, &[]))?;
    }
    let docs = [
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ];
    step("docs", || {
        command("cargo", &docs, &[("RUSTDOCFLAGS", "-D warnings")])
    })
}

fn step(name: &str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let start = Instant::now();
    eprintln!("== {name}");
    run().with_context(|| format!("{name} failed"))?;
    eprintln!("== {name}: done in {} s", start.elapsed().as_secs());
    Ok(())
}

fn command(program: &str, arguments: &[&str], set: &[(&str, &str)]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .envs(set.iter().copied())
        .status()?;
    if !status.success() {
        bail!("`{program} {}` ended with {status}", arguments.join(" "));
    }
    Ok(())
}
