//! What a package spec names: registry packages, ranges and tags, git repositories, URLs, paths, images.

mod location;

pub(super) use location::is_path;
use location::{archive, git, is_hex, location};

use super::Word;
use mantrap_clients::Span;

/// Where a package name has its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// npm, also through `npx`, `pnpm dlx`, `yarn dlx`, `bunx` and `npm:` specifiers.
    Npm,
    /// PyPI, also through `uvx` and `pipx`.
    Pypi,
    /// A container image.
    Oci,
    /// JSR.
    Jsr,
    /// Go modules.
    Go,
    /// crates.io.
    Cargo,
    /// NuGet.
    Nuget,
    /// A Nix flake.
    Nix,
}

impl Ecosystem {
    /// The lower-case word that reports use: `npm`, `pypi`, `oci`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Ecosystem::Npm => "npm",
            Ecosystem::Pypi => "pypi",
            Ecosystem::Oci => "oci",
            Ecosystem::Jsr => "jsr",
            Ecosystem::Go => "go",
            Ecosystem::Cargo => "cargo",
            Ecosystem::Nuget => "nuget",
            Ecosystem::Nix => "nix",
        }
    }
}

/// A version that can only mean one release; for an image, a digest (`sha256:…`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Exact(String);

impl Exact {
    /// The version as it was written, without a leading `v` or operator.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the content comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PackageSource {
    /// The ecosystem's registry (or the one that the launch redirects to).
    Registry,
    /// A git repository.
    Git {
        /// The URL without the revision.
        url: String,
        /// The revision, when one is named.
        revision: Option<String>,
        /// Whether the revision is a full commit hash.
        is_commit: bool,
    },
    /// An archive or module at a URL.
    Url(String),
    /// A file or directory of the machine.
    Path(String),
}

/// A package or image that a launch names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRef {
    /// Where the name has its meaning.
    pub ecosystem: Ecosystem,
    /// The name in the ecosystem's normal form (npm lower case with scope, PyPI normalised, image repository
    /// with its registry where one is written). Empty when the spec names none (a bare URL or path).
    pub name: String,
    /// The only version it can mean, if there is one.
    pub version: Option<Exact>,
    /// The requirement as it is written when it is not exact: `latest`, `^1.2`, `>=2,<3`, an image tag.
    pub requirement: Option<String>,
    /// Where the content comes from.
    pub source: PackageSource,
    /// The spec as it is written.
    pub spelled: String,
    /// Where.
    pub span: Span,
    /// Installed beside the program (`--with`), not started itself.
    pub is_extra: bool,
}

impl PackageRef {
    fn new(ecosystem: Ecosystem, word: &Word) -> Self {
        PackageRef {
            ecosystem,
            name: String::new(),
            version: None,
            requirement: None,
            source: PackageSource::Registry,
            spelled: word.value.clone(),
            span: word.span,
            is_extra: false,
        }
    }

    fn require(&mut self, requirement: &str) {
        let requirement = requirement.trim();
        if requirement.is_empty() || requirement == "*" {
            return;
        }
        let bare = requirement.strip_prefix(['v', '=']).unwrap_or(requirement);
        if is_exact(self.ecosystem, bare) {
            self.version = Some(Exact(bare.to_owned()));
        } else {
            self.requirement = Some(requirement.to_owned());
        }
    }
}

/// An npm spec (npm-package-arg): `name`, `@scope/name@range`, `alias@npm:name@1`, git, URL, `file:`, path.
pub(super) fn npm(word: &Word) -> PackageRef {
    let mut package = PackageRef::new(Ecosystem::Npm, word);
    let spec = word.value.trim();
    if let Some(source) = location(spec) {
        package.source = source;
        return package;
    }
    let (name, rest) = match spec.char_indices().skip(1).find(|(_, letter)| *letter == '@') {
        Some((at, _)) => (spec.get(..at).unwrap_or_default(), spec.get(at + 1..).unwrap_or_default()),
        None => (spec, ""),
    };
    if let Some(aliased) = rest.strip_prefix("npm:") {
        let inner = npm(&Word::new(aliased, word.span));
        return PackageRef { spelled: word.value.clone(), ..inner };
    }
    if let Some(aliased) = rest.strip_prefix("jsr:") {
        return jsr(&Word::new(aliased, word.span));
    }
    // `user/repo` is GitHub's in npm's grammar; `@scope/name` is not.
    if !name.starts_with('@') && name.contains('/') {
        package.source = git(&format!("github:{spec}"));
        return package;
    }
    package.name = name.to_ascii_lowercase();
    match location(rest) {
        Some(source) => package.source = source,
        None => package.require(rest),
    }
    package
}

/// A JSR spec: `jsr:@scope/name@version/path`.
pub(super) fn jsr(word: &Word) -> PackageRef {
    let mut package = PackageRef::new(Ecosystem::Jsr, word);
    let spec = word.value.trim().trim_start_matches("jsr:").trim_start_matches('/');
    package.named(spec);
    package
}

