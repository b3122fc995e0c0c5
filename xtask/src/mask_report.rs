//! `cargo xtask mask-report`: what masking reaches on the yardstick, by category and surface.
//!
//! It runs the yardstick's test (`crates/portcullis/tests/yard.rs`: a real PostgreSQL, the real
//! gateway, no configuration) and prints its table. `--failures` lists what fails in the open half,
//! `--held-out` in both; `--bless` keeps the figures as the bars; `--probes` runs all of the probes
//! instead, `--ordinary` the ordinary statements, with what is refused; `--folder DIR` keeps what
//! was read. It judges nothing itself.

use std::process::Command;

use anyhow::bail;

/// Runs it.
pub(crate) fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let test = match (asked("--probes"), asked("--ordinary")) {
        (true, _) => ["probes", "_"],
        (_, true) => ["probes", "ordinary_statements"],
        _ => ["yard", "what_a_masked_reader"],
    };
    let mut command = Command::new("cargo");
    command.args(["test", "-q", "-p", "portcullis", "--test", test[0], test[1]]);
    command.args(["--", "--nocapture"]);
    let told = ["--failures", "--held-out"];
    let told: Vec<&str> = told.into_iter().filter(|flag| asked(flag)).collect();
    command.env("YARD_ARGS", told.join(" "));
    if asked("--bless") {
        command.env("YARD_BLESS", "1");
    }
    if let Some(at) = arguments.iter().position(|word| word == "--folder") {
        let Some(folder) = arguments.get(at + 1) else {
            bail!("--folder wants a folder");
        };
        command.env("YARD_FOLDER", folder);
    }
    if !command.status()?.success() {
        bail!("a figure is worse than it was: see above");
    }
    Ok(())
}
