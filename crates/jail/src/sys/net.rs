//! Datagrams with the address that they were sent to, and answers from that address (ip(7) and ipv6(7), `*_PKTINFO`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, sockopt};

/// Where a datagram came from and went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The sender.
    pub(crate) from: SocketAddr,
    /// The address it was sent to, which is the one to answer from.
    pub(crate) to: IpAddr,
}

/// Room for one control message with packet information, aligned as the kernel wants it.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// Room for an address of either family.
#[repr(C, align(8))]
struct Name([u8; 28]);

const CMSG_HEADER: usize = size_of::<libc::cmsghdr>();

/// Connects to the address in these bytes, which the kernel checks.
pub(crate) fn connect(socket: impl AsFd, address: &[u8]) -> Result<(), Errno> {
    let length = libc::socklen_t::try_from(address.len()).map_err(|_| Errno::INVAL)?;
    // SAFETY: the kernel reads `length` bytes of the slice, which is borrowed through the call.
    let result = unsafe {
        libc::connect(socket.as_fd().as_raw_fd(), address.as_ptr().cast::<libc::sockaddr>(), length)
    };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Connects to the Unix socket that was opened with `O_PATH`, wherever its name leads by now.
pub(crate) fn connect_to_opened(socket: impl AsFd, peer: impl AsFd) -> Result<(), Errno> {
    let path = format!("/proc/self/fd/{}", peer.as_fd().as_raw_fd());
    rustix::net::connect(socket, &rustix::net::SocketAddrUnix::new(path)?)
}

/// Asks the kernel to tell where each datagram was sent to.
pub(crate) fn tell_destination(socket: impl AsFd) -> Result<(), Errno> {
    let socket = socket.as_fd();
    let (level, option) = match sockopt::socket_domain(socket)? {
        AddressFamily::INET6 => {
            // Without it IPv6 answers only from addresses of an interface, and ours are local by route alone.
            sockopt::set_ipv6_freebind(socket, true)?;
            (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)
        }
        _ => (libc::IPPROTO_IP, libc::IP_PKTINFO),
    };
    let on: libc::c_int = 1;
    let size = libc::socklen_t::try_from(size_of_val(&on)).unwrap_or_default();
    // SAFETY: `on` is a readable int of the size that is passed, and lives through the call.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const on).cast(), size) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Takes one datagram; its length and envelope. One that does not fit, or without an envelope, has length 0.
pub(crate) fn receive(socket: impl AsFd, buffer: &mut [u8]) -> Result<(usize, Option<Envelope>), Errno> {
    let mut name = Name([0; 28]);
    let mut control = Control([0; 64]);
    let mut place = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut message = blank();
    message.msg_name = name.0.as_mut_ptr().cast();
    message.msg_namelen = 28;
    message.msg_iov = &raw mut place;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = 64;
    let flags = libc::MSG_DONTWAIT;
    // SAFETY: every pointer of `message` is to live, writable memory of the length beside it, borrowed until the end.
    let length = unsafe { libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut message, flags) };
    let length = usize::try_from(length).map_err(|_| last_errno())?;
    if message.msg_flags & (libc::MSG_TRUNC | libc::MSG_CTRUNC) != 0 {
        return Ok((0, None));
    }
    let envelope = address(&name.0).zip(destination(&control.0)).map(|(from, to)| Envelope { from, to });
    Ok((length, envelope))
}

/// Answers a datagram from the address it was sent to.
pub(crate) fn answer(socket: impl AsFd, bytes: &[u8], envelope: Envelope) -> Result<(), Errno> {
    let mut name = Name([0; 28]);
    let mut control = Control([0; 64]);
    let socket = socket.as_fd();
    let v6 = sockopt::socket_domain(socket)? == AddressFamily::INET6;
    let name_length = write_address(&mut name.0, envelope.from, v6).ok_or(Errno::AFNOSUPPORT)?;
    let control_length = write_source(&mut control.0, envelope.to, v6).ok_or(Errno::AFNOSUPPORT)?;
    let mut place = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut message = blank();
    message.msg_name = name.0.as_mut_ptr().cast();
    message.msg_namelen = name_length;
    message.msg_iov = &raw mut place;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = control_length as _;
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: every pointer of `message` is to live memory of the length beside it, and sendmsg only reads it.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, flags) };
    if sent < 0 { Err(last_errno()) } else { Ok(()) }
}

