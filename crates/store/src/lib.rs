//! State that outlives a process, embedded: principals, tokens and reviews in one SQLite file, and
//! the ledger's files beside it.
//!
//! Why one crate: what is kept, how it is synced and what a full disk does to it is one subject.
//! It decides nothing: it implements `model::Store` for `identity` and `reviewers`, and the files
//! below `ledger`'s pure tree.

#[cfg(test)]
mod conformance;
pub mod ledger;
pub mod sqlite;

pub use ledger::FileLedger;
pub use sqlite::SqliteStore;
