//! The outside: starts a jail, watches it, and gives the account.

mod error;
pub(crate) mod gate;
mod jail;

pub use error::Error;
pub use jail::Jail;
