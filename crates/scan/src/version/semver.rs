//! Semantic Versioning 2.0, §9–§11, read leniently: a leading `v` or `=`, leading zeros (`2025.7.01`), missing
//! and surplus numbers are taken, because registries and lock files contain them.

use std::cmp::Ordering;

use super::{compare_number_lists, compare_numbers, number};

/// The numbers and the pre-release of a version; build metadata has no precedence (§10).
pub(super) struct Parts<'a> {
    pub(super) numbers: Vec<&'a str>,
    pub(super) pre: Option<&'a str>,
}

/// Splits `version`; `None` if it does not begin with numbers.
pub(super) fn parts(version: &str) -> Option<Parts<'_>> {
    let version = version.trim_start_matches(['v', 'V', '=', ' ']);
    let version = version.split('+').next().unwrap_or(version);
    let (core, pre) = match version.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (version, None),
    };
    let numbers: Option<Vec<&str>> = core.split('.').map(number).collect();
    Some(Parts { numbers: numbers?, pre })
}

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (parts(left)?, parts(right)?);
    let order = compare_number_lists(&left.numbers, &right.numbers);
    Some(order.then(compare_pre(left.pre, right.pre, false)?))
}

/// The order of two pre-releases; none at all is higher than any (§11.3). `None` for what §9 does not allow.
pub(super) fn compare_pre(left: Option<&str>, right: Option<&str>, fold_case: bool) -> Option<Ordering> {
    let valid = |pre: Option<&str>| {
        pre.is_none_or(|pre| {
            pre.split('.').all(|identifier| {
                !identifier.is_empty()
                    && identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
        })
    };
    if !valid(left) || !valid(right) {
        return None;
    }
    let (left, right) = match (left, right) {
        (None, None) => return Some(Ordering::Equal),
        (None, Some(_)) => return Some(Ordering::Greater),
        (Some(_), None) => return Some(Ordering::Less),
        (Some(left), Some(right)) => (left, right),
    };
    let mut left = left.split('.');
    let mut right = right.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Some(Ordering::Equal),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => match (number(one), number(other)) {
                (Some(one), Some(other)) => compare_numbers(one, other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) if fold_case => one.to_ascii_lowercase().cmp(&other.to_ascii_lowercase()),
                (None, None) => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return Some(order);
        }
    }
}
