//! The verifier: reads a whole ledger and says, entry by entry, what is not as it should be.
//!
//! Why pure and over a trait: the same code checks a copied folder, a running gateway's folder and
//! the simulator's memory, and an auditor can read all of it. It trusts the public key it is given
//! and nothing else: the tree is built anew from the entries, not read from tiles.
//!
//! It proves nothing about a tail that its own writer signed anew: that takes checkpoints kept
//! elsewhere, and those can be given as `anchors`.

use std::collections::BTreeMap;

use crate::checkpoint::Checkpoint;
use crate::note::{NoteFault, Verifier};
use crate::tile::{self, Tile};
use crate::tree::{Frontier, Hash, leaf_hash};
use crate::wal;

mod finding;
mod meaning;
mod report;
#[cfg(test)]
mod tests;

pub use finding::Finding;
use meaning::Meaning;
pub use meaning::statement_step;
pub use report::Report;

/// Where a ledger's files are read from: a folder, by paths relative to it.
pub trait Source {
    /// The bytes of a file; `None` where there is none.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String>;
    /// The bytes of the write-ahead log's segments, in any order.
    fn segments(&self) -> Result<Vec<Vec<u8>>, String>;
}

/// Reads everything and checks everything. `anchors` are older checkpoints kept elsewhere.
///
/// `Err` only where the source itself cannot be read.
pub fn verify(
    source: &impl Source,
    keys: &[Verifier],
    anchors: &[Vec<u8>],
) -> Result<Report, String> {
    let mut walk = Walk::begin(source, keys, anchors)?;
    walk.bundles(source)?;
    walk.beyond(source, keys)?;
    walk.close_tree(source)?;
    Ok(walk.end())
}

/// How often a verifier looks again where the writer was just moving entries into the tree.
const LOOKS: u32 = 20;

/// The head of the ledger as far as it can be believed.
struct Walk {
    /// Older checkpoints, by size.
    anchors: BTreeMap<u64, Hash>,
    edge: Frontier,
    is_tree_whole: bool,
    meaning: Meaning,
    /// Entries that are not there, as ranges.
    missing: Vec<(u64, u64, String)>,
    report: Report,
    size: u64,
    /// Places where a tile does not say what the entries say: first and last entry, and path.
    suspects: Vec<(u64, u64, String)>,
    /// How far the bundles are read.
    walked: u64,
}

impl Walk {
    fn begin(source: &impl Source, keys: &[Verifier], anchors: &[Vec<u8>]) -> Result<Self, String> {
        let mut report = Report::default();
        let (mut size, mut origin) = (0, keys.first().map(|key| key.name().to_owned()));
        match source.read("checkpoint")? {
            None => report.findings.push(Finding::NoCheckpoint),
            Some(note) => match Checkpoint::open(&note, keys) {
                Ok(head) => {
                    size = head.size;
                    origin = Some(head.origin.clone());
                    report.checkpoint = Some(head);
                }
                Err(fault) => {
                    size = Checkpoint::claimed_size(&note).unwrap_or(0);
                    report.findings.push(untrusted("checkpoint".into(), fault));
                }
            },
        }
        let mut by_size = BTreeMap::new();
        for (number, note) in (1..).zip(anchors) {
            match Checkpoint::open(note, keys) {
                Ok(head) if head.size > size => {
                    report.findings.push(Finding::CutTail {
                        present: size,
                        promised: head.size,
                    });
                }
                Ok(head) => {
                    by_size.insert(head.size, head.root);
                }
                Err(fault) => report
                    .findings
                    .push(untrusted(format!("anchor {number}"), fault)),
            }
        }
        Ok(Self {
            anchors: by_size,
            edge: Frontier::default(),
            is_tree_whole: true,
            meaning: Meaning::new(origin),
            missing: Vec::new(),
            report,
            size,
            suspects: Vec::new(),
            walked: 0,
        })
    }

    /// All bundles from where the walk stands to its end.
    fn bundles(&mut self, source: &impl Source) -> Result<(), String> {
        let (walked, size) = (self.walked, self.size);
        let whole = usize::try_from(walked / tile::WIDTH).unwrap_or(usize::MAX);
        for tile in Tile::of_level(size, 0).skip(whole) {
            self.bundle(source, tile)?;
        }
        self.walked = size;
        Ok(())
    }

