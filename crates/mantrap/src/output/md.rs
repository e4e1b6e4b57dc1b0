//! Markdown, for pull requests and job summaries (GitHub flavour).

use std::fmt::Write as _;

use super::words::{self, counted, sentence};
use super::{SEVERITIES, Scene};
use mantrap_scan::finding::{Confidence, Severity};
use mantrap_scan::rules::unreadable_config;

/// Findings that are written out; a job summary holds one megabyte, a comment 65,536 characters.
const MAX_FINDINGS: usize = 50;

/// Renders the report as Markdown.
pub(super) fn render(scene: &Scene<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, scene);
    out
}

fn write(out: &mut String, scene: &Scene<'_>) -> std::fmt::Result {
    let report = scene.report;
    writeln!(out, "## mantrap audit: {}\n", verdict(scene))?;
    writeln!(
        out,
        "{} of {} in {} · {}\n",
        counted(report.servers(), "server"),
        counted(scene.clients().len(), "client"),
        counted(report.configs.len(), "config file"),
        text(&scene.shown(&report.target))
    )?;
    if !report.findings.is_empty() {
        writeln!(out, "| Severity | Findings |\n|---|---:|")?;
        for severity in SEVERITIES.iter().filter(|severity| scene.count(**severity) > 0) {
            writeln!(
                out,
                "| {} {} | {} |",
                badge(*severity),
                words::severity(*severity),
                scene.count(*severity)
            )?;
        }
        writeln!(out)?;
        findings(out, scene)?;
    }
    products(out, scene)?;
    if !report.problems.is_empty() {
        let rule = unreadable_config::META.id;
        writeln!(out, "### Not analysed\n\n[{rule}]({})\n", words::rule_page(rule))?;
        let places = scene.places();
        for problem in report.problems.iter().take(MAX_FINDINGS) {
            let finding = unreadable_config::finding(problem);
            let place = scene.problem_place(&places, problem);
            let place = place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
            writeln!(
                out,
                "- {}: {} {}",
                code(&format!("{}{place}", scene.path(&problem.origin))),
                message(&sentence(&scene.shown(&problem.message))),
                text(&sentence(&finding.remedy))
            )?;
        }
        rest(out, report.problems.len())?;
        writeln!(out)?;
    }
    let mut aside = Vec::new();
    if !report.ignored.is_empty() {
        aside.push(format!("{} ignored with a reason", counted(report.ignored.len(), "finding")));
    }
    if report.held_back.baseline > 0 {
        aside.push(format!("{} already in the baseline", report.held_back.baseline));
    }
    if report.held_back.persona > 0 {
        aside.push(format!("{} for other readers (`--persona auditor`)", report.held_back.persona));
    }
    if !aside.is_empty() {
        writeln!(out, "{}.\n", aside.join(" · "))?;
    }
    writeln!(out, "<sub>mantrap {} executed nothing and used no network.</sub>", env!("CARGO_PKG_VERSION"))
}

fn verdict(scene: &Scene<'_>) -> String {
    match (scene.report.worst(), scene.report.exit_code()) {
        (Some(worst), _) => {
            format!(
                "{}, the worst {}",
                counted(scene.report.findings.len(), "finding"),
                words::severity(worst)
            )
        }
        (None, 3) => "nothing to look at".to_owned(),
        (None, 4) => "nothing found, but not everything could be analysed".to_owned(),
        (None, _) => "nothing found".to_owned(),
    }
}

