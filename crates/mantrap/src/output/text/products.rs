//! The products: each once per version, with what is known against it and what to do today.

use mantrap_scan::finding::Finding;
use mantrap_scan::report::{AdvisoryMatch, Product};
use unicode_width::UnicodeWidthStr;

use super::super::Scene;
use super::super::words;
use super::layout::{padded, wrapped};
use super::{MAX_ROWS, Page};

/// Advisories of one product that are listed.
const MAX_ADVISORIES: usize = 6;
/// The rule whose findings the rows of this table are.
const RULE: &str = "vulnerable-product";

/// Whether the table says what `finding` says.
pub(super) fn says(finding: &Finding) -> bool {
    finding.rule.id == RULE
}

impl Page<'_> {
    pub(super) fn products(&mut self) {
        let scene = self.scene;
        let rows = rows(scene);
        if rows.is_empty() {
            return;
        }
        self.heading("Products");
        let all = if scene.style.is_verbose { usize::MAX } else { 2 * MAX_ROWS };
        for row in rows.iter().take(all) {
            self.product(row);
        }
        let hidden = rows.len().saturating_sub(all);
        if hidden > 0 {
            self.line(&format!("  and {hidden} more; --verbose lists them"));
        }
    }

    fn product(&mut self, row: &[&Product]) {
        let Some(product) = row.first() else { return };
        let scene = self.scene;
        let package = &product.package;
        let version = if package.version.is_empty() { "of unknown version" } else { &package.version };
        let name = self.paint.bold(&scene.shown(&format!("{} {version}", product.name)));
        let more = match row.len() {
            1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        let place = format!(
            "{} {} · {} in {}{more}",
            package.ecosystem,
            scene.shown(&package.name),
            words::evidence(package.evidence),
            scene.place_text(&package.place)
        );
        let place = self.paint.dim(&place);
        let finding = finding_of(scene, product);
        let grade = finding.map(|finding| {
            let grade = format!("{}[{RULE}]", words::severity(finding.severity));
            format!("{}: ", self.paint.severity(finding.severity, &grade))
        });
        self.line(&format!("  {}{name}  {place}", grade.unwrap_or_default()));
        if scene.style.is_verbose {
            for other in row.iter().skip(1) {
                self.line(&format!("    also {}", scene.place_text(&other.package.place)));
            }
        }
        if product.advisories.is_empty() {
            self.line("    nothing is known against this version");
            return;
        }
        let all = if scene.style.is_verbose { usize::MAX } else { MAX_ADVISORIES };
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
}

/// Products, the same version in several places as one.
fn rows<'a>(scene: &Scene<'a>) -> Vec<Vec<&'a Product>> {
    let mut rows: Vec<Vec<&Product>> = Vec::new();
    for product in &scene.report.products {
        let key = |one: &Product| {
            (
                one.name.clone(),
                one.package.ecosystem.clone(),
                one.package.name.clone(),
                one.package.version.clone(),
            )
        };
        let is_same = |row: &&mut Vec<&Product>| row.first().is_some_and(|first| key(first) == key(product));
        match rows.iter_mut().find(is_same) {
            Some(row) => row.push(product),
            None => rows.push(vec![product]),
        }
    }
    rows
}

/// The finding about a product; none where an exception or the baseline covers it, or it is for other readers.
fn finding_of<'a>(scene: &Scene<'a>, product: &Product) -> Option<&'a Finding> {
    let package = &product.package;
    let subject = format!("{}:{}@{} ", package.ecosystem, package.name, package.version);
    scene
        .report
        .findings
        .iter()
        .filter(|finding| says(finding))
        .find(|finding| finding.subject.starts_with(&subject))
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
