//! The address of a `connect`, from bytes of the caller's memory.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use super::path::normal;

/// Whom a process wants to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// A Unix socket in the file system.
    Path(PathBuf),
    /// A Unix socket with a name of its own.
    Abstract(Vec<u8>),
    Network(SocketAddr),
}

impl Peer {
    /// Reads a `sockaddr`; `None` for what is none, or of a family without peers. `base` is where relative paths start.
    pub(super) fn parsed(bytes: &[u8], base: impl FnOnce() -> Option<PathBuf>) -> Option<Self> {
        let (family, rest) = bytes.split_first_chunk::<2>()?;
        match i32::from(u16::from_ne_bytes(*family)) {
            libc::AF_UNIX => match rest.split_first()? {
                (0, name) => Some(Self::Abstract(name.to_owned())),
                (first, _) => {
                    let name = rest.split(|&byte| byte == 0).next()?;
                    let base = if *first == b'/' { PathBuf::from("/") } else { base()? };
                    Some(Self::Path(normal(&base, name)))
                }
            },
            libc::AF_INET => {
                let (port, rest) = rest.split_first_chunk::<2>()?;
                let address = Ipv4Addr::from(*rest.first_chunk::<4>()?);
                Some(Self::Network(SocketAddr::new(IpAddr::V4(address), u16::from_be_bytes(*port))))
            }
            libc::AF_INET6 => {
                let (port, rest) = rest.split_first_chunk::<2>()?;
                let (_flow, rest) = rest.split_first_chunk::<4>()?;
                let address = Ipv6Addr::from(*rest.first_chunk::<16>()?);
                let address = IpAddr::V6(address).to_canonical();
                Some(Self::Network(SocketAddr::new(address, u16::from_be_bytes(*port))))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Option<Peer> {
        Peer::parsed(bytes, || Some("/home".into()))
    }

    #[test]
    fn addresses_are_read() {
        let v4 = [&[2, 0, 0x1f, 0x90, 10, 0, 0, 1][..], &[0; 8]].concat();
        assert_eq!(parsed(&v4), Some(Peer::Network("10.0.0.1:8080".parse().unwrap())));
        let v6 = [&[10, 0, 0, 80, 0, 0, 0, 0][..], &[0; 10], &[0xff, 0xff, 1, 2, 3, 4], &[0; 4]].concat();
        assert_eq!(parsed(&v6), Some(Peer::Network("1.2.3.4:80".parse().unwrap())));
        assert_eq!(parsed(b"\x01\0run/x\0rest"), Some(Peer::Path("/home/run/x".into())));
        assert_eq!(parsed(b"\x01\0\0bus"), Some(Peer::Abstract(b"bus".to_vec())));
    }

    #[test]
    fn what_is_cut_short_is_no_address() {
        for bytes in [&b""[..], b"\x01", b"\x01\0", b"\x02\0\0", b"\x0a\0\0\x50abc", b"\x28\0xxxxxxxx"] {
            assert_eq!(parsed(bytes), None);
        }
    }
}
