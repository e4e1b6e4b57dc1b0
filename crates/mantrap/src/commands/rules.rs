//! `mantrap rules` and `mantrap explain`.

use anyhow::anyhow;
use mantrap_scan::rules::{self, Meta};
use serde_json::json;

use crate::cli::{ListFormat, When};
use crate::environment::Environment;
use crate::output::text::{Paint, wrapped};
use crate::output::{json_bytes, words};
use crate::{Failure, destination};

/// Lists every rule.
pub(crate) fn list(format: ListFormat, color: When, environment: &Environment) -> Result<u8, Failure> {
    let metas = rules::ALL.iter().map(|rule| rule.meta);
    let bytes = match format {
        ListFormat::Json => json_bytes(&metas.map(as_json).collect()),
        ListFormat::Text => {
            let paint = paint(color, environment);
            let width = rules::ALL.iter().map(|rule| rule.meta.id.len()).max().unwrap_or(0);
            let line = |meta: &Meta| {
                let severity = paint.severity(meta.worst, &format!("{:<8}", words::severity(meta.worst)));
                let id = paint.bold(&format!("{:<width$}", meta.id));
                format!("{id}  {severity}  {}\n", meta.title)
            };
            metas.map(line).collect::<String>().into_bytes()
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

/// Explains one rule.
pub(crate) fn explain(id: &str, color: When, environment: &Environment) -> Result<u8, Failure> {
    let rule = rules::rule(id).ok_or_else(|| Failure::Usage(unknown(id)))?;
    let page = page(rule.meta, paint(color, environment), environment.width);
    destination::print(page.as_bytes())?;
    Ok(0)
}

fn page(meta: &Meta, paint: Paint, width: usize) -> String {
    let mut out = String::new();
    let mut paragraph = |lead: &str, text: &str, indent: usize| {
        for (nth, line) in wrapped(text, width, lead.len(), indent).iter().enumerate() {
            let lead = if nth == 0 { paint.bold(lead) } else { " ".repeat(indent) };
            out.push_str(&lead);
            out.push_str(line);
            out.push('\n');
        }
    };
    paragraph(&format!("{}: ", meta.id), meta.title, 4);
    paragraph("worst: ", words::severity(meta.worst), 4);
    paragraph("", "", 0);
    paragraph("", &words::sentence(meta.why), 0);
    for text in meta.details.split("\n\n") {
        paragraph("", "", 0);
        // Lists and code keep their lines; prose is one paragraph.
        let is_prose = !text.lines().any(|line| line.starts_with(['-', '*', '|', ' ', '`']));
        if is_prose {
            paragraph("", &text.split_whitespace().collect::<Vec<_>>().join(" "), 0);
        } else {
            text.lines().for_each(|line| paragraph("", line, 2));
        }
    }
    paragraph("", "", 0);
    paragraph("what to do: ", &words::sentence(meta.remedy), 4);
    paragraph("", "", 0);
    for (framework, ids) in words::mappings(meta) {
        paragraph(&format!("{framework}: "), &ids.join(", "), 4);
    }
    paragraph("more: ", &words::rule_page(meta.id), 4);
    out
}

fn as_json(meta: &Meta) -> serde_json::Value {
    json!({
        "id": meta.id,
        "title": meta.title,
        "why": meta.why,
        "details": meta.details,
        "remedy": meta.remedy,
        "worst": meta.worst,
        "mappings": {
            "owasp_mcp": meta.mappings.owasp_mcp,
            "owasp_agentic": meta.mappings.owasp_agentic,
            "aisvs": meta.mappings.aisvs,
            "cwe": meta.mappings.cwe,
            "csf": meta.mappings.csf,
        },
        "page": words::rule_page(meta.id),
    })
}

fn unknown(id: &str) -> anyhow::Error {
    let close =
        rules::ALL.iter().map(|rule| rule.meta.id).find(|known| known.contains(id) || id.contains(known));
    match close {
        Some(close) => anyhow!("no rule is called `{id}`; did you mean `{close}`?"),
        None => anyhow!("no rule is called `{id}`; `mantrap rules` lists them"),
    }
}

pub(crate) fn paint(color: When, environment: &Environment) -> Paint {
    Paint(match color {
        When::Always => true,
        When::Never => false,
        When::Auto => environment.wants_color(),
    })
}
