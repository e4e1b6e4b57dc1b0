//! The network of the jail: a loopback that takes every address for its own, and sockets that somebody outside answers.
//!
//! Runs in the init of the jail, which has one thread and the capabilities of its new network namespace. Nothing here
//! leads out. The AnyIP route (`ip route add local default dev lo`) makes every address local, so that a connection to
//! any address arrives at one of our listeners; the listeners go to the supervisor, which accepts from outside and reads
//! the wanted address with getsockname(2).

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, sockopt};
use serde::{Deserialize, Serialize};

use crate::grant::NetGrant;

/// At most this many different ports, so that all sockets fit one message of SCM_RIGHTS (unix(7): 253).
pub(crate) const PORTS: usize = 64;
/// Connections that wait to be accepted, per port.
const BACKLOG: i32 = 512;
/// The port of DNS.
const DNS: u16 = 53;

/// What the network must offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    ports: BTreeSet<u16>,
    /// Whether somebody outside is let in, under his own address.
    guests: bool,
}

impl Wish {
    /// What these grants need. Without a grant there is a bare loopback: no route, no resolver, no listener.
    pub(crate) fn of(grants: &[NetGrant]) -> Result<Self, Error> {
        let ports: BTreeSet<u16> = grants.iter().map(|grant| grant.port).collect();
        if ports.len() > PORTS { Err(Error::Ports(ports.len())) } else { Ok(Self { ports, guests: false }) }
    }

    /// The same, with room for whoever comes to these addresses of the host.
    pub(crate) fn with_guests(self, at: &[SocketAddr]) -> Self {
        Self { guests: !at.is_empty(), ..self }
    }

    /// How many sockets [`open`] returns for it.
    pub(crate) fn sockets(&self) -> usize {
        if self.ports.is_empty() { 0 } else { self.ports.len().saturating_add(2) }
    }
}

/// What arrives on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// Questions of DNS, as datagrams.
    Names,
    /// Connections that carry questions of DNS.
    NamesStream,
    /// Connections to this port of any address.
    Port(u16),
}

/// The sockets of one jail, each non-blocking and closed on exec.
pub(crate) type Sockets = Vec<(Role, OwnedFd)>;

