//! CycloneDX 1.6 JSON: the inventory. Remote servers are services, local ones components, packages are components
//! with a package URL, and the advisories that match are vulnerabilities.

use std::collections::BTreeMap;

use mantrap_clients::{Config, Server};
use mantrap_scan::report::Package;
use serde_json::{Map, Value, json};

use super::{Scene, words};

/// Renders the inventory.
pub(super) fn render(scene: &Scene<'_>) -> Vec<u8> {
    let report = scene.report;
    let mut components = BTreeMap::new();
    for package in report.packages.iter().chain(report.products.iter().map(|product| &product.package)) {
        let (reference, component) = package_component(scene, package);
        components.entry(reference).or_insert(component);
    }
    let mut services = Vec::new();
    for (file, config) in report.configs.iter().enumerate() {
        for (nth, server) in config.servers.iter().enumerate() {
            let reference = format!("server:{file}:{nth}");
            if server.urls.is_empty() {
                components.insert(reference.clone(), server_component(scene, config, server, &reference));
            } else {
                services.push(service(scene, config, server, &reference));
            }
        }
    }
    super::json_bytes(&json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": format!("{}T00:00:00Z", scene.today),
            "tools": { "components": [
                { "type": "application", "name": "mantrap", "version": env!("CARGO_PKG_VERSION") },
            ]},
            "component": { "type": "platform", "bom-ref": "target", "name": scene.shown(&report.target) },
        },
        "components": components.into_values().collect::<Vec<_>>(),
        "services": services,
        "vulnerabilities": vulnerabilities(scene),
    }))
}

fn properties(pairs: Vec<(&str, String)>) -> Vec<Value> {
    pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| json!({ "name": format!("mantrap:{name}"), "value": value }))
        .collect()
}

fn facts(scene: &Scene<'_>, config: &Config, server: &Server) -> Vec<Value> {
    let value = |text: &mantrap_clients::Text| scene.shown(&scene.value(config, text));
    let names = |entries: &[mantrap_clients::Entry]| {
        entries.iter().map(|entry| value(&entry.name)).collect::<Vec<_>>().join(" ")
    };
    let argv: Vec<String> = server.argv().into_iter().map(value).collect();
    properties(vec![
        ("client", config.client.id.clone()),
        ("config", scene.path(config.origin())),
        ("scope", words::scope(config.scope).to_owned()),
        ("transport", words::transport(server.transport).to_owned()),
        (
            "switch",
            serde_json::to_value(server.switch)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
        ),
        ("command", argv.join(" ")),
        ("environment", names(&server.env)),
        ("headers", names(&server.headers)),
    ])
}

fn server_component(scene: &Scene<'_>, config: &Config, server: &Server, reference: &str) -> Value {
    json!({
        "type": "application",
        "bom-ref": reference,
        "name": scene.shown(&server.name.value),
        "description": "MCP server that a client starts",
        "properties": facts(scene, config, server),
    })
}

fn service(scene: &Scene<'_>, config: &Config, server: &Server, reference: &str) -> Value {
    let urls = server.urls.iter().map(|url| iri(&scene.value(config, url)));
    json!({
        "bom-ref": reference,
        "name": scene.shown(&server.name.value),
        "description": "MCP server that a client connects to",
        "endpoints": urls.collect::<Vec<_>>(),
        "authenticated": server.headers.iter().any(|header| header.name.value.eq_ignore_ascii_case("authorization")),
        "x-trust-boundary": true,
        "properties": facts(scene, config, server),
    })
}