fn findings(out: &mut String, scene: &Scene<'_>) -> std::fmt::Result {
    writeln!(out, "### Findings\n")?;
    let places = scene.places();
    let groups = scene.groups();
    for group in groups.iter().take(MAX_FINDINGS) {
        let Some(first) = group.first() else { continue };
        let sure = match first.confidence {
            Confidence::High => String::new(),
            less => format!(" (confidence {})", words::confidence(less)),
        };
        writeln!(
            out,
            "#### {} {}: {}{sure}\n",
            badge(first.severity),
            words::severity(first.severity),
            message(&scene.shown(&first.message))
        )?;
        for (nth, location) in group.iter().flat_map(|finding| &finding.locations).enumerate().take(10) {
            let spot = scene.spot(&places, location);
            writeln!(out, "{}{}\n", if nth == 0 { "" } else { "also " }, code(&spot.address()))?;
            if nth == 0 && !spot.lines.is_empty() {
                let lines: Vec<&str> = spot.lines.iter().map(|line| line.text.as_str()).collect();
                let block = lines.join("\n");
                let fence = fence(&block);
                writeln!(out, "{fence}text\n{block}\n{fence}\n")?;
            }
        }
        writeln!(
            out,
            "{} {}",
            text(&sentence(first.rule.why)),
            message(&sentence(&scene.shown(&first.remedy)))
        )?;
        writeln!(out, "[{}]({})\n", first.rule.id, words::rule_page(first.rule.id))?;
    }
    rest(out, groups.len())
}

fn products(out: &mut String, scene: &Scene<'_>) -> std::fmt::Result {
    if scene.report.products.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Products\n")?;
    writeln!(
        out,
        "| Product | Version | Where | Advisory | Severity | Fixed in | Quality of the fix | Exploited | Today |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    for product in scene.report.products.iter().take(MAX_FINDINGS) {
        let place = code(&scene.place_text(&product.package.place));
        let lead = format!(
            "| {} | {} | {place} |",
            text(&scene.shown(&product.name)),
            text(&scene.shown(&product.package.version))
        );
        if product.advisories.is_empty() {
            writeln!(out, "{lead} none known | | | | | |")?;
        }
        for advisory in &product.advisories {
            writeln!(
                out,
                "{lead} {}{} | {} {} | {} | {} | {} | {} |",
                text(&scene.shown(&advisory.id)),
                if advisory.range_unknown { " (versions unknown)" } else { "" },
                badge(advisory.severity),
                words::severity(advisory.severity),
                text(&scene.shown(advisory.fixed.as_deref().unwrap_or("—"))),
                words::fix_quality(advisory.fix_quality),
                text(&scene.shown(advisory.exploited.as_deref().unwrap_or("not known"))),
                message(&scene.shown(&product.action))
            )?;
        }
    }
    rest(out, scene.report.products.len())?;
    writeln!(out)
}

fn rest(out: &mut String, all: usize) -> std::fmt::Result {
    if all > MAX_FINDINGS {
        writeln!(out, "And {} more; `--format html` holds them all.\n", all - MAX_FINDINGS)?;
    }
    Ok(())
}

fn badge(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🟥",
        Severity::High => "🟧",
        Severity::Medium => "🟨",
        Severity::Low => "🟦",
    }
}

/// Text that Markdown and HTML must leave alone: neither markup, nor a link, nor a mention.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            ':' if characters.peek() == Some(&'/') => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '~'
            | '$' => {
                out.push('\\');
                out.push(character);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(character),
        }
    }
    out
}

/// A message whose names stand in backticks: the names become code, the rest plain text.
pub(crate) fn message(message: &str) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    // An odd number of backticks: the message quotes one; nothing in it is markup.
    if parts.len().is_multiple_of(2) {
        return text(message);
    }
    let render = |(nth, part): (usize, &&str)| if nth % 2 == 1 { code(part) } else { text(part) };
    parts.iter().enumerate().map(render).collect()
}

/// A code span that holds `code` whatever backticks are in it (CommonMark 6.1), safe in a table.
pub(crate) fn code(code: &str) -> String {
    let ticks = "`".repeat(longest_run(code) + 1);
    let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
    let code = code.replace(['\n', '\r'], " ").replace('|', "\\|");
    if code.trim().is_empty() { String::new() } else { format!("{ticks}{pad}{code}{pad}{ticks}") }
}

fn fence(block: &str) -> String {
    "`".repeat(longest_run(block).max(2) + 1)
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_is_neither_markup_nor_a_link() {
        assert_eq!(
            text("<img> [x](y) @me | https://e"),
            "&lt;img&gt; \\[x\\]\\(y\\) &#64;me \\| https&#58;//e"
        );
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(message("`a*b` is *bad*"), "`a*b` is \\*bad\\*");
        assert_eq!(message("one ` tick"), "one \\` tick");
    }
}
