//! `portcullis`: the command line, the configuration, and the wiring of every room.
//!
//! Where to begin: `cli` lists the verbs, `verbs` has one file each, `house` puts the rooms
//! together, `gate` adds listeners, `wiring` is the one list of protocols. What decides, masks and
//! records is in the crates below; nothing in here does.

mod accounts;
mod cases;
mod certificate;
mod cli;
mod client;
mod config;
mod control;
mod credentials;
mod data_dir;
mod demo;
mod dial;
mod doors;
mod exit;
mod gate;
mod house;
mod http;
mod output;
mod place;
mod policies;
mod reload;
mod verbs;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Huge pages would double what a small process holds resident, for nothing it does: half of
    // each stays unused. Where they cannot be turned off, it is only larger.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
    match verbs::run(cli::Cli::parse()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!(
                "\x1b[1;31mportcullis:\x1b[0m {}",
                output::plain(&format!("{error:#}"))
            );
            exit::Exit::of(&error).into()
        }
    }
}
