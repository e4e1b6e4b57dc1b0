//! Paths and values as text, and back. What could be misread is quoted; a line break never leaves its quotes, so nobody
//! who chooses a file name can write a second grant.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use super::GrantError;

/// Characters of an input that an error shows.
const SHOWN: usize = 80;

/// How `value` is written: as it is, or quoted where that would be read as something else.
pub(super) fn written(value: &OsStr) -> String {
    match value.to_str() {
        Some(text) if is_plain(text) => text.to_owned(),
        _ => quoted(value.as_encoded_bytes()),
    }
}

/// What was written.
pub(super) fn read(written: &str) -> Result<OsString, GrantError> {
    let Some(rest) = written.strip_prefix('"') else { return Ok(written.into()) };
    let mut bytes = Vec::new();
    let mut rest = rest.bytes();
    loop {
        match rest.next().ok_or(GrantError::Quoting("a quoted text does not end"))? {
            b'"' => break,
            b'\\' => bytes.push(escaped(&mut rest)?),
            byte => bytes.push(byte),
        }
    }
    if rest.next().is_some() {
        return Err(GrantError::Quoting("something stands behind a quoted text"));
    }
    os_string(bytes)
}

/// `NAME=VALUE`, or `NAME` alone.
pub(super) fn split_at_equals(argument: &OsStr) -> (String, Option<OsString>) {
    let bytes = argument.as_encoded_bytes();
    let mut parts = bytes.splitn(2, |byte| *byte == b'=');
    let name = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    // A part of a text that is no Unicode can only be made again where strings are bytes.
    let value = parts.next().map(|value| {
        os_string(value.to_vec()).unwrap_or_else(|_| String::from_utf8_lossy(value).into_owned().into())
    });
    (name, value)
}

/// The start of a text, for an error.
pub(super) fn excerpt(text: &str) -> String {
    let mut characters = text.chars();
    let mut start: String = characters.by_ref().take(SHOWN).collect();
    if characters.next().is_some() {
        start.push('…');
    }
    start
}

/// Neither quoted itself, nor with blanks at its ends, nor with what a reader would not see.
fn is_plain(text: &str) -> bool {
    let hides = |character: char| {
        character.is_control() || (character.is_whitespace() && character != ' ') || is_format(character)
    };
    !text.starts_with(['"', ' ']) && !text.ends_with(' ') && !text.contains(hides)
}

/// Characters that change what a reader sees of the others: zero width, direction, the byte order mark.
fn is_format(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        let _ = match byte {
            b'"' => out.write_str("\\\""),
            b'\\' => out.write_str("\\\\"),
            b'\n' => out.write_str("\\n"),
            b'\t' => out.write_str("\\t"),
            b' '..=b'~' => out.write_char(char::from(*byte)),
            byte => write!(out, "\\x{byte:02x}"),
        };
    }
    out.push('"');
    out
}

fn escaped(rest: &mut impl Iterator<Item = u8>) -> Result<u8, GrantError> {
    let unknown = GrantError::Quoting("an escape is not known");
    Ok(match rest.next() {
        Some(b'"') => b'"',
        Some(b'\\') => b'\\',
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'x') => {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            let (Some(high), Some(low)) = (digit(), digit()) else { return Err(unknown) };
            u8::try_from(high * 16 + low).map_err(|_| unknown)?
        }
        _ => return Err(unknown),
    })
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> Result<OsString, GrantError> {
    Ok(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> Result<OsString, GrantError> {
    String::from_utf8(bytes)
        .map(OsString::from)
        .map_err(|_| GrantError::Quoting("a quoted text is not UTF-8"))
}
