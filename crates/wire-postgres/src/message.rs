//! The messages: what a client may say, what a target may say, and what we write ourselves.
//!
//! Why three files: nobody but the reading side of a message decodes it, and what we write is a
//! short closed list. Decoders give borrowed views and consume a body exactly or give `None`.

pub(crate) mod client;
pub(crate) mod made;
pub(crate) mod own;
pub(crate) mod target;
