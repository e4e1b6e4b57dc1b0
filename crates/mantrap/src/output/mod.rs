//! What a report looks like. Each format renders the same [`Scene`] and nothing else: a report, what must not be
//! shown of it, and where places are.

mod cyclonedx;
mod html;
#[cfg(target_os = "linux")]
pub(crate) mod jail;
pub(crate) mod journal;
mod json;
mod md;
#[cfg(test)]
mod sample;
mod sarif;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub(crate) mod words;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use mantrap_clients::source::Problem;
use mantrap_clients::{Origin, Text};
use mantrap_scan::excerpt::{Line, Place, Places, visible};
use mantrap_scan::finding::{Finding, Location, Severity};
use mantrap_scan::redaction::Redaction;
use mantrap_scan::report::Report;

use crate::cli::Format;

/// Every severity, worst first.
pub(crate) const SEVERITIES: [Severity; 4] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// How a terminal report is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Whether to use ANSI colours.
    pub(crate) is_colored: bool,
    /// Columns.
    pub(crate) width: usize,
    /// Whether to list everything.
    pub(crate) is_verbose: bool,
}

/// A report, ready to be rendered.
pub(crate) struct Scene<'a> {
    pub(crate) report: &'a Report,
    pub(crate) style: Style,
    /// The day of the report, `YYYY-MM-DD`.
    pub(crate) today: &'a str,
    /// The audited folder, as an absolute path.
    pub(crate) folder: Option<PathBuf>,
    home: Option<PathBuf>,
    redaction: Redaction,
}

/// Renders `scene` as `format`.
pub(crate) fn render(scene: &Scene<'_>, format: Format) -> Vec<u8> {
    match format {
        Format::Text => text::render(scene).into_bytes(),
        Format::Json => json::render(scene),
        Format::Sarif => sarif::render(scene),
        Format::Html => html::render(scene).into_bytes(),
        Format::Md => md::render(scene).into_bytes(),
        Format::Cyclonedx => cyclonedx::render(scene),
    }
}

impl<'a> Scene<'a> {
    /// Collects what must not be shown.
    pub(crate) fn new(
        report: &'a Report,
        folder: Option<PathBuf>,
        home: Option<PathBuf>,
        today: &'a str,
        style: Style,
    ) -> Self {
        Scene { report, style, today, folder, home, redaction: Redaction::of(&report.configs) }
    }

