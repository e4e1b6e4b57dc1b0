//! One self-contained page that can be sent: verdict, what to do first, charts, products, the NIST CSF 2.0 table,
//! findings, inventory, what was not analysed. It has no script, loads nothing, and prints well.

mod charts;
mod findings;
mod tables;
mod writer;

use mantrap_scan::finding::Severity;

use super::words::{self, counted, sentence};
use super::{SEVERITIES, Scene};
use writer::Html;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";

/// First steps that are listed under the verdict.
const MAX_STEPS: usize = 5;

/// Renders the page.
pub(super) fn render(scene: &Scene<'_>) -> String {
    let mut html = Html::default();
    html.raw(HEAD).text("MCP audit of ").text(&scene.shown(&scene.report.target));
    html.raw("</title>\n<style>\n").raw(include_str!("style.css")).raw("</style>\n</head>\n<body>\n<main>\n");
    masthead(&mut html, scene);
    verdict(&mut html, scene);
    tiles(&mut html, scene);
    first_steps(&mut html, scene);
    charts::render(&mut html, scene);
    tables::products(&mut html, scene);
    tables::framework(&mut html, scene);
    findings::render(&mut html, scene);
    tables::inventory(&mut html, scene);
    tables::problems(&mut html, scene);
    tables::ignored(&mut html, scene);
    footer(&mut html, scene);
    html.raw("</main>\n</body>\n</html>\n");
    html.finish()
}

fn masthead(html: &mut Html, scene: &Scene<'_>) {
    html.raw("<div class=\"brand\"><b>mantrap</b><span>MCP audit of ")
        .text(&scene.shown(&scene.report.target));
    html.raw("</span><span class=\"right\">").text(scene.today).raw("</span></div>\n");
}

fn verdict(html: &mut Html, scene: &Scene<'_>) {
    let report = scene.report;
    let worst = report.worst();
    html.raw("<section class=\"card verdict ").raw(worst.map_or("none", words::severity)).raw("\"><h1>");
    let urgent = scene.count(Severity::Critical) + scene.count(Severity::High);
    match worst {
        None if report.exit_code() == 3 => html.raw("There is nothing to look at here"),
        None if !report.problems.is_empty() => {
            html.raw("Nothing was found, but not everything could be analysed")
        }
        None => html.raw("Nothing was found"),
        Some(Severity::Critical | Severity::High) => html
            .show(urgent)
            .raw(if urgent == 1 { " finding needs" } else { " findings need" })
            .raw(" action today"),
        Some(_) => {
            html.raw("Nothing urgent; ").text(&counted(report.findings.len(), "finding")).raw(" to tidy up")
        }
    };
    html.raw("</h1><p class=\"lead\">");
    match worst {
        Some(Severity::Critical) => html.raw(
            "Something here is already exploited, or runs what an attacker can influence without anybody's mistake \
             or click in between.",
        ),
        Some(Severity::High) => html.raw(
            "Something here executes what an attacker can influence, or hands over the machine or its secrets.",
        ),
        Some(_) => html.raw("Defences are weaker than they could be; nothing here hands over the machine by itself."),
        None => html.raw("No rule and no advisory speaks against what was looked at."),
    };
    html.raw(" An MCP client starts each server it is configured with, with the user's whole authority.</p></section>\n");
}

fn tiles(html: &mut Html, scene: &Scene<'_>) {
    let report = scene.report;
    let exposed = report.products.iter().filter(|product| !product.advisories.is_empty()).count();
    html.raw("<div class=\"tiles\">");
    for (count, label) in [
        (report.servers(), "servers configured"),
        (scene.clients().len(), "clients with servers"),
        (report.configs.len(), "config files read"),
        (report.findings.len(), "findings"),
        (exposed, "products with advisories"),
        (report.problems.len(), "not analysed"),
    ] {
        html.raw("<div class=\"card tile\"><b>")
            .show(count)
            .raw("</b><span>")
            .raw(label)
            .raw("</span></div>");
    }
    html.raw("</div>\n");
}

/// What to do first: the remedies of the worst findings and the actions of the exposed products, each once.
fn first_steps(html: &mut Html, scene: &Scene<'_>) {
    let mut steps: Vec<(Severity, String, usize)> = Vec::new();
    let mut add =
        |severity: Severity, text: String| match steps.iter_mut().find(|(_, known, _)| *known == text) {
            Some((worst, _, count)) => {
                *worst = severity.max(*worst);
                *count += 1;
            }
            None => steps.push((severity, text, 1)),
        };
    for product in &scene.report.products {
        if let Some(worst) = product.advisories.iter().map(|advisory| advisory.severity).max() {
            add(worst, format!("{}: {}", scene.shown(&product.name), scene.shown(&product.action)));
        }
    }
    for finding in &scene.report.findings {
        // The products above say it with their names.
        if finding.rule.id != "vulnerable-product" {
            let remedy = scene.shown(&finding.remedy);
            add(finding.severity, format!("{}: {remedy}", finding.rule.title));
        }
    }
    if steps.is_empty() {
        return;
    }
    steps.sort_by_key(|(severity, _, count)| std::cmp::Reverse((*severity, *count)));
    html.raw("<h2>What to do first</h2>\n<section class=\"card\"><ol class=\"steps\">");
    for (severity, text, count) in steps.iter().take(MAX_STEPS) {
        html.raw("<li>").badge(words::severity(*severity)).raw(" ").message(&sentence(text));
        if *count > 1 {
            html.raw(" <span class=\"soft\">(").show(count).raw(" places)</span>");
        }
        html.raw("</li>");
    }
    html.raw("</ol></section>\n");
}

fn footer(html: &mut Html, scene: &Scene<'_>) {
    let report = scene.report;
    html.raw("<footer><p>Made by mantrap ").text(env!("CARGO_PKG_VERSION")).raw(" on ").text(scene.today);
    html.raw(". The audit executed nothing that it found and used no network; ");
    html.show(report.probed.len()).raw(" places were looked at");
    if report.advisories_count > 0 {
        html.raw(", and ").show(report.advisories_count).raw(" advisories of ");
        html.text(&scene.shown(&report.advisories_date)).raw(" were compared");
    }
    html.raw(".</p><p>");
    html.show(report.held_back.persona).raw(" findings for other readers and ");
    html.show(report.held_back.baseline)
        .raw(" known from the baseline are not shown. Secrets are masked.</p></footer>\n");
}

/// The fixed text of a severity count, worst first.
fn by_severity(scene: &Scene<'_>) -> impl Iterator<Item = (Severity, usize)> {
    SEVERITIES.into_iter().map(|severity| (severity, scene.count(severity)))
}
