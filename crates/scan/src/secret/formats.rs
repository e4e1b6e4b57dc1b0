//! Secrets that are known by their shape alone, found in one pass over a file's text, comments included.

use std::ops::Range;
use std::sync::LazyLock;

use super::placeholder::is_token_placeholder;

/// Which characters a token's body is made of.
#[derive(Debug, Clone, Copy)]
enum Body {
    /// `A-Z a-z 0-9`.
    Alnum,
    /// `A-Z 0-9`.
    Upper,
    /// `0-9 a-f`, either case.
    Hex,
    /// `A-Z a-z 0-9 _ -`.
    Url,
    /// The same and `.`.
    Dotted,
    /// `A-Z a-z 0-9 + / =`.
    Base64,
}

impl Body {
    fn holds(self, byte: u8) -> bool {
        match self {
            Body::Alnum => byte.is_ascii_alphanumeric(),
            Body::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Body::Hex => byte.is_ascii_hexdigit(),
            Body::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Body::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Body::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
        }
    }
}

/// One token format: what it starts with, what follows, and how long that is at least and at most.
type Shape = (&'static str, Body, usize, usize, &'static str);

/// Longer prefixes first where one begins another. Sources: the vendors' documentation of their token formats.
const SHAPES: &[Shape] = &[
    ("github_pat_", Body::Url, 40, 120, "GitHub fine-grained token"),
    ("ghp_", Body::Alnum, 36, 255, "GitHub personal access token"),
    ("gho_", Body::Alnum, 36, 255, "GitHub OAuth token"),
    ("ghu_", Body::Alnum, 36, 255, "GitHub user token"),
    ("ghs_", Body::Url, 36, 600, "GitHub server token"),
    ("ghr_", Body::Alnum, 36, 255, "GitHub refresh token"),
    ("glpat-", Body::Dotted, 20, 300, "GitLab personal access token"),
    ("gldt-", Body::Url, 20, 100, "GitLab deploy token"),
    ("glrt-", Body::Dotted, 20, 100, "GitLab runner token"),
    ("glptt-", Body::Hex, 40, 40, "GitLab trigger token"),
    ("glsoat-", Body::Url, 20, 100, "GitLab SCIM token"),
    ("glcbt-", Body::Url, 20, 100, "GitLab job token"),
    ("gloas-", Body::Hex, 64, 64, "GitLab OAuth secret"),
    ("xoxb-", Body::Url, 20, 255, "Slack bot token"),
    ("xoxp-", Body::Url, 20, 255, "Slack user token"),
    ("xoxa-", Body::Url, 20, 255, "Slack app token"),
    ("xoxr-", Body::Url, 20, 255, "Slack refresh token"),
    ("xoxs-", Body::Url, 20, 255, "Slack session token"),
    ("xoxc-", Body::Url, 20, 255, "Slack client token"),
    ("xoxd-", Body::Base64, 20, 600, "Slack cookie"),
    ("xoxe-", Body::Url, 20, 600, "Slack configuration token"),
    ("xoxe.xoxp-", Body::Url, 20, 600, "Slack configuration token"),
    ("xapp-", Body::Url, 20, 255, "Slack app-level token"),
    ("AKIA", Body::Upper, 16, 16, "AWS access key"),
    ("ASIA", Body::Upper, 16, 16, "AWS temporary access key"),
    ("ABSKQmVkcm9ja0FQSUtleS", Body::Base64, 40, 600, "AWS Bedrock API key"),
    ("bedrock-api-key-", Body::Base64, 40, 1500, "AWS Bedrock API key"),
    ("AIza", Body::Url, 35, 35, "Google API key"),
    ("GOCSPX-", Body::Url, 24, 40, "Google OAuth client secret"),
    ("ya29.", Body::Dotted, 30, 2000, "Google access token"),
    ("sk-ant-", Body::Url, 24, 255, "Anthropic API key"),
    ("sk-proj-", Body::Url, 24, 255, "OpenAI project key"),
    ("sk-svcacct-", Body::Url, 24, 255, "OpenAI service account key"),
    ("sk-admin-", Body::Url, 24, 255, "OpenAI admin key"),
    ("sk-or-v1-", Body::Alnum, 40, 100, "OpenRouter API key"),
    ("sk-lf-", Body::Url, 30, 60, "Langfuse secret key"),
    ("sk_live_", Body::Alnum, 16, 255, "Stripe live key"),
    ("rk_live_", Body::Alnum, 16, 255, "Stripe restricted key"),
    ("sk_test_", Body::Alnum, 20, 255, "Stripe test key"),
    ("rk_test_", Body::Alnum, 20, 255, "Stripe restricted test key"),
    ("whsec_", Body::Base64, 24, 100, "webhook signing secret"),
    ("sk-", Body::Url, 32, 255, "API key"),
    ("npm_", Body::Alnum, 36, 36, "npm token"),
    ("pypi-AgE", Body::Url, 40, 400, "PyPI token"),
    ("rubygems_", Body::Hex, 48, 48, "RubyGems key"),
    ("dckr_pat_", Body::Url, 24, 60, "Docker Hub token"),
    ("dckr_oat_", Body::Url, 24, 60, "Docker organisation token"),
    ("hf_", Body::Alnum, 32, 40, "Hugging Face token"),
    ("ntn_", Body::Alnum, 36, 60, "Notion token"),
    ("secret_", Body::Alnum, 40, 50, "Notion token"),
    ("lin_api_", Body::Alnum, 32, 60, "Linear API key"),
    ("lin_oauth_", Body::Alnum, 32, 80, "Linear OAuth token"),
    ("figd_", Body::Url, 32, 60, "Figma token"),
    ("SG.", Body::Dotted, 60, 80, "SendGrid API key"),
    ("PMAK-", Body::Url, 50, 70, "Postman API key"),
    ("shpat_", Body::Hex, 32, 32, "Shopify token"),
    ("shpss_", Body::Hex, 32, 32, "Shopify secret"),
    ("shppa_", Body::Hex, 32, 32, "Shopify token"),
    ("dop_v1_", Body::Hex, 64, 64, "DigitalOcean token"),
    ("doo_v1_", Body::Hex, 64, 64, "DigitalOcean OAuth token"),
    ("dapi", Body::Hex, 32, 34, "Databricks token"),
    ("glsa_", Body::Url, 36, 60, "Grafana service account token"),
    ("glc_", Body::Base64, 32, 400, "Grafana Cloud token"),
    ("NRAK-", Body::Upper, 27, 27, "New Relic key"),
    ("sntrys_", Body::Base64, 60, 400, "Sentry organisation token"),
    ("sntryu_", Body::Hex, 64, 64, "Sentry user token"),
    ("sbp_", Body::Hex, 40, 40, "Supabase token"),
    ("sb_secret_", Body::Url, 24, 80, "Supabase secret key"),
    ("nfp_", Body::Alnum, 36, 60, "Netlify token"),
    ("pscale_tkn_", Body::Dotted, 32, 70, "PlanetScale token"),
    ("pscale_pw_", Body::Dotted, 32, 70, "PlanetScale password"),
    ("dp.pt.", Body::Alnum, 40, 50, "Doppler token"),
    ("dp.st.", Body::Dotted, 40, 80, "Doppler service token"),
    ("hvs.", Body::Url, 24, 200, "Vault token"),
    ("hvb.", Body::Url, 60, 400, "Vault batch token"),
    ("ATATT3xFf", Body::Base64, 60, 300, "Atlassian API token"),
    ("ATCTT3xFf", Body::Base64, 60, 300, "Atlassian access token"),
    ("ATBB", Body::Alnum, 32, 36, "Bitbucket app password"),
    ("tvly-", Body::Url, 24, 80, "Tavily API key"),
    ("fc-", Body::Hex, 32, 32, "Firecrawl API key"),
    ("pplx-", Body::Alnum, 40, 60, "Perplexity API key"),
    ("gsk_", Body::Alnum, 48, 60, "Groq API key"),
    ("xai-", Body::Alnum, 70, 90, "xAI API key"),
    ("r8_", Body::Alnum, 37, 40, "Replicate token"),
    ("lsv2_pt_", Body::Url, 36, 60, "LangSmith key"),
    ("lsv2_sk_", Body::Url, 36, 60, "LangSmith key"),
    ("pcsk_", Body::Url, 40, 90, "Pinecone API key"),
    ("napi_", Body::Alnum, 48, 80, "Neon API key"),
    ("apify_api_", Body::Alnum, 32, 50, "Apify token"),
    ("CFPAT-", Body::Url, 40, 50, "Contentful token"),
    ("BSA", Body::Url, 28, 28, "Brave Search API key"),
    ("pul-", Body::Hex, 40, 40, "Pulumi token"),
    ("sq0atp-", Body::Url, 22, 40, "Square token"),
    ("sq0csp-", Body::Url, 40, 50, "Square secret"),
    ("AGE-SECRET-KEY-1", Body::Upper, 50, 60, "age private key"),
    ("r2d_", Body::Alnum, 40, 80, "API key"),
    ("EAACEdEose0cBA", Body::Alnum, 20, 300, "Facebook token"),
];

