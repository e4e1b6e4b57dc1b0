//! One right of a jailed process, as people write it.

mod net;

pub use net::{BadCidr, BadName, BadNetGrant, Cidr, Host, Name, NetGrant, Pattern};
