//! Source code of a folder: which files are read, and what of their flows is a finding.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mantrap_clients::source::{Origin, Problem, ProblemKind, Source, read_regular_file};
use mantrap_clients::{Span, work};
use mantrap_code::lower::Language;
use mantrap_code::{Analysis, Input, Place};
pub use mantrap_code::{Digest32, Keeper};

use crate::finding::{Finding, Location};
use crate::rules::{sdk_setting, tainted_launch, tool_injection};

/// The largest file of source code that is read, in bytes (2 MiB).
const MAX_SOURCE_BYTES: u64 = 2 * 1024 * 1024;
/// Folders of code that others wrote and that is installed, not kept: it is judged where it is kept.
const INSTALLED: &[&str] =
    &["node_modules", "site-packages", "bower_components", ".venv", "venv", ".tox", ".git", "__pycache__"];

/// What the source code of a folder says.
#[derive(Debug, Default)]
pub struct Sources {
    /// Flows that matter.
    pub findings: Vec<Finding>,
    /// What was not analysed.
    pub problems: Vec<Problem>,
    /// Files that were read.
    pub files: usize,
}

/// Whether a walk should hand this file to [`read`]. `relative` is its path from the walk's root.
pub fn wants(file_name: &str, relative: &Path) -> bool {
    let is_installed = |part: std::path::Component<'_>| {
        part.as_os_str().to_str().is_some_and(|part| INSTALLED.contains(&part))
    };
    Language::wants(file_name) && !file_name.ends_with(".d.ts") && !relative.components().any(is_installed)
}

/// Reads and follows the files, whose paths lie in `folder`, with what was kept of them.
pub fn read(folder: &Path, files: &[PathBuf], keeper: Option<Arc<dyn Keeper>>) -> Sources {
    let mut sources = Sources::default();
    let read = work::on_each(files, |path| {
        let origin = Origin::file(path);
        let bytes = read_regular_file(path, &origin, MAX_SOURCE_BYTES)?;
        let relative = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        // A byte that is no UTF-8 stands in a string or comment; the rest of the file is what it was.
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Ok(Input { path: relative, text })
    });
    let mut inputs = Vec::new();
    for input in read {
        match input {
            Ok(input) => inputs.push(input),
            Err(problem) => sources.problems.push(problem),
        }
    }
    let analysis = match keeper {
        Some(keeper) => mantrap_code::analyse_again(inputs, keeper),
        None => mantrap_code::analyse(inputs),
    };
    sources.files = analysis.files;
    sources.judge(folder, analysis);
    sources
}

impl Sources {
    fn judge(&mut self, folder: &Path, analysis: Analysis) {
        let mut opened = Opened { folder, known: HashMap::new() };
        for flow in &analysis.flows {
            let judge = match flow.sink.act.is_launch() {
                true => tainted_launch::finding,
                false => tool_injection::finding,
            };
            self.findings.push(judge(flow, &mut |place| opened.location(place)));
        }
        for setting in &analysis.settings {
            self.findings.push(sdk_setting::finding(setting, &mut |place| opened.location(place)));
        }
        for cut in analysis.cut {
            let origin = Origin::file(folder.join(&cut.path));
            let mut problem = Problem::new(origin, ProblemKind::Cut, cut.why);
            let place = Place { path: cut.path, span: cut.span, what: String::new() };
            problem.place = opened.location(&place).place;
            self.problems.push(problem);
        }
    }
}

/// Files of findings, read once more to be shown.
struct Opened<'a> {
    folder: &'a Path,
    known: HashMap<String, Option<Arc<Source>>>,
}

impl Opened<'_> {
    fn location(&mut self, place: &Place) -> Location {
        let path = self.folder.join(&place.path);
        let source = self
            .known
            .entry(place.path.clone())
            .or_insert_with(|| Source::open(&path, Origin::file(&path), MAX_SOURCE_BYTES).ok());
        match source {
            Some(source) => {
                let span = Span { start: place.span.start, end: place.span.end };
                Location::at(source, span, place.what.clone())
            }
            None => Location::file(Origin::file(path), place.what.clone()),
        }
    }
}
