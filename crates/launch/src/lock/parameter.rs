//! What may differ from user to user: a directory, a port, a word from a list. Never free text, so that no value can
//! become an option, a second argument or a command.

use std::path::{Component, Path};

/// Words of the longest list.
const MOST_WORDS: usize = 64;
/// Bytes of the longest path (limits.h, `PATH_MAX`).
const LONGEST_PATH: usize = 4096;

/// The type of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// An absolute path of a directory.
    Directory,
    /// A TCP port, 1 to 65535.
    Port,
    /// One of these words.
    Word(Vec<String>),
}

/// A parameter of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// What its value can be.
    pub of: Type,
    /// The value, when the lock says it; otherwise whoever approves the entry does.
    pub value: Option<String>,
}

/// Why a text is no value of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadValue {
    /// Of a directory.
    #[error(
        "a directory is an absolute path without `.`, `..`, blanks at its ends and characters that cannot be seen, and not `/` itself"
    )]
    Directory,
    /// Of a port.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Of a word.
    #[error("it is one of {}", .0.join(", "))]
    Word(Vec<String>),
}

impl Type {
    /// Whether `value` is one.
    ///
    /// # Errors
    /// What it could be instead.
    pub fn check(&self, value: &str) -> Result<(), BadValue> {
        let (fits, bad) = match self {
            Self::Directory => (is_directory(value), BadValue::Directory),
            Self::Port => (is_port(value), BadValue::Port),
            Self::Word(words) => (words.iter().any(|word| word == value), BadValue::Word(words.clone())),
        };
        if fits { Ok(()) } else { Err(bad) }
    }

    /// The type of this word, with this list of words.
    #[must_use]
    pub(crate) fn read(word: &str, of: Option<Vec<String>>) -> Option<Self> {
        match (word, of) {
            ("directory", None) => Some(Self::Directory),
            ("port", None) => Some(Self::Port),
            ("word", Some(words)) if are_words(&words) => Some(Self::Word(words)),
            _ => None,
        }
    }

    /// Some value. Whether a grant is one does not depend on which.
    #[must_use]
    pub(crate) fn sample(&self) -> &str {
        match self {
            Self::Directory => "/x",
            Self::Port => "1",
            Self::Word(words) => words.first().map_or("x", String::as_str),
        }
    }

    /// The word for it in a lock.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Port => "port",
            Self::Word(_) => "word",
        }
    }
}

/// Whether a list of words can be one: 1 to 64 different words of letters, digits, `.`, `_` and `-`, which cannot be read
/// as an option.
fn are_words(words: &[String]) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_word = |word: &String| {
        (1..=64).contains(&word.len()) && !word.starts_with(['-', '.']) && word.bytes().all(fits)
    };
    let is_new = |(nth, word)| !words.iter().take(nth).any(|earlier| earlier == word);
    (1..=MOST_WORDS).contains(&words.len())
        && words.iter().all(is_word)
        && words.iter().enumerate().all(is_new)
}

/// An absolute path in which nothing has to be resolved and nothing hides.
pub(crate) fn is_plain_path(text: &str) -> bool {
    let normal = |part| matches!(part, Component::Normal(_) | Component::RootDir);
    // `components` passes over `.`, doubled and trailing slashes: a path has one spelling.
    let spelled: std::path::PathBuf = Path::new(text).components().collect();
    text.starts_with('/')
        && text.len() < LONGEST_PATH
        && Path::new(text).components().all(normal)
        && spelled.as_os_str() == text
        && text.trim() == text
        && !text.contains(crate::is_hidden)
}

fn is_directory(text: &str) -> bool {
    is_plain_path(text) && text != "/"
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
        && text.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_free_text() {
        let words = Type::Word(vec!["fast".into(), "slow".into()]);
        for (of, good) in
            [(Type::Directory, "/home/u/My docs"), (Type::Port, "8080"), (words.clone(), "slow")]
        {
            assert_eq!(of.check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/",
            "docs",
            "/a/../b",
            "/a/",
            "/a//b",
            "/a/.",
            "/a ",
            "/a\nwrite /",
            "/a\u{202e}b",
            "--x",
            "\0",
        ] {
            assert_eq!(Type::Directory.check(bad), Err(BadValue::Directory), "{bad}");
        }
        for bad in ["", "0", "080", "65536", "-1", "+1", "1 ", "١"] {
            assert_eq!(Type::Port.check(bad), Err(BadValue::Port), "{bad}");
        }
        assert!(words.check("fast slow").is_err() && words.check("").is_err());
        let list = |words: &[&str]| are_words(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(list(&["a", "b-c"]));
        for bad in [&[] as &[&str], &["-c"], &["a", "a"], &["a b"], &[".."], &["é"], &[""]] {
            assert!(!list(bad), "{bad:?}");
        }
    }
}