/// No token or key is longer, in bytes: what bounds the work at every place of a hostile file.
const LONGEST: usize = 8 * 1024;

/// Every token of a known shape in `text`, in order, never overlapping.
pub(super) fn scan(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut inside_word = false;
    while let Some(&byte) = bytes.get(at) {
        // INVARIANT: a run of word characters is looked at once, from its start, so that the pass stays linear.
        let starts_word = !inside_word;
        inside_word = Body::Dotted.holds(byte);
        if starts_word && let Some((end, kind)) = token_at(text, at, byte) {
            found.push((at..end, kind));
            at = end;
            inside_word = false;
            continue;
        }
        at += 1;
    }
    found
}

/// The token that starts at `at`, if any: its end and what it is.
fn token_at(text: &str, at: usize, first: u8) -> Option<(usize, &'static str)> {
    let shapes = shapes_from(first);
    if shapes.is_empty() && !matches!(first, b'-' | b'e' | b'0'..=b'9') {
        return None;
    }
    let rest = text.get(at..text.floor_char_boundary(at + LONGEST))?;
    match first {
        b'-' => return private_key(rest).map(|length| (at + length, "private key")),
        b'e' if rest.starts_with("eyJ") => {
            return json_web_token(rest).map(|length| (at + length, "JSON web token"));
        }
        b'0'..=b'9' => return telegram(rest).map(|length| (at + length, "Telegram bot token")),
        _ => {}
    }
    for &&(prefix, body, shortest, longest, kind) in shapes {
        let Some(tail) = rest.strip_prefix(prefix) else {
            continue;
        };
        let length = tail.bytes().take(longest + 1).take_while(|byte| body.holds(*byte)).count();
        let token = rest.get(..prefix.len() + length)?;
        // A dot or dash at the end belongs to the sentence around it.
        let token = token.trim_end_matches(['.', '-']);
        let length = token.len().saturating_sub(prefix.len());
        if (shortest..=longest).contains(&length) && is_likely(token, prefix) {
            return Some((at + token.len(), kind));
        }
    }
    None
}

