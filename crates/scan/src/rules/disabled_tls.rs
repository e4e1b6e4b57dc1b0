//! `disabled-tls`: certificate checks switched off.

use super::change::drop_argument;
use super::setting::{Grade, Kind, judged};
use super::{Context, Hook, Mappings, Meta, Rule, Subject};
use crate::command::Means;
use crate::finding::{Finding, Persona, Severity};

pub(super) static RULE: Rule = Rule { meta: &META, hook: Hook::Server(check) };

static META: Meta = Meta {
    id: "disabled-tls",
    title: "Certificate checks switched off",
    why: "whoever is on the path reads the secrets and answers in the place of the service",
    details: "Environment variables and options that switch certificate checks off: \
        `NODE_TLS_REJECT_UNAUTHORIZED=0`, `--trusted-host`, `--allow-insecure-host`, \
        `--unsafely-ignore-certificate-errors`, `strict-ssl=false`, `GIT_SSL_NO_VERIFY`, switches of \
        servers such as `JIRA_SSL_VERIFY=false`, and arguments such as `--insecure-skip-tls-verify`. \
        Medium. Variables that add or replace certificate authorities (`NODE_EXTRA_CA_CERTS`, \
        `SSL_CERT_FILE`) are for pedants, medium where a stranger wrote the config.",
    remedy: "trust the one certificate authority instead, for example with `NODE_EXTRA_CA_CERTS`",
    worst: Severity::Medium,
    mappings: Mappings {
        owasp_mcp: &["MCP07", "MCP01"],
        owasp_agentic: &["ASI07"],
        aisvs: &["10.3.1"],
        cwe: &["CWE-295"],
        csf: &["PR.DS-02"],
    },
};

/// Arguments of servers and tools that say the same everywhere.
const ARGUMENTS: &[&str] = &[
    "--insecure",
    "--insecure-skip-tls-verify",
    "--no-check-certificate",
    "--skip-tls-verify",
    "--no-verify-ssl",
    "--no-ssl-verify",
    "--tls-skip-verify",
    "--insecure-tls",
    "--disable-ssl-verification",
    "--ignore-certificate-errors",
    "--ignore-https-errors",
    "--no-verify-tls",
];

fn check(subject: &Subject<'_>, _context: &Context<'_>, findings: &mut Vec<Finding>) {
    for judged in judged(subject, Kind::Tls) {
        let name = &judged.setting.name;
        let adds = judged.grade == Grade::Notes;
        findings.push(Finding {
            severity: if adds {
                subject.by_distance(Severity::Low, Severity::Medium)
            } else {
                Severity::Medium
            },
            persona: if adds {
                subject.by_distance(Persona::Pedantic, Persona::Regular)
            } else {
                Persona::Regular
            },
            message: format!("{} sets `{}`, which {}", subject.name(), name.value, judged.effect),
            remedy: if adds {
                format!("remove `{}` unless the authority is your own", name.value)
            } else {
                META.remedy.to_owned()
            },
            subject: name.value.to_ascii_uppercase(),
            ..subject.finding(&META, name.span, "certificates")
        });
    }
    for step in &subject.launch.steps {
        let flags = step.options.iter().filter(|flag| {
            let is_off = flag.name == "--strict-ssl" && flag.text().eq_ignore_ascii_case("false");
            flag.means == Means::Insecure || is_off
        });
        for flag in flags {
            findings.push(finding(
                subject,
                &flag.word,
                flag.value.is_none() || flag.word.value.contains('='),
            ));
        }
    }
    for arg in
        subject.server.args.iter().filter(|arg| ARGUMENTS.contains(&arg.value.trim_end_matches("=true")))
    {
        findings.push(finding(subject, &crate::command::Word::new(arg.value.clone(), arg.span), true));
    }
}

/// `is_alone`: no separate word is the option's value.
fn finding(subject: &Subject<'_>, word: &crate::command::Word, is_alone: bool) -> Finding {
    Finding {
        message: format!("{} switches certificate checks off with `{}`", subject.name(), word.value),
        edit: is_alone.then(|| drop_argument(subject, word)).flatten(),
        subject: word.value.clone(),
        ..subject.finding(&META, word.span, "no certificate checks")
    }
}
