//! Shell text into commands and their words.

use super::{Command, Dialect};
use crate::command::Word;

const MAX_COMMANDS: usize = 64;
const MAX_NESTING: usize = 6;

pub(super) struct Reader<'a> {
    text: &'a Word,
    dialect: Dialect,
    letters: Vec<(usize, char)>,
    at: usize,
    commands: Vec<Command>,
    depth: usize,
}

/// A word under construction.
#[derive(Default)]
struct Draft {
    value: String,
    start: Option<usize>,
    substituted: bool,
}

impl<'a> Reader<'a> {
    /// The commands of `text`, in order.
    pub(super) fn commands(text: &'a Word, dialect: Dialect) -> Vec<Command> {
        let letters = text.value.char_indices().collect();
        let mut reader = Reader { text, dialect, letters, at: 0, commands: Vec::new(), depth: 0 };
        reader.list(None, false, false);
        reader.commands
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).map(|(_, letter)| *letter)
    }

    fn offset(&self) -> usize {
        self.letters.get(self.at).map_or(self.text.value.len(), |(at, _)| *at)
    }

    /// Reads commands until `end` or the end of the text.
    ///
    /// `piped`: they read what the command before wrote.
    fn list(&mut self, end: Option<char>, nested: bool, piped: bool) {
        let fresh = |reader: &Self, piped| Command {
            piped,
            nested,
            inner: reader.commands.len()..reader.commands.len(),
            ..Command::default()
        };
        let mut command = fresh(self, piped);
        let mut draft = Draft::default();
        let mut redirects = false;
        while let Some(letter) = self.peek(0) {
            if self.commands.len() >= MAX_COMMANDS {
                self.at = self.letters.len();
                break;
            }
            let position = self.offset();
            match letter {
                _ if Some(letter) == end => break,
                '\n' | ';' | '|' | '&' if !(letter == ';' && self.dialect == Dialect::Cmd) => {
                    if letter == '&' && self.peek(1) == Some('>') {
                        self.at += 1;
                        continue;
                    }
                    self.word(&mut draft, &mut command, &mut redirects);
                    let doubled = self.peek(1) == Some(letter);
                    self.at += usize::from(doubled);
                    // `|&` pipes too.
                    let pipes = letter == '|' && !doubled;
                    self.at += usize::from(pipes && self.peek(1) == Some('&'));
                    self.close(command);
                    command = fresh(self, pipes || piped);
                }
                ' ' | '\t' | '\r' => self.word(&mut draft, &mut command, &mut redirects),
                '<' if self.peek(1) == Some('(') => {
                    draft.start.get_or_insert(position);
                    self.at += 2;
                    self.substitution(')', &mut draft, &mut command);
                }
                // `tee >(sh)`: what the command writes is read inside.
                '>' if self.peek(1) == Some('(') && self.depth < MAX_NESTING => {
                    self.word(&mut draft, &mut command, &mut redirects);
                    self.at += 2;
                    self.depth += 1;
                    let outer = std::mem::replace(&mut command, fresh(self, false));
                    self.close(outer);
                    self.list(Some(')'), nested, true);
                    self.depth -= 1;
                }
                '<' | '>' => {
                    // `2>&1`: the number belongs to the redirection.
                    if draft.value.chars().all(|digit| digit.is_ascii_digit()) {
                        draft = Draft::default();
                    }
                    self.word(&mut draft, &mut command, &mut redirects);
                    while matches!(self.peek(1), Some('<' | '>' | '&')) {
                        self.at += 1;
                    }
                    redirects = true;
                }
                '(' if draft.start.is_none() && self.depth < MAX_NESTING => {
                    self.at += 1;
                    self.depth += 1;
                    self.list(Some(')'), nested, command.piped && command.words.is_empty());
                    self.depth -= 1;
                }
                '$' if self.peek(1) == Some('(') && self.dialect != Dialect::Cmd => {
                    draft.start.get_or_insert(position);
                    self.at += 2;
                    self.substitution(')', &mut draft, &mut command);
                }
                '`' if self.dialect == Dialect::Posix => {
                    draft.start.get_or_insert(position);
                    self.at += 1;
                    self.substitution('`', &mut draft, &mut command);
                }
                '#' if draft.start.is_none() && self.dialect != Dialect::Cmd => {
                    while self.peek(1).is_some_and(|next| next != '\n') {
                        self.at += 1;
                    }
                }
                '\'' if self.dialect != Dialect::Cmd => {
                    draft.start.get_or_insert(position);
                    while let Some(next) = self.peek(1) {
                        self.at += 1;
                        if next == '\'' {
                            break;
                        }
                        draft.value.push(next);
                    }
                }
                '"' => {
                    draft.start.get_or_insert(position);
                    self.at += 1;
                    self.double_quoted(&mut draft, &mut command);
                }
                _ => {
                    draft.start.get_or_insert(position);
                    if letter == self.escape() && self.peek(1).is_some() {
                        self.at += 1;
                    }
                    draft.value.extend(self.peek(0));
                }
            }
            self.at += 1;
        }
        self.word(&mut draft, &mut command, &mut redirects);
        self.close(command);
    }

    fn escape(&self) -> char {
        match self.dialect {
            Dialect::Posix => '\\',
            Dialect::Cmd => '^',
            Dialect::PowerShell => '`',
        }
    }

    /// The inside of `"…"`; stops on the closing quote.
    fn double_quoted(&mut self, draft: &mut Draft, command: &mut Command) {
        while let Some(letter) = self.peek(0) {
            match letter {
                '"' => return,
                '$' if self.peek(1) == Some('(') && self.dialect != Dialect::Cmd => {
                    self.at += 2;
                    self.substitution(')', draft, command);
                }
                '`' if self.dialect == Dialect::Posix => {
                    self.at += 1;
                    self.substitution('`', draft, command);
                }
                _ => {
                    if letter == self.escape()
                        && self.peek(1).is_some_and(|next| matches!(next, '"' | '\\' | '$' | '`'))
                    {
                        self.at += 1;
                    }
                    draft.value.extend(self.peek(0));
                }
            }
            self.at += 1;
        }
    }

    /// The inside of `$(…)`, `` `…` `` or `<(…)`; stops on its end.
    fn substitution(&mut self, end: char, draft: &mut Draft, command: &mut Command) {
        draft.substituted = true;
        draft.value.push('\u{1a}');
        if self.depth >= MAX_NESTING {
            self.at = self.letters.len();
            return;
        }
        self.depth += 1;
        let before = self.commands.len();
        self.list(Some(end), true, false);
        self.depth -= 1;
        if command.inner.is_empty() {
            command.inner.start = before;
        }
        command.inner.end = self.commands.len();
    }

    fn word(&mut self, draft: &mut Draft, command: &mut Command, redirects: &mut bool) {
        let Some(start) = draft.start else {
            *draft = Draft::default();
            return;
        };
        let draft = std::mem::take(draft);
        if std::mem::take(redirects) {
            command.redirects.push(draft.value);
            return;
        }
        if command.words.is_empty() {
            command.starts_substituted = draft.substituted;
        }
        let span = self.text.part_span(start, self.offset());
        command.words.push(Word::new(draft.value, span));
    }

    fn close(&mut self, command: Command) {
        if !command.words.is_empty() || !command.redirects.is_empty() {
            self.commands.push(command);
        }
    }
}
