//! One right of a jailed process, as people write it: on the command line, in a profile file, in a lock.
//!
//! Owns the text, both ways: what [`Grant`]'s `Display` writes, its `FromStr` reads as the same grant, whatever bytes a
//! path holds. Never looks at the file system: a path is kept as it was typed.

mod amount;
mod file;
mod net;
mod text;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::profile::Delivery;

pub use amount::{Bytes, Percent, Span, WrongAmount};
pub use file::{Grants, GrantsError};
pub use net::{BadCidr, BadName, BadNetGrant, Cidr, Host, Name, NetGrant, Pattern};

/// Bytes of the longest path (limits.h, `PATH_MAX`).
const LONGEST_PATH: usize = 4096;
/// Bytes of the longest name of a variable or secret.
const LONGEST_NAME: usize = 255;
/// Bytes of the longest value in the text of a grant: one argument or variable of execve(2), `MAX_ARG_STRLEN`.
const LONGEST_VALUE: usize = 128 * 1024;
/// Less memory than this starts no program.
const LEAST_MEMORY: u64 = 1 << 20;
/// More processes than the kernel can number (proc(5), `pid_max`).
const MOST_PIDS: u32 = 1 << 22;

/// One right. Everything that is not granted is absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Grant {
    /// `read PATH`: read this file, or everything beneath this directory.
    Read(PathBuf),
    /// `write PATH`: also change, create and remove; never execute.
    Write(PathBuf),
    /// `exec PATH`: read and execute.
    Exec(PathBuf),
    /// `socket PATH`: connect to this Unix socket.
    Socket(PathBuf),
    /// `net NAME:PORT`: make TCP connections there.
    Net(NetGrant),
    /// `memory 512M`: what the whole tree may use.
    Memory(Bytes),
    /// `pids 64`: how many processes and threads the whole tree may have.
    Pids(u32),
    /// `cpu 150%`: how much processor time per time the whole tree may use; 100% is one processor.
    Cpu(Percent),
    /// `time 30s`: how long it may run.
    Time(Span),
    /// `env NAME` or `env NAME=VALUE`: a variable, inherited or set.
    Env(Variable),
    /// `secret NAME as env|file [from PATH]`: a value that is shown nowhere.
    Secret(SecretGrant),
    /// `no-system`: the operating system's own programs and libraries are not there. It takes a right away; it is
    /// written among the grants because everything about one process is written in one place.
    NoSystem,
}

/// A variable of the environment inside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variable {
    /// Not empty, without `=`, blanks and control characters.
    pub name: String,
    /// Its value; without one it is inherited, and missing outside is an error.
    pub value: Option<OsString>,
}

/// A secret, by name. The value itself is never part of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretGrant {
    /// A variable name of letters, digits and `_`.
    pub name: String,
    /// How it reaches the process.
    pub delivery: Delivery,
    /// The file that holds it; without one, the variable of the same name outside.
    pub from: Option<PathBuf>,
}

/// Why a text is no grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The first word.
    #[error(
        "`{0}` is not a grant; they are read, write, exec, socket, net, memory, pids, cpu, time, env, secret and no-system"
    )]
    Word(String),
    /// Nothing behind the first word.
    #[error("`{0}` needs more: write `{1}`")]
    Incomplete(&'static str, &'static str),
    /// Something behind a word that stands alone.
    #[error("`{0}` stands alone")]
    StandsAlone(&'static str),
    /// A path that no file can have.
    #[error("a path {0}")]
    Path(&'static str),
    /// A quoted text that does not end, or with an escape that does not exist.
    #[error("{0}; quoted paths and values know \\\\ \\\" \\n \\t and \\xHH")]
    Quoting(&'static str),
    /// A name of a variable or secret.
    #[error("`{0}` cannot name a {1}")]
    Name(String, &'static str),
    /// The words after a secret's name.
    #[error(
        "say how `{0}` is delivered: `secret {0} as env` or `secret {0} as file`, then `from PATH` if it is kept in a file"
    )]
    Delivery(String),
    /// A number with a unit.
    #[error(transparent)]
    Amount(#[from] WrongAmount),
    /// A number of processes.
    #[error("`{0}` is no number of processes from 1 to {MOST_PIDS}")]
    Pids(String),
    /// A peer.
    #[error("{0}")]
    Net(String),
}

impl Grant {
    /// `env` from one argument, `NAME` or `NAME=VALUE`, in which nothing is quoted.
    ///
    /// # Errors
    /// When the name cannot be one, or the value holds a zero byte.
    pub fn env(argument: &OsStr) -> Result<Self, GrantError> {
        let (name, value) = text::split_at_equals(argument);
        Ok(Self::Env(Variable { name: variable_name(&name)?, value: value.map(checked_value).transpose()? }))
    }

    /// The word it begins with.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::Write(_) => "write",
            Self::Exec(_) => "exec",
            Self::Socket(_) => "socket",
            Self::Net(_) => "net",
            Self::Memory(_) => "memory",
            Self::Pids(_) => "pids",
            Self::Cpu(_) => "cpu",
            Self::Time(_) => "time",
            Self::Env(_) => "env",
            Self::Secret(_) => "secret",
            Self::NoSystem => "no-system",
        }
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(line: &str) -> Result<Self, GrantError> {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim_start();
        let needs = |word: &'static str, example: &'static str| match rest {
            "" => Err(GrantError::Incomplete(word, example)),
            rest => Ok(rest),
        };
        Ok(match word {
            "read" => Self::Read(path(needs("read", "read PATH")?)?),
            "write" => Self::Write(path(needs("write", "write PATH")?)?),
            "exec" => Self::Exec(path(needs("exec", "exec PATH")?)?),
            "socket" => Self::Socket(path(needs("socket", "socket PATH")?)?),
            "net" => Self::Net(peer(needs("net", "net NAME:PORT")?)?),
            "memory" => Self::Memory(memory(needs("memory", "memory 512M")?)?),
            "pids" => Self::Pids(pids(needs("pids", "pids 64")?)?),
            "cpu" => Self::Cpu(needs("cpu", "cpu 150%")?.parse()?),
            "time" => Self::Time(needs("time", "time 30s")?.parse()?),
            "env" => Self::Env(variable(needs("env", "env NAME=VALUE")?)?),
            "secret" => Self::Secret(needs("secret", "secret NAME as env")?.parse()?),
            "no-system" if rest.is_empty() => Self::NoSystem,
            "no-system" => return Err(GrantError::StandsAlone("no-system")),
            _ => return Err(GrantError::Word(text::excerpt(word))),
        })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())?;
        match self {
            Self::Read(path) | Self::Write(path) | Self::Exec(path) | Self::Socket(path) => {
                write!(formatter, " {}", text::written(path.as_os_str()))
            }
            Self::Net(peer) => write!(formatter, " {peer}"),
            Self::Memory(bytes) => write!(formatter, " {bytes}"),
            Self::Pids(count) => write!(formatter, " {count}"),
            Self::Cpu(percent) => write!(formatter, " {percent}"),
            Self::Time(span) => write!(formatter, " {span}"),
            Self::Env(Variable { name, value: None }) => write!(formatter, " {name}"),
            Self::Env(Variable { name, value: Some(value) }) => {
                write!(formatter, " {name}={}", text::written(value))
            }
            Self::Secret(secret) => write!(formatter, " {secret}"),
            Self::NoSystem => Ok(()),
        }
    }
}

