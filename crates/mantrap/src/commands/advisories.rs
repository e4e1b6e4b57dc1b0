//! `mantrap advisories`: what is known, and fetching more of it, which is the only use of a network in mantrap's
//! audit.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use mantrap_scan::advisory::Database;
use mantrap_scan::advisory::osv::Advisory;
use mantrap_scan::advisory::update::{Fetch, Updated, update};
use mantrap_scan::excerpt::visible;
use serde_json::json;

use super::rules::paint;
use crate::cli::{Advisories, ListFormat, When};
use crate::environment::Environment;
use crate::output::{json_bytes, words};
use crate::{Failure, destination};

/// The longest answer that is read, in bytes; the same as [`update`] takes.
const MAX_RESPONSE_BYTES: u64 = 16 * 1024 * 1024;

/// Lists or updates.
pub(crate) fn run(command: &Advisories, color: When, environment: &Environment) -> Result<u8, Failure> {
    match command {
        Advisories::List { advisories, format } => list(advisories.as_deref(), *format, color, environment),
        Advisories::Update { into, url, timeout } => fetch(into, url, Duration::from_secs(*timeout)),
    }
}

fn list(
    directory: Option<&Path>,
    format: ListFormat,
    color: When,
    environment: &Environment,
) -> Result<u8, Failure> {
    let given = match directory {
        Some(directory) => Some(Database::from_dir(directory).map_err(|error| Failure::Usage(error.into()))?),
        None => None,
    };
    let database = given.as_ref().unwrap_or_else(|| Database::embedded());
    let bytes = match format {
        ListFormat::Json => json_bytes(&database.advisories().iter().map(as_json).collect()),
        ListFormat::Text => {
            let paint = paint(color, environment);
            let width = database.advisories().iter().map(|advisory| advisory.id.len()).max().unwrap_or(0);
            let mut out = String::new();
            for advisory in database.advisories() {
                let severity =
                    paint.severity(advisory.severity, &format!("{:<8}", words::severity(advisory.severity)));
                let id = paint.bold(&format!("{:<width$}", visible(&advisory.id)));
                out.push_str(&format!("{id}  {severity}  {}", visible(&advisory.summary)));
                out.push('\n');
            }
            out.push_str(&format!(
                "{} of {}\n",
                words::counted_advisories(database.count()),
                database.date()
            ));
            out.into_bytes()
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

fn as_json(advisory: &Advisory) -> serde_json::Value {
    json!({
        "id": advisory.id,
        "aliases": advisory.aliases,
        "product": advisory.product,
        "summary": advisory.summary,
        "modified": advisory.modified,
        "severity": advisory.severity,
        "fix_quality": advisory.fix_quality,
        "fixed": advisory.fixed,
        "exploited": advisory.exploited,
        "bypassed_by": advisory.bypassed_by,
        "packages": advisory.affected.iter().map(|affected| json!({
            "ecosystem": affected.ecosystem.name(), "name": affected.name,
        })).collect::<Vec<_>>(),
        "references": advisory.references,
    })
}

fn fetch(into: &Path, url: &str, timeout: Duration) -> Result<u8, Failure> {
    let api = Api::new(url, timeout).map_err(Failure::Usage)?;
    let Updated { packages, fetched, advisories } = update(&api, into).context("no advisory was changed")?;
    let said = format!(
        "asked about {packages} packages, fetched {fetched} records; `{}` now holds {advisories} advisories\n",
        visible(&into.display().to_string())
    );
    destination::print(said.as_bytes())?;
    Ok(0)
}

/// An OSV-compatible API over HTTP.
struct Api {
    agent: ureq::Agent,
    base: String,
}

impl Api {
    fn new(url: &str, timeout: Duration) -> anyhow::Result<Self> {
        let base = url.trim_end_matches('/');
        let uri: ureq::http::Uri = base.parse().with_context(|| format!("`{url}` is not a URL"))?;
        let host = uri.host().unwrap_or_default();
        let is_loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
        // Advisories decide what people are told to install: nobody on the path may write them.
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback => {}
            Some("http") => return Err(anyhow!("`{url}` is plain HTTP; use https")),
            _ => return Err(anyhow!("`{url}` is not an http or https URL")),
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .https_only(uri.scheme_str() == Some("https"))
            .max_redirects(0)
            .user_agent(concat!("mantrap/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Api { agent: config.into(), base: base.to_owned() })
    }
}

impl Fetch for Api {
    fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        body(self.agent.get(format!("{}{path}", self.base)).call())
    }

    fn post(&self, path: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let url = format!("{}{path}", self.base);
        body(self.agent.post(url).content_type("application/json").send(request))
    }
}

fn body(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Vec<u8>, String> {
    let read = |mut response: ureq::http::Response<ureq::Body>| {
        if response.status().is_redirection() {
            return Err("the API redirects; name its final address with --url".to_owned());
        }
        let body = response.body_mut().with_config().limit(MAX_RESPONSE_BYTES);
        body.read_to_vec().map_err(|error| error.to_string())
    };
    response.map_err(|error| error.to_string()).and_then(read)
}
