//! Proofs over the tree: that a record is in it, and that one state goes on from another (RFC 6962, section 2.1; RFC
//! 9162, sections 2.1.3 and 2.1.4, for checking them). The text form is c2sp.org/tlog-proof.

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::merkle::{Hash, TILE_WIDTH, root_of};
use crate::note::Verifier;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// Hashes of the longest proof: a tree has at most 2^64 leaves.
const LONGEST: usize = 64;

/// Where the hashes of a tree come from. A tile that is not full gives those that it has.
pub(crate) trait Tiles {
    /// What `read` makes of a tile; an error when it makes nothing of it.
    fn with_tile<T>(
        &self,
        level: u8,
        index: u64,
        read: impl FnOnce(&[Hash]) -> Option<T>,
    ) -> Result<T, Error>;
}

/// The root over the records `begin..end`, where `begin` is a multiple of the largest power of two in the length.
pub(crate) fn root(tiles: &impl Tiles, begin: u64, end: u64) -> Result<Hash, Error> {
    let length = end - begin;
    if length == 0 {
        return Ok(Hash::plain(&[]));
    }
    if !length.is_power_of_two() {
        let split = begin + split(length);
        return Ok(Hash::node(&root(tiles, begin, split)?, &root(tiles, split, end)?));
    }
    // A complete subtree: some neighbours in one tile.
    let height = length.trailing_zeros();
    let level = u8::try_from(height / 8).unwrap_or(u8::MAX);
    let position = begin >> (8 * u32::from(level));
    let from = usize::try_from(position % TILE_WIDTH).unwrap_or(usize::MAX);
    let width = 1usize << (height % 8);
    tiles.with_tile(level, position / TILE_WIDTH, |hashes| hashes.get(from..from + width).map(root_of))
}

/// The hashes that join record `index` with the root of the first `size` records, from the leaf up.
pub(crate) fn inclusion(tiles: &impl Tiles, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
    let (mut begin, mut end) = (0, size);
    let mut hashes = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            hashes.push(root(tiles, middle, end)?);
            end = middle;
        } else {
            hashes.push(root(tiles, begin, middle)?);
            begin = middle;
        }
    }
    hashes.reverse();
    Ok(hashes)
}

/// The hashes that show that the tree of `new` records begins with that of `old`, which is not larger.
pub(crate) fn consistency(tiles: &impl Tiles, old: u64, new: u64) -> Result<Vec<Hash>, Error> {
    let (mut begin, mut end) = (0, new);
    let mut hashes = Vec::new();
    while old != end && old != 0 {
        let middle = begin + split(end - begin);
        if old <= middle {
            hashes.push(root(tiles, middle, end)?);
            end = middle;
        } else {
            hashes.push(root(tiles, begin, middle)?);
            begin = middle;
        }
    }
    // Whoever checks has the old root; it is told only what that is made of.
    if begin != 0 {
        hashes.push(root(tiles, begin, end)?);
    }
    hashes.reverse();
    Ok(hashes)
}

/// The largest power of two below `length`, which is at least 2.
fn split(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}

/// Whether `hashes` join a leaf with a root.
#[must_use]
pub fn includes(hashes: &[Hash], index: u64, leaf: Hash, size: u64, root: Hash) -> bool {
    if index >= size || hashes.len() > LONGEST {
        return false;
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = leaf;
    for other in hashes {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            hash = Hash::node(other, &hash);
            while place.is_multiple_of(2) && place != 0 {
                (place, last) = (place / 2, last / 2);
            }
        } else {
            hash = Hash::node(&hash, other);
        }
        (place, last) = (place / 2, last / 2);
    }
    last == 0 && hash == root
}

/// Whether `hashes` show that the tree of `new` records begins with that of `old` records.
#[must_use]
pub fn extends(hashes: &[Hash], old: u64, old_root: Hash, new: u64, new_root: Hash) -> bool {
    if old == 0 || old == new {
        return hashes.is_empty()
            && if old == 0 { old_root == Hash::plain(&[]) } else { old_root == new_root };
    }
    if old > new || hashes.len() > LONGEST {
        return false;
    }
    let mut hashes = hashes.iter();
    let (mut place, mut last) = (old - 1, new - 1);
    while place % 2 == 1 {
        (place, last) = (place / 2, last / 2);
    }
    // A power of two is a subtree of its own, whose root is the old one.
    let first = if old.is_power_of_two() { Some(&old_root) } else { hashes.next() };
    let Some(&first) = first else { return false };
    let (mut of_old, mut of_new) = (first, first);
    for other in hashes {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            of_old = Hash::node(other, &of_old);
            of_new = Hash::node(other, &of_new);
            while place.is_multiple_of(2) && place != 0 {
                (place, last) = (place / 2, last / 2);
            }
        } else {
            of_new = Hash::node(&of_new, other);
        }
        (place, last) = (place / 2, last / 2);
    }
    last == 0 && of_old == old_root && of_new == new_root
}

/// A record's place in the journal, and what it takes to believe it: whoever has the public key needs nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The record's index.
    pub index: u64,
    /// The hashes from its sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint that they lead to, a signed note.
    pub checkpoint: String,
}

