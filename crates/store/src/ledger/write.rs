//! The writer's side: encodes and frames into the batch that fills, and writes it, under one mutex.
//!
//! ```text
//! fill ─▶ tail[..]  │ handed over │ filling │       next = position of the next entry
//!                   └── pwrite ───┴─────────┘     handed = position of the first the kernel lacks
//! ```
//! Why under one mutex: order is what a ledger is, and the encode is microseconds. It never waits
//! for a sync; it makes a segment itself only where none was made ahead of need.
//!
//! Why the tail is the batch: an entry is encoded once, written from where it lies, and lies there
//! until the tree has it. A batch is one write, whoever's entries are in it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use ::ledger::entry::{Place, encode, statement_of};
use ::ledger::{Receipt, wal};
use model::{Event, SessionId, StatementId, Status, Timestamp};

use super::files::{Files, Handle};

/// Bytes of a segment made in a hurry: at open, and where the spare one is not ready.
const SMALL_BYTES: usize = 256 << 10;
/// Bytes of a batch that does not wait for the turn's end: its write would be felt.
const BATCH_BYTES: usize = 256 << 10;
/// Bytes appended and not yet in the tree at which it is grown before its time.
const TAIL_BYTES: usize = 4 << 20;
/// Bytes appended and not yet in the tree at which appends are refused: memory is not endless.
const TAIL_MAX_BYTES: usize = 512 << 20;

/// Statements without an end.
pub(super) type Track = HashMap<(SessionId, StatementId), Status>;

/// A file of the write-ahead log.
#[derive(Debug)]
pub(super) struct Segment {
    at: usize,
    bytes: usize,
    handle: Arc<dyn Handle>,
    path: String,
}