impl PackageRef {
    /// `@scope/name@version/export` or `name@version/export`.
    fn named(&mut self, spec: &str) {
        let mut parts = spec.split('/');
        let mut head = parts.next().unwrap_or_default().to_owned();
        if head.starts_with('@')
            && let Some(second) = parts.next()
        {
            head = format!("{head}/{second}");
        }
        match head.rsplit_once('@') {
            Some((name, version)) if !name.is_empty() => {
                self.name = name.to_ascii_lowercase();
                self.require(version);
            }
            _ => self.name = head.to_ascii_lowercase(),
        }
    }
}

/// A module that Deno or Bun runs: `npm:…`, `jsr:…`, a URL; `None` for a local script.
pub(super) fn module(word: &Word) -> Option<PackageRef> {
    let spec = word.value.trim();
    if let Some(rest) = spec.strip_prefix("npm:") {
        let mut package = PackageRef::new(Ecosystem::Npm, word);
        package.named(rest.trim_start_matches('/'));
        return Some(package);
    }
    if spec.starts_with("jsr:") {
        return Some(jsr(word));
    }
    let lower = spec.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        let mut package = PackageRef::new(Ecosystem::Jsr, word);
        package.source = PackageSource::Url(spec.to_owned());
        return Some(package);
    }
    None
}

/// A PyPI requirement: `name==1.2`, `name[extra]>=1`, `name @ URL`, `git+URL`, path; and uv's `name@1.2`.
pub(super) fn pypi(word: &Word) -> PackageRef {
    let mut package = PackageRef::new(Ecosystem::Pypi, word);
    let spec = word.value.split(';').next().unwrap_or_default().trim();
    if let Some(source) = location(spec).or_else(|| (!spec.contains('@')).then(|| archive(spec)).flatten()) {
        package.source = source;
        return package;
    }
    let end = spec
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')))
        .unwrap_or(spec.len());
    let (name, rest) = spec.split_at_checked(end).unwrap_or((spec, ""));
    package.name = pypi_name(name);
    let rest = rest.trim();
    let rest = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((_, after)) => after.trim(),
        None => rest,
    };
    if let Some(target) = rest.strip_prefix('@') {
        let target = target.trim();
        match location(target) {
            Some(source) => package.source = source,
            None => package.require(target),
        }
        return package;
    }
    let exact = rest.strip_prefix("===").or_else(|| rest.strip_prefix("=="));
    match exact.map(str::trim) {
        Some(version) if !version.contains([',', '*']) && is_exact(Ecosystem::Pypi, version) => {
            package.version = Some(Exact(version.to_owned()));
        }
        _ if rest.is_empty() => {}
        _ => package.requirement = Some(rest.to_owned()),
    }
    package
}

/// PEP 503: lower case, runs of `-`, `_` and `.` become one `-`.
fn pypi_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            _ => normal.push(letter.to_ascii_lowercase()),
        }
    }
    normal
}

/// An image reference: `registry/repository:tag@digest`.
pub(super) fn image(word: &Word) -> PackageRef {
    let mut package = PackageRef::new(Ecosystem::Oci, word);
    let spec = word.value.trim();
    let (rest, digest) = match spec.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (spec, None),
    };
    // A colon after the last slash is a tag, before it a port.
    let tag_at = rest.rfind(':').filter(|at| rest.rfind('/').is_none_or(|slash| *at > slash));
    let (name, tag) = match tag_at {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)),
        None => (rest, None),
    };
    package.name = name.to_ascii_lowercase();
    package.requirement = tag.filter(|tag| !tag.is_empty()).map(str::to_owned);
    package.version = digest
        .filter(|digest| digest.strip_prefix("sha256:").is_some_and(|hex| is_hex(hex, 64)))
        .map(|digest| Exact(digest.to_owned()));
    package
}

/// `go run example.com/mod/cmd@v1.2.3`, a Cargo crate, a NuGet package: `name@version`.
pub(super) fn at_version(ecosystem: Ecosystem, word: &Word) -> PackageRef {
    let mut package = PackageRef::new(ecosystem, word);
    match word.value.rsplit_once('@') {
        Some((name, version)) => {
            package.name = name.to_owned();
            package.require(version);
        }
        None => package.name = word.value.clone(),
    }
    package
}

/// A Nix flake reference: `github:owner/repo/rev#attr`, `nixpkgs#hello`.
pub(super) fn flake(word: &Word) -> PackageRef {
    let mut package = PackageRef::new(Ecosystem::Nix, word);
    let spec = word.value.split('#').next().unwrap_or_default();
    if let Some(rest) = spec.strip_prefix("github:").or_else(|| spec.strip_prefix("gitlab:")) {
        let mut parts = rest.split(['/', '?']);
        let repository = parts.by_ref().take(2).collect::<Vec<_>>().join("/");
        let revision = parts.next().map(|part| part.trim_start_matches("rev=").to_owned());
        package.source = PackageSource::Git {
            is_commit: revision.as_deref().is_some_and(|part| is_hex(part, 40)),
            url: repository,
            revision,
        };
    } else if let Some(source) = location(spec) {
        package.source = source;
    } else {
        package.name = word.value.clone();
    }
    package
}

