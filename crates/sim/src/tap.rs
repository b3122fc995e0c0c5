//! The wiretap: for everything the target hears, a recorded permit; for everything the client
//! hears, a durable record and no secret.
//!
//! It reads the record as it stands at that moment ([`Tape`]), computes commitments itself, and
//! never asks a wire or a governor.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use ledger::Receipt;
use model::{OutcomeKind, SessionId, StatementId, Status};
use sha2::Sha256;

use crate::people::People;
use crate::sql;
use crate::tape::{Known, Tape};

/// The governor's secret in every world.
pub(crate) const SECRET: [u8; 32] = [9; 32];

/// What every original of a classified column carries.
pub(crate) const RAW: &str = "@raw.example";

/// A bound value as the target read it: its type, whether it is binary, its bytes.
pub(crate) type Bound = (u32, bool, Option<Vec<u8>>);

/// The wiretap.
#[derive(Debug)]
pub struct Tap {
    /// Writes that targets committed.
    pub(crate) committed: usize,
    pub(crate) faults: Vec<String>,
    /// What each run's rows are marked with: the place of its decision.
    marks: Vec<(SessionId, Receipt)>,
    /// Whether what ran went well at the target.
    went_well: BTreeMap<(SessionId, StatementId), bool>,
    people: Arc<People>,
    ran: BTreeMap<String, u32>,
    pub(crate) heard: u64,
    tape: Arc<Tape>,
}

impl Tap {
    pub(crate) fn new(tape: Arc<Tape>, people: Arc<People>) -> Self {
        Self {
            committed: 0,
            faults: Vec::new(),
            heard: 0,
            marks: Vec::new(),
            people,
            ran: BTreeMap::new(),
            went_well: BTreeMap::new(),
            tape,
        }
    }

    /// The target is about to run a text: gives the mark of its rows.
    pub(crate) fn runs(
        &mut self,
        session: SessionId,
        text: &str,
        bound: &[Bound],
        route: &str,
        again: Option<StatementId>,
    ) -> (usize, Option<StatementId>) {
        self.heard += 1;
        let commitment = commitment(text, bound);
        let fits = |known: &Known| known.commitment == commitment && known.route == route;
        let found = self.permit(session, |id, known| {
            fits(known) && (!known.is_used || again == Some(id))
        });
        let Some((id, known)) = found else {
            self.faults.push(format!("ran without a permit: {text}"));
            return (self.mark(session, Receipt(u64::MAX)), None);
        };
        self.durable_if_it_must(text, &known);
        if known.was_held && again != Some(id) {
            let ran = self.ran.entry(known.text.clone()).or_default();
            *ran += 1;
            if *ran > self.people.approvals(&known.text) {
                self.faults
                    .push(format!("ran more often than it was approved: {text}"));
            }
        }
        let mut record = self.tape.record();
        if let Some(known) = record.statements.get_mut(&(session, id)) {
            known.is_used = true;
        }
        drop(record);
        (self.mark(session, known.receipt), Some(id))
    }

    /// The target hears a text it will only prepare, or a value it will only bind.
    pub(crate) fn prepares(&mut self, session: SessionId, text: &str, bound: Option<&[Bound]>) {
        self.heard += 1;
        let whole = commitment(text, bound.unwrap_or_default());
        let found = self.permit(session, |_, known| match bound {
            None if !known.is_edited => {
                known.bytes == text.len() && (known.is_partial || known.text == text)
            }
            None | Some(_) => known.commitment == whole,
        });
        match found {
            None => self.faults.push(format!("heard without a permit: {text}")),
            Some((_, known)) => self.durable_if_it_must(text, &known),
        }
    }

    /// A function call by oid.
    pub(crate) fn calls(&mut self, session: SessionId) {
        if self
            .permit(session, |_, known| known.route == "function")
            .is_none()
        {
            self.faults.push("a function call without a permit".into());
        }
    }

    fn durable_if_it_must(&mut self, text: &str, known: &Known) {
        if !self.tape.is_handed_over(known.receipt) {
            self.faults
                .push(format!("heard before the kernel had its record: {text}"));
        }
        let must = known.was_held || sql::parts(text).iter().any(sql::Part::changes);
        if must && !self.tape.is_durable(known.receipt) {
            self.faults
                .push(format!("heard before its record was durable: {text}"));
        }
    }

    fn permit(
        &self,
        session: SessionId,
        fits: impl Fn(StatementId, &Known) -> bool,
    ) -> Option<(StatementId, Known)> {
        let record = self.tape.record();
        let all = (session, StatementId(0))..=(session, StatementId(u64::MAX));
        record
            .statements
            .range(all)
            .filter(|(_, known)| known.status == Some(Status::Allowed))
            .find(|((_, id), known)| fits(*id, known))
            .map(|((_, id), known)| (*id, known.clone()))
    }

    fn mark(&mut self, session: SessionId, receipt: Receipt) -> usize {
        self.marks.push((session, receipt));
        self.marks.len() - 1
    }

    /// What ran has ended.
    pub(crate) fn ended(&mut self, session: SessionId, id: Option<StatementId>, is_well: bool) {
        if let Some(id) = id {
            *self.went_well.entry((session, id)).or_insert(true) &= is_well;
        }
    }

    /// Whether an outcome is what the target knows of it.
    pub(crate) fn agrees(&self, id: (SessionId, StatementId), outcome: OutcomeKind) -> bool {
        match (self.went_well.get(&id), outcome) {
            (None, _) | (_, OutcomeKind::Unknown) => true,
            (Some(is_well), kind) => *is_well == (kind == OutcomeKind::Success),
        }
    }

    /// What a session's client was given. `sees_all`: it may see originals.
    pub(crate) fn shown(&mut self, session: SessionId, body: &[u8], sees_all: bool) {
        let text = String::from_utf8_lossy(body);
        if !sees_all && text.to_ascii_lowercase().contains(RAW) {
            self.faults.push(format!("an original was shown: {text:?}"));
        }
        for piece in text.split("row-").skip(1) {
            // A mark may not have come whole yet.
            let Some(mark) = piece
                .split_once('-')
                .and_then(|(mark, _)| mark.parse::<usize>().ok())
            else {
                continue;
            };
            let Some((owner, receipt)) = self.marks.get(mark).copied() else {
                self.faults.push(format!("a row nobody sent: {text:?}"));
                continue;
            };
            if owner != session {
                self.faults.push(format!("another session's row: {text:?}"));
            }
            if !self.tape.is_durable(receipt) {
                let what = "a result was shown before its record was durable";
                self.faults.push(format!("{what}: {text:?}"));
            }
        }
    }
}

/// The commitment to a text and its parameters, as the ledger's format says.
fn commitment(text: &str, bound: &[Bound]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).expect("any length will do");
    mac.update(text.as_bytes());
    for (oid, is_binary, value) in bound {
        mac.update(&[0, u8::from(*is_binary)]);
        mac.update(&oid.to_be_bytes());
        let length = value.as_ref().map_or(u64::MAX, |value| value.len() as u64);
        mac.update(&length.to_be_bytes());
        mac.update(value.as_deref().unwrap_or_default());
    }
    let digest = mac.finalize().into_bytes();
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
