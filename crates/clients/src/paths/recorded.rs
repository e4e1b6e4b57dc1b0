//! Folders as clients write them down: paths, `file:` URIs, places on other machines.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Style, os_string};
use crate::discover::Os;

/// The folder that a client's record means: an absolute path, or a `file:` URI with percent-encoding and perhaps a
/// host. Remote schemes mean no folder of this machine.
pub fn recorded_folder(text: &str, os: Os, style: Style) -> Option<PathBuf> {
    let Some(rest) = text.strip_prefix("file://") else {
        if let Some(path) =
            text.strip_prefix("vscode-remote://wsl%2B").or(text.strip_prefix("vscode-remote://wsl+"))
        {
            let path = percent_decoded(path)?.into_string().ok()?;
            return (os == Os::Windows)
                .then(|| format!("\\\\wsl.localhost\\{}", path.replace('/', "\\")).into());
        }
        return style.is_absolute(text).then(|| PathBuf::from(text));
    };
    let (host, path) = rest.split_at_checked(rest.find('/')?)?;
    let path = percent_decoded(path)?;
    if os != Os::Windows {
        return matches!(host, "" | "localhost").then(|| path.into());
    }
    let path = path.into_string().ok()?.replace('/', "\\");
    if !matches!(host, "" | "localhost") {
        return Some(format!("\\\\{host}{path}").into());
    }
    let path = path.strip_prefix('\\')?;
    let mut letters = path.chars();
    let folder = match (letters.next(), letters.next()) {
        (Some(letter), Some(':')) if letter.is_ascii_alphabetic() => {
            format!("{}:{}", letter.to_ascii_uppercase(), letters.as_str())
        }
        _ => return None,
    };
    match style {
        Style::Windows => Some(folder.into()),
        // A Windows path has no place where this process sees no Windows disk.
        Style::Unix => None,
    }
}

/// Nothing where a percent sign is not followed by two hexadecimal digits, or the bytes hold a NUL.
fn percent_decoded(text: &str) -> Option<OsString> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = tail;
    }
    (!bytes.contains(&0)).then(|| os_string(&bytes))?
}

/// Whether opening `path` would speak to another machine: a UNC name other than a local WSL distribution.
pub fn is_on_the_network(path: &Path) -> bool {
    let text = path.to_string_lossy().to_ascii_lowercase().replace('/', "\\");
    text.starts_with("\\\\") && !is_in_wsl(path)
}

/// Whether `path` lies in a WSL distribution as Windows shows it.
pub fn is_in_wsl(path: &Path) -> bool {
    let text = path.to_string_lossy().to_ascii_lowercase().replace('/', "\\");
    text.starts_with("\\\\wsl.localhost\\") || text.starts_with("\\\\wsl$\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_folders_are_decoded() {
        let linux = |text| recorded_folder(text, Os::Linux, Style::Unix);
        let windows = |text| recorded_folder(text, Os::Windows, Style::Windows);
        assert_eq!(linux("file:///home/u/a%20b"), Some("/home/u/a b".into()));
        assert_eq!(linux("/home/u/a%20b"), Some("/home/u/a%20b".into()));
        assert_eq!(linux("file://server/share"), None);
        assert_eq!(linux("file:///a%0"), None);
        assert_eq!(linux("file:///a%00b"), None);
        assert_eq!(linux("vscode-remote://ssh-remote%2Bbox/srv"), None);
        assert_eq!(linux("relative"), None);
        assert_eq!(windows("file:///c%3A/Users/u/p"), Some("C:\\Users\\u\\p".into()));
        assert_eq!(windows("file://server/share/p"), Some("\\\\server\\share\\p".into()));
        assert_eq!(
            windows("vscode-remote://wsl%2BUbuntu/home/u"),
            Some("\\\\wsl.localhost\\Ubuntu\\home\\u".into())
        );
        assert!(is_on_the_network(Path::new("\\\\server\\share\\p")));
        assert!(is_on_the_network(Path::new("//server/share/p")));
        assert!(!is_on_the_network(Path::new("\\\\WSL.localhost\\Ubuntu\\home\\u")));
    }
}