/// An IRI-reference (RFC 3987) of what a config calls a URL.
fn iri(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for character in url.chars() {
        let is_plain = character.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(character);
        if is_plain {
            out.push(character);
        } else {
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    // A stray percent sign, a second fragment or brackets outside an address make a text that is no IRI.
    let is_sound = |text: &str| {
        let mut rest = text.split('%').skip(1);
        let escapes = rest.all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2);
        escapes && text.matches('#').count() <= 1
    };
    if is_sound(&out) { out } else { out.replace('%', "%25").replace('#', "%23") }
}

fn package_component(scene: &Scene<'_>, package: &Package) -> (String, Value) {
    let purl = purl(package);
    let reference = format!("package:{}:{}:{}", package.ecosystem, package.name, package.version);
    let reference = scene.shown(&reference);
    let mut component = json!({
        "type": if package.ecosystem == "oci" { "container" } else { "library" },
        "bom-ref": reference,
        "name": scene.shown(&package.name),
        "evidence": { "occurrences": [{ "location": scene.place_text(&package.place) }] },
        "properties": properties(vec![
            ("ecosystem", package.ecosystem.clone()),
            ("evidence", words::evidence(package.evidence).to_owned()),
        ]),
    });
    if let Value::Object(members) = &mut component {
        if !package.version.is_empty() {
            members.insert("version".to_owned(), scene.shown(&package.version).into());
        }
        if let Some(purl) = purl {
            members.insert("purl".to_owned(), purl.into());
        }
    }
    (reference, component)
}

/// The package URL (purl-spec, types `pypi`, `npm`, …).
fn purl(package: &Package) -> Option<String> {
    let kind = match package.ecosystem.as_str() {
        "pypi" => "pypi",
        "npm" => "npm",
        "cargo" => "cargo",
        "go" => "golang",
        "maven" => "maven",
        "nuget" => "nuget",
        "rubygems" => "gem",
        "packagist" => "composer",
        "oci" => "docker",
        _ => return None,
    };
    let name = match kind {
        "maven" => package.name.replace(':', "/"),
        _ => package.name.clone(),
    };
    let name: Vec<String> = name.split('/').map(segment).collect();
    let version =
        if package.version.is_empty() { String::new() } else { format!("@{}", segment(&package.version)) };
    Some(format!("pkg:{kind}/{}{version}", name.join("/")))
}

fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn vulnerabilities(scene: &Scene<'_>) -> Vec<Value> {
    let mut known: BTreeMap<&str, Value> = BTreeMap::new();
    let mut affected: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for product in &scene.report.products {
        let (reference, _) = package_component(scene, &product.package);
        for advisory in &product.advisories {
            let entry = affected.entry(&advisory.id).or_default();
            let target = json!({ "ref": reference });
            if !entry.contains(&target) {
                entry.push(target);
            }
            known.entry(&advisory.id).or_insert_with(|| {
                let links = advisory.references.iter().map(|link| json!({ "url": iri(&scene.shown(link)) }));
                let aliases =
                    advisory.aliases.iter().map(|alias| json!({ "id": scene.shown(alias), "source": {} }));
                json!({
                    "bom-ref": format!("vulnerability:{}", scene.shown(&advisory.id)),
                    "id": scene.shown(&advisory.id),
                    "description": scene.shown(&advisory.summary),
                    "recommendation": scene.shown(&product.action),
                    "ratings": [{ "severity": words::severity(advisory.severity), "method": "other" }],
                    "references": aliases.collect::<Vec<_>>(),
                    "advisories": links.collect::<Vec<_>>(),
                    "properties": properties(vec![
                        ("fixed", scene.shown(advisory.fixed.as_deref().unwrap_or_default())),
                        ("fix-quality", words::fix_quality(advisory.fix_quality).to_owned()),
                        ("exploited", scene.shown(advisory.exploited.as_deref().unwrap_or_default())),
                    ]),
                })
            });
        }
    }
    known
        .into_iter()
        .map(|(id, mut value)| {
            if let Value::Object(members) = &mut value {
                let targets: Vec<Value> = affected.remove(id).unwrap_or_default();
                members.insert("affects".to_owned(), Value::Array(targets));
                // An empty list of references says nothing.
                if members.get("references").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                    Map::remove(members, "references");
                }
            }
            value
        })
        .collect()
}
