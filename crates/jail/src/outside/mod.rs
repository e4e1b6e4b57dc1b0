//! The outside: starts a jail, watches it, and gives the account.

mod error;
mod jail;

pub use error::Error;
pub use jail::Jail;
