//! Where a server comes from, as one text.

use std::fmt;
use std::str::FromStr;

use super::parameter::is_plain_path;
use super::template::Template;

/// Where a server comes from: exactly one version of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// `npm:PACKAGE@VERSION`.
    Npm {
        /// With its scope.
        package: String,
        /// Exact.
        version: String,
    },
    /// `pypi:PACKAGE@VERSION`.
    Pypi {
        /// Normalised (PyPA, "Names and normalization").
        package: String,
        /// Exact.
        version: String,
    },
    /// `mcpb:FILE`: an MCP bundle.
    Mcpb(Template),
    /// `oci:FILE`: an OCI image archive.
    Oci(Template),
    /// `bin:PATH`: a program of this machine.
    Bin(Template),
    /// `script:PATH`: a script of this machine, run by an interpreter.
    Script(Template),
    /// `https://…`: a server elsewhere, to which nothing of a launch applies.
    Remote(String),
}

/// Why a text is no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadSource {
    /// The word before the colon.
    #[error(
        "`{0}` is no source; write npm:PACKAGE@VERSION, pypi:PACKAGE@VERSION, mcpb:FILE, oci:FILE, bin:PATH, script:PATH or https://…"
    )]
    Kind(String),
    /// A name that its registry does not allow.
    #[error("`{0}` is no package name of {1}")]
    Package(String, &'static str),
    /// A range, a tag, or nothing.
    #[error("`{0}` names no exact version; write it behind the name, as in `@1.4.2`")]
    Version(String),
    /// Relative, or not in its plain form.
    #[error("`{0}` is no absolute path in its shortest form")]
    Path(String),
    /// Something in an address that has no place there.
    #[error("`{0}` is no plain https address: no user, no fragment, no blanks, a host")]
    Address(String),
}

impl Source {
    /// The word it begins with.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Npm { .. } => "npm",
            Self::Pypi { .. } => "pypi",
            Self::Mcpb(_) => "mcpb",
            Self::Oci(_) => "oci",
            Self::Bin(_) => "bin",
            Self::Script(_) => "script",
            Self::Remote(_) => "https",
        }
    }

    /// The path of a local source.
    #[must_use]
    pub const fn path(&self) -> Option<&Template> {
        match self {
            Self::Mcpb(path) | Self::Oci(path) | Self::Bin(path) | Self::Script(path) => Some(path),
            Self::Npm { .. } | Self::Pypi { .. } | Self::Remote(_) => None,
        }
    }

    /// Whether it is installed as a tree in the store.
    #[must_use]
    pub const fn has_tree(&self) -> bool {
        matches!(self, Self::Npm { .. } | Self::Pypi { .. } | Self::Mcpb(_) | Self::Oci(_))
    }
}

impl FromStr for Source {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        if text.starts_with("https://") {
            return address(text);
        }
        let (kind, rest) = text.split_once(':').ok_or_else(|| BadSource::Kind(text.into()))?;
        Ok(match kind {
            "npm" => {
                let (package, version) = exact(rest, is_semver)?;
                if !is_npm_name(&package) {
                    return Err(BadSource::Package(package, "npm"));
                }
                Self::Npm { package, version }
            }
            "pypi" => {
                let (package, version) = exact(rest, is_pep440)?;
                if !is_pypi_name(&package) {
                    return Err(BadSource::Package(package, "PyPI; write it in lower case with single `-`"));
                }
                Self::Pypi { package, version }
            }
            "mcpb" => Self::Mcpb(path(rest)?),
            "oci" => Self::Oci(path(rest)?),
            "bin" => Self::Bin(path(rest)?),
            "script" => Self::Script(path(rest)?),
            _ => return Err(BadSource::Kind(text.into())),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npm { package, version } | Self::Pypi { package, version } => {
                write!(formatter, "{}:{package}@{version}", self.kind())
            }
            Self::Mcpb(path) | Self::Oci(path) | Self::Bin(path) | Self::Script(path) => {
                write!(formatter, "{}:{}", self.kind(), path.as_str())
            }
            Self::Remote(address) => formatter.write_str(address),
        }
    }
}

