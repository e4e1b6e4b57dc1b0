//! The parts of a URL as a rule needs them: borrowed, lenient, never resolved and never contacted.

/// A URL taken apart. Parts are slices of the text that was given, so a rule can point at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// What stands before `://`, as written.
    pub scheme: &'a str,
    /// What stands before the last `@` of the authority; empty when there is none.
    pub userinfo: &'a str,
    /// The host without brackets and without a port.
    pub host: &'a str,
    /// Everything from the first `/` after the authority up to the query.
    pub path: &'a str,
    /// What follows `?`, without the fragment.
    pub query: &'a str,
}

/// Takes `text` apart if it has the form `scheme://…`.
pub fn parse(text: &str) -> Option<Address<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
        return None;
    }
    // Browsers and most HTTP libraries take a backslash for a slash.
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end)?;
    let (userinfo, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = match place.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    };
    let tail = tail.split('#').next().unwrap_or_default();
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    Some(Address { scheme, userinfo, host, path, query })
}

impl Address<'_> {
    /// Whether the host is this machine: loopback names and addresses.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host)
    }
}

/// Whether a host name or address means this machine.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "host.docker.internal"
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host.parse::<std::net::Ipv6Addr>().is_ok_and(|address| {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        })
}

/// Whether an address to listen on means every interface. Takes `0.0.0.0`, `::`, `[::]`, `*`, each with or
/// without a port, and nothing else: a name is looked up by the server, not by us.
pub fn is_every_interface(bind: &str) -> bool {
    let bind = bind.trim();
    let bind = bind.split_once("://").map_or(bind, |(_, rest)| rest.trim_end_matches('/'));
    let is_port = |text: &str| text.is_empty() || text.bytes().all(|byte| byte.is_ascii_digit());
    for every in ["0.0.0.0", "[::]", "*"] {
        if let Some(rest) = bind.strip_prefix(every) {
            return rest.strip_prefix(':').map_or(rest.is_empty(), is_port);
        }
    }
    matches!(bind, "::" | "::0" | "0:0:0:0:0:0:0:0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_comes_apart() {
        let address = parse("https://u:p@Example.com:8443/a/b?token=x#frag").unwrap();
        assert_eq!(
            (address.scheme, address.userinfo, address.host, address.path, address.query),
            ("https", "u:p", "Example.com", "/a/b", "token=x")
        );
        assert_eq!(parse("http://[::1]:80/x").unwrap().host, "::1");
        assert_eq!(parse("http://evil.example\\@good.example/").unwrap().host, "evil.example");
        assert_eq!(parse("no url"), None);
        assert_eq!(parse("://x"), None);
    }

    #[test]
    fn this_machine_is_recognised_and_its_imitations_are_not() {
        for host in
            ["localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "127.evil.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn every_interface_is_recognised_with_and_without_a_port() {
        for bind in ["0.0.0.0", "0.0.0.0:8080", "::", "[::]:80", "*", "*:80", "http://0.0.0.0:8080/"] {
            assert!(is_every_interface(bind), "{bind}");
        }
        for bind in ["127.0.0.1", "::1", "0.0.0.0.example", "10.0.0.0", "*.example.com", ""] {
            assert!(!is_every_interface(bind), "{bind}");
        }
    }
}