    /// One bundle of entries, held against the tile above it.
    fn bundle(&mut self, source: &impl Source, tile: Tile) -> Result<(), String> {
        let first = tile.index * tile::WIDTH;
        // What an earlier look at this bundle, when it was shorter, has read already.
        let skip = usize::try_from(self.walked.saturating_sub(first)).unwrap_or(0);
        let width = usize::from(tile.width);
        let hashes = stored(source, tile)?;
        if hashes.is_none() {
            self.report
                .findings
                .push(Finding::MissingTile { path: tile.path() });
        }
        let bytes = read_or_full(source, tile, Tile::bundle_path)?;
        let entries: Vec<&[u8]> = bytes
            .as_deref()
            .map(tile::entries)
            .into_iter()
            .flatten()
            .take(width)
            .collect();
        if entries.len() < width {
            let from = first + entries.len().max(skip) as u64;
            self.missing
                .push((from, first + u64::from(tile.width) - 1, tile.bundle_path()));
        }
        for (at, seq) in (0..width).zip(first..).skip(skip) {
            let kept = hashes.as_ref().and_then(|hashes| hashes.get(at));
            let leaf = match (entries.get(at), kept) {
                (Some(entry), _) => self.entry(seq, entry, (kept, tile)),
                (None, Some(kept)) => *kept,
                (None, None) => {
                    self.is_tree_whole = false;
                    continue;
                }
            };
            self.grow(source, leaf)?;
        }
        Ok(())
    }

    fn entry(&mut self, seq: u64, entry: &[u8], (kept, tile): (Option<&Hash>, Tile)) -> Hash {
        let leaf = leaf_hash(entry);
        self.report.entries += 1;
        if kept.is_some_and(|kept| *kept != leaf) {
            self.suspects.push((seq, seq, tile.path()));
        } else {
            self.meaning.read(seq, entry, &mut self.report);
        }
        leaf
    }

    /// Adds a leaf to the tree; tiles above level 0 that this fills are held against the stored.
    fn grow(&mut self, source: &impl Source, leaf: Hash) -> Result<(), String> {
        if !self.is_tree_whole {
            return Ok(());
        }
        self.check_anchor();
        let mut full = Vec::new();
        self.edge.push(leaf, |tile, row| {
            if tile.level > 0 {
                full.push((tile, row.to_vec()));
            }
        });
        for (tile, row) in full {
            self.compare(source, tile, &row)?;
        }
        Ok(())
    }

    fn check_anchor(&mut self) {
        let size = self.edge.size();
        if self
            .anchors
            .remove(&size)
            .is_some_and(|root| root != self.edge.root())
        {
            self.report.findings.push(Finding::Rewritten { size });
        }
    }

    /// A tile of a level above 0: its hashes stand for many entries each.
    fn compare(&mut self, source: &impl Source, tile: Tile, row: &[Hash]) -> Result<(), String> {
        let Some(kept) = stored(source, tile)? else {
            self.report
                .findings
                .push(Finding::MissingTile { path: tile.path() });
            return Ok(());
        };
        let unit = 1u64
            .checked_shl(8 * u32::from(tile.level))
            .unwrap_or(u64::MAX);
        let start = tile.index * tile::WIDTH;
        for (at, _) in (start..)
            .zip(row.iter().zip(&kept))
            .filter(|(_, (ours, kept))| ours != kept)
        {
            self.suspects
                .push((at * unit, at * unit + (unit - 1), tile.path()));
        }
        Ok(())
    }

    /// All entries are read: whose fault is each difference?
    fn close_tree(&mut self, source: &impl Source) -> Result<(), String> {
        if self.is_tree_whole {
            self.check_anchor();
        }
        let edge = self.edge.clone();
        let upper = edge.partial().filter(|(tile, _)| tile.level > 0);
        for (tile, row) in upper.take_while(|_| self.is_tree_whole).collect::<Vec<_>>() {
            self.compare(source, tile, row)?;
        }
        self.name_missing();
        let signed = self.report.checkpoint.as_ref().map(|head| head.root);
        let fits = self.is_tree_whole && signed == Some(self.edge.root());
        let findings = &mut self.report.findings;
        if fits {
            // The entries are those that were signed, so the tiles are wrong.
            let mut paths: Vec<_> = self
                .suspects
                .iter()
                .map(|(_, _, path)| path.clone())
                .collect();
            paths.dedup();
            findings.extend(paths.into_iter().map(|path| Finding::AlteredTile { path }));
        } else {
            findings.extend(named_entries(&self.suspects));
            if signed.is_some() && self.is_tree_whole && self.suspects.is_empty() {
                findings.push(Finding::RootDiffers { size: self.size });
            }
        }
        Ok(())
    }

