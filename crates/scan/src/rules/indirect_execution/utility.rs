//! Tools of the system that execute what one of their arguments says: data, from their manuals.

use crate::command::{Step, Word, canonical_name};

/// A tool, and how the arguments look that make it execute something.
struct Utility {
    names: &'static [&'static str],
    /// Whole words, in lower case.
    words: &'static [&'static str],
    /// Beginnings of words, in lower case.
    beginnings: &'static [&'static str],
}

const fn row(
    names: &'static [&'static str],
    words: &'static [&'static str],
    beginnings: &'static [&'static str],
) -> Utility {
    Utility { names, words, beginnings }
}

static UTILITIES: &[Utility] = &[
    row(&["socat"], &[], &["exec:", "system:", "shell:"]),
    row(
        &["nc", "ncat", "netcat"],
        &["-e", "-c", "-le", "-lc", "-lpe"],
        &["--exec", "--sh-exec", "--lua-exec"],
    ),
    row(&["zip"], &["-tt"], &["--unzip-command"]),
    row(&["forfiles"], &["/c", "-c"], &[]),
    row(&["certutil"], &["-urlcache", "/urlcache", "-decode", "/decode", "-decodehex", "-verifyctl"], &[]),
    row(&["bitsadmin"], &["/transfer", "/setnotifycmdline", "/addfile"], &[]),
    row(&["wscript", "cscript"], &[], &["//e:", "/e:", "http", "\\\\"]),
    row(&["mshta", "hh"], &[], &[""]),
    row(
        &["rundll32", "regsvr32", "odbcconf", "cmstp", "regasm", "regsvcs", "installutil", "pcalua"],
        &[],
        &[""],
    ),
    row(&["msbuild", "msiexec"], &[], &["http", "\\\\", "/i:http", "/y", "/z"]),
    row(&["open"], &["-a", "-b"], &[]),
    row(&["openssl"], &["-engine", "-engine_impl", "-provider", "-provider-path"], &[]),
    row(&["scp", "sftp"], &["-s"], &[]),
    // Languages whose ordinary servers need no option of these.
    row(
        &[
            "erl", "ghc", "swift", "kotlin", "clojure", "clj", "racket", "sbcl", "jshell", "r", "nim",
            "crystal", "ocaml", "bb", "amm", "runghc", "ecl", "gsi", "janet",
        ],
        &["-e", "-eval", "--eval", "--expression", "eval", "-"],
        &["-e=", "--eval="],
    ),
    row(&["tcpdump"], &["-z"], &[]),
    row(&["man"], &["-p"], &["--pager", "-p", "--html"]),
    row(&["less", "more", "most"], &[], &["+!", "+|"]),
    row(&["ftp", "telnet"], &[], &["!"]),
    row(&["at", "batch"], &["-f"], &[]),
    row(&["mysql", "mariadb"], &[], &["\\!", "system "]),
    row(&["capsh"], &["--"], &[]),
    row(&["crontab", "schtasks", "wmic"], &["/create", "create", "-"], &[]),
    row(&["ip"], &["netns"], &[]),
    row(
        &["dpkg", "apt", "apt-get", "rpm", "pip", "gem"],
        &[],
        &["dpkg::pre-invoke", "apt::update::pre-invoke"],
    ),
];

/// The argument that makes a tool execute something.
pub(super) fn executes(step: &Step) -> Option<Word> {
    let name = canonical_name(&step.word.value);
    let utility = UTILITIES.iter().find(|utility| utility.names.contains(&name.as_str()))?;
    let says = |word: &&Word| {
        let lower = word.value.to_ascii_lowercase();
        // `-TT` and `-S` in capitals mean something else than in small letters.
        let is_exact = match name.as_str() {
            "zip" => word.value == "-TT",
            "scp" | "sftp" => word.value == "-S",
            "man" => word.value == "-P" || word.value.starts_with("-P") || lower.starts_with("--pager"),
            _ => utility.words.contains(&lower.as_str()),
        };
        let is_capital = matches!(name.as_str(), "zip" | "scp" | "sftp" | "man");
        is_exact
            || (!is_capital || name == "zip")
                && utility.beginnings.iter().any(|begin| lower.starts_with(begin))
    };
    step.args.iter().find(says).cloned()
}

/// The `--config` of cargo that names a program.
pub(super) fn cargo(step: &Step) -> Option<Word> {
    const KEYS: &[&str] = &[
        "rustc",
        "wrapper",
        "runner",
        "linker",
        "rustdoc",
        "credential-provider",
        "alias.",
        "ar=",
        "source.",
    ];
    let mut args = step.args.iter();
    while let Some(word) = args.next() {
        let value = match word.value.strip_prefix("--config") {
            Some("") => args.next()?.clone(),
            Some(rest) => Word::new(rest.trim_start_matches('='), word.span),
            None => continue,
        };
        if KEYS.iter().any(|key| value.value.contains(key)) {
            return Some(value);
        }
    }
    None
}
