//! Turns a request or an answer into a verdict.
//!
//! Pure: no input or output, no clock, no async. Whoever calls gives the time and what the session remembers, and gets a
//! verdict that carries the rules that made it. Silence refuses: no rule, or a rule that fails, is a denial.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod cedar;
mod digest;
pub mod judge;
pub mod labels;
pub mod limits;
pub mod pins;
mod places;
pub mod schema;
pub mod screening;
pub mod text;
mod verdict;

pub use digest::{BadDigest, Digest, canonical, read};
pub use verdict::{Action, Ground, RuleId, Verdict};

#[cfg(test)]
mod tests;
