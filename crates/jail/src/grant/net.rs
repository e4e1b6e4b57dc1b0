//! `net NAME:PORT [in CIDR]`: one place where TCP may go.

mod cidr;
mod name;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use cidr::{BadCidr, Cidr};
pub use name::{BadName, Name, Pattern};

/// At most this many ranges in one grant.
const RANGES: usize = 16;
/// Bytes of the longest grant that is read.
const LONGEST: usize = 2048;

/// One place where TCP may go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NetGrant {
    /// The peer.
    pub host: Host,
    /// The port, never 0 and never 53.
    pub port: u16,
    /// Where the name's addresses lie. Empty: anywhere on the public internet. Not empty: in one of these ranges and
    /// nowhere else, private or not. Always empty unless the host is a name.
    pub within: Vec<Cidr>,
}

/// The peer of a network grant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name; the label `*` stands for any one label.
    Name(Pattern),
    /// Exactly this address.
    Address(IpAddr),
    /// The loopback of the host.
    Loopback,
}

/// Why a text is no network grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNetGrant {
    /// Not `NAME:PORT`, with or without ranges.
    #[error(
        "`{0}` is no network grant: write `NAME:PORT`, `NAME:PORT in 10.0.0.0/8`, `203.0.113.5:443`, `[2001:db8::1]:443` or `loopback:PORT`"
    )]
    Shape(String),
    /// No number from 1 to 65535.
    #[error("`{0}` is no port: write a number from 1 to 65535 behind the last `:`")]
    Port(String),
    /// The port of DNS.
    #[error("port 53 cannot be granted: names are looked up by the jail itself, for granted names only")]
    Dns,
    /// No name.
    #[error("`{name}`: {why}")]
    Name {
        /// As written.
        name: String,
        /// What is wrong with it.
        why: BadName,
    },
    /// A range.
    #[error(transparent)]
    Range(#[from] BadCidr),
    /// Ranges behind an address, or too many.
    #[error("`in` belongs behind a name, with at most {RANGES} ranges between commas")]
    Ranges,
    /// An address that no connection out has.
    #[error("`{0}` cannot be granted as an address: {1}")]
    Address(IpAddr, &'static str),
}

impl FromStr for NetGrant {
    type Err = BadNetGrant;

    fn from_str(text: &str) -> Result<Self, BadNetGrant> {
        let shape = || BadNetGrant::Shape(excerpt(text));
        if text.len() > LONGEST {
            return Err(shape());
        }
        let mut words = text.split_ascii_whitespace();
        let peer = words.next().ok_or_else(shape)?;
        let ranges = match words.next() {
            None => None,
            Some("in") => Some(words.collect::<String>()).filter(|ranges| !ranges.is_empty()),
            Some(_) => return Err(shape()),
        };
        if ranges.is_none() && text.split_ascii_whitespace().nth(1).is_some() {
            return Err(shape());
        }
        let (host, digits) = peer.rsplit_once(':').ok_or_else(shape)?;
        let port = port(digits)?;
        let host = self::host(host)?;
        let within = ranges.map(|ranges| self::ranges(&ranges)).transpose()?.unwrap_or_default();
        if !within.is_empty() && !matches!(host, Host::Name(_)) {
            return Err(BadNetGrant::Ranges);
        }
        Ok(Self { host, port, within })
    }
}

fn port(digits: &str) -> Result<u16, BadNetGrant> {
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    match number {
        None | Some(0) => Err(BadNetGrant::Port(excerpt(digits))),
        Some(53) => Err(BadNetGrant::Dns),
        Some(port) => Ok(port),
    }
}

fn host(written: &str) -> Result<Host, BadNetGrant> {
    if let Some(inner) = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address = inner.parse().map(IpAddr::V6).map_err(|_| BadNetGrant::Shape(excerpt(written)))?;
        return literal(address);
    }
    if let Ok(address) = written.parse() {
        return literal(IpAddr::V4(address));
    }
    let pattern = Pattern::parse(written).map_err(|why| BadNetGrant::Name { name: excerpt(written), why })?;
    // However it is spelled.
    let loopback = matches!(pattern.to_string().as_str(), "loopback" | "localhost");
    Ok(if loopback { Host::Loopback } else { Host::Name(pattern) })
}

/// An address may be granted by itself wherever it lies, metadata services included: it was asked for by number.
fn literal(address: IpAddr) -> Result<Host, BadNetGrant> {
    let no = |why| Err(BadNetGrant::Address(address, why));
    if address.to_canonical() != address {
        return no("write it as an IPv4 address");
    }
    if address.is_loopback() {
        return no("write `loopback:PORT`");
    }
    if address.is_unspecified()
        || address.is_multicast()
        || address == IpAddr::V4(std::net::Ipv4Addr::BROADCAST)
    {
        return no("nothing answers there");
    }
    if matches!(address, IpAddr::V6(address) if address.is_unicast_link_local()) {
        return no("it means something else on every interface");
    }
    Ok(Host::Address(address))
}

