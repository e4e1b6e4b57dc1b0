//! SARIF 2.1.0 (OASIS Standard, 27 March 2020), as code scanning reads it: every rule is listed even when nothing was
//! found, so that alerts close; fingerprints do not depend on lines.

use mantrap_clients::Origin;
use mantrap_scan::excerpt::{Place, Places};
use mantrap_scan::finding::{Confidence, Finding, Location, Severity};
use mantrap_scan::rules::{self, Meta, unreadable_config};
use serde_json::{Value, json};

use super::words::{self, sentence};
use super::{Scene, md};

/// Code scanning reads no more from one run.
const MAX_RESULTS: usize = 25_000;
/// Nor more steps of one flow.
const MAX_STEPS: usize = 1_000;

/// Renders the report as a SARIF log with one run.
pub(super) fn render(scene: &Scene<'_>) -> Vec<u8> {
    let report = scene.report;
    let places = scene.places();
    let shown = report.findings.iter().map(|finding| result(scene, &places, finding, None));
    let ignored =
        report.ignored.iter().map(|(finding, reason)| result(scene, &places, finding, Some(reason)));
    let unreadable = report
        .problems
        .iter()
        .map(|problem| result(scene, &places, &unreadable_config::finding(problem), None));
    let results: Vec<Value> = shown.chain(unreadable).chain(ignored).take(MAX_RESULTS).collect();
    let notifications: Vec<Value> = report
        .problems
        .iter()
        .map(|problem| {
            let place = problem.place.as_ref().map(|(source, span)| places.place(source, *span));
            json!({
                "level": "warning",
                "descriptor": { "id": unreadable_config::kind(problem.kind) },
                "message": { "text": sentence(&format!("not analysed: {}", scene.shown(&problem.message))) },
                "locations": [physical(scene, &problem.origin, place, None, None)],
            })
        })
        .collect();
    let mut bases = serde_json::Map::new();
    for (name, path) in [("%SRCROOT%", &scene.folder), ("HOME", &scene.home)] {
        if let Some(path) = path {
            bases
                .insert(name.to_owned(), json!({ "uri": format!("{}/", file_uri(&path.to_string_lossy())) }));
        }
    }
    super::json_bytes(&json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mantrap",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules::ALL.iter().map(|rule| descriptor(rule.meta)).collect::<Vec<_>>(),
            }},
            "automationDetails": { "id": "mantrap/audit/" },
            "originalUriBaseIds": bases,
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": report.exit_code(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    }))
}

fn descriptor(meta: &Meta) -> Value {
    let mut tags = vec!["security".to_owned(), "mcp".to_owned()];
    for (framework, ids) in words::mappings(meta) {
        let prefix = match framework {
            // The form that code scanning recognises.
            "CWE" => "external/cwe/",
            "OWASP MCP Top 10" => "external/owasp-mcp/",
            "OWASP Agentic Top 10" => "external/owasp-agentic/",
            "OWASP AISVS 1.0" => "external/owasp-aisvs/",
            _ => "external/nist-csf/",
        };
        tags.extend(ids.iter().map(|id| format!("{prefix}{}", id.to_lowercase())));
    }
    let page = words::rule_page(meta.id);
    let help = format!("{} {}", sentence(meta.why), sentence(meta.remedy));
    let markdown = format!(
        "**{}**\n\n{}\n\n{}\n\n**What to do:** {}\n\n[{}]({page})",
        meta.title,
        sentence(meta.why),
        meta.details,
        sentence(meta.remedy),
        meta.id
    );
    json!({
        "id": meta.id,
        "name": meta.id,
        "shortDescription": { "text": meta.title },
        "fullDescription": { "text": sentence(meta.why) },
        "help": { "text": help, "markdown": markdown },
        "helpUri": page,
        "defaultConfiguration": { "level": level(meta.worst) },
        "properties": { "tags": tags, "precision": "high", "security-severity": security_severity(meta.worst) },
    })
}

