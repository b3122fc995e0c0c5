//! Drives a wire with real sockets: TLS, timers, limits, catalogs, health.
//!
//! Why a crate of its own: a protocol core does no I/O and the governor no waiting on sockets; this
//! does both and decides nothing. One task per session carries bytes between two sockets and a
//! [`wire::Wire`], asks [`govern::Governor`] about every statement, and holds a result back until
//! its record is durable.
//!
//! ```text
//! acceptor ─▶ reactor (one per core) ─▶ session ── wire ── client socket
//!                 │ buffers, waiting room     └─── road ── target socket
//!                 └ keeper (one per target): its catalog       watchman: identities
//! ```

mod classes;
pub mod config;
mod gateway;
mod http;
mod hub;
mod keeper;
mod lent;
mod meters;
mod pool;
mod reactor;
mod reading;
mod registry;
mod rehearser;
mod rim;
mod session;
mod stream;
mod tls;
mod watchman;
mod way;

pub use config::Config;
pub use gateway::{Gateway, NotStarted, Running};
pub use http::Extra;
pub use rim::{MakeWire, Parts};
pub use tls::{BadTls, server_end_point};
pub use way::trusting;
