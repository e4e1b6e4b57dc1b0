//! Names and bytes of tiles and entry bundles (c2sp.org/tlog-tiles).

use crate::merkle::Hash;

/// Bytes of the largest entry: a bundle writes its length as a 16-bit number.
pub const LARGEST_ENTRY: usize = u16::MAX as usize;
/// Bytes of the largest bundle.
pub(crate) const LARGEST_BUNDLE: usize = 256 * (LARGEST_ENTRY + 2);
/// Bytes of a full tile.
pub(crate) const TILE_BYTES: usize = 256 * 32;

/// The path of a tile inside the log, `tile/<L>/<N>`; with its width when it is partial.
pub(crate) fn tile_path(level: u8, index: u64, width: u64) -> String {
    path(&level.to_string(), index, width)
}

/// The path of an entry bundle.
pub(crate) fn bundle_path(index: u64, width: u64) -> String {
    path("entries", index, width)
}

fn path(level: &str, index: u64, width: u64) -> String {
    let mut name = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        name = format!("x{:03}/{name}", rest % 1000);
        rest /= 1000;
    }
    if width < 256 { format!("tile/{level}/{name}.p/{width}") } else { format!("tile/{level}/{name}") }
}

/// The bytes of a tile.
pub(crate) fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile; `None` when the bytes are no whole number of them.
pub(crate) fn tile_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// Appends an entry of at most [`LARGEST_ENTRY`] bytes to a bundle.
pub(crate) fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    let entry = entry.get(..LARGEST_ENTRY).unwrap_or(entry);
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
}

/// The entries of a bundle; `None` when it does not end with one.
pub(crate) fn entries(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(256);
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile_path(2, 5, 17), "tile/2/005.p/17");
        assert_eq!(bundle_path(1000, 1), "tile/entries/x001/000.p/1");
    }

    #[test]
    fn a_bundle_gives_back_its_entries_or_nothing() {
        let mut bundle = Vec::new();
        for entry in [&b"one"[..], b"", &[7; LARGEST_ENTRY]] {
            push_entry(&mut bundle, entry);
        }
        assert_eq!(entries(&bundle).unwrap().len(), 3);
        for cut in [1, 4, 8, bundle.len() - 1] {
            assert!(entries(&bundle[..cut]).is_none(), "{cut}");
        }
    }
}
