//! A source as a person writes it: the version may be left out, and a file may be named from where one stands.

use std::fmt;
use std::path::{Path, PathBuf};

use super::source::{BadSource, Source, normal};
use super::template::Template;

/// What somebody wants to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Something of a registry, whose exact version has to be found out: `npm:PACKAGE`, `npm:PACKAGE@^1.2`, `pypi:PACKAGE`.
    Wish {
        /// Which registry.
        registry: Registry,
        /// As the registry names it; a PyPI name in its normalised form.
        package: String,
        /// A range or tag of npm; nothing for the newest.
        wish: Option<String>,
    },
    /// A file of this machine, absolute.
    File(Kind, PathBuf),
    /// Exactly this: of a registry, or elsewhere.
    Exact(Source),
}

/// A registry of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registry {
    /// npm.
    Npm,
    /// PyPI.
    Pypi,
}

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An MCP bundle.
    Mcpb,
    /// An OCI image archive.
    Oci,
    /// A program.
    Bin,
    /// A script.
    Script,
}

impl Asked {
    /// Reads one; relative files begin at `here`.
    ///
    /// # Errors
    /// [`BadSource`].
    pub fn parse(text: &str, here: &Path) -> Result<Self, BadSource> {
        let (kind, rest) = text.split_once(':').unwrap_or_default();
        let file = |kind| {
            if rest.is_empty() {
                Err(BadSource::Path(rest.into()))
            } else {
                Ok(Self::File(kind, here.join(rest)))
            }
        };
        match kind {
            "mcpb" => file(Kind::Mcpb),
            "oci" => file(Kind::Oci),
            "bin" => file(Kind::Bin),
            "script" => file(Kind::Script),
            "npm" => wish(Registry::Npm, rest),
            "pypi" => wish(Registry::Pypi, rest),
            _ => text.parse().map(Self::Exact),
        }
    }

    /// The exact source of this wish.
    ///
    /// # Errors
    /// When the registry named something that is no exact version.
    pub fn exactly(registry: Registry, package: &str, version: &str) -> Result<Source, BadSource> {
        format!("{}:{package}@{version}", registry.word()).parse()
    }
}

impl Registry {
    /// The word that sources begin with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
        }
    }
}

impl Kind {
    /// The source of a file of this kind.
    #[must_use]
    pub const fn source(self, path: Template) -> Source {
        match self {
            Self::Mcpb => Source::Mcpb(path),
            Self::Oci => Source::Oci(path),
            Self::Bin => Source::Bin(path),
            Self::Script => Source::Script(path),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wish { registry, package, wish } => {
                let wish = wish.as_ref().map(|wish| format!("@{wish}")).unwrap_or_default();
                write!(formatter, "{}:{package}{wish}", registry.word())
            }
            Self::File(kind, path) => {
                write!(formatter, "{}:{}", kind.source(Template::literal("")).kind(), path.display())
            }
            Self::Exact(source) => source.fmt(formatter),
        }
    }
}

fn wish(registry: Registry, rest: &str) -> Result<Asked, BadSource> {
    // The `@` of a scope is the first character.
    let at = rest.char_indices().skip(1).find(|(_, character)| *character == '@').map(|(at, _)| at);
    let (name, version) = rest.split_at(at.unwrap_or(rest.len()));
    let name = match registry {
        Registry::Npm => name.to_owned(),
        Registry::Pypi => normal(name),
    };
    let version = version.trim_start_matches('@');
    // Whether the name is one is asked with some version.
    Asked::exactly(registry, &name, "1.0.0")?;
    if !matches!(version, "" | "latest") {
        if let Ok(exact) = Asked::exactly(registry, &name, version) {
            return Ok(Asked::Exact(exact));
        }
        let fits = |character: char| character.is_ascii_alphanumeric() || "^~<>=.*|-+ ".contains(character);
        let is_wish = registry == Registry::Npm && !version.starts_with('-') && version.len() <= 128;
        if !is_wish || !version.chars().all(fits) {
            return Err(BadSource::Version(rest.into()));
        }
    }
    let wish = (!matches!(version, "" | "latest")).then(|| version.to_owned());
    Ok(Asked::Wish { registry, package: name, wish })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_be_left_out_and_nothing_else() {
        let here = Path::new("/here");
        for (text, wanted) in [
            ("npm:@acme/weather", "npm:@acme/weather"),
            ("npm:@acme/weather@latest", "npm:@acme/weather"),
            ("npm:weather@^1.2", "npm:weather@^1.2"),
            ("npm:weather@1.2.3", "npm:weather@1.2.3"),
            ("pypi:MCP_Server.Time", "pypi:mcp-server-time"),
            ("pypi:x@2026.1", "pypi:x@2026.1"),
            ("mcpb:a.mcpb", "mcpb:/here/a.mcpb"),
            ("script:/b/c.py", "script:/b/c.py"),
            ("https://example.com/mcp", "https://example.com/mcp"),
        ] {
            assert_eq!(
                Asked::parse(text, here).map(|asked| asked.to_string()),
                Ok(wanted.to_owned()),
                "{text}"
            );
        }
        for bad in [
            "",
            "npm:",
            "npm:@acme",
            "npm:x@file:../y",
            "npm:x@git+ssh://y",
            "npm:x@--registry=http://y",
            "npm:x@npm:y",
            "pypi:x@>=1",
            "pypi:-r/etc/passwd",
            "mcpb:",
            "http://example.com/",
            "docker:x",
        ] {
            assert!(Asked::parse(bad, here).is_err(), "{bad}");
        }
    }
}
