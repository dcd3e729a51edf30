//! The limits of a session and what is left of them: mirrors of Move's `rate_limit`, `allowance` and `envelope`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sui_sdk_types::TypeTag;

use crate::type_name;

/// A token bucket on the chain's clock: `capacity` at once, `refill` of which come back after each interval. The mirror of
/// Move's `valet::rate_limit::RateLimit`.
///
/// ```
/// use std::time::Duration;
/// use valet_client::{Bucket, RateLimit};
///
/// let limit = RateLimit::new(10, 2, Duration::from_secs(1));
/// let bucket = Bucket { tokens: 0, interval_start_ms: 5_000 };
/// assert_eq!(limit.available(&bucket, 6_999), 2);
/// assert_eq!(limit.available(&bucket, 7_000), 4);
/// assert_eq!(limit.available(&bucket, 99_000), 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct RateLimit {
    capacity: u64,
    refill: u64,
    interval_ms: u64,
}

impl RateLimit {
    /// A limit of `capacity` at once, `refill` of which come back every `interval`, counted in whole milliseconds. The chain
    /// refuses a zero.
    #[must_use]
    pub fn new(capacity: u64, refill: u64, interval: Duration) -> Self {
        Self {
            capacity,
            refill,
            interval_ms: milliseconds(interval),
        }
    }

    /// The most that can be taken at once.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// What comes back after each interval.
    #[must_use]
    pub fn refill(&self) -> u64 {
        self.refill
    }

    /// The interval, in milliseconds.
    #[must_use]
    pub fn interval_ms(&self) -> u64 {
        self.interval_ms
    }

    /// What can be taken from `bucket` at `now_ms`, by the chain's clock.
    #[must_use]
    pub fn available(&self, bucket: &Bucket, now_ms: u64) -> u64 {
        self.refilled(bucket, now_ms).tokens
    }

    /// The most that can be taken in all from `now_ms` until just before `end_ms`.
    pub(crate) fn most_until(&self, bucket: &Bucket, now_ms: u64, end_ms: u64) -> u128 {
        if now_ms >= end_ms {
            return 0;
        }
        let Bucket {
            tokens,
            interval_start_ms,
        } = self.refilled(bucket, now_ms);
        let intervals = self.intervals((end_ms - 1).saturating_sub(interval_start_ms));
        // A refill above the capacity is cut to it.
        let refill = self.refill.min(self.capacity);
        u128::from(tokens) + u128::from(intervals) * u128::from(refill)
    }

    /// The bucket as it is at `now_ms`.
    fn refilled(&self, bucket: &Bucket, now_ms: u64) -> Bucket {
        // Asking about a moment before the bucket's own changes nothing.
        let intervals = self.intervals(now_ms.saturating_sub(bucket.interval_start_ms));
        // Below 2^128 whatever the numbers are: (2^64 - 1) + (2^64 - 1)^2.
        let tokens = u128::from(bucket.tokens) + u128::from(intervals) * u128::from(self.refill);
        Bucket {
            tokens: u64::try_from(tokens).map_or(self.capacity, |tokens| tokens.min(self.capacity)),
            interval_start_ms: bucket
                .interval_start_ms
                .saturating_add(intervals.saturating_mul(self.interval_ms)),
        }
    }

    /// Whole intervals in a stretch of time. The chain accepts no interval of zero, but a caller may make one.
    fn intervals(&self, stretch_ms: u64) -> u64 {
        stretch_ms.checked_div(self.interval_ms).unwrap_or(0)
    }
}

/// What a rate limit or a window held when it was last taken from. The mirror of Move's `valet::rate_limit::Bucket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct Bucket {
    /// What there was when the interval began, less what was taken since.
    pub tokens: u64,
    /// When that interval began, in milliseconds by the chain's clock.
    pub interval_start_ms: u64,
}

/// How much of one coin type a session may draw from its owner's purse, in the coin's smallest unit. The mirror of Move's
/// `valet::allowance::Allowance`.
///
/// ```
/// use std::time::Duration;
/// use valet_client::Allowance;
///
/// // Ten SUI in all, at most one at a time, and at most two a day.
/// let allowance = Allowance::new(10_000_000_000)
///     .with_max_per_call(1_000_000_000)
///     .with_window(2_000_000_000, Duration::from_secs(86_400));
/// assert_eq!(allowance.total(), 10_000_000_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[must_use]
pub struct Allowance {
    total: u64,
    max_per_call: Option<u64>,
    window: Option<RateLimit>,
}

impl Allowance {
    /// An allowance of `total` over the session's life, all its renewals included. The chain refuses a zero.
    pub fn new(total: u64) -> Self {
        Self {
            total,
            max_per_call: None,
            window: None,
        }
    }

    /// Limits what one authorization may draw, in all its draws together.
    pub fn with_max_per_call(mut self, max_per_call: u64) -> Self {
        self.max_per_call = Some(max_per_call);
        self
    }

    /// Limits what may be drawn per window of time: `amount` at first and again after each `window`, never adding up beyond
    /// `amount`.
    pub fn with_window(mut self, amount: u64, window: Duration) -> Self {
        self.window = Some(RateLimit::new(amount, amount, window));
        self
    }

