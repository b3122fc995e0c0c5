//! Reads a ledger's folder, also while a gateway writes it: entry after entry, from the bundles
//! and then from the log.
//!
//! Why apart from the writer: `tail`, `search`, `show` and `verify` take no lock and work
//! on a copy.
//! It shows what is recorded, signed or not; whether it is sound is `ledger::verify`'s to say.

use std::io;
use std::sync::Arc;

use ::ledger::tile::{self, Tile};
use ::ledger::verify::Source;
use ::ledger::{Checkpoint, wal};
use model::Timestamp;
use serde_json::Value;

use super::files::{Disk, Files};

/// How often a reader looks again where the writer was just moving entries into the tree.
const LOOKS: u32 = 20;

/// A ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// The disk said no.
    #[error("the ledger's files cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Entries are not where they should be.
    #[error("the ledger is damaged: {0}; look closer with `portcullis ledger verify`")]
    Damaged(String),
}

/// An entry's position and bytes.
pub type Line = (u64, Vec<u8>);

/// A ledger, to be read.
#[derive(Debug, Clone)]
pub struct Reader {
    files: Arc<dyn Files>,
}

impl Reader {
    /// Over any files.
    pub fn new(files: Arc<dyn Files>) -> Self {
        Self { files }
    }

    /// Over the folder `ledger` of a data directory, or a copy of that folder.
    pub fn open(folder: impl Into<std::path::PathBuf>) -> Self {
        Self::new(Arc::new(Disk::new(folder)))
    }

    /// Entries from position `from` on. At the end the iterator gives `None` and may be asked
    /// again later: it then gives what has been recorded since.
    pub fn entries(&self, from: u64) -> Entries {
        Entries {
            at: from,
            limit: u64::MAX,
            ready: Vec::new().into_iter(),
            reader: self.clone(),
        }
    }

    /// Entries of the bundles alone.
    pub(super) fn signed(&self, from: u64, size: u64) -> Entries {
        Entries {
            limit: size,
            ..self.entries(from)
        }
    }

    /// How many entries are recorded.
    pub fn size(&self) -> Result<u64, ReadFault> {
        let mut last = None;
        for _ in 0..LOOKS {
            let signed = self.signed_size()?;
            match self.recorded(signed) {
                Err(ReadFault::Damaged(what)) => last = Some(what),
                found => return Ok(found?.last().map_or(signed, |(seq, _)| seq + 1)),
            }
        }
        Err(ReadFault::Damaged(last.unwrap_or_default()))
    }

    /// One entry; `None` where there is none.
    pub fn entry(&self, seq: u64) -> Result<Option<Vec<u8>>, ReadFault> {
        self.entries(seq)
            .next()
            .transpose()
            .map(|found| found.map(|(_, bytes)| bytes))
    }

    /// The public key kept beside the ledger. Whoever verifies should have it from elsewhere.
    pub fn vkey(&self) -> Result<Option<String>, ReadFault> {
        let text = self.files.read("vkey")?;
        Ok(text.map(|text| String::from_utf8_lossy(&text).trim().to_owned()))
    }

    fn signed_size(&self) -> Result<u64, ReadFault> {
        let note = self.files.read("checkpoint")?;
        Ok(note
            .as_deref()
            .and_then(Checkpoint::claimed_size)
            .unwrap_or(0))
    }

    /// The next entries from `from` on; empty at the end.
    fn batch(&self, from: u64, limit: u64) -> Result<Vec<Line>, ReadFault> {
        let mut last = None;
        for _ in 0..LOOKS {
            let signed = self.signed_size()?.min(limit);
            if from >= limit {
                return Ok(Vec::new());
            }
            let found = if from < signed {
                self.bundle(from, signed)
            } else {
                self.recorded(from)
            };
            match found {
                Err(ReadFault::Damaged(what)) => last = Some(what),
                // Nothing in the log: unless it has just moved into the tree, this is the end.
                Ok(lines) if lines.is_empty() && self.signed_size()?.min(limit) > from => {}
                found => return found,
            }
        }
        Err(ReadFault::Damaged(last.unwrap_or_default()))
    }

