//! Places for people: from a span to line, column, bytes on disk, and a few printable lines with a mark under them.
//!
//! What a file says is hostile. An excerpt holds no control, bidirectional or zero-width character (they are shown
//! as `\u{202e}`), no secret, and at most [`MAX_COLUMNS`] columns around the mark.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use mantrap_clients::source::Encoding;
use mantrap_clients::{Source, Span};
use unicode_width::UnicodeWidthChar;

use crate::redaction::{MASK, Redaction};

/// Columns of a terminal that an excerpt line fills at most, without the marks of a cut.
pub const MAX_COLUMNS: usize = 200;
/// Columns shown before the mark when a line is cut.
const LEAD: usize = 60;
/// A span over more lines than this is cut in the middle.
const MAX_LINES: usize = 5;
const TAB: usize = 4;

/// Where a span is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// One-based line of the first character.
    pub line: usize,
    /// One-based column of the first character, in characters.
    pub column: usize,
    /// One-based line of the end.
    pub end_line: usize,
    /// One-based column just past the last character.
    pub end_column: usize,
    /// Bytes of the file on disk, whatever its encoding.
    pub bytes: Range<u64>,
}

/// One printable line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// One-based number.
    pub number: usize,
    /// What it says: printable, without secrets.
    pub text: String,
    /// The marked part, in terminal columns from zero. At least one column wide.
    pub mark: Range<usize>,
    /// Whether lines between this one and the next are left out.
    pub gap: bool,
}

/// Looks places up. Keeps an index per source, so that a file with very many findings is read once.
#[derive(Debug)]
pub struct Places<'a> {
    redaction: &'a Redaction,
    indexes: RefCell<HashMap<*const Source, Rc<Index>>>,
}

impl<'a> Places<'a> {
    /// Places whose excerpts hide what `redaction` knows.
    pub fn new(redaction: &'a Redaction) -> Self {
        Places { redaction, indexes: RefCell::default() }
    }

    /// Where `span` is in `source`.
    pub fn place(&self, source: &Arc<Source>, span: Span) -> Place {
        let index = self.index(source);
        let (line, column) = index.line_column(&source.text, span.start as usize);
        let (end_line, end_column) = index.line_column(&source.text, span.end as usize);
        let byte = |offset: u32| match source.encoding {
            Encoding::Utf8 => u64::from(offset),
            Encoding::Utf8Bom => u64::from(offset) + 3,
            Encoding::Utf16Le | Encoding::Utf16Be => {
                2 + 2 * index.count(&source.text, offset as usize).units as u64
            }
        };
        Place { line, column, end_line, end_column, bytes: byte(span.start)..byte(span.end) }
    }

    /// The lines of `span`, the first ones and the last where there are many.
    pub fn excerpt(&self, source: &Arc<Source>, span: Span) -> Vec<Line> {
        let index = self.index(source);
        let text = source.text.as_str();
        let start = (span.start as usize).min(text.len());
        let end = (span.end as usize).clamp(start, text.len());
        let first = index.line_of(start);
        // A span that ends with its line's break ends in that line.
        let last = index.line_of(if end > start { end - 1 } else { end });
        let all = last - first + 1;
        let shown: Vec<usize> = if all <= MAX_LINES {
            (first..=last).collect()
        } else {
            (first..first + MAX_LINES - 2).chain([last]).collect()
        };
        let mut lines: Vec<Line> = shown
            .iter()
            .map(|&number| {
                let line = index.line_range(text, number);
                let mark = start.max(line.start)..end.min(line.end).max(start.max(line.start));
                self.line(source, number + 1, line, mark)
            })
            .collect();
        if all > MAX_LINES
            && let Some(line) = lines.iter_mut().rev().nth(1)
        {
            line.gap = true;
        }
        lines
    }

    fn line(&self, source: &Source, number: usize, line: Range<usize>, mark: Range<usize>) -> Line {
        let text = source.text.as_str();
        // Widest window in bytes that can matter: four bytes a character.
        let from = floor_boundary(text, line.start.max(mark.start.saturating_sub(LEAD * 4)));
        let to = floor_boundary(text, line.end.min(mark.start.saturating_add(MAX_COLUMNS * 4)));
        let masks = self.masks(source, from..to);
        let mut cells: Vec<(usize, String)> = Vec::new();
        let mut hidden_until = 0;
        let mut masks = masks.into_iter().peekable();
        for (offset, character) in text.get(from..to).unwrap_or_default().char_indices() {
            let at = from + offset;
            while masks.next_if(|mask| mask.end <= at).is_some() {}
            if let Some(mask) = masks.peek()
                && mask.contains(&at)
            {
                if hidden_until <= at {
                    hidden_until = mask.end;
                    cells.push((at, MASK.to_owned()));
                }
                continue;
            }
            let mut cell = String::new();
            push_visible(&mut cell, character);
            cells.push((at, cell));
        }
        window(line, mark, from, to, &cells, number)
    }

