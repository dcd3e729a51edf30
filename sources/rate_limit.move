/// A token bucket on the clock: how much may be taken, and how fast that comes back.
///
/// A bucket begins full, with `capacity` tokens, and gets `refill` more after each whole `interval_ms`
/// since it began; it never holds more than `capacity`. All of it is whole numbers, and the beginning
/// of an interval is kept, not the moment of the last use, so nothing is won or lost by rounding. Over
/// any `interval_ms` long stretch of time (its end excluded) at most `capacity + refill` are taken, and
/// after however long a rest at most `capacity` are there.
module valet::rate_limit;

// === Errors ===

/// The capacity is zero.
#[error(code = 0)]
const EZeroCapacity: vector<u8> =
    b"A limit that lets nothing through grants nothing; leave it out.";
/// The refill is zero.
#[error(code = 1)]
const EZeroRefill: vector<u8> = b"A limit that never refills is a budget; set a budget instead.";
/// The interval is zero.
#[error(code = 2)]
const EZeroInterval: vector<u8> = b"The interval between refills is at least 1 ms.";

// === Structs ===

/// How large a bucket is and how it refills.
public struct RateLimit has copy, drop, store {
    capacity: u64,
    refill: u64,
    interval_ms: u64,
}

/// What a bucket holds.
public struct Bucket has copy, drop, store {
    /// The tokens there were when the interval began, less what was taken since.
    tokens: u64,
    /// When the current interval began.
    interval_start_ms: u64,
}

// === Public functions ===

/// A limit of `capacity` at once, `refill` of which come back every `interval_ms`. Needed by whoever
/// composes a grant.
///
/// #### Aborts
/// - `EZeroCapacity`, `EZeroRefill`, `EZeroInterval` if a number is zero.
public fun new(capacity: u64, refill: u64, interval_ms: u64): RateLimit {
    assert!(capacity > 0, EZeroCapacity);
    assert!(refill > 0, EZeroRefill);
    assert!(interval_ms > 0, EZeroInterval);
    RateLimit { capacity, refill, interval_ms }
}

// === View functions ===

/// The most that can be taken at once.
public fun capacity(self: &RateLimit): u64 {
    self.capacity
}

/// What comes back after each interval.
public fun refill(self: &RateLimit): u64 {
    self.refill
}

/// The interval, in milliseconds.
public fun interval_ms(self: &RateLimit): u64 {
    self.interval_ms
}

/// The tokens that the bucket held when it was last taken from.
public fun tokens(self: &Bucket): u64 {
    self.tokens
}

/// When the interval began in which it was last taken from.
public fun interval_start_ms(self: &Bucket): u64 {
    self.interval_start_ms
}

/// What can be taken from `bucket` at `now_ms`. Needed by clients.
public fun available(self: &RateLimit, bucket: &Bucket, now_ms: u64): u64 {
    self.refilled(bucket, now_ms).tokens
}

// === Package functions ===

/// A full bucket whose first interval begins now.
public(package) fun new_bucket(self: &RateLimit, now_ms: u64): Bucket {
    Bucket { tokens: self.capacity, interval_start_ms: now_ms }
}

/// Takes `amount`, if it is there at `now_ms`; answers whether it was.
public(package) fun take(self: &RateLimit, bucket: &mut Bucket, amount: u64, now_ms: u64): bool {
    let refilled = self.refilled(bucket, now_ms);
    if (amount > refilled.tokens) return false;
    bucket.tokens = refilled.tokens - amount;
    bucket.interval_start_ms = refilled.interval_start_ms;
    true
}

/// The most that can be taken in all from `now_ms` until just before `end_ms`.
public(package) fun most_until(self: &RateLimit, bucket: &Bucket, now_ms: u64, end_ms: u64): u128 {
    if (now_ms >= end_ms) return 0;
    let Bucket { tokens, interval_start_ms } = self.refilled(bucket, now_ms);
    let intervals = (end_ms - 1 - interval_start_ms) / self.interval_ms;
    // A refill above the capacity is cut to it.
    let refill = self.refill.min(self.capacity);
    (tokens as u128) + (intervals as u128) * (refill as u128)
}

// === Private functions ===

/// The bucket as it is at `now_ms`.
fun refilled(self: &RateLimit, bucket: &Bucket, now_ms: u64): Bucket {
    // Only a view can ask about a moment before the bucket's own; it sees the bucket as it is.
    let now_ms = now_ms.max(bucket.interval_start_ms);
    let intervals = (now_ms - bucket.interval_start_ms) / self.interval_ms;
    // Below 2^128 whatever the numbers are: (2^64 - 1) + (2^64 - 1)^2.
    let tokens = (bucket.tokens as u128) + (intervals as u128) * (self.refill as u128);
    Bucket {
        tokens: tokens.min(self.capacity as u128) as u64,
        interval_start_ms: bucket.interval_start_ms + intervals * self.interval_ms,
    }
}

// === Test functions ===

#[test_only]
public fun bucket_for_testing(tokens: u64, interval_start_ms: u64): Bucket {
    Bucket { tokens, interval_start_ms }
}
