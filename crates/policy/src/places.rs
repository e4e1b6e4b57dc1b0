//! Paths and hosts that a value names, wherever it does: what policies on paths and hosts are asked about.

use mantrap_mcp::Raw;

/// Places of one message that are looked at.
const MOST: usize = 64;

/// A place that a message names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// In its shortest form: `..` resolved as far as it goes.
    Path(String),
    /// Lower case, without port, user and brackets.
    Host(String),
}

/// The paths and hosts in a value; nothing when there are more than are looked at.
pub(crate) fn places(value: Raw<'_>) -> Option<Vec<Named>> {
    let mut found = Vec::new();
    for text in value.strings() {
        found.extend(place(&text.said()));
        if found.len() > MOST {
            return None;
        }
    }
    found.sort();
    found.dedup();
    Some(found)
}

/// What a text names as a whole.
pub(crate) fn place(text: &str) -> Option<Named> {
    let text = text.trim();
    if let Some((scheme, rest)) = text.split_once("://") {
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
            return None;
        }
        if scheme.eq_ignore_ascii_case("file") {
            // A host in it means this machine to most programs.
            let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
            return Some(Named::Path(plain(&decoded(path))));
        }
        return host(rest).map(Named::Host);
    }
    let is_path = text.starts_with(['/', '~', '\\'])
        || ["./", "../", ".\\", "..\\"].iter().any(|start| text.starts_with(start))
        || text == ".."
        || text == "."
        || (text.contains('/') && !text.contains(char::is_whitespace));
    is_path.then(|| Named::Path(plain(text)))
}

/// The host behind `scheme://`. A `\` ends it: browsers read it as `/`, and others send it to the host before it.
fn host(rest: &str) -> Option<String> {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let host = decoded(host).trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

/// Percent escapes resolved; others stay.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let pair = behind.get(..2).and_then(|pair| str::from_utf8(pair).ok());
        let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match byte {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Without `.`, doubled slashes, and `..` as far as something stands before it. What a link would do nobody knows here.
fn plain(path: &str) -> String {
    let path = path.replace('\\', "/");
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if is_absolute && parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match is_absolute {
        true => format!("/{joined}"),
        false if joined.is_empty() => ".".to_owned(),
        false => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::raw;

    #[test]
    fn paths_are_found_and_are_in_their_shortest_form() {
        for (text, path) in [
            ("/srv/data/../../etc//passwd", "/etc/passwd"),
            ("/../..", "/"),
            ("file:///srv/%2e%2e/etc/passwd", "/etc/passwd"),
            ("FILE://localhost/etc", "/etc"),
            ("a/../../b", "../b"),
            ("..\\..\\x", "../../x"),
            ("~/.ssh/id", "~/.ssh/id"),
            ("docs/a.txt", "docs/a.txt"),
            (".", "."),
        ] {
            assert_eq!(place(text), Some(Named::Path(path.into())), "{text}");
        }
    }

    #[test]
    fn hosts_are_what_a_client_would_connect_to() {
        for (text, host) in [
            ("https://Example.COM:8443/a?b", "example.com"),
            ("http://good.com@evil.net/", "evil.net"),
            ("http://evil.net\\@good.com/", "evil.net"),
            ("http://[::1]:80/", "::1"),
            ("ws://ex%61mple.com./", "example.com"),
            ("  gopher://10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(place(text), Some(Named::Host(host.into())), "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_neither_and_there_is_an_end() {
        for text in ["", "hello", "a b/c d", "x: y", "://x", "12"] {
            assert_eq!(place(text), None, "{text}");
        }
        assert_eq!(raw(r#"{"a":["/x","/x"],"b":{"c":"http://h/"}}"#, places).unwrap().len(), 2);
        let many: Vec<String> = (0..100).map(|nth| format!("\"/{nth}\"")).collect();
        assert_eq!(raw(&format!("[{}]", many.join(",")), places), None);
    }
}
