//! A grant in a lock: the words of `mantrap jail`, in which parameters may stand.

use std::fmt;
use std::path::PathBuf;

use mantrap_jail::Grant;

use super::environment;
use super::template::Template;

/// One right of an entry, as it stands in the lock, blanks at its ends excepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockedGrant(Template);

/// Why a text is no grant of a lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadGrant {
    /// Not what `mantrap jail` understands.
    #[error("{0}")]
    Grant(String),
    /// It would depend on where one stands.
    #[error("`{0}` is relative; write the absolute path, or a parameter as in `read {{root}}`")]
    Relative(String),
    /// A variable that decides what code is loaded.
    #[error("the variable `{0}` {1}; remove it")]
    Variable(String, &'static str),
    /// A path that is not UTF-8, together with parameters or braces.
    #[error("a path in a lock is UTF-8")]
    Encoding,
    /// A place that nothing fills.
    #[error("no parameter is called `{0}`")]
    Unknown(String),
}

impl LockedGrant {
    /// Reads a grant, and says what it is with these values; `value` answers for every parameter that may stand in it,
    /// with any value of its type.
    ///
    /// # Errors
    /// [`BadGrant`].
    pub fn parse<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> Result<(Self, Grant), BadGrant> {
        let template = Template::parse(text.trim()).map_err(|error| BadGrant::Grant(error.to_string()))?;
        let locked = Self(template);
        let grant = locked.fill(value)?;
        Ok((locked, grant))
    }

    /// The grant with every parameter filled.
    ///
    /// A directory's value stands for one path whatever characters it has: paths are filled after the words are told
    /// apart. The values of the other types have no character that means anything to a grant.
    ///
    /// # Errors
    /// When a parameter is unknown, or its value makes no grant.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Result<Grant, BadGrant> {
        let text = self.0.as_str();
        let word = text.split_whitespace().next().unwrap_or_default();
        let read = |text: &str| text.parse::<Grant>().map_err(|error| BadGrant::Grant(error.to_string()));
        if !matches!(word, "read" | "write" | "exec" | "socket") {
            return checked(read(&self.0.fill(value).map_err(BadGrant::Unknown)?)?);
        }
        let fill = |path: PathBuf| -> Result<PathBuf, BadGrant> {
            let text = path.to_str().ok_or(BadGrant::Encoding)?;
            let template = Template::parse(text).map_err(|error| BadGrant::Grant(error.to_string()))?;
            Ok(template.fill(&value).map_err(BadGrant::Unknown)?.into())
        };
        checked(match read(text)? {
            Grant::Read(path) => Grant::Read(fill(path)?),
            Grant::Write(path) => Grant::Write(fill(path)?),
            Grant::Exec(path) => Grant::Exec(fill(path)?),
            Grant::Socket(path) => Grant::Socket(fill(path)?),
            other => other,
        })
    }

    /// As it stands in the lock.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The parameters in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }
}

impl fmt::Display for LockedGrant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether only one of them can stand in one entry: a limit has one value, and so has a variable.
pub(super) fn excludes(one: &Grant, other: &Grant) -> bool {
    match (one, other) {
        (Grant::Memory(_), Grant::Memory(_))
        | (Grant::Pids(_), Grant::Pids(_))
        | (Grant::Cpu(_), Grant::Cpu(_))
        | (Grant::Time(_), Grant::Time(_)) => true,
        (Grant::Env(one), Grant::Env(other)) => one.name == other.name,
        (Grant::Secret(one), Grant::Secret(other)) => one.name == other.name,
        (Grant::Env(one), Grant::Secret(other)) | (Grant::Secret(other), Grant::Env(one)) => {
            one.name == other.name
        }
        (one, other) => one == other,
    }
}

fn checked(grant: Grant) -> Result<Grant, BadGrant> {
    let path = match &grant {
        Grant::Read(path) | Grant::Write(path) | Grant::Exec(path) | Grant::Socket(path) => Some(path),
        Grant::Secret(secret) => secret.from.as_ref(),
        _ => None,
    };
    if let Some(path) = path.filter(|path| !path.is_absolute()) {
        return Err(BadGrant::Relative(path.display().to_string()));
    }
    let variable = match &grant {
        Grant::Env(variable) => Some(&variable.name),
        Grant::Secret(secret) => Some(&secret.name),
        _ => None,
    };
    if let Some((name, why)) = variable.and_then(|name| Some((name, environment::refusal(name)?))) {
        return Err(BadGrant::Variable(name.clone(), why));
    }
    Ok(grant)
}
