//! SCIM 2.0 (RFC 7643, RFC 7644): a company's directory keeps its people and groups here, and who
//! leaves it leaves here.
//!
//! The road: `http` authenticates the directory by a token of its own, which opens nothing else;
//! `schema` says what is kept, `filter` and `patch` read what is asked, and [`Provisioning`] makes
//! principals of it. Each change is recorded as the directory's.
//!
//! Left out, and said so in discovery: bulk, sorting, passwords, groups in groups.

mod directory;
mod discovery;
mod fault;
mod filter;
mod http;
mod patch;
mod person;
mod pick;
mod schema;

pub use directory::{Provisioning, Source};
pub use http::routes;

#[cfg(test)]
mod tests;
