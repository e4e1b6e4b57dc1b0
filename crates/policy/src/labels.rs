//! Labels: what a tool does with data, so that a session can tell where its data has been.
//!
//! What the user or the catalogue says of a tool counts, and then nothing else. Otherwise its annotations and its name are
//! hints, which can only make a session more careful: no hint takes a label away.

use std::collections::{BTreeMap, BTreeSet};

use mantrap_mcp::Raw;

/// It gives what is not everybody's.
pub const READS_PRIVATE: &str = "reads-private";
/// It gives what strangers may have written.
pub const READS_UNTRUSTED: &str = "reads-untrusted";
/// It sends something where others can read it.
pub const SENDS_OUT: &str = "sends-out";
/// It deletes or overwrites.
pub const DESTRUCTIVE: &str = "destructive";

/// What is said of the tools of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(BTreeMap<String, BTreeSet<String>>);

impl Labels {
    /// Says what a tool does.
    pub fn insert(&mut self, tool: impl Into<String>, labels: BTreeSet<String>) {
        self.0.insert(tool.into(), labels);
    }

    /// The labels of a tool with these annotations.
    #[must_use]
    pub fn of(&self, tool: &str, annotations: Option<Raw<'_>>) -> BTreeSet<String> {
        self.0.get(tool).cloned().unwrap_or_else(|| hints(tool, annotations))
    }
}

fn hints(tool: &str, annotations: Option<Raw<'_>>) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    let mut add = |label: &str, holds: bool| {
        if holds {
            labels.insert(label.to_owned());
        }
    };
    let fields =
        annotations.and_then(|all| all.fields(["readOnlyHint", "destructiveHint", "openWorldHint"]).ok());
    let [reads, destroys, open] = fields.unwrap_or_default().map(|hint| hint.and_then(Raw::boolean));
    add(DESTRUCTIVE, destroys == Some(true) && reads != Some(true));
    add(READS_UNTRUSTED, open == Some(true));
    add(SENDS_OUT, open == Some(true) && reads == Some(false));

    let words = words(tool);
    let has = |some: &[&str]| words.iter().any(|word| some.contains(&word.as_str()));
    let looks = has(&["get", "read", "list", "search", "view", "find", "query", "load", "open", "download"]);
    add(DESTRUCTIVE, has(&["delete", "drop", "destroy", "purge", "wipe", "erase", "truncate", "uninstall"]));
    add(
        SENDS_OUT,
        has(&[
            "send", "post", "publish", "upload", "tweet", "notify", "share", "reply", "comment", "forward",
            "push",
        ]),
    );
    add(SENDS_OUT, has(&["create"]) && has(&["issue", "pull", "gist", "comment", "message", "webhook"]));
    add(
        READS_UNTRUSTED,
        has(&["fetch", "browse", "crawl", "scrape", "navigate", "web", "website", "url", "http"]),
    );
    add(
        READS_UNTRUSTED,
        looks && has(&["issue", "issues", "comment", "comments", "email", "emails", "mail", "inbox"]),
    );
    add(
        READS_PRIVATE,
        looks && has(&["file", "files", "inbox", "email", "emails", "mail", "contacts", "calendar"]),
    );
    add(
        READS_PRIVATE,
        looks && has(&["private", "secret", "secrets", "note", "notes", "document", "documents"]),
    );
    labels
}

/// `readFile`, `read_file` and `read-file` are the same two words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars().take(128) {
        let is_capital = letter.is_ascii_uppercase();
        if !letter.is_alphanumeric() || (is_capital && was_small) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::raw;

    fn of(tool: &str, annotations: &str) -> Vec<String> {
        raw(annotations, |raw| Labels::default().of(tool, Some(raw)).into_iter().collect())
    }

    #[test]
    fn hints_come_from_annotations_and_names() {
        assert_eq!(of("x", r#"{"destructiveHint":true}"#), [DESTRUCTIVE]);
        assert_eq!(of("x", r#"{"destructiveHint":true,"readOnlyHint":true}"#), [""; 0]);
        assert_eq!(of("x", r#"{"openWorldHint":true,"readOnlyHint":false}"#), [READS_UNTRUSTED, SENDS_OUT]);
        assert_eq!(of("deleteRows", "{}"), [DESTRUCTIVE]);
        assert_eq!(of("send_email", "{}"), [SENDS_OUT]);
        assert_eq!(of("fetch", "{}"), [READS_UNTRUSTED]);
        assert_eq!(of("get_issue", "{}"), [READS_UNTRUSTED]);
        assert_eq!(of("read-file", "{}"), [READS_PRIVATE]);
        for tool in ["echo", "get-sum", "get_current_time", "sequentialthinking", "convert_time", "poster"] {
            assert_eq!(of(tool, "{}"), [""; 0], "{tool}");
        }
    }

    #[test]
    fn a_hint_takes_no_label_away_and_the_users_word_replaces_all_hints() {
        assert_eq!(of("delete_all", r#"{"readOnlyHint":true,"destructiveHint":false}"#), [DESTRUCTIVE]);
        let mut labels = Labels::default();
        labels.insert("delete_all", BTreeSet::new());
        assert!(labels.of("delete_all", None).is_empty());
    }
}