impl FromStr for SecretGrant {
    type Err = GrantError;

    fn from_str(words: &str) -> Result<Self, GrantError> {
        let (name, rest) = next_word(words);
        let name = secret_name(name)?;
        let unsaid = || GrantError::Delivery(name.clone());
        let ("as", rest) = next_word(rest) else { return Err(unsaid()) };
        let (delivery, rest) = match next_word(rest) {
            ("env", rest) => (Delivery::Env, rest),
            ("file", rest) => (Delivery::File, rest),
            _ => return Err(unsaid()),
        };
        let from = match next_word(rest) {
            ("", _) => None,
            ("from", place) if !place.is_empty() => Some(path(place)?),
            _ => return Err(unsaid()),
        };
        Ok(Self { name, delivery, from })
    }
}

impl fmt::Display for SecretGrant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delivery = match self.delivery {
            Delivery::Env => "env",
            Delivery::File => "file",
        };
        write!(formatter, "{} as {delivery}", self.name)?;
        match &self.from {
            Some(path) => write!(formatter, " from {}", text::written(path.as_os_str())),
            None => Ok(()),
        }
    }
}

/// The first word, and what stands behind it.
fn next_word(words: &str) -> (&str, &str) {
    let words = words.trim_start();
    let (word, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    (word, rest.trim_start())
}

fn path(written: &str) -> Result<PathBuf, GrantError> {
    let path = text::read(written)?;
    match path.as_encoded_bytes() {
        [] => Err(GrantError::Path("cannot be empty")),
        bytes if bytes.contains(&0) => Err(GrantError::Path("cannot hold a zero byte")),
        bytes if bytes.len() >= LONGEST_PATH => Err(GrantError::Path("has less than 4096 bytes")),
        _ => Ok(path.into()),
    }
}

fn peer(written: &str) -> Result<NetGrant, GrantError> {
    written.parse().map_err(|error: <NetGrant as FromStr>::Err| GrantError::Net(error.to_string()))
}

fn memory(written: &str) -> Result<Bytes, GrantError> {
    let bytes: Bytes = written.parse()?;
    if bytes.0 < LEAST_MEMORY {
        return Err(WrongAmount::new(written, "less memory than any program needs; the least is 1M").into());
    }
    Ok(bytes)
}

fn pids(written: &str) -> Result<u32, GrantError> {
    let count = written.bytes().all(|byte| byte.is_ascii_digit()).then(|| written.parse().ok()).flatten();
    count
        .filter(|count| (1..=MOST_PIDS).contains(count))
        .ok_or_else(|| GrantError::Pids(text::excerpt(written)))
}

fn variable(written: &str) -> Result<Variable, GrantError> {
    let Some((name, value)) = written.split_once('=') else {
        return Ok(Variable { name: variable_name(written)?, value: None });
    };
    Ok(Variable { name: variable_name(name)?, value: Some(checked_value(text::read(value)?)?) })
}

fn variable_name(name: &str) -> Result<String, GrantError> {
    let fits = |character: char| {
        !character.is_control() && !character.is_whitespace() && character != '=' && character != '\u{fffd}'
    };
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        return Err(GrantError::Name(text::excerpt(name), "variable"));
    }
    Ok(name.to_owned())
}

/// A secret's name is a file name in `/run/secrets` too, so it is narrower than a variable's.
fn secret_name(name: &str) -> Result<String, GrantError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins_well = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if !begins_well || name.len() > LONGEST_NAME || !name.bytes().all(fits) {
        return Err(GrantError::Name(text::excerpt(name), "secret"));
    }
    Ok(name.to_owned())
}

fn checked_value(value: OsString) -> Result<OsString, GrantError> {
    let bytes = value.as_encoded_bytes();
    if bytes.contains(&0) || bytes.len() > LONGEST_VALUE {
        return Err(GrantError::Path("or value has no zero byte and at most 128K"));
    }
    Ok(value)
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

#[cfg(test)]
mod tests;