/// The shapes whose prefix starts with `first`, in the table's order. This is asked for every word of every file.
fn shapes_from(first: u8) -> &'static [&'static Shape] {
    static BY_FIRST: LazyLock<Vec<Vec<&'static Shape>>> = LazyLock::new(|| {
        let starts = |byte: u8| SHAPES.iter().filter(move |shape| shape.0.as_bytes().first() == Some(&byte));
        (0..=u8::MAX).map(|byte| starts(byte).collect()).collect()
    });
    BY_FIRST.get(usize::from(first)).map_or(&[], Vec::as_slice)
}

fn is_likely(token: &str, prefix: &str) -> bool {
    let body = token.strip_prefix(prefix).unwrap_or(token);
    let mut kinds: Vec<u8> = body.bytes().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let is_generic = prefix == "sk-" || prefix == "BSA";
    kinds.len() >= 6
        && !is_token_placeholder(token)
        && (!is_generic || body.bytes().any(|byte| byte.is_ascii_digit()))
}

/// `-----BEGIN … PRIVATE KEY-----` to its end line, or to the end of the literal it stands in. A marker with
/// nothing behind it is a description.
fn private_key(rest: &str) -> Option<usize> {
    let header = rest.strip_prefix("-----BEGIN ")?;
    let label = header.get(..header.find("-----")?)?;
    if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
        return None;
    }
    let body = "-----BEGIN ".len() + label.len() + "-----".len();
    let end = rest.get(body..)?.find("-----END ").map(|found| {
        let tail = body + found;
        let closing = rest.get(tail + 9..).and_then(|text| text.find("-----")).map_or(0, |at| at + 5);
        tail + 9 + closing
    });
    let end =
        end.or_else(|| rest.get(body..).and_then(|text| text.find(['"', '\''])).map(|found| body + found))?;
    let key = rest.get(body..end)?.bytes().filter(u8::is_ascii_alphanumeric).count();
    (key >= 40 && !rest.get(..end)?.contains("...")).then_some(end)
}

