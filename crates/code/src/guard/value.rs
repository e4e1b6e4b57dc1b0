//! What checks an argument of a tool before it is used, by its words.

use super::Grade;
use crate::knowledge::Act;

/// The strongest check of a value that a text is.
pub(super) fn checks(act: Act, text: &str) -> Grade {
    if text.is_empty() {
        return Grade::None;
    }
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let is_pattern = any(&[
        "fullmatch(",
        ".match(",
        ".test(",
        "MatchString(",
        "is_match(",
        ".matches(",
        "IsMatch(",
        "match?(",
        "preg_match(",
        "=~",
        "matchEntire(",
        "isidentifier",
        "isalnum",
        "ctype_alnum",
        "isdigit",
        "filter_var(",
        "ParseAddr",
        "parse::<",
        "toRegex()",
        "Regex(",
        "regex",
    ]);
    let is_prefix = any(&[
        "startswith(",
        "startsWith(",
        "HasPrefix(",
        "starts_with(",
        "StartsWith(",
        "start_with?",
        "str_starts_with(",
        "strpos(",
        "strncmp(",
    ]);
    let parents = any(&["\"..\"", "'..'", "`..`", "\"../\"", "'../'", "isAbsolute", "is_absolute", "IsAbs("]);
    let is_listed = any(&[
        "llow",
        "LLOW",
        "hitelist",
        "ermitted",
        "PERMITTED",
        "KNOWN",
        "SAFE",
        "pproved",
        "VALID_",
        "valid_",
        "Valid",
        "validate",
        "ensure_",
        "assert_",
        "sanitize",
        "Sanitize",
        "upported",
        "SUPPORTED",
        "TABLES",
        "COLUMNS",
        "slices.Contains",
        "matches!(",
    ]) || is_member_of_literal(text);
    let holds = match act {
        Act::Path => {
            let resolves = any(&[
                "resolve(",
                "realpath",
                "canonicalize",
                "normalize(",
                "normpath",
                "GetFullPath",
                "toRealPath",
                "EvalSymlinks",
                "expand_path",
                "abspath",
                "Clean(",
                "toAbsolutePath",
                "canonicalPath",
                "canonicalFile",
                "cleanpath",
            ]);
            any(&[
                "is_relative_to",
                "relative_to(",
                "commonpath",
                "IsLocal(",
                "isPathInside",
                "GetRelativePath",
                "path.relative(",
            ]) || (is_prefix && resolves)
                || (is_listed && !parents)
                || is_pattern
        }
        Act::Url => {
            let host = any(&["host", "Host", "netloc", "origin", "Authority", "authority"]);
            let address = any(&[
                "is_private",
                "is_global",
                "is_loopback",
                "IsPrivate",
                "IsLoopback",
                "isSiteLocal",
                "ip_address",
            ]);
            is_listed
                || (host && (is_pattern || any(&["==", "!=", ".equals(", " in ", "includes(", "has("])))
                || (host && address)
        }
        _ => is_listed || is_pattern,
    };
    if holds {
        return Grade::Checked;
    }
    if act == Act::Path && is_prefix {
        return Grade::Prefix;
    }
    let refuses = parents
        || any(&[
            ";&|", ";|&", "&|;", "|&;", "&;|", "\";\"", "';'", "\"&&\"", "'&&'", "`$", "$(", "\"--\"", "'--'",
        ]);
    if refuses { Grade::Metacharacters } else { Grade::None }
}

/// `x in ("a", "b")`, `["a"].includes(x)`, `x == "a"`.
fn is_member_of_literal(text: &str) -> bool {
    const MARKS: [&str; 8] =
        [" in (\"", " in ('", " in [\"", " in ['", " in {\"", " in {'", "\"].includes(", "'].includes("];
    let compares = |quote: char| {
        ["== ", "=== ", "!= ", "!== ", "==", "!="].iter().any(|mark| {
            text.match_indices(mark).any(|(at, mark)| {
                text.get(at + mark.len()..).is_some_and(|rest| {
                    rest.starts_with(quote) && !rest.starts_with("\"\"") && !rest.starts_with("''")
                })
            })
        })
    };
    let names_constant = text.match_indices(" in ").any(|(at, mark)| {
        let rest = text.get(at + mark.len()..).unwrap_or_default();
        let word: &str = rest
            .split(|character: char| !character.is_alphanumeric() && character != '_')
            .next()
            .unwrap_or_default();
        word.len() > 2 && word.chars().all(|character| !character.is_ascii_lowercase())
    });
    MARKS.iter().any(|mark| text.contains(mark)) || compares('"') || compares('\'') || names_constant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_worth_what_its_like_has_held() {
        assert_eq!(checks(Act::Path, "target.is_relative_to(ROOT)"), Grade::Checked);
        assert_eq!(checks(Act::Path, "full.startsWith(root)\npath.resolve(root, name)"), Grade::Checked);
        assert_eq!(checks(Act::Path, "name.startsWith(root)"), Grade::Prefix);
        assert_eq!(checks(Act::Path, "\"..\" in name"), Grade::Metacharacters);
        assert_eq!(checks(Act::Path, "if not name"), Grade::None);
        assert_eq!(checks(Act::Shell, "/[;&|`$]/.exec(name)"), Grade::Metacharacters);
        assert_eq!(checks(Act::Shell, "re.fullmatch(r'[a-z]+', name)"), Grade::Checked);
        assert_eq!(checks(Act::Query, "table in TABLES"), Grade::Checked);
        assert_eq!(checks(Act::Url, "url.startswith('http')"), Grade::None);
        assert_eq!(checks(Act::Url, "urlparse(url).hostname not in HOSTS"), Grade::Checked);
    }
}