    /// The masks in `window`, found in a wider one so that a secret that straddles its edge is masked too.
    fn masks(&self, source: &Source, window: Range<usize>) -> Vec<Range<usize>> {
        const MARGIN: usize = 4096;
        let text = source.text.as_str();
        let from = floor_boundary(text, window.start.saturating_sub(MARGIN));
        let to = floor_boundary(text, window.end.saturating_add(MARGIN));
        self.redaction.ranges(source, from..to)
    }

    fn index(&self, source: &Arc<Source>) -> Rc<Index> {
        // INVARIANT: the report keeps its sources alive while it is rendered, so no address is used twice.
        let key = Arc::as_ptr(source);
        let mut indexes = self.indexes.borrow_mut();
        Rc::clone(indexes.entry(key).or_insert_with(|| Rc::new(Index::of(&source.text))))
    }
}

/// Cuts cells to the window around the mark and finds the columns of the mark.
fn window(
    line: Range<usize>,
    mark: Range<usize>,
    from: usize,
    to: usize,
    cells: &[(usize, String)],
    number: usize,
) -> Line {
    let width_of = |cell: &str, column: usize| match cell {
        "\t" => TAB - column % TAB,
        cell => unicode_width::UnicodeWidthStr::width(cell),
    };
    let total: usize = cells.iter().map(|(_, cell)| width_of(cell, 0)).sum();
    let first_marked = cells.partition_point(|(at, _)| *at < mark.start);
    let must_cut = from > line.start || to < line.end || total > MAX_COLUMNS;
    let mut first = 0;
    if must_cut {
        let mut lead = 0;
        first = first_marked;
        while first > 0 && lead < LEAD {
            first -= 1;
            lead += cells.get(first).map_or(1, |(_, cell)| width_of(cell, 0));
        }
    }
    let mut text = String::new();
    if first > 0 || from > line.start {
        text.push('…');
    }
    let mut column = text.chars().count();
    let mut marked: Option<Range<usize>> = None;
    let mut cut = to < line.end;
    for (at, cell) in cells.get(first..).unwrap_or_default() {
        let width = width_of(cell, column);
        if column + width > MAX_COLUMNS {
            cut = true;
            break;
        }
        if mark.contains(at) {
            let start = marked.as_ref().map_or(column, |range| range.start);
            marked = Some(start..column + width);
        }
        if cell == "\t" {
            text.extend(std::iter::repeat_n(' ', width))
        } else {
            text.push_str(cell)
        }
        column += width;
    }
    if cut {
        text.push('…');
    }
    let text = text.trim_end().to_owned();
    // A mark of no width, or inside a mask: one column where it begins.
    let mark = marked.unwrap_or_else(|| {
        let before: usize = cells
            .iter()
            .skip(first)
            .take_while(|(at, _)| *at < mark.start)
            .map(|(_, cell)| width_of(cell, 0))
            .sum();
        before..before + 1
    });
    Line { number, text, mark, gap: false }
}

/// `text` as it may be printed anywhere: what a terminal or a reader would obey or not see is spelled out.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|character| match character {
        '\t' => out.push_str("\\t"),
        character => push_visible(&mut out, character),
    });
    out
}

/// [`visible`] line by line: line breaks stay.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// Whether a terminal or a reader would obey `character` or not see it, instead of showing it.
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn push_visible(out: &mut String, character: char) {
    match character {
        '\t' => out.push('\t'),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\u{1b}' => out.push_str("\\e"),
        _ if is_hidden(character) || character.width().is_none() => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        }
        _ => out.push(character),
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Line starts, and running counts at every [`Index::STEP`] bytes.
#[derive(Debug)]
struct Index {
    lines: Vec<usize>,
    counts: Vec<Count>,
}

/// What stands before an offset.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    characters: usize,
    /// UTF-16 code units.
    units: usize,
}

