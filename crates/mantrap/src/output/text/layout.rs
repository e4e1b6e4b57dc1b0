//! What every part of a terminal report is set with: colours, wrapping, cutting, padding.

use mantrap_scan::finding::Severity;
use unicode_width::UnicodeWidthStr;

/// ANSI colours, or none.
#[derive(Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

/// Columns of a word that no person reads to its end.
const MAX_WORD: usize = 120;

impl Paint {
    pub(crate) fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    pub(super) fn frame(self, text: &str) -> String {
        self.code("1;34", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.code("1;32", text)
    }

    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Critical => self.code("1;97;41", text),
            Severity::High => self.code("1;31", text),
            Severity::Medium => self.code("1;33", text),
            Severity::Low => self.code("1;36", text),
        }
    }

    fn code(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Breaks `text` between words so that no line is wider than `width`; the first has `first` columns before it, the
/// others `other`. A longer word stays whole, so that it can be copied.
pub(crate) fn wrapped(text: &str, width: usize, first: usize, other: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let lead = if lines.len() == 1 { first } else { other };
        let Some(line) = lines.last_mut() else { break };
        let is_full = !line.is_empty() && lead + line.width() + 1 + word.width() > width;
        if is_full {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Cuts `text` to `room` columns so that the mark stays in sight.
pub(super) fn fitted(
    text: &str,
    mark: std::ops::Range<usize>,
    room: usize,
) -> (String, std::ops::Range<usize>) {
    if text.width() <= room {
        return (text.to_owned(), mark);
    }
    let marked = mark.len().min(room / 2);
    let mut skip = 0;
    if mark.start + marked + 2 > room {
        skip = (mark.start + marked + 2).saturating_sub(room * 2 / 3);
        skip = skip.min(mark.start);
    }
    let mut out = String::new();
    let mut column = 0;
    let mut drawn = 0;
    let mut lost = 0;
    for character in text.chars() {
        let width = character.to_string().width();
        if column < skip {
            column += width;
            lost = column;
            continue;
        }
        if drawn == 0 && skip > 0 {
            out.push('…');
            drawn = 1;
        }
        if drawn + width + 1 > room {
            out.push('…');
            drawn += 1;
            break;
        }
        out.push(character);
        column += width;
        drawn += width;
    }
    let start = mark.start.saturating_sub(lost) + usize::from(skip > 0);
    let end = (start + mark.len()).min(drawn.max(start + 1));
    (out, start..end)
}

/// A message as long as a person reads it: names have no limit, and may be hostile.
pub(super) fn brief(message: &str) -> String {
    const COLUMNS: usize = 400;
    let mut words: Vec<String> = Vec::new();
    let mut columns = 0;
    for word in message.split(' ') {
        let word = if word.width() > MAX_WORD { clipped(word, MAX_WORD) } else { word.to_owned() };
        columns += word.width() + 1;
        words.push(word);
        if columns > COLUMNS {
            words.push("…".into());
            break;
        }
    }
    words.join(" ")
}

pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

pub(super) fn clipped(text: &str, width: usize) -> String {
    let (text, _) = fitted(text, 0..0, width);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole() {
        assert_eq!(wrapped("one two three", 8, 0, 2), ["one two", "three"]);
        assert_eq!(wrapped("averyveryverylongword x", 8, 4, 4), ["averyveryverylongword", "x"]);
    }

    #[test]
    fn a_hostile_name_fills_no_screen() {
        assert!(brief(&format!("`{}` is bad", "n".repeat(5000))).width() < 140);
        assert!(brief(&"n ".repeat(5000)).width() < 410);
        assert_eq!(brief("`a` is bad"), "`a` is bad");
    }

    #[test]
    fn a_narrow_terminal_still_shows_the_mark() {
        let text = "a".repeat(100) + "HERE" + &"b".repeat(100);
        let (out, mark) = fitted(&text, 100..104, 40);
        assert!(out.width() <= 40, "{out}");
        let shown: String = out.chars().skip(mark.start).take(mark.len()).collect();
        assert_eq!(shown, "HERE");
    }
}
