//! PEP 440, and the tags that Python projects put on the same releases (`1.83.7-stable`).

use std::cmp::Ordering;
use std::str::FromStr;

use pep440_rs::Version;

use super::generic::is_pre_release;

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp(&parse(right)?))
}

fn parse(version: &str) -> Option<Version> {
    if let Ok(version) = Version::from_str(version) {
        return Some(version);
    }
    // A git tag of the same release: the suffix either repeats that it is one, or says that it comes before.
    let (release, suffix) = version.split_once('-')?;
    if is_pre_release(suffix) {
        Version::from_str(&format!("{release}.dev0")).ok()
    } else if ["stable", "lts", "final", "ga", "release"].contains(&suffix.to_ascii_lowercase().as_str()) {
        Version::from_str(release).ok()
    } else {
        None
    }
}

/// PEP 503: lower case, runs of `-`, `_` and `.` are one `-`.
pub(super) fn normal_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.trim().chars() {
        match character {
            '-' | '_' | '.' => {
                if !normal.ends_with('-') {
                    normal.push('-');
                }
            }
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal
}
