/// How far a session may renew itself without its owner.
///
/// The owner signs a number of renewals and an end date, once. A renewal moves the session's expiry
/// and may hand it to a fresh key; it gives nothing back: budgets span all renewals. Nothing lasts
/// beyond the end date.
module valet::envelope;

// === Errors ===

/// The number of renewals is zero.
#[error(code = 0)]
const EZeroRenewals: vector<u8> = b"An envelope of no renewals grants nothing; leave it out.";
/// The envelope ends before the session does.
#[error(code = 1)]
const EEnvelopeTooShort: vector<u8> =
    b"The envelope ends before the session itself; let it end later or leave it out.";
/// The envelope would last longer than `max_length_ms()`.
#[error(code = 2)]
const EEnvelopeTooLong: vector<u8> =
    b"An envelope ends at most 7,776,000,000 ms (90 days) after the session's activation.";
/// No renewal is left.
#[error(code = 3)]
const ENoRenewalLeft: vector<u8> =
    b"The session has used all its renewals; the owner can activate a new one.";
/// The renewed session would outlast the envelope.
#[error(code = 4)]
const EBeyondEnvelope: vector<u8> =
    b"The renewed session would outlast its envelope; renew it for less time.";

// === Constants ===

/// 90 days.
const MAX_LENGTH_MS: u64 = 7_776_000_000;

// === Structs ===

/// Within what a session may be renewed.
public struct Envelope has copy, drop, store {
    max_renewals: u64,
    /// No renewal lets the session be valid at this millisecond or later.
    ends_at_ms: u64,
}

// === View functions ===

/// How many times the session may be renewed.
public fun max_renewals(self: &Envelope): u64 {
    self.max_renewals
}

/// When the last renewal must have expired.
public fun ends_at_ms(self: &Envelope): u64 {
    self.ends_at_ms
}

/// How long after its activation an envelope may end, in milliseconds.
public fun max_length_ms(): u64 {
    MAX_LENGTH_MS
}

// === Package functions ===

/// #### Aborts
/// - `EZeroRenewals` if there are none.
public(package) fun new(max_renewals: u64, ends_at_ms: u64): Envelope {
    assert!(max_renewals > 0, EZeroRenewals);
    Envelope { max_renewals, ends_at_ms }
}

/// #### Aborts
/// - `EEnvelopeTooShort`, `EEnvelopeTooLong` if the envelope does not fit a session that is activated
///   now.
public(package) fun assert_fits(self: &Envelope, now_ms: u64, expires_at_ms: u64) {
    assert!(self.ends_at_ms >= expires_at_ms, EEnvelopeTooShort);
    // An expiry is never in the past, so the subtraction cannot fail.
    assert!(self.ends_at_ms - now_ms <= MAX_LENGTH_MS, EEnvelopeTooLong);
}

/// Uses one of the renewals that are left.
///
/// #### Aborts
/// - `ENoRenewalLeft` if there is none.
/// - `EBeyondEnvelope` if the session would expire after the envelope's end.
public(package) fun renew(self: &Envelope, remaining_renewals: &mut u64, expires_at_ms: u64) {
    assert!(*remaining_renewals > 0, ENoRenewalLeft);
    assert!(expires_at_ms <= self.ends_at_ms, EBeyondEnvelope);
    *remaining_renewals = *remaining_renewals - 1;
}

// === Test functions ===

#[test_only]
public fun envelope_for_testing(max_renewals: u64, ends_at_ms: u64): Envelope {
    Envelope { max_renewals, ends_at_ms }
}
