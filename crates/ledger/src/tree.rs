//! The Merkle tree of RFC 6962 §2.1, grown at its right edge.
//!
//! Why only the edge: a writer needs the hashes that are not yet under a full tile, never the
//! rest; so it costs the same with ten entries and ten billion. Tiles are eight levels high
//! (`tile`), so the edge is one list of at most 255 hashes for every eighth level.
//! It keeps no entries and reads no files.

use sha2::{Digest, Sha256};

use crate::tile::{self, Tile};

/// A node of the tree.
pub type Hash = [u8; 32];

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash over two nodes.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The root of a tree without entries.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root over nodes in a row, all of one size but for the last, which may be smaller.
pub fn root_over(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => empty_root(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(split(many.len() as u64));
            node_hash(&root_over(left), &root_over(right))
        }
    }
}

/// The largest power of two below `n`, for `n` > 1 (RFC 6962 §2.1).
pub(crate) fn split(n: u64) -> usize {
    usize::try_from(n.next_power_of_two() / 2).unwrap_or(usize::MAX)
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let wrote = write!(text, "{byte:02x}");
            debug_assert!(wrote.is_ok(), "writing to memory does not fail");
            text
        })
}

/// A tile that should be there and is not, or is not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} is missing or cut")]
pub struct MissingTile {
    /// Its path in the ledger's folder.
    pub path: String,
}

/// The right edge of a tree.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    /// Per tile level, the hashes not yet in a full tile: always fewer than 256.
    levels: Vec<Vec<Hash>>,
    size: u64,
}

impl Frontier {
    /// The edge of a tree of `size` entries, read from its partial tiles.
    pub fn restore(
        size: u64,
        mut read: impl FnMut(Tile) -> Option<Vec<u8>>,
    ) -> Result<Self, MissingTile> {
        let mut levels = Vec::new();
        let mut above = size;
        while above > 0 {
            let (full, width) = (above / tile::WIDTH, above % tile::WIDTH);
            let level = u8::try_from(levels.len()).unwrap_or(u8::MAX);
            let mut hashes = Vec::new();
            if width > 0 {
                let at = Tile {
                    index: full,
                    level,
                    width: u16::try_from(width).unwrap_or(0),
                };
                hashes = read(at)
                    .and_then(|bytes| tile::hashes(&bytes, at.width))
                    .ok_or_else(|| MissingTile { path: at.path() })?;
            }
            levels.push(hashes);
            above = full;
        }
        Ok(Self { levels, size })
    }

    /// How many entries the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry's hash; each tile this fills is handed to `full`.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(Tile, &[Hash])) {
        self.size += 1;
        let (mut hash, mut below) = (leaf, self.size);
        for level in 0..=u8::MAX {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::new());
            }
            let Some(row) = self.levels.get_mut(at) else {
                return;
            };
            row.push(hash);
            if (row.len() as u64) < tile::WIDTH {
                return;
            }
            below /= tile::WIDTH;
            full(
                Tile {
                    index: below - 1,
                    level,
                    width: 256,
                },
                row,
            );
            hash = root_over(row);
            row.clear();
        }
    }

    /// The tiles of the edge, as they stand: partial ones.
    pub fn partial(&self) -> impl Iterator<Item = (Tile, &[Hash])> {
        let mut above = self.size;
        (0u8..).zip(&self.levels).filter_map(move |(level, row)| {
            above /= tile::WIDTH;
            let width = u16::try_from(row.len()).ok().filter(|width| *width > 0)?;
            Some((
                Tile {
                    index: above,
                    level,
                    width,
                },
                row.as_slice(),
            ))
        })
    }

    /// The root over all entries.
    pub fn root(&self) -> Hash {
        let mut right: Option<Hash> = None;
        for row in &self.levels {
            let nodes: Vec<_> = row.iter().copied().chain(right).collect();
            if !nodes.is_empty() {
                right = Some(root_over(&nodes));
            }
        }
        right.unwrap_or_else(empty_root)
    }
}