/// A step of building the network that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Too many ports.
    #[error("network grants name {0} different ports; at most {PORTS} are possible")]
    Ports(usize),
    /// The routing socket.
    #[error("talking to the kernel about routes")]
    Netlink(#[source] Errno),
    /// The local route.
    #[error("adding the local route that captures connections")]
    Route(#[source] Errno),
    /// A socket.
    #[error("listening on port {0} inside the jail")]
    Listen(u16, #[source] Errno),
}

impl Error {
    /// The kernel's answer, which is what crosses to the supervisor.
    pub(crate) fn errno(&self) -> Errno {
        match self {
            Self::Ports(_) => Errno::TOOMANYREFS,
            Self::Netlink(errno) | Self::Route(errno) | Self::Listen(_, errno) => *errno,
        }
    }
}

/// Opens the sockets of the calling thread's network, in which only loopback is yet.
///
/// # Errors
/// One variant per step. IPv6 that is not there is no error: the sockets are then of IPv4.
pub(crate) fn open(wish: &Wish) -> Result<Sockets, Error> {
    let mut sockets = Sockets::with_capacity(wish.sockets());
    if wish.ports.is_empty() && !wish.guests {
        return Ok(sockets);
    }
    let family = route()?;
    if wish.ports.is_empty() {
        return Ok(sockets);
    }
    let listen = |kind, port| socket(family, kind, port).map_err(|errno| Error::Listen(port, errno));
    sockets.push((Role::Names, listen(SocketType::DGRAM, DNS)?));
    sockets.push((Role::NamesStream, listen(SocketType::STREAM, DNS)?));
    for &port in &wish.ports {
        sockets.push((Role::Port(port), listen(SocketType::STREAM, port)?));
    }
    Ok(sockets)
}

/// Adds the routes; returns the widest family that works.
fn route() -> Result<AddressFamily, Error> {
    let netlink = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        None,
    )
    .map_err(Error::Netlink)?;
    let requests = [
        local_default(0, AddressFamily::INET),
        local_default(1, AddressFamily::INET6),
        loopback_takes_large_packets(2),
    ];
    rustix::net::sendto(&netlink, &requests.concat(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))
        .map_err(Error::Netlink)?;

    // The kernel has acted and queued its answers before sendto returns, so there is nothing to wait for.
    let mut answers: [Result<(), Errno>; 3] = [Err(Errno::PROTO); 3];
    let mut buffer = [0_u8; 4096];
    for _ in requests {
        let (_, length) =
            rustix::net::recv(&netlink, &mut buffer, RecvFlags::empty()).map_err(Error::Netlink)?;
        let (sequence, answer) =
            buffer.get(..length).and_then(acknowledged).ok_or(Error::Netlink(Errno::PROTO))?;
        if let Some(slot) = usize::try_from(sequence).ok().and_then(|place| answers.get_mut(place)) {
            *slot = answer;
        }
    }
    // A kernel before 5.19 knows no large packets, and is only slower.
    let [v4, v6, _] = answers;
    v4.map_err(Error::Route)?;
    Ok(if v6.is_ok() { AddressFamily::INET6 } else { AddressFamily::INET })
}

/// A socket with which somebody outside connects to a place in this network.
pub(crate) fn for_a_guest(v6: bool) -> Result<OwnedFd, Errno> {
    let family = if v6 { AddressFamily::INET6 } else { AddressFamily::INET };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(family, SocketType::STREAM, flags, None)
}

/// A bound socket; streams listen. Of IPv6 it takes IPv4 too.
fn socket(family: AddressFamily, kind: SocketType, port: u16) -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, kind, flags, None)?;
    let address = if family == AddressFamily::INET6 {
        sockopt::set_ipv6_v6only(&socket, false)?;
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))
    } else {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))
    };
    rustix::net::bind(&socket, &address)?;
    if kind == SocketType::STREAM {
        rustix::net::listen(&socket, BACKLOG)?;
    }
    Ok(socket)
}

// rtnetlink(7), linux/rtnetlink.h and linux/if_link.h: all numbers in the byte order of the machine.
const RTM_NEWLINK: u16 = 16;
const RTM_NEWROUTE: u16 = 24;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_EXCL: u16 = 0x200;
const NLM_F_CREATE: u16 = 0x400;
const HEADER: usize = 16;
/// The loopback interface is the first of every network namespace.
const LOOPBACK: u32 = 1;

/// `ip link set lo gso_max_size … gro_max_size … gso_ipv4_max_size … gro_ipv4_max_size …`: what is sent at once travels
/// as one packet.
fn loopback_takes_large_packets(sequence: u32) -> Vec<u8> {
    const SIZES: [u16; 4] = [41, 58, 63, 64];
    /// The kernel's GSO_MAX_SIZE, less than 8 × 65,535, in whole words.
    const LARGEST: u32 = 524_280;
    let mut body = vec![0; 4];
    for word in [LOOPBACK, 0, 0] {
        body.extend(word.to_ne_bytes());
    }
    for kind in SIZES {
        body.extend(8_u16.to_ne_bytes());
        body.extend(kind.to_ne_bytes());
        body.extend(LARGEST.to_ne_bytes());
    }
    message(RTM_NEWLINK, 0, sequence, &body)
}

/// `ip route add local default dev lo`
fn local_default(sequence: u32, family: AddressFamily) -> Vec<u8> {
    const RT_TABLE_LOCAL: u8 = 255;
    const RTPROT_BOOT: u8 = 3;
    const RT_SCOPE_HOST: u8 = 254;
    const RTN_LOCAL: u8 = 2;
    const RTA_OIF: u16 = 4;
    let family = u8::try_from(family.as_raw()).unwrap_or_default();
    // struct rtmsg: family, bits of destination and source, service; table, origin, scope, kind; flags.
    let mut body = vec![family, 0, 0, 0, RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, 0, 0, 0, 0];
    // struct rtattr: length with itself, kind; then the interface.
    body.extend(8_u16.to_ne_bytes());
    body.extend(RTA_OIF.to_ne_bytes());
    body.extend(LOOPBACK.to_ne_bytes());
    message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sequence, &body)
}

