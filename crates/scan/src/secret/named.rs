//! Secrets that are known by where they stand: a value under a name that says so, credentials in a URL or a
//! connection string, an authorization header, the word after a `--token` flag.

use super::placeholder::is_placeholder;
use crate::address;
use crate::finding::Confidence;

/// A part of a value that is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// The secret, a slice of the value.
    pub text: &'a str,
    /// What it is, a few words.
    pub kind: &'static str,
    /// How sure that it is one.
    pub confidence: Confidence,
}

/// Secrets in one value. `name` is the variable, header, member or flag it stands under, if any.
pub(super) fn parts<'a>(name: Option<&str>, value: &'a str) -> Vec<Part<'a>> {
    let mut found = in_url(value);
    found.extend(in_connection_string(value));
    if !found.is_empty() {
        return found;
    }
    let Some(name) = name else { return found };
    let Some(strength) = strength(name) else {
        return found;
    };
    let body = strip_scheme(value);
    if is_placeholder(body) || body.contains(char::is_whitespace) {
        return found;
    }
    let confidence = match strength {
        _ if is_random(body) => Confidence::High,
        Strength::Password if body.len() >= 6 => Confidence::Medium,
        Strength::Token if body.len() >= 12 && classes(body) >= 2 => Confidence::Medium,
        _ => return found,
    };
    let kind = match strength {
        Strength::Password => "password",
        Strength::Token => "token or key",
    };
    found.push(Part { text: body, kind, confidence });
    found
}

/// How a name speaks about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    Token,
    Password,
}

/// Whether `name` names a secret: the test that other rules use on names without values.
pub fn is_secret_name(name: &str) -> bool {
    strength(name).is_some()
}

fn strength(name: &str) -> Option<Strength> {
    // Names that end like this tell about a secret without being one.
    const ABOUT: &[&str] = &[
        "_file",
        "_path",
        "_name",
        "_url",
        "_uri",
        "_id",
        "_type",
        "_ttl",
        "_expiry",
        "_count",
        "_limit",
        "_length",
        "_header",
        "_enabled",
        "_env",
        "_var",
        "_ref",
        "_dir",
        "_max",
        "_min",
        "_size",
        "_budget",
        "_tokens",
        "_prefix",
        "_endpoint",
        "_arn",
    ];
    const PASSWORD: &[&str] = &["password", "passwd", "passphrase", "pwd", "pass"];
    const TOKEN: &[&str] = &[
        "token",
        "secret",
        "apikey",
        "api_key",
        "access_key",
        "secret_key",
        "private_key",
        "auth_key",
        "client_secret",
        "credential",
        "credentials",
        "authorization",
        "bearer",
        "pat",
        "x_api_key",
        "signing_key",
        "encryption_key",
        "session_key",
        "license_key",
        "webhook_secret",
        "cookie",
        "jwt",
        "key",
        "account_key",
        "accountkey",
        "auth",
    ];
    let name = normal(name);
    if ABOUT.iter().any(|tail| name.ends_with(tail)) {
        return None;
    }
    let ends = |words: &[&str]| {
        words
            .iter()
            .any(|word| name == *word || name.strip_suffix(word).is_some_and(|head| head.ends_with('_')))
    };
    let joined = |words: &[&str]| words.iter().any(|word| word.len() >= 6 && name.ends_with(word));
    if ends(PASSWORD) || joined(PASSWORD) {
        Some(Strength::Password)
    } else if ends(TOKEN) || joined(TOKEN) {
        Some(Strength::Token)
    } else {
        None
    }
}

/// `--gitHub-API-Key` → `git_hub_api_key`.
fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for character in name.trim_start_matches(['-', '/']).chars() {
        if character.is_uppercase() && after_lower {
            normal.push('_');
        }
        after_lower = character.is_lowercase() || character.is_ascii_digit();
        normal.push(if matches!(character, '-' | '.' | ' ' | ':') {
            '_'
        } else {
            character.to_ascii_lowercase()
        });
    }
    normal
}

/// `Bearer X`, `Basic X`, `token X` → `X`.
fn strip_scheme(value: &str) -> &str {
    let value = value.trim();
    match value.split_once(' ') {
        Some((scheme, rest))
            if ["bearer", "basic", "token", "apikey", "api-key", "bot"]
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known)) =>
        {
            rest.trim()
        }
        _ => value,
    }
}

