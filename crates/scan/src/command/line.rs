//! Splits a command line into words as launchers do that have no shell: quotes group, nothing else is special.

use super::Word;

/// The words of `line`. Backslashes escape quotes, blanks and themselves, except on what looks like a Windows line,
/// where they are separators.
pub(super) fn split(line: &Word) -> Vec<Word> {
    let text = line.value.as_str();
    let is_windows = text.contains(":\\")
        || names_share(text)
        || text.trim_start_matches(['"', '\'']).starts_with(['\\', '.']) && text.contains('\\');
    let mut words = Vec::new();
    let mut start = None;
    let mut value = String::new();
    let mut quote = None;
    let mut letters = text.char_indices().peekable();
    if let Some(end) = unquoted_program(text) {
        words.push(line.part(0, end));
        while letters.peek().is_some_and(|(at, _)| *at < end) {
            letters.next();
        }
    }
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                start.get_or_insert(at);
            }
            (None, _) if letter.is_whitespace() => {
                if let Some(start) = start.take() {
                    let span = line.part_span(start, at);
                    words.push(Word::new(std::mem::take(&mut value), span));
                }
            }
            (None | Some('"'), '\\') if !is_windows => {
                start.get_or_insert(at);
                match letters.peek() {
                    Some((_, next)) if matches!(next, '"' | '\'' | '\\' | ' ' | '$' | '`') => {
                        value.push(*next);
                        letters.next();
                    }
                    _ => value.push(letter),
                }
            }
            _ => {
                start.get_or_insert(at);
                value.push(letter);
            }
        }
    }
    if let Some(start) = start {
        let span = line.part_span(start, text.len());
        words.push(Word::new(value, span));
    }
    words
}

/// Whether a word begins like `\\\\host\\`: nobody escapes a backslash in front of a letter.
fn names_share(text: &str) -> bool {
    text.match_indices("\\\\").any(|(at, slashes)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + slashes.len()..).unwrap_or_default();
        before.is_none_or(|letter| letter.is_whitespace() || matches!(letter, '"' | '\'' | '='))
            && after.starts_with(|letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '?' | '.'))
            && after.contains('\\')
    })
}

/// Where `C:\Program Files\nodejs\npx.cmd` ends in front of arguments, when its blanks are not quoted.
fn unquoted_program(text: &str) -> Option<usize> {
    let has_drive = matches!(text.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
    if !has_drive {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let first_blank = text.find(char::is_whitespace)?;
    let ends =
        ENDINGS.iter().flat_map(|ending| lower.match_indices(ending).map(|(at, ending)| at + ending.len()));
    let end = ends
        .filter(|end| lower.get(*end..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
        .min()?;
    (end > first_blank).then_some(end)
}

const ENDINGS: &[&str] = &[".exe", ".cmd", ".bat", ".ps1", ".com"];

/// Whether a word ends like a program of Windows.
pub(super) fn ends_program(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}
