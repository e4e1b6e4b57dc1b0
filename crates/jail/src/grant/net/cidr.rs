//! A range of addresses, as written behind `in`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The widest range that a grant may name. `10.0.0.0/8` is the widest private one of IPv4 and `fc00::/7` of IPv6
/// (RFC 1918, RFC 4193); anything wider would take in loopback and metadata addresses unseen.
const WIDEST: (u8, u8) = (8, 7);

/// A range of addresses: all that share the first `bits` bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr {
    first: IpAddr,
    bits: u8,
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCidr {
    /// Not `ADDRESS/BITS`.
    #[error("`{0}` is no range: write it as `10.0.0.0/8` or `fd00::/8`")]
    Shape(String),
    /// Bits are set behind the prefix.
    #[error("`{0}` has bits behind its prefix: write `{1}`")]
    Inside(String, Cidr),
    /// Too wide.
    #[error("`{0}` is too wide: at most /8 of IPv4 and /7 of IPv6")]
    Wide(String),
}

impl Cidr {
    /// Whether the address lies in the range. An address of one family never lies in a range of the other.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address, self.bits) == self.first
    }
}

/// The address with every bit behind the first `bits` cleared.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(u32::from(32_u8.saturating_sub(bits))).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(u32::from(128_u8.saturating_sub(bits))).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl FromStr for Cidr {
    type Err = BadCidr;

    fn from_str(text: &str) -> Result<Self, BadCidr> {
        let shape = || BadCidr::Shape(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| shape())?;
        let (most, widest) = if address.is_ipv4() { (32, WIDEST.0) } else { (128, WIDEST.1) };
        let bits = match bits {
            None => most,
            Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|&bits: &u8| bits <= most).ok_or_else(shape)?
            }
            Some(_) => return Err(shape()),
        };
        let range = Self { first: masked(address, bits), bits };
        if bits < widest {
            Err(BadCidr::Wide(text.to_owned()))
        } else if range.first != address {
            Err(BadCidr::Inside(text.to_owned(), range))
        } else {
            Ok(range)
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.first, self.bits)
    }
}

impl TryFrom<String> for Cidr {
    type Error = BadCidr;

    fn try_from(text: String) -> Result<Self, BadCidr> {
        text.parse()
    }
}

impl From<Cidr> for String {
    fn from(range: Cidr) -> Self {
        range.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_contains_its_edges_and_nothing_beside_them() {
        let contains = |range: &str, address: &str| {
            range.parse::<Cidr>().unwrap().contains(address.parse::<IpAddr>().unwrap())
        };
        for (range, address, inside) in [
            ("10.0.0.0/8", "10.0.0.0", true),
            ("10.0.0.0/8", "10.255.255.255", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7/32", "192.0.2.6", false),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false),
            ("2001:db8::1/128", "2001:db8::1", true),
            ("2001:db8::1/128", "2001:db8::2", false),
        ] {
            assert_eq!(contains(range, address), inside, "{address} in {range}");
        }
    }

    #[test]
    fn a_range_that_is_too_wide_or_unclear_is_refused() {
        for text in [
            "",
            "/",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "::/129",
            "example.com/8",
            "010.0.0.0/8",
        ] {
            assert!(matches!(text.parse::<Cidr>(), Err(BadCidr::Shape(_))), "{text}");
        }
        for text in ["0.0.0.0/0", "128.0.0.0/1", "::/0", "::/1", "fc00::/6"] {
            assert!(matches!(text.parse::<Cidr>(), Err(BadCidr::Wide(_))), "{text}");
        }
        assert_eq!(
            "10.1.2.3/8".parse::<Cidr>().unwrap_err().to_string(),
            "`10.1.2.3/8` has bits behind its prefix: write `10.0.0.0/8`"
        );
    }
}
