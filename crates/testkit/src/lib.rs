//! Real servers for tests: started in a temp dir, gone with the value.
//!
//! Why: the house mocks nothing that can be run. A test says [`Postgres::start`] and has a cluster
//! of its own, of whatever version is installed, on a free port.
//! It is for tests and the demo's kin: what fails here panics, with the line that mends it.

#![expect(
    clippy::panic,
    reason = "a dev crate: a test that cannot have its server should stop there and say why"
)]

mod account;
mod certificate;
mod launch;
mod major;
mod postgres;
mod setup;

pub use major::MAJORS;
pub use postgres::Postgres;
pub use setup::Setup;
