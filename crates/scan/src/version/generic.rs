//! Versions of programs and image tags, which follow no single grammar: numbers as in Semantic Versioning, and
//! behind them a suffix that counts as a pre-release only when it says so (`-rc2`, `-nightly`). `-stable`,
//! `-lts` and the name of a base image (`-alpine`) are the release itself.

use std::cmp::Ordering;

use super::{compare_number_lists, runs, semver};

const PRE_RELEASES: &[&str] =
    &["alpha", "beta", "canary", "dev", "nightly", "pre", "preview", "rc", "snapshot"];

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (split(left)?, split(right)?);
    let order = compare_number_lists(&left.numbers, &right.numbers);
    Some(order.then_with(|| compare_suffixes(left.pre, right.pre)))
}

fn split(version: &str) -> Option<semver::Parts<'_>> {
    let mut parts = semver::parts(version)?;
    parts.pre = parts.pre.filter(|pre| is_pre_release(pre));
    Some(parts)
}

pub(super) fn is_pre_release(suffix: &str) -> bool {
    let suffix = suffix.to_ascii_lowercase();
    let word = suffix.split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or_default();
    PRE_RELEASES.contains(&word)
}

/// `rc2` before `rc10`, `beta` before `rc`, and every pre-release before the release.
fn compare_suffixes(left: Option<&str>, right: Option<&str>) -> Ordering {
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => {
            let (left, right) = (left.to_ascii_lowercase(), right.to_ascii_lowercase());
            let key = |text: &str| -> Vec<(bool, usize, String)> {
                runs(text)
                    .into_iter()
                    .map(|run| match super::number(run) {
                        Some(number) => (true, number.len(), number.to_owned()),
                        None => (false, 0, run.to_owned()),
                    })
                    .collect()
            };
            key(&left).cmp(&key(&right))
        }
    }
}

/// The version inside an image tag: `main-v1.83.0-stable` holds `1.83.0-stable`, `latest` holds none.
///
/// A version has at least one dot between numbers.
pub fn find(tag: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(rest) = tag.get(from..) {
        let start = from + rest.find(|character: char| character.is_ascii_digit())?;
        let candidate = tag.get(start..)?;
        let length = candidate
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(candidate.len());
        let numbers = candidate.get(..length)?.trim_end_matches('.');
        if numbers.contains('.') {
            let suffix = candidate.get(numbers.len()..)?;
            return match suffix.starts_with('-') {
                true => Some(candidate),
                false => Some(numbers),
            };
        }
        from = start + length.max(1);
    }
    None
}
