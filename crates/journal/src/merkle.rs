//! The Merkle tree of RFC 6962, section 2.1, cut into tiles of 256 hashes (c2sp.org/tlog-tiles).
//!
//! Pure arithmetic on hashes: owns no file, and knows no record.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;

/// Hashes in a full tile, and entries in a full bundle.
pub(crate) const TILE_WIDTH: u64 = 256;

/// A SHA-256 hash: of an entry, of a subtree, or of the whole tree. It is shown in base64, as checkpoints do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of an entry: `SHA-256(0x00 || entry)`.
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&[0]);
        context.update(entry);
        Self::from_digest(&context.finish())
    }

    /// Of two subtrees side by side: `SHA-256(0x01 || left || right)`.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        let mut bytes = [1; 65];
        for (place, byte) in bytes.iter_mut().skip(1).zip(left.0.iter().chain(&right.0)) {
            *place = *byte;
        }
        Self::plain(&bytes)
    }

    /// Of bytes as they are, and so of the empty tree: `SHA-256(bytes)`.
    #[must_use]
    pub fn plain(bytes: &[u8]) -> Self {
        Self::from_digest(&digest::digest(&digest::SHA256, bytes))
    }

    /// From its canonical base64.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    fn from_digest(digest: &digest::Digest) -> Self {
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().zip(digest.as_ref()) {
            *place = *byte;
        }
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The root over hashes whose count is a power of two; of none, the root of the empty tree.
pub(crate) fn root_of(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Hash::plain(&[]),
        [one] => *one,
        _ => {
            let mut row = pairs(hashes);
            while let [_, _, ..] = row.as_slice() {
                row = pairs(&row);
            }
            row.first().copied().unwrap_or_else(|| Hash::plain(&[]))
        }
    }
}

fn pairs(row: &[Hash]) -> Vec<Hash> {
    row.chunks(2)
        .map(|pair| match pair {
            [left, right] => Hash::node(left, right),
            rest => root_of(rest),
        })
        .collect()
}

/// The right edge of a tree: at each level the hashes of the tile that is not full yet. It is all that appending needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    /// `levels[l]` holds `floor(size / 256^l) mod 256` hashes.
    levels: Vec<Vec<Hash>>,
    size: u64,
}

/// A tile that has just become full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) level: u8,
    pub(crate) index: u64,
    pub(crate) hashes: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of `size`, a multiple of 256, from the partial tiles above level 0, lowest first. `None`
    /// unless there are exactly as many hashes as that size has.
    pub(crate) fn above_leaves(size: u64, hashes: &[Hash]) -> Option<Self> {
        if !size.is_multiple_of(TILE_WIDTH) {
            return None;
        }
        let mut levels = vec![Vec::new()];
        let mut rest = hashes;
        let mut span = size / TILE_WIDTH;
        while span > 0 {
            let (level, above) = rest.split_at_checked(usize::try_from(span % TILE_WIDTH).ok()?)?;
            levels.push(level.to_vec());
            rest = above;
            span /= TILE_WIDTH;
        }
        rest.is_empty().then_some(Self { levels, size })
    }

    /// The inverse of [`Self::above_leaves`].
    pub(crate) fn hashes_above_leaves(&self) -> impl Iterator<Item = &Hash> {
        self.levels.iter().skip(1).flatten()
    }

    /// Entries below it.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The partial tile of a level; empty when there is none.
    pub(crate) fn partial(&self, level: u8) -> &[Hash] {
        self.levels.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Appends a leaf; `full` receives every tile that it completes, lowest first.
    pub(crate) fn push(&mut self, leaf: Hash, full: &mut impl FnMut(Full)) {
        let mut index = self.size / TILE_WIDTH;
        self.size += 1;
        let mut hash = leaf;
        for level in 0..=u8::MAX {
            let place = usize::from(level);
            if self.levels.len() <= place {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(place) else { return };
            hashes.push(hash);
            if (hashes.len() as u64) < TILE_WIDTH {
                return;
            }
            let hashes = std::mem::take(hashes);
            hash = root_of(&hashes);
            full(Full { level, index, hashes });
            index /= TILE_WIDTH;
        }
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        // Every tile falls into complete subtrees, one per bit of its width. They are joined from the right: what is
        // further right is smaller (RFC 6962 splits at the largest power of two).
        let mut root: Option<Hash> = None;
        for level in &self.levels {
            let mut end = level.len();
            for bit in 0..8 {
                let width = 1 << bit;
                if end & width == 0 {
                    continue;
                }
                let begin = end - width;
                let subtree = root_of(level.get(begin..end).unwrap_or_default());
                root = Some(root.map_or(subtree, |right| Hash::node(&subtree, &right)));
                end = begin;
            }
        }
        root.unwrap_or_else(|| Hash::plain(&[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, section 2.1, word by word.
    pub(crate) fn root_by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::plain(&[]),
            [one] => *one,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                Hash::node(&root_by_definition(&leaves[..split]), &root_by_definition(&leaves[split..]))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|nth| Hash::leaf(&nth.to_be_bytes())).collect()
    }

    #[test]
    fn the_root_is_that_of_the_definition_at_every_size() {
        let all = leaves(1100);
        let mut edge = Edge::default();
        for (count, leaf) in all.iter().enumerate() {
            assert_eq!(edge.root(), root_by_definition(&all[..count]), "{count}");
            edge.push(*leaf, &mut |_| {});
        }
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_that_the_specification_says() {
        let mut edge = Edge::default();
        let mut full = [0; 3];
        for leaf in leaves(70_000) {
            edge.push(leaf, &mut |tile| {
                assert_eq!(tile.index, full[usize::from(tile.level)]);
                full[usize::from(tile.level)] += 1;
            });
        }
        assert_eq!(full, [273, 1, 0]);
        assert_eq!([0, 1, 2].map(|level| edge.partial(level).len()), [112, 17, 1]);
    }

    #[test]
    fn an_edge_comes_back_from_its_hashes_and_from_no_others() {
        let mut edge = Edge::default();
        for leaf in leaves(256 * 259) {
            edge.push(leaf, &mut |_| {});
        }
        let hashes: Vec<Hash> = edge.hashes_above_leaves().copied().collect();
        assert_eq!(Edge::above_leaves(edge.size(), &hashes), Some(edge.clone()));
        assert_eq!(Edge::above_leaves(edge.size(), &hashes[1..]), None);
        assert_eq!(Edge::above_leaves(edge.size() + 256, &hashes), None);
        assert_eq!(Edge::above_leaves(edge.size() + 1, &hashes), None);
    }
}
