//! Orders versions as each package ecosystem orders them, and decides whether a version lies in a range.
//!
//! A version that its ecosystem's grammar does not know has no place in the order: [`compare`] answers `None`,
//! and a match built on it is a maybe. Nothing here panics or guesses.

mod generic;
mod maven;
mod nuget;
mod packagist;
mod pypi;
mod range;
mod rubygems;
mod semver;

use std::cmp::Ordering;

pub use generic::find as find_in_tag;
pub use range::{Event, Range, Verdict};

/// A version longer than this, in bytes, is not compared.
const MAX_LENGTH: usize = 256;

/// Where a package name and a version mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// Python packages, PEP 440.
    Pypi,
    /// npm packages, Semantic Versioning 2.0.
    Npm,
    /// Rust crates, Semantic Versioning 2.0.
    Cargo,
    /// Go modules, Semantic Versioning 2.0 behind a `v`.
    Go,
    /// Maven artifacts as `group:artifact`, Maven's `ComparableVersion`.
    Maven,
    /// NuGet packages, Semantic Versioning with up to four numbers.
    Nuget,
    /// Ruby gems, `Gem::Version`.
    Rubygems,
    /// Composer packages as `vendor/name`, PHP's `version_compare` after Composer's normalisation.
    Packagist,
    /// Container images by repository; the tag is the version.
    Oci,
    /// Programs without a package, by product name.
    Application,
}

impl Ecosystem {
    /// Every ecosystem.
    pub const ALL: [Ecosystem; 10] = [
        Ecosystem::Pypi,
        Ecosystem::Npm,
        Ecosystem::Cargo,
        Ecosystem::Go,
        Ecosystem::Maven,
        Ecosystem::Nuget,
        Ecosystem::Rubygems,
        Ecosystem::Packagist,
        Ecosystem::Oci,
        Ecosystem::Application,
    ];

    /// The name in reports and in [`Package::ecosystem`](crate::report::Package::ecosystem).
    pub fn name(self) -> &'static str {
        match self {
            Ecosystem::Pypi => "pypi",
            Ecosystem::Npm => "npm",
            Ecosystem::Cargo => "cargo",
            Ecosystem::Go => "go",
            Ecosystem::Maven => "maven",
            Ecosystem::Nuget => "nuget",
            Ecosystem::Rubygems => "rubygems",
            Ecosystem::Packagist => "packagist",
            Ecosystem::Oci => "oci",
            Ecosystem::Application => "application",
        }
    }

    /// The name in OSV files, for the ecosystems that OSV knows.
    pub fn osv_name(self) -> Option<&'static str> {
        match self {
            Ecosystem::Pypi => Some("PyPI"),
            Ecosystem::Npm => Some("npm"),
            Ecosystem::Cargo => Some("crates.io"),
            Ecosystem::Go => Some("Go"),
            Ecosystem::Maven => Some("Maven"),
            Ecosystem::Nuget => Some("NuGet"),
            Ecosystem::Rubygems => Some("RubyGems"),
            Ecosystem::Packagist => Some("Packagist"),
            Ecosystem::Oci | Ecosystem::Application => None,
        }
    }

    /// The ecosystem called `name` in reports.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ecosystem| ecosystem.name() == name)
    }

    /// The ecosystem called `name` in OSV files; a suffix behind a colon (`Maven:url`) names a repository.
    pub fn from_osv(name: &str) -> Option<Self> {
        let name = name.split(':').next().unwrap_or(name);
        Self::ALL.into_iter().find(|ecosystem| ecosystem.osv_name() == Some(name))
    }

    /// `name` as this ecosystem compares names.
    pub fn normal_name(self, name: &str) -> String {
        match self {
            Ecosystem::Pypi => pypi::normal_name(name),
            Ecosystem::Cargo => name.replace('_', "-"),
            Ecosystem::Nuget | Ecosystem::Packagist | Ecosystem::Application | Ecosystem::Oci => {
                name.to_lowercase()
            }
            Ecosystem::Npm | Ecosystem::Go | Ecosystem::Maven | Ecosystem::Rubygems => name.to_owned(),
        }
    }
}

/// The order of two versions in `ecosystem`, or `None` where either cannot be compared.
pub fn compare(ecosystem: Ecosystem, left: &str, right: &str) -> Option<Ordering> {
    if left.len() > MAX_LENGTH || right.len() > MAX_LENGTH {
        return None;
    }
    let (left, right) = (left.trim(), right.trim());
    match ecosystem {
        Ecosystem::Pypi => pypi::compare(left, right),
        Ecosystem::Npm | Ecosystem::Cargo | Ecosystem::Go => semver::compare(left, right),
        Ecosystem::Maven => maven::compare(left, right),
        Ecosystem::Nuget => nuget::compare(left, right),
        Ecosystem::Rubygems => rubygems::compare(left, right),
        Ecosystem::Packagist => packagist::compare(left, right),
        Ecosystem::Oci | Ecosystem::Application => generic::compare(left, right),
    }
}

/// Whether `version` has a place in `ecosystem`'s order.
pub fn is_known(ecosystem: Ecosystem, version: &str) -> bool {
    compare(ecosystem, version, version).is_some()
}

/// A run of digits of any length, without leading zeros; `None` if there is anything else in it.
fn number(text: &str) -> Option<&str> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.trim_start_matches('0'))
}

/// The order of two results of [`number`].
fn compare_numbers(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// The order of two lists of [`number`]s, the shorter padded with zeros.
fn compare_number_lists(left: &[&str], right: &[&str]) -> Ordering {
    for index in 0..left.len().max(right.len()) {
        let one = left.get(index).copied().unwrap_or_default();
        let other = right.get(index).copied().unwrap_or_default();
        match compare_numbers(one, other) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    Ordering::Equal
}

/// Splits where digits meet other characters: `rc10` is `rc`, `10`.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut previous: Option<bool> = None;
    for (at, character) in text.char_indices() {
        let digit = character.is_ascii_digit();
        if previous.is_some_and(|was| was != digit) {
            runs.extend(text.get(start..at));
            start = at;
        }
        previous = Some(digit);
    }
    runs.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    runs
}
