//! Where the ledger's time comes from. The ledger itself never reads a wall clock.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of milliseconds since the Unix epoch.
///
/// The ledger asks it once per transaction and moves the `Clock` object forward when the answer grew; an answer
/// that went back is ignored, because a chain's time never does.
pub trait TimeSource: Send + Sync + std::fmt::Debug {
    /// The present, in milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
}

/// A time source that stands still until it is told otherwise.
///
/// ```
/// use valet_localnet::ledger::{ManualTime, TimeSource};
///
/// let time = ManualTime::new(1_000);
/// time.set_ms(1_500);
/// assert_eq!(time.now_ms(), 1_500);
/// ```
#[derive(Debug, Default)]
pub struct ManualTime {
    ms: AtomicU64,
}

impl ManualTime {
    /// A source that answers `ms`.
    #[must_use]
    pub fn new(ms: u64) -> Self {
        Self {
            ms: AtomicU64::new(ms),
        }
    }

    /// Answer `ms` from now on.
    pub fn set_ms(&self, ms: u64) {
        self.ms.store(ms, Ordering::SeqCst);
    }
}

impl TimeSource for ManualTime {
    fn now_ms(&self) -> u64 {
        self.ms.load(Ordering::SeqCst)
    }
}
