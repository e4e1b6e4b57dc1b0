//! The broker: makes connections on behalf of the jailed process, to granted names only.

mod dns;
mod ranges;
mod sni;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests start processes and read the environment")]
pub(crate) mod testing;
