//! For the fuzz targets: what a stranger's files can do to the parsers.
#![expect(clippy::indexing_slicing, reason = "a fuzz target panics to tell, on what it made itself")]

use crate::merkle::Edge;
use crate::note::{Signer, Verifier};
use crate::proof::Proof;
use crate::record::Record;
use crate::tail::{Care, Rest, Tail};
use crate::tile::{entries, tile_hashes};

/// Each parser of a file on `data` alone.
pub fn parsers(data: &[u8]) {
    let _ = (entries(data), tile_hashes(data), serde_json::from_slice::<Record>(data));
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(proof) = text.parse::<Proof>() {
            assert_eq!(proof.to_string().parse(), Ok(proof));
        }
        if let Ok(key) = text.parse::<Verifier>() {
            assert_eq!(key.to_string(), text);
        }
        if let Ok(signer) = Signer::new("journal", [7; 32]) {
            assert!(signer.verifier().open(text).is_err(), "nobody else has this key");
        }
    }
}

/// A good tail, edited as `data` says: whatever comes of it, only a beginning of what was written is ever believed.
pub fn tail(data: &[u8]) {
    let Ok(signer) = Signer::new("journal", [7; 32]) else { return };
    let written: Vec<Vec<u8>> = (0..9u8).map(|nth| vec![b'a' + nth; usize::from(nth) * 7]).collect();
    let (mut bytes, mut good) = Tail::fresh(Edge::default(), &signer);
    for batch in written.chunks(2) {
        bytes.extend(good.batch(batch.iter().map(Vec::as_slice), &signer));
    }
    for edit in data.chunks(4) {
        let &[how, high, low, value] = edit else { break };
        let at = usize::from(u16::from_be_bytes([high, low])) % (bytes.len() + 1);
        match how % 5 {
            0 if at < bytes.len() => bytes[at] ^= value,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, value),
            3 if at < bytes.len() => drop(bytes.drain(at..(at + usize::from(value)).min(bytes.len()))),
            4 => bytes.extend_from_within(at..(at + usize::from(value) * 4).min(bytes.len())),
            _ => {}
        }
    }
    for care in [Care::Records, Care::Everything] {
        let Ok(mut tail) = Tail::begin(&bytes, signer.verifier()) else { continue };
        let body = bytes.get(usize::try_from(tail.good).unwrap_or(usize::MAX)..).unwrap_or_default();
        let found = tail.advance(body, signer.verifier(), care);
        assert!(found.entries.len() <= written.len());
        for (range, entry) in found.entries.iter().zip(&written) {
            assert_eq!(&body[range.clone()], entry.as_slice());
        }
        assert_eq!(found.rest == Rest::Clean, tail.good == bytes.len() as u64);
    }
}
