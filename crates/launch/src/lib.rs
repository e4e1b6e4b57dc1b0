//! Turns a name into a [`Permit`].
//!
//! Owns the launch lock (`mantrap.lock`), the approvals, the measuring of what is really there, and the one function
//! that admits. Starts nothing without a permit ([`enter`]), and never changes an approval on its own: that is a person's word, or a
//! signature.
//!
//! The way through, top down: a [`Lock`] is read from a [`scope`]; [`Plan::resolve`] makes one of its entries absolute,
//! measured and complete; [`admit`] judges the plan, has the intent recorded, and gives the permit; [`enter`] takes it and starts
//! what was measured in a jail.
#![forbid(unsafe_code)]

pub mod approval;
pub mod catalogue;
pub mod diff;
pub mod digest;
mod document;
#[cfg(target_os = "linux")]
mod image;
#[cfg(target_os = "linux")]
pub mod install;
pub mod lock;
#[cfg(target_os = "linux")]
pub mod provenance;
mod visible;

#[cfg(target_os = "linux")]
mod enter;
#[cfg(target_os = "linux")]
pub mod room;

#[cfg(unix)]
mod admit;
#[cfg(unix)]
mod plan;
#[cfg(unix)]
pub mod scope;
#[cfg(unix)]
pub mod store;

#[cfg(unix)]
pub use admit::{Admission, Denial, Intent, Journal, Permit, Policy, Refusal, admit};
pub use digest::Digest;
pub use document::{Document, Values};
#[cfg(target_os = "linux")]
pub use enter::{Entered, NotEntered, enter};
pub use lock::{Entry, Lock, Rules, ServerName, Source};
#[cfg(unix)]
pub use plan::{Located, NoStore, Plan, Present, Store, Unresolved, observe};
pub use visible::{is_hidden, visible};
