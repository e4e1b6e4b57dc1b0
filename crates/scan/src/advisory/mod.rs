//! What is known against packages and programs, and what to do about it today.
//!
//! The advisories are OSV files in the repository's `advisories/`, compiled in and parsed when a name of theirs is first asked for. A directory
//! of such files can take their place. Matching is by ecosystem, name and range, never by alias alone.

mod cvss;
mod embedded;
mod exposure;
mod grid;
pub mod osv;
pub mod products;
pub mod update;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mantrap_clients::source::{Origin, read_regular_file};

use crate::report::{AdvisoryMatch, FixQuality, Package};
use crate::version::{Ecosystem, Event, Range, Verdict, compare, find_in_tag};
pub(crate) use exposure::note_published_ports;
use osv::{Advisory, Affected};

include!(concat!(env!("OUT_DIR"), "/advisory_files.rs"));

/// The largest advisory file that is read, in bytes (8 MiB).
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;
/// The most files a directory of advisories may hold.
const MAX_FILES: usize = 200_000;

/// Why a directory of advisories was refused.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The directory or a file of it cannot be read.
    #[error("cannot read the advisories in `{}`: {reason}; nothing was loaded", path.display())]
    Unreadable {
        /// The directory or file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A file is not a complete OSV record.
    #[error("`{}` is not a complete OSV record: {reason}; delete the file or fetch it again", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no advisory at all.
    #[error("`{}` holds no OSV file; name a directory with one JSON file per advisory", path.display())]
    Empty {
        /// The directory.
        path: PathBuf,
    },
}

/// A set of advisories, indexed by package.
#[derive(Debug, Default)]
pub struct Database {
    parsed: OnceLock<Parsed>,
    /// Whether the compiled-in files are parsed once a name of theirs is asked for. Most machines never ask.
    is_embedded: bool,
}

#[derive(Debug, Default)]
struct Parsed {
    advisories: Vec<Advisory>,
    index: HashMap<Ecosystem, HashMap<String, Vec<(usize, usize)>>>,
}