impl Segment {
    /// A segment of zeros, durable before it is used: then a sync writes data alone.
    pub(super) fn make(files: &dyn Files, path: String, bytes: usize) -> io::Result<Self> {
        let draft = format!("{path}.tmp");
        let handle = files.create(&draft)?;
        let zeros = vec![0; bytes.min(1 << 20)];
        for at in (0..bytes).step_by(zeros.len().max(1)) {
            let some = zeros.get(..zeros.len().min(bytes - at)).unwrap_or(&zeros);
            handle.write_at(some, at as u64)?;
        }
        handle.sync()?;
        files.rename(&draft, &path)?;
        files.sync_dir("wal")?;
        Ok(Self {
            at: 0,
            bytes,
            handle,
            path,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.handle.write_at(bytes, self.at as u64)?;
        self.at += bytes.len();
        Ok(())
    }
}

/// Everything the append path changes.
#[derive(Debug)]
pub(super) struct Writer {
    entropy: u64,
    /// Where in `tail` the batch that fills begins.
    filling: usize,
    /// Full segments not yet synced.
    full: Vec<Arc<dyn Handle>>,
    /// The position of the first entry that the kernel does not have.
    handed: u64,
    /// Whether the sync thread should go now.
    pub(super) is_sync_wanted: bool,
    /// Whether the sync thread sleeps without a timeout.
    pub(super) is_sync_parked: bool,
    /// The position of the next entry.
    pub(super) next: u64,
    number: u64,
    origin: String,
    segment: Segment,
    segment_bytes: usize,
    pub(super) spare: Option<Segment>,
    /// Segments no longer written to, with the end of their entries.
    spent: Vec<(u64, String)>,
    /// How many entries were appended when the last batch was taken.
    synced: u64,
    /// Records not yet handed to the tree.
    tail: Vec<u8>,
    track: Track,
}

/// What a new writer starts from.
pub(super) struct Start {
    pub(super) entropy: u64,
    pub(super) next: u64,
    pub(super) number: u64,
    pub(super) origin: String,
    pub(super) segment_bytes: usize,
    pub(super) track: Track,
}

fn path(number: u64) -> String {
    format!("wal/{number:08}")
}

impl Writer {
    pub(super) fn start(files: &dyn Files, start: Start) -> io::Result<Self> {
        let Start {
            entropy,
            next,
            number,
            origin,
            segment_bytes,
            track,
        } = start;
        let small = SMALL_BYTES.min(segment_bytes);
        let mut segment = Segment::make(files, path(number), small)?;
        segment.write(&wal::header(next, next))?;
        Ok(Self {
            entropy,
            filling: 0,
            full: Vec::new(),
            handed: next,
            is_sync_wanted: false,
            is_sync_parked: false,
            next,
            number: number + 1,
            origin,
            segment,
            segment_bytes,
            spare: None,
            spent: Vec::new(),
            synced: next,
            tail: Vec::new(),
            track,
        })
    }

    /// Puts events into the batch that fills and gives the receipt of the last.
    pub(super) fn fill(&mut self, events: &[Event], at: Timestamp) -> Receipt {
        for (event, seq) in events.iter().zip(self.next..) {
            let place = Place {
                at,
                entropy: self.entropy,
                origin: &self.origin,
                seq,
            };
            wal::record(&mut self.tail, seq, |out| encode(out, event, &place));
        }
        self.next += events.len() as u64;
        for event in events {
            self.follow(event);
        }
        Receipt(self.next.saturating_sub(1))
    }

    /// Hands the batch to the kernel, in one write; gives the position of the next entry.
    pub(super) fn hand_over(&mut self, files: &dyn Files, durable: u64) -> io::Result<u64> {
        let length = self.tail.len().saturating_sub(self.filling);
        if length > 0 {
            if self.segment.at + length > self.segment.bytes {
                self.turn(files, durable, length)?;
            }
            let batch = self.tail.get(self.filling..).unwrap_or_default();
            self.segment.write(batch)?;
            self.filling = self.tail.len();
        }
        self.handed = self.next;
        Ok(self.next)
    }

    /// Whether so much fills that it should go at once.
    pub(super) fn is_batch_large(&self) -> bool {
        self.tail.len().saturating_sub(self.filling) > BATCH_BYTES
    }

    /// The next segment: the spare one, or one made now with room for `needed` bytes.
    fn turn(&mut self, files: &dyn Files, durable: u64, needed: usize) -> io::Result<()> {
        let needed = needed + wal::HEADER_BYTES;
        let spare = self.spare.take_if(|spare| spare.bytes >= needed);
        let mut fresh = if let Some(spare) = spare {
            spare
        } else {
            let small = SMALL_BYTES.min(self.segment_bytes).max(needed);
            Segment::make(files, self.fresh_path(), small)?
        };
        fresh.write(&wal::header(self.handed, durable))?;
        let old = std::mem::replace(&mut self.segment, fresh);
        self.full.push(old.handle);
        self.spent.push((self.handed, old.path));
        Ok(())
    }

    fn fresh_path(&mut self) -> String {
        self.number += 1;
        path(self.number - 1)
    }

    fn follow(&mut self, event: &Event) {
        let Some(key) = statement_of(event) else {
            return;
        };
        let Some(status) = Status::after(self.track.get(&key).copied(), event) else {
            return;
        };
        if matches!(status, Status::Refused | Status::Settled) {
            self.track.remove(&key);
        } else {
            self.track.insert(key, status);
        }
    }

    /// Whether the tree is so far behind that memory is at stake.
    pub(super) fn is_overfull(&self) -> bool {
        self.tail.len() > TAIL_MAX_BYTES
    }

    /// Whether anything waits to be synced.
    pub(super) fn has_batch(&self) -> bool {
        self.next > self.synced
    }

    /// What to sync, oldest first, and how many entries are durable after it. Everything must have
    /// been handed over.
    pub(super) fn batch(&mut self) -> (Vec<Arc<dyn Handle>>, u64) {
        let mut handles = std::mem::take(&mut self.full);
        if self.has_batch() {
            handles.push(Arc::clone(&self.segment.handle));
        }
        self.synced = self.handed;
        self.is_sync_wanted = false;
        (handles, self.handed)
    }

    /// Whether the tree should be grown before its time.
    pub(super) fn is_tend_due(&self) -> bool {
        self.tail.len() > TAIL_BYTES
            || (self.spare.is_none() && self.segment.at * 2 > self.segment.bytes)
    }

    /// Where to make the next segment, if there is none.
    pub(super) fn wants_spare(&mut self) -> Option<String> {
        self.spare.is_none().then(|| self.fresh_path())
    }

    /// The records the tree does not have, and the statements without an end after the last of
    /// them. Everything must have been handed over.
    pub(super) fn take_tail(&mut self) -> (Vec<u8>, Track) {
        self.filling = 0;
        (std::mem::take(&mut self.tail), self.track.clone())
    }

    /// The segments whose entries all stand below `size`: they may go.
    pub(super) fn done_below(&mut self, size: u64) -> Vec<String> {
        self.spent
            .extract_if(.., |(end, _)| *end <= size)
            .map(|(_, path)| path)
            .collect()
    }
}
