//! One module per command: it reads what the command line names, asks the crates that know, and hands over text.

pub(crate) mod advisories;
pub(crate) mod audit;
#[cfg(target_os = "linux")]
pub(crate) mod doctor;
pub(crate) mod generated;
#[cfg(target_os = "linux")]
pub(crate) mod jail;
pub(crate) mod journal;
#[cfg(not(target_os = "linux"))]
mod no_jail;
#[cfg(not(unix))]
mod no_server;
pub(crate) mod rules;
#[cfg(target_os = "linux")]
pub(crate) mod run;
#[cfg(unix)]
pub(crate) mod server;

#[cfg(not(target_os = "linux"))]
pub(crate) use no_jail::{doctor, jail, run};
#[cfg(not(unix))]
pub(crate) use no_server as server;
