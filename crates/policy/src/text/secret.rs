//! What tells a secret from a word, a path or a placeholder.

/// Shannon's entropy of a text, in bits a byte.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let all = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX)).max(1.0);
    let parts = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all);
    -parts.map(|part| part * part.log2()).sum::<f64>()
}

/// Whether a value looks as if somebody or something had made it up at random: several kinds of characters, hardly a
/// repetition, and no word of a placeholder. A hexadecimal digest does not: nobody's password has that form.
pub(super) fn is_random(value: &[u8]) -> bool {
    let kinds =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_punctuation];
    let kinds = kinds.iter().filter(|kind| value.iter().any(kind)).count();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let hexadecimal = value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    if value.len() < 8 || digits == 0 || kinds < 2 || hexadecimal || is_placeholder(value) || is_access(value)
    {
        return false;
    }
    let enough = match value.len() {
        0..12 => 2.9,
        12..20 => 3.1,
        _ => 3.5,
    };
    entropy(value) >= enough && (kinds >= 3 || value.len() >= 20)
}

/// Whether it is what programs write to reach a field: `self.hidden.0.iter`.
fn is_access(value: &[u8]) -> bool {
    let is_name = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
    let is_place = |part: &[u8]| part.len() <= 2 && part.iter().all(u8::is_ascii_digit);
    let mut parts = value.split(|byte| *byte == b'.');
    parts.clone().count() > 2 && parts.all(|part| !part.is_empty() && (is_name(part) || is_place(part)))
}

/// Whether a value only says where a real one would stand.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    const WORDS: [&str; 22] = [
        "example",
        "placeholder",
        "changeme",
        "change_me",
        "change-me",
        "your_",
        "your-",
        "yourpass",
        "dummy",
        "sample",
        "redacted",
        "insert",
        "replace",
        "todo",
        "xxxx",
        "****",
        "....",
        "${",
        "{{",
        "process.env",
        "os.environ",
        "getenv",
    ];
    let folded = value.to_ascii_lowercase();
    WORDS.iter().any(|word| memchr::memmem::find(&folded, word.as_bytes()).is_some())
        || value.first().is_some_and(|first| b"<$%{[(".contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_words_and_placeholders_are_no_secrets() {
        for value in [
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "correcthorsebatterystaple",
            "YOUR_API_KEY_HERE_123",
            "${API_KEY_2}",
            "abc123",
            "aaaaaaaaaaaa1111AAAA",
            "self.hidden.0.iter",
        ] {
            assert!(!is_random(value.as_bytes()), "{value}");
        }
        for value in ["vT7#qLp92xWz!mKd4", "Zx81-kq0Lm77", "hN3kQz8vYw2pLs6tRb9x"] {
            assert!(is_random(value.as_bytes()), "{value}");
        }
    }
}