    fn bundle(&self, from: u64, signed: u64) -> Result<Vec<Line>, ReadFault> {
        let index = from / tile::WIDTH;
        let first = index * tile::WIDTH;
        let width = u16::try_from((signed - first).min(tile::WIDTH)).unwrap_or(256);
        let tile = Tile {
            index,
            level: 0,
            width,
        };
        let bytes = if let Some(bytes) = self.files.read(&tile.bundle_path())? {
            bytes
        } else {
            let full = Tile { width: 256, ..tile }.bundle_path();
            self.files.read(&full)?.unwrap_or_default()
        };
        let entries = (first..signed).zip(tile::entries(&bytes));
        let found: Vec<_> = entries
            .filter(|(seq, _)| *seq >= from)
            .map(|(seq, entry)| (seq, entry.to_vec()))
            .collect();
        if found.is_empty() {
            return Err(ReadFault::Damaged(format!(
                "entry {from} is not in {}",
                tile.bundle_path()
            )));
        }
        Ok(found)
    }

    /// Entries of the log from `from` on.
    fn recorded(&self, from: u64) -> Result<Vec<Line>, ReadFault> {
        let segments = self.read_segments()?;
        let segments: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
        let found = wal::stitch(&segments, from);
        let found = found.map_err(|hole| ReadFault::Damaged(hole.to_string()))?;
        Ok(found
            .records
            .into_iter()
            .map(|(seq, entry)| (seq, entry.to_vec()))
            .collect())
    }

    fn read_segments(&self) -> io::Result<Vec<Vec<u8>>> {
        let names = self.files.list("wal")?;
        let numbered = names
            .iter()
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        // One that is gone by now stands below a checkpoint.
        numbered
            .filter_map(|name| self.files.read(&format!("wal/{name}")).transpose())
            .collect()
    }
}

impl Source for Reader {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        self.files
            .read(path)
            .map_err(|fault| format!("{path}: {fault}"))
    }

    fn segments(&self) -> Result<Vec<Vec<u8>>, String> {
        self.read_segments()
            .map_err(|fault| format!("wal: {fault}"))
    }
}

/// Entries in order; see [`Reader::entries`].
#[derive(Debug)]
pub struct Entries {
    at: u64,
    limit: u64,
    ready: std::vec::IntoIter<Line>,
    reader: Reader,
}

impl Iterator for Entries {
    type Item = Result<Line, ReadFault>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.len() == 0 {
            match self.reader.batch(self.at, self.limit) {
                Ok(lines) => self.ready = lines.into_iter(),
                Err(fault) => return Some(Err(fault)),
            }
        }
        let line = self.ready.next()?;
        self.at = line.0 + 1;
        Some(Ok(line))
    }
}

/// Which entries a person wants to see; what is `None` asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The type, or its beginning up to a dot: `statement`, `statement.intent`.
    pub kind: Option<String>,
    /// The principal, or the one it acts for.
    pub principal: Option<String>,
    /// The session's id.
    pub session: Option<String>,
    /// From when, inclusive.
    pub since: Option<Timestamp>,
    /// The target.
    pub target: Option<String>,
    /// A text anywhere in the entry's strings, letter case aside.
    pub text: Option<String>,
    /// Until when, exclusive.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Whether an entry, read as JSON, is wanted.
    pub fn wants(&self, entry: &Value) -> bool {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
        let is = |asked: &Option<String>, pointers: &[&str]| {
            asked
                .as_deref()
                .is_none_or(|asked| pointers.iter().any(|at| text(at) == Some(asked)))
        };
        let time = text("/time").and_then(|time| time.parse::<Timestamp>().ok());
        let is_kind = self.kind.as_deref().is_none_or(|asked| {
            let rest = text("/type").and_then(|kind| kind.strip_prefix(asked));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        let principals = ["/who/principal", "/who/acts_for/principal", "/who/claimed"];
        is_kind
            && is(&self.principal, &principals)
            && is(&self.session, &["/session/id"])
            && is(&self.target, &["/resource/target"])
            && self.since.is_none_or(|since| time >= Some(since))
            && self.until.is_none_or(|until| time < Some(until))
            && self
                .text
                .as_deref()
                .is_none_or(|asked| holds(entry, &asked.to_lowercase()))
    }
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.to_lowercase().contains(text),
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|item| holds(item, text)),
        Value::Bool(_) | Value::Null | Value::Number(_) => false,
    }
}
