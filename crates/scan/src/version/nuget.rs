//! NuGet: Semantic Versioning with up to four numbers, pre-release labels without regard to case.

use std::cmp::Ordering;

use super::{compare_number_lists, semver};

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (semver::parts(left)?, semver::parts(right)?);
    if left.numbers.len() > 4 || right.numbers.len() > 4 {
        return None;
    }
    let order = compare_number_lists(&left.numbers, &right.numbers);
    Some(order.then(semver::compare_pre(left.pre, right.pre, true)?))
}
