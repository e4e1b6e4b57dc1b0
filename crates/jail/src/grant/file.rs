//! Profile files: one grant per line, `#` begins a comment line.

use std::fmt;

use super::{Grant, GrantError, text};

/// Bytes of the largest profile file.
const MOST_BYTES: usize = 1 << 20;
/// Lines of the longest one.
const MOST_LINES: usize = 10_000;
/// Grants of the longest one: each path becomes a mount.
const MOST_GRANTS: usize = 1_000;

/// The grants of one process, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(pub Vec<Grant>);

/// Why a text is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantsError {
    /// More than anybody reviews.
    #[error("a profile has at most 1 MiB, 10,000 lines and 1,000 grants")]
    TooLong,
    /// Not text.
    #[error("line {line} is not UTF-8; write such a path quoted, with \\xHH")]
    Encoding {
        /// Counted from 1.
        line: usize,
    },
    /// One line that is no grant.
    #[error("line {line}: {problem}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: GrantError,
    },
    /// A control character outside quotes: the line would read differently from what it is.
    #[error("line {line} holds a control character; write it quoted, with \\xHH")]
    Control {
        /// Counted from 1.
        line: usize,
    },
    /// Two lines that cannot both hold.
    #[error("line {line}: `{word}` already stands in line {first}")]
    Twice {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        first: usize,
        /// What stands twice.
        word: String,
    },
}

impl Grants {
    /// Reads a profile file: at most 1 MiB, 10,000 lines, 1,000 grants. Blank lines and lines that begin with `#` say
    /// nothing; `#` elsewhere is part of the grant, since a path may hold it.
    ///
    /// # Errors
    /// The first line that is no grant, by its number; and limits or names that stand twice.
    pub fn parse_file(bytes: &[u8]) -> Result<Self, GrantsError> {
        if bytes.len() > MOST_BYTES {
            return Err(GrantsError::TooLong);
        }
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let mut grants: Vec<Grant> = Vec::new();
        let mut places: Vec<usize> = Vec::new();
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            if number > MOST_LINES || grants.len() > MOST_GRANTS {
                return Err(GrantsError::TooLong);
            }
            let line = str::from_utf8(line).map_err(|_| GrantsError::Encoding { line: number })?;
            let line = line.strip_suffix('\r').unwrap_or(line).trim_matches([' ', '\t']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.contains(|character: char| character.is_control() && character != '\t') {
                return Err(GrantsError::Control { line: number });
            }
            let grant: Grant = line.parse().map_err(|problem| GrantsError::Line { line: number, problem })?;
            if let Some(at) = grants.iter().position(|earlier| excludes(earlier, &grant)) {
                let first = places.get(at).copied().unwrap_or_default();
                let word = text::excerpt(&named(&grant));
                return Err(GrantsError::Twice { line: number, first, word });
            }
            grants.push(grant);
            places.push(number);
        }
        Ok(Self(grants))
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|grant| writeln!(formatter, "{grant}"))
    }
}

/// Whether only one of them can stand in one place: a limit has one value, and so has a variable.
fn excludes(one: &Grant, other: &Grant) -> bool {
    match (one, other) {
        (Grant::Memory(_), Grant::Memory(_))
        | (Grant::Pids(_), Grant::Pids(_))
        | (Grant::Cpu(_), Grant::Cpu(_))
        | (Grant::Time(_), Grant::Time(_)) => true,
        (Grant::Env(one), Grant::Env(other)) => one.name == other.name,
        (Grant::Secret(one), Grant::Secret(other)) => one.name == other.name,
        _ => false,
    }
}

/// The grant without its value.
fn named(grant: &Grant) -> String {
    match grant {
        Grant::Env(variable) => format!("env {}", variable.name),
        Grant::Secret(secret) => format!("secret {}", secret.name),
        grant => grant.word().to_owned(),
    }
}
