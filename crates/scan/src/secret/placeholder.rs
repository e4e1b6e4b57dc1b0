//! What stands where a secret would and is none: references, templates, and the words of a README.

/// Whether `value` refers to a secret that is kept elsewhere, or only shows where one goes.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || is_reference(value)
        || is_template(value)
        || is_filler(value)
        || has_filler_word(value)
}

/// Only what can be told of a value that already has the shape of a known token: a token may contain any short
/// word by chance, so the list is shorter than [`is_placeholder`]'s.
pub(super) fn is_token_placeholder(token: &str) -> bool {
    const DOCUMENTED: &[&str] = &[
        // Printed in the vendors' own documentation.
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
    ];
    const WORDS: &[&str] =
        &["your", "xxxx", "placeholder", "changeme", "replace", "redacted", "insert", "token-here"];
    let lower = token.to_ascii_lowercase();
    DOCUMENTED.contains(&token) || WORDS.iter().any(|word| lower.contains(word)) || is_filler(token)
}

/// `$VAR`, `${…}`, `%VAR%`, `{{…}}`, `{env:X}`, `$(…)`, `op://…` and the reference schemes of other secret stores.
fn is_reference(value: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "op://",
        "vault://",
        "vault:",
        "secret://",
        "secretref:",
        "secretsmanager:",
        "ssm:",
        "arn:aws:secretsmanager:",
        "awssm://",
        "gcpsm://",
        "gsm://",
        "keyring:",
        "keychain:",
        "bws://",
        "doppler://",
        "infisical://",
        "env:",
        "file:",
        "file://",
        "sops:",
        "age:",
        "enc:",
        "ref+",
        "pass:",
        "se://",
        "docker-secret:",
        "projects/",
        "@microsoft.keyvault",
    ];
    let lower = value.to_ascii_lowercase();
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    value.contains("${")
        || value.contains("{{")
        || value.contains("$(")
        || value.contains("{env:")
        || value.contains("{file:")
        || value.contains("<%")
        || value.strip_prefix('$').is_some_and(is_name)
        || value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(is_name)
        || SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
        || lower.starts_with("process.env.")
        || lower.starts_with("os.environ")
        || is_path(value)
}

/// A path to a file that holds the secret, which is not the secret.
fn is_path(value: &str) -> bool {
    let mut bytes = value.bytes();
    let (first, second, third) = (bytes.next(), bytes.next(), bytes.next());
    let is_drive = first.is_some_and(|byte| byte.is_ascii_alphabetic())
        && second == Some(b':')
        && matches!(third, Some(b'\\' | b'/'));
    let names_a_file =
        value.starts_with('/') && value.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let is_below_root = [
        "/home/", "/Users/", "/etc/", "/run/", "/var/", "/opt/", "/path/", "/mnt/", "/tmp/", "/root/",
        "/app/",
    ]
    .iter()
    .any(|root| value.starts_with(root));
    is_drive
        || names_a_file
        || is_below_root
        || ["~/", "./", "../", "~\\", ".\\"].iter().any(|head| value.starts_with(head))
}

/// `<your-token>`, `[TOKEN]`, `{token}`, `...`, `…`, and values that end in them.
fn is_template(value: &str) -> bool {
    let enclosed = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    (value.contains('<') && value.contains('>'))
        || enclosed('[', ']')
        || enclosed('{', '}')
        || enclosed('(', ')')
        || value.contains("...")
        || value.contains('…')
        || value.contains("***")
        || value.contains("•")
}

/// One character over and over, or an obvious run.
fn is_filler(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let body = lower.rsplit(['_', '-']).next().unwrap_or_default();
    let mut kinds: Vec<char> = body.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let is_run =
        ["0123456789abcdef", "1234567890abcdef", "abcdefghijklmnopqrstuvwxyz", "12345678901234567890"]
            .iter()
            .any(|run| body.len() >= 6 && run.starts_with(body) || body.starts_with(run));
    // A body of one or two different characters: `xxxx`, `0000`, `xxx-xxx`.
    kinds.len() <= 2 && body.len() >= 3 || is_run
}

