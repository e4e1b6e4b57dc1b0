//! The broker: makes connections on behalf of the jailed process, to granted names only.
