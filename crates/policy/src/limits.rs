//! Limits: how much and how often, by a clock that the caller gives.

use std::time::Duration;

use serde::Deserialize;

/// A moment: since the session began, and since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// By a clock that never goes back.
    pub elapsed: Duration,
    /// Seconds, by the calendar.
    pub unix: u64,
}

/// What one session may do. Every field has a bound that nobody meets by working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// Requests of the client in a minute, of any method.
    pub calls_per_minute: u64,
    /// Bytes of all messages of both sides in a minute.
    pub bytes_per_minute: u64,
    /// Notifications and requests of the server in a minute.
    pub server_messages_per_minute: u64,
    /// Requests of the client that may wait for an answer at once.
    pub in_flight: usize,
    /// Seconds until a request is given up: the server is told that it is cancelled, the client that it failed.
    pub call_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls_per_minute: 3_000,
            bytes_per_minute: 16 << 30,
            server_messages_per_minute: 30_000,
            in_flight: 256,
            call_seconds: 900,
        }
    }
}

/// An allowance that fills up evenly and holds no more than a minute's worth.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    per_minute: u64,
    /// In sixty-thousandths: what one of a minute gives in a millisecond.
    left: u128,
    since: Duration,
}

/// Milliseconds of a minute.
const UNIT: u128 = 60_000;

impl Allowance {
    pub(crate) const fn new(per_minute: u64) -> Self {
        Self { per_minute, left: per_minute as u128 * UNIT, since: Duration::ZERO }
    }

    /// Whether there was so much left; then it is spent.
    pub(crate) fn spend(&mut self, amount: u64, now: Duration) -> bool {
        let most = u128::from(self.per_minute) * UNIT;
        let passed = now.saturating_sub(self.since).as_millis();
        self.left = most.min(self.left + passed * u128::from(self.per_minute));
        self.since = self.since.max(now);
        let rest = self.left.checked_sub(u128::from(amount) * UNIT);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_a_minutes_worth_and_comes_back_evenly() {
        let mut allowance = Allowance::new(60);
        let at = Duration::from_millis;
        assert_eq!((0..100).filter(|_| allowance.spend(1, at(0))).count(), 60);
        assert!(!allowance.spend(1, at(999)));
        assert!(allowance.spend(1, at(1000)));
        assert!(!allowance.spend(1, at(1000)));
        assert!(allowance.spend(60, at(120_000)));
        assert!(!allowance.spend(1, at(1000)), "a clock that goes back gives nothing");
        let mut slow = Allowance::new(1);
        assert!(slow.spend(1, at(0)));
        assert_eq!((1..=60).filter(|second| slow.spend(1, at(second * 1000))).count(), 1);
    }
}
