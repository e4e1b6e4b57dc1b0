//! Applications that start MCP servers, by the files that tell which version is installed.
//!
//! An application that is there and does not tell its version is listed without one: that is a maybe, not silence.

mod archive;
mod table;

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use mantrap_clients::discover::{Disk, Target};
use mantrap_clients::source::{Origin, Problem, ProblemKind, Source, read_regular_file};
use serde::Deserialize;

use super::machine::{expand, names, start};
use super::{MAX_MANIFEST_BYTES, Sink};
use crate::report::{Package, PackageEvidence};
use crate::version::{Ecosystem, compare, find_in_tag};
use table::{Clue, EXTENSION_FOLDERS, EXTENSIONS, signs};

/// The largest record of a package manager that is read, in bytes (32 MiB).
const MAX_RECORD_BYTES: u64 = 32 * 1024 * 1024;

/// The applications and editor extensions of `target`, with what stood in the way of reading them.
pub(super) fn applications(target: &Target, disk: &Disk) -> (Vec<Package>, Vec<Problem>) {
    let mut found = Found::default();
    for sign in signs(target.os) {
        let bases: Vec<(&Path, &str)> = match sign.pattern.strip_prefix("~/") {
            Some(pattern) => target.homes.iter().map(|home| (home.path.as_path(), pattern)).collect(),
            None => vec![(start(target.os), sign.pattern)],
        };
        for (base, pattern) in bases {
            let places = expand(disk, base, pattern);
            match sign.clue {
                Clue::Name => found.newest(disk, sign.product, places),
                clue => places.iter().for_each(|place| found.read(disk, sign.product, clue, place)),
            }
        }
    }
    for home in &target.homes {
        for folder in EXTENSION_FOLDERS {
            for place in expand(disk, &home.path, folder) {
                found.extensions(disk, &place);
            }
        }
    }
    (found.packages, found.problems)
}

#[derive(Default)]
struct Found {
    packages: Vec<Package>,
    problems: Vec<Problem>,
}

impl Found {
    fn push(&mut self, product: &str, version: &str, place: &Path) {
        let mut sink = Sink::new(place.display().to_string(), PackageEvidence::Installed);
        sink.push(Ecosystem::Application, product, version);
        self.packages.extend(sink.finish());
    }

    /// One application, by the file at `named`.
    fn read(&mut self, disk: &Disk, product: &str, clue: Clue, named: &Path) {
        let Some(place) = disk.locate(named).filter(|place| place.real.is_file()) else {
            return;
        };
        let text = |limit| text(&place.real, named, limit);
        let version = match clue {
            Clue::Member(member) => text(MAX_MANIFEST_BYTES).and_then(|text| {
                let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
                    Problem::new(Origin::file(named), ProblemKind::Syntax, error.to_string())
                })?;
                Ok(value.get(member).and_then(serde_json::Value::as_str).map(str::to_owned))
            }),
            Clue::Archive => archive::version(&place.real, named),
            Clue::Snap => text(MAX_MANIFEST_BYTES).map(|text| snap(&text)),
            // Binary property lists are no text; the application is there all the same.
            Clue::PropertyList => Ok(text(MAX_MANIFEST_BYTES).ok().and_then(|text| property(&text))),
            Clue::Releases => text(MAX_MANIFEST_BYTES).map(|text| release(&text)),
            Clue::Debian(package) => debian(disk, package),
            Clue::Name => Ok(None),
        };
        match version {
            Ok(version) => self.push(product, &version.unwrap_or_default(), named),
            Err(problem) => {
                self.problems.push(problem);
                self.push(product, "", named);
            }
        }
    }

    /// One application, by the newest version among the names of `places`: updaters leave older ones behind.
    fn newest(&mut self, disk: &Disk, product: &str, places: Vec<PathBuf>) {
        let versions = places.into_iter().filter_map(|place| {
            let name = disk.style().names(&place).pop()?;
            // `1.2.3-x86_64.AppImage` and `1.2.3_x64__publisher`: what follows the numbers is not the version's.
            let version = find_in_tag(name.to_str()?)?;
            let numbers = version.split('-').next()?.to_owned();
            disk.locate(&place)?.real.exists().then_some((numbers, place))
        });
        let newest = versions.reduce(|best, one| match later(&one.0, &best.0) {
            true => one,
            false => best,
        });
        if let Some((version, place)) = newest {
            self.push(product, &version, &place);
        }
    }

    /// The extensions of one editor: its own record where it can be read, otherwise the names of the folders.
    fn extensions(&mut self, disk: &Disk, folder: &Path) {
        #[derive(Deserialize)]
        struct Identifier {
            id: String,
        }
        #[derive(Deserialize)]
        struct Entry {
            identifier: Identifier,
            version: String,
        }
        let record = disk.style().join(folder, OsStr::new("extensions.json"));
        let recorded: Option<Vec<Entry>> = disk
            .locate(&record)
            .filter(|place| place.real.is_file())
            .and_then(|place| text(&place.real, &record, MAX_RECORD_BYTES).ok())
            .and_then(|text| serde_json::from_str(&text).ok());
        let (installed, is_recorded): (Vec<(String, String)>, bool) = match recorded {
            Some(entries) => {
                (entries.into_iter().map(|entry| (entry.identifier.id, entry.version)).collect(), true)
            }
            None => (names(disk, folder).iter().filter_map(|name| split_name(name)).collect(), false),
        };
        for known in EXTENSIONS {
            let versions = installed.iter().filter(|(id, _)| id.eq_ignore_ascii_case(known.id));
            let newest = versions.map(|(_, version)| version).reduce(|best, one| match later(one, best) {
                true => one,
                false => best,
            });
            let Some(version) = newest.filter(|version| !later(known.since, version)) else {
                continue;
            };
            let place = match is_recorded {
                true => record.clone(),
                false => disk.style().join(folder, OsStr::new(&format!("{}-{version}", known.id))),
            };
            self.push(known.product, version, &place);
        }
    }
}