fn ranges(written: &str) -> Result<Vec<Cidr>, BadNetGrant> {
    let ranges = written.split(',').take(RANGES + 1).map(str::parse).collect::<Result<Vec<Cidr>, _>>()?;
    if ranges.len() > RANGES { Err(BadNetGrant::Ranges) } else { Ok(ranges) }
}

/// The start of what was written, for a message.
fn excerpt(written: &str) -> String {
    written.chars().take(100).flat_map(char::escape_debug).collect()
}

impl fmt::Display for NetGrant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(pattern) => write!(formatter, "{pattern}")?,
            Host::Address(IpAddr::V4(address)) => write!(formatter, "{address}")?,
            Host::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]")?,
            Host::Loopback => formatter.write_str("loopback")?,
        }
        write!(formatter, ":{}", self.port)?;
        for (place, range) in self.within.iter().enumerate() {
            write!(formatter, "{}{range}", if place == 0 { " in " } else { "," })?;
        }
        Ok(())
    }
}

impl TryFrom<String> for NetGrant {
    type Error = BadNetGrant;

    fn try_from(text: String) -> Result<Self, BadNetGrant> {
        text.parse()
    }
}

impl From<NetGrant> for String {
    fn from(grant: NetGrant) -> Self {
        grant.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_reads_as_it_was_written_and_its_canonical_form_is_stable() {
        for (written, canonical) in [
            ("api.example.com:443", "api.example.com:443"),
            ("API.Example.com.:443", "api.example.com:443"),
            ("*.example.com:443", "*.example.com:443"),
            ("mirror.corp:8080 in 10.0.0.0/8", "mirror.corp:8080 in 10.0.0.0/8"),
            ("  mirror.corp:8080   in 10.0.0.0/8, fd00::/8 ", "mirror.corp:8080 in 10.0.0.0/8,fd00::/8"),
            ("203.0.113.5:443", "203.0.113.5:443"),
            ("[2001:DB8::1]:443", "[2001:db8::1]:443"),
            ("169.254.169.254:80", "169.254.169.254:80"),
            ("loopback:3000", "loopback:3000"),
            ("localhost:3000", "loopback:3000"),
            ("LocalHost.:3000", "loopback:3000"),
        ] {
            let grant: NetGrant = written.parse().unwrap();
            assert_eq!(grant.to_string(), canonical);
            assert_eq!(canonical.parse::<NetGrant>().unwrap(), grant);
            let json = serde_json::to_string(&grant).unwrap();
            assert_eq!(serde_json::from_str::<NetGrant>(&json).unwrap(), grant);
        }
    }

    #[test]
    fn a_text_that_is_no_grant_says_what_to_write() {
        for (written, message) in [
            ("example.com", "`example.com` is no network grant"),
            ("", "`` is no network grant"),
            ("example.com:443 10.0.0.0/8", "is no network grant"),
            ("example.com:443 in", "is no network grant"),
            ("https://example.com:443", "letters, digits"),
            ("example.com:https", "`https` is no port"),
            ("example.com:0", "`0` is no port"),
            ("example.com:65536", "`65536` is no port"),
            ("example.com:+80", "`+80` is no port"),
            ("example.com:53", "port 53 cannot be granted"),
            ("bücher.example:443", "`xn--` form"),
            ("*:443", "`*` stands for one whole label"),
            ("*.com:443", "`*` stands for one whole label"),
            ("2001:db8::1:443", "reads as an address"),
            ("0x7f.1:80", "reads as an address"),
            ("2130706433:80", "reads as an address"),
            ("127.0.0.1:80", "write `loopback:PORT`"),
            ("[::1]:80", "write `loopback:PORT`"),
            ("[::ffff:10.0.0.1]:80", "write it as an IPv4 address"),
            ("0.0.0.0:80", "nothing answers there"),
            ("[fe80::1]:80", "something else on every interface"),
            ("203.0.113.5:443 in 10.0.0.0/8", "`in` belongs behind a name"),
            ("example.com:443 in 0.0.0.0/0", "too wide"),
            ("allowed.example\0.evil.example:443", "letters, digits"),
        ] {
            let error = written.parse::<NetGrant>().unwrap_err().to_string();
            assert!(error.contains(message), "{written}: {error}");
        }
    }
}
