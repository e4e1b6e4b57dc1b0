//! Characters that hide: what nobody sees, what reorders what is seen, and what a terminal obeys.

use std::ops::Range;

use super::letters::is_invisible;

/// Spans of characters that carry a message nobody sees: tags, invisible letters in a row or inside Latin words, selectors of
/// which no font has a picture. What writing needs is none: joiners in Persian, Hindi or emoji, one selector
/// behind a symbol, the flags of England, Scotland and Wales, a byte order mark at the start.
pub(super) fn invisible(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut before = None;
    let mut letters = text.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        if !is_invisible(letter) || is_bidi(letter) {
            before = Some(letter);
            continue;
        }
        let mut run = vec![letter];
        while let Some((_, next)) = letters.next_if(|(_, next)| is_invisible(*next) && !is_bidi(*next)) {
            run.push(next);
        }
        let end = letters.peek().map_or(text.len(), |(end, _)| *end);
        let after = letters.peek().map(|(_, after)| *after);
        if !is_needed(before, &run, after) {
            found.push(start..end);
        }
        before = run.last().copied();
    }
    found
}

/// Whether writing has a use for these characters between those two.
fn is_needed(before: Option<char>, run: &[char], after: Option<char>) -> bool {
    let latin = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let tags: String = run.iter().filter_map(|letter| tag(*letter)).collect();
    match run {
        ['\u{FEFF}'] => before.is_none(),
        // A soft hyphen, and the end of a line that a mark of direction stands at.
        ['\u{00AD}'] => before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic),
        ['\u{200B}' | '\u{2060}'] => !(latin(before) && latin(after)) && before.is_some() && after.is_some(),
        ['\u{200C}' | '\u{200D}'] => !latin(before) && !latin(after) && before.is_some() && after.is_some(),
        ['\u{200E}' | '\u{200F}' | '\u{061C}'] => true,
        ['\u{FE00}'..='\u{FE0F}'] => {
            before.is_some_and(|symbol| !symbol.is_ascii_alphabetic() && symbol != ' ')
        }
        // Ideographs have variants of their own.
        ['\u{E0100}'..='\u{E01EF}'] => {
            before.is_some_and(|ideograph| ('\u{2E80}'..'\u{40000}').contains(&ideograph))
        }
        // A symbol's selector and a joiner; a skin tone is visible.
        ['\u{FE0E}' | '\u{FE0F}', '\u{200D}'] => before.is_some() && after.is_some(),
        ['\u{180B}'..='\u{180F}'] => before.is_some_and(|letter| ('\u{1800}'..'\u{18B0}').contains(&letter)),
        ['\u{17B4}' | '\u{17B5}'] => before.is_some_and(|letter| ('\u{1780}'..'\u{1800}').contains(&letter)),
        ['\u{115F}' | '\u{1160}'] => false,
        // The three flags that are recommended for interchange (UTS 51), on a black flag.
        _ => {
            before == Some('\u{1F3F4}')
                && run.last() == Some(&'\u{E007F}')
                && run.len() == 6
                && matches!(&*tags, "gbeng" | "gbsct" | "gbwls")
        }
    }
}

/// What a tag character says.
pub(super) fn tag(letter: char) -> Option<char> {
    match letter {
        '\u{E0020}'..='\u{E007E}' => char::from_u32(u32::from(letter) - 0xE0000),
        _ => None,
    }
}

/// The byte that a variation selector stands for, in the way that smuggles bytes behind an emoji.
pub(super) fn selected(letter: char) -> Option<u8> {
    match letter {
        '\u{FE00}'..='\u{FE0F}' => u8::try_from(u32::from(letter) - 0xFE00).ok(),
        '\u{E0100}'..='\u{E01EF}' => u8::try_from(u32::from(letter) - 0xE0100 + 16).ok(),
        _ => None,
    }
}

const fn is_bidi(letter: char) -> bool {
    matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Spans from a mark that reorders text to its end or the line's. Isolates and embeddings that are closed and hold letters
/// of a right-to-left script are writing; an override never is.
pub(super) fn reordered(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    let mut depth = 0_usize;
    let mut right_to_left = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' | '\u{2066}'..='\u{2068}' => {
                let overrides = matches!(letter, '\u{202D}' | '\u{202E}');
                let (start, so_far) = open.unwrap_or((at, false));
                open = Some((start, so_far || overrides));
                depth += 1;
            }
            '\u{202C}' | '\u{2069}' => {
                depth = depth.saturating_sub(1);
                if let (0, Some((start, overrides))) = (depth, open) {
                    if overrides || !right_to_left {
                        found.push(start..at + letter.len_utf8());
                    }
                    (open, right_to_left) = (None, false);
                }
            }
            '\n' | '\r' => {
                found.extend(open.take().map(|(start, _)| start..at));
                (depth, right_to_left) = (0, false);
            }
            '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => {
                right_to_left = true
            }
            _ => {}
        }
    }
    found.extend(open.map(|(start, _)| start..text.len()));
    found
}

