//! `Gem::Version`: segments of digits and letters; a letter makes it a pre-release.

use std::cmp::Ordering;

use super::{compare_numbers, number, runs};

#[derive(PartialEq, Eq)]
enum Segment<'a> {
    Word(&'a str),
    Number(&'a str),
}

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (normal(left)?, normal(right)?);
    let (left, right) = (segments(&left), segments(&right));
    for index in 0..left.len().max(right.len()) {
        let one = left.get(index).unwrap_or(&Segment::Number(""));
        let other = right.get(index).unwrap_or(&Segment::Number(""));
        let order = match (one, other) {
            (Segment::Number(one), Segment::Number(other)) => compare_numbers(one, other),
            (Segment::Word(one), Segment::Word(other)) => one.cmp(other),
            (Segment::Word(_), Segment::Number(_)) => Ordering::Less,
            (Segment::Number(_), Segment::Word(_)) => Ordering::Greater,
        };
        if order != Ordering::Equal {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// A hyphen begins a pre-release. `None` for what `Gem::Version.correct?` refuses.
fn normal(version: &str) -> Option<String> {
    let correct = version.starts_with(|first: char| first.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
        && version.split(['.', '-']).all(|part| !part.is_empty());
    correct.then(|| version.replace('-', ".pre."))
}

/// The canonical segments: zeros at the end of the release and of the pre-release mean nothing.
fn segments(version: &str) -> Vec<Segment<'_>> {
    let mut release = Vec::new();
    let mut rest = Vec::new();
    for run in version.split('.').flat_map(runs) {
        match number(run) {
            Some(number) if rest.is_empty() => release.push(Segment::Number(number)),
            Some(number) => rest.push(Segment::Number(number)),
            None => rest.push(Segment::Word(run)),
        }
    }
    for list in [&mut release, &mut rest] {
        while list.last() == Some(&Segment::Number("")) {
            list.pop();
        }
    }
    release.extend(rest);
    release
}
