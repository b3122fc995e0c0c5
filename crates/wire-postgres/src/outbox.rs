//! What waits to be drained, joined where it can be: a run of passing frames is one range.
//!
//! Why: the driver writes once per output, so joining here is what makes a thousand rows one
//! write. It decides nothing.

use std::collections::VecDeque;
use std::ops::Range;

use model::StatementId;
use wire::{Cause, Fault, Output, Payload, Shown};

/// The outputs of one `handle`.
#[derive(Debug, Default)]
pub(crate) struct Outbox(VecDeque<Output>);

impl Outbox {
    pub(crate) fn pop(&mut self) -> Option<Output> {
        self.0.pop_front()
    }

    pub(crate) fn push(&mut self, output: Output) {
        self.0.push_back(output);
    }

    /// That range of the input goes to the client as it lies.
    pub(crate) fn show(&mut self, cause: Option<StatementId>, range: Range<usize>) {
        if let Some(Output::ToClient(Shown {
            cause: last,
            payload: Payload::Pass(run),
        })) = self.0.back_mut()
            && *last == cause
            && run.end == range.start
        {
            run.end = range.end;
            return;
        }
        self.push(Output::ToClient(Shown {
            cause,
            payload: Payload::Pass(range),
        }));
    }

    /// Bytes we write go to the client.
    pub(crate) fn tell(
        &mut self,
        cause: Option<StatementId>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if let Some(Output::ToClient(Shown {
            cause: last,
            payload: Payload::Made(bytes),
        })) = self.0.back_mut()
            && *last == cause
        {
            return write(bytes);
        }
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        if !bytes.is_empty() {
            self.push(Output::ToClient(Shown {
                cause,
                payload: Payload::Made(bytes),
            }));
        }
        Ok(())
    }

    /// That range of the input goes to the target as it lies.
    pub(crate) fn forward(&mut self, cause: Cause, range: Range<usize>) {
        if let Some(Output::ToTarget(last, Payload::Pass(run))) = self.0.back_mut()
            && *last == cause
            && run.end == range.start
        {
            run.end = range.end;
            return;
        }
        self.push(Output::ToTarget(cause, Payload::Pass(range)));
    }

    /// Bytes we hold go to the target.
    pub(crate) fn send(&mut self, cause: Cause, bytes: Vec<u8>) {
        if let Some(Output::ToTarget(last, Payload::Made(held))) = self.0.back_mut()
            && *last == cause
        {
            held.extend_from_slice(&bytes);
            return;
        }
        self.push(Output::ToTarget(cause, Payload::Made(bytes)));
    }
}
