//! The outside: starts a jail, watches it, and gives the account.

mod doctor;
mod error;
pub(crate) mod gate;
mod jail;
mod release;
mod watch;

pub use doctor::{Standing, examine};
pub use error::Error;
pub use gate::Granted;
pub use jail::Jail;
