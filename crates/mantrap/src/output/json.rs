//! For programs: `mantrap-audit/1`. `docs/output.md` says what may change; `docs/json-schema/audit-1.json` is the
//! schema, and a test holds real reports against it.

use mantrap_clients::source::Problem;
use mantrap_clients::{Config, Server};
use mantrap_scan::excerpt::{Line, Place, Places};
use mantrap_scan::finding::{Finding, Location};
use mantrap_scan::rules::unmanaged_server::is_managed;
use mantrap_scan::rules::unreadable_config;
use serde_json::{Map, Value, json};

use super::{SEVERITIES, Scene, words};

/// The name of the schema. Only additions keep it.
const SCHEMA: &str = "mantrap-audit/1";

/// Renders the report as JSON.
pub(super) fn render(scene: &Scene<'_>) -> Vec<u8> {
    let report = scene.report;
    let places = scene.places();
    let counts: Map<String, Value> = SEVERITIES
        .iter()
        .map(|severity| (words::severity(*severity).to_owned(), scene.count(*severity).into()))
        .collect();
    let ignored = report.ignored.iter().map(|(finding, reason)| {
        let mut value = finding_json(scene, &places, finding);
        if let Value::Object(members) = &mut value {
            members.insert("ignored_because".to_owned(), scene.data(reason).into());
        }
        value
    });
    super::json_bytes(&json!({
        "schema": SCHEMA,
        "mantrap": env!("CARGO_PKG_VERSION"),
        "date": scene.today,
        "target": scene.data(&report.target),
        "folder": scene.folder.as_ref().map(|folder| scene.data(&folder.to_string_lossy()).into_owned()),
        "os": report.os,
        "exit_code": report.exit_code(),
        "counts": counts,
        "findings": report.findings.iter().map(|finding| finding_json(scene, &places, finding)).collect::<Vec<_>>(),
        "ignored": ignored.collect::<Vec<_>>(),
        "held_back": report.held_back,
        "configs": report.configs.iter().map(|config| config_json(scene, &places, config)).collect::<Vec<_>>(),
        "products": redacted(scene, serde_json::to_value(&report.products).unwrap_or_default()),
        "packages": redacted(scene, serde_json::to_value(&report.packages).unwrap_or_default()),
        "problems": report.problems.iter().map(|problem| problem_json(scene, &places, problem)).collect::<Vec<_>>(),
        "probed": if scene.style.is_verbose { report.probed.iter().map(|place| scene.data(place)).collect() } else { Vec::new() },
        "advisories": { "date": report.advisories_date, "count": report.advisories_count },
    }))
}

fn problem_json(scene: &Scene<'_>, places: &Places<'_>, problem: &Problem) -> Value {
    let finding = unreadable_config::finding(problem);
    json!({
        "fingerprint": finding.fingerprint(),
        "rule": finding.rule.id,
        "kind": unreadable_config::kind(problem.kind),
        "path": scene.data(&problem.origin.path.to_string_lossy()),
        "member": problem.origin.member,
        "place": scene.problem_place(places, problem).map(place_json),
        "message": scene.data(&problem.message),
        "remedy": finding.remedy,
    })
}

fn finding_json(scene: &Scene<'_>, places: &Places<'_>, finding: &Finding) -> Value {
    let edit = finding.edit.as_ref().map(|edit| {
        let primary = finding.primary().and_then(|location| location.place.as_ref());
        json!({
            "title": scene.data(&edit.title),
            "replacement": scene.data(&edit.replacement),
            "place": primary.map(|(source, _)| place_json(places.place(source, edit.span))),
        })
    });
    json!({
        "fingerprint": finding.fingerprint(),
        "rule": finding.rule.id,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "persona": finding.persona,
        "message": scene.data(&finding.message),
        "why": finding.rule.why,
        "remedy": scene.data(&finding.remedy),
        "edit": edit,
        "client": finding.client,
        "server": finding.server.as_deref().map(|name| scene.data(name)),
        "locations": finding.locations.iter().map(|location| location_json(scene, places, location)).collect::<Vec<_>>(),
        "steps": finding.steps.iter().map(|location| location_json(scene, places, location)).collect::<Vec<_>>(),
        "mappings": {
            "owasp_mcp": finding.rule.mappings.owasp_mcp,
            "owasp_agentic": finding.rule.mappings.owasp_agentic,
            "aisvs": finding.rule.mappings.aisvs,
            "cwe": finding.rule.mappings.cwe,
            "csf": finding.rule.mappings.csf,
        },
    })
}

fn location_json(scene: &Scene<'_>, places: &Places<'_>, location: &Location) -> Value {
    let lines = location.place.as_ref().map(|(source, span)| places.excerpt(source, *span));
    json!({
        "path": scene.data(&location.origin.path.to_string_lossy()),
        "member": location.origin.member,
        "label": scene.data(&location.label),
        "place": location.place.as_ref().map(|(source, span)| place_json(places.place(source, *span))),
        "excerpt": lines.unwrap_or_default().into_iter().map(line_json).collect::<Vec<_>>(),
    })
}

fn place_json(place: Place) -> Value {
    json!({
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "byte_start": place.bytes.start,
        "byte_end": place.bytes.end,
    })
}

fn line_json(line: Line) -> Value {
    json!({ "number": line.number, "text": line.text, "mark_start": line.mark.start, "mark_end": line.mark.end, "gap": line.gap })
}

fn config_json(scene: &Scene<'_>, places: &Places<'_>, config: &Config) -> Value {
    json!({
        "client": config.client.id,
        "client_name": config.client.name,
        "path": scene.data(&config.origin().path.to_string_lossy()),
        "member": config.origin().member,
        "scope": config.scope,
        "confirmed": config.confirmed,
        "project": config.project.as_ref().map(|project| scene.data(&project.to_string_lossy()).into_owned()),
        "account": config.home,
        "also_read_by": config.also_read_by.iter().map(|client| client.id.as_str()).collect::<Vec<_>>(),
        "link": config.link.as_ref().map(|link| scene.data(&link.to_string_lossy()).into_owned()),
        "servers": config.servers.iter().map(|server| server_json(scene, places, config, server)).collect::<Vec<_>>(),
    })
}

/// Names of variables and headers, never their values: not every secret looks like one.
fn server_json(scene: &Scene<'_>, places: &Places<'_>, config: &Config, server: &Server) -> Value {
    let value = |text: &mantrap_clients::Text| scene.value(config, text).into_owned();
    let all = |texts: &[mantrap_clients::Text]| texts.iter().map(value).collect::<Vec<_>>();
    let names = |entries: &[mantrap_clients::Entry]| {
        entries.iter().map(|entry| value(&entry.name)).collect::<Vec<_>>()
    };
    json!({
        "name": value(&server.name),
        "transport": server.transport,
        "switch": server.switch,
        "protected": is_managed(server),
        "command": server.command.as_ref().map(value),
        "args": all(&server.args),
        "env": names(&server.env),
        "env_files": all(&server.env_files),
        "cwd": server.cwd.as_ref().map(value),
        "urls": all(&server.urls),
        "headers": names(&server.headers),
        "place": place_json(places.place(&config.source, server.span)),
    })
}

/// Every string of `value`, masked.
fn redacted(scene: &Scene<'_>, value: Value) -> Value {
    match value {
        Value::String(text) => scene.data(&text).into(),
        Value::Array(items) => items.into_iter().map(|item| redacted(scene, item)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, redacted(scene, value))).collect()
        }
        other => other,
    }
}
