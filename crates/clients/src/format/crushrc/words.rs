//! The words of a Bash script, by its quoting rules (Bash manual, 3.1.2 Quoting). Nothing is expanded.

use crate::source::Span;

/// A word as Bash's reader splits it.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// The word without its quotes; the raw text where Bash would expand it.
    pub(super) value: String,
    /// The raw text.
    pub(super) span: Span,
    /// Whether the value is what Bash would see.
    pub(super) is_literal: bool,
}

/// The simple commands of a script: words up to a line end or an operator, in source order.
pub(super) fn commands(text: &str) -> Vec<Vec<Word>> {
    let mut reader = Reader { text, at: 0, here_documents: Vec::new() };
    let mut commands = Vec::new();
    let mut words = Vec::new();
    while let Some(byte) = reader.peek() {
        match byte {
            b' ' | b'\t' | b'\r' => reader.at += 1,
            b'\\' if reader.is_continuation() => reader.skip_continuation(),
            b'#' => reader.skip_line(),
            b'\n' => {
                reader.at += 1;
                reader.skip_here_documents();
                commands.push(std::mem::take(&mut words));
            }
            b';' | b'&' | b'|' | b'(' | b')' => {
                reader.at += 1;
                commands.push(std::mem::take(&mut words));
            }
            b'<' | b'>' => reader.redirection(),
            _ => words.push(reader.word()),
        }
    }
    commands.push(words);
    commands.retain(|words| !words.is_empty());
    commands
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The ends of the here-documents that start after this line.
    here_documents: Vec<String>,
}

impl Reader<'_> {
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut value: Vec<u8> = Vec::new();
        let mut is_literal = true;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' => break,
                b'\\' if self.is_continuation() => self.skip_continuation(),
                b'\\' => {
                    self.at += 1;
                    value.extend(self.next());
                }
                b'\'' => {
                    self.at += 1;
                    while let Some(byte) = self.next().filter(|byte| *byte != b'\'') {
                        value.push(byte);
                    }
                }
                b'"' => is_literal &= self.double_quoted(&mut value),
                b'$' => {
                    is_literal = false;
                    self.expansion();
                }
                b'`' => {
                    is_literal = false;
                    self.backquoted();
                }
                b'*' | b'?' | b'[' => {
                    // A pattern: its matches are known only when it runs.
                    is_literal = false;
                    self.at += 1;
                }
                _ => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        let value = match is_literal {
            true => String::from_utf8(value).unwrap_or_else(|_| raw.to_owned()),
            false => raw.to_owned(),
        };
        Word { value, span: Span::new(start, self.at), is_literal }
    }

    /// The inside of double quotes; whether it was literal.
    fn double_quoted(&mut self, value: &mut Vec<u8>) -> bool {
        let mut is_literal = true;
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' => {
                    self.at += 1;
                    match self.next() {
                        Some(escaped @ (b'"' | b'\\' | b'$' | b'`')) => value.push(escaped),
                        Some(b'\n') | None => {}
                        Some(other) => value.extend([b'\\', other]),
                    }
                }
                b'$' => {
                    is_literal = false;
                    self.expansion();
                }
                b'`' => {
                    is_literal = false;
                    self.backquoted();
                }
                _ => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
        is_literal
    }

    /// `$name`, `${…}`, `$(…)`, `$((…))`, `$'…'`. Brackets are counted, quotes inside are honoured; no recursion,
    /// because the depth is the author's choice.
    fn expansion(&mut self) {
        self.at += 1;
        match self.peek() {
            Some(b'\'') => {
                self.at += 1;
                while let Some(byte) = self.next().filter(|byte| *byte != b'\'') {
                    if byte == b'\\' {
                        self.next();
                    }
                }
            }
            Some(open @ (b'(' | b'{')) => self.bracketed(open),
            _ => {}
        }
    }

    fn bracketed(&mut self, open: u8) {
        let close = if open == b'(' { b')' } else { b'}' };
        let mut depth = 0_usize;
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => {
                    self.next();
                }
                b'\'' => while self.next().is_some_and(|byte| byte != b'\'') {},
                _ if byte == open => depth += 1,
                _ if byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn backquoted(&mut self) {
        self.at += 1;
        while let Some(byte) = self.next().filter(|byte| *byte != b'`') {
            if byte == b'\\' {
                self.next();
            }
        }
    }

    /// `< file`, `>> file`, `<<EOF`. The target is no argument of the command.
    fn redirection(&mut self) {
        let start = self.at;
        while matches!(self.peek(), Some(b'<' | b'>' | b'&' | b'|' | b'-')) {
            self.at += 1;
        }
        let operator = self.text.get(start..self.at).unwrap_or_default();
        let is_here_document = operator == "<<" || operator == "<<-";
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if !matches!(self.peek(), None | Some(b'\n' | b'\r' | b';' | b'(' | b')')) {
            let before = self.at;
            let target = self.word();
            if is_here_document {
                self.here_documents.push(target.value);
            }
            self.at = self.at.max(before);
        }
    }

    fn skip_here_documents(&mut self) {
        for end in std::mem::take(&mut self.here_documents) {
            while self.at < self.text.len() {
                let start = self.at;
                self.skip_line();
                let line = self.text.get(start..self.at).unwrap_or_default();
                self.at += usize::from(self.peek() == Some(b'\n'));
                if line.trim_end_matches('\r').trim_start_matches('\t') == end {
                    break;
                }
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// Whether a backslash at the current place joins this line to the next.
    fn is_continuation(&self) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        rest.starts_with(b"\\\n") || rest.starts_with(b"\\\r\n")
    }

    fn skip_continuation(&mut self) {
        self.skip_line();
        self.at += 1;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}
