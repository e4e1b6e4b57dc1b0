//! One OSV record (<https://ossf.github.io/osv-schema/>, 1.7), validated.
//!
//! The members under `database_specific` that begin the judgement (product, quality of the fix, exploitation) are
//! this project's own; records from other databases lack them and are read all the same.

use serde::Deserialize;

use crate::finding::Severity;
use crate::report::FixQuality;
use crate::version::{Ecosystem, Event, Range, Verdict, compare, is_known};

/// One advisory.
#[derive(Debug, Clone)]
pub struct Advisory {
    /// CVE, GHSA, MAL, RUSTSEC or placeholder (`NOID-…`) id.
    pub id: String,
    /// Other ids of the same thing.
    pub aliases: Vec<String>,
    /// One sentence.
    pub summary: String,
    /// The day of the last change, `YYYY-MM-DD`.
    pub modified: String,
    /// What is affected, in the ecosystems that are known here.
    pub affected: Vec<Affected>,
    /// Sources: URLs, and names of records.
    pub references: Vec<String>,
    /// Where the product is named; empty in records of other databases.
    pub product: String,
    /// How bad it is.
    pub severity: Severity,
    /// How good the fix is.
    pub fix_quality: FixQuality,
    /// The release that fixes it, as people name it.
    pub fixed: Option<String>,
    /// A later release whose fix is better than the first one.
    pub better_version: Option<String>,
    /// Exploitation as far as known.
    pub exploited: Option<String>,
    /// Later advisories that went round the fix.
    pub bypassed_by: Vec<String>,
    /// The package is the attack.
    pub is_malicious: bool,
    /// No release is known to fix it, so that versions outside the record are a maybe.
    pub no_fix_known: bool,
}

/// One package or program that an advisory affects.
#[derive(Debug, Clone)]
pub struct Affected {
    /// The ecosystem; [`Ecosystem::Application`] for programs without a package.
    pub ecosystem: Ecosystem,
    /// The name in the ecosystem's normal form.
    pub name: String,
    /// Affected ranges.
    pub ranges: Vec<Range>,
    /// Affected versions, one by one.
    pub versions: Vec<String>,
    /// False when nobody confirmed that this package is the product.
    pub is_confirmed: bool,
}

impl Affected {
    /// Whether `version` is affected. No ranges and no versions: not known.
    pub fn verdict(&self, version: &str) -> Verdict {
        let every_version =
            |range: &Range| matches!(range.events.as_slice(), [Event::Introduced(zero)] if zero == "0");
        if self.ranges.iter().any(every_version) {
            return Verdict::Affected;
        }
        if version.is_empty() || (self.ranges.is_empty() && self.versions.is_empty()) {
            return Verdict::Unknown;
        }
        let listed = self.versions.iter().any(|one| {
            one == version || compare(self.ecosystem, one, version) == Some(std::cmp::Ordering::Equal)
        });
        if listed {
            return Verdict::Affected;
        }
        let start = match self.versions.is_empty() || is_known(self.ecosystem, version) {
            true => Verdict::NotAffected,
            false => Verdict::Unknown,
        };
        self.ranges.iter().map(|range| range.verdict(self.ecosystem, version)).fold(start, Ord::max)
    }

    /// The lowest fix above `version` that a range names.
    pub fn fix_after(&self, version: &str) -> Option<&str> {
        let mut fixes: Vec<&str> = self
            .ranges
            .iter()
            .filter(|range| range.verdict(self.ecosystem, version) != Verdict::NotAffected)
            .filter_map(|range| range.fix_after(self.ecosystem, version))
            .collect();
        fixes.sort_by(|one, other| compare(self.ecosystem, one, other).unwrap_or_else(|| one.cmp(other)));
        fixes.first().copied()
    }
}

#[derive(Deserialize)]
struct Record {
    id: String,
    modified: String,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    severity: Vec<Score>,
    #[serde(default)]
    affected: Vec<RawAffected>,
    #[serde(default)]
    references: Vec<Reference>,
    #[serde(default)]
    database_specific: Option<Specific>,
}

#[derive(Deserialize)]
struct Score {
    #[serde(rename = "type")]
    kind: String,
    score: String,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

#[derive(Deserialize)]
struct RawAffected {
    #[serde(default)]
    package: Option<RawPackage>,
    #[serde(default)]
    ranges: Vec<RawRange>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    database_specific: Option<AffectedSpecific>,
}

#[derive(Deserialize)]
struct RawPackage {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct RawRange {
    #[serde(rename = "type")]
    kind: String,
    events: Vec<RawEvent>,
}

#[derive(Deserialize)]
struct RawEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

#[derive(Deserialize, Default)]
struct AffectedSpecific {
    application: Option<String>,
    confirmed: Option<bool>,
}

#[derive(Deserialize, Default)]
struct Specific {
    product: Option<String>,
    class: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    severity: Option<String>,
    fix_quality: Option<FixQuality>,
    fixed: Option<String>,
    better_version: Option<String>,
    exploited: Option<String>,
    #[serde(default)]
    bypassed_by: Vec<String>,
    #[serde(default)]
    no_fix_known: bool,
    #[serde(default)]
    sources: Vec<String>,
}

/// Other databases put numbers or objects where this one has a word.
fn lenient<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => Some(text),
        _ => None,
    })
}

