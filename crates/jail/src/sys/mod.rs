//! Every `unsafe` of mantrap: system calls that have no safe wrapper, each behind a safe function.
//!
//! One operation per block. A `SAFETY` comment names what must hold and who upholds it.

pub(crate) mod memory;
pub(crate) mod mount;
pub(crate) mod net;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod seccomp;
pub(crate) mod signals;
pub(crate) mod trace;
