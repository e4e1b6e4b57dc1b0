//! How often something may happen: in bursts, then at a steady rate.

use std::time::Instant;

/// A bucket of permissions that fills at a steady rate.
#[derive(Debug)]
pub(super) struct Pace {
    left: f64,
    burst: f64,
    per_second: f64,
    last: Instant,
}

impl Pace {
    pub(super) fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self { left: burst.into(), burst: burst.into(), per_second: per_second.into(), last: now }
    }

    /// Whether it may happen once more now.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.last).as_secs_f64();
        self.last = now;
        self.left = (self.left + passed * self.per_second).min(self.burst);
        let allowed = self.left >= 1.0;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_and_then_a_steady_rate() {
        let now = Instant::now();
        let mut pace = Pace::new(3, 10, now);
        assert_eq!((0..9).filter(|_| pace.allows(now)).count(), 3);
        let later = now + Duration::from_millis(201);
        assert_eq!((0..9).filter(|_| pace.allows(later)).count(), 2);
    }
}
