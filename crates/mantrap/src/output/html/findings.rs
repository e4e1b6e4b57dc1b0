//! The findings, worst first, each with its excerpt, why it matters, and what to do.

use mantrap_scan::excerpt::Line;
use mantrap_scan::finding::{Confidence, Finding};
use unicode_width::UnicodeWidthChar;

use super::super::Scene;
use super::super::words::{self, sentence};
use super::writer::Html;

/// Places of one fact that are listed.
const MAX_PLACES: usize = 20;

/// Writes every finding; the same fact in several places is one.
pub(super) fn render(html: &mut Html, scene: &Scene<'_>) {
    let groups = scene.groups();
    if groups.is_empty() {
        return;
    }
    html.raw("<h2>Findings</h2>\n<p class=\"lead\">Worst first. Where the same is wrong in several places, it is listed once.</p>\n");
    let places = scene.places();
    for group in &groups {
        let Some(first) = group.first() else { continue };
        let severity = words::severity(first.severity);
        html.raw("<article class=\"card finding ")
            .raw(severity)
            .raw("\"><header>")
            .badge(severity)
            .raw("<h3>");
        html.message(&sentence(&scene.shown(&first.message))).raw("</h3><a class=\"rule\" href=\"");
        html.text(&words::rule_page(first.rule.id)).raw("\">").text(first.rule.id).raw("</a></header>\n");
        for (nth, location) in group.iter().flat_map(|finding| &finding.locations).enumerate() {
            if nth == MAX_PLACES {
                html.raw("<div class=\"where\">and more places</div>");
                break;
            }
            let spot = scene.spot(&places, location);
            html.raw("<div class=\"where\">").raw(if nth > 0 { "also " } else { "" }).text(&spot.address());
            if !spot.label.is_empty() {
                html.raw(" · ").text(&spot.label);
            }
            html.raw("</div>");
            // Every place of one finding is drawn; of a fact in many files only the first.
            if !spot.lines.is_empty() && (nth == 0 || group.len() == 1) {
                excerpt(html, &spot.lines);
            }
        }
        html.raw("<p>").text(&sentence(first.rule.why)).raw("</p><p><span class=\"do\">Do:</span> ");
        html.message(&sentence(&scene.shown(&first.remedy))).raw("</p>");
        if let Some(edit) = &first.edit {
            html.raw("<pre><ins>").text(&lines_shown(scene, &edit.replacement)).raw("</ins></pre>");
        }
        ids(html, first);
        html.raw("</article>\n");
    }
}

fn lines_shown(scene: &Scene<'_>, replacement: &str) -> String {
    let lines = replacement.lines().map(|line| format!("+ {}", scene.shown(line)));
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "(delete this)".to_owned() } else { lines.join("\n") }
}

fn excerpt(html: &mut Html, lines: &[Line]) {
    let indent = |line: &Line| line.text.len() - line.text.trim_start_matches(' ').len();
    let common = lines.iter().filter(|line| !line.text.is_empty()).map(indent).min().unwrap_or(0);
    let digits = lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1);
    html.raw("<pre>");
    for line in lines {
        html.raw("<span class=\"ln\">").show(format!("{:>digits$}  ", line.number)).raw("</span>");
        let mut column = common;
        let mut is_marked = false;
        for character in line.text.get(common..).unwrap_or_default().chars() {
            let wants = line.mark.contains(&column);
            if wants != is_marked {
                html.raw(if wants { "<mark>" } else { "</mark>" });
                is_marked = wants;
            }
            html.show(character);
            column += character.width().unwrap_or(0);
        }
        html.raw(if is_marked { "</mark>\n" } else { "\n" });
        if line.gap {
            html.raw("<span class=\"ln\">…</span>\n");
        }
    }
    html.raw("</pre>");
}

fn ids(html: &mut Html, finding: &Finding) {
    html.raw("<div class=\"ids\">");
    if finding.confidence != Confidence::High {
        html.raw("confidence ").raw(words::confidence(finding.confidence)).raw(" · ");
    }
    for (nth, (framework, ids)) in words::mappings(finding.rule).iter().enumerate() {
        html.raw(if nth > 0 { " · " } else { "" });
        // A CWE id names its framework.
        html.raw(if *framework == "CWE" { "" } else { framework }).raw(" ").text(&ids.join(", "));
    }
    html.raw("</div>");
}
