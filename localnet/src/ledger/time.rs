//! Where the ledger's time comes from. The ledger itself never reads a wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

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

/// A time source that was set to another time and goes on from there.
#[derive(Debug)]
pub(crate) struct ShiftedTime {
    source: Arc<dyn TimeSource>,
    /// What is added to the source, in milliseconds.
    shift_ms: AtomicI64,
}

impl ShiftedTime {
    pub(crate) fn new(source: Arc<dyn TimeSource>) -> Self {
        Self {
            source,
            shift_ms: AtomicI64::new(0),
        }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.source
            .now_ms()
            .saturating_add_signed(self.shift_ms.load(Ordering::SeqCst))
    }

    /// Answer `ms` now.
    pub(crate) fn set_ms(&self, ms: u64) {
        let shift = i128::from(ms) - i128::from(self.source.now_ms());
        let bounded = shift.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        self.shift_ms
            .store(i64::try_from(bounded).unwrap_or(0), Ordering::SeqCst);
    }
}
