//! For a terminal: worst first, each finding with its excerpt, then the products, what was not analysed, a summary.

use std::fmt::Write as _;

use mantrap_scan::finding::{Confidence, Finding, Severity};
use mantrap_scan::report::{AdvisoryMatch, Product};
use unicode_width::UnicodeWidthStr;

use super::words::{self, counted};
use super::{SEVERITIES, Scene, Spot};

/// Rows of a table that a terminal report shows unless everything is asked for.
const MAX_ROWS: usize = 10;
/// Further places of one finding that are listed.
const MAX_PLACES: usize = 6;

/// Draws the report.
pub(super) fn render(scene: &Scene<'_>) -> String {
    let mut page = Page { scene, paint: Paint(scene.style.is_colored), out: String::new() };
    page.header();
    page.findings();
    page.products();
    page.inventory();
    page.problems();
    page.probed();
    page.summary();
    page.out
}

/// ANSI colours, or none.
#[derive(Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    pub(crate) fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    fn frame(self, text: &str) -> String {
        self.code("1;34", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.code("1;32", text)
    }

    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Critical => self.code("1;97;41", text),
            Severity::High => self.code("1;31", text),
            Severity::Medium => self.code("1;33", text),
            Severity::Low => self.code("1;36", text),
        }
    }

    fn code(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

struct Page<'a> {
    scene: &'a Scene<'a>,
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
        if !report.packages.is_empty() {
            facts.push(counted(report.packages.len(), "package"));
        }
        let title = format!("mantrap audit of {}", self.scene.shown(&report.target));
        let title = self.paint.bold(&title);
        self.line(&format!("{title} · {}", facts.join(" · ")));
    }

    fn findings(&mut self) {
        let scene = self.scene;
        let places = scene.places();
        let groups = scene.groups();
        let mut groups = groups.iter().peekable();
        while let Some(group) = groups.next() {
            let Some(first) = group.first() else { continue };
            // What is said of a rule is said once, after its last finding in a row.
            let is_last_of_rule = groups
                .peek()
                .and_then(|next| next.first())
                .is_none_or(|next| next.rule.id != first.rule.id || next.remedy != first.remedy);
            self.line("");
            self.title(first);
            let mut spots = group
                .iter()
                .flat_map(|finding| &finding.locations)
                .map(|location| scene.spot(&places, location));
            let drawn = if group.len() == 1 { first.locations.len() } else { 1 };
            let mut gutter = 2;
            for spot in spots.by_ref().take(drawn.min(3)) {
                gutter = self.frame(&spot);
            }
            let rest: Vec<String> = spots.map(|spot| spot.address()).collect();
            self.further_places(&rest, gutter);
            if is_last_of_rule {
                self.note(gutter, "why", &scene.shown(first.rule.why));
                self.note(gutter, "help", &scene.shown(&first.remedy));
            }
            if let Some(edit) = &first.edit {
                self.note(gutter, "edit", &scene.shown(&edit.title));
                for line in edit.replacement.lines().take(6) {
                    let shown = scene.shown(line);
                    let added = self.paint.good(&format!("+ {shown}"));
                    self.line(&format!("{}       {added}", " ".repeat(gutter)));
                }
            }
            if scene.style.is_verbose {
                let ids: Vec<String> = words::mappings(first.rule)
                    .iter()
                    .map(|(framework, ids)| match *framework {
                        "CWE" => ids.join(", "),
                        _ => format!("{framework} {}", ids.join(", ")),
                    })
                    .collect();
                self.note(gutter, "also", &ids.join(" · "));
                self.note(gutter, "print", &first.fingerprint());
            }
        }
    }

    fn title(&mut self, finding: &Finding) {
        let severity = words::severity(finding.severity);
        let mut grade = format!("{severity}[{}]", finding.rule.id);
        let width = grade.width() + 2;
        grade = self.paint.severity(finding.severity, &grade);
        let sure = match finding.confidence {
            Confidence::High => String::new(),
            less => format!(" (confidence {})", words::confidence(less)),
        };
        let message = self.scene.shown(&finding.message);
        let text = format!("{message}{sure}");
        let lines = wrapped(&text, self.scene.style.width, width, 4);
        let mut lines = lines.iter();
        let first = self.paint.bold(lines.next().map_or("", String::as_str));
        self.line(&format!("{grade}: {first}"));
        for line in lines {
            let line = self.paint.bold(line);
            self.line(&format!("    {line}"));
        }
    }

    /// Draws an excerpt; answers with the width of its gutter.
    fn frame(&mut self, spot: &Spot) -> usize {
        let digits = spot.lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1);
        let gutter = digits + 1;
        let pad = " ".repeat(gutter);
        let arrow = self.paint.frame("-->");
        self.line(&format!("{}{arrow} {}", " ".repeat(digits), spot.address()));
        if spot.lines.is_empty() {
            return gutter;
        }
        let bar = self.paint.frame("|");
        self.line(&format!("{pad}{bar}"));
        // Indentation that every line shares says nothing.
        let indent = |text: &str| text.len() - text.trim_start_matches(' ').len();
        let common = spot
            .lines
            .iter()
            .filter(|line| !line.text.is_empty())
            .map(|line| indent(&line.text))
            .min()
            .unwrap_or(0);
        let room = self.scene.style.width.saturating_sub(gutter + 2).max(20);
        let last = spot.lines.len() - 1;
        for (nth, line) in spot.lines.iter().enumerate() {
            let (text, mark) = fitted(
                line.text.get(common..).unwrap_or_default(),
                line.mark.start.saturating_sub(common)..line.mark.end.saturating_sub(common),
                room,
            );
            let number = self.paint.frame(&format!("{:>digits$}", line.number));
            self.line(&format!("{number} {bar} {text}"));
            // A span of many lines is marked by its first line's start; carets under each would be noise.
            if last == 0 || nth == 0 {
                let carets = "^".repeat(mark.len().max(1));
                let carets = self.paint.severity(Severity::High, &carets);
                let lead = " ".repeat(mark.start);
                let label = if mark.start + mark.len() + spot.label.width() < room || spot.label.is_empty() {
                    format!(" {}", spot.label)
                } else {
                    format!("\n{pad}{bar} {lead}{}", spot.label)
                };
                self.line(&format!("{pad}{bar} {lead}{carets}{label}"));
            }
            if line.gap {
                self.line(&format!("{pad}…"));
            }
        }
        gutter
    }

    fn further_places(&mut self, addresses: &[String], gutter: usize) {
        if addresses.is_empty() {
            return;
        }
        let all = if self.scene.style.is_verbose { addresses.len() } else { MAX_PLACES };
        let pad = " ".repeat(gutter);
        for address in addresses.iter().take(all) {
            let text = self.paint.frame(":::");
            self.line(&format!("{}{text} also {address}", pad.get(1..).unwrap_or_default()));
        }
        if addresses.len() > all {
            self.line(&format!("{pad}    and {} more; --verbose lists them", addresses.len() - all));
        }
    }

    fn note(&mut self, gutter: usize, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let lead = gutter + 4 + name.len();
        let lines = wrapped(text, self.scene.style.width, lead, lead);
        let equals = self.paint.frame("=");
        let pad = " ".repeat(gutter);
        for (nth, line) in lines.iter().enumerate() {
            if nth == 0 {
                let name = self.paint.bold(name);
                self.line(&format!("{pad}{equals} {name}: {line}"));
            } else {
                self.line(&format!("{}{line}", " ".repeat(lead)));
            }
        }
    }

    fn products(&mut self) {
        let scene = self.scene;
        if scene.report.products.is_empty() {
            return;
        }
        self.heading("Products");
        let all = if scene.style.is_verbose { usize::MAX } else { 2 * MAX_ROWS };
        for product in scene.report.products.iter().take(all) {
            self.product(product);
        }
        let hidden = scene.report.products.len().saturating_sub(all);
        if hidden > 0 {
            self.line(&format!("  and {} more; --verbose lists them", hidden));
        }
    }

    fn product(&mut self, product: &Product) {
        let scene = self.scene;
        let package = &product.package;
        let version = if package.version.is_empty() { "of unknown version" } else { &package.version };
        let name = self.paint.bold(&scene.shown(&format!("{} {version}", product.name)));
        let place = format!(
            "{} {} · {} in {}",
            package.ecosystem,
            scene.shown(&package.name),
            words::evidence(package.evidence),
            scene.place_text(&package.place)
        );
        let place = self.paint.dim(&place);
        self.line(&format!("  {name}  {place}"));
        if product.advisories.is_empty() {
            self.line("    nothing is known against this version");
            return;
        }
        let all = if scene.style.is_verbose { usize::MAX } else { 6 };
        let shown: Vec<&AdvisoryMatch> = product.advisories.iter().take(all).collect();
        let rows: Vec<[String; 4]> = shown.iter().map(|advisory| advisory_cells(scene, advisory)).collect();
        let widths = [0, 1, 2, 3].map(|column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
        });
        for (advisory, [severity, id, fixed, state]) in shown.iter().zip(&rows) {
            let severity = self.paint.severity(advisory.severity, &padded(severity, widths[0]));
            self.line(&format!(
                "    {severity}  {}  {}  {}",
                padded(id, widths[1]),
                padded(fixed, widths[2]),
                padded(state, widths[3])
            ));
            if scene.style.is_verbose {
                for line in wrapped(&scene.shown(&advisory.summary), scene.style.width, 6, 6) {
                    self.line(&format!("      {line}"));
                }
            }
        }
        let hidden = product.advisories.len().saturating_sub(all);
        if hidden > 0 {
            self.line(&format!("    and {hidden} more; --verbose lists them"));
        }
        let lines = wrapped(&scene.shown(&product.action), scene.style.width, 11, 11);
        for (nth, line) in lines.iter().enumerate() {
            let lead = if nth == 0 { format!("    {} ", self.paint.good("today:")) } else { " ".repeat(11) };
            self.line(&format!("{lead}{line}"));
        }
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

    fn problems(&mut self) {
        let scene = self.scene;
        let problems = &scene.report.problems;
        if problems.is_empty() {
            return;
        }
        self.heading("Not analysed");
        let places = scene.places();
        let all = if scene.style.is_verbose { usize::MAX } else { MAX_ROWS };
        for problem in problems.iter().take(all) {
            let mut address = scene.path(&problem.origin);
            if let Some(place) = scene.problem_place(&places, problem) {
                let _ = write!(address, ":{}:{}", place.line, place.column);
            }
            let text = format!("{address}: {}", scene.shown(&problem.message));
            for (nth, line) in wrapped(&text, scene.style.width, 2, 4).iter().enumerate() {
                self.line(&format!("{}{line}", if nth == 0 { "  " } else { "    " }));
            }
        }
        if problems.len() > all {
            self.line(&format!("  and {} more; --verbose lists them", problems.len() - all));
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
                3 => self.paint.bold("nothing to look at: no client config and no known package was found"),
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

fn advisory_cells(scene: &Scene<'_>, advisory: &AdvisoryMatch) -> [String; 4] {
    let fixed = match &advisory.fixed {
        Some(fixed) => {
            format!("fixed in {}: {}", scene.shown(fixed), words::fix_quality(advisory.fix_quality))
        }
        None => words::fix_quality(advisory.fix_quality).to_owned(),
    };
    let mut state = Vec::new();
    if !advisory.bypassed_by.is_empty() {
        state.push(format!("bypassed by {}", scene.shown(&advisory.bypassed_by.join(", "))));
    }
    match advisory.exploited.as_deref() {
        Some("active") => state.push("exploited".to_owned()),
        Some("poc") => state.push("exploit public".to_owned()),
        Some(other) => state.push(format!("exploitation {}", scene.shown(other))),
        None => {}
    }
    if advisory.range_unknown {
        state.push("affected versions unknown".to_owned());
    }
    [words::severity(advisory.severity).to_owned(), scene.shown(&advisory.id), fixed, state.join(", ")]
}

/// Cuts `text` to `room` columns so that the mark stays in sight.
fn fitted(text: &str, mark: std::ops::Range<usize>, room: usize) -> (String, std::ops::Range<usize>) {
    if text.width() <= room {
        return (text.to_owned(), mark);
    }
    let marked = mark.len().min(room / 2);
    let mut skip = 0;
    if mark.start + marked + 2 > room {
        skip = (mark.start + marked + 2).saturating_sub(room * 2 / 3);
        skip = skip.min(mark.start);
    }
    let mut out = String::new();
    let mut column = 0;
    let mut drawn = 0;
    let mut lost = 0;
    for character in text.chars() {
        let width = character.to_string().width();
        if column < skip {
            column += width;
            lost = column;
            continue;
        }
        if drawn == 0 && skip > 0 {
            out.push('…');
            drawn = 1;
        }
        if drawn + width + 1 > room {
            out.push('…');
            drawn += 1;
            break;
        }
        out.push(character);
        column += width;
        drawn += width;
    }
    let start = mark.start.saturating_sub(lost) + usize::from(skip > 0);
    let end = (start + mark.len()).min(drawn.max(start + 1));
    (out, start..end)
}

/// Breaks `text` between words so that no line is wider than `width`; the first has `first` columns before it, the
/// others `other`. A longer word stays whole, so that it can be copied.
pub(crate) fn wrapped(text: &str, width: usize, first: usize, other: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let lead = if lines.len() == 1 { first } else { other };
        let Some(line) = lines.last_mut() else { break };
        let is_full = !line.is_empty() && lead + line.width() + 1 + word.width() > width;
        if is_full {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn clipped(text: &str, width: usize) -> String {
    let (text, _) = fitted(text, 0..0, width);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole() {
        assert_eq!(wrapped("one two three", 8, 0, 2), ["one two", "three"]);
        assert_eq!(wrapped("averyveryverylongword x", 8, 4, 4), ["averyveryverylongword", "x"]);
    }

    #[test]
    fn a_narrow_terminal_still_shows_the_mark() {
        let text = "a".repeat(100) + "HERE" + &"b".repeat(100);
        let (out, mark) = fitted(&text, 100..104, 40);
        assert!(out.width() <= 40, "{out}");
        let shown: String = out.chars().skip(mark.start).take(mark.len()).collect();
        assert_eq!(shown, "HERE");
    }
}
