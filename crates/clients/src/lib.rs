//! Client config files in, one typed [`Config`] with byte-exact source spans out.
//!
//! This crate knows where every MCP host keeps its servers ([`catalog`]), finds those files under a target
//! machine or folder ([`discover`]), and lowers every dialect to the same type ([`lower`]). It executes
//! nothing, opens no socket, expands no variable it reads, and judges nothing: that is `mantrap-scan`.
#![forbid(unsafe_code)]

pub mod catalog;
pub mod config;
pub mod discover;
pub mod edit;
pub mod format;
pub mod lower;
pub mod package;
pub mod paths;
pub mod source;
pub mod tree;
pub mod work;

pub use config::{Config, Entry, Scope, Server, Switch, Text, Transport};
pub use format::Format;
pub use source::{Origin, Problem, ProblemKind, Source, Span};
pub use tree::{Member, Node, Value};
