//! Carries a hold to people, and their answer back.
//!
//! ```text
//! govern ─open─▶ Desk ─ls, show─▶ people          (http; Slack and console join here later)
//!    ▲             │ ◀─approve, deny─ a person, proved by a token of their own
//!    └──Waiting────┘   rules → recorded → counted once → the waiter wakes
//! ```
//! What is asked ahead of time (`portcullis request`) goes the same way; its last yes makes a
//! grant (`grants.rs`), which `govern` judges with until it ends.
//!
//! Why a crate: who may answer is asked in one place (`rules.rs`), whatever
//! the channel an answer comes by.
//!
//! It does not hold statements, judge or release them: `govern` does, and judges again after a yes.

mod desk;
mod fault;
mod grants;
pub mod http;
mod rules;
#[cfg(test)]
mod testing;
mod waiting;

pub use desk::{Desk, Recorder};
pub use fault::VoteFault;
