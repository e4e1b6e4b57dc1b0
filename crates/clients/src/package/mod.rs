//! Dialects that describe servers for others to install or deploy: bundles, registry entries, compose files,
//! catalogues, plugin manifests.
//!
//! A server from one of these is what the description says would be started, no more. Where a description has
//! no command of its own (an image, a package name), the command is left empty or, for a registry entry, is the
//! launcher that the registry type stands for.

pub mod bundle;
pub mod compose;
pub mod docker;
pub mod fastmcp;
pub mod plugin;
pub mod registry;
pub mod smithery;
