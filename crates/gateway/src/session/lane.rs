//! One side of a session: its stream, and what still has to be written to it.
//!
//! Pieces keep the buffer they point into alive, so that nothing is copied between read and write.
//! A lane knows nothing of permits but this: the target's takes [`Cleared`] alone.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use govern::Cleared;
use ledger::Receipt;
use smallvec::SmallVec;
use wire::{Cause, Payload};

use super::road::Road;
use crate::pool::{Appetite, Lease};
use crate::stream::Stream;

/// Slices given to the kernel at once.
const VECTORS: usize = 16;

/// Bytes to write, and on whose account.
struct Piece<T> {
    bytes: Bytes,
    tag: T,
}

enum Bytes {
    Made(Vec<u8>),
    Pass(Rc<Lease>, Range<usize>),
}

impl Bytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Made(bytes) => bytes,
            Self::Pass(lease, range) => lease.bytes().get(range.clone()).unwrap_or_default(),
        }
    }
}

/// One side of a session. `T` says on whose account its bytes travel.
pub(super) struct Lane<T> {
    pub(super) appetite: Appetite,
    /// Reading has ended.
    pub(super) is_ended: bool,
    /// Writing has failed: what the peer said before may still be read.
    is_deaf: bool,
    needs_flush: bool,
    queue: VecDeque<Piece<T>>,
    /// Bytes of the first piece that are written already.
    sent: usize,
    /// Absent before it is connected, while it is being upgraded, and after it broke.
    pub(super) stream: Option<Stream>,
}

/// The client's side: bytes wait for their statement's record.
pub(super) type ClientLane = Lane<Option<Receipt>>;
/// The target's side: bytes have a cause.
pub(super) type TargetLane = Lane<Cause>;

impl<T> Lane<T> {
    pub(super) fn new(stream: Option<Stream>) -> Self {
        let (appetite, queue) = (Appetite::default(), VecDeque::new());
        Self {
            appetite,
            is_deaf: false,
            is_ended: false,
            needs_flush: false,
            queue,
            sent: 0,
            stream,
        }
    }

    /// Adds bytes; a range points into `lease`. `false` if it points nowhere.
    pub(super) fn push(&mut self, tag: T, payload: Payload, lease: Option<&Rc<Lease>>) -> bool {
        let bytes = match (payload, lease) {
            (Payload::Made(bytes), _) => Bytes::Made(bytes),
            (Payload::Pass(range), Some(lease)) if lease.bytes().get(range.clone()).is_some() => {
                Bytes::Pass(lease.clone(), range)
            }
            (Payload::Pass(_), _) => return false,
        };
        if !bytes.as_slice().is_empty() {
            self.queue.push_back(Piece { bytes, tag });
        }
        true
    }

    /// Whether everything is written.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && !self.needs_flush
    }

    /// Whether bytes for it still make sense.
    pub(super) fn takes_bytes(&self) -> bool {
        self.stream.is_some() && !self.is_deaf
    }

    /// Writing failed: nothing more is written; reading goes on to the peer's last word.
    pub(super) fn deaf(&mut self) {
        self.clear();
        self.is_deaf = true;
    }

    /// Forgets what is not written.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.sent = 0;
        self.needs_flush = false;
    }

    /// The peer is gone: nothing more is read or written.
    pub(super) fn gone(&mut self) {
        self.clear();
        self.is_ended = true;
        self.stream = None;
    }

    /// The accounts of what is not yet written, in order.
    pub(super) fn tags(&self) -> impl Iterator<Item = &T> {
        self.queue.iter().map(|piece| &piece.tag)
    }

    /// The first `most` pieces, the first of them without what is written.
    fn slices(&self, most: usize) -> impl Iterator<Item = (&T, &[u8])> {
        let skips = std::iter::once(self.sent).chain(std::iter::repeat(0));
        let pieces = self.queue.iter().take(most).zip(skips);
        pieces.map(|(piece, skip)| {
            (
                &piece.tag,
                piece.bytes.as_slice().get(skip..).unwrap_or_default(),
            )
        })
    }

    fn advance(&mut self, sent: usize) {
        self.needs_flush = true;
        self.sent += sent;
        while let Some(first) = self.queue.front() {
            let length = first.bytes.as_slice().len();
            if self.sent < length {
                return;
            }
            self.sent -= length;
            self.queue.pop_front();
        }
        // A pipelined or streaming session had many; an idle one keeps none.
        if self.queue.capacity() > 64 {
            self.queue.shrink_to(4);
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.needs_flush && self.queue.is_empty() {
            if let Some(stream) = &mut self.stream {
                ready!(stream.poll_flush(cx))?;
            }
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl ClientLane {
    /// Writes the first `released` pieces: those whose statements' records are durable.
    pub(super) fn poll_write(
        &mut self,
        mut released: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while released > 0 && !self.queue.is_empty() {
            let before = self.queue.len();
            let Some(mut stream) = self.stream.take() else {
                return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
            };
            let slices: SmallVec<[IoSlice<'_>; VECTORS]> = self
                .slices(released.min(VECTORS))
                .map(|(_, bytes)| IoSlice::new(bytes))
                .collect();
            let polled = stream.poll_send(cx, &slices);
            drop(slices);
            self.stream = Some(stream);
            self.advance(ready!(polled)?);
            released -= before - self.queue.len();
        }
        self.poll_flush(cx)
    }
}

impl TargetLane {
    /// Writes everything. Each piece becomes [`Cleared`] by its statement's permit or the closed
    /// list; one that does not is never written.
    pub(super) fn poll_write(
        &mut self,
        road: Option<&Road>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.queue.is_empty() {
            let Some(mut stream) = self.stream.take() else {
                return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
            };
            let cleared: Option<SmallVec<[Cleared<'_>; VECTORS]>> = self
                .slices(VECTORS)
                .map(|(cause, bytes)| clear(road, *cause, bytes))
                .collect();
            let polled = cleared.map(|cleared| send(&mut stream, &cleared, cx));
            self.stream = Some(stream);
            let Some(polled) = polled else {
                return Poll::Ready(Err(io::ErrorKind::PermissionDenied.into()));
            };
            self.advance(ready!(polled)?);
        }
        self.poll_flush(cx)
    }
}

fn clear<'a>(road: Option<&Road>, cause: Cause, bytes: &'a [u8]) -> Option<Cleared<'a>> {
    match cause {
        Cause::Housekeeping(why) => Some(Cleared::housekeeping(why, bytes)),
        Cause::Statement(id) => road?.clear(id, bytes),
    }
}

/// The one way bytes reach a target's socket.
fn send(
    stream: &mut Stream,
    cleared: &[Cleared<'_>],
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    let slices: SmallVec<[IoSlice<'_>; VECTORS]> = cleared
        .iter()
        .map(|cleared| IoSlice::new(cleared.bytes()))
        .collect();
    stream.poll_send(cx, &slices)
}
