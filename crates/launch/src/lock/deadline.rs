//! How long a server has to show that it speaks MCP.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Whole seconds from 1 to 600, written `90s` and in no other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(u16);

/// Why a text is no deadline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no deadline; write whole seconds from `1s` to `600s`")]
pub struct BadDeadline(String);

impl Deadline {
    /// What an entry has that says nothing: as long as most clients wait for their first answer.
    pub const USUAL: Self = Self(60);
    const LONGEST: u16 = 600;

    /// As a span.
    #[must_use]
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl FromStr for Deadline {
    type Err = BadDeadline;

    fn from_str(text: &str) -> Result<Self, BadDeadline> {
        let seconds = text.strip_suffix('s').and_then(|digits| digits.parse().ok());
        let deadline = seconds.filter(|seconds| (1..=Self::LONGEST).contains(seconds)).map(Self);
        // One spelling: neither `+90s` nor `090s`.
        deadline
            .filter(|deadline| deadline.to_string() == text)
            .ok_or_else(|| BadDeadline(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_has_one_spelling_and_an_end() {
        for good in ["1s", "60s", "600s"] {
            assert_eq!(good.parse::<Deadline>().map(|deadline| deadline.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "s", "0s", "601s", "65537s", "60", "060s", "+60s", "60 s", "1m", "60S", "-1s", "1.5s"]
        {
            assert!(bad.parse::<Deadline>().is_err(), "{bad}");
        }
    }
}
