//! Files in, findings out. Executes nothing, opens no socket, writes nothing.
//!
//! - [`command`] reads what an argv would start, through wrappers and launchers.
//! - [`rules`] judge configs; one file per rule, one id everywhere.
//! - [`advisory`] is what is known against packages and programs, and the product grid.
//! - [`sources`] reads source code, and says what of its flows is a finding.
//! - [`inventory`] reads what is installed, locked, deployed and running.
//! - [`version`] orders versions as each ecosystem does.
//! - [`report`] is what an audit returns and every output format renders.
#![forbid(unsafe_code)]

pub mod address;
pub mod advisory;
pub mod audit;
pub mod baseline;
pub mod command;
pub mod edit;
pub mod excerpt;
pub mod files;
pub mod finding;
pub mod ignore;
pub mod inventory;
pub mod known;
pub mod products;
pub mod redaction;
pub mod report;
pub mod rules;
pub mod secret;
pub mod setting;
pub mod sources;
pub mod version;

pub use audit::{Request, audit, audit_file, audit_text};
pub use finding::{Confidence, Finding, Location, Persona, Severity};
pub use report::Report;
