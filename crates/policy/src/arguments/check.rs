//! Checks that take more than a pattern.

use super::address::{self, Fault};

/// A check: whether this value has what it looks for.
pub(super) type Check = fn(&str) -> bool;

/// The checks that rules may name.
pub(super) fn named(name: &str) -> Option<Check> {
    Some(match name {
        "nul" => |value| value.contains('\0') || value.contains("%00"),
        "line-break" => {
            |value| value.trim_end_matches(['\n', '\r']).contains(['\n', '\r', '\u{2028}', '\u{85}'])
        }
        "climbs" => climbs,
        "option" => is_option,
        "statements" => has_several_statements,
        "url-scheme" => |value| url(value, &[Fault::Scheme]),
        "url-odd-scheme" => |value| url(value, &[Fault::OddScheme]),
        "url-metadata" => |value| url(value, &[Fault::Metadata]),
        "url-inside" => |value| url(value, &[Fault::Inside]),
        "url-hidden" => |value| url(value, &[Fault::Hidden, Fault::LookAlike]),
        "url-ambiguous" => |value| url(value, &[Fault::Ambiguous]),
        "host-inside" => |value| host(value, &[Fault::Inside]),
        "host-metadata" => |value| host(value, &[Fault::Metadata]),
        "host-hidden" => |value| host(value, &[Fault::Hidden, Fault::LookAlike]),
        "opened" => |value| !address::faults_for_a_person(value).is_empty(),
        _ => return None,
    })
}

fn url(value: &str, faults: &[Fault]) -> bool {
    address::faults(value).iter().any(|fault| faults.contains(fault))
}

fn host(value: &str, faults: &[Fault]) -> bool {
    address::host_faults(value).iter().any(|fault| faults.contains(fault))
}

/// Whether a path climbs out of where it begins: above its start when relative; to the root, or by two and more steps to just
/// below it, when absolute.
fn climbs(path: &str) -> bool {
    let path =
        path.replace('\\', "/").replace("\u{2215}", "/").replace("\u{2024}", ".").replace("\u{FF0E}", ".");
    let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    let mut depth = 0_i32;
    let mut row = 0;
    for part in path.split(['/', '?', '&', '=']) {
        match part.trim_matches(' ').split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." | "..." | "...." => {
                depth -= 1;
                row += 1;
                if depth < 0 || (absolute && (depth == 0 || (depth == 1 && row >= 2))) {
                    return true;
                }
            }
            _ => {
                depth += 1;
                row = 0;
            }
        }
    }
    false
}

/// Whether a program would take a value for an option. Numbers and a lone dash are none.
fn is_option(value: &str) -> bool {
    let value = value.trim_start();
    let Some(rest) = value.strip_prefix(['-', '\u{2010}', '\u{2212}']) else { return false };
    let rest = rest.trim_start_matches('-');
    rest.starts_with(|first: char| first.is_ascii_alphabetic())
        || (value.starts_with("--") && rest.is_empty())
}

/// Whether a query is more than one statement, comments and what is quoted left aside.
fn has_several_statements(sql: &str) -> bool {
    let mut letters = sql.chars().peekable();
    let mut ended = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' | '`' => {
                if ended {
                    return true;
                }
                while let Some(inner) = letters.next() {
                    if inner == letter && letters.next_if_eq(&letter).is_none() {
                        break;
                    }
                }
            }
            '-' if letters.peek() == Some(&'-') => while letters.next().is_some_and(|inner| inner != '\n') {},
            '/' if letters.peek() == Some(&'*') => {
                let mut star = false;
                letters.next();
                for inner in letters.by_ref() {
                    if star && inner == '/' {
                        break;
                    }
                    star = inner == '*';
                }
            }
            ';' => ended = true,
            blank if blank.is_whitespace() => {}
            _ if ended => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_stays_does_not_climb() {
        for path in [
            "a/../b",
            "/home/u/p/src/../x",
            "docs/v1..v2/x",
            "./a",
            "src\\a",
            "/repo/src/../README.md",
            "C:/a/b/../c",
        ] {
            assert!(!climbs(path), "{path}");
        }
        for path in
            ["..", "../x", "a/../../b", "..\\x", "/a/../../etc", "/home/u/p/../../../etc", "a/..;/../b"]
        {
            assert!(climbs(path), "{path}");
        }
    }

    #[test]
    fn a_negative_number_is_no_option() {
        assert!(is_option("-o") && is_option("--x=y") && is_option(" -oProxy"));
        assert!(!is_option("-1") && !is_option("-") && !is_option("a-b") && !is_option("- item"));
    }

    #[test]
    fn statements_are_counted_outside_of_quotes() {
        assert!(has_several_statements("select 1; drop table x"));
        assert!(has_several_statements("select ';'; select 2"));
        assert!(!has_several_statements("select 'a; b' -- ; c\n;"));
        assert!(!has_several_statements("select 1; /* x */"));
    }
}
