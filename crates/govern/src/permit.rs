//! The permit: the capability to send one statement.
//!
//! Private fields, no `Clone`, no constructor outside this crate. A wire may hold bytes and an id,
//! but the target's socket takes [`Cleared`] alone:
//!
//! ```compile_fail
//! let forged = govern::Permit { .. };
//! ```
//! ```compile_fail
//! let bytes = govern::Cleared(b"DROP TABLE customers");
//! ```
//! ```compile_fail
//! fn twice(permit: govern::Permit) -> (govern::Permit, govern::Permit) {
//!     (permit.clone(), permit)
//! }
//! ```

use ledger::Receipt;
use mask::Plan;
use model::{HoldNotice, Housekeeping, StatementId};

/// The capability to send one statement. Given by `Governor::admit`, ended by `Governor::settle`.
#[derive(Debug)]
#[must_use = "a permit that is not settled leaves an intent without an outcome"]
pub struct Permit {
    pub(crate) breaks_glass: bool,
    pub(crate) changes_catalog: bool,
    pub(crate) mask: Plan,
    pub(crate) notice: Option<HoldNotice>,
    pub(crate) parts: std::sync::Arc<[model::Effects]>,
    pub(crate) receipt: Receipt,
    pub(crate) statement: StatementId,
    pub(crate) timeout_s: Option<u32>,
}

impl Permit {
    /// Lets bytes of this statement through to the target.
    #[expect(clippy::unused_self, reason = "holding the permit is the proof")]
    pub fn clear<'a>(&self, bytes: &'a [u8]) -> Cleared<'a> {
        Cleared(bytes)
    }

    /// What the reader of the result may see.
    pub fn mask(&self) -> &Plan {
        &self.mask
    }

    /// The place of its record. The first byte of the result is released only once this is durable.
    pub fn receipt(&self) -> Receipt {
        self.receipt
    }

    /// Whether it passes without waiting, and somebody will ask.
    pub fn breaks_glass(&self) -> bool {
        self.breaks_glass
    }

    /// What the client must be told before anything else.
    pub fn notice(&self) -> Option<&HoldNotice> {
        self.notice.as_ref()
    }

    /// Which statement.
    pub fn statement(&self) -> StatementId {
        self.statement
    }

    /// Whether the target's catalog may have changed once it succeeded: read it again.
    pub fn changes_catalog(&self) -> bool {
        self.changes_catalog
    }

    /// Seconds after which the driver must cancel it, if an obligation says so.
    pub fn timeout_s(&self) -> Option<u32> {
        self.timeout_s
    }
}

/// Bytes a target may hear: cleared by a permit, or on the closed housekeeping list.
#[derive(Debug)]
pub struct Cleared<'a>(&'a [u8]);

impl<'a> Cleared<'a> {
    /// Our own bytes, from the closed list.
    pub fn housekeeping(_why: Housekeeping, bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }
}
