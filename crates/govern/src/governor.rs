//! The governor: what it holds, and the acts that are not a statement's.

use std::sync::Arc;

use arc_swap::ArcSwap;
use catalog::Catalog;
use ledger::{Ledger, Receipt, Unrecorded};
use mask::Keys;
use model::{Clock, Event, Limits, Outcome, Refusal, Session, Statement, TargetName};
use policy::Rules;
use uuid::Uuid;

use crate::{OpenSession, Permit, Reviews, Why};

/// What a governor is made of.
pub struct Parts {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Random ids for reviews.
    pub ids: Arc<dyn Fn() -> Uuid + Send + Sync>,
    /// Keys of the masks.
    pub keys: Arc<Keys>,
    /// The record.
    pub ledger: Arc<dyn Ledger>,
    /// The bounds.
    pub limits: Arc<Limits>,
    /// Those who carry a hold to people.
    pub reviews: Arc<dyn Reviews>,
    /// The policy to start with.
    pub rules: Rules,
    /// 32 secret bytes: commitments to statement texts and the keys of the shape cache.
    pub secret: [u8; 32],
}

/// The one place where a statement becomes a permit, and where everything is written down.
pub struct Governor {
    _x: (),
}

impl Governor {
    /// A governor.
    pub fn new(_parts: Parts) -> Self {
        todo!()
    }

    /// The only call to the ledger in the house. Handed to the kernel when it returns; durable
    /// once `ledger.durable(receipt)` resolves.
    pub fn write(&self, _events: &[Event]) -> Result<Receipt, Unrecorded> {
        todo!()
    }

    /// Judges `connect` and the start-up settings, records `session.open`, and gives the session
    /// its memory. A refusal here ends the connection.
    pub async fn open(&self, _session: Session, _startup: &[(String, String)]) -> Result<Arc<OpenSession>, Refusal> {
        todo!()
    }

    /// The road: analyse, record the intent, judge, record the decision, wait for a person where a
    /// rule says so. There is no third answer. While it waits, what the client must be told stands
    /// in [`OpenSession::told`]: look there after every poll that was pending. Dropping the future
    /// withdraws a held statement.
    pub async fn admit(&self, _session: &Arc<OpenSession>, _statement: Statement) -> Result<Permit, Refusal> {
        todo!()
    }

    /// Ends a permit: records the outcome, and remembers what the statement made of the session.
    pub fn settle(&self, _session: &OpenSession, _permit: Permit, _outcome: Outcome) -> Result<(), Refusal> {
        todo!()
    }

    /// Records `session.close`.
    pub fn close(&self, _session: &OpenSession, _reason: &'static str) {
        todo!()
    }

    /// Whether the identity behind a session is still let in by the rules of now (re-judges
    /// `connect`); the driver asks when rules changed.
    pub fn still_allows(&self, _session: &OpenSession) -> bool {
        todo!()
    }

    /// Puts new rules in force, recorded as `policy.published`.
    pub fn publish(&self, _rules: Rules) -> Result<(), Unrecorded> {
        todo!()
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        todo!()
    }

    /// Puts a target's new catalog in force; recorded as `catalog.changed` if its version differs.
    pub fn learn(&self, _target: &TargetName, _catalog: Arc<Catalog>) -> Result<(), Unrecorded> {
        todo!()
    }

    /// The catalog in force for a target, if one was learnt.
    pub fn catalog(&self, _target: &TargetName) -> Option<Arc<Catalog>> {
        todo!()
    }

    /// The ledger, for waiting on a receipt.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        todo!()
    }

    /// What would be said to that text in a fresh session, rule by rule; nothing runs, nothing is
    /// recorded.
    pub fn why(&self, _session: &Session, _text: &str) -> Why {
        todo!()
    }
}
#[allow(dead_code)]
type _Unused = ArcSwap<Rules>;
