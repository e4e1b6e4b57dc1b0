//! The tables: products, NIST CSF 2.0, inventory, what was not analysed, what was ignored.

use mantrap_clients::Switch;
use mantrap_scan::finding::Severity;
use mantrap_scan::report::{AdvisoryMatch, FixQuality, Product};
use mantrap_scan::rules::unreadable_config;

use super::super::words::{self, sentence};
use super::super::{SEVERITIES, Scene};
use super::writer::Html;

/// The functions of NIST CSF 2.0 with what each asks here.
const FUNCTIONS: [(&str, &str, &str); 6] = [
    ("GV", "Govern", "Decide who may add an MCP server, and write down the exceptions."),
    ("ID", "Identify", "Keep this inventory current: run the audit on every machine and in every pipeline."),
    ("PR", "Protect", "Pin what is started, take secrets out of configs, and ask before a tool runs."),
    ("DE", "Detect", "Report only what is new against a baseline, and look at it the same day."),
    ("RS", "Respond", "Stop the servers of critical findings now, and rotate every secret they could read."),
    ("RC", "Recover", "Rebuild from pinned versions, then audit again."),
];

/// The product grid: a row that names the product and what to do, then one row per advisory.
pub(super) fn products(html: &mut Html, scene: &Scene<'_>) {
    if scene.report.products.is_empty() {
        return;
    }
    html.raw("<h2>Products</h2>\n<p class=\"lead\">Installed, locked, deployed or running here, with what is known ");
    html.raw("against that version. A structural fix removes the flaw; a filter can be bypassed, and some were.</p>\n");
    html.raw("<div class=\"card scroll\"><table class=\"grid\"><thead><tr><th>Product and advisories</th><th>Severity</th>");
    html.raw("<th>Fixed in</th><th>Quality of the fix</th><th>Exploited</th></tr></thead><tbody>\n");
    for product in &scene.report.products {
        product_row(html, scene, product);
        for advisory in &product.advisories {
            advisory_row(html, scene, advisory);
        }
    }
    html.raw("</tbody></table></div>\n");
}

fn product_row(html: &mut Html, scene: &Scene<'_>, product: &Product) {
    let package = &product.package;
    html.raw("<tr class=\"product\"><td colspan=\"5\"><b>").text(&scene.shown(&product.name)).raw(" ");
    html.text(&match package.version.is_empty() {
        true => "of unknown version".to_owned(),
        false => scene.shown(&package.version),
    });
    html.raw("</b> <span class=\"sub\">").raw(words::evidence(package.evidence)).raw(" · ");
    html.text(&scene.place_text(&package.place)).raw("</span>");
    if product.advisories.is_empty() {
        html.raw(" <span class=\"badge good\">nothing known</span>");
    } else {
        html.raw("<div><span class=\"do\">Today:</span> ")
            .message(&scene.shown(&product.action))
            .raw("</div>");
    }
    html.raw("</td></tr>\n");
}

fn advisory_row(html: &mut Html, scene: &Scene<'_>, advisory: &AdvisoryMatch) {
    html.raw("<tr><td class=\"advisory\"><span class=\"mono\">")
        .text(&scene.shown(&advisory.id))
        .raw("</span>");
    html.raw("<div class=\"sub\">").text(&scene.shown(&advisory.summary));
    html.raw(if advisory.range_unknown { " The affected versions are not known." } else { "" });
    html.raw("</div></td><td>").badge(words::severity(advisory.severity)).raw("</td><td class=\"nowrap\">");
    html.text(&scene.shown(advisory.fixed.as_deref().unwrap_or("—"))).raw("</td><td>");
    let is_weak = is_weak(advisory.fix_quality);
    html.raw(if is_weak { "<b>" } else { "<span>" }).text(words::fix_quality(advisory.fix_quality));
    html.raw(if is_weak { "</b>" } else { "</span>" });
    if !advisory.bypassed_by.is_empty() {
        html.raw("<div class=\"sub\">by ").text(&scene.shown(&advisory.bypassed_by.join(", "))).raw("</div>");
    }
    html.raw("</td>").cell(&match advisory.exploited.as_deref() {
        Some("active") => "yes".to_owned(),
        Some("poc") => "exploit is public".to_owned(),
        Some(other) => scene.shown(other),
        None => "not known".to_owned(),
    });
    html.raw("</tr>\n");
}

fn is_weak(quality: FixQuality) -> bool {
    matches!(quality, FixQuality::FilterBypassed | FixQuality::Warning | FixQuality::None)
}

