//! What differs between two documents, field by field. Nothing is cut and nothing is summed up: the whole of both values
//! is in a change, and [`visible`](crate::visible()) makes it fit to be shown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Document;

/// One difference. Neither side is there when a field was only added or only removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field, as in `runtime.digest`, `files./srv/x.py`, `arguments.02` or `grants`.
    pub field: String,
    /// The value before.
    pub was: Option<String>,
    /// The value now.
    pub is: Option<String>,
}

/// Every difference between two documents; none exactly when their digests are equal.
#[must_use]
pub fn documents(was: &Document, is: &Document) -> Vec<Change> {
    let (was, is) = (flat(was), flat(is));
    let mut changes = compared(&was.fields, &is.fields);
    for gone in was.grants.difference(&is.grants) {
        changes.push(Change { field: "grants".into(), was: Some(gone.clone()), is: None });
    }
    for new in is.grants.difference(&was.grants) {
        changes.push(Change { field: "grants".into(), was: None, is: Some(new.clone()) });
    }
    changes
}

/// Every file, directory and link that differs between two trees.
#[cfg(unix)]
#[must_use]
pub fn trees(was: &crate::digest::tree::Manifest, is: &crate::digest::tree::Manifest) -> Vec<Change> {
    use crate::digest::tree::{Item, Manifest};
    let flat = |manifest: &Manifest| -> BTreeMap<String, String> {
        let text = |item: &Item| match item {
            Item::Directory { mode } => format!("directory, mode {mode:03o}"),
            Item::File { mode, size, digest } => format!("file, mode {mode:03o}, {size} bytes, {digest}"),
            Item::Link(target) => format!("link to {}", String::from_utf8_lossy(target)),
        };
        let item = |(path, item): (&Vec<u8>, &Item)| (String::from_utf8_lossy(path).into_owned(), text(item));
        manifest.0.iter().map(item).collect()
    };
    compared(&flat(was), &flat(is))
}

fn compared(was: &BTreeMap<String, String>, is: &BTreeMap<String, String>) -> Vec<Change> {
    let fields: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let change = |field: &String| {
        let (was, is) = (was.get(field).cloned(), is.get(field).cloned());
        (was != is).then(|| Change { field: field.clone(), was, is })
    };
    fields.into_iter().filter_map(change).collect()
}

/// The leaves of a document by their paths; the grants, which have no order, apart.
#[derive(Default)]
struct Flat {
    fields: BTreeMap<String, String>,
    grants: BTreeSet<String>,
}

fn flat(document: &Document) -> Flat {
    let mut out = Flat::default();
    for (name, value) in document.value().as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("grants", Value::Array(grants)) => out.grants = grants.iter().map(text).collect(),
            _ => leaves(name, value, &mut out.fields),
        }
    }
    out
}

fn leaves(at: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(&format!("{at}.{name}"), value, out));
        }
        Value::Array(items) => {
            // Counted from 1, as people count arguments, and with two digits, so that the tenth stands behind the ninth.
            (1..).zip(items).for_each(|(nth, item)| leaves(&format!("{at}.{nth:02}"), item, out));
        }
        leaf => drop(out.insert(at.to_owned(), text(leaf))),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