    fn name_missing(&mut self) {
        // What is missing up to the end is a tail cut off; what is missing before it, a gap.
        let mut end = self.size;
        while let Some((first, _, _)) = self.missing.pop_if(|(_, last, _)| *last + 1 == end) {
            end = first;
        }
        let gaps = self.missing.drain(..);
        self.report
            .findings
            .extend(gaps.map(|(first, last, path)| Finding::MissingEntries { first, last, path }));
        if end < self.size {
            self.report.findings.push(Finding::CutTail {
                present: end,
                promised: self.size,
            });
        }
    }

    /// What is recorded beyond the checkpoint.
    ///
    /// A running writer moves entries from the log into the tree meanwhile: so a hole counts only
    /// where neither the log nor the checkpoint moves any more.
    fn beyond(&mut self, source: &impl Source, keys: &[Verifier]) -> Result<(), String> {
        let mut segments = source.segments()?;
        for look in 0..=LOOKS {
            let bytes: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
            let found = wal::stitch(&bytes, self.size);
            let is_whole = found.as_ref().is_ok_and(|found| found.cut_bytes == 0);
            let again = source.segments()?;
            let has_moved = !is_whole && (self.advance(source, keys)? || again != segments);
            if !has_moved || look == LOOKS {
                self.unsigned(found);
                return Ok(());
            }
            segments = again;
        }
        Ok(())
    }

    fn unsigned(&mut self, found: Result<wal::Stitched<'_>, wal::Hole>) {
        match found {
            Err(hole) => self.report.findings.push(Finding::Hole(hole)),
            Ok(found) => {
                self.report.cut_bytes = found.cut_bytes;
                for (seq, entry) in found.records {
                    self.report.unsigned += 1;
                    self.meaning.read(seq, entry, &mut self.report);
                }
            }
        }
    }

    /// Walks on to a newer checkpoint, if there is one; gives whether there was.
    fn advance(&mut self, source: &impl Source, keys: &[Verifier]) -> Result<bool, String> {
        let note = source.read("checkpoint")?;
        let head = note.and_then(|note| Checkpoint::open(&note, keys).ok());
        let newer = head.filter(|head| self.report.checkpoint.is_some() && head.size > self.size);
        let Some(head) = newer else { return Ok(false) };
        self.size = head.size;
        self.report.checkpoint = Some(head);
        self.bundles(source)?;
        Ok(true)
    }

    fn end(mut self) -> Report {
        self.meaning.count(&mut self.report);
        self.report
    }
}

fn untrusted(what: String, fault: NoteFault) -> Finding {
    match fault {
        NoteFault::ForeignKey(by) => Finding::ForeignKey { by, what },
        fault => Finding::BadCheckpoint { fault, what },
    }
}

fn stored(source: &impl Source, tile: Tile) -> Result<Option<Vec<Hash>>, String> {
    let bytes = read_or_full(source, tile, Tile::path)?;
    let wanted = usize::from(tile.width) * 32;
    Ok(bytes.and_then(|bytes| tile::hashes(bytes.get(..wanted)?, tile.width)))
}

/// A partial file, or the full one that has since taken its place.
fn read_or_full(
    source: &impl Source,
    tile: Tile,
    path: impl Fn(&Tile) -> String,
) -> Result<Option<Vec<u8>>, String> {
    match source.read(&path(&tile))? {
        Some(bytes) => Ok(Some(bytes)),
        None if tile.width < 256 => source.read(&path(&Tile { width: 256, ..tile })),
        None => Ok(None),
    }
}

/// The narrowest ranges among the suspects, neighbours joined.
fn named_entries(suspects: &[(u64, u64, String)]) -> Vec<Finding> {
    let mut sorted: Vec<_> = suspects
        .iter()
        .map(|(first, last, _)| (*first, *last))
        .collect();
    sorted.sort_by_key(|(first, last)| (last - first, *first));
    let mut kept: Vec<(u64, u64)> = Vec::new();
    for (first, last) in sorted {
        // A wide one that has a narrow one inside says nothing new.
        if kept
            .iter()
            .any(|(from, to)| (first..=last).contains(from) && *to <= last)
        {
            continue;
        }
        match kept.iter_mut().find(|(_, to)| *to + 1 == first) {
            Some((_, to)) => *to = last,
            None => kept.push((first, last)),
        }
    }
    kept.sort_unstable();
    kept.into_iter()
        .map(|(first, last)| Finding::AlteredEntries { first, last })
        .collect()
}
