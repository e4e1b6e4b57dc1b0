//! What changed between two definitions, for people: member by member, by the path of each.

use mantrap_mcp::{Kind, Raw};

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: `inputSchema.properties.path.type`; nothing for the whole.
    pub path: String,
    /// As it was approved, as JSON; nothing when it was not there.
    pub was: Option<String>,
    /// As it is; nothing when it is gone.
    pub is: Option<String>,
}

/// Changes that are listed at most.
const MOST: usize = 200;

/// Everything that differs, in the order of the first definition and then of the second, at most 200 changes.
#[must_use]
pub fn difference(was: Raw<'_>, is: Raw<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(String::new(), Some(was), Some(is), &mut changes);
    changes
}

fn compare(path: String, was: Option<Raw<'_>>, is: Option<Raw<'_>>, changes: &mut Vec<Change>) {
    if changes.len() >= MOST {
        return;
    }
    if let (Some(was), Some(is)) = (was, is) {
        if super::Digest::of(was) == super::Digest::of(is) {
            return;
        }
        if was.kind() == Kind::Object && is.kind() == Kind::Object {
            let inside =
                |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let find = |of: Raw<'_>, name: &str| of.members().any(|(other, _)| other.said() == name);
            for (name, was) in was.members() {
                let name = name.said();
                let is = is.members().find(|(other, _)| other.said() == name).map(|(_, is)| is);
                compare(inside(&name), Some(was), is, changes);
            }
            for (name, is) in is.members().filter(|(name, _)| !find(was, &name.said())) {
                compare(inside(&name.said()), None, Some(is), changes);
            }
            return;
        }
    }
    let json = |value: Raw<'_>| value.json().to_owned();
    changes.push(Change { path, was: was.map(json), is: is.map(json) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::raw;

    #[test]
    fn a_difference_names_what_was_what_is_and_where() {
        let was = r#"{"name":"a","inputSchema":{"properties":{"x":{"type":"string"}},"required":["x"]},"title":"T"}"#;
        let is =
            r#"{"inputSchema":{"required":["x"],"properties":{"x":{"type":"integer"},"y":{}}},"name":"a"}"#;
        let changes = raw(was, |was| raw(is, |is| difference(was, is)));
        let lines: Vec<_> = changes
            .iter()
            .map(|change| (change.path.as_str(), change.was.as_deref(), change.is.as_deref()))
            .collect();
        assert_eq!(
            lines,
            [
                ("inputSchema.properties.x.type", Some("\"string\""), Some("\"integer\"")),
                ("inputSchema.properties.y", None, Some("{}")),
                ("title", Some("\"T\""), None),
            ]
        );
        assert!(raw(was, |was| difference(was, was)).is_empty());
    }
}
