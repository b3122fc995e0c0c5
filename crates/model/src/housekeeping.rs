//! The closed list of bytes of our own that a target may hear (law 1).
//!
//! It holds no texts: a wire knows its own.

/// The closed list of our own bytes. None carries client input, but where noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Housekeeping {
    /// A statement that fails: it puts the target's open transaction into the failed state.
    Abort,
    /// A cancel request, on a connection of its own.
    Cancel,
    /// Our own catalog statements, on a connection of their own.
    Catalog,
    /// Terminate; Close of a name this session was permitted to make (the name is client input,
    /// already carried once under a permit).
    Close,
    /// Obligations: read-only, time limits.
    Guard,
    /// Start-up and sign-in at the target. Start-up parameters were judged with `connect`.
    Open,
    /// Return a target connection to a known state.
    Reset,
    /// Set the role we act as.
    Role,
    /// A Sync or Flush (four fixed bytes) that belongs to no statement, as after an error.
    Sync,
}
