//! What a guarded host may start: the guard profile. Bytes in, a match or none out; nothing here opens a file.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use mantrap_jail::guard::{Asked, Identity};
use mantrap_launch::digest::canonical::canonical;
use mantrap_launch::{Digest, Document};
use serde::{Deserialize, Serialize};

/// The format, and the first thing that another one would change.
const FORMAT: &str = "mantrap-guard/1";
/// Bytes of the largest profile.
pub(super) const LARGEST: u64 = 4 << 20;
/// What stands in an argument or a value for a decimal number of at most ten digits.
pub(super) const NUMBER: &str = "{number}";
/// Digits of it.
const DIGITS: usize = 10;

/// A guard profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    /// Which format this is.
    pub(super) format: String,
    /// Every file that may be executed, interpreters included, by its path without links, and its digest.
    pub(super) files: BTreeMap<PathBuf, String>,
    /// What may be executed, exactly.
    pub(super) programs: Vec<Program>,
    /// Commands that mean a server of the lock. What runs then is what the lock says, in its own jail.
    #[serde(default)]
    pub(super) servers: Vec<Server>,
}

/// One way to execute a program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    /// The program's file, without links.
    pub(super) file: PathBuf,
    /// The arguments, the name first. `{number}` stands for a decimal number.
    pub(super) arguments: Vec<String>,
    /// The current directory; any where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) directory: Option<PathBuf>,
    /// Variables that the host does not have itself, or not with this value; `null` is any value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) environment: BTreeMap<String, Option<String>>,
}

/// A command that means a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    /// The entry's name in the lock.
    pub(super) entry: String,
    /// The command as the host asks for it: the program's name without its directory, and the arguments.
    pub(super) command: Vec<String>,
}

impl Profile {
    pub(super) fn new() -> Self {
        Self { format: FORMAT.to_owned(), ..Self::default() }
    }

    pub(super) fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let profile: Self = serde_json::from_slice(bytes).context("it is no guard profile")?;
        if profile.format != FORMAT {
            bail!("its format is `{}`, and this mantrap reads `{FORMAT}`", profile.format);
        }
        for (path, digest) in &profile.files {
            digest.parse::<Digest>().with_context(|| format!("`{}`", path.display()))?;
        }
        if let Some(program) =
            profile.programs.iter().find(|program| !profile.files.contains_key(&program.file))
        {
            bail!("`{}` may be executed and has no digest in `files`", program.file.display());
        }
        Ok(profile)
    }

    pub(super) fn to_text(&self) -> anyhow::Result<String> {
        Ok(format!("{:#}\n", serde_json::to_value(self)?))
    }

    /// What an approval of it is an approval of.
    pub(super) fn document(&self) -> anyhow::Result<Document> {
        let bytes = canonical(&serde_json::to_value(self)?);
        Document::parse(&bytes, &Digest::of(&bytes)).context("the profile has no canonical form")
    }

    /// The server that is meant: a command that the profile names, or `mantrap run NAME`, as clients are configured by
    /// `mantrap protect`. `own` is this program.
    pub(super) fn server(&self, asked: &Asked, own: Identity) -> Option<String> {
        let name = name_of(Path::new(OsStr::from_bytes(&asked.path)));
        if let Some(server) = self.servers.iter().find(|server| server.is(&name, &asked.arguments)) {
            return Some(server.entry.clone());
        }
        let server = named(asked)?;
        if asked.program().ok()?.identity != own {
            return None;
        }
        String::from_utf8(server.to_vec()).ok()
    }

    /// Whether a server may be meant: opens nothing.
    pub(super) fn may_serve(&self, asked: &Asked) -> bool {
        let name = name_of(Path::new(OsStr::from_bytes(&asked.path)));
        named(asked).is_some() || self.servers.iter().any(|server| server.is(&name, &asked.arguments))
    }

    /// The ways to execute a program that allow these arguments, in this directory, with these variables, if the file is
    /// theirs.
    pub(super) fn allowing<'a>(
        &'a self,
        asked: &'a Asked,
        host: &'a BTreeMap<Vec<u8>, Vec<u8>>,
    ) -> impl Iterator<Item = &'a Program> {
        let variables = variables(&asked.environment);
        self.programs.iter().filter(move |program| {
            asked.whole
                && program.takes(&asked.arguments)
                && program.directory.as_ref().is_none_or(|directory| *directory == asked.directory)
                && variables.as_ref().is_some_and(|variables| program.has(variables, host))
        })
    }
}

/// The server in `mantrap run NAME`, if the program is mantrap.
fn named(asked: &Asked) -> Option<&[u8]> {
    match asked.arguments.as_slice() {
        [_, word, server] if word == b"run" => Some(server),
        _ => None,
    }
}

