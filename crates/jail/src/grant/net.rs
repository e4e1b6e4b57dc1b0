//! `net NAME:PORT [in CIDR]`: one place where TCP may go.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One place where TCP may go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NetGrant {
    /// The peer.
    pub host: Host,
    /// The port, never 0.
    pub port: u16,
}

/// The peer of a network grant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// A DNS name in canonical form (lower case, A-labels, no trailing dot); the label `*` stands for any one label.
    Name(String),
    /// Exactly this address.
    Address(IpAddr),
    /// The loopback of the host.
    Loopback,
}
