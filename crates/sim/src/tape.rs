//! The ledger of the world: the real one over a disk in memory, and beside it what was told to it,
//! folded statement by statement.
//!
//! Why beside: the wiretap asks "what was recorded at this moment", and must not ask the code it
//! checks. Every event passes [`Status::after`] here; one that may not follow is a fault.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use ledger::{Durable, Ledger, Receipt, Unrecorded};
use model::{Event, OutcomeKind, ReviewState, SessionId, StatementId, Status, Timestamp, Verb};
use store::FileLedger;
use store::ledger::{Memory, Options};

use crate::sql;

/// A statement, as far as it is recorded.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// To what may be sent: what came, or what its last decision sends in place of it.
    pub(crate) commitment: String,
    pub(crate) bytes: usize,
    /// Whether something else than what came is sent.
    pub(crate) is_edited: bool,
    pub(crate) is_partial: bool,
    pub(crate) is_used: bool,
    /// The place of its last decision.
    pub(crate) receipt: Receipt,
    pub(crate) route: &'static str,
    pub(crate) status: Option<Status>,
    pub(crate) text: String,
    /// Whether a person had to say yes.
    pub(crate) was_held: bool,
    pub(crate) outcome: Option<OutcomeKind>,
}

/// How an append fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaks {
    /// It is refused and nothing is kept.
    Before,
    /// It is kept and refused all the same.
    After,
}

#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) faults: Vec<String>,
    /// While frozen, nothing that writes may be allowed.
    pub(crate) frozen: Option<String>,
    pub(crate) statements: BTreeMap<(SessionId, StatementId), Known>,
    breaks: Option<Breaks>,
    pub(crate) is_broken: bool,
    /// A flaw: it says durable before it is.
    pub(crate) lies: bool,
}

/// The ledger, overheard.
#[derive(Debug)]
pub(crate) struct Tape {
    pub(crate) disk: Memory,
    file: FileLedger,
    record: Arc<Mutex<Record>>,
}

pub(crate) const BY_HAND: Options = Options {
    backlog: 10_000,
    origin: None,
    segment_bytes: 65_536,
    threads: false,
};

impl Tape {
    pub(crate) fn new() -> Self {
        let disk = Memory::default();
        let (file, _) =
            FileLedger::open(Arc::new(disk.clone()), BY_HAND, Timestamp(0)).expect("an empty disk");
        Self {
            disk,
            file,
            record: Arc::default(),
        }
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().expect("one thread")
    }

    /// The disk syncs. A failure is final.
    pub(crate) fn sync(&self) {
        if !self.record().is_broken && self.file.sync().is_err() {
            self.record().is_broken = true;
        }
    }

    /// Grows the tree and signs it.
    pub(crate) fn tend(&self) -> bool {
        self.file.tend().is_ok()
    }

    pub(crate) fn is_durable(&self, receipt: Receipt) -> bool {
        matches!(self.file.is_durable(receipt), Ok(true))
    }

    pub(crate) fn is_handed_over(&self, receipt: Receipt) -> bool {
        matches!(self.file.is_handed_over(receipt), Ok(true))
    }

    pub(crate) fn verifier(&self) -> &ledger::note::Verifier {
        self.file.verifier()
    }

    pub(crate) fn break_at_next(&self, breaks: Breaks) {
        self.record().breaks = Some(breaks);
    }
}

impl Tape {
    fn take(
        &self,
        events: &[Event],
        write: impl FnOnce() -> Result<Receipt, Unrecorded>,
    ) -> Result<Receipt, Unrecorded> {
        let mut record = self.record();
        if record.is_broken {
            return Err(Unrecorded("the ledger failed before".into()));
        }
        let breaks = record.breaks.take();
        record.is_broken = breaks.is_some();
        if breaks == Some(Breaks::Before) {
            return Err(Unrecorded("the disk is full".into()));
        }
        let receipt = write().inspect_err(|_| {
            record.is_broken = true;
        })?;
        let first = receipt.0 + 1 - events.len() as u64;
        for (seq, event) in (first..).zip(events) {
            record.take(event, Receipt(seq));
        }
        if breaks == Some(Breaks::After) {
            return Err(Unrecorded("the disk said no, and kept it".into()));
        }
        Ok(receipt)
    }
}

impl Ledger for Tape {
    fn append(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.take(events, || self.file.append(events, at))
    }

