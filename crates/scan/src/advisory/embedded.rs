//! What the compiled-in files say without being parsed: the names in them, and the day of the latest change.
//!
//! They are this repository's own and written by one tool, so that a member stands on one line; a test compares both
//! answers with the parsed files.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::ADVISORY_FILES;

/// Whether `name` may be the name of an affected package or program.
pub(super) fn names(name: &str) -> bool {
    static NAMES: OnceLock<HashSet<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let texts = ADVISORY_FILES.iter().map(|(_, text)| *text);
        texts.flat_map(|text| members(text, &["\"name\": \"", "\"application\": \""])).map(folded).collect()
    });
    names.contains(&folded(name))
}

/// The latest `modified`, `YYYY-MM-DD`.
pub(super) fn date() -> &'static str {
    static DATE: OnceLock<&str> = OnceLock::new();
    DATE.get_or_init(|| {
        let days = ADVISORY_FILES.iter().flat_map(|(_, text)| members(text, &["\"modified\": \""]));
        days.filter_map(|day| day.get(..10)).max().unwrap_or_default()
    })
}

/// The values behind any of `keys`.
fn members<'a>(text: &'a str, keys: &'static [&'static str]) -> impl Iterator<Item = &'a str> {
    keys.iter().flat_map(move |key| {
        let places = memchr::memmem::find_iter(text.as_bytes(), *key);
        places.filter_map(move |at| text.get(at + key.len()..)?.split('"').next())
    })
}

/// Every ecosystem's idea of the same name, coarsely.
fn folded(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}
