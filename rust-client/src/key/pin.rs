//! The PIN, and how much work it takes to try one.

use std::fmt;

use zeroize::Zeroizing;

/// A PIN or passphrase. Wiped when dropped, and never shown.
///
/// ```
/// let pin = valet_client::Pin::new("correct horse");
/// assert_eq!(format!("{pin:?}"), "Pin(…)");
/// ```
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// The PIN that somebody typed. The text given is taken over and wiped; copies made before are the caller's.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into().into_bytes()))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

impl From<&str> for Pin {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// What one attempt at the PIN costs, with Argon2id. A sealed key says itself what it took, so that a later version of this
/// crate can ask for more and still open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct SealCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl SealCost {
    /// The least that [`new`](Self::new) takes: 19 MiB and two passes, or as much work in another proportion.
    const LEAST_MEMORY: u32 = 19 * 1_024;
    const LEAST_WORK: u64 = 2 * 19 * 1_024;
    /// The most that a file may ask of whoever opens it.
    const MOST_MEMORY: u32 = 1_024 * 1_024;
    const MOST_WORK: u64 = 8 * 1_024 * 1_024;
    const MOST_LANES: u32 = 16;

    /// 64 MiB and three passes: some tenths of a second for who knows the PIN, and for each guess of who does not.
    pub const STANDARD: Self = Self {
        memory_kib: 64 * 1_024,
        passes: 3,
        lanes: 1,
    };

    /// Next to nothing, for tests. **Who finds a file sealed with this has its key**, however good the PIN.
    pub const INSECURE: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    /// Memory in KiB, passes over it, and lanes. `None` below 19 MiB or less work than two passes over 19 MiB, and above
    /// 1 GiB, 8 GiB worked through in all, or 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let cost = Self {
            memory_kib,
            passes,
            lanes,
        };
        let is_enough = memory_kib >= Self::LEAST_MEMORY && cost.work() >= Self::LEAST_WORK;
        (is_enough && cost.is_bearable()).then_some(cost)
    }

    /// What a file says, whatever that is.
    pub(super) fn read(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        Self {
            memory_kib,
            passes,
            lanes,
        }
    }

    /// Memory in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes.
    #[must_use]
    pub fn lanes(self) -> u32 {
        self.lanes
    }

    /// Whether it stays within what anyone should have to bear, and within what Argon2 can do.
    pub(super) fn is_bearable(self) -> bool {
        self.memory_kib <= Self::MOST_MEMORY
            && self.work() <= Self::MOST_WORK
            && (1..=Self::MOST_LANES).contains(&self.lanes)
            && self.passes >= 1
            && self.memory_kib >= 8 * self.lanes
    }

    fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}

impl Default for SealCost {
    fn default() -> Self {
        Self::STANDARD
    }
}