    fn fill(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.take(events, || self.file.fill(events, at))
    }

    fn hand_over(&self, receipt: Receipt) -> Result<(), Unrecorded> {
        if self.record().is_broken {
            return Err(Unrecorded("the ledger failed before".into()));
        }
        let handed = self.file.hand_over(receipt);
        self.record().is_broken |= handed.is_err();
        handed
    }

    fn is_handed_over(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        match self.file.is_handed_over(receipt) {
            Ok(false) if self.record().is_broken => {
                Err(Unrecorded("the ledger failed before".into()))
            }
            known => known,
        }
    }

    fn is_durable(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        match self.file.is_durable(receipt) {
            Ok(false) if self.record().is_broken => {
                Err(Unrecorded("the ledger failed before".into()))
            }
            known => known,
        }
    }

    fn durable(&self, receipt: Receipt) -> Durable {
        if self.record().lies {
            return Box::pin(std::future::ready(Ok(())));
        }
        let (record, mut waits) = (self.record.clone(), self.file.durable(receipt));
        Box::pin(std::future::poll_fn(move |context| {
            let is_broken = record.lock().expect("one thread").is_broken;
            match waits.as_mut().poll(context) {
                Poll::Pending if is_broken => {
                    Poll::Ready(Err(Unrecorded("the ledger failed before".into())))
                }
                known => known,
            }
        }))
    }
}

fn whose(event: &Event) -> Option<(SessionId, StatementId)> {
    match event {
        Event::Intent {
            session, statement, ..
        }
        | Event::Decision {
            session, statement, ..
        }
        | Event::ReviewRequested {
            session, statement, ..
        } => Some((session.id, *statement)),
        Event::Outcome {
            session, statement, ..
        }
        | Event::ReviewEnded {
            session, statement, ..
        } => Some((session.id(), *statement)),
        Event::Admin { .. }
        | Event::AuthFailed { .. }
        | Event::Gateway { .. }
        | Event::Grant { .. }
        | Event::RehearsalBegun { .. }
        | Event::RehearsalEnded { .. }
        | Event::ReviewAnswered { .. }
        | Event::SessionClosed { .. }
        | Event::SessionOpened { .. } => None,
    }
}

impl Record {
    fn take(&mut self, event: &Event, receipt: Receipt) {
        let Some(id) = whose(event) else { return };
        let kind = event.kind();
        if let Event::Intent { route, text, .. } = event {
            let known = Known {
                bytes: text.bytes,
                commitment: text.commitment.clone(),
                is_partial: text.is_partial,
                is_used: false,
                outcome: None,
                is_edited: false,
                receipt,
                route,
                status: Status::after(None, event),
                text: text.text.to_string(),
                was_held: false,
            };
            if self.statements.insert(id, known).is_some() {
                self.faults.push(format!("a second intent of {id:?}"));
            }
            return;
        }
        let Some(known) = self.statements.get_mut(&id) else {
            self.faults.push(format!("{kind} of an unknown {id:?}"));
            return;
        };
        if model::status::Step::of(event).is_some() {
            known.status = Status::after(known.status, event);
            if known.status.is_none() {
                self.faults.push(format!("{kind} may not follow: {id:?}"));
            }
        }
        match event {
            Event::Decision {
                policy_version,
                sent,
                verb,
                ..
            } => {
                if let Some(sent) = sent {
                    known.commitment.clone_from(sent);
                    known.is_edited = true;
                }
                known.receipt = receipt;
                known.was_held |= *verb == Verb::Hold;
                let writes = sql::parts(&known.text).iter().any(sql::Part::changes);
                let runs = matches!(known.route, "execute" | "simple");
                let is_allowed = *verb == Verb::Allow && writes && runs;
                if let Some(frozen) = &self.frozen
                    && is_allowed
                {
                    let under = **policy_version == **frozen;
                    let text = format!("a write allowed while frozen ({under}): {}", known.text);
                    self.faults.push(text);
                }
            }
            Event::Outcome { outcome, .. } => {
                let former = known.outcome.replace(outcome.kind);
                let again = former.map(|_| format!("a second outcome of {id:?}"));
                self.faults.extend(again);
            }
            Event::ReviewEnded { state, .. } => known.was_held |= *state == ReviewState::Used,
            _ => {}
        }
    }
}
