//! Where the tree lies: tiles and entry bundles, as C2SP `tlog-tiles` names and fills them.
//!
//! Why this layout: any static file server publishes it, and verifiers not ours read it.
//! It touches no file: paths are texts relative to the ledger's folder.

use crate::tree::Hash;

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u64 = 256;

/// A tile of the tree: up to 256 neighbours of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// Its number in its level, from 0.
    pub index: u64,
    /// Its level: eight levels of the tree each.
    pub level: u8,
    /// Its hashes: 1 to 256.
    pub width: u16,
}

impl Tile {
    /// `tile/0/x001/234`, with `.p/W` when it is not full.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, numbered(self.index, self.width))
    }

    /// The bundle of entries under a tile of level 0, or under one at that place.
    pub fn bundle_path(&self) -> String {
        format!("tile/entries/{}", numbered(self.index, self.width))
    }

    /// The tiles at `level` of a tree of `size` entries, the partial one last.
    pub fn of_level(size: u64, level: u8) -> impl Iterator<Item = Self> {
        let at_level = u32::from(level)
            .checked_mul(8)
            .and_then(|bits| size.checked_shr(bits))
            .unwrap_or(0);
        let (full, width) = (at_level / WIDTH, at_level % WIDTH);
        let partial = u16::try_from(width).ok().filter(|width| *width > 0);
        (0..full)
            .map(move |index| Self {
                index,
                level,
                width: 256,
            })
            .chain(partial.map(|width| Self {
                index: full,
                level,
                width,
            }))
    }
}

/// `1234067` is `x001/x234/067`; a partial one is followed by `.p/W`.
fn numbered(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1_000);
    let mut rest = index / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    if width < 256 {
        format!("{path}.p/{width}")
    } else {
        path
    }
}

/// The hashes of a tile of `width`, if the bytes are just that many.
pub fn hashes(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == usize::from(width)).then(|| hashes.to_vec())
}

/// Appends an entry to a bundle: its length in 16 bits, big end first, and its bytes.
///
/// An entry longer than a leaf may be is cut there; `entry::encode` makes none.
pub fn bundle(out: &mut Vec<u8>, entry: &[u8]) {
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(entry.get(..usize::from(length)).unwrap_or(entry));
}

/// The entries of a bundle, up to the first that is not whole.
pub fn entries(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        bytes = rest;
        Some(entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |level, index, width| Tile {
            index,
            level,
            width,
        };
        let table = [
            (tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(0, 273, 113), "tile/0/273.p/113"),
            (tile(1, 1, 17), "tile/1/001.p/17"),
            (tile(2, 0, 1), "tile/2/000.p/1"),
        ];
        for (tile, path) in table {
            assert_eq!(tile.path(), path);
        }
        // The specification's own example of a tree's last tiles.
        let last: Vec<_> = (0..3)
            .filter_map(|level| Tile::of_level(70_001, level).last())
            .collect();
        assert_eq!(last, [tile(0, 273, 113), tile(1, 1, 17), tile(2, 0, 1)]);
        assert_eq!(tile(0, 273, 113).bundle_path(), "tile/entries/273.p/113");
    }
}