/// Spans of what a terminal obeys: escape sequences but for colours and bold, control characters that move back or ring. A
/// colour that conceals is none of the harmless ones.
pub(super) fn terminal(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            0x1B => {
                let (end, harmless) = sequence(bytes, at);
                (!harmless).then_some(end).ok_or(end)
            }
            // The C1 controls, in UTF-8: CSI, OSC and the like in one character.
            0xC2 if matches!(bytes.get(at + 1), Some(0x80..=0x84 | 0x86..=0x9F)) => Ok(at + 2),
            0x09 | 0x0A | 0x0C | 0x0D => Err(at + 1),
            0x00..=0x1F | 0x7F => Ok(at + 1),
            _ => Err(at + 1),
        };
        at = match end {
            Ok(end) => {
                match found.last_mut() {
                    Some(last) if last.end == at => last.end = end,
                    _ => found.push(at..end),
                }
                end
            }
            Err(end) => end,
        };
    }
    found
}

/// The end of the escape sequence at `at`, and whether it only colours (ECMA-48: SGR without 8, conceal).
fn sequence(bytes: &[u8], at: usize) -> (usize, bool) {
    let rest = bytes.get(at + 1..).unwrap_or_default();
    match rest.first() {
        Some(b'[') => {
            let inside = rest.iter().skip(1).take_while(|byte| (0x20..0x40).contains(*byte)).count();
            let parameters = rest.get(1..=inside).unwrap_or_default();
            let last = rest.get(inside + 1);
            let end = (at + 2 + inside + usize::from(last.is_some())).min(bytes.len());
            let plain = parameters.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':'));
            let conceals = parameters.split(|byte| *byte == b';').any(|one| one == b"8" || one == b"08");
            // Clearing to the end of the line is what progress bars and grep do.
            let clears = last == Some(&b'K') && matches!(parameters, b"" | b"0");
            (end, (last == Some(&b'm') && plain && !conceals && parameters.len() <= 32) || clears)
        }
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            let ends = |byte: &u8| matches!(byte, 0x07 | 0x1B | 0x9C);
            let length = rest.iter().take(4096).position(ends).unwrap_or(rest.len().min(4096));
            let tail = if rest.get(length) == Some(&0x1B) { 2 } else { 1 };
            (char_end(bytes, (at + 1 + length + tail).min(bytes.len())), false)
        }
        // Character sets are chosen by `ESC ( B`, which tput's reset writes.
        Some(b'(') => ((at + 3).min(bytes.len()), rest.get(1) == Some(&b'B')),
        Some(_) => (char_end(bytes, at + 2), false),
        None => (at + 1, false),
    }
}

/// The first place from `at` on at which a character begins.
fn char_end(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| (0x80..0xC0).contains(*byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writing_needs_is_not_hidden_text() {
        for text in ["می‌خواهم", "👩‍👩‍👧 and ❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "葛󠄀城", "क्‍ष", "\u{feff}{}", "co\u{ad}operate", "1️⃣"]
        {
            assert!(invisible(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_carries_a_message_is() {
        for text in [
            "hi\u{E0068}\u{E0069}",
            "a\u{200b}b",
            "x\u{200b}\u{200c}\u{200b}",
            "🏴\u{E0072}\u{E006D}\u{E007F}",
        ] {
            assert_eq!(invisible(text).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn colours_are_harmless_and_moves_are_not() {
        assert!(terminal("\u{1b}[1;32mok\u{1b}[0m\u{1b}[K").is_empty());
        assert_eq!(terminal("a\u{1b}[8mb"), vec![1..5]);
        assert_eq!(terminal("a\u{1b}]0;t\u{7}b").first(), Some(&(1..7)));
        assert_eq!(terminal("a\u{8}\u{8}b").first(), Some(&(1..3)));
        assert_eq!(terminal("\u{1b}[").len(), 1);
        assert_eq!(terminal("\u{1b}]é").len(), 1);
    }

    #[test]
    fn an_override_is_never_writing_and_a_closed_isolate_of_hebrew_is() {
        assert!(reordered("a \u{2067}שלום\u{2069} b").is_empty());
        assert_eq!(reordered("a \u{202e}txt.exe\u{202c}").len(), 1);
        assert_eq!(reordered("if \u{2066}x\u{2069}").len(), 1);
    }
}
