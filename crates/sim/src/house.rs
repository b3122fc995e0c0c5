//! What the sessions of a world share, and what may be wrong with their driver.

use std::sync::Arc;

use govern::Governor;

use crate::dice::Dice;
use crate::people::Time;
use crate::tap::Tap;
use crate::tape::Tape;

/// What is wrong with a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It sends what was refused.
    AdmitsRefused,
    /// It forgets to put the target's transaction into the failed state.
    DropsAbort,
    /// It sends what came, where it recorded that something else would go.
    DropsEdits,
    /// It forgets to settle.
    DropsOutcome,
    /// Its people's approvals are never used up.
    ForgetsUse,
    /// Nothing.
    None,
    /// Its ledger says durable before it is.
    SendsEarly,
    /// It shows results before their record is durable.
    ShowsEarly,
    /// It forgets the mask.
    ShowsOriginals,
}

/// What all sessions share.
pub(crate) struct House {
    pub(crate) dice: Dice,
    pub(crate) flaw: Flaw,
    pub(crate) governor: Arc<Governor>,
    pub(crate) keys: Arc<mask::Keys>,
    pub(crate) tap: Tap,
    pub(crate) tape: Arc<Tape>,
    pub(crate) time: Arc<Time>,
    pub(crate) trace: Vec<String>,
}

impl House {
    pub(crate) fn say(&mut self, line: String) {
        self.trace.push(line);
    }
}
