//! OSV ranges: events on the version line of one ecosystem.

use std::cmp::Ordering;

use super::{Ecosystem, compare};

/// One event, as in OSV 1.7 `affected[].ranges[].events[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Affected from here on; `0` is before every version.
    Introduced(String),
    /// No longer affected from here on.
    Fixed(String),
    /// Affected up to and including this one.
    LastAffected(String),
    /// Not affected from here on, for other reasons than a fix.
    Limit(String),
}

impl Event {
    /// The version of the event.
    pub fn version(&self) -> &str {
        match self {
            Event::Introduced(version)
            | Event::Fixed(version)
            | Event::LastAffected(version)
            | Event::Limit(version) => version,
        }
    }
}

/// Whether a version is affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Outside the range.
    NotAffected,
    /// The range is not known, or the version cannot be compared.
    Unknown,
    /// Inside.
    Affected,
}

/// The events of one range, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    /// The events.
    pub events: Vec<Event>,
}

impl Range {
    /// Where `version` lies: the event nearest below it decides.
    pub fn verdict(&self, ecosystem: Ecosystem, version: &str) -> Verdict {
        let mut nearest: Option<(&Event, bool)> = None;
        for event in &self.events {
            let at = event.version();
            let order = match event {
                Event::Introduced(zero) if zero == "0" => Some(Ordering::Greater),
                _ => compare(ecosystem, version, at),
            };
            let Some(order) = order else {
                return Verdict::Unknown;
            };
            let reached = match event {
                Event::LastAffected(_) => order == Ordering::Greater,
                _ => order != Ordering::Less,
            };
            if !reached {
                continue;
            }
            let is_nearer = match nearest {
                None => true,
                Some((Event::Introduced(zero), _)) if zero == "0" => true,
                Some(_) if at == "0" => false,
                Some((other, _)) => {
                    compare(ecosystem, at, other.version()).is_some_and(|order| order != Ordering::Less)
                }
            };
            if is_nearer {
                nearest = Some((event, matches!(event, Event::Introduced(_))));
            }
        }
        match nearest {
            Some((_, true)) => Verdict::Affected,
            _ => Verdict::NotAffected,
        }
    }

    /// The lowest fix above `version`.
    pub fn fix_after(&self, ecosystem: Ecosystem, version: &str) -> Option<&str> {
        let mut lowest: Option<&str> = None;
        for event in &self.events {
            let Event::Fixed(fix) = event else { continue };
            let above = compare(ecosystem, fix, version).is_none_or(|order| order == Ordering::Greater);
            let lower = lowest.is_none_or(|other| compare(ecosystem, fix, other) == Some(Ordering::Less));
            if above && lower {
                lowest = Some(fix);
            }
        }
        lowest
    }
}
