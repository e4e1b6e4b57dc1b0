//! The literals of JavaScript, and the ends of everything else.

use std::sync::Arc;

use crate::source::{Source, Span};
use crate::tree::{Member, Node, Value};

/// No argument list is read further than this many bytes.
const MAX_ARGUMENTS_BYTES: usize = 32 * 1024;
/// Literals nested deeper than this count as computed.
const MAX_LITERAL_DEPTH: usize = 16;

/// Reads literals from a place in a script.
pub(super) struct Literals<'a> {
    text: &'a str,
    /// The next byte to read; after [`Literals::arguments`], one past the closing parenthesis.
    pub(super) at: usize,
    end: usize,
    /// The expressions that were not literals, in source order.
    pub(super) dynamic: Vec<Span>,
}

/// A byte of an identifier.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

impl<'a> Literals<'a> {
    pub(super) fn new(source: &'a Arc<Source>, at: usize) -> Self {
        let text = source.text.as_str();
        let mut end = text.len().min(at.saturating_add(MAX_ARGUMENTS_BYTES));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Literals { text, at, end, dynamic: Vec::new() }
    }

    /// The arguments of the call at the current place. A computed one is null.
    pub(super) fn arguments(&mut self) -> Vec<Node> {
        self.blanks();
        self.take(b'(');
        let items = self.items(b')', 0).into_iter();
        items.map(|(node, _)| node).collect()
    }

