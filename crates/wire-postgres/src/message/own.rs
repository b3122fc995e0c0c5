//! Our own statements beside a client's: a closed list of fixed texts.
//!
//! Why by the extended protocol, and by a name nobody else uses: the client's unnamed statement and
//! portal stay what they were, and where one fails the target skips what was sent behind it.

use wire::Fault;

use super::made::{SYNC, close};
use crate::bytes::{message, string};

const NAME: &[u8] = b"portcullis.unit";

/// One of our own statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    Begin,
    Commit,
    /// The rows changed so far, as the server counts them: cascades, triggers and functions too.
    Count,
    /// Makes the transaction read-only, for good: it cannot be set back once something was read.
    ReadOnly,
    /// Lets stand what was done since our savepoint, or forgets that one.
    Release,
    /// A Sync whose answer nobody waits for.
    Resync,
    Rollback,
    /// Back to our savepoint.
    RollbackTo,
    /// What a client's transaction goes back to where a statement goes over its bound.
    Savepoint,
}

impl Own {
    /// Every name is qualified: the client's search path must not matter.
    fn text(self) -> &'static str {
        match self {
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Count => {
                "SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) \
                 OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) \
                 OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)) \
                 FROM pg_catalog.pg_class c WHERE c.relkind OPERATOR(pg_catalog.=) 'r' \
                 AND c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid"
            }
            Self::ReadOnly => "SELECT pg_catalog.set_config('transaction_read_only', 'on', true)",
            Self::Release => "RELEASE SAVEPOINT \"portcullis.unit\"",
            Self::Resync => "",
            Self::Rollback => "ROLLBACK",
            Self::RollbackTo => "ROLLBACK TO SAVEPOINT \"portcullis.unit\"",
            Self::Savepoint => "SAVEPOINT \"portcullis.unit\"",
        }
    }

    /// The tags of its answer, in order.
    pub(crate) fn answers(self) -> &'static [u8] {
        match self {
            Self::Begin
            | Self::Commit
            | Self::Release
            | Self::Rollback
            | Self::RollbackTo
            | Self::Savepoint => b"3312C33",
            Self::Count | Self::ReadOnly => b"3312DC33",
            Self::Resync => b"Z",
        }
    }

    /// Appends its messages, without a Sync behind them.
    pub(crate) fn write(self, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self == Self::Resync {
            out.extend_from_slice(SYNC);
            return Ok(());
        }
        let names = |out: &mut Vec<u8>| {
            close(out, b'P', NAME)?;
            close(out, b'S', NAME)
        };
        names(out)?;
        message(out, b'P', |out| {
            string(out, NAME);
            string(out, self.text().as_bytes());
            out.extend_from_slice(&[0, 0]);
            Ok(())
        })?;
        message(out, b'B', |out| {
            string(out, NAME);
            string(out, NAME);
            out.extend_from_slice(&[0; 6]);
            Ok(())
        })?;
        message(out, b'E', |out| {
            string(out, NAME);
            out.extend_from_slice(&[0; 4]);
            Ok(())
        })?;
        names(out)
    }
}
