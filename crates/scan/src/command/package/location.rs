//! Where a spec points that names no registry package: paths, archives, git repositories.

use super::PackageSource;

/// A spec that is no registry name: git, URL or path.
pub(super) fn location(spec: &str) -> Option<PackageSource> {
    let lower = spec.to_ascii_lowercase();
    const GIT: &[&str] =
        &["git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:", "hg+", "svn+", "bzr+"];
    if GIT.iter().any(|prefix| lower.starts_with(prefix)) {
        return Some(git(spec));
    }
    if lower.starts_with("http://") || lower.starts_with("https://") {
        let path = lower.split(['#', '?']).next().unwrap_or_default();
        return Some(if path.ends_with(".git") || lower.contains(".git#") {
            git(spec)
        } else {
            PackageSource::Url(spec.to_owned())
        });
    }
    if lower.starts_with("ssh://") {
        return Some(git(spec));
    }
    if let Some(path) = lower.strip_prefix("file:").or_else(|| lower.strip_prefix("link:")) {
        let path = spec.get(spec.len() - path.len()..).unwrap_or_default();
        return Some(PackageSource::Path(path.to_owned()));
    }
    is_path(spec).then(|| PackageSource::Path(spec.to_owned()))
}

/// `./x`, `../x`, `/x`, `~/x`, `.`, `C:\x`, and variables that hold a folder.
pub(in crate::command) fn is_path(spec: &str) -> bool {
    let bytes = spec.as_bytes();
    let has_drive = matches!(bytes, [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
    has_drive
        || matches!(spec, "." | "..")
        || ["./", "../", "/", "~/", ".\\", "..\\", "\\\\", "~\\"]
            .iter()
            .any(|prefix| spec.starts_with(prefix))
        || ([
            "${workspaceFolder",
            "${CLAUDE_PLUGIN_ROOT",
            "${__dirname",
            "${extensionPath",
            "$HOME",
            "${HOME",
        ]
        .iter()
        .any(|prefix| spec.starts_with(prefix)))
}

/// A wheel or source archive without a path.
pub(super) fn archive(spec: &str) -> Option<PackageSource> {
    const ENDINGS: &[&str] = &[".whl", ".tar.gz", ".zip", ".tgz"];
    let lower = spec.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending)).then(|| PackageSource::Path(spec.to_owned()))
}

/// `git+https://host/owner/repo@rev#subdirectory=x` (Python) or `…#rev` (npm).
pub(super) fn git(spec: &str) -> PackageSource {
    let (before, fragment) = spec.split_once('#').map_or((spec, None), |(head, tail)| (head, Some(tail)));
    // An `@` after the path began is a revision; before it is a user.
    let path_at = before.find("://").map_or(0, |at| at + 3);
    let slash = before.get(path_at..).and_then(|rest| rest.find('/')).map(|at| at + path_at);
    let revision_at = before.rfind('@').filter(|at| slash.is_some_and(|slash| *at > slash));
    let (url, mut revision) = match revision_at {
        Some(at) => (before.get(..at).unwrap_or_default(), before.get(at + 1..)),
        None => (before, None),
    };
    if revision.is_none() {
        revision =
            fragment.filter(|text| !text.contains('=') && !text.starts_with("semver:") && !text.is_empty());
    }
    PackageSource::Git {
        url: url.to_owned(),
        revision: revision.map(str::to_owned),
        is_commit: revision.is_some_and(|text| is_hex(text, 40) || is_hex(text, 64)),
    }
}

pub(super) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
