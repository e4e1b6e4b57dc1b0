//! The outside: starts a jail, watches it, and gives the account.

mod doctor;
mod error;
mod jail;
mod release;

pub use doctor::{Standing, examine};
pub use error::Error;
pub use jail::Jail;