/// A message header with nothing in it. Its padding differs between C libraries, so it cannot be written out.
fn blank() -> libc::msghdr {
    let header = std::mem::MaybeUninit::<libc::msghdr>::zeroed();
    // SAFETY: zero bytes are a valid value of every field: null pointers and lengths of 0.
    unsafe { header.assume_init() }
}

/// A `sockaddr_in` or `sockaddr_in6`; a mapped address becomes the one of IPv4 that it stands for.
fn address(bytes: &[u8; 28]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes(bytes.first_chunk().copied()?);
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    let address: IpAddr = match i32::from(family) {
        libc::AF_INET => <[u8; 4]>::try_from(bytes.get(4..8)?).ok()?.into(),
        libc::AF_INET6 => <[u8; 16]>::try_from(bytes.get(8..24)?).ok()?.into(),
        _ => return None,
    };
    Some((address.to_canonical(), port).into())
}

/// The destination in a control message of packet information.
fn destination(control: &[u8; 64]) -> Option<IpAddr> {
    let level = i32::from_ne_bytes(control.get(CMSG_HEADER - 8..CMSG_HEADER - 4)?.try_into().ok()?);
    let kind = i32::from_ne_bytes(control.get(CMSG_HEADER - 4..CMSG_HEADER)?.try_into().ok()?);
    let data = control.get(CMSG_HEADER..)?;
    match (level, kind) {
        // struct in_pktinfo: interface, local address, destination of the header.
        (libc::IPPROTO_IP, libc::IP_PKTINFO) => Some(<[u8; 4]>::try_from(data.get(8..12)?).ok()?.into()),
        // struct in6_pktinfo: destination, interface.
        (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
            Some(IpAddr::from(<[u8; 16]>::try_from(data.get(..16)?).ok()?).to_canonical())
        }
        _ => None,
    }
}

fn write_address(bytes: &mut [u8; 28], address: SocketAddr, v6: bool) -> Option<libc::socklen_t> {
    bytes.get_mut(2..4)?.copy_from_slice(&address.port().to_be_bytes());
    let family = if v6 { libc::AF_INET6 } else { libc::AF_INET };
    bytes.get_mut(..2)?.copy_from_slice(&u16::try_from(family).ok()?.to_ne_bytes());
    if v6 {
        bytes.get_mut(8..24)?.copy_from_slice(&mapped(address.ip()).octets());
        return Some(28);
    }
    bytes.get_mut(4..8)?.copy_from_slice(&plain(address.ip())?.octets());
    Some(16)
}

fn write_source(control: &mut [u8; 64], source: IpAddr, v6: bool) -> Option<usize> {
    let (level, kind, data) = if v6 {
        let mut data = [0; 20];
        data.first_chunk_mut().map(|place| *place = mapped(source).octets())?;
        (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, data.to_vec())
    } else {
        let mut data = [0; 12];
        data.get_mut(4..8)?.copy_from_slice(&plain(source)?.octets());
        (libc::IPPROTO_IP, libc::IP_PKTINFO, data.to_vec())
    };
    let length = CMSG_HEADER.checked_add(data.len())?;
    control.get_mut(..size_of::<usize>())?.copy_from_slice(&length.to_ne_bytes());
    control.get_mut(CMSG_HEADER - 8..CMSG_HEADER - 4)?.copy_from_slice(&level.to_ne_bytes());
    control.get_mut(CMSG_HEADER - 4..CMSG_HEADER)?.copy_from_slice(&kind.to_ne_bytes());
    control.get_mut(CMSG_HEADER..length)?.copy_from_slice(&data);
    length.checked_next_multiple_of(size_of::<usize>())
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

fn plain(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}