impl Index {
    const STEP: usize = 4096;

    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let mut counts = vec![Count::default()];
        let mut count = Count::default();
        for chunk in text.as_bytes().chunks(Self::STEP) {
            count.add(chunk);
            counts.push(count);
        }
        Index { lines, counts }
    }

    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a zero-based line, without its break.
    fn line_range(&self, text: &str, line: usize) -> Range<usize> {
        let start = self.lines.get(line).copied().unwrap_or(text.len());
        let end = self.lines.get(line + 1).map_or(text.len(), |next| next - 1);
        let body = text.get(start..end).unwrap_or_default();
        start..start + body.strip_suffix('\r').unwrap_or(body).len()
    }

    fn count(&self, text: &str, offset: usize) -> Count {
        let offset = floor_boundary(text, offset);
        let step = offset / Self::STEP;
        let mut count = self.counts.get(step).copied().unwrap_or_default();
        count.add(text.as_bytes().get(step * Self::STEP..offset).unwrap_or_default());
        count
    }

    fn line_column(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.line_of(offset);
        let start = self.lines.get(line).copied().unwrap_or(0);
        let column = self.count(text, offset).characters - self.count(text, start).characters;
        (line + 1, column + 1)
    }
}

impl Count {
    /// Counts leading bytes only, so that a character split by a chunk is counted once.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if byte & 0xc0 != 0x80 {
                self.characters += 1;
                self.units += if *byte >= 0xf0 { 2 } else { 1 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mantrap_clients::Origin;

    fn source(text: &str) -> Arc<Source> {
        Source::decode(Origin::file("x"), text.as_bytes().to_vec()).unwrap()
    }

    fn drawn(text: &str, span: Range<usize>) -> String {
        let redaction = Redaction::default();
        let lines = Places::new(&redaction).excerpt(&source(text), Span::new(span.start, span.end));
        let mut out = String::new();
        for line in lines {
            writeln!(out, "{} |{}", line.number, line.text).unwrap();
            writeln!(out, "  |{}{}", " ".repeat(line.mark.start), "^".repeat(line.mark.len())).unwrap();
            if line.gap {
                out.push_str("…\n");
            }
        }
        out
    }

    #[test]
    fn a_span_is_underlined_where_it_stands() {
        assert_eq!(drawn("a\n  bc d\n", 4..6), "2 |  bc d\n  |  ^^\n");
        assert_eq!(drawn("\tk: v", 1..2), "1 |    k: v\n  |    ^\n");
        assert_eq!(drawn("日本 x", 7..8), "1 |日本 x\n  |     ^\n");
        assert_eq!(drawn("日本 x", 0..6), "1 |日本 x\n  |^^^^\n");
        assert_eq!(drawn("", 0..0), "1 |\n  |^\n");
    }

    #[test]
    fn many_lines_are_cut_in_the_middle() {
        let text = "{\n1\n2\n3\n4\n5\n6\n}";
        let out = drawn(text, 0..text.len());
        assert_eq!(out, "1 |{\n  |^\n2 |1\n  |^\n3 |2\n  |^\n…\n8 |}\n  |^\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("{}HERE{}", "a".repeat(5_000), "b".repeat(5_000_000));
        let out = drawn(&text, 5_000..5_004);
        assert!(out.lines().all(|line| line.chars().count() < 210), "{out}");
        assert!(out.contains("…aaa") && out.contains("HEREbbb") && out.contains("b…"), "{out}");
        let caret = out.lines().nth(1).unwrap().find('^').unwrap();
        let here = out.lines().next().unwrap().split("HERE").next().unwrap().chars().count();
        assert_eq!(caret, here);
    }

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        let out = drawn("\u{1b}[31mred\u{202e}\u{200b}\u{9b}", 0..1);
        assert!(out.starts_with("1 |\\e[31mred\\u{202e}\\u{200b}\\u{9b}"), "{out}");
        assert_eq!(visible("a\tb\r\n"), "a\\tb\\r\\n");
    }

    #[test]
    fn an_index_agrees_with_the_source() {
        let text = format!("{}\n\u{1f600}é{}\nend", "é".repeat(5_000), "x".repeat(9_000));
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let source = Source::decode(Origin::file("x"), utf16).unwrap();
        let redaction = Redaction::default();
        let places = Places::new(&redaction);
        for (at, _) in text.char_indices().step_by(777) {
            let span = Span::new(at, text.len());
            let place = places.place(&source, span);
            assert_eq!((place.line, place.column), source.line_column(span.start));
            assert_eq!(place.bytes, source.file_range(span));
        }
    }
}
