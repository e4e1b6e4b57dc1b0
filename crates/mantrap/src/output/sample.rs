//! A report that holds one of everything, hostile where it can be: the ground of the format tests.

use std::sync::Arc;

use mantrap_clients::catalog::client;
use mantrap_clients::discover::Os;
use mantrap_clients::source::{Problem, ProblemKind};
use mantrap_clients::{Config, Format, Origin, Source, Span, format, lower};
use mantrap_scan::finding::{Confidence, Edit, Finding, Location, Persona, Severity};
use mantrap_scan::report::{AdvisoryMatch, FixQuality, HeldBack, Package, PackageEvidence, Product, Report};
use mantrap_scan::rules;

/// Planted wherever a config can carry one; no format may show it.
pub(super) const SECRET: &str = "ghp_EXAMPLEexampleEXAMPLEexample0123456789";

/// A name that attacks every format: ANSI, bidirectional text, HTML, Markdown, a table, a line break.
pub(super) const HOSTILE: &str =
    "\u{1b}[31m\u{202e}<script>alert(1)</script>\"'`|[x](javascript:1)\n# @all\u{9b}2J";

/// Builds it.
pub(super) fn report() -> Report {
    let text = serde_json::json!({ "mcpServers": {
        HOSTILE: {
            "command": "npx",
            "args": ["-y", "some-server", format!("--token={SECRET}"), HOSTILE],
            "env": { "GITHUB_TOKEN": SECRET, HOSTILE: HOSTILE },
        },
        "remote": {
            "url": format!("https://user:{SECRET}@mcp.example.com/mcp?token={SECRET}#{HOSTILE}"),
            "headers": { "Authorization": format!("Bearer {SECRET}") },
        },
    }});
    let text = serde_json::to_string_pretty(&text).unwrap();
    let source =
        Source::decode(Origin::file(format!("/home/a/{HOSTILE}/mcp.json")), text.into_bytes()).unwrap();
    let client = client("cursor").unwrap();
    let spec = client.files.first().unwrap();
    let mut document = format::parse(&source, Format::Json).unwrap();
    let servers = lower::servers(&document.root, spec, &mut document.irregularities);
    assert_eq!(servers.len(), 2);
    let first = servers.first().unwrap().clone();
    let config = Config {
        source: Arc::clone(&source),
        client,
        scope: spec.scope,
        read_as: spec.clone(),
        confirmed: false,
        also_read_by: Vec::new(),
        link: Some(HOSTILE.into()),
        project: None,
        home: Some(HOSTILE.to_owned()),
        servers,
        tree: document.root,
        irregularities: Vec::new(),
    };
    let whole = Span::new(0, source.text.len());
    let command = first.command.as_ref().unwrap().span;
    let finding = |severity, confidence, place: Location, edit| Finding {
        rule: rules::ALL.first().unwrap().meta,
        severity,
        confidence,
        persona: Persona::Regular,
        message: format!("`{HOSTILE}` leaks {SECRET} ({severity:?})"),
        client: Some("cursor"),
        server: Some(HOSTILE.to_owned()),
        locations: vec![place.clone(), place.clone()],
        steps: vec![place],
        remedy: format!("replace `{SECRET}` in `{HOSTILE}`"),
        edit,
        subject: format!("{severity:?}"),
    };
    let edit = |replacement: &str| {
        Some(Edit { span: command, replacement: replacement.to_owned(), title: format!("name `{HOSTILE}`") })
    };
    let at = |span| Location::at(&source, span, format!("{HOSTILE} {SECRET}"));
    let package = Package {
        ecosystem: "npm".into(),
        name: "@scope/flowise".into(),
        version: "3.0.13".into(),
        place: format!("/srv/{HOSTILE}/package-lock.json"),
        evidence: PackageEvidence::Locked,
    };
    let advisory = |id: &str, severity, fixed: Option<&str>, fix_quality| AdvisoryMatch {
        id: id.to_owned(),
        aliases: vec![format!("GHSA-{HOSTILE}")],
        summary: format!("a request names a command {HOSTILE}"),
        severity,
        fixed: fixed.map(str::to_owned),
        fix_quality,
        bypassed_by: vec!["CVE-2026-0002".to_owned()],
        exploited: Some("active".to_owned()),
        range_unknown: true,
        references: vec!["https://example.com/a%zz#b#c".to_owned(), HOSTILE.to_owned()],
    };
    Report {
        target: HOSTILE.to_owned(),
        os: Os::Linux,
        configs: vec![config],
        sources: 0,
        findings: vec![
            finding(Severity::Critical, Confidence::High, at(whole), edit("\"mantrap\"")),
            finding(Severity::High, Confidence::Medium, at(command), edit(SECRET)),
            finding(Severity::Medium, Confidence::High, at(first.span), None),
            finding(
                Severity::Low,
                Confidence::Low,
                Location::file(
                    Origin { path: format!("/srv/{HOSTILE}.mcpb").into(), member: Some(HOSTILE.to_owned()) },
                    "",
                ),
                None,
            ),
        ],
        ignored: vec![(
            finding(Severity::Low, Confidence::High, at(command), None),
            format!("because {HOSTILE} {SECRET}"),
        )],
        held_back: HeldBack { persona: 2, baseline: 1 },
        problems: vec![
            Problem::at(&source, command, ProblemKind::Syntax, format!("expected {HOSTILE} {SECRET}")),
            Problem::new(Origin::file("/x"), ProblemKind::Unreadable, "permission denied"),
        ],
        products: vec![
            Product {
                name: "Flowise".into(),
                package: package.clone(),
                advisories: vec![
                    advisory("CVE-2026-0001", Severity::Critical, Some("3.1.0"), FixQuality::FilterBypassed),
                    advisory(HOSTILE, Severity::Medium, None, FixQuality::None),
                ],
                action: format!("upgrade `flowise` to 3.1.0 {HOSTILE}"),
            },
            Product {
                name: "LiteLLM".into(),
                package: package.clone(),
                advisories: Vec::new(),
                action: "nothing".into(),
            },
        ],
        packages: vec![
            package,
            Package {
                ecosystem: "oci".into(),
                name: "ghcr.io/x/y".into(),
                version: String::new(),
                place: "compose.yaml".into(),
                evidence: PackageEvidence::Deployed,
            },
        ],
        probed: vec![format!("~/{HOSTILE}")],
        advisories_date: "2026-11-21".into(),
        advisories_count: 81,
    }
}
