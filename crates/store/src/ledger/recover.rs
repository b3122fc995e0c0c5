//! What a start does with what an end left behind.
//!
//! The order: lock, key, checkpoint held against its tiles, the log stitched from there on. What
//! a crash tore off behind the last whole record is cut; what a checkpoint or a sync covers and is
//! not there stops the start. Then the log is put under a new checkpoint and begun afresh, so no
//! stale byte of an old segment can ever pass for a record.

use std::any::Any;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ::ledger::note::{Signer, Verifier};
use ::ledger::verify::statement_step;
use ::ledger::{Checkpoint, Frontier, tile, wal};
use model::{SessionId, StatementId, Status};
use parking_lot::{Condvar, Mutex};

use super::durable::{Pace, Progress};
use super::files::Files;
use super::grow::{Grower, last_partial, remove};
use super::key;
use super::reader::Reader;
use super::shared::Shared;
use super::write::{Start, Track, Writer};
use super::{OpenFault, Options, Recovered, Unfinished};

/// A ledger ready to be written.
pub(super) struct Opened {
    pub(super) lock: Box<dyn Any + Send + Sync>,
    pub(super) shared: Shared,
    pub(super) verifier: Verifier,
}

pub(super) fn open(
    files: Arc<dyn Files>,
    options: Options,
) -> Result<(Opened, Recovered), OpenFault> {
    let lock = files.lock("lock").map_err(|fault| match fault.kind() {
        io::ErrorKind::WouldBlock => OpenFault::InUse,
        _ => OpenFault::Io(fault),
    })?;
    let note = files.read("checkpoint")?;
    let segments = segments(&*files)?;
    let is_new = note.is_none()
        && segments
            .iter()
            .all(|(_, bytes)| wal::scan(bytes).records.is_empty());
    let signer = key::load(&*files, options.origin.as_deref(), is_new)?;
    let verifier = signer.verifier();
    let head = note.map(|note| Checkpoint::open(&note, std::slice::from_ref(&verifier)));
    let head = head
        .transpose()
        .map_err(|fault| OpenFault::Damaged(fault.to_string()))?;
    let mut grower = restore(&*files, signer, head.as_ref())?;
    let below = head.map_or(0, |head| head.size);
    let bytes: Vec<&[u8]> = segments.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let found = wal::stitch(&bytes, below).map_err(|hole| OpenFault::Damaged(hole.to_string()))?;
    // What a kill left in the page cache must not be signed before it is on the disk.
    for (path, _) in &segments {
        files.open(path)?.sync()?;
    }
    found
        .records
        .iter()
        .for_each(|(_, entry)| grower.push(entry));
    let next = below + found.records.len() as u64;
    let track = track(&files, (below, next), &found.records)?;
    // The old list stays beside the new checkpoint: those it names are settled right after this.
    grower.publish(&*files, track.clone())?;
    let old: Vec<_> = segments.iter().map(|(path, _)| path.clone()).collect();
    remove(&*files, &old)?;
    let recovered = Recovered {
        cut_bytes: found.cut_bytes,
        entries: next,
        unfinished: unfinished(&track),
    };
    let start = Start {
        entropy: key::random()?,
        next,
        number: first_free(&old),
        origin: verifier.name().to_owned(),
        segment_bytes: options.segment_bytes,
        track: track
            .into_iter()
            .filter(|(_, status)| *status == Status::Allowed)
            .collect(),
    };
    let writer = Writer::start(&*files, start)?;
    let shared = share(files, options, grower, writer, next);
    let opened = Opened {
        lock,
        shared,
        verifier,
    };
    Ok((opened, recovered))
}

fn share(
    files: Arc<dyn Files>,
    options: Options,
    grower: Grower,
    writer: Writer,
    next: u64,
) -> Shared {
    Shared {
        files,
        grower: Mutex::new(grower),
        is_stopping: AtomicBool::new(false),
        options,
        pace: Pace::default(),
        progress: Progress::at(next),
        sync_turn: Mutex::new(()),
        sync_wanted: Condvar::new(),
        tend_wanted: Condvar::new(),
        writer: Mutex::new(writer),
    }
}

/// Paths and bytes of the log's segments; drafts of segments are removed.
fn segments(files: &dyn Files) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for name in files.list("wal")? {
        let path = format!("wal/{name}");
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let bytes = files.read(&path)?.unwrap_or_default();
            found.push((path, bytes));
        } else {
            files.remove(&path)?;
        }
    }
    Ok(found)
}

