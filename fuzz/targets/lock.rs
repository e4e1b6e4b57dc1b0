#![no_main]

use mantrap_launch::approval::{Signature, Signers};
use mantrap_launch::digest::tree::Manifest;
use mantrap_launch::{Document, Lock, Values};

// What is read is written so that it reads as the same; the same entries have the same digests. The other texts that a
// lock's author or a foreign file chooses are read too.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(lock) = Lock::parse(data) {
        let text = lock.to_string();
        assert!(!text.chars().any(|character| character != '\n' && mantrap_launch::is_hidden(character)), "{text}");
        let again = Lock::parse(text.as_bytes()).expect("what was written is a lock");
        assert_eq!(again, lock);
        assert_eq!(again.to_string(), text);
        for (name, entry) in &lock.servers {
            let document = Document::of(name, entry, &Values::new());
            assert_eq!(Document::parse(&document.bytes(), &document.digest()), Some(document));
        }
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Signers::parse(text);
    if let Ok(signature) = Signature::parse(text) {
        assert!(signature.verify(b"a text that nobody signed").is_err());
    }
    if let Some(manifest) = Manifest::parse(text) {
        assert_eq!(manifest.to_text(), text);
    }
});
