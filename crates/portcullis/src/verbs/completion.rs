//! `completion`: a script for the shell, made from the command line itself.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::exit::Exit;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which shell
    shell: clap_complete::Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "portcullis", &mut script);
    crate::output::line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