impl Database {
    /// The advisories that are compiled in.
    pub fn embedded() -> &'static Database {
        static EMBEDDED: Database = Database { parsed: OnceLock::new(), is_embedded: true };
        &EMBEDDED
    }

    /// Id and text of every file that is compiled in.
    pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
        ADVISORY_FILES
    }

    /// The advisories in the `*.json` files of `directory`, all or none.
    pub fn from_dir(directory: &Path) -> Result<Database, DatabaseError> {
        let unreadable = |error: std::io::Error| DatabaseError::Unreadable {
            path: directory.to_owned(),
            reason: error.to_string().to_lowercase(),
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
            if paths.len() > MAX_FILES {
                return Err(DatabaseError::Unreadable {
                    path: directory.to_owned(),
                    reason: format!("more than {MAX_FILES} files"),
                });
            }
        }
        paths.sort();
        let mut advisories = Vec::with_capacity(paths.len());
        for path in &paths {
            advisories.extend(read_file(path)?);
        }
        match advisories.is_empty() {
            true => Err(DatabaseError::Empty { path: directory.to_owned() }),
            false => Ok(Database::new(advisories)),
        }
    }

    /// A set from records that were parsed already.
    pub fn new(advisories: Vec<Advisory>) -> Database {
        Database { parsed: OnceLock::from(Parsed::new(advisories)), is_embedded: false }
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| match self.is_embedded {
            // A test parses every file strictly, so none is lost here.
            true => Parsed::new(
                ADVISORY_FILES
                    .iter()
                    .filter_map(|(_, text)| osv::parse(text.as_bytes()).ok().flatten())
                    .collect(),
            ),
            false => Parsed::default(),
        })
    }

    /// Where this package stands in the index; nothing is parsed for a name that no compiled-in file has.
    fn places(&self, ecosystem: Ecosystem, name: &str) -> &[(usize, usize)] {
        if self.is_embedded && self.parsed.get().is_none() && !embedded::names(name) {
            return &[];
        }
        self.parsed().index.get(&ecosystem).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// How many advisories there are.
    pub fn count(&self) -> usize {
        match self.is_embedded {
            true => ADVISORY_FILES.len(),
            false => self.parsed().advisories.len(),
        }
    }

    /// The day of the latest change, `YYYY-MM-DD`.
    pub fn date(&self) -> &str {
        match self.is_embedded {
            true => embedded::date(),
            false => {
                let days = self.parsed().advisories.iter().map(|advisory| advisory.modified.as_str());
                days.max().unwrap_or_default()
            }
        }
    }

    /// The advisories, in order of file name.
    pub fn advisories(&self) -> &[Advisory] {
        &self.parsed().advisories
    }

    /// The advisory with this id or alias.
    pub fn advisory(&self, id: &str) -> Option<&Advisory> {
        let advisories = self.advisories();
        let by_id = advisories.iter().find(|advisory| advisory.id == id);
        by_id.or_else(|| advisories.iter().find(|advisory| advisory.aliases.iter().any(|alias| alias == id)))
    }

    /// Whether any advisory names this package, in any version.
    pub fn knows(&self, ecosystem: Ecosystem, name: &str) -> bool {
        !self.places(ecosystem, name).is_empty()
    }

    /// Every package that an advisory names, in order.
    pub fn packages(&self) -> Vec<(Ecosystem, &str)> {
        let mut packages: Vec<(Ecosystem, &str)> = self
            .parsed()
            .index
            .iter()
            .flat_map(|(ecosystem, names)| names.keys().map(|name| (*ecosystem, name.as_str())))
            .collect();
        packages.sort_unstable();
        packages
    }

    /// What applies to `package`, worst first: certain before maybe, then by severity.
    pub fn matches(&self, package: &Package) -> Vec<AdvisoryMatch> {
        self.matching(package).into_iter().map(|(_, found)| found).collect()
    }

    /// The rows of the product grid: known hosts, and whatever an advisory applies to.
    pub fn grid(&self, packages: &[Package]) -> Vec<crate::report::Product> {
        grid::rows(self, packages)
    }

    /// Whether what protects this version of a package is a filter: every fix that it has is one, so that the next
    /// bypass is to be expected.
    fn is_filtered(&self, package: &Package) -> bool {
        let mut is_filtered = false;
        for (ecosystem, name, version) in coordinates(package) {
            let places = self.places(ecosystem, &name).iter();
            let advisories = places.filter_map(|(at, _)| self.parsed().advisories.get(*at));
            for advisory in advisories {
                let better = advisory.better_version.as_deref();
                if better.is_some_and(|better| compare(ecosystem, &version, better) != Some(Ordering::Less)) {
                    return false;
                }
                is_filtered |=
                    matches!(advisory.fix_quality, FixQuality::Filter | FixQuality::FilterBypassed);
            }
        }
        is_filtered
    }

    fn matching(&self, package: &Package) -> Vec<(&Advisory, AdvisoryMatch)> {
        let mut found: Vec<(&Advisory, AdvisoryMatch)> = Vec::new();
        for (ecosystem, name, version) in coordinates(package) {
            for (at, which) in self.places(ecosystem, &name) {
                let Some(advisory) = self.parsed().advisories.get(*at) else {
                    continue;
                };
                let Some(affected) = advisory.affected.get(*which) else {
                    continue;
                };
                if let Some(one) = judge(advisory, affected, &version) {
                    found.push((advisory, one));
                }
            }
        }
        found.sort_by(|(_, one), (_, other)| {
            let key = |found: &AdvisoryMatch| {
                (
                    found.range_unknown,
                    std::cmp::Reverse(found.severity),
                    std::cmp::Reverse(exploitation(found)),
                )
            };
            key(one).cmp(&key(other)).then_with(|| one.id.cmp(&other.id))
        });
        // Two databases may hold the same thing under different ids.
        let mut seen: Vec<String> = Vec::new();
        found.retain(|(_, one)| {
            let ids = std::iter::once(&one.id).chain(&one.aliases);
            let is_new = ids.clone().all(|id| !seen.contains(id));
            if is_new {
                seen.extend(ids.cloned());
            }
            is_new
        });
        found
    }
}