    /// The most that may ever be drawn.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The most that one authorization may draw, if there is such a limit.
    #[must_use]
    pub fn max_per_call(&self) -> Option<u64> {
        self.max_per_call
    }

    /// How much may be drawn per window of time, if there is such a limit: its capacity and its refill are the amount.
    #[must_use]
    pub fn window(&self) -> Option<RateLimit> {
        self.window
    }

    /// The most that one draw of a fresh authorization can take at `now_ms`.
    #[must_use]
    pub fn available(&self, remainder: &Remainder, now_ms: u64) -> u64 {
        let mut available = remainder.total;
        if let Some(max) = self.max_per_call {
            available = available.min(max);
        }
        if let Some((window, bucket)) = self.window.zip(remainder.window) {
            available = available.min(window.available(&bucket, now_ms));
        }
        available
    }

    /// The most that can be drawn in all from `now_ms` until just before `end_ms`, by at most `max_calls` authorizations if
    /// there is such a limit.
    pub(crate) fn most_until(
        &self,
        remainder: &Remainder,
        max_calls: Option<u128>,
        now_ms: u64,
        end_ms: u64,
    ) -> u64 {
        let mut most = u128::from(remainder.total);
        if let Some((window, bucket)) = self.window.zip(remainder.window) {
            most = most.min(window.most_until(&bucket, now_ms, end_ms));
        }
        if let Some((max, calls)) = self.max_per_call.zip(max_calls) {
            // No more calls count than the total has units, and the product stays below 2^128.
            most = most.min(u128::from(max) * calls.min(u128::from(remainder.total)));
        }
        u64::try_from(most).unwrap_or(remainder.total)
    }
}

/// An allowance and its coin type. The mirror of Move's `valet::allowance::CoinAllowance`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct CoinAllowance {
    /// The coin's type, such as `0x2::sui::SUI`, with the package that defines it.
    #[serde(with = "type_name")]
    pub coin_type: TypeTag,
    /// How much of it may be drawn.
    pub allowance: Allowance,
}

/// What is left of an allowance. The mirror of Move's `valet::allowance::Remainder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct Remainder {
    /// What is left of the total, in the coin's smallest unit.
    pub total: u64,
    /// What the window held when it was last drawn from; there iff the allowance has a window.
    pub window: Option<Bucket>,
}

/// How far a session may renew itself without its owner. The mirror of Move's `valet::envelope::Envelope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct Renewals {
    /// How many times.
    pub max_renewals: u64,
    /// No renewal lets the session be valid at this millisecond, by the chain's clock, or later.
    pub ends_at_ms: u64,
}

/// Whole milliseconds; what does not fit is refused by the chain, as every number of that size.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = u64::MAX;

    fn limit(capacity: u64, refill: u64, interval_ms: u64) -> RateLimit {
        RateLimit {
            capacity,
            refill,
            interval_ms,
        }
    }

    fn bucket(tokens: u64, interval_start_ms: u64) -> Bucket {
        Bucket {
            tokens,
            interval_start_ms,
        }
    }

    #[test]
    fn a_bucket_refills_at_whole_intervals_only() {
        let limit = limit(5, 2, 10);
        for (now_ms, expected) in [(99, 1), (100, 1), (109, 1), (110, 3), (119, 3), (120, 5)] {
            assert_eq!(
                limit.available(&bucket(1, 100), now_ms),
                expected,
                "{now_ms}"
            );
        }
        assert_eq!(limit.available(&bucket(1, 100), MAX), 5);
    }

    #[test]
    fn the_most_counts_the_refills_before_the_end() {
        let limit = limit(5, 2, 10);
        assert_eq!(limit.most_until(&bucket(1, 100), 100, 100), 0);
        assert_eq!(limit.most_until(&bucket(1, 100), 100, 110), 1);
        assert_eq!(limit.most_until(&bucket(1, 100), 100, 111), 3);
        // A refill above the capacity is cut to it.
        let wide = RateLimit { refill: 9, ..limit };
        assert_eq!(wide.most_until(&bucket(0, 100), 100, 121), 10);
    }

    #[test]
    fn no_number_makes_it_panic() {
        for interval_ms in [0, 1, MAX] {
            for (tokens, start) in [(0, 0), (MAX, 0), (0, MAX), (MAX, MAX)] {
                for now_ms in [0, 1, MAX - 1, MAX] {
                    let limit = limit(MAX, MAX, interval_ms);
                    let held = bucket(tokens, start);
                    let _ = limit.available(&held, now_ms);
                    let _ = limit.most_until(&held, now_ms, MAX);
                    let allowance = Allowance {
                        total: MAX,
                        max_per_call: Some(MAX),
                        window: Some(limit),
                    };
                    let remainder = Remainder {
                        total: MAX,
                        window: Some(held),
                    };
                    let _ = allowance.available(&remainder, now_ms);
                    let _ = allowance.most_until(&remainder, Some(u128::MAX), now_ms, MAX);
                }
            }
        }
    }
}