impl Server {
    fn is(&self, program: &str, arguments: &[Vec<u8>]) -> bool {
        let asked = arguments.iter().skip(1);
        let mut command = self.command.iter();
        command.next().is_some_and(|name| name == program) && command.map(String::as_bytes).eq(asked)
    }
}

impl Program {
    fn takes(&self, arguments: &[Vec<u8>]) -> bool {
        self.arguments.len() == arguments.len()
            && self.arguments.iter().zip(arguments).all(|(pattern, text)| is(pattern, text))
    }

    fn has(&self, variables: &BTreeMap<&[u8], &[u8]>, host: &BTreeMap<Vec<u8>, Vec<u8>>) -> bool {
        variables.iter().all(|(name, value)| {
            host.get(*name).is_some_and(|own| own == value)
                || str::from_utf8(name)
                    .ok()
                    .and_then(|name| self.environment.get(name))
                    .is_some_and(|wanted| wanted.as_ref().is_none_or(|wanted| is(wanted, value)))
        })
    }
}

/// Variables by their names; nothing where one has no name, or two have the same: programs differ in which they take.
pub(super) fn variables(texts: &[Vec<u8>]) -> Option<BTreeMap<&[u8], &[u8]>> {
    let mut variables = BTreeMap::new();
    for text in texts {
        let end = text.iter().position(|byte| *byte == b'=').filter(|end| *end > 0)?;
        let (name, value) = text.split_at_checked(end)?;
        if variables.insert(name, value.get(1..).unwrap_or_default()).is_some() {
            return None;
        }
    }
    Some(variables)
}

/// Whether a text is what a pattern says, byte for byte, or digits where it says so.
fn is(pattern: &str, text: &[u8]) -> bool {
    let mut text = text;
    let mut parts = pattern.split(NUMBER);
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first.as_bytes())) else {
        return false;
    };
    for part in parts {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > DIGITS {
            return false;
        }
        text = rest.get(digits..).unwrap_or_default();
        let Some(after) = text.strip_prefix(part.as_bytes()) else { return false };
        rest = after;
    }
    rest.is_empty()
}

/// One pattern for two texts that differ in numbers alone.
pub(super) fn merged(one: &str, other: &str) -> Option<String> {
    if one == other {
        return Some(one.to_owned());
    }
    let (one, other) = (numbered(one), numbered(other));
    let same = one.len() == other.len()
        && one
            .iter()
            .zip(&other)
            .all(|(a, b)| a.is_number == b.is_number && (a.is_number || a.text == b.text));
    let join = |(a, b): (&Piece, &Piece)| if a.text == b.text { a.text.clone() } else { NUMBER.to_owned() };
    same.then(|| one.iter().zip(&other).map(join).collect())
}

struct Piece {
    text: String,
    is_number: bool,
}

/// Cut where numbers begin and end; `{number}` is one.
fn numbered(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(NUMBER) {
            pieces.push(Piece { text: NUMBER.to_owned(), is_number: true });
            rest = after;
            continue;
        }
        let is_number = character.is_ascii_digit();
        match pieces.last_mut().filter(|last| last.is_number == is_number && last.text != NUMBER) {
            Some(last) => last.text.push(character),
            None => pieces.push(Piece { text: character.to_string(), is_number }),
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    pieces
}

/// The last name of a path.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_digits_and_nothing_else() {
        for (pattern, text, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("fd={number})", "fd=7)", true),
            ("fd={number})", "fd=)", false),
            ("fd={number})", "fd=7);import os", false),
            ("fd={number}", "fd=12345678901", false),
            ("{number}:{number}", "5:17", true),
            ("{number}:{number}", "5:1 7", false),
            ("{number}:{number}", "5:-7", false),
        ] {
            assert_eq!(is(pattern, text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn what_differs_in_numbers_alone_becomes_one_pattern() {
        assert_eq!(merged("fd=7, x=1", "fd=12, x=1").as_deref(), Some("fd={number}, x=1"));
        assert_eq!(merged("fd={number}", "fd=9").as_deref(), Some("fd={number}"));
        assert_eq!(merged("a1", "b1"), None);
        assert_eq!(merged("1", ""), None);
        assert_eq!(merged("same", "same").as_deref(), Some("same"));
    }

    #[test]
    fn variables_that_programs_read_differently_are_none() {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        assert!(variables(&texts(&["A=1", "B=", "C==x"])).is_some());
        for bad in [&["A=1", "A=2"][..], &["=x"], &["A"], &[""]] {
            assert!(variables(&texts(bad)).is_none(), "{bad:?}");
        }
    }
}