/// Reads one record. `Ok(None)`: it was withdrawn. The error says what is wrong, lower case, without the file.
pub fn parse(text: &[u8]) -> Result<Option<Advisory>, String> {
    let record: Record = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if !is_id(&record.id) {
        return Err(format!("`{}` is not an advisory id", record.id));
    }
    let modified = day(&record.modified).ok_or_else(|| "`modified` is not an RFC 3339 time".to_owned())?;
    if record.published.as_deref().is_some_and(|time| day(time).is_none()) {
        return Err("`published` is not an RFC 3339 time".to_owned());
    }
    if record.withdrawn.is_some() {
        return Ok(None);
    }
    let specific = record.database_specific.unwrap_or_default();
    let affected = record
        .affected
        .into_iter()
        .map(lower)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect::<Vec<Affected>>();
    let has_fix = affected
        .iter()
        .flat_map(|affected| &affected.ranges)
        .any(|range| range.events.iter().any(|event| matches!(event, Event::Fixed(_))));
    let is_malicious =
        specific.class.as_deref() == Some("malicious-package") || record.id.starts_with("MAL-");
    let summary = match record.summary.is_empty() {
        true => record.details.lines().next().unwrap_or_default().to_owned(),
        false => record.summary,
    };
    let mut references: Vec<String> = record.references.into_iter().map(|one| one.url).collect();
    for source in specific.sources {
        if !references.contains(&source) {
            references.push(source);
        }
    }
    Ok(Some(Advisory {
        severity: match is_malicious {
            true => Severity::Critical,
            false => severity(specific.severity.as_deref(), &record.severity),
        },
        fix_quality: specific.fix_quality.unwrap_or(match (is_malicious, has_fix) {
            (true, _) | (_, false) => FixQuality::None,
            (_, true) => FixQuality::Unknown,
        }),
        id: record.id,
        aliases: record.aliases,
        summary,
        modified,
        affected,
        references,
        product: specific.product.unwrap_or_default(),
        fixed: specific.fixed,
        better_version: specific.better_version,
        exploited: specific.exploited,
        bypassed_by: specific.bypassed_by,
        is_malicious,
        no_fix_known: specific.no_fix_known,
    }))
}

/// Whether `id` is made of the characters that ids are made of: it becomes a file name and a path of a request.
pub fn is_id(id: &str) -> bool {
    let length = (3..=96).contains(&id.len());
    length
        && id.starts_with(|first: char| first.is_ascii_alphanumeric())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.'))
        && !id.contains("..")
}

/// The day of an RFC 3339 time.
fn day(time: &str) -> Option<String> {
    let (day, rest) = time.split_once('T')?;
    let numbers: Vec<u32> = day.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let &[year, month, date] = numbers.as_slice() else {
        return None;
    };
    let sane = day.len() == 10
        && (1990..=2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&date);
    (sane && rest.len() >= 9).then(|| day.to_owned())
}

fn lower(raw: RawAffected) -> Result<Option<Affected>, String> {
    let specific = raw.database_specific.unwrap_or_default();
    let (ecosystem, name) = match (&raw.package, &specific.application) {
        (Some(package), _) => match Ecosystem::from_osv(&package.ecosystem) {
            Some(ecosystem) => (ecosystem, ecosystem.normal_name(&package.name)),
            None => return Ok(None),
        },
        (None, Some(application)) => {
            (Ecosystem::Application, Ecosystem::Application.normal_name(application))
        }
        (None, None) => return Ok(None),
    };
    if name.is_empty() {
        return Err("an affected package has no name".to_owned());
    }
    let mut ranges = Vec::new();
    for range in raw.ranges {
        match range.kind.as_str() {
            "ECOSYSTEM" | "SEMVER" => ranges.push(events(range.events)?),
            "GIT" => {}
            other => return Err(format!("`{other}` is not a range type")),
        }
    }
    Ok(Some(Affected {
        ecosystem,
        name,
        ranges,
        versions: raw.versions,
        is_confirmed: specific.confirmed.unwrap_or(true),
    }))
}

fn events(raw: Vec<RawEvent>) -> Result<Range, String> {
    let mut range = Range::default();
    for event in raw {
        let all = [
            event.introduced.map(Event::Introduced),
            event.fixed.map(Event::Fixed),
            event.last_affected.map(Event::LastAffected),
            event.limit.map(Event::Limit),
        ];
        let mut given = all.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(one), None) if !one.version().is_empty() => range.events.push(one),
            _ => return Err("an event of a range does not name exactly one version".to_owned()),
        }
    }
    match range.events.iter().any(|event| matches!(event, Event::Introduced(_))) {
        true => Ok(range),
        false => Err("a range has no `introduced` event".to_owned()),
    }
}

/// The word of the database, else the base score of a CVSS 3 vector, else medium.
fn severity(word: Option<&str>, scores: &[Score]) -> Severity {
    let named = word.and_then(|word| match word.to_ascii_lowercase().as_str() {
        "critical" => Some(Severity::Critical),
        "high" | "important" => Some(Severity::High),
        "medium" | "moderate" => Some(Severity::Medium),
        "low" => Some(Severity::Low),
        _ => None,
    });
    let scored = || {
        let vector = scores.iter().find(|score| score.kind == "CVSS_V3")?;
        super::cvss::base_score(&vector.score).map(|score| match score {
            90.. => Severity::Critical,
            70..90 => Severity::High,
            40..70 => Severity::Medium,
            _ => Severity::Low,
        })
    };
    named.or_else(scored).unwrap_or(Severity::Medium)
}
