//! Text as it may be shown: whoever reads a lock, a consent or a difference sees every character that is there.

use std::fmt::Write as _;

/// `text` in which every character that a reader would not see, or a terminal would obey, is spelled out as `\u{…}`.
/// Nothing is left out and nothing is cut.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            character if is_hidden(character) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out
}

/// Whether a reader would not see `character`, would take it for another one, or a terminal would obey it: controls,
/// format and tag characters, fillers, and every blank but the plain one.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || character.is_control()
        || (character.is_whitespace() && character != ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_spelled_out_and_nothing_is_lost() {
        assert_eq!(
            visible("a\u{202e}b\u{200b}\u{a0}\u{1b}[0m\n"),
            "a\\u{202e}b\\u{200b}\\u{a0}\\u{1b}[0m\\n"
        );
        assert_eq!(visible("Größe 日本 é"), "Größe 日本 é");
    }
}
