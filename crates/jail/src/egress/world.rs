//! What the broker asks the host: addresses of a name, and whether an address is near, far or nowhere.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};

use crate::grant::Name;

/// Where the host would send packets for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To another machine.
    Away,
    /// To itself: the address is one of its own.
    Own,
    /// Nowhere: there is no route.
    None,
}

/// Why a name has no addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// It does not exist.
    NoName,
    /// Nobody who knows could be asked.
    TryAgain,
}

/// The host as the broker sees it. Tests have their own.
pub(crate) trait World: Send + Sync {
    /// The addresses of a name. May take as long as the host's resolver does.
    fn resolve(&self, name: &Name) -> Result<Vec<IpAddr>, Unresolved>;
    /// Where packets for this address would go. Sends none.
    fn reach(&self, address: IpAddr) -> Reach;
}

/// This host.
#[derive(Debug)]
pub(crate) struct Host;

impl World for Host {
    fn resolve(&self, name: &Name) -> Result<Vec<IpAddr>, Unresolved> {
        match (name.as_str(), 0).to_socket_addrs() {
            Ok(addresses) => Ok(addresses.take(64).map(|address| address.ip().to_canonical()).collect()),
            Err(error) => Err(unresolved(&error)),
        }
    }

    fn reach(&self, address: IpAddr) -> Reach {
        // Connecting a datagram socket looks up the route and sends nothing. The route to an address of this host has
        // that address as its source.
        let own: SocketAddr =
            if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let source = UdpSocket::bind(own).and_then(|socket| {
            socket.connect((address, 9))?;
            socket.local_addr()
        });
        match source {
            Ok(source) if source.ip() == address => Reach::Own,
            Ok(_) => Reach::Away,
            Err(_) => Reach::None,
        }
    }
}

/// getaddrinfo(3) has codes for it and the standard library keeps only their text, in English as no locale is set.
fn unresolved(error: &io::Error) -> Unresolved {
    let text = error.to_string();
    if text.contains("emporary failure") || text.contains("ry again") {
        Unresolved::TryAgain
    } else {
        Unresolved::NoName
    }
}
