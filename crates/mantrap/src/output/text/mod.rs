//! For a terminal: worst first, each finding with its excerpt, then the products, what was not analysed, a summary.

mod findings;
mod layout;
mod products;

use std::collections::BTreeSet;

use mantrap_clients::source::ProblemKind;
use mantrap_scan::excerpt::Places;
use mantrap_scan::rules::unreadable_config;
use unicode_width::UnicodeWidthStr;

use super::words::{self, counted};
use super::{SEVERITIES, Scene};
pub(crate) use layout::{Paint, wrapped};
use layout::{brief, clipped, padded};

/// Rows of a table that a terminal report shows unless everything is asked for.
const MAX_ROWS: usize = 10;

/// Draws the report.
pub(super) fn render(scene: &Scene<'_>) -> String {
    let places = scene.places();
    let mut page = Page { scene, places: &places, paint: Paint(scene.style.is_colored), out: String::new() };
    page.header();
    page.findings();
    page.products();
    page.inventory();
    page.problems();
    page.probed();
    page.summary();
    page.out
}

struct Page<'a> {
    scene: &'a Scene<'a>,
    places: &'a Places<'a>,
    paint: Paint,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let heading = self.paint.bold(text);
        self.line("");
        self.line(&heading);
    }

    fn header(&mut self) {
        let report = self.scene.report;
        let mut facts = vec![
            counted(report.servers(), "server"),
            counted(self.scene.clients().len(), "client"),
            counted(report.configs.len(), "config file"),
        ];
        if report.protected() > 0 {
            facts.insert(1, format!("{} protected", report.protected()));
        }
        if !report.packages.is_empty() {
            facts.push(counted(report.packages.len(), "package"));
        }
        if report.sources > 0 {
            facts.push(counted(report.sources, "source file"));
        }
        let title = format!("mantrap audit of {}", self.scene.shown(&report.target));
        let title = self.paint.bold(&title);
        self.line(&format!("{title} · {}", facts.join(" · ")));
    }

    fn inventory(&mut self) {
        let scene = self.scene;
        if scene.style.is_verbose {
            return self.every_server();
        }
        let rows = scene.clients();
        if rows.is_empty() {
            return;
        }
        self.heading("Clients");
        let width = rows.iter().take(MAX_ROWS).map(|row| row.name.width()).max().unwrap_or(0);
        for row in rows.iter().take(MAX_ROWS) {
            let counts: Vec<String> = SEVERITIES
                .iter()
                .zip(row.findings)
                .filter(|(_, count)| *count > 0)
                .map(|(severity, count)| {
                    self.paint.severity(*severity, &format!("{count} {}", words::severity(*severity)))
                })
                .collect();
            let verdict =
                if counts.is_empty() { self.paint.good("nothing found") } else { counts.join(", ") };
            self.line(&format!(
                "  {}  {:>11}  {:>8}  {verdict}",
                padded(row.name, width),
                counted(row.servers, "server"),
                counted(row.files, "file")
            ));
        }
        if rows.len() > MAX_ROWS {
            self.line(&format!("  and {} more; --verbose lists every server", rows.len() - MAX_ROWS));
        }
    }

    fn every_server(&mut self) {
        let scene = self.scene;
        self.heading("Servers");
        for config in &scene.report.configs {
            let path = scene.path(config.origin());
            let mark = if config.confirmed { "" } else { " · unconfirmed path" };
            let client = self.paint.bold(&config.client.name);
            self.line(&format!("  {client} · {} · {path}{mark}", words::scope(config.scope)));
            for server in &config.servers {
                let name = scene.shown(&server.name.value);
                let argv: Vec<_> =
                    server.argv().iter().map(|text| scene.value(config, text).into_owned()).collect();
                let urls = server.urls.iter().map(|url| scene.value(config, url).into_owned());
                let what: Vec<String> =
                    std::iter::once(argv.join(" ")).chain(urls).filter(|part| !part.is_empty()).collect();
                let what = scene.shown(&what.join(" · "));
                let off = match server.switch {
                    mantrap_clients::Switch::On => "",
                    mantrap_clients::Switch::Off => " (off)",
                    mantrap_clients::Switch::NotLoaded => " (not loaded)",
                };
                let text = format!("{name}{off}: {what}");
                self.line(&format!("    {}", clipped(&text, scene.style.width.saturating_sub(4))));
            }
        }
    }

    /// What is not known, by kind: what to do about it is said once.
    fn problems(&mut self) {
        let scene = self.scene;
        let problems = &scene.report.problems;
        if problems.is_empty() {
            return;
        }
        let kinds: BTreeSet<ProblemKind> = problems.iter().map(|problem| problem.kind).collect();
        let mut left = if scene.style.is_verbose { usize::MAX } else { MAX_ROWS };
        self.line("");
        for kind in kinds {
            let mut remedy = None;
            for problem in problems.iter().filter(|problem| problem.kind == kind).take(left) {
                left = left.saturating_sub(1);
                let finding = unreadable_config::finding(problem);
                let place = finding.primary().map(|location| scene.address(self.places, location));
                let grade = format!("not analysed[{}]", finding.rule.id);
                let text =
                    format!("{}: {}", place.unwrap_or_default(), brief(&scene.shown(&finding.message)));
                let bold = self.paint.bold(&grade);
                self.hanging(&bold, grade.width() + 2, &text);
                if scene.style.is_verbose
                    && let Some(location) = finding.primary()
                    && location.place.is_some()
                {
                    let spot = scene.spot(self.places, location);
                    self.frame(&spot);
                }
                remedy = Some(finding.remedy);
            }
            if let Some(remedy) = remedy {
                self.note(2, "help", &remedy);
            }
        }
        if problems.len() > MAX_ROWS && !scene.style.is_verbose {
            self.line(&format!("  and {} more; --verbose lists them", problems.len() - MAX_ROWS));
        }
    }

    fn probed(&mut self) {
        if self.scene.style.is_verbose && !self.scene.report.probed.is_empty() {
            self.heading("Looked at");
            for place in &self.scene.report.probed {
                let place = self.scene.shown(place);
                self.line(&format!("  {place}"));
            }
        }
    }

    fn summary(&mut self) {
        let scene = self.scene;
        let report = scene.report;
        self.line("");
        let verdict = if report.findings.is_empty() {
            match report.exit_code() {
                3 => self.paint.bold(
                    "nothing to look at: no client config, no known package and no source code was found",
                ),
                _ => self.paint.good("nothing found"),
            }
        } else {
            let counts: Vec<String> = SEVERITIES
                .iter()
                .filter(|severity| scene.count(**severity) > 0)
                .map(|severity| {
                    let text = format!("{} {}", scene.count(*severity), words::severity(*severity));
                    self.paint.severity(*severity, &text)
                })
                .collect();
            format!("{}: {}", self.paint.bold(&counted(report.findings.len(), "finding")), counts.join(", "))
        };
        let mut aside = Vec::new();
        if !report.problems.is_empty() {
            aside.push(format!("{} not analysed", report.problems.len()));
        }
        if !report.ignored.is_empty() {
            aside.push(format!("{} ignored with a reason", report.ignored.len()));
        }
        if report.held_back.baseline > 0 {
            aside.push(format!("{} in the baseline", report.held_back.baseline));
        }
        if report.held_back.persona > 0 {
            aside.push(format!("{} for other readers (--persona auditor)", report.held_back.persona));
        }
        let aside = if aside.is_empty() { String::new() } else { format!(" · {}", aside.join(" · ")) };
        self.line(&format!("{verdict}{aside}"));
        if let Some(first) = report.findings.first() {
            let text = format!(
                "`mantrap explain {}` says how a rule judges; `--format html --output report.html` makes a page to send",
                first.rule.id
            );
            for line in wrapped(&text, scene.style.width, 0, 0) {
                let line = self.paint.dim(&line);
                self.line(&line);
            }
        }
    }
}