    /// The items up to `close`, each with whether it is a literal.
    fn items(&mut self, close: u8, depth: usize) -> Vec<(Node, bool)> {
        let mut items = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => return items,
                Some(byte) if byte == close => {
                    self.at += 1;
                    return items;
                }
                Some(b',') => self.at += 1,
                // What does not belong here: the code is broken.
                Some(b')' | b']' | b'}' | b';') => return items,
                Some(_) => items.push(self.expression(depth)),
            }
        }
    }

    /// A literal that is a whole expression, and `true`; anything else is skipped and kept in `dynamic`.
    fn expression(&mut self, depth: usize) -> (Node, bool) {
        let start = self.at;
        let known = self.dynamic.len();
        if let Some(node) = self.literal(depth) {
            let end = self.at;
            self.blanks();
            if matches!(self.peek(), None | Some(b',' | b')' | b']' | b'}')) {
                return (node, true);
            }
            self.at = end;
        }
        // It went on, so what was found inside it is a part of the whole.
        self.dynamic.truncate(known);
        self.at = start;
        self.skip();
        let expression = self.text.get(start..self.at).unwrap_or_default();
        let span = Span::new(start, start + expression.trim_end().len());
        self.dynamic.push(span);
        let computed = Node { span, value: Value::Null };
        (computed, false)
    }

    fn literal(&mut self, depth: usize) -> Option<Node> {
        if depth > MAX_LITERAL_DEPTH {
            return None;
        }
        let start = self.at;
        let value = match self.peek()? {
            quote @ (b'"' | b'\'' | b'`') => Value::String(self.string(quote)?),
            b'[' => {
                self.at += 1;
                let items = self.items(b']', depth + 1).into_iter();
                Value::List(items.filter_map(|(item, is_literal)| is_literal.then_some(item)).collect())
            }
            b'{' => self.object(depth)?,
            byte if is_word(byte) || byte == b'-' => return self.word(),
            _ => return None,
        };
        Some(Node { span: Span::new(start, self.at), value })
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.blanks();
            let start = self.at;
            let key = match self.peek() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                Some(quote @ (b'"' | b'\'')) => self.string(quote),
                Some(byte) if is_word(byte) => Some(self.name().to_owned()),
                Some(_) => None,
            };
            let key_span = Span::new(start, self.at);
            self.blanks();
            let Some(key) = key.filter(|_| self.peek() == Some(b':')) else {
                // A spread, a computed key, a shorthand, a method.
                self.at = start;
                let before = self.at;
                self.skip();
                let member = self.text.get(before..self.at).unwrap_or_default();
                self.dynamic.push(Span::new(before, before + member.trim_end().len()));
                if self.at == before {
                    return None;
                }
                continue;
            };
            self.at += 1;
            self.blanks();
            if matches!(self.peek(), None | Some(b',' | b')' | b']' | b'}')) {
                continue;
            }
            let (value, is_literal) = self.expression(depth + 1);
            if is_literal {
                members.push(Member { key, key_span, value });
            }
        }
        Some(Value::Map(members))
    }

    /// A number, `true`, `false`, `null`, `undefined`, `!0`'s cousins, or `….parse("…")` of a URI.
    fn word(&mut self) -> Option<Node> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        while self.peek().is_some_and(|byte| is_word(byte) || byte == b'.') {
            self.at += 1;
        }
        let word = self.text.get(start..self.at)?;
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" | "undefined" => Value::Null,
            _ if word.strip_prefix('-').unwrap_or(word).starts_with(|first: char| first.is_ascii_digit()) => {
                Value::Bare(word.to_owned())
            }
            // `vscode.Uri.parse("https://…")`, under any name.
            _ if word.ends_with(".parse") || word.ends_with("URL") => {
                self.blanks();
                self.take(b'(').then_some(())?;
                self.blanks();
                let inner = self.at;
                let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
                let text = self.string(quote)?;
                let span = Span::new(inner, self.at);
                self.blanks();
                self.take(b')').then_some(())?;
                return Some(Node { span, value: Value::String(text) });
            }
            _ => return None,
        };
        Some(Node { span: Span::new(start, self.at), value })
    }

    fn name(&mut self) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// A string without substitutions. Nothing if it has one, or no end.
    fn string(&mut self, quote: u8) -> Option<String> {
        let mut text = String::new();
        let mut rest = self.text.get(self.at + 1..self.end)?.char_indices();
        while let Some((offset, character)) = rest.next() {
            match character {
                _ if character == char::from(quote) => {
                    self.at += 1 + offset + 1;
                    return Some(text);
                }
                '$' if quote == b'`' && rest.as_str().starts_with('{') => return None,
                '\n' | '\r' if quote != b'`' => return None,
                '\\' => escape(&mut rest, &mut text)?,
                _ => text.push(character),
            }
        }
        None
    }

    /// Moves to the end of an expression: the next comma or closing bracket of its own level.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' | b'`' => self.skip_string(byte),
                b'/' if self.comment() => continue,
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => return,
                b')' | b']' | b'}' => depth -= 1,
                b',' | b';' if depth == 0 => return,
                _ => {}
            }
            self.advance();
        }
    }

    /// Moves to the closing quote. Substitutions in templates are not looked into: a quote inside one ends it
    /// early, and the expression is computed either way.
    fn skip_string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.advance(),
                byte if byte == quote => return,
                b'\n' if quote != b'`' => return,
                _ => {}
            }
            self.advance();
        }
    }

    /// One byte on, and never past the end.
    fn advance(&mut self) {
        self.at = self.end.min(self.at + 1);
    }

    fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'/' if self.comment() => {}
                _ => return,
            }
        }
    }

    /// Skips a comment, if there is one here.
    fn comment(&mut self) -> bool {
        let rest = self.text.as_bytes().get(self.at..self.end).unwrap_or_default();
        let length = match rest {
            [b'/', b'/', ..] => memchr::memchr(b'\n', rest),
            [b'/', b'*', inner @ ..] => memchr::memmem::find(inner, b"*/").map(|at| at + 4),
            _ => return false,
        };
        self.at += length.unwrap_or(rest.len());
        true
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_here = self.peek() == Some(byte);
        self.at += usize::from(is_here);
        is_here
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(..self.end)?.get(self.at).copied()
    }
}

fn escape(rest: &mut std::str::CharIndices<'_>, text: &mut String) -> Option<()> {
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    let (_, character) = rest.next()?;
    text.push(match character {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '0' => '\0',
        '\n' => return Some(()),
        'x' => code(&rest.by_ref().take(2).map(|(_, digit)| digit).collect::<String>())?,
        'u' if rest.as_str().starts_with('{') => {
            let digits: String = rest
                .by_ref()
                .skip(1)
                .take(8)
                .map(|(_, digit)| digit)
                .take_while(|digit| *digit != '}')
                .collect();
            code(&digits)?
        }
        'u' => {
            let digits: String = rest.by_ref().take(4).map(|(_, digit)| digit).collect();
            code(&digits).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        other => other,
    });
    Some(())
}
