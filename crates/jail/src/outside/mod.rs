//! The outside: starts a jail, watches it, and gives the account.

mod confining;
mod diagnosis;
mod doctor;
mod error;
pub(crate) mod gate;
mod jail;
mod prepared;
mod release;
mod watch;

pub use diagnosis::Cause;
pub use doctor::{Standing, examine};
pub use error::Error;
pub use gate::Granted;
pub use jail::Jail;
pub use prepared::prepare;
