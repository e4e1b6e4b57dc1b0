//! Source code in, flows out: which value that an outsider chooses reaches which sink, and on which way.
//!
//! - [`lower`] turns the syntax of each language into one small form, [`ir`].
//! - `reach` says what may reach what inside a function, and under which condition.
//! - `program` holds all files, and lowers those that a question leads to.
//! - `resolve` says what a name means, across files.
//! - `tools` says which functions clients of an MCP server call, and what runs then.
//! - `exposure` says what else a reader of a way should know, and which settings give a defence up.
//! - `flow` goes back from a sink to the source.
//! - `kept` is what a run may take over from an earlier one: lowered files, never results.
//! - [`knowledge`] is data: the sinks and sources of every SDK and framework.
//!
//! Executes nothing, opens no file: the texts are given. Never judges: what a flow is worth is the caller's to say.
#![forbid(unsafe_code)]

mod analysis;
mod exposure;
mod flow;
mod guard;
pub mod ir;
mod kept;
pub mod knowledge;
pub mod lower;
mod program;
pub(crate) mod reach;
mod resolve;
mod sink;
mod tools;
mod unread;

pub use analysis::{Analysis, Cut, Flow, Place, Position, SettingAt, analyse, analyse_again};
pub use exposure::Exposure;
pub use guard::{Access, Grade};
pub use kept::{Digest32, Keeper};
pub use program::Input;