/// Three base64url parts, the first two of which are JSON objects.
fn json_web_token(rest: &str) -> Option<usize> {
    let length = rest.bytes().take_while(|byte| Body::Dotted.holds(*byte)).count();
    let token = rest.get(..length)?;
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let is_token =
        header.len() >= 15 && claims.starts_with("eyJ") && claims.len() >= 15 && signature.len() >= 20;
    (is_token && !is_token_placeholder(signature))
        .then_some(header.len() + claims.len() + signature.len() + 2)
}

/// `123456789:AA…` with 35 characters after the colon.
fn telegram(rest: &str) -> Option<usize> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let tail = rest.get(digits..)?.strip_prefix(":AA")?;
    let length = tail.bytes().take_while(|byte| Body::Url.holds(*byte)).count();
    ((8..=12).contains(&digits) && length == 33).then_some(digits + 3 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        scan(text).into_iter().map(|(_, kind)| kind).collect()
    }

    #[test]
    fn known_shapes_are_found() {
        for (text, kind) in [
            ("ghp_EXAMPLEexampleEXAMPLEexample0123456789", "GitHub personal access token"),
            (
                "github_pat_11EXAMPLE0example0EXAMPLE_exampleEXAMPLEexampleEXAMPLE012345",
                "GitHub fine-grained token",
            ),
            ("glpat-EXAMPLEexample012345", "GitLab personal access token"),
            ("xoxb-123456789012-EXAMPLEexample", "Slack bot token"),
            ("AKIAEXAMPLE123456789", "AWS access key"),
            ("AIzaEXAMPLEexampleEXAMPLEexample0123456", "Google API key"),
            ("sk-ant-api03-EXAMPLEexampleEXAMPLEexample", "Anthropic API key"),
            ("sk-proj-EXAMPLEexampleEXAMPLEexample0", "OpenAI project key"),
            ("sk_live_EXAMPLEexample0123", "Stripe live key"),
            ("npm_EXAMPLEexampleEXAMPLEexample01234567", "npm token"),
            ("hf_EXAMPLEexampleEXAMPLEexampleabcdefgh", "Hugging Face token"),
            ("123456789:AAEXAMPLEexampleEXAMPLEexample01234", "Telegram bot token"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJleGFtcGxlIn0.EXAMPLEexampleEXAMPLEexample", "JSON web token"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\\nEXAMPLEexampleEXAMPLEexampleEXAMPLEexampleEXAMPLE\\n-----END RSA PRIVATE KEY-----",
                "private key",
            ),
        ] {
            assert_eq!(kinds(text), [kind], "{text}");
            let around = format!("{{\"a\": \"Bearer {text}\"}}, // é");
            let found = scan(&around);
            assert_eq!(found.len(), 1, "{around}");
            assert_eq!(around.get(found[0].0.clone()), Some(text));
        }
    }

    #[test]
    fn documentation_and_lookalikes_are_not() {
        for text in [
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "ghp_YOUR_TOKEN",
            "<ghp_...>",
            "AKIAIOSFODNN7EXAMPLE",
            "xoxb-your-bot-token-goes-right-here",
            "sk-...",
            "sk-a-long-kebab-case-name-of-something-else",
            "task-1234567890abcdefghij1234567890abcdefghij",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
            "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----",
            "-----BEGIN CERTIFICATE-----\\nEXAMPLEexampleEXAMPLEexampleEXAMPLEexampleEXAMPLE\\n-----END CERTIFICATE-----",
            "sk-1234567890abcdef1234567890abcdef",
            "npm_config_registry",
            "hf_token",
            "npx -y @modelcontextprotocol/server-github",
        ] {
            assert_eq!(kinds(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_long_hostile_text_is_one_pass() {
        let text =
            "-----BEGIN PRIVATE KEY-----".repeat(2_000) + &"eyJ".repeat(50_000) + &"sk-".repeat(50_000);
        assert!(scan(&text).len() <= 1);
    }
}
