/// How a price changes: at once when it falls; when it rises, only after 48 hours and within a cap.
///
/// Whoever holds a price keeps a `FeePlan` beside it. A change in which either part of the price
/// rises is an increase: it is announced, and takes effect when anyone applies it after the delay.
/// Lowering a price drops the increase that waits, so that an increase is never larger than it was
/// when it was announced. The price in force is the holder's, so writing needs no plan.
module valet::fee_plan;

use valet::fees::Fees;

// === Errors ===

/// Neither part of the price would rise.
#[error(code = 0)]
const ENotAnIncrease: vector<u8> =
    b"Neither part of the price would rise; lower the fees, which takes effect at once.";
/// The increase exceeds the cap.
#[error(code = 1)]
const EIncreaseTooLarge: vector<u8> =
    b"One increase at most doubles a part of the price, or lifts it to 1,000 a write and 10 a byte.";
/// An increase waits already.
#[error(code = 2)]
const EIncreaseAnnounced: vector<u8> = b"An increase waits already; withdraw it first.";
/// No increase waits.
#[error(code = 3)]
const ENoIncrease: vector<u8> = b"No increase was announced.";
/// The delay is not over.
#[error(code = 4)]
const EIncreaseTooEarly: vector<u8> =
    b"An increase takes effect 48 hours after it was announced; wait until then.";

// === Constants ===

/// 48 hours.
const INCREASE_DELAY_MS: u64 = 172_800_000;
/// How many former prices are kept.
const MAX_PAST_FEES: u64 = 32;
/// What a fee per write can rise to in one step from anything below; twice 0 would stay 0.
const STEP_PER_WRITE: u64 = 1_000;
/// What a fee per byte can rise to in one step from anything below.
const STEP_PER_BYTE: u64 = 10;

// === Structs ===

/// The increase that waits, and the prices of the past.
public struct FeePlan has copy, drop, store {
    increase: Option<FeeIncrease>,
    /// Oldest first; the oldest gives way when the list is full.
    past: vector<PastFees>,
}

/// A price that was announced.
public struct FeeIncrease has copy, drop, store {
    fees: Fees,
    /// The first millisecond at which it can be applied.
    effective_at_ms: u64,
}

/// A price that was in force.
public struct PastFees has copy, drop, store {
    fees: Fees,
    /// The millisecond at which another one took its place.
    until_ms: u64,
}

public use fun increase_fees as FeeIncrease.fees;
public use fun past_fees as PastFees.fees;

// === View functions ===

/// The increase that waits, if any.
public fun increase(self: &FeePlan): Option<FeeIncrease> {
    self.increase
}

/// The last 32 former prices, oldest first.
public fun past(self: &FeePlan): &vector<PastFees> {
    &self.past
}

/// The price that was announced.
public fun increase_fees(self: &FeeIncrease): Fees {
    self.fees
}

/// The first millisecond at which the increase can be applied.
public fun effective_at_ms(self: &FeeIncrease): u64 {
    self.effective_at_ms
}

/// The price that was in force.
public fun past_fees(self: &PastFees): Fees {
    self.fees
}

/// The millisecond at which another price took its place.
public fun until_ms(self: &PastFees): u64 {
    self.until_ms
}

/// How long an increase waits, in milliseconds.
public fun increase_delay_ms(): u64 {
    INCREASE_DELAY_MS
}

/// How many former prices are kept.
public fun max_past_fees(): u64 {
    MAX_PAST_FEES
}

// === Package functions ===

public(package) fun new(): FeePlan {
    FeePlan { increase: option::none(), past: vector[] }
}

/// Replaces `current` at once and drops the increase that waits; returns the former price. The
/// caller has checked that nothing rises.
public(package) fun replace(self: &mut FeePlan, current: &mut Fees, fees: Fees, now_ms: u64): Fees {
    let previous = *current;
    if (self.past.length() == MAX_PAST_FEES) {
        self.past.remove(0);
    };
    self.past.push_back(PastFees { fees: previous, until_ms: now_ms });
    self.increase = option::none();
    *current = fees;
    previous
}

/// Announces an increase; returns it.
///
/// #### Aborts
/// - `EIncreaseAnnounced` if one waits already.
/// - `ENotAnIncrease` if neither part of the price would rise.
/// - `EIncreaseTooLarge` if a part would rise above the cap.
public(package) fun announce(
    self: &mut FeePlan,
    current: &Fees,
    fees: Fees,
    now_ms: u64,
): FeeIncrease {
    assert!(self.increase.is_none(), EIncreaseAnnounced);
    assert!(!fees.is_at_most(current), ENotAnIncrease);
    let most_per_write = STEP_PER_WRITE.max(2 * current.per_write());
    let most_per_byte = STEP_PER_BYTE.max(2 * current.per_byte());
    assert!(
        fees.per_write() <= most_per_write && fees.per_byte() <= most_per_byte,
        EIncreaseTooLarge,
    );
    let increase = FeeIncrease { fees, effective_at_ms: now_ms + INCREASE_DELAY_MS };
    self.increase = option::some(increase);
    increase
}

/// Drops the increase that waits; returns it.
///
/// #### Aborts
/// - `ENoIncrease` if none waits.
public(package) fun withdraw(self: &mut FeePlan): FeeIncrease {
    assert!(self.increase.is_some(), ENoIncrease);
    self.increase.extract()
}

/// Puts the increase that waits into force; returns the former price.
///
/// #### Aborts
/// - `ENoIncrease` if none waits.
/// - `EIncreaseTooEarly` before its time.
public(package) fun apply(self: &mut FeePlan, current: &mut Fees, now_ms: u64): Fees {
    assert!(self.increase.is_some(), ENoIncrease);
    let increase = *self.increase.borrow();
    assert!(now_ms >= increase.effective_at_ms, EIncreaseTooEarly);
    self.replace(current, increase.fees, now_ms)
}

// === Test functions ===

#[test_only]
public fun increase_for_testing(fees: Fees, effective_at_ms: u64): FeeIncrease {
    FeeIncrease { fees, effective_at_ms }
}

#[test_only]
public fun past_for_testing(fees: Fees, until_ms: u64): PastFees {
    PastFees { fees, until_ms }
}
