//! Turns a [`Profile`] into a confined process, rootless, and gives an account of what it tried.
//!
//! Owns every namespace, mount, Landlock rule, system call filter, cgroup and socket of the jail, and all the `unsafe`
//! of mantrap (in its module `sys`). Never decides what a process may do: that is the profile. Never falls back: a guarantee that
//! is missing here and not waived by name is an error before anything runs.
//!
//! The caller's `main` begins with [`enter_if_asked`]; the jail starts the same program again in that mode, with one
//! thread, and that process confines itself and executes the server. The module `stages` is the list of its steps.
#![deny(unsafe_code)]

mod grant;
mod guarantee;
mod profile;
mod report;

#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod egress;
#[cfg(target_os = "linux")]
pub mod guard;
#[cfg(target_os = "linux")]
mod outside;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod stages;
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the one place for it")]
mod sys;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(target_os = "linux")]
#[doc(hidden)]
pub use egress::fuzzing;
#[cfg(target_os = "linux")]
pub use egress::ranges::special as why_not_public;
pub use grant::{
    BadCidr, BadName, BadNetGrant, Bytes, Cidr, Grant, GrantError, Grants, GrantsError, Host, Name, NetGrant,
    Pattern, Percent, SecretGrant, Span, Variable, WrongAmount,
};
pub use guarantee::{Guarantee, UnknownGuarantee};
#[cfg(target_os = "linux")]
#[doc(hidden)]
pub use outside::gate::fuzzing as fuzzing_gate;
#[cfg(target_os = "linux")]
pub use outside::{Cause, Error, Granted, Jail, Standing, examine, prepare};
pub use profile::{
    DEFAULT_DATA, DEFAULT_PIDS, Delivery, FILE_BYTES, Gate, Limits, Link, OPEN_FILES, PRIVATE_BYTES,
    PRIVATE_INODES, Profile, Right, Secret, View,
};
pub use report::{Act, Attempt, Exit, Missing, NetUse, Report, Usage};
#[cfg(target_os = "linux")]
pub use stages::enter_if_asked;
#[cfg(target_os = "linux")]
pub use sys::memory::give_back;
#[cfg(target_os = "linux")]
pub use sys::signals::Signals;
