//! Proofs that an entry is under a root, and that one root grew out of another.
//!
//! Why: an auditor who keeps one checkpoint can check one entry, or a later checkpoint, without
//! the rest of the ledger. Made after RFC 9162 §2.1.3.1 and §2.1.4.1, checked after §2.1.3.2 and
//! §2.1.4.2.
//! It reads no files: perfect subtrees are asked of [`Nodes`].

use crate::tile::{self, Tile};
use crate::tree::{Hash, node_hash, root_over, split};

/// Where a proof's maker finds the hashes: tiles by place, at their full or partial width.
pub trait Nodes {
    /// The hashes of that tile; `None` where it is not there.
    fn hashes(&self, tile: Tile) -> Option<Vec<Hash>>;
}

/// The root over entries `start..end` of a tree of `size`; `None` where a tile is missing.
///
/// `start..end` is one of the ranges RFC 6962's recursion makes, so its perfect halves lie in one
/// tile each.
fn range_hash(nodes: &impl Nodes, size: u64, start: u64, end: u64) -> Option<Hash> {
    let count = end - start;
    if !count.is_power_of_two() {
        let middle = start + split(count) as u64;
        let left = range_hash(nodes, size, start, middle)?;
        return Some(node_hash(&left, &range_hash(nodes, size, middle, end)?));
    }
    let height = count.trailing_zeros();
    // A whole tile's root is one hash of the tile above it, but that one may not be there yet
    // (it is, for every full tile below a checkpoint) so read from the level that holds it.
    let level = height / 8;
    let unit = 1u64 << (8 * level);
    let (first, among) = (start / unit, usize::try_from(count / unit).ok()?);
    let index = first / tile::WIDTH;
    let at_level = size / unit;
    let width = (at_level - index * tile::WIDTH).min(tile::WIDTH);
    let tile = Tile {
        index,
        level: u8::try_from(level).ok()?,
        width: u16::try_from(width).ok()?,
    };
    let from = usize::try_from(first % tile::WIDTH).ok()?;
    nodes.hashes(tile)?.get(from..from + among).map(root_over)
}

/// The path from entry `index` to the root of a tree of `size`, lowest first.
pub fn inclusion(nodes: &impl Nodes, index: u64, size: u64) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let (mut path, mut start, mut end) = (Vec::new(), 0, size);
    while end - start > 1 {
        let middle = start + split(end - start) as u64;
        if index < middle {
            path.push(range_hash(nodes, size, middle, end)?);
            end = middle;
        } else {
            path.push(range_hash(nodes, size, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `path` leads from an entry's hash at `index` to the root of a tree of `size`.
pub fn check_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(step, &hash);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, step);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// The proof that the tree of `old` entries is the beginning of the tree of `size`.
pub fn consistency(nodes: &impl Nodes, old: u64, size: u64) -> Option<Vec<Hash>> {
    if old == 0 || old >= size {
        return (old == size).then(Vec::new);
    }
    let (mut path, mut start, mut end, mut is_whole) = (Vec::new(), 0, size, true);
    while end != old {
        let middle = start + split(end - start) as u64;
        if old <= middle {
            path.push(range_hash(nodes, size, middle, end)?);
            end = middle;
        } else {
            path.push(range_hash(nodes, size, start, middle)?);
            start = middle;
            is_whole = false;
        }
    }
    if !is_whole {
        path.push(range_hash(nodes, size, start, end)?);
    }
    path.reverse();
    Some(path)
}

/// Whether `path` proves that the tree with `old_root` grew into the one with `root`.
pub fn check_consistency(
    (old, old_root): (u64, &Hash),
    (size, root): (u64, &Hash),
    path: &[Hash],
) -> bool {
    if old == 0 || old >= size {
        return old == size && path.is_empty() && old_root == root;
    }
    let first = old.is_power_of_two().then_some(old_root);
    let mut steps = first.into_iter().chain(path);
    let Some(seed) = steps.next() else {
        return false;
    };
    let (mut place, mut last) = (old - 1, size - 1);
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let (mut before, mut after) = (*seed, *seed);
    for step in steps {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            before = node_hash(step, &before);
            after = node_hash(step, &after);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            after = node_hash(&after, step);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && before == *old_root && after == *root
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::tree::{Frontier, empty_root, leaf_hash};

    /// RFC 6962 §2.1, word for word and slow.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let mut k = 1;
                while k * 2 < many.len() {
                    k *= 2;
                }
                node_hash(&naive(&many[..k]), &naive(&many[k..]))
            }
        }
    }

    struct Kept(HashMap<(u8, u64), Vec<Hash>>);

    impl Nodes for Kept {
        fn hashes(&self, tile: Tile) -> Option<Vec<Hash>> {
            let hashes = self.0.get(&(tile.level, tile.index))?;
            hashes.get(..usize::from(tile.width)).map(<[Hash]>::to_vec)
        }
    }

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|seq| leaf_hash(&seq.to_be_bytes())).collect()
    }

    fn grown(leaves: &[Hash]) -> (Frontier, Kept) {
        let (mut edge, mut kept) = (Frontier::default(), HashMap::new());
        for leaf in leaves {
            edge.push(*leaf, |tile, row| {
                kept.insert((tile.level, tile.index), row.to_vec());
            });
        }
        for (tile, row) in edge.partial() {
            kept.insert((tile.level, tile.index), row.to_vec());
        }
        (edge, Kept(kept))
    }

    const SIZES: [u64; 16] = [
        0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1_000, 65_535, 65_536, 70_001,
    ];

    #[test]
    fn the_edge_has_the_root_of_the_definition_and_is_restored_from_tiles() {
        for size in SIZES {
            let leaves = leaves(size);
            let (edge, kept) = grown(&leaves);
            assert_eq!(edge.root(), naive(&leaves), "{size}");
            let again =
                Frontier::restore(size, |tile| kept.hashes(tile).map(|hashes| hashes.concat()));
            assert_eq!(again.map(|edge| edge.root()), Ok(naive(&leaves)), "{size}");
        }
    }

    #[test]
    fn proofs_prove_what_is_and_nothing_else() {
        for size in SIZES.into_iter().filter(|size| *size > 0) {
            let leaves = leaves(size);
            let (edge, kept) = grown(&leaves);
            let root = edge.root();
            for index in [0, 1, 2, 254, 255, 256, size / 2, size - 1]
                .into_iter()
                .filter(|i| *i < size)
            {
                let leaf = leaves[usize::try_from(index).unwrap()];
                let path = inclusion(&kept, index, size).unwrap();
                assert!(
                    check_inclusion(leaf, index, size, &path, &root),
                    "{index} of {size}"
                );
                assert!(!check_inclusion([9; 32], index, size, &path, &root));
                assert!(!check_inclusion(leaf, index + 1, size, &path, &root));
                let longer = [path.as_slice(), &[root]].concat();
                assert!(!check_inclusion(leaf, index, size, &longer, &root));
                let old = index + 1;
                let old_root = naive(&leaves[..usize::try_from(old).unwrap()]);
                let path = consistency(&kept, old, size).unwrap();
                assert!(
                    check_consistency((old, &old_root), (size, &root), &path),
                    "{old} {size}"
                );
                assert!(!check_consistency((old, &[9; 32]), (size, &root), &path));
                assert!(!check_consistency(
                    (old, &old_root),
                    (size, &[9; 32]),
                    &path
                ));
            }
        }
    }
}
