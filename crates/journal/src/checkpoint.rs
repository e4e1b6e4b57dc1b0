//! Checkpoints (c2sp.org/tlog-checkpoint): a tree's origin, size and root, as a signed note.

use crate::merkle::Hash;
use crate::note::{BadNote, Signer, Verifier};

/// What a journal was at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the journal, which is that of its key.
    pub origin: String,
    /// Records that it held.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads and verifies one; it must be of the journal whose key this is. Cosignatures are passed over.
    ///
    /// # Errors
    /// When it is no checkpoint, or not of this journal, or its signature is wrong.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, BadNote> {
        Self::parse(verifier.open(note)?, verifier)
    }

    /// As [`Self::open`], of a note in which no byte is without meaning.
    pub(crate) fn open_sole(note: &str, verifier: &Verifier) -> Result<Self, BadNote> {
        let text = verifier.open_sole(note)?;
        let checkpoint = Self::parse(text, verifier)?;
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(BadNote::Malformed) }
    }

    /// The signed note.
    #[must_use]
    pub(crate) fn sign(size: u64, root: Hash, signer: &Signer) -> String {
        signer.sign(&Self { origin: signer.verifier().name().to_owned(), size, root }.text())
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    fn parse(text: &str, verifier: &Verifier) -> Result<Self, BadNote> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(BadNote::Malformed);
        };
        let number: u64 = size.parse().map_err(|_| BadNote::Malformed)?;
        let root = Hash::from_base64(root).ok_or(BadNote::Malformed)?;
        if origin != verifier.name() || size != number.to_string() || lines.any(str::is_empty) {
            return Err(BadNote::Malformed);
        }
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_opens_with_its_own_key_only() {
        let signer = Signer::generate("journal").unwrap();
        let note = Checkpoint::sign(7, Hash::leaf(b"x"), &signer);
        assert_eq!(Checkpoint::open_sole(&note, signer.verifier()).unwrap().size, 7);
        let other = Signer::generate("journal").unwrap();
        assert_eq!(Checkpoint::open(&note, other.verifier()), Err(BadNote::Unsigned));
    }

    #[test]
    fn a_size_has_one_spelling_and_an_origin_is_that_of_the_key() {
        let signer = Signer::generate("journal").unwrap();
        let (name, root) = (signer.verifier().name(), Hash::leaf(b"x"));
        for (text, is_one) in [
            (format!("{name}\n0\n{root}\n"), true),
            (format!("{name}\n00\n{root}\n"), false),
            (format!("{name}\n+7\n{root}\n"), false),
            (format!("{name}\n7\n{root}\nextension\n"), true),
            (format!("{name}\n7\n{root}\n\n"), false),
            (format!("other\n7\n{root}\n"), false),
            (format!("{name}\n7\n"), false),
        ] {
            let note = signer.sign(&text);
            assert_eq!(Checkpoint::open(&note, signer.verifier()).is_ok(), is_one, "{text}");
        }
    }
}
