//! The chain's time, as its answers show it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sui_rpc::headers::X_SUI_TIMESTAMP_MS;
use tokio::time::Instant;
use tonic::metadata::MetadataMap;

/// The chain's time: the last that was shown, and when that was by a clock that only counts up.
///
/// The device's time of day may be wrong by years and may jump; nothing here looks at it.
#[derive(Debug)]
pub(crate) struct ChainClock {
    shown: Mutex<Option<Shown>>,
}

#[derive(Clone, Copy, Debug)]
struct Shown {
    ms: u64,
    at: Instant,
}

impl ChainClock {
    pub(super) fn new() -> Self {
        Self {
            shown: Mutex::new(None),
        }
    }

    /// Takes in a time that an answer shows. The chain's time never goes back, so an answer that shows an earlier one is
    /// itself late.
    pub(super) fn saw(&self, ms: u64) {
        self.saw_at(ms, Instant::now());
    }

    fn saw_at(&self, ms: u64, at: Instant) {
        let mut shown = self.lock();
        if shown.is_none_or(|shown| ms >= shown.ms) {
            *shown = Some(Shown { ms, at });
        }
    }

    /// Takes the time that was asked for as it is, whatever was shown before: a node that lied once is corrected.
    pub(super) fn set(&self, ms: u64) {
        *self.lock() = Some(Shown {
            ms,
            at: Instant::now(),
        });
    }

    pub(super) fn shown(&self) -> Option<u64> {
        self.lock().map(|shown| shown.ms)
    }

    pub(super) fn estimate(&self) -> Option<u64> {
        self.estimate_at(Instant::now())
    }

    fn estimate_at(&self, now: Instant) -> Option<u64> {
        self.lock().map(|shown| {
            let since = now.saturating_duration_since(shown.at).as_millis();
            let since = u64::try_from(since).unwrap_or(u64::MAX);
            shown.ms.saturating_add(since)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The chain's time in an answer's headers.
pub(super) fn time_in(headers: &MetadataMap) -> Option<u64> {
    headers.get(X_SUI_TIMESTAMP_MS)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn t33_time_passes_between_answers_and_late_answers_change_nothing() {
        let clock = ChainClock::new();
        let start = Instant::now();
        let later = |ms| start + Duration::from_millis(ms);
        assert_eq!((clock.shown(), clock.estimate_at(start)), (None, None));
        clock.saw_at(1_000, start);
        assert_eq!(clock.shown(), Some(1_000));
        assert_eq!(clock.estimate_at(later(250)), Some(1_250));
        clock.saw_at(900, later(250));
        assert_eq!(clock.estimate_at(later(250)), Some(1_250));
        // The chain is slower than thought: corrected.
        clock.saw_at(1_100, later(250));
        assert_eq!(clock.shown(), Some(1_100));
        assert_eq!(clock.estimate_at(later(250)), Some(1_100));
        // A node that lies is corrected by asking, and no number makes it panic.
        clock.saw_at(u64::MAX, later(250));
        assert_eq!(clock.estimate_at(later(255)), Some(u64::MAX));
        clock.set(1_200);
        assert_eq!(clock.shown(), Some(1_200));
    }

    #[test]
    fn times_that_are_none_are_none() {
        for value in ["", "soon", "-1", "1.5", "18446744073709551616"] {
            let mut headers = MetadataMap::new();
            headers.insert(X_SUI_TIMESTAMP_MS, value.parse().expect("ASCII"));
            assert_eq!(time_in(&headers), None, "{value}");
        }
        assert_eq!(time_in(&MetadataMap::new()), None);
    }
}
