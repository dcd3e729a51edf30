//! How much a sponsor spends.

use std::fmt;

use serde::{Deserialize, Serialize};

/// So much in so many transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The most to be spent, in MIST.
    pub mist: u64,
    /// The most transactions to be paid for.
    pub transactions: u64,
}

impl Quota {
    /// Nothing at all.
    pub const NONE: Self = Self {
        mist: 0,
        transactions: 0,
    };
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} MIST in {} transactions",
            self.mist, self.transactions
        )
    }
}

/// The limits of a sponsor. What was signed counts with its whole budget until it is known what it cost; time is the
/// chain's.
///
/// ```
/// use valet_sponsor::{Limits, Quota};
///
/// // A hundredth of a SUI a session, ten SUI a day, and a tenth of a SUI a day for those who prove nothing.
/// let limits = Limits::new(
///     Quota { mist: 10_000_000, transactions: 100 },
///     Quota { mist: 10_000_000_000, transactions: 100_000 },
/// )
/// .with_unproven_per_day(Quota { mist: 100_000_000, transactions: 20 });
/// assert_eq!(limits.max_price, 10_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Limits {
    /// The highest gas budget of one transaction, in MIST.
    #[serde(default = "Limits::default_budget")]
    pub max_budget: u64,
    /// The highest gas price, in MIST.
    #[serde(default = "Limits::default_price")]
    pub max_price: u64,
    /// For one sender in any seven days, the longest that a session lasts.
    pub per_sender: Quota,
    /// For all who prove that their requests are theirs, in a day (UTC).
    pub per_day: Quota,
    /// For all others together, in a day: nothing, unless it is set. Anybody can use this up in other people's names.
    #[serde(default = "Limits::default_unproven")]
    pub unproven_per_day: Quota,
}

impl Limits {
    /// How long a transaction counts for its sender: the longest that a session lasts.
    pub const SENDER_WINDOW_MS: u64 = 7 * Self::DAY_MS;
    /// A day.
    pub const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

    const fn default_budget() -> u64 {
        20_000_000
    }

    const fn default_price() -> u64 {
        10_000
    }

    const fn default_unproven() -> Quota {
        Quota::NONE
    }

    /// At most 0.02 SUI a transaction at a gas price of at most 10,000 MIST, and nothing without proof.
    pub fn new(per_sender: Quota, per_day: Quota) -> Self {
        Self {
            max_budget: Self::default_budget(),
            max_price: Self::default_price(),
            per_sender,
            per_day,
            unproven_per_day: Self::default_unproven(),
        }
    }

    /// Sets the highest gas budget of one transaction, in MIST.
    pub fn with_max_budget(mut self, mist: u64) -> Self {
        self.max_budget = mist;
        self
    }

    /// Sets the highest gas price, in MIST.
    pub fn with_max_price(mut self, mist: u64) -> Self {
        self.max_price = mist;
        self
    }

    /// Pays for requests that prove nothing, too: an owner whose wallet signs no messages can then end a session.
    pub fn with_unproven_per_day(mut self, quota: Quota) -> Self {
        self.unproven_per_day = quota;
        self
    }
}
