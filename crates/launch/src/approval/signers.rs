//! `allowed_signers` (ssh-keygen(1), ALLOWED SIGNERS): whose keys count, for what, and when.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::signature::{Key, NAMESPACE, Reader};

/// Why a text is no list of signers. One wrong line makes none of the others count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct BadSigners {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Whose signatures count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers(Vec<Signer>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Signer {
    principals: Vec<String>,
    namespaces: Option<Vec<String>>,
    after: Option<u64>,
    before: Option<u64>,
    key: Key,
}

impl Signers {
    /// Reads an `allowed_signers` file. `cert-authority` is not supported; times are in UTC, with a `Z`.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadSigners> {
        let mut signers = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                signers.push(signer(line).map_err(|problem| BadSigners { line: number, problem })?);
            }
        }
        Ok(Self(signers))
    }

    /// Everybody of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Whether `key` may sign as `principal` at `now`, seconds since 1970.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn accepts(&self, principal: &str, key: &Key, now: u64) -> Result<(), String> {
        let mut problem = "allowed_signers does not name this signer".to_owned();
        for signer in self.0.iter().filter(|signer| matches(&signer.principals, principal)) {
            let is_early = signer.after.is_some_and(|after| now < after);
            let is_late = signer.before.is_some_and(|before| now >= before);
            if signer.key != *key {
                problem = format!("{} is not this signer's key", key.fingerprint());
            } else if signer.namespaces.as_ref().is_some_and(|list| !matches(list, NAMESPACE)) {
                problem = format!("allowed_signers does not let this signer sign for `{NAMESPACE}`");
            } else if is_early || is_late {
                "this signer's key is not valid now".clone_into(&mut problem);
            } else {
                return Ok(());
            }
        }
        Err(problem)
    }
}

/// Whether one of the patterns fits and none that begins with `!` does (ssh_config(5), PATTERNS).
fn matches(patterns: &[String], text: &str) -> bool {
    let forbids = |pattern: &String| pattern.strip_prefix('!').is_some_and(|pattern| fits(pattern, text));
    patterns.iter().any(|pattern| fits(pattern, text)) && !patterns.iter().any(forbids)
}

/// `*` is any text and `?` any one character. Without recursion: the last `*` is the only place to go back to.
fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut back: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (mut after, mut rest) = (pattern.clone(), text.clone());
        match (after.next(), rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                back = Some((after.clone(), text.clone()));
                pattern = after;
                continue;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                (pattern, text) = (after, rest);
                continue;
            }
            _ => {}
        }
        let Some((again, from)) = &mut back else { return false };
        if from.next().is_none() {
            return false;
        }
        (pattern, text) = (again.clone(), from.clone());
    }
}

fn signer(line: &str) -> Result<Signer, String> {
    let mut words = words(line).ok_or("a quotation mark is missing")?.into_iter();
    let principals = list(&words.next().unwrap_or_default());
    let mut signer = Signer { principals, namespaces: None, after: None, before: None, key: Key(Vec::new()) };
    let mut word = words.next().ok_or("the key is missing")?;
    if !is_key_type(&word) {
        for option in options(&word) {
            let (name, value) = option.split_once('=').unwrap_or((&option, ""));
            let value = value.trim_matches('"');
            match name.to_ascii_lowercase().as_str() {
                "namespaces" => signer.namespaces = Some(list(value)),
                "valid-after" => signer.after = Some(time(value)?),
                "valid-before" => signer.before = Some(time(value)?),
                "cert-authority" => {
                    return Err("`cert-authority` is not supported; list the keys themselves".into());
                }
                _ => {
                    return Err(format!(
                        "`{name}` is no option of a signer and no type of key that is accepted"
                    ));
                }
            }
        }
        word = words.next().ok_or("the key is missing")?;
    }
    if !is_key_type(&word) {
        return Err(format!("`{word}` is no type of key that is accepted"));
    }
    let key = STANDARD.decode(words.next().unwrap_or_default()).map_err(|_| "the key is no base64")?;
    if Reader(&key).text().as_deref() != Some(&word) {
        return Err(format!("the key is not of the type `{word}`"));
    }
    signer.key = Key(key);
    Ok(signer)
}

fn is_key_type(word: &str) -> bool {
    let accepted = [
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ];
    accepted.contains(&word)
}

/// Words between blanks; a quoted part, marks included, may hold blanks.
fn words(line: &str) -> Option<Vec<String>> {
    let mut quoted = false;
    let words = line.split(|character| {
        quoted ^= character == '"';
        matches!(character, ' ' | '\t') && !quoted
    });
    let words = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    (!quoted).then_some(words)
}

/// Options between commas that stand outside quotes.
fn options(word: &str) -> Vec<String> {
    let mut quoted = false;
    let parts = word.split(|character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    });
    parts.map(str::to_owned).collect()
}

fn list(text: &str) -> Vec<String> {
    let items = text.trim_matches('"').split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ` as seconds since 1970.
fn time(text: &str) -> Result<u64, String> {
    let bad = || format!("`{text}` is no time; write YYYYMMDDZ or YYYYMMDDHHMMSSZ, in UTC with the Z");
    let digits = text.strip_suffix('Z').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = digits.filter(|digits| matches!(digits.len(), 8 | 12 | 14)).ok_or_else(bad)?;
    // A part that is left out is zero.
    let part = |from, to| digits.get(from..to).map_or(Ok(0), |part| part.parse::<u64>().map_err(|_| bad()));
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let is_date = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return Err(bad());
    }
    // Hinnant, "chrono-compatible low-level date algorithms".
    let year = year - u64::from(month <= 2);
    let of_era = year % 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year / 400 * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let days = days.checked_sub(719_468).ok_or_else(bad)?;
    Ok(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_utc() {
        assert_eq!(time("19700101Z"), Ok(0));
        assert_eq!(time("20000229123456Z"), Ok(951_827_696));
        assert_eq!(time("202611211544Z"), Ok(1_795_275_840));
        for bad in ["20260101", "2026Z", "20261301Z", "19691231Z", "2026010124Z", "20260101xxxxZ"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_fit_as_those_of_ssh() {
        for (pattern, text) in
            [("*", ""), ("a*c", "abbc"), ("*@x.example", "me@x.example"), ("a?c", "abc"), ("**a", "ba")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", ""), ("a*c", "abcd"), ("?", ""), ("*b", "ba")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
        let patterns = ["*@x.example".to_owned(), "!eve@*".to_owned()];
        assert!(matches(&patterns, "me@x.example") && !matches(&patterns, "eve@x.example"));
        assert!(fits(&"*a".repeat(2000), &"a".repeat(4000)), "hostile patterns take no time");
    }

    #[test]
    fn one_wrong_line_makes_none_count() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let good = format!(
            "# ours\n\na@x.example,b@x.example namespaces=\"mantrap-entry,git\",valid-after=\"20260101Z\" {key} x\n"
        );
        assert_eq!(Signers::parse(&good).unwrap().0.len(), 1);
        for bad in [
            "a",
            "a ssh-ed25519",
            "a ssh-ed25519 !!!",
            "a ssh-dss AAAA",
            &format!("a cert-authority {key}"),
            &format!("a future-option {key}"),
            &format!("a valid-after=\"20260101\" {key}"),
            &format!("a ssh-rsa {}", key.split(' ').nth(1).unwrap()),
            &format!("\"a {key}"),
        ] {
            let error = Signers::parse(&format!("{good}{bad}")).unwrap_err();
            assert_eq!(error.line, 4, "{bad}");
        }
    }
}
