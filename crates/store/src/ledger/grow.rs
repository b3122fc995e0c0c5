//! From durable records to tiles, bundles and a signed checkpoint.
//!
//! Why in this order: tiles and bundles are durable, names and all, before a checkpoint over them
//! is written; a lost signed tail would be proof of a lie nobody told. Only then do the segments
//! and the partial tiles they replace go.

use std::io;

use ::ledger::note::Signer;
use ::ledger::tile::{self, Tile};
use ::ledger::tree::leaf_hash;
use ::ledger::{Checkpoint, Frontier, wal};

use super::files::{Files, write_all};
use super::write::Track;

/// The growing edge of the ledger's tree.
#[derive(Debug)]
pub(super) struct Grower {
    /// Entries of the last, partial bundle.
    bundle: Vec<u8>,
    edge: Frontier,
    /// Files that are full and not yet written.
    files: Vec<(String, Vec<u8>)>,
    /// Folders of partial tiles whose full ones are among `files`.
    replaced: Vec<String>,
    /// The size of the last checkpoint written.
    signed: Option<u64>,
    signer: Signer,
}

impl Grower {
    pub(super) fn new(
        signer: Signer,
        edge: Frontier,
        bundle: Vec<u8>,
        last_signed: Option<u64>,
    ) -> Self {
        Self {
            bundle,
            edge,
            files: Vec::new(),
            replaced: Vec::new(),
            signed: last_signed,
            signer,
        }
    }

    /// Adds the entries of durable records.
    pub(super) fn add(&mut self, records: &[u8]) {
        wal::entries(records).for_each(|entry| self.push(entry));
    }

    pub(super) fn push(&mut self, entry: &[u8]) {
        let Self {
            bundle,
            edge,
            files,
            replaced,
            ..
        } = self;
        tile::bundle(bundle, entry);
        edge.push(leaf_hash(entry), |tile, row| {
            files.push((tile.path(), row.concat()));
            replaced.push(format!("{}.p", tile.path()));
            if tile.level == 0 {
                files.push((tile.bundle_path(), std::mem::take(bundle)));
                replaced.push(format!("{}.p", tile.bundle_path()));
            }
        });
    }

    /// Writes what was added, then signs it; gives the size that is now signed.
    pub(super) fn publish(&mut self, files: &dyn Files, track: Track) -> io::Result<u64> {
        let size = self.edge.size();
        if self.signed == Some(size) {
            return Ok(size);
        }
        let mut all = std::mem::take(&mut self.files);
        for (tile, row) in self.edge.partial() {
            all.push((tile.path(), row.concat()));
            if tile.level == 0 {
                all.push((tile.bundle_path(), self.bundle.clone()));
            }
        }
        write_all(files, &all)?;
        let origin = self.signer.verifier().name().to_owned();
        let head = Checkpoint {
            origin,
            root: self.edge.root(),
            size,
        };
        let note = head.sign(&self.signer).into_bytes();
        let open = super::recover::write_track(size, track);
        write_all(files, &[("open".into(), open), ("checkpoint".into(), note)])?;
        self.signed = Some(size);
        for folder in std::mem::take(&mut self.replaced) {
            for name in files.list(&folder)? {
                files.remove(&format!("{folder}/{name}"))?;
            }
        }
        Ok(size)
    }
}

/// Removes spent segments.
pub(super) fn remove(files: &dyn Files, paths: &[String]) -> io::Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    paths.iter().try_for_each(|path| files.remove(path))?;
    files.sync_dir("wal")
}

/// The tile that a tree of `size` ends in at level 0, if it is partial.
pub(super) fn last_partial(size: u64) -> Option<Tile> {
    let width = u16::try_from(size % tile::WIDTH)
        .ok()
        .filter(|width| *width > 0)?;
    Some(Tile {
        index: size / tile::WIDTH,
        level: 0,
        width,
    })
}