    /// Looks up places. Make one for a rendering: it remembers what it has read.
    pub(crate) fn places(&self) -> Places<'_> {
        Places::new(&self.redaction)
    }

    /// A text without secrets, as data.
    pub(crate) fn data<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redaction.text(text)
    }

    /// A text without secrets and without characters that a terminal or a reader would obey or not see.
    pub(crate) fn shown(&self, text: &str) -> String {
        visible(&self.redaction.text(text))
    }

    /// A lowered value without secrets, as data.
    pub(crate) fn value<'t>(&self, config: &mantrap_clients::Config, text: &'t Text) -> Cow<'t, str> {
        self.redaction.value(config, text)
    }

    /// An origin for people: relative to the audited folder, or to the home as `~`.
    pub(crate) fn path(&self, origin: &Origin) -> String {
        let shorter = self.short_path(&origin.path);
        let whole = match &origin.member {
            Some(member) => format!("{shorter}!{member}"),
            None => shorter,
        };
        self.shown(&whole)
    }

    fn short_path(&self, path: &Path) -> String {
        let below = |base: &Option<PathBuf>| path.strip_prefix(base.as_deref()?).ok().map(Path::to_path_buf);
        if let Some(below) = below(&self.folder) {
            let below = below.display().to_string();
            return if below.is_empty() { ".".to_owned() } else { below };
        }
        match below(&self.home) {
            Some(below) => Path::new("~").join(below).display().to_string(),
            None => path.display().to_string(),
        }
    }

    /// A place that was written as text, for people.
    pub(crate) fn place_text(&self, place: &str) -> String {
        self.shown(&self.short_path(Path::new(place)))
    }

    /// Everything about one location that formats draw.
    pub(crate) fn spot(&self, places: &Places<'_>, location: &Location) -> Spot {
        let (place, lines) = match &location.place {
            Some((source, span)) => (Some(places.place(source, *span)), places.excerpt(source, *span)),
            None => (None, Vec::new()),
        };
        Spot { path: self.path(&location.origin), place, lines, label: self.shown(&location.label) }
    }

    /// `path:line:column` of a location, without looking at its lines.
    pub(crate) fn address(&self, places: &Places<'_>, location: &Location) -> String {
        let place = location.place.as_ref().map(|(source, span)| places.place(source, *span));
        Spot { path: self.path(&location.origin), place, lines: Vec::new(), label: String::new() }.address()
    }

    /// The place of a problem.
    pub(crate) fn problem_place(&self, places: &Places<'_>, problem: &Problem) -> Option<Place> {
        problem.place.as_ref().map(|(source, span)| places.place(source, *span))
    }

    /// How many findings of `severity` there are.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.report.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// One row per client that has a config: its name, files, servers, and its worst finding.
    pub(crate) fn clients(&self) -> Vec<ClientRow> {
        let mut rows: Vec<ClientRow> = Vec::new();
        for config in &self.report.configs {
            let index = rows.iter().position(|row| row.id == config.client.id).unwrap_or_else(|| {
                rows.push(ClientRow {
                    id: &config.client.id,
                    name: &config.client.name,
                    files: 0,
                    servers: 0,
                    findings: [0; 4],
                });
                rows.len() - 1
            });
            if let Some(row) = rows.get_mut(index) {
                row.files += 1;
                row.servers += config.servers.len();
            }
        }
        for finding in &self.report.findings {
            let row = rows.iter_mut().find(|row| Some(row.id) == finding.client);
            let slot = SEVERITIES.iter().position(|severity| *severity == finding.severity);
            if let (Some(row), Some(slot)) = (row, slot)
                && let Some(count) = row.findings.get_mut(slot)
            {
                *count += 1;
            }
        }
        // Clients whose files hold nothing to start are noise in a summary.
        rows.retain(|row| row.servers > 0 || row.findings.iter().any(|count| *count > 0));
        rows.sort_by(|one, other| {
            (other.findings, other.servers, one.name).cmp(&(one.findings, one.servers, other.name))
        });
        rows
    }

    /// Findings that say the same thing about different places, as one; worst first, as in the report.
    pub(crate) fn groups(&self) -> Vec<Vec<&'a Finding>> {
        let mut groups: Vec<Vec<&Finding>> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for finding in &self.report.findings {
            let key =
                (finding.rule.id, finding.severity, finding.confidence, &finding.message, &finding.remedy);
            let index = *known.entry(key).or_insert(groups.len());
            match groups.get_mut(index) {
                Some(group) => group.push(finding),
                None => groups.push(vec![finding]),
            }
        }
        groups
    }
}

/// A location, looked up.
pub(crate) struct Spot {
    /// For people.
    pub(crate) path: String,
    pub(crate) place: Option<Place>,
    pub(crate) lines: Vec<Line>,
    pub(crate) label: String,
}

impl Spot {
    /// `path:line:column`.
    pub(crate) fn address(&self) -> String {
        match &self.place {
            Some(place) => format!("{}:{}:{}", self.path, place.line, place.column),
            None => self.path.clone(),
        }
    }
}

/// A client in a summary.
pub(crate) struct ClientRow {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) files: usize,
    pub(crate) servers: usize,
    /// Counts in the order of [`SEVERITIES`].
    pub(crate) findings: [usize; 4],
}

/// Serialises `value` so that its bytes are safe in a terminal and keep their meaning: what [`visible`] would spell
/// out is written as `\u….` escapes.
pub(crate) fn json_bytes(value: &serde_json::Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, SafeJson::default());
    // Writing a value to memory cannot fail.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    bytes.push(b'\n');
    bytes
}

#[derive(Default)]
struct SafeJson<'a> {
    pretty: serde_json::ser::PrettyFormatter<'a>,
}

impl serde_json::ser::Formatter for SafeJson<'_> {
    fn write_string_fragment<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        // Nearly everything is plain ASCII, and in that only DEL hides: controls are escaped before they get here.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(mantrap_scan::excerpt::is_hidden) {
            let (clean, hidden) = rest.split_at(at);
            out.write_all(clean.as_bytes())?;
            let mut characters = hidden.chars();
            for unit in characters.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.pretty.begin_array(out)
    }
    fn end_array<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.pretty.end_array(out)
    }
    fn begin_array_value<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        self.pretty.begin_array_value(out, first)
    }
    fn end_array_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.pretty.end_array_value(out)
    }
    fn begin_object<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.pretty.begin_object(out)
    }
    fn end_object<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.pretty.end_object(out)
    }
    fn begin_object_key<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        self.pretty.begin_object_key(out, first)
    }
    fn begin_object_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.pretty.begin_object_value(out)
    }
    fn end_object_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        self.pretty.end_object_value(out)
    }
}
