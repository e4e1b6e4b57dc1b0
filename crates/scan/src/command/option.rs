//! Reads options as their program would: clustered, glued, joined with `=`, abbreviated, ended by `--`.

use super::{Flag, Means, Word};

/// What an option consumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing. A joined value is kept.
    Nothing,
    /// Its value: glued, joined, or the next word.
    Value,
    /// A value only when it is glued or joined.
    Joined,
    /// A value that ends the options: what follows belongs to the code or module (`python -c`, `-m`).
    Last,
}

/// One option of one program.
#[derive(Debug)]
pub(super) struct Spec {
    /// Every spelling, the full name last.
    pub names: &'static [&'static str],
    pub takes: Takes,
    pub means: Means,
}

/// How words begin that are options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `-x`, clusters and glued values, `--long`.
    Getopt,
    /// `-x` and `--long`, never clustered (Node).
    Separate,
    /// `-long` and `--long` alike, `-name:value` too (Java, Go, PowerShell's lower layer).
    SingleDash,
}

/// How one program reads its options.
#[derive(Debug)]
pub(super) struct Grammar {
    pub specs: &'static [Spec],
    /// More of them, shared with a sibling.
    pub shared: &'static [Spec],
    pub style: Style,
    /// What an unknown long option takes.
    pub unknown: Takes,
    /// Whether options may follow operands.
    pub permutes: bool,
    /// Whether a unique prefix of a long option stands for it.
    pub abbreviates: bool,
}

/// A command line, read.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub options: Vec<Flag>,
    pub operands: Vec<Word>,
}

impl Grammar {
    /// Reads `words`, the program itself not among them.
    pub(super) fn parse(&self, words: &[Word]) -> Parsed {
        let mut parsed = Parsed::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let text = word.value.as_str();
            if text == "--" {
                parsed.operands.extend(rest.cloned());
                return parsed;
            }
            let is_option = text.len() > 1 && text.starts_with('-');
            if !is_option {
                parsed.operands.push(word.clone());
                if !self.permutes {
                    parsed.operands.extend(rest.cloned());
                    return parsed;
                }
                continue;
            }
            let read_last = if text.starts_with("--") || self.style != Style::Getopt {
                self.long(word, &mut rest, &mut parsed)
            } else {
                self.cluster(word, &mut rest, &mut parsed)
            };
            if read_last {
                parsed.operands.extend(rest.cloned());
                return parsed;
            }
        }
        parsed
    }

    /// One `--long`, `--long=value` or exactly spelled word. Whether it ends the options.
    fn long(&self, word: &Word, rest: &mut std::slice::Iter<'_, Word>, parsed: &mut Parsed) -> bool {
        let text = word.value.as_str();
        let separator = match self.style {
            Style::SingleDash => text.find(['=', ':']),
            _ => text.find('='),
        };
        let head = separator.map_or(text, |at| text.get(..at).unwrap_or(text));
        let joined = separator.map(|at| word.part(at + 1, text.len()));
        let spec = self.spec(head);
        let (name, takes, means) = match spec {
            Some(spec) => (spec.names.last().copied().unwrap_or(head), spec.takes, spec.means),
            // `--@scope:registry=URL`
            None if head.ends_with(":registry") => (head, Takes::Value, Means::Registry),
            None => (head, self.unknown, Means::Plain),
        };
        let value = match takes {
            Takes::Value | Takes::Last if joined.is_none() => rest.next().cloned(),
            _ => joined,
        };
        parsed.options.push(Flag { name: name.to_owned(), means, word: word.clone(), value });
        takes == Takes::Last
    }

    /// `-y`, `-yc CMD`, `-cCODE`. Whether it ends the options.
    fn cluster(&self, word: &Word, rest: &mut std::slice::Iter<'_, Word>, parsed: &mut Parsed) -> bool {
        let text = word.value.as_str();
        if let Some(spec) = self.specs().find(|spec| text.len() > 2 && spec.names.contains(&text)) {
            let value =
                matches!(spec.takes, Takes::Value | Takes::Last).then(|| rest.next().cloned()).flatten();
            parsed.options.push(flag(spec, word, value));
            return spec.takes == Takes::Last;
        }
        for (at, letter) in text.char_indices().skip(1) {
            let mut short = [0u8; 5];
            let Some(buffer) = short.get_mut(1..) else { break };
            let length = letter.encode_utf8(buffer).len() + 1;
            if let Some(dash) = short.first_mut() {
                *dash = b'-';
            }
            let name = short.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("-");
            let Some(spec) = self.specs().find(|spec| spec.names.contains(&name)) else {
                parsed.options.push(Flag {
                    name: name.to_owned(),
                    means: Means::Plain,
                    word: word.clone(),
                    value: None,
                });
                continue;
            };
            let after = at + letter.len_utf8();
            let glued = (after < text.len()).then(|| {
                let skip = usize::from(text.get(after..).is_some_and(|tail| tail.starts_with('=')));
                word.part(after + skip, text.len())
            });
            match spec.takes {
                Takes::Nothing => {
                    parsed.options.push(flag(spec, word, None));
                }
                Takes::Joined => {
                    parsed.options.push(flag(spec, word, glued));
                    return false;
                }
                Takes::Value | Takes::Last => {
                    let value = glued.or_else(|| rest.next().cloned());
                    parsed.options.push(flag(spec, word, value));
                    return spec.takes == Takes::Last;
                }
            }
        }
        false
    }

    fn specs(&self) -> impl Iterator<Item = &'static Spec> {
        self.specs.iter().chain(self.shared)
    }

    fn spec(&self, head: &str) -> Option<&'static Spec> {
        if let Some(exact) = self.specs().find(|spec| spec.names.contains(&head)) {
            return Some(exact);
        }
        if self.style == Style::SingleDash {
            // `--jar` and `-jar` alike.
            let single = head.strip_prefix('-').filter(|rest| rest.starts_with('-'));
            return single.and_then(|head| self.specs().find(|spec| spec.names.contains(&head)));
        }
        // Node reads `_` as `-`.
        if self.style == Style::Separate && head.contains('_') {
            let dashed = head.replace('_', "-");
            return self.specs().find(|spec| spec.names.contains(&dashed.as_str()));
        }
        if !self.abbreviates || head.len() < 4 {
            return None;
        }
        let mut candidates = self.specs().filter(|spec| spec.names.iter().any(|name| name.starts_with(head)));
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

fn flag(spec: &Spec, word: &Word, value: Option<Word>) -> Flag {
    Flag {
        name: spec.names.last().copied().unwrap_or_default().to_owned(),
        means: spec.means,
        word: word.clone(),
        value,
    }
}
