//! One module per file format. Each turns a [`Source`] into a [`Document`] or a [`Problem`] with a place.
//!
//! Formats are read leniently, because clients differ and an audit must see what any of them could see; what a
//! strict client would refuse is kept as an [`Irregularity`]. An empty file is an empty document, not a problem:
//! nothing can hide in it.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::config::Irregularity;
use crate::source::{Problem, ProblemKind, Source, Span};
use crate::tree::{Member, Node, Value};

pub mod bundle;
pub mod crushrc;
pub mod extension_js;
pub mod front_matter;
pub mod json;
pub mod toml;
pub mod xml;
pub mod yaml;

/// Nodes nested deeper than this are refused. A real config is under ten deep.
pub const MAX_DEPTH: usize = 128;

/// Files with more nodes than this are refused: a million, an order of magnitude over the largest real config.
/// It bounds memory (some 400 bytes a node while a file is parsed), not time.
pub const MAX_NODES: usize = 1_000_000;

/// The most problems that are kept of one file.
pub const MAX_PROBLEMS: usize = 200;

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
    /// Parts that could not be analysed while the rest could, in source order.
    pub problems: Vec<Problem>,
}

impl Document {
    /// A document with nothing to report.
    pub(crate) fn new(root: Node) -> Self {
        Document { root, irregularities: Vec::new(), problems: Vec::new() }
    }

    /// Keeps a problem with a part of the file. The first [`MAX_PROBLEMS`] tell enough; after them one says that
    /// there are more.
    pub(crate) fn push(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else if self.problems.len() == MAX_PROBLEMS {
            let message = format!("more than {MAX_PROBLEMS} parts of this file cannot be analysed");
            self.problems.push(Problem { kind: ProblemKind::Cut, message, ..problem });
        }
    }

    /// The document of a file that holds no value.
    pub(crate) fn empty() -> Self {
        Document::new(Node { span: Span::default(), value: Value::Null })
    }
}

/// Parses `source` as `format`. A [`Format::Bundle`] is not text: see [`bundle::read`].
pub fn parse(source: &Arc<Source>, format: Format) -> Result<Document, Problem> {
    let parse = || match format {
        Format::Json | Format::Jsonc | Format::Json5 => json::parse(source, format),
        Format::Toml => toml::parse(source),
        Format::Yaml => yaml::parse(source),
        Format::Xml => xml::parse(source),
        Format::FrontMatter => front_matter::parse(source),
        Format::Crushrc => crushrc::parse(source),
        Format::ExtensionJs => extension_js::parse(source),
        Format::Bundle => Err(Problem::new(
            source.origin.clone(),
            ProblemKind::Encoding,
            "a bundle is an archive and has no text of its own",
        )),
    };
    unwound(source, parse)
}

/// The parsers of other crates see hostile text too: should one of them panic, its file becomes a problem and
/// the audit goes on.
fn unwound(
    source: &Arc<Source>,
    parse: impl FnOnce() -> Result<Document, Problem>,
) -> Result<Document, Problem> {
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| {
        Err(Problem::new(
            source.origin.clone(),
            ProblemKind::Syntax,
            "the parser gave up on this file; please report it with the file attached",
        ))
    })
}

/// Whether a text holds more than `limit` of the bytes that begin or separate nodes, so that parsing it would
/// take memory out of proportion. Small texts cannot.
fn is_dense(text: &str, [first, second, third]: [u8; 3], limit: usize) -> bool {
    text.len() > limit && memchr::memchr3_iter(first, second, third, text.as_bytes()).count() > limit
}

/// Finds duplicate keys of one map. Small maps are searched, so that the common case allocates nothing.
#[derive(Default)]
struct Keys {
    large: HashSet<String>,
}

impl Keys {
    const SMALL: usize = 16;

    /// Whether `key` is among the `members` that came before it. Ask once per key, in order.
    fn is_known(&mut self, members: &[Member], key: &str) -> bool {
        if members.len() < Self::SMALL {
            return members.iter().any(|member| member.key == key);
        }
        if self.large.is_empty() {
            self.large = members.iter().map(|member| member.key.clone()).collect();
        }
        !self.large.insert(key.to_owned())
    }
}

fn too_deep(source: &Arc<Source>, span: Span) -> Problem {
    let message = format!("nested deeper than {MAX_DEPTH} levels");
    Problem::at(source, span, ProblemKind::TooDeep, message)
}

fn too_many(source: &Arc<Source>, limit: usize) -> Problem {
    let message = format!("more than {limit} values in one file; it is not read");
    Problem::new(source.origin.clone(), ProblemKind::TooLarge, message)
}
