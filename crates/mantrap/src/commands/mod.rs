//! One module per command: it reads what the command line names, asks the crates that know, and hands over text.

pub(crate) mod advisories;
pub(crate) mod audit;
pub(crate) mod generated;
pub(crate) mod rules;
