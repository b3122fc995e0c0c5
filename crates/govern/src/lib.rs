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
//! A statement addressed to the gateway itself (`EXPLAIN PORTCULLIS …`, `SET portcullis.intent`) is
//! recorded and answered with a `Reply`; no permit exists for it.
//! It does no I/O and reads no clock itself: ledger, reviews, clock and ids are given to it.

mod admit;
mod advise;
mod ahead;
mod assigned;
mod binding;
mod bounds;
mod cache;
mod case;
mod columns;
mod glass;
mod governor;
mod granted;
mod held;
mod hold;
mod instead;
mod intent;
mod make;
mod memory;
mod open;
mod ours;
mod past;
mod permit;
mod plan;
mod read;
mod record;
mod rehearse;
mod reviews;
mod said;
mod translate;
mod unread;
mod unseen;
mod why;

pub use admit::Admitted;
pub use ahead::Request;
pub use assigned::Assigned;
pub use governor::{Governor, Parts};
pub use granted::Groundless;
pub use open::OpenSession;
pub use permit::{Cleared, Permit};
pub use rehearse::{Rehearsals, Rehearsed, Rehearsing};
pub use reviews::{Reviews, Waiting};
pub use why::{Line, Why};
