//! Two bar charts: findings by severity, and by client. Inline SVG; every bar has its number beside it.

use super::super::{SEVERITIES, Scene, words};
use super::writer::Html;

/// Clients in the chart.
const MAX_CLIENTS: usize = 12;

/// Draws both.
pub(super) fn render(html: &mut Html, scene: &Scene<'_>) {
    let clients = scene.clients();
    if scene.report.findings.is_empty() && clients.is_empty() {
        return;
    }
    html.raw(
        "<div class=\"split\"><section class=\"card\"><h3>Findings by severity</h3><div class=\"bars\">",
    );
    let most = super::by_severity(scene).map(|(_, count)| count).max().unwrap_or(0);
    for (severity, count) in super::by_severity(scene) {
        html.raw("<span class=\"name\">").raw(words::severity(severity)).raw("</span>");
        bar(html, &[(words::severity(severity), count)], most, "findings");
        html.raw("<span class=\"n\">").show(count).raw("</span>");
    }
    html.raw("</div></section>\n<section class=\"card\"><h3>Findings by client</h3><div class=\"bars\">");
    let total = |findings: &[usize; 4]| findings.iter().sum::<usize>();
    let most = clients.iter().map(|row| total(&row.findings)).max().unwrap_or(0);
    for row in clients.iter().take(MAX_CLIENTS) {
        html.raw("<span class=\"name\">").text(row.name).raw("</span>");
        let parts: Vec<_> =
            SEVERITIES.iter().map(|severity| words::severity(*severity)).zip(row.findings).collect();
        bar(html, &parts, most, "findings");
        html.raw("<span class=\"n\">").show(total(&row.findings)).raw("</span>");
    }
    html.raw("</div>");
    if clients.len() > MAX_CLIENTS {
        html.raw("<p class=\"soft\">and ").show(clients.len() - MAX_CLIENTS).raw(" more clients</p>");
    }
    html.raw("</section></div>\n");
}

/// One horizontal bar of stacked parts, in thousandths of `most`.
fn bar(html: &mut Html, parts: &[(&'static str, usize)], most: usize, what: &'static str) {
    html.raw("<svg viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    for (nth, (class, count)) in parts.iter().filter(|(_, count)| *count > 0).enumerate() {
        html.raw(if nth > 0 { ", " } else { "" }).show(count).raw(" ").raw(class);
    }
    html.raw(" ").raw(what).raw("\"><rect class=\"track\" width=\"1000\" height=\"14\"/>");
    let mut x = 0;
    for (class, count) in parts.iter().filter(|(_, count)| *count > 0) {
        let width = (count * 1000).checked_div(most).unwrap_or(0).max(6);
        html.raw("<rect class=\"fill-").raw(class).raw("\" x=\"").show(x).raw("\" width=\"").show(width);
        html.raw("\" height=\"14\"/>");
        x += width;
    }
    html.raw("</svg>");
}
