//! The only road from a statement to bytes a target will see. Mints [`Permit`].
//!
//! Why one crate: to review our promise a reader opens three functions. `policy::Rules::judge`
//! decides, [`Governor::write`] records (the only call to the ledger in the house), and
//! [`Permit::clear`] is the only way bytes of a statement become [`Cleared`], the only type a
//! target's socket takes.
//!
//! ```text
//! admit: analyse → intent ─▶ judge → decision ─┬─ allow ──────────────────────────▶ Permit
//!                                              ├─ deny ───────────────────────────▶ Refusal
//!                                              └─ hold → review → (answer) → judge again ─┘
//! settle: Permit → outcome
//! ```
//! It does no I/O and reads no clock itself: ledger, reviews, clock and ids are given to it.

mod admit;
mod cache;
mod case;
mod governor;
mod hold;
mod memory;
mod past;
mod permit;
mod plan;
mod read;
mod record;
mod reviews;
mod why;

pub use governor::{Governor, Parts};
pub use memory::OpenSession;
pub use permit::{Cleared, Permit};
pub use reviews::{Reviews, Waiting};
pub use why::Why;
