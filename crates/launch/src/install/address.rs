//! The address of a registry, and the network grants that reach it.

use std::fmt;
use std::net::{IpAddr, ToSocketAddrs};

use mantrap_jail::{NetGrant, why_not_public};

use super::InstallError;

/// `http(s)://[user[:password]@]host[:port]/path`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    /// User and password.
    user: Option<String>,
    scheme: &'static str,
    path: String,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, InstallError> {
        let bad = |why: &str| InstallError::Address { address: censored(text), why: why.into() };
        let (scheme, rest, usual) = match text.split_once("://") {
            Some(("https", rest)) => ("https", rest, 443),
            Some(("http", rest)) => ("http", rest, 80),
            _ => return Err(bad("it begins with neither `https://` nor `http://`")),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let colon = place.rfind(':').filter(|at| !place.get(*at..).unwrap_or_default().contains(']'));
        let (host, port) = match colon {
            Some(at) => {
                let (host, port) = place.split_at(at);
                let port = port.trim_start_matches(':').parse().map_err(|_| bad("its port is no number"))?;
                (host, port)
            }
            None => (place, usual),
        };
        if host.is_empty() || text.chars().any(|character| character.is_control() || character == ' ') {
            return Err(bad("it names no host"));
        }
        let host = host.to_ascii_lowercase();
        Ok(Self { host, port, user: user.map(String::from), scheme, path: path.into() })
    }

    /// User and password, where it carries them.
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The same text, with this user and password.
    pub(super) fn with_user(&self, text: &str, user: &str) -> String {
        let behind = text.split_once("://").map_or(text, |(_, behind)| behind);
        format!("{}://{user}@{behind}", self.scheme)
    }

    /// What has to be granted to reach it. A registry is the operator's word, so it may lie in a private network; then
    /// exactly the addresses that it has now are granted.
    pub(super) fn grant(&self) -> Result<NetGrant, InstallError> {
        let bad = |why: String| InstallError::Address { address: self.to_string(), why };
        let inner = self.host.trim_matches(['[', ']']);
        let literal: Option<IpAddr> = inner.parse().ok();
        let text = match literal {
            Some(address) if address.is_loopback() => format!("loopback:{}", self.port),
            Some(_) => format!("{}:{}", self.host, self.port),
            None if inner == "localhost" => format!("loopback:{}", self.port),
            None => {
                let found = (inner, self.port).to_socket_addrs().map_err(|error| bad(error.to_string()))?;
                let mut ranges: Vec<String> = Vec::new();
                let mut is_public = true;
                for found in found.map(|found| found.ip().to_canonical()).take(16) {
                    is_public &= why_not_public(found).is_none();
                    let range = format!("{found}/{}", if found.is_ipv4() { 32 } else { 128 });
                    if !ranges.contains(&range) {
                        ranges.push(range);
                    }
                }
                match (ranges.is_empty(), is_public) {
                    (true, _) => return Err(bad("its name has no address".into())),
                    (_, true) => format!("{inner}:{}", self.port),
                    (_, false) => format!("{inner}:{} in {}", self.port, ranges.join(",")),
                }
            }
        };
        text.parse().map_err(|error: <NetGrant as std::str::FromStr>::Err| bad(error.to_string()))
    }
}

/// Without user and password.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}:{}{}", self.scheme, self.host, self.port, self.path)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A text that is no address, without what may be a password in it.
fn censored(text: &str) -> String {
    let shown = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    shown.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_a_host_and_a_port_and_its_password_is_never_shown() {
        let address = Address::parse("https://user:pa@ss@Example.com:8443/npm/").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("example.com", 8443));
        assert_eq!(address.to_string(), "https://example.com:8443/npm/");
        assert_eq!(address.user(), Some("user:pa@ss"));
        assert_eq!(Address::parse("http://[::1]/").unwrap().grant().unwrap().to_string(), "loopback:80");
        assert_eq!(
            Address::parse("http://127.0.0.1:4873").unwrap().grant().unwrap().to_string(),
            "loopback:4873"
        );
        for bad in ["", "ftp://x/", "https://", "https://:1/", "https://a:b/", "https://a b/"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
        let shown = Address::parse("file://user:secret@host/").unwrap_err().to_string();
        assert!(!shown.contains("secret"), "{shown}");
    }
}