impl Proof {
    /// The checkpoint, if the entry is in the journal whose key this is.
    #[must_use]
    pub fn check(&self, entry: &[u8], verifier: &Verifier) -> Option<Checkpoint> {
        let checkpoint = Checkpoint::open(&self.checkpoint, verifier).ok()?;
        includes(&self.hashes, self.index, Hash::leaf(entry), checkpoint.size, checkpoint.root)
            .then_some(checkpoint)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FIRST_LINE}\nindex {}\n", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Why text is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a proof of a transparency log (c2sp.org/tlog-proof@v1)")]
pub struct BadProof;

impl FromStr for Proof {
    type Err = BadProof;

    fn from_str(text: &str) -> Result<Self, BadProof> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(BadProof)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(BadProof);
        }
        // Nothing authenticates it, and so it is of no use here.
        let _ = lines.next_if(|line| line.starts_with("extra "));
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or(BadProof)?;
        let number: u64 = index.parse().map_err(|_| BadProof)?;
        let hashes: Option<Vec<Hash>> = lines.map(Hash::from_base64).take(LONGEST + 1).collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= LONGEST).ok_or(BadProof)?;
        if number.to_string() != index {
            return Err(BadProof);
        }
        Ok(Self { index: number, hashes, checkpoint: checkpoint.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Edge, Full};
    use crate::note::Signer;

    /// A tree in memory.
    struct Memory {
        full: Vec<Full>,
        edge: Edge,
        leaves: Vec<Hash>,
    }

    impl Memory {
        fn of(count: u64) -> Self {
            let leaves: Vec<Hash> = (0..count).map(|nth| Hash::leaf(&nth.to_be_bytes())).collect();
            let (mut full, mut edge) = (Vec::new(), Edge::default());
            for leaf in &leaves {
                edge.push(*leaf, &mut |tile| full.push(tile));
            }
            Self { full, edge, leaves }
        }
    }

    impl Tiles for Memory {
        fn with_tile<T>(
            &self,
            level: u8,
            index: u64,
            read: impl FnOnce(&[Hash]) -> Option<T>,
        ) -> Result<T, Error> {
            let full = self.full.iter().find(|tile| tile.level == level && tile.index == index);
            Ok(read(full.map_or(self.edge.partial(level), |tile| &tile.hashes)).unwrap())
        }
    }

    #[test]
    fn every_proof_of_every_small_tree_holds_and_no_other_does() {
        for size in (1..70).chain([255, 256, 257, 300, 511, 512, 513]) {
            let tree = Memory::of(size);
            let top = root(&tree, 0, size).unwrap();
            assert_eq!(top, tree.edge.root(), "{size}");
            for index in (0..size).step_by(if size > 100 { 17 } else { 1 }) {
                let hashes = inclusion(&tree, index, size).unwrap();
                let leaf = tree.leaves[usize::try_from(index).unwrap()];
                assert!(includes(&hashes, index, leaf, size, top), "{index} of {size}");
                assert!(!includes(&hashes, index, Hash::leaf(b"other"), size, top));
                if let Some((_, fewer)) = hashes.split_last() {
                    assert!(!includes(fewer, index, leaf, size, top));
                    assert!(!includes(&hashes, index ^ 1, leaf, size, top));
                }
            }
            for old in (0..=size).step_by(if size > 100 { 13 } else { 1 }) {
                let hashes = consistency(&tree, old, size).unwrap();
                let before = root(&tree, 0, old).unwrap();
                assert!(extends(&hashes, old, before, size, top), "{old} of {size}");
                assert!(!extends(&hashes, old, Hash::leaf(b"other"), size, top), "{old} of {size}");
                assert!(!extends(&hashes, size + 1, before, size, top));
                for at in 0..hashes.len() {
                    let mut wrong = hashes.clone();
                    wrong[at].0[0] ^= 1;
                    assert!(!extends(&wrong, old, before, size, top), "{old} of {size}");
                }
            }
        }
    }

    #[test]
    fn a_proof_comes_back_from_its_text() {
        let signer = Signer::generate("journal").unwrap();
        let tree = Memory::of(5);
        let checkpoint = Checkpoint::sign(5, tree.edge.root(), &signer);
        let proof = Proof { index: 3, hashes: inclusion(&tree, 3, 5).unwrap(), checkpoint };
        let text = proof.to_string();
        assert_eq!(text.parse(), Ok(proof.clone()));
        assert_eq!(proof.check(&3u64.to_be_bytes(), signer.verifier()).unwrap().size, 5);
        assert_eq!(proof.check(&4u64.to_be_bytes(), signer.verifier()), None);
        let extra = text.replacen("index", "extra AAAA\nindex", 1);
        assert_eq!(extra.parse(), Ok(proof));
        for wrong in
            [text.replace("v1", "v2"), text.replace("index 3", "index 03"), text.replace("\n\n", "\n")]
        {
            assert_eq!(wrong.parse::<Proof>(), Err(BadProof), "{wrong}");
        }
    }
}