fn result(scene: &Scene<'_>, places: &Places<'_>, finding: &Finding, ignored_because: Option<&str>) -> Value {
    let message =
        format!("{} {}", sentence(&scene.shown(&finding.message)), sentence(&scene.shown(&finding.remedy)));
    let markdown = format!(
        "{} {}",
        md::message(&sentence(&scene.shown(&finding.message))),
        md::message(&sentence(&scene.shown(&finding.remedy)))
    );
    let located = |location: &Location| {
        let place = location.place.as_ref().map(|(source, span)| places.place(source, *span));
        let snippet = location.place.as_ref().map(|(source, span)| {
            let lines = places.excerpt(source, *span);
            lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
        });
        physical(scene, &location.origin, place, snippet, Some(scene.shown(&location.label)))
    };
    let mut related: Vec<Value> = finding.locations.iter().skip(1).map(located).collect();
    for (nth, location) in related.iter_mut().enumerate() {
        with(location, "id", (nth + 1).into());
    }
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": rules::ALL.iter().position(|rule| rule.meta.id == finding.rule.id),
        "level": level(finding.severity),
        "message": { "text": message, "markdown": markdown },
        "locations": finding.primary().map(located).into_iter().collect::<Vec<_>>(),
        "relatedLocations": related,
        "partialFingerprints": { "mantrap/v1": finding.fingerprint() },
        "rank": rank(finding.severity, finding.confidence),
        "properties": {
            "severity": words::severity(finding.severity),
            "confidence": words::confidence(finding.confidence),
            "persona": words::persona(finding.persona),
            "client": finding.client,
            "server": finding.server.as_deref().map(|name| scene.shown(name)),
        },
    });
    if !finding.steps.is_empty() {
        let last = finding.steps.len() - 1;
        let steps: Vec<Value> = finding
            .steps
            .iter()
            .take(MAX_STEPS)
            .enumerate()
            .map(|(nth, step)| {
                let kinds = match nth {
                    0 => json!(["acquire", "taint"]),
                    nth if nth == last => json!(["danger"]),
                    _ => json!(["taint"]),
                };
                json!({ "location": located(step), "kinds": kinds, "executionOrder": nth + 1, "importance": "essential" })
            })
            .collect();
        with(&mut result, "codeFlows", json!([{ "threadFlows": [{ "locations": steps }] }]));
    }
    if let Some(fix) = fix(scene, places, finding) {
        with(&mut result, "fixes", json!([fix]));
    }
    if let Some(reason) = ignored_because {
        with(
            &mut result,
            "suppressions",
            json!([{ "kind": "external", "status": "accepted", "justification": scene.shown(reason) }]),
        );
    }
    result
}

/// The exact edit; none where its text holds a secret, because a masked edit would be a wrong one.
fn fix(scene: &Scene<'_>, places: &Places<'_>, finding: &Finding) -> Option<Value> {
    let edit = finding.edit.as_ref()?;
    let location = finding.primary()?;
    let (source, _) = location.place.as_ref()?;
    if scene.data(&edit.replacement) != edit.replacement {
        return None;
    }
    let place = places.place(source, edit.span);
    Some(json!({
        "description": { "text": sentence(&scene.shown(&edit.title)) },
        "artifactChanges": [{
            "artifactLocation": artifact(scene, &location.origin),
            "replacements": [{
                "deletedRegion": region(&place, None),
                "insertedContent": { "text": edit.replacement },
            }],
        }],
    }))
}

fn physical(
    scene: &Scene<'_>,
    origin: &Origin,
    place: Option<Place>,
    snippet: Option<String>,
    label: Option<String>,
) -> Value {
    let mut physical = json!({ "artifactLocation": artifact(scene, origin) });
    if let Some(place) = place {
        with(&mut physical, "region", region(&place, snippet));
    }
    let mut location = json!({ "physicalLocation": physical });
    if let Some(label) = label.filter(|label| !label.is_empty()) {
        with(&mut location, "message", json!({ "text": label }));
    }
    location
}

fn region(place: &Place, snippet: Option<String>) -> Value {
    let mut region = json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    });
    if let Some(snippet) = snippet {
        with(&mut region, "snippet", json!({ "text": snippet }));
    }
    region
}

fn artifact(scene: &Scene<'_>, origin: &Origin) -> Value {
    for (name, base) in [("%SRCROOT%", &scene.folder), ("HOME", &scene.home)] {
        let relative = base.as_ref().and_then(|base| origin.path.strip_prefix(base).ok());
        if let Some(relative) = relative {
            let relative = scene.data(&relative.to_string_lossy()).replace('\\', "/");
            let uri = if relative.is_empty() { ".".to_owned() } else { percent_encoded(&relative) };
            return json!({ "uri": uri, "uriBaseId": name });
        }
    }
    json!({ "uri": file_uri(&scene.data(&origin.path.to_string_lossy())) })
}

/// `file://` and the path (RFC 8089), also for a Windows path.
fn file_uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", percent_encoded(&path))
}

/// A path as RFC 3986 segments. A colon is escaped, so that no segment looks like a scheme.
fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'@'
            | b'+'
            | b'='
            | b',' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Adds a member to an object.
fn with(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// CVSS-like numbers in the bands of code scanning: over 9.0 critical, 7.0 high, 4.0 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
    }
}

fn rank(severity: Severity, confidence: Confidence) -> f64 {
    let base = match severity {
        Severity::Critical => 85.0,
        Severity::High => 65.0,
        Severity::Medium => 40.0,
        Severity::Low => 15.0,
    };
    base + match confidence {
        Confidence::High => 10.0,
        Confidence::Medium => 5.0,
        Confidence::Low => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(file_uri("/a b/c#d"), "file:///a%20b/c%23d");
        assert_eq!(file_uri("C:\\Users\\x"), "file:///C%3A/Users/x");
        assert_eq!(percent_encoded("javascript:alert(1)"), "javascript%3Aalert%281%29");
    }
}