/// Whether a version cannot move. Three numbers in npm and its like, where `1.2` is a range; any release in PyPI,
/// where `==1.2` means that one.
fn is_exact(ecosystem: Ecosystem, version: &str) -> bool {
    let head = version.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match ecosystem {
        Ecosystem::Pypi => {
            version.starts_with(|letter: char| letter.is_ascii_digit())
                && version.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'!' | b'_')
                })
        }
        _ => head.split('.').count() >= 3 && head.split('.').all(is_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        Word::new(text, Span::default())
    }

    /// `ecosystem|name|exact version|requirement|source`
    fn shape(package: &PackageRef) -> String {
        let source = match &package.source {
            PackageSource::Registry => "registry".to_owned(),
            PackageSource::Git { is_commit, .. } => if *is_commit { "commit" } else { "git" }.to_owned(),
            PackageSource::Url(_) => "url".to_owned(),
            PackageSource::Path(_) => "path".to_owned(),
        };
        format!(
            "{}|{}|{}|{source}",
            package.name,
            package.version.as_ref().map_or("", Exact::as_str),
            package.requirement.as_deref().unwrap_or(""),
        )
    }

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn npm_specs_are_read_as_npm_reads_them() {
        for (spec, expected) in [
            ("pkg", "pkg|||registry"),
            ("@scope/pkg", "@scope/pkg|||registry"),
            ("@scope/pkg@1.2.3", "@scope/pkg|1.2.3||registry"),
            ("pkg@v1.2.3-next.1", "pkg|1.2.3-next.1||registry"),
            ("pkg@=1.2.3", "pkg|1.2.3||registry"),
            ("pkg@1.2", "pkg||1.2|registry"),
            ("pkg@^1.2.3", "pkg||^1.2.3|registry"),
            ("pkg@1.2.x", "pkg||1.2.x|registry"),
            ("pkg@latest", "pkg||latest|registry"),
            ("pkg@*", "pkg|||registry"),
            ("alias@npm:real@1.0.0", "real|1.0.0||registry"),
            ("pkg@file:../x", "pkg|||path"),
            ("pkg@git+https://example.com/x.git", "pkg|||git"),
            ("user/repo", "|||git"),
            ("github:user/repo", "|||git"),
            (&format!("github:user/repo#{COMMIT}"), "|||commit"),
            ("git+ssh://git@example.com/x/y.git#v1", "|||git"),
            ("https://example.com/x.tgz", "|||url"),
            ("./dir", "|||path"),
            ("/abs/dir", "|||path"),
            (r"C:\dir\x", "|||path"),
            ("file:/abs/dir", "|||path"),
            (".", "|||path"),
            ("", "|||registry"),
            ("@", "@|||registry"),
        ] {
            assert_eq!(shape(&npm(&word(spec))), expected, "{spec}");
        }
    }

    #[test]
    fn python_requirements_are_read_as_pip_and_uv_read_them() {
        for (spec, expected) in [
            ("mcp-server-fetch", "mcp-server-fetch|||registry"),
            ("MCP_Server.Fetch==1.2", "mcp-server-fetch|1.2||registry"),
            ("mcp[cli]==1.2.3", "mcp|1.2.3||registry"),
            ("mcp[cli] >= 1, <2", "mcp||>= 1, <2|registry"),
            ("mcp==1.*", "mcp||==1.*|registry"),
            ("ruff@0.6.0", "ruff|0.6.0||registry"),
            ("ruff@latest", "ruff||latest|registry"),
            ("x @ git+https://example.com/x/y", "x|||git"),
            (&format!("git+https://example.com/x/y@{COMMIT}"), "|||commit"),
            ("git+https://example.com/x/y@main", "|||git"),
            ("git+ssh://git@example.com/x/y", "|||git"),
            ("x @ https://example.com/x.whl", "x|||url"),
            ("./x", "|||path"),
            ("x-1.0-py3-none-any.whl", "|||path"),
            ("x==1.0 ; python_version > '3'", "x|1.0||registry"),
        ] {
            assert_eq!(shape(&pypi(&word(spec))), expected, "{spec}");
        }
    }

    #[test]
    fn an_image_is_exact_by_digest_alone() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (spec, expected) in [
            ("mcp/fetch".to_owned(), "mcp/fetch|||registry".to_owned()),
            ("mcp/fetch:1.0".to_owned(), "mcp/fetch||1.0|registry".to_owned()),
            ("localhost:5000/x".to_owned(), "localhost:5000/x|||registry".to_owned()),
            (format!("ghcr.io/a/b:v1@{digest}"), format!("ghcr.io/a/b|{digest}|v1|registry")),
            ("a@sha256:short".to_owned(), "a|||registry".to_owned()),
        ] {
            assert_eq!(shape(&image(&word(&spec))), expected, "{spec}");
        }
    }
}
