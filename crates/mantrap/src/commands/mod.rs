//! One module per command: it reads what the command line names, asks the crates that know, and hands over text.

pub(crate) mod advisories;
#[cfg(target_os = "linux")]
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod catalogue;
#[cfg(target_os = "linux")]
pub(crate) mod doctor;
#[cfg(target_os = "linux")]
pub(crate) mod export;
pub(crate) mod generated;
#[cfg(target_os = "linux")]
pub(crate) mod guard;
#[cfg(target_os = "linux")]
pub(crate) mod jail;
pub(crate) mod journal;
#[cfg(not(target_os = "linux"))]
mod no_jail;
#[cfg(not(target_os = "linux"))]
mod no_protect;
#[cfg(not(unix))]
mod no_server;
#[cfg(target_os = "linux")]
pub(crate) mod policy;
#[cfg(target_os = "linux")]
pub(crate) mod protect;
pub(crate) mod rules;
#[cfg(target_os = "linux")]
pub(crate) mod run;
#[cfg(unix)]
pub(crate) mod server;
#[cfg(unix)]
pub(crate) mod store;

#[cfg(not(target_os = "linux"))]
pub(crate) use no_jail::{approvals, doctor, guard, jail, policy, run};
#[cfg(not(target_os = "linux"))]
pub(crate) use no_protect::{export, protect};
#[cfg(not(unix))]
pub(crate) use no_server as server;
#[cfg(not(unix))]
pub(crate) use no_server as store;