/// `YOUR_API_KEY`, `my-secret-token`, `changeme`, `token_here`, `API_KEY`.
fn has_filler_word(value: &str) -> bool {
    const PARTS: &[&str] = &[
        "your",
        "change-me",
        "changeme",
        "change_me",
        "replace",
        "insert",
        "placeholder",
        "example",
        "dummy",
        "fake",
        "sample",
        "redacted",
        "goes-here",
        "goes_here",
        "-here",
        "_here",
        "xxxx",
        "todo",
        "fixme",
        "fill-in",
        "enter-",
        "enter_",
        "put-",
        "put_",
        "my-",
        "my_",
        "not-a-",
        "mysecret",
        "mypassword",
        "supersecret",
        "notused",
        "notneeded",
        "not-needed",
        "unused",
        "foobar",
        "abc123",
        "123456",
        "some-",
        "some_",
        "deadbeef",
        "lorem",
        "optional",
        "required",
    ];
    let lower = value.to_ascii_lowercase();
    PARTS.iter().any(|part| lower.contains(part)) || is_only_words(&lower)
}

/// Nothing but the words of a variable's name: `api_key`, `GITHUB_TOKEN`, `password`, `postgres`.
fn is_only_words(lower: &str) -> bool {
    const WORDS: &[&str] = &[
        "access",
        "account",
        "admin",
        "api",
        "app",
        "apikey",
        "auth",
        "authorization",
        "aws",
        "azure",
        "bearer",
        "bot",
        "client",
        "connection",
        "credential",
        "database",
        "db",
        "default",
        "demo",
        "dev",
        "github",
        "gitlab",
        "google",
        "guest",
        "id",
        "integration",
        "internal",
        "key",
        "local",
        "localhost",
        "mongo",
        "mysql",
        "neo4j",
        "none",
        "null",
        "oauth",
        "openai",
        "pass",
        "passwd",
        "password",
        "pat",
        "personal",
        "postgres",
        "postgresql",
        "private",
        "prod",
        "project",
        "public",
        "pwd",
        "redis",
        "root",
        "secret",
        "server",
        "service",
        "slack",
        "string",
        "test",
        "testing",
        "the",
        "token",
        "true",
        "false",
        "user",
        "username",
        "value",
        "actual",
        "real",
        "valid",
        "here",
        "a",
        "key1",
        "minioadmin",
    ];
    lower.split(|character: char| !character.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).all(
        |part| {
            WORDS.contains(&part.trim_end_matches(|c: char| c.is_ascii_digit()))
                || WORDS.contains(&part)
                || part.len() <= 2
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_readme_words_are_placeholders() {
        for value in [
            "",
            "$VAR",
            "${VAR}",
            "${VAR:-x}",
            "${input:x}",
            "${env:X}",
            "%VAR%",
            "{{x}}",
            "{env:X}",
            "op://vault/item/field",
            "<your-token>",
            "<TOKEN>",
            "YOUR_API_KEY",
            "your-api-key-here",
            "xxx",
            "xxxxxxxx",
            "changeme",
            "sk-...",
            "sk-…",
            "********",
            "0000000000",
            "ghp_xxxxxxxxxxxxxxxxxxxx",
            "my-secret",
            "password",
            "postgres",
            "API_KEY",
            "github_token",
            "/run/secrets/token",
            "~/.config/key.json",
            "C:\\keys\\x.json",
            "token",
            "[REDACTED]",
            "{token}",
            "1234567890",
            "abcdef",
            "test",
            "PASSWORD123",
            "mysecretpassword",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn real_looking_values_are_not_placeholders() {
        for value in
            ["Zq3vK9wTp2LmX7", "hunter2-Correct", "9f86d081884c7d659a2feaa0c55ad015", "ghp_EXAMPLEaEXAMPLE1"]
        {
            assert!(!is_token_placeholder(value), "{value}");
        }
        assert!(is_token_placeholder("AKIAIOSFODNN7EXAMPLE"));
        assert!(is_token_placeholder("xoxb-your-bot-token-1234567"));
        assert!(!is_placeholder("Zq3vK9wTp2LmX7"));
    }
}
