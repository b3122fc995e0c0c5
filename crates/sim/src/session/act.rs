//! What the driver does with what its core says.

use std::sync::Arc;

use govern::Permit;
use ledger::Receipt;
use model::{Housekeeping, Outcome, Session as Facts, StatementId, Timestamp};
use wire::{Cause, Challenge, Credential, Fault, Input, Output, Payload};

use super::Session;
use crate::frames::put;
use crate::house::{Flaw, House};
use crate::stage;

impl Session {
    pub(super) fn act(
        &mut self,
        output: Output,
        input: &[u8],
        house: &mut House,
        next: &mut Vec<Input<'static>>,
    ) -> Result<(), Fault> {
        match output {
            Output::CancelTarget(_) => {
                if let Some(target) = &mut self.target {
                    target.cancel(&mut house.tap, &mut house.dice);
                }
                next.push(Input::Cancelled);
            }
            Output::End => self.is_ending = true,
            Output::Open => self.begin(house),
            Output::Present(Credential::Name { .. }) => {
                next.push(Input::Challenge(Challenge::ClearText));
            }
            Output::Present(_) => next.push(Input::Identified(None)),
            Output::Setting(name, value) => {
                if let Some(open) = &self.open {
                    open.setting(&name, &value);
                }
            }
            Output::Settle(id, outcome) => {
                let account = Cause::Statement(id);
                if self.to_target.accounts().any(|cause| cause == account) {
                    self.settling.push((id, outcome));
                } else {
                    self.settle(id, outcome, house);
                }
            }
            Output::Status { has_failed, status } => self.told_status(status, has_failed),
            Output::Submit(statement) => self.waiting.push_back(statement),
            Output::ToClient(shown) => {
                let receipt = match shown.cause {
                    None => None,
                    Some(id) => Some(self.receipt(id, house)?),
                };
                let bytes = payload(shown.payload, input)?;
                self.to_client.push(receipt, bytes);
            }
            Output::ToTarget(cause, bytes) => {
                let bytes = payload(bytes, input)?;
                self.send(cause, bytes, house);
            }
            Output::Wake(after) => {
                let at = house.time.micros() + i64::try_from(after.as_micros()).unwrap_or(i64::MAX);
                self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
            }
            Output::Withdraw(id) => {
                self.doom();
                if self
                    .current
                    .take_if(|(current, _)| *current == id)
                    .is_none()
                {
                    self.waiting.retain(|statement| statement.id != id);
                }
            }
            Output::CancelRequest { .. }
            | Output::Derive(_)
            | Output::Ready { .. }
            | Output::StartTls(_) => {}
        }
        Ok(())
    }

    pub(super) fn send(&mut self, cause: Cause, bytes: Vec<u8>, house: &House) {
        let is_abort = cause == Cause::Housekeeping(Housekeeping::Abort);
        if is_abort && house.flaw == Flaw::DropsAbort {
            // The core is told what it wants to hear.
            if let Some(target) = &mut self.target {
                put(&mut target.outbox, b'E', b"SERROR\0VERROR\0C42601\0Mno\0\0");
                put(&mut target.outbox, b'Z', b"E");
            }
            return;
        }
        self.to_target.push(cause, bytes);
    }

    pub(super) fn receipt(&self, id: StatementId, house: &House) -> Result<Receipt, Fault> {
        let live = self.permits.get(&id).map(Permit::receipt);
        match live.or(self.highest) {
            Some(receipt) => Ok(receipt),
            None if house.flaw != Flaw::None => Ok(Receipt(0)),
            None => Err(Fault::Bug("a result without a permit".into())),
        }
    }

    pub(super) fn begin(&mut self, house: &House) {
        let facts = Facts {
            address: None,
            application_name: None,
            id: self.id,
            identity: Arc::new(stage::identity(self.who)),
            intent: None,
            is_encrypted: true,
            opened: Timestamp(0),
            target: Arc::new(stage::target()),
        };
        let governor = house.governor.clone();
        self.job = Some(Box::pin(async move { governor.open(facts, &[]).await }));
    }

    /// The target told its transaction's state.
    fn told_status(&self, status: char, has_failed: bool) {
        if let Some(open) = &self.open {
            open.status(status, has_failed);
        }
    }

    pub(super) fn settle(&mut self, id: StatementId, outcome: Outcome, house: &mut House) {
        let Some(permit) = self.permits.remove(&id) else {
            return;
        };
        let Some(open) = &self.open else { return };
        if house.flaw == Flaw::DropsOutcome && house.dice.one_in(8) {
            return;
        }
        if house.governor.settle(open, permit, outcome).is_err() {
            self.to_client.clear();
            self.is_ending = true;
        }
    }
}

fn payload(payload: Payload, input: &[u8]) -> Result<Vec<u8>, Fault> {
    match payload {
        Payload::Made(bytes) => Ok(bytes),
        Payload::Pass(range) => {
            let found = input.get(range).map(<[u8]>::to_vec);
            found.ok_or_else(|| Fault::Bug("a range outside its input".into()))
        }
    }
}
