//! The road under a seeded world: real cores, the real governor, the real ledger over a disk that
//! loses what was not synced; clients, targets, people, the clock and luck are ours.
//!
//! Why: a promise about every interleaving is worth what looks for the bad ones. One seed is one
//! world, played the same again by `SIM_SEED=… cargo test -p sim`. The wiretap ([`Tap`]) stands on
//! the target's side with a tiny parser of its own and demands a recorded permit for every
//! statement it hears; it shares no code with the wire or the analysis, so that they cannot be
//! wrong together. A driver with a [`Flaw`] shows that it finds what it looks for.
//!
//! It does no TLS and no real time, and its target is a model: what PostgreSQL itself would do is
//! asked of a real one in `gateway`'s and `portcullis`' tests.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a world for tests: what cannot be built here is a failed run"
)]

mod client;
mod dice;
mod frames;
mod house;
mod lanes;
mod people;
mod pool;
mod scenario;
mod session;
mod sql;
mod stage;
mod tap;
mod tape;
mod target;
mod world;

pub use dice::Dice;
pub use house::Flaw;
pub use scenario::{Failure, Scenario, Tally};
pub use tap::Tap;
pub use world::{World, run};