/// A request that wants an acknowledgement. Bodies here are multiples of four bytes, as alignment demands.
fn message(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER.saturating_add(body.len())).unwrap_or_default();
    let mut message = Vec::with_capacity(HEADER.saturating_add(body.len()));
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK | flags).to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend(body);
    message
}

/// The sequence number and the result that an acknowledgement carries.
fn acknowledged(answer: &[u8]) -> Option<(u32, Result<(), Errno>)> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let sequence = u32::from_ne_bytes(answer.get(8..12)?.try_into().ok()?);
    let code = i32::from_ne_bytes(answer.get(HEADER..HEADER + 4)?.try_into().ok()?);
    let result = if code == 0 { Ok(()) } else { Err(Errno::from_raw_os_error(code.checked_neg()?)) };
    (kind == NLMSG_ERROR).then_some((sequence, result))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Instant;

    use super::*;
    use crate::egress::testing;

    #[test]
    fn more_ports_than_fit_one_message_are_refused() {
        let grants: Vec<NetGrant> =
            (1..=65).map(|port| format!("a.example:{}", 1000 + port).parse().unwrap()).collect();
        assert!(matches!(Wish::of(&grants), Err(Error::Ports(65))));
        assert_eq!(Wish::of(grants.get(..64).unwrap()).unwrap().sockets(), 66);
    }

    #[test]
    fn every_address_arrives_at_the_listener_and_tells_where_it_was_going() {
        testing::in_own_namespaces(
            "stages::network::tests::every_address_arrives_at_the_listener_and_tells_where_it_was_going",
            || {
                testing::in_empty_network(|| {
                    let wish = Wish::of(&["a.example:443".parse().unwrap()]).unwrap();
                    let started = Instant::now();
                    let sockets = open(&wish).unwrap();
                    eprintln!("network: {:?}", started.elapsed());
                    let (role, listener) = sockets.into_iter().next_back().unwrap();
                    assert_eq!(role, Role::Port(443));
                    let v6 = sockopt::socket_domain(&listener).unwrap() == AddressFamily::INET6;
                    let mut targets = vec!["203.0.113.7:443", "127.0.0.1:443", "8.8.8.8:443"];
                    targets.extend(v6.then_some(["[2001:db8::7]:443", "[::1]:443"]).into_iter().flatten());
                    for target in targets {
                        let target: SocketAddr = target.parse().unwrap();
                        let mut client = TcpStream::connect(target).unwrap();
                        let mut server = TcpStream::from(rustix::net::accept(&listener).unwrap());
                        let wanted = server.local_addr().unwrap();
                        assert_eq!((wanted.ip().to_canonical(), wanted.port()), (target.ip(), 443));
                        client.write_all(b"x").unwrap();
                        let mut byte = [0];
                        server.read_exact(&mut byte).unwrap();
                    }
                    assert!(TcpStream::connect("203.0.113.7:80").is_err());
                });
            },
        );
    }

    #[test]
    fn without_a_grant_there_is_loopback_and_nothing_else() {
        testing::in_own_namespaces(
            "stages::network::tests::without_a_grant_there_is_loopback_and_nothing_else",
            || {
                testing::in_empty_network(|| {
                    assert!(open(&Wish::default()).unwrap().is_empty());
                    let error = TcpStream::connect("203.0.113.7:443").unwrap_err();
                    assert_eq!(error.raw_os_error(), Some(Errno::NETUNREACH.raw_os_error()));
                    let error = TcpStream::connect("127.0.0.1:443").unwrap_err();
                    assert_eq!(error.raw_os_error(), Some(Errno::CONNREFUSED.raw_os_error()));
                });
            },
        );
    }
}