impl Parsed {
    fn new(advisories: Vec<Advisory>) -> Self {
        let mut index: HashMap<Ecosystem, HashMap<String, Vec<(usize, usize)>>> = HashMap::new();
        for (at, advisory) in advisories.iter().enumerate() {
            for (which, affected) in advisory.affected.iter().enumerate() {
                index
                    .entry(affected.ecosystem)
                    .or_default()
                    .entry(affected.name.clone())
                    .or_default()
                    .push((at, which));
            }
        }
        Parsed { advisories, index }
    }
}

/// How far exploitation is known, for sorting.
fn exploitation(found: &AdvisoryMatch) -> u8 {
    match found.exploited.as_deref() {
        Some("active") => 3,
        Some("reported") => 2,
        Some("poc") => 1,
        _ => 0,
    }
}

fn read_file(path: &Path) -> Result<Option<Advisory>, DatabaseError> {
    let bytes = read_regular_file(path, &Origin::file(path), MAX_FILE_BYTES)
        .map_err(|problem| DatabaseError::Unreadable { path: path.to_owned(), reason: problem.message })?;
    let malformed = |reason: String| DatabaseError::Malformed { path: path.to_owned(), reason };
    let advisory = osv::parse(&bytes).map_err(malformed)?;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    match &advisory {
        Some(advisory) if advisory.id != stem => {
            Err(malformed(format!("its id is `{}`, which is not its file name", advisory.id)))
        }
        _ => Ok(advisory),
    }
}

/// Under which names and versions a package is looked up: an image also as the product that it holds.
fn coordinates(package: &Package) -> Vec<(Ecosystem, String, String)> {
    let Some(ecosystem) = Ecosystem::from_name(&package.ecosystem) else {
        return Vec::new();
    };
    if ecosystem != Ecosystem::Oci {
        return vec![(ecosystem, ecosystem.normal_name(&package.name), package.version.clone())];
    }
    let version = find_in_tag(&package.version).unwrap_or_default();
    let product = products::by_image(&package.name);
    let first = product.and_then(|product| product.packages.first());
    first.map(|(ecosystem, name)| (*ecosystem, (*name).to_owned(), version.to_owned())).into_iter().collect()
}

fn judge(advisory: &Advisory, affected: &Affected, version: &str) -> Option<AdvisoryMatch> {
    let verdict = match affected.verdict(version) {
        // The record names the versions that somebody tried; nothing says that the others are safe.
        Verdict::NotAffected if advisory.no_fix_known && may_apply_too(affected, version) => Verdict::Unknown,
        verdict => verdict,
    };
    let is_maybe = match verdict {
        Verdict::NotAffected => return None,
        Verdict::Unknown => true,
        Verdict::Affected => !affected.is_confirmed,
    };
    // Where the record names the last affected version, the fix stands beside the range.
    let stated = advisory.fixed.as_deref().filter(|fixed| {
        let names_fix = |range: &Range| range.events.iter().any(|event| matches!(event, Event::Fixed(_)));
        !affected.ranges.iter().any(names_fix)
            && compare(affected.ecosystem, fixed, version) == Some(Ordering::Greater)
    });
    let fixed = affected.fix_after(version).or(stated).map(str::to_owned);
    Some(AdvisoryMatch {
        id: advisory.id.clone(),
        aliases: advisory.aliases.clone(),
        summary: advisory.summary.clone(),
        severity: advisory.severity,
        fixed,
        fix_quality: advisory.fix_quality,
        exploited: advisory.exploited.clone(),
        range_unknown: is_maybe,
        bypassed_by: advisory.bypassed_by.clone(),
        references: advisory.references.clone(),
    })
}

/// Not below every version that the record names: an older release may lack the flaw's code altogether, yet where
/// only one version was tried its neighbours on both sides are suspect.
fn may_apply_too(affected: &Affected, version: &str) -> bool {
    let introduced = affected.ranges.iter().flat_map(|range| &range.events).find_map(|event| match event {
        Event::Introduced(at) if at != "0" => Some(at),
        _ => None,
    });
    introduced.is_none_or(|at| compare(affected.ecosystem, version, at) != Some(Ordering::Less))
}