fn text(real: &Path, named: &Path, limit: u64) -> Result<String, Problem> {
    let origin = Origin::file(named);
    let bytes = read_regular_file(real, &origin, limit)?;
    Ok(Source::decode(origin, bytes)?.text.clone())
}

fn later(one: &str, other: &str) -> bool {
    compare(Ecosystem::Application, one, other) == Some(Ordering::Greater)
}

/// `publisher.name-1.2.3` or `publisher.name-1.2.3-linux-x64` as id and version.
fn split_name(folder: &str) -> Option<(String, String)> {
    let known = EXTENSIONS.iter().find_map(|known| {
        let head = folder.get(..known.id.len()).filter(|head| head.eq_ignore_ascii_case(known.id))?;
        Some((head, folder.get(known.id.len()..)?.strip_prefix('-')?))
    });
    let (id, version) = known?;
    let version = version.split('-').next()?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| (id.to_owned(), version.to_owned()))
}

/// `CFBundleShortVersionString` of an XML property list.
fn property(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<key>CFBundleShortVersionString</key>")?;
    let value = rest.trim_start().strip_prefix("<string>")?.split('<').next()?;
    Some(value.trim().to_owned())
}

/// `version:` at the top of a `snap.yaml`.
fn snap(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("version:"))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

/// The newest `<release version="…">` of AppStream metadata.
fn release(text: &str) -> Option<String> {
    let releases = text.split("<release ").skip(1);
    let versions = releases.filter_map(|release| {
        let tag = release.split('>').next()?;
        let value = tag.split_once("version=")?.1.trim_start();
        value.get(1..)?.split(['"', '\'']).next()
    });
    let newest = versions.reduce(|best, one| match later(one, best) {
        true => one,
        false => best,
    });
    newest.map(str::to_owned)
}

/// The version of an installed Debian package, without epoch.
fn debian(disk: &Disk, package: &str) -> Result<Option<String>, Problem> {
    let named = Path::new("/var/lib/dpkg/status");
    let Some(place) = disk.locate(named).filter(|place| place.real.is_file()) else {
        return Ok(None);
    };
    let text = text(&place.real, named, MAX_RECORD_BYTES)?;
    let mut paragraphs = text.split("\n\n");
    let wanted = |line: &str| line.strip_prefix("Package:").is_some_and(|name| name.trim() == package);
    let version = paragraphs
        .find(|paragraph| paragraph.lines().any(wanted))
        .and_then(|paragraph| paragraph.lines().find_map(|line| line.strip_prefix("Version:")))
        .map(str::trim);
    Ok(version.map(|version| version.split_once(':').map_or(version, |(_, rest)| rest).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_lists_snaps_and_releases_tell_their_version() {
        let list =
            "<plist><dict>\n<key>CFBundleShortVersionString</key>\n\t<string>1.2.3</string></dict></plist>";
        assert_eq!(property(list).as_deref(), Some("1.2.3"));
        assert_eq!(property("bplist00 CFBundleShortVersionString"), None);
        assert_eq!(snap("name: code\nversion: '1.96.2'\n").as_deref(), Some("1.96.2"));
        let releases = "<releases><release date=\"2025-01-01\" version=\"0.9.1\"/><release version='0.10.0' type=\"stable\"></release>";
        assert_eq!(release(releases).as_deref(), Some("0.10.0"));
        assert_eq!(release("<release version="), None);
    }

    #[test]
    fn extension_folders_are_split_at_their_version() {
        let found = split_name("Anthropic.claude-code-2.0.1-linux-x64");
        assert_eq!(found, Some(("Anthropic.claude-code".to_owned(), "2.0.1".to_owned())));
        assert_eq!(split_name("anthropic.claude-code-next-1"), None);
        assert_eq!(split_name("ü"), None);
    }
}
