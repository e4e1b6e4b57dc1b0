//! `mantrap policy simulate`: what changed policies would have said to what was asked before.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mantrap_journal::{Reader, Record, Says};
use mantrap_policy::Action;
use mantrap_policy::cedar::{Example, Policies, Scope};

use super::DIFFERS;
use crate::commands::server::no_home;
use crate::environment::Environment;
use crate::{Failure, destination};

/// Differences that are shown; the others are counted.
const SHOWN: usize = 100;

/// What differs, and the first record where it did.
struct Difference {
    index: u64,
    time: String,
    count: u64,
}

pub(super) fn run(
    journal: Option<&Path>,
    scopes: Vec<Arc<Scope>>,
    environment: &Environment,
) -> Result<u8, Failure> {
    let own = environment.journal();
    let directory = journal.or(own.as_deref()).ok_or_else(no_home)?;
    let reader = Reader::open(directory).map_err(|error| Failure::Usage(error.into()))?;
    let mut policies = Policies::new(scopes);
    let names = policies.names();
    let looks_at_values = names.arguments || names.paths || names.hosts;
    let mut differ: BTreeMap<(String, String, String), Difference> = BTreeMap::new();
    let (mut asked, mut undecided) = (0_u64, 0_u64);
    for entry in reader.entries(0..reader.len()) {
        let entry = entry.map_err(|error| Failure::Other(error.into()))?;
        let Ok(Record { time, says: Says::Verdict(verdict) }) = serde_json::from_slice(&entry.bytes) else {
            continue;
        };
        let question = verdict.more.get("question").and_then(|question| question.as_str());
        // What is there was written by whoever could write the journal.
        let Some(example) = question.and_then(|question| Example::question(question).ok()) else { continue };
        let example = example.at_time(seconds(&time).unwrap_or_default());
        // What another judge denied says nothing about the policies.
        let by_policy =
            verdict.rules.is_empty() || verdict.rules.iter().all(|rule| rule.starts_with("cedar/"));
        let Some(was) = Action::of(&verdict.verdict).filter(|_| by_policy) else { continue };
        asked += 1;
        undecided += u64::from(looks_at_values && verdict.digests.contains_key("arguments"));
        let is = example.decide(&mut policies);
        if was == is.action {
            continue;
        }
        let what = format!(
            "{} {}",
            verdict.method.as_deref().unwrap_or_default(),
            verdict.more.get("name").and_then(|name| name.as_str()).unwrap_or_default()
        );
        let key = (what, was.word().to_owned(), format!("{}: {}", is.action, is.reason()));
        let first = Difference { index: entry.index, time, count: 0 };
        differ.entry(key).or_insert(first).count += 1;
    }
    let mut text = String::new();
    for ((what, was, is), Difference { index, time, count }) in differ.iter().take(SHOWN) {
        let times = if *count == 1 { String::new() } else { format!(", and {} more", count - 1) };
        let line = format!("{what}: was {was}, would be {is} (record {index}, {time}{times})");
        text.push_str(&mantrap_scan::excerpt::visible(&line));
        text.push('\n');
    }
    if differ.len() > SHOWN {
        text.push_str(&format!("… and {} more kinds\n", differ.len() - SHOWN));
    }
    let total: u64 = differ.values().map(|difference| difference.count).sum();
    text.push_str(&format!("{asked} verdicts, {total} would differ\n"));
    if undecided > 0 {
        text.push_str(&format!(
            "{undecided} of them had arguments, which the journal does not keep, and a policy looks at arguments\n"
        ));
    }
    destination::print(text.as_bytes())?;
    Ok(if total == 0 { 0 } else { DIFFERS })
}

/// Seconds since 1970 of an RFC 3339 time in UTC.
fn seconds(time: &str) -> Option<u64> {
    let part = |from: usize, to: usize| time.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Hinnant, "chrono-compatible low-level date algorithms": years begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month + 2) / 5 + day.checked_sub(1)?;
    let days = (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).checked_sub(719_468)?;
    Some(days * 86_400 + part(11, 13)? * 3600 + part(14, 16)? * 60 + part(17, 19)?)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(seconds("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(seconds("2000-02-29T12:34:56.789Z"), Some(951_827_696));
        assert_eq!(seconds("2026-11-20T23:59:59.999Z"), Some(1_795_219_199));
        assert_eq!(seconds("soon"), None);
    }
}
