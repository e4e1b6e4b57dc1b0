//! Which addresses are on the public internet, and why the others are not.
//!
//! The tables are IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and its updates), widened:
//! where a range carries another address inside (mapped, translated, tunnelled), all of it is refused, because a name
//! on the public internet has no reason to live there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why a connection to this address is none to the public internet, if so.
#[must_use]
pub fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

/// Whether no connection can be made there whatever is granted: these mean "here", "everyone" or another address.
pub(crate) fn never(address: IpAddr) -> bool {
    let IpAddr::V4(v4) = address.to_canonical() else {
        return address.is_unspecified() || address.is_multicast();
    };
    address.is_ipv6() || v4.octets().first() == Some(&0) || v4.is_multicast() || v4.is_broadcast()
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        [0, ..] => "an address of this host",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "a private address",
        [100, 64..=127, ..] => "a shared address of a provider's network",
        [127, ..] => "a loopback address",
        [169, 254, ..] => "a link-local address, where metadata services are",
        [192, 0, 0, _] => "an address for protocols",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "an address for documentation",
        [192, 88, 99, _] => "an address of a 6to4 relay",
        [198, 18..=19, ..] => "an address for benchmarks",
        [224..=239, ..] => "a multicast address",
        [240..=255, ..] => "a reserved address",
        // Azure's platform services, metadata among them, answer at this public-looking address on every machine there.
        [168, 63, 129, 16] => "an address of a metadata service",
        _ => return None,
    })
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "an address of this host",
        [0, 0, 0, 0, 0, 0, 0, 1] => "a loopback address",
        [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0, 0, 0, 0, 0, 0, ..] => {
            "an IPv4 address in disguise"
        }
        [0x64, 0xff9b, ..] => "an address that translates to IPv4",
        [0x100, ..] => "a discarding address",
        [0x2001, 0, ..] => "a Teredo tunnel to IPv4",
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => "an address for documentation",
        [0x2001, 2, 0, ..] => "an address for benchmarks",
        [0x2001, 0..=0x1ff, ..] => "an address for protocols",
        [0x2002, ..] => "a 6to4 tunnel to IPv4",
        [0xfc00..=0xfdff, ..] => "a private address",
        [0xfe80..=0xfebf, ..] => "a link-local address",
        [0xfec0..=0xfeff, ..] => "a private address",
        [0xff00..=0xffff, ..] => "a multicast address",
        // ISATAP carries an IPv4 address in its last half under any prefix.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => "a tunnel to IPv4",
        [0x2000..=0x3fff, ..] => return None,
        _ => "a reserved address",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_that_is_not_public_is_known_by_its_edges() {
        for (inside, beside) in [
            ("0.0.0.0 0.255.255.255", "1.0.0.0"),
            ("10.0.0.0 10.255.255.255", "9.255.255.255 11.0.0.0"),
            ("100.64.0.0 100.127.255.255", "100.63.255.255 100.128.0.0"),
            ("127.0.0.0 127.0.0.1 127.255.255.255", "126.255.255.255 128.0.0.0"),
            ("169.254.0.0 169.254.169.254 169.254.255.255", "169.253.255.255 169.255.0.0"),
            ("172.16.0.0 172.31.255.255", "172.15.255.255 172.32.0.0"),
            ("192.0.0.0 192.0.0.255 192.0.2.0 192.0.2.255", "192.0.1.0 192.0.3.0"),
            ("192.88.99.0 192.168.0.0 192.168.255.255", "192.88.98.0 192.167.255.255 192.169.0.0"),
            ("198.18.0.0 198.19.255.255 198.51.100.7", "198.17.255.255 198.20.0.0 198.51.101.0"),
            ("203.0.113.0 203.0.113.255", "203.0.112.0 203.0.114.0"),
            ("224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255", "223.255.255.255"),
            ("168.63.129.16", "168.63.129.15"),
            (":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8", "2000::"),
            ("64:ff9b::a00:1 64:ff9b:1::a00:1 100::1", "2001:4860:4860::8888"),
            ("2001::1 2001:0:a00:1:: 2001:2::1 2001:db8::1 2001:20::1", "2001:200::1"),
            ("2002:a00:1:: 2002:808:808::", "2003::1"),
            ("3fff::1 3fff:fff::1", "3fff:1000::1"),
            ("fc00::1 fd00:ec2::254 fdff::1 fe80::1 febf::1 fec0::1 ff02::1", "2606:4700::1111"),
            ("2606:4700::5efe:a00:1 2606:4700::200:5efe:a00:1 4000::1 5f00::1 8000::1 200::1", "2a00::1"),
        ] {
            for address in inside.split(' ') {
                assert!(special(address.parse().unwrap()).is_some(), "{address}");
            }
            for address in beside.split(' ') {
                assert_eq!(special(address.parse().unwrap()), None, "{address}");
            }
        }
    }

    #[test]
    fn some_addresses_are_never_dialled() {
        for address in
            ["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "::ffff:10.0.0.1"]
        {
            assert!(never(address.parse().unwrap()), "{address}");
        }
        for address in ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "8.8.8.8"] {
            assert!(!never(address.parse().unwrap()), "{address}");
        }
    }
}
