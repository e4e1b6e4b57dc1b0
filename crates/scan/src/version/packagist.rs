//! Composer: versions normalised to four numbers and a stability, in the order of PHP's `version_compare`.

use std::cmp::Ordering;

use super::{compare_number_lists, compare_numbers, number, runs};

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (parse(left)?, parse(right)?);
    let order = compare_number_lists(&left.numbers, &right.numbers);
    let order = order.then(left.stability.cmp(&right.stability));
    Some(order.then_with(|| compare_numbers(left.count, right.count)))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Stability {
    Dev,
    Alpha,
    Beta,
    Candidate,
    Stable,
    Patch,
}

struct Normal<'a> {
    numbers: Vec<&'a str>,
    stability: Stability,
    count: &'a str,
}

/// Branches (`dev-main`) have no order.
fn parse(version: &str) -> Option<Normal<'_>> {
    let version = version.trim_start_matches(['v', 'V']);
    let version = version.split('+').next().unwrap_or(version);
    let end = version
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(version.len());
    let (core, suffix) = version.split_at_checked(end)?;
    let numbers: Option<Vec<&str>> = core.trim_end_matches('.').split('.').map(number).collect();
    let suffix = suffix.trim_start_matches(['-', '_', '.']);
    let mut words = runs(suffix).into_iter();
    let stability = match words.next().unwrap_or_default().to_ascii_lowercase().trim_end_matches(['.', '-']) {
        "" | "stable" => Stability::Stable,
        "dev" => Stability::Dev,
        "alpha" | "a" => Stability::Alpha,
        "beta" | "b" => Stability::Beta,
        "rc" => Stability::Candidate,
        "patch" | "pl" | "p" => Stability::Patch,
        _ => return None,
    };
    Some(Normal { numbers: numbers?, stability, count: words.next().and_then(number).unwrap_or_default() })
}