/// A path in a lock: absolute, or beneath `{project}` or `{tree}`.
pub(crate) fn path(text: &str) -> Result<Template, BadSource> {
    let bad = || BadSource::Path(text.into());
    let template = Template::parse(text).map_err(|_| bad())?;
    // Whatever the place stands for, it is an absolute path in its shortest form.
    let filled =
        template.fill(|name| matches!(name, "project" | "tree").then_some("/x")).map_err(|_| bad())?;
    let begins = text.starts_with('/') || text.starts_with("{project}/") || text.starts_with("{tree}/");
    let inside = template.names().count() == usize::from(text.starts_with(['{']));
    (begins && inside && is_plain_path(&filled)).then_some(template).ok_or_else(bad)
}

fn exact(text: &str, is_version: fn(&str) -> bool) -> Result<(String, String), BadSource> {
    let (package, version) = text.rsplit_once('@').ok_or_else(|| BadSource::Version(text.into()))?;
    if package.is_empty() || !is_version(version) {
        return Err(BadSource::Version(text.into()));
    }
    Ok((package.into(), version.into()))
}

/// Semantic Versioning 2.0.0, as far as a range, a tag or an option can be told from it.
fn is_semver(version: &str) -> bool {
    let (core, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let is_number =
        |part: &str| !part.is_empty() && part.len() < 16 && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && rest.len() != 1
        && rest.bytes().all(fits)
        && version.len() <= 128
}

/// PEP 440, as far as a range can be told from it.
fn is_pep440(version: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'!' | b'+' | b'_' | b'-');
    version.starts_with(|first: char| first.is_ascii_digit())
        && version.len() <= 128
        && version.bytes().all(fits)
}

fn is_npm_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with(['.', '_', '-']) && part.bytes().all(fits);
    let parts = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
        None => is_part(name),
    };
    parts && name.len() <= 214
}

fn is_pypi_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !name.is_empty() && !name.starts_with('-') && !name.ends_with('-');
    ends && !name.contains("--") && name.len() <= 128 && name.bytes().all(fits)
}

/// The name of a PyPI package in the form that all its spellings have (packaging.python.org, "Names and normalization").
pub(crate) fn normal(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

fn address(text: &str) -> Result<Source, BadSource> {
    let bad = || BadSource::Address(text.into());
    let rest = text.strip_prefix("https://").ok_or_else(bad)?;
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let fits =
        |byte: u8| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'`' | b'#');
    let is_host = !host.is_empty() && !host.starts_with([':', '.']) && !host.contains('@');
    if !is_host || text.len() > 2048 || !rest.bytes().all(fits) {
        return Err(bad());
    }
    Ok(Source::Remote(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_one_version_of_one_thing() {
        for good in [
            "npm:@acme/weather@1.4.2",
            "npm:left-pad@1.0.0-rc.1+build",
            "pypi:mcp-server-time@2026.1.1.post1",
            "mcpb:/home/u/a b.mcpb",
            "oci:/srv/i.tar",
            "bin:/usr/local/bin/x",
            "script:{project}/tools/server.py",
            "https://mcp.example.com/mcp?tenant=1",
        ] {
            assert_eq!(good.parse::<Source>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "weather",
            "npm:weather",
            "npm:weather@latest",
            "npm:weather@^1.0.0",
            "npm:weather@1.0",
            "npm:--flag@1.0.0",
            "npm:../x@1.0.0",
            "npm:a@1.0.0 --registry=x",
            "npm:@1.0.0",
            "pypi:Weather@1.0",
            "pypi:a@>=1",
            "pypi:a[extra]@1.0",
            "bin:relative",
            "bin:/a/../b",
            "bin:/a{x}",
            "bin:/a{project}/b",
            "script:{project}/../x",
            "script:{project}",
            "http://example.com",
            "https://user:password@example.com/",
            "https:///x",
            "https://a b/",
            "git:https://x",
        ] {
            assert!(bad.parse::<Source>().is_err(), "{bad}");
        }
    }
}