/// Userinfo with a password, secret query parameters, and the two services whose path is the secret.
fn in_url(value: &str) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    for start in value.match_indices("://").map(|(at, _)| scheme_start(value, at)).take(16) {
        let rest = value.get(start..).unwrap_or_default();
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ','))
            .unwrap_or(rest.len());
        let Some(url) = rest.get(..end).and_then(address::parse) else {
            continue;
        };
        found.extend(in_userinfo(url.userinfo));
        for pair in url.query.split('&') {
            let Some((name, text)) = pair.split_once('=') else {
                continue;
            };
            let is_secret =
                strength(name).is_some() || matches!(name.to_ascii_lowercase().as_str(), "sig" | "signature");
            if is_secret
                && text.len() >= 8
                && !is_placeholder(text)
                && (classes(text) >= 2 || text.len() >= 20)
            {
                let confidence = if is_random(text) { Confidence::High } else { Confidence::Medium };
                found.push(Part { text, kind: "credential", confidence });
            }
        }
        found.extend(in_path(url.host, url.path));
    }
    found
}

fn scheme_start(value: &str, colon: usize) -> usize {
    let head = value.as_bytes().get(..colon).unwrap_or_default();
    let length = head
        .iter()
        .rev()
        .take(16)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        .count();
    colon - length
}

fn in_userinfo(userinfo: &str) -> Option<Part<'_>> {
    let (user, password) = userinfo.split_once(':')?;
    if is_placeholder(password) || password.eq_ignore_ascii_case(user) || password.len() < 4 {
        return None;
    }
    let confidence = if is_random(password) { Confidence::High } else { Confidence::Medium };
    Some(Part { text: password, kind: "password", confidence })
}

/// Services that hand out a URL whose path is the credential.
fn in_path<'a>(host: &str, path: &'a str) -> Option<Part<'a>> {
    const HOSTS: &[(&str, &str)] = &[
        ("mcp.zapier.com", "/s/"),
        ("actions.zapier.com", "/mcp/"),
        ("hooks.slack.com", "/services/"),
        ("discord.com", "/api/webhooks/"),
        ("mcp.pipedream.net", "/"),
    ];
    let (_, marker) = HOSTS.iter().find(|(known, _)| host.eq_ignore_ascii_case(known))?;
    let (_, tail) = path.split_once(marker)?;
    let text = tail.split("/mcp").next().unwrap_or(tail).trim_end_matches("/sse").trim_end_matches('/');
    let is_secret = text.len() >= 20 && !is_placeholder(text) && classes(text) >= 2;
    is_secret.then_some(Part { text, kind: "credential", confidence: Confidence::High })
}

/// `Server=…;Password=…;` and `AccountKey=…`.
fn in_connection_string(value: &str) -> Vec<Part<'_>> {
    const NAMES: &[&str] =
        &["password", "pwd", "accountkey", "sharedaccesskey", "sharedaccesssignature", "clientsecret"];
    if !value.contains(';') {
        return Vec::new();
    }
    let pairs = value.split(';').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, text)| {
            NAMES.iter().any(|known| name.trim().replace(' ', "").eq_ignore_ascii_case(known))
                && text.trim().len() >= 6
                && !is_placeholder(text)
        })
        .map(|(_, text)| Part { text: text.trim(), kind: "password", confidence: Confidence::High })
        .collect()
}

/// How many of lower case, upper case, digits and punctuation occur.
fn classes(text: &str) -> usize {
    let tests: [fn(&u8) -> bool; 4] =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_punctuation];
    tests.iter().filter(|test| text.bytes().any(|byte| test(&byte))).count()
}

/// Long enough, of the alphabet of encoded bytes, and as uneven as only chance is.
fn is_random(text: &str) -> bool {
    let is_alphabet = text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'+' | b'/'
                    | b'='
                    | b'_'
                    | b'-'
                    | b'.'
                    | b'~'
                    | b'!'
                    | b'$'
                    | b'#'
                    | b'@'
                    | b'%'
                    | b'^'
                    | b'&'
                    | b'*'
            )
    });
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    text.len() >= 16 && is_alphabet && digits >= 2 && letters >= 2 && entropy(text) >= 3.0
}

/// Shannon entropy in bits per byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = text.len().max(1) as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| share * log2(1.0 / share))
        .sum()
}

