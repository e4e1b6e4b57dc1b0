//! Numbers with a unit. Units are powers of 1024; decimal ones are refused, because readers disagree on them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::text::excerpt;

/// The longest time limit.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);
/// A thousand processors.
const MOST_PERCENT: u32 = 100_000;

/// A number of bytes. `512M` and `512MiB` are 512 × 1024 × 1024 of them; a bare number is bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// Hundredths of one processor: `150%` is one and a half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u32);

/// A length of time: `500ms`, `30s`, `5m`, `2h`, `1d`. The unit is always said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// Why a text is no such number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is {why}")]
pub struct WrongAmount {
    text: String,
    why: &'static str,
}

impl WrongAmount {
    pub(super) fn new(text: &str, why: &'static str) -> Self {
        Self { text: excerpt(text), why }
    }
}

const SIZES: [(&str, u64); 5] = [("T", 1 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10), ("", 1)];
const TIMES: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl FromStr for Bytes {
    type Err = WrongAmount;

    fn from_str(text: &str) -> Result<Self, WrongAmount> {
        let (number, unit) = split(text).ok_or(WrongAmount::new(text, "no size; write 512M or 2G"))?;
        let unit = match unit {
            "KB" | "MB" | "GB" | "TB" | "kB" | "k" => {
                return Err(WrongAmount::new(text, "ambiguous; write K, M, G or T for powers of 1024"));
            }
            unit => unit.strip_suffix("iB").filter(|prefix| !prefix.is_empty()).unwrap_or(unit),
        };
        let factor = SIZES.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let factor = factor.ok_or(WrongAmount::new(text, "no size; the units are K, M, G and T"))?;
        number.checked_mul(factor).map(Self).ok_or(WrongAmount::new(text, "more bytes than can be counted"))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = largest(self.0, &SIZES);
        write!(formatter, "{}{unit}", self.0.checked_div(factor).unwrap_or(self.0))
    }
}

impl FromStr for Percent {
    type Err = WrongAmount;

    fn from_str(text: &str) -> Result<Self, WrongAmount> {
        let number = split(text).filter(|(_, unit)| *unit == "%").map(|(number, _)| number);
        let number = number.ok_or(WrongAmount::new(text, "no share of a processor; write 50% or 200%"))?;
        let fits = u32::try_from(number).ok().filter(|number| (1..=MOST_PERCENT).contains(number));
        fits.map(Self).ok_or(WrongAmount::new(text, "out of range; it goes from 1% to 100000%"))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", self.0)
    }
}

impl FromStr for Span {
    type Err = WrongAmount;

    fn from_str(text: &str) -> Result<Self, WrongAmount> {
        let (number, unit) = split(text).ok_or(WrongAmount::new(text, "no time; write 30s or 5m"))?;
        let factor = TIMES.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let factor = factor.ok_or(WrongAmount::new(text, "no time; its unit is ms, s, m, h or d"))?;
        let span = number.checked_mul(factor).map(Duration::from_millis);
        let span = span.filter(|span| !span.is_zero() && *span <= LONGEST);
        span.map(Self).ok_or(WrongAmount::new(text, "out of range; it goes from 1ms to 365d"))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let (unit, factor) = largest(milliseconds, &TIMES);
        write!(formatter, "{}{unit}", milliseconds.checked_div(factor).unwrap_or(milliseconds))
    }
}

/// Decimal digits, and the unit behind them.
fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, unit))
}

/// The largest unit of which `amount` is a whole number.
fn largest<'a>(amount: u64, units: &[(&'a str, u64)]) -> (&'a str, u64) {
    let whole = |(_, factor): &&(&str, u64)| amount >= *factor && amount.checked_rem(*factor) == Some(0);
    units.iter().find(whole).or(units.last()).copied().unwrap_or(("", 1))
}
