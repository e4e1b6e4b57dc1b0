//! What an argument is bound for, by its name, its schema and what its tool is about.

use std::collections::BTreeMap;

use serde_json::Value;

/// Where a value will end up, as far as its tool's definition tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A whole command for a shell.
    Command,
    /// Source code, a template or a regular expression: any character has its use.
    Code,
    /// A whole query of a database.
    Sql,
    /// A file or a directory.
    Path,
    /// An address on the network.
    Url,
    /// A host's name or address.
    Host,
    /// A repository of a version control system.
    Repository,
    /// The name of a package.
    Package,
    /// A line of a header: the parts of a mail.
    Header,
    /// A line of text that people read: a title, a name.
    Line,
    /// A short word that programs read: a branch, a format, a column.
    Word,
    /// Text of any length.
    Text,
    /// An address that a person is to open.
    Opened,
    /// Nothing is known.
    Any,
}

/// Properties that are remembered of one tool.
const MOST: usize = 512;
/// How deep schemas are followed.
const DEEPEST: usize = 8;

/// What the arguments of one tool are bound for. Made once from its definition.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// By the names on the way, separated by `/`; elements of arrays have the name of their array.
    kinds: BTreeMap<String, Kind>,
    database: bool,
}

impl Shape {
    /// Reads a definition: the tool's name, its description, and its `inputSchema`.
    #[must_use]
    pub fn of(name: &str, description: &str, schema: Option<&Value>) -> Self {
        let about = format!("{name} {description}").to_ascii_lowercase();
        let database = ["sql", "database", "postgres", "sqlite", "bigquery", "snowflake", "clickhouse"];
        let mut shape =
            Self { kinds: BTreeMap::new(), database: database.iter().any(|word| about.contains(word)) };
        if let Some(schema) = schema {
            shape.read("", schema, 0);
        }
        shape
    }

    fn read(&mut self, path: &str, schema: &Value, depth: usize) {
        if depth > DEEPEST || self.kinds.len() >= MOST {
            return;
        }
        if let Some(Value::Object(properties)) = schema.get("properties") {
            for (name, property) in properties {
                let inside = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                self.kinds.insert(inside.clone(), kind_of(name, property, self.database));
                self.read(&inside, property, depth + 1);
            }
        }
        if let Some(items) = schema.get("items") {
            self.read(path, items, depth + 1);
        }
        for several in ["anyOf", "oneOf", "allOf"] {
            for one in schema.get(several).and_then(Value::as_array).into_iter().flatten().take(16) {
                self.read(path, one, depth + 1);
            }
        }
    }

    /// What the value at this path is bound for; by its name alone where the schema does not know it.
    #[must_use]
    pub fn kind(&self, path: &str) -> Kind {
        match self.kinds.get(path) {
            Some(kind) => *kind,
            None => kind_of(path.rsplit('/').next().unwrap_or(path), &Value::Null, self.database),
        }
    }
}