/// The binary logarithm of a number from 1 on, to six places. By hand, because the standard library's is the mathematics
/// library's, which the whole program would load at every start for it.
fn log2(mut number: f64) -> f64 {
    let (mut whole, mut digit) = (0.0, 1.0);
    while number >= 2.0 {
        number /= 2.0;
        whole += 1.0;
    }
    // Squaring doubles the logarithm: one more binary digit each time.
    for _ in 0..20 {
        number *= number;
        digit /= 2.0;
        if number >= 2.0 {
            number /= 2.0;
            whole += digit;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(name: &str, value: &'a str) -> Vec<&'a str> {
        parts(Some(name), value).into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn logarithms_are_those_of_the_library() {
        for number in [1.0, 1.5, 2.0, 3.0, 7.99, 16.0, 255.0, 65_536.0] {
            assert!((log2(number) - f64::log2(number)).abs() < 2e-6, "{number}");
        }
    }

    #[test]
    fn secrets_are_known_by_their_place() {
        for (name, value, secret) in [
            ("EXA_API_KEY", "4f1d8c2a-77b0-4e6e-9a31-0c5d2b9e8f17", "4f1d8c2a-77b0-4e6e-9a31-0c5d2b9e8f17"),
            ("DB_PASSWORD", "Tr0ub4dor", "Tr0ub4dor"),
            ("Authorization", "Bearer 9aK2mQ7xZ4vB1nR8tY3w", "9aK2mQ7xZ4vB1nR8tY3w"),
            ("Authorization", "Basic dXNlcjpUcjB1YjRkb3I5", "dXNlcjpUcjB1YjRkb3I5"),
            ("--api-key", "9aK2mQ7xZ4vB1nR8tY3w", "9aK2mQ7xZ4vB1nR8tY3w"),
            ("DATABASE_URL", "postgresql://app:Tr0ub4dor@db.example.com/app", "Tr0ub4dor"),
            ("args", "https://mcp.example.com/mcp?api_key=9aK2mQ7xZ4vB1nR8tY3w", "9aK2mQ7xZ4vB1nR8tY3w"),
            (
                "url",
                "https://mcp.zapier.com/api/mcp/s/OWFLMm1RN3haNHZCMW5SOHRZM3c/mcp",
                "OWFLMm1RN3haNHZCMW5SOHRZM3c",
            ),
            ("X", "Server=db;User Id=sa;Password=Tr0ub4dor9;", "Tr0ub4dor9"),
            ("clientSecret", "9aK2mQ7xZ4vB1nR8tY3w", "9aK2mQ7xZ4vB1nR8tY3w"),
        ] {
            assert_eq!(texts(name, value), [secret], "{name}={value}");
        }
    }

    #[test]
    fn what_only_resembles_one_is_left_alone() {
        for (name, value) in [
            ("API_KEY", "YOUR_API_KEY"),
            ("API_KEY", "${env:API_KEY}"),
            ("GITHUB_TOKEN", "<token>"),
            ("Authorization", "Bearer ${input:token}"),
            ("Authorization", "Bearer YOUR_TOKEN"),
            ("POSTGRES_PASSWORD", "postgres"),
            ("PASSWORD", "changeme"),
            ("DATABASE_URL", "postgresql://user:password@localhost/db"),
            ("DATABASE_URL", "postgresql://postgres:postgres@localhost/db"),
            ("DATABASE_URL", "postgres://localhost:5432/db"),
            ("TOKEN_FILE", "9aK2mQ7xZ4vB1nR8tY3w"),
            ("MAX_TOKENS", "100000000000000000001"),
            ("PUBLIC_NAME", "9aK2mQ7xZ4vB1nR8tY3w"),
            ("SSH_KEY_PATH", "/home/me/.ssh/id_ed25519"),
            ("GOOGLE_API_KEY", "op://vault/google/key"),
            ("TOKENIZER", "cl100k_base_v2_20240101"),
            ("url", "https://mcp.example.com/mcp?apiKey=YOUR_KEY"),
            ("url", "https://mcp.example.com/mcp?project=4f1d8c2a77b04e6e9a31"),
            ("KEYBOARD", "us-international-1"),
        ] {
            assert_eq!(texts(name, value), [""; 0], "{name}={value}");
        }
    }
}
