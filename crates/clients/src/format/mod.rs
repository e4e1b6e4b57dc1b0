//! One module per file format. Each turns a [`Source`] into a [`Document`] or a [`Problem`] with a place.
//!
//! Formats are read leniently, because clients differ and an audit must see what any of them could see; what a
//! strict client would refuse is kept as an [`Irregularity`].

use std::sync::Arc;

use crate::config::Irregularity;
use crate::source::{Problem, Source};
use crate::tree::Node;

pub mod json;

/// Nodes nested deeper than this are refused. A real config is under ten deep.
pub const MAX_DEPTH: usize = 128;

/// The formats that clients keep servers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Strict JSON.
    Json,
    /// JSON with comments and trailing commas.
    Jsonc,
    /// JSON5.
    Json5,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
    /// XML (JetBrains options).
    Xml,
    /// Markdown with YAML front matter.
    FrontMatter,
    /// Crush's Bash config. Never evaluated.
    Crushrc,
    /// JavaScript of a VS Code extension. Only literals are read.
    ExtensionJs,
    /// An `.mcpb` or `.dxt` bundle: a ZIP archive with `manifest.json`.
    Bundle,
}

/// A parsed file.
#[derive(Debug)]
pub struct Document {
    /// The root.
    pub root: Node,
    /// What a strict client would refuse, in source order.
    pub irregularities: Vec<Irregularity>,
}

/// Parses `source` as `format`.
pub fn parse(source: &Arc<Source>, format: Format) -> Result<Document, Problem> {
    match format {
        Format::Json | Format::Jsonc | Format::Json5 => json::parse(source, format),
        _ => Err(Problem::new(
            source.origin.clone(),
            crate::source::ProblemKind::Opaque,
            "this format is not read yet",
        )),
    }
}