fn first_free(paths: &[String]) -> u64 {
    let numbers = paths
        .iter()
        .filter_map(|path| path.strip_prefix("wal/")?.parse::<u64>().ok());
    numbers.max().map_or(1, |last| last + 1)
}

/// The tree's edge as the checkpoint says it is.
fn restore(
    files: &dyn Files,
    signer: Signer,
    head: Option<&Checkpoint>,
) -> Result<Grower, OpenFault> {
    let size = head.map_or(0, |head| head.size);
    let damaged = |what: String| OpenFault::Damaged(what);
    let mut fault = None;
    let edge = Frontier::restore(size, |tile| {
        files.read(&tile.path()).unwrap_or_else(|failed| {
            fault = Some(failed);
            None
        })
    });
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    let edge = edge.map_err(|missing| damaged(missing.to_string()))?;
    if head.is_some_and(|head| head.root != edge.root()) {
        return Err(damaged(format!(
            "the tiles do not fit the checkpoint over {size} entries"
        )));
    }
    let bundle = match last_partial(size) {
        None => Vec::new(),
        Some(last) => {
            let bytes = files.read(&last.bundle_path())?.unwrap_or_default();
            let count = tile::entries(&bytes).count();
            if count != usize::from(last.width) {
                let first = last.index * tile::WIDTH + count as u64;
                return Err(damaged(format!(
                    "entry {first} is missing from {}",
                    last.bundle_path()
                )));
            }
            bytes
        }
    };
    Ok(Grower::new(
        signer,
        edge,
        bundle,
        head.map(|head| head.size),
    ))
}

/// The file `open`: the size it was written at, then one line for each statement without an end.
pub(super) fn write_track(size: u64, track: Track) -> Vec<u8> {
    let mut lines: Vec<_> = track
        .into_iter()
        .map(|((session, statement), status)| format!("{session}/{} {status:?}\n", statement.0))
        .collect();
    lines.sort();
    format!("{size}\n{}", lines.concat()).into_bytes()
}

fn read_key(text: &str) -> Option<(SessionId, StatementId)> {
    let (session, statement) = text.split_once('/')?;
    Some((
        SessionId(session.parse().ok()?),
        StatementId(statement.parse().ok()?),
    ))
}

fn read_track(bytes: &[u8]) -> Option<(u64, Track)> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    let size = lines.next()?.parse().ok()?;
    let read = |line: &str| {
        let (key, status) = line.split_once(' ')?;
        let all = [
            Status::Allowed,
            Status::Held,
            Status::Intended,
            Status::Released,
        ];
        Some((
            read_key(key)?,
            all.into_iter()
                .find(|known| format!("{known:?}") == status)?,
        ))
    };
    Some((size, lines.map(read).collect::<Option<_>>()?))
}

/// Statements without an end after entry `next - 1`: from the last list, and what was recorded
/// since. Without a list that can be believed, from all entries.
fn track(
    files: &Arc<dyn Files>,
    (below, next): (u64, u64),
    records: &[(u64, &[u8])],
) -> Result<Track, OpenFault> {
    let listed = files.read("open")?.as_deref().and_then(read_track);
    let (from, mut track) = listed.filter(|(size, _)| *size <= next).unwrap_or_default();
    let reader = Reader::new(Arc::clone(files));
    for entry in reader.signed(from, below) {
        let (_, entry) = entry.map_err(|fault| OpenFault::Damaged(fault.to_string()))?;
        follow(&mut track, &entry);
    }
    for (_, entry) in records.iter().filter(|(seq, _)| *seq >= from) {
        follow(&mut track, entry);
    }
    Ok(track)
}

fn follow(track: &mut Track, entry: &[u8]) {
    let Some((id, step)) = statement_step(entry) else {
        return;
    };
    let Some(key) = read_key(&id) else { return };
    match Status::step(track.get(&key).copied(), step) {
        Some(Status::Refused | Status::Settled) => {
            track.remove(&key);
        }
        Some(status) => {
            track.insert(key, status);
        }
        None => {}
    }
}

fn unfinished(track: &Track) -> Vec<Unfinished> {
    let mut all: Vec<_> = track
        .iter()
        .map(|((session, statement), status)| Unfinished {
            session: *session,
            statement: *statement,
            status: *status,
        })
        .collect();
    all.sort_by_key(|one| (one.session, one.statement));
    all
}