/// Findings by function of NIST CSF 2.0.
pub(super) fn framework(html: &mut Html, scene: &Scene<'_>) {
    html.raw("<h2>NIST Cybersecurity Framework 2.0</h2>\n<p class=\"lead\">A finding counts in every function that its rule maps to.</p>\n");
    html.raw("<div class=\"card scroll\"><table><thead><tr><th>Function</th><th class=\"num\">Findings</th><th>Worst</th>");
    html.raw("<th>Mostly</th><th>What to do</th></tr></thead><tbody>\n");
    for (id, name, advice) in FUNCTIONS {
        let prefix = format!("{id}.");
        let mut worst: Option<Severity> = None;
        let mut count = 0;
        let mut rules: Vec<(&str, usize)> = Vec::new();
        for finding in &scene.report.findings {
            if !finding.rule.mappings.csf.iter().any(|entry| entry.starts_with(&prefix)) {
                continue;
            }
            count += 1;
            worst = worst.max(Some(finding.severity));
            match rules.iter_mut().find(|(title, _)| *title == finding.rule.title) {
                Some((_, seen)) => *seen += 1,
                None => rules.push((finding.rule.title, 1)),
            }
        }
        rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let titles: Vec<&str> = rules.iter().take(3).map(|(title, _)| *title).collect();
        html.raw("<tr><td class=\"nowrap\"><b>")
            .raw(id)
            .raw("</b> ")
            .raw(name)
            .raw("</td><td class=\"num\">")
            .show(count);
        html.raw("</td><td>");
        match worst {
            Some(worst) => html.badge(words::severity(worst)),
            None => html.raw("<span class=\"soft\">—</span>"),
        };
        html.raw("</td>").cell(&titles.join("; ")).cell(advice).raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

/// Every server.
pub(super) fn inventory(html: &mut Html, scene: &Scene<'_>) {
    if scene.report.servers() == 0 {
        return;
    }
    html.raw("<h2>Inventory</h2>\n<p class=\"lead\">Every server that a client here would start or connect to. Values of variables and headers are left out.</p>\n");
    html.raw("<div class=\"card scroll\"><table><thead><tr><th>Client</th><th>Server</th><th>Starts or connects to</th><th>Variables</th></tr></thead><tbody>\n");
    for config in &scene.report.configs {
        for server in &config.servers {
            html.raw("<tr><td>")
                .text(&config.client.name)
                .raw("<div class=\"sub\">")
                .text(&scene.path(config.origin()));
            html.raw(" · ")
                .raw(words::scope(config.scope))
                .raw("</div></td><td>")
                .text(&scene.shown(&server.name.value));
            html.raw(match server.switch {
                Switch::On => "",
                Switch::Off => "<div class=\"sub\">switched off</div>",
                Switch::NotLoaded => "<div class=\"sub\">not loaded</div>",
            });
            html.raw("</td><td><code>");
            let argv: Vec<_> =
                server.argv().iter().map(|text| scene.value(config, text).into_owned()).collect();
            html.text(&scene.shown(&argv.join(" ")));
            for (nth, url) in server.urls.iter().enumerate() {
                html.raw(if nth > 0 || !argv.is_empty() { " · " } else { "" })
                    .text(&scene.shown(&scene.value(config, url)));
            }
            html.raw("</code></td><td class=\"mono\">");
            let names = server
                .env
                .iter()
                .chain(&server.headers)
                .map(|entry| scene.shown(&scene.value(config, &entry.name)));
            html.text(&names.collect::<Vec<_>>().join(", ")).raw("</td></tr>\n");
        }
    }
    html.raw("</tbody></table></div>\n");
}

/// What could not be analysed.
pub(super) fn problems(html: &mut Html, scene: &Scene<'_>) {
    html.raw("<h2>Not analysed</h2>\n");
    if scene.report.problems.is_empty() {
        html.raw("<p class=\"lead\">Everything that was found could be analysed.</p>\n");
        return;
    }
    html.raw(
        "<p class=\"lead\">Nothing is known about these: they count neither as safe nor as dangerous.</p>\n",
    );
    html.raw("<div class=\"card scroll\"><table><thead><tr><th>File</th><th>Rule</th><th>Why</th><th>What to do</th></tr></thead><tbody>\n");
    let places = scene.places();
    for problem in &scene.report.problems {
        let finding = unreadable_config::finding(problem);
        html.raw("<tr><td><code>").text(&scene.path(&problem.origin));
        if let Some(place) = scene.problem_place(&places, problem) {
            html.raw(":").show(place.line).raw(":").show(place.column);
        }
        html.raw("</code></td><td class=\"mono nowrap\">").raw(finding.rule.id);
        html.raw("<div class=\"sub\">").raw(unreadable_config::kind(problem.kind)).raw("</div></td>");
        html.cell(&sentence(&scene.shown(&problem.message))).cell(&sentence(&finding.remedy)).raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

/// Findings that somebody decided to live with.
pub(super) fn ignored(html: &mut Html, scene: &Scene<'_>) {
    if scene.report.ignored.is_empty() {
        return;
    }
    html.raw("<h2>Accepted with a reason</h2>\n<div class=\"card scroll\"><table><thead><tr><th></th><th>Finding</th><th>Rule</th><th>Reason</th></tr></thead><tbody>\n");
    let rank = |severity: Severity| SEVERITIES.iter().position(|known| *known == severity);
    let mut ignored: Vec<_> = scene.report.ignored.iter().collect();
    ignored.sort_by_key(|(finding, _)| rank(finding.severity));
    for (finding, reason) in ignored {
        html.raw("<tr><td>").badge(words::severity(finding.severity)).raw("</td><td>");
        html.message(&sentence(&scene.shown(&finding.message)))
            .raw("</td><td class=\"mono nowrap\">")
            .text(finding.rule.id);
        html.raw("</td>").cell(&scene.shown(reason)).raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}
