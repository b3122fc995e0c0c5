//! A long run: `cargo run -p sim -- --seeds 10000 [--from 1] [--keep-going]`.
//!
//! Stops at the first broken promise, with the seed and what led to it, unless told to keep going.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program for a person"
)]

use std::process::ExitCode;

fn number(name: &str, otherwise: u64) -> u64 {
    let mut words = std::env::args().skip_while(|word| word != name).skip(1);
    let word = words.next();
    word.and_then(|word| word.parse().ok()).unwrap_or(otherwise)
}

fn main() -> ExitCode {
    let (from, seeds) = (number("--from", 1), number("--seeds", 1_000));
    let keeps_on = std::env::args().any(|word| word == "--keep-going");
    let (mut all, mut failed) = (sim::Tally::default(), 0);
    for seed in from..from.saturating_add(seeds) {
        if seed > from && (seed - from).is_multiple_of(500) {
            println!("{} worlds played", seed - from);
        }
        match sim::run(seed) {
            Ok(tally) => all += tally,
            Err(failure) if keeps_on => {
                println!("{seed} {:?} {:?}", failure.scenario, failure.faults);
                failed += 1;
            }
            Err(failure) => {
                eprintln!("{failure}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{seeds} worlds, {failed} promises broken: {all:?}");
    ExitCode::from(u8::from(failed > 0))
}