fn kind_of(name: &str, schema: &Value, database: bool) -> Kind {
    let word = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match word("format").as_str() {
        "uri" | "url" | "uri-reference" | "iri" => return Kind::Url,
        "email" => return Kind::Header,
        "hostname" | "ipv4" | "ipv6" | "idn-hostname" => return Kind::Host,
        "date" | "date-time" | "time" | "uuid" => return Kind::Word,
        _ => {}
    }
    if schema.get("enum").is_some() {
        return Kind::Word;
    }
    let said = word("description");
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let words = words_of(name);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let last = |any: &[&str]| words.last().is_some_and(|word| any.contains(&word.as_str()));
    if has(&["sql"]) || (database && last(&["query", "statement", "queries"])) {
        Kind::Sql
    } else if has(&["url", "urls", "uri", "href", "webhook", "endpoint", "callback"])
        || (last(&["link", "address", "feed", "source", "image", "page", "target"]) && says(&["url", "http"]))
    {
        Kind::Url
    } else if last(&["repo", "repository", "remote", "clone", "origin"]) {
        Kind::Repository
    } else if has(&["package", "packages", "dependency", "module"]) && !says(&["path"]) {
        Kind::Package
    } else if has(&["host", "hostname", "hosts", "domain", "ip", "nameserver"])
        || (last(&["server", "address"]) && says(&["host", "ip "]))
    {
        Kind::Host
    } else if has(&["command", "cmd", "shell", "commandline", "bash"]) && !has(&["id", "name"]) {
        Kind::Command
    } else if has(&[
        "code",
        "script",
        "expression",
        "javascript",
        "function",
        "regex",
        "template",
        "css",
        "selector",
        "xpath",
        "jq",
        "program",
        "snippet",
        "diff",
        "patch",
    ]) && !has(&[
        "name", "id", "path", "file", "postal", "zip", "country", "language", "status", "error",
    ]) {
        Kind::Code
    } else if has(&[
        "path",
        "paths",
        "file",
        "files",
        "filename",
        "filepath",
        "dir",
        "directory",
        "folder",
        "cwd",
        "workdir",
    ]) || (last(&[
        "input",
        "output",
        "source",
        "destination",
        "src",
        "dest",
        "root",
        "location",
        "target",
    ]) && says(&["path", "file", "director", "folder"]))
    {
        Kind::Path
    } else if has(&[
        "subject",
        "to",
        "cc",
        "bcc",
        "from",
        "recipient",
        "recipients",
        "header",
        "headers",
        "email",
        "sender",
    ]) && words.len() <= 2
    {
        Kind::Header
    } else if has(&[
        "content",
        "contents",
        "text",
        "body",
        "message",
        "description",
        "comment",
        "prompt",
        "note",
        "notes",
        "summary",
        "markdown",
        "html",
        "data",
        "question",
        "reason",
        "thought",
        "thoughts",
        "details",
        "instructions",
        "observations",
        "query",
        "input",
        "json",
        "value",
        "search",
        "answer",
        "caption",
    ]) {
        Kind::Text
    } else if has(&[
        "title", "heading", "name", "label", "labels", "author", "city", "tags", "tag", "topic", "event",
        "place",
    ]) && !has(&["branch", "file", "format", "column", "table"])
    {
        Kind::Line
    } else if has(&[
        "branch",
        "ref",
        "commit",
        "revision",
        "sha",
        "version",
        "format",
        "sort",
        "order",
        "column",
        "table",
        "field",
        "fields",
        "locale",
        "lang",
        "language",
        "id",
        "key",
        "user",
        "username",
        "type",
        "unit",
        "units",
        "resize",
        "size",
        "encoding",
        "pattern",
        "glob",
        "database",
        "schema",
        "namespace",
        "container",
        "image",
        "pod",
        "device",
        "interface",
        "port",
        "country",
        "state",
    ]) {
        Kind::Word
    } else {
        Kind::Any
    }
}

/// The words of a name, however they are put together: `outputFormat`, `output_format`, `output-format`.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut small = false;
    for letter in name.chars().take(128) {
        let new = !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && small);
        if new || words.is_empty() {
            words.push(String::new());
        }
        small = letter.is_ascii_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_its_format_and_its_description_tell_what_a_value_is_bound_for() {
        let kind = |name: &str, schema: Value| kind_of(name, &schema, false);
        assert_eq!(kind("outputFormat", json!({})), Kind::Word);
        assert_eq!(kind("file_path", json!({})), Kind::Path);
        assert_eq!(kind("input", json!({"description": "Path of the image"})), Kind::Path);
        assert_eq!(kind("input", json!({})), Kind::Text);
        assert_eq!(kind("callback", json!({"description": "URL to be called"})), Kind::Url);
        assert_eq!(kind("whatever", json!({"format": "uri"})), Kind::Url);
        assert_eq!(kind("command", json!({})), Kind::Command);
        assert_eq!(kind("postalCode", json!({})), Kind::Any);
        assert_eq!(kind_of("query", &json!({}), true), Kind::Sql);
    }

    #[test]
    fn what_stands_deeper_is_found_by_its_path() {
        let schema = json!({"properties": {"items": {"type": "array", "items": {"properties": {"path": {"type": "string"}}}}}});
        assert_eq!(Shape::of("x", "", Some(&schema)).kind("items/path"), Kind::Path);
    }
}
