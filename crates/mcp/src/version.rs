//! The revisions of the protocol, and the two eras that they fall into.

use std::fmt;

/// A revision that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2024-11-05`.
    V2024_11_05,
    /// `2025-03-26`: the only one with batches.
    V2025_03_26,
    /// `2025-06-18`.
    V2025_06_18,
    /// `2025-11-25`.
    V2025_11_25,
    /// `2026-07-28`: the first without a handshake.
    V2026_07_28,
}

impl Version {
    /// Every known revision, oldest first.
    pub const ALL: [Self; 5] =
        [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// The date by which the wire knows it.
    #[must_use]
    pub const fn date(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The revision of this date.
    #[must_use]
    pub fn of(date: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.date() == date)
    }
}

/// Whether a request that names this revision describes itself. Later revisions than the known ones do.
pub(crate) fn is_modern(date: &str) -> bool {
    let first = Version::V2026_07_28.date();
    let shape = |byte: u8| if byte.is_ascii_digit() { b'0' } else { byte };
    date.bytes().map(shape).eq(first.bytes().map(shape)) && date >= first
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.date())
    }
}

/// Which rules a connection follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// Not settled: no handshake was answered, and no request has described itself.
    Undecided,
    /// A handshake was answered, with this revision or an unknown one: requests go both ways.
    Legacy(Option<Version>),
    /// Requests describe themselves: the client asks, the server answers.
    Modern,
}
