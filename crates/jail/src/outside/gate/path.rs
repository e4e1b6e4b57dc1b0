//! Paths as the jailed process wrote them: made absolute and plain without asking any file system, and made fit to show.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// `name`, seen from `base`, without `.`, `..` and doubled slashes. Links are not followed: this is a hint.
pub(crate) fn normal(base: &Path, name: &[u8]) -> PathBuf {
    let absolute = name.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    let from = if absolute { &[][..] } else { base.as_os_str().as_bytes() };
    for part in from.split(|&byte| byte == b'/').chain(name.split(|&byte| byte == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut path = Vec::with_capacity(parts.iter().map(|part| part.len().saturating_add(1)).sum());
    for part in parts {
        path.push(b'/');
        path.extend_from_slice(part);
    }
    if path.is_empty() {
        path.push(b'/');
    }
    PathBuf::from(OsString::from_vec(path))
}

/// A path, or any other bytes of a stranger, as one line of text: control characters and what is not UTF-8 are escaped.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            // Marks that turn the direction of writing make one path look like another.
            let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
            if character.is_control() || turns {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}"); // Writing to a string does not fail.
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_plain() {
        let normal = |base: &str, name: &str| normal(Path::new(base), name.as_bytes()).display().to_string();
        assert_eq!(normal("/home/u", "a/../../b//./c"), "/home/b/c");
        assert_eq!(normal("/home/u", "/../../etc/shadow"), "/etc/shadow");
        assert_eq!(normal("/home/u", "../../../../.."), "/");
        assert_eq!(normal("/", ""), "/");
        assert_eq!(normal("relative", "x"), "/relative/x");
    }

    #[test]
    fn what_is_made_plain_stays_as_it_is() {
        for name in [&b"/a/b"[..], b"a//..//../\xff", b"..", b"\0/..", b"/"] {
            let once = normal(Path::new("/x"), name);
            assert_eq!(normal(Path::new("/"), once.as_os_str().as_bytes()), once);
        }
    }

    #[test]
    fn what_could_fool_a_terminal_is_escaped() {
        assert_eq!(shown(b"/a\x1b[2J\n\xff\xe4b"), "/a\\u{1b}[2J\\n\\xff\\xe4b");
        assert_eq!(shown("/ä/\u{202e}txt".as_bytes()), "/ä/\\u{202e}txt");
    }
}
