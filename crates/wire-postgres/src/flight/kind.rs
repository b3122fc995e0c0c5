//! The kinds of messages a flight is made of.

use std::sync::Arc;

use crate::message::own::Own;
use crate::names::{Name, Portal, Prepared};

/// One message and what answers it.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Our own failing statement and its Sync.
    Abort,
    Bind {
        name: Name,
        portal: Arc<Portal>,
    },
    ClosePortal(Name),
    CloseStatement(Name),
    DescribePortal(Arc<Portal>),
    DescribeStatement(Arc<Prepared>),
    Execute {
        name: Name,
        portal: Arc<Portal>,
    },
    Flush,
    Function,
    /// A statement of our own, never the client's to see.
    Own(Own),
    Parse {
        name: Name,
        prepared: Arc<Prepared>,
    },
    Query,
    Sync,
}

impl Kind {
    /// Whether the simple protocol's rules hold: its error is followed by `ReadyForQuery`.
    pub(crate) fn is_simple(&self) -> bool {
        matches!(self, Self::Function | Self::Query)
    }
}
