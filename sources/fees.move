/// What a write costs: a flat fee per write and a fee per byte, in MIST.
///
/// Both are capped, and so are the size of an object and the number of unsettled writes. That is
/// why sums of charges fit a `u64` with room to spare: one charge stays below 2^38 MIST, and a
/// storage owes at most 10^6 of them.
module valet::fees;

// === Errors ===

/// The fee per write exceeds `max_per_write()`.
#[error(code = 0)]
const EFeePerWriteTooHigh: vector<u8> = b"The fee per write exceeds the cap of 1 SUI.";
/// The fee per byte exceeds `max_per_byte()`.
#[error(code = 1)]
const EFeePerByteTooHigh: vector<u8> = b"The fee per byte exceeds the cap of 0.001 SUI.";

// === Constants ===

/// 1 SUI.
const MAX_FEE_PER_WRITE: u64 = 1_000_000_000;
/// 0.001 SUI.
const MAX_FEE_PER_BYTE: u64 = 1_000_000;

// === Structs ===

/// The price of a write, in MIST.
public struct Fees has copy, drop, store {
    per_write: u64,
    per_byte: u64,
}

// === Public functions ===

/// A price. Needed by the framework's administration, which sets prices in a PTB.
///
/// #### Aborts
/// - `EFeePerWriteTooHigh` if `per_write` exceeds the cap.
/// - `EFeePerByteTooHigh` if `per_byte` exceeds the cap.
public fun new(per_write: u64, per_byte: u64): Fees {
    assert!(per_write <= MAX_FEE_PER_WRITE, EFeePerWriteTooHigh);
    assert!(per_byte <= MAX_FEE_PER_BYTE, EFeePerByteTooHigh);
    Fees { per_write, per_byte }
}

// === View functions ===

/// MIST for each write.
public fun per_write(self: &Fees): u64 {
    self.per_write
}

/// MIST for each byte written.
public fun per_byte(self: &Fees): u64 {
    self.per_byte
}

/// MIST for one write of `bytes` bytes at this price. Needed by clients that show a price before
/// they write.
///
/// #### Aborts
/// - With an arithmetic error if the charge does not fit a `u64`; no object is large enough for
///   that.
public fun charge(self: &Fees, bytes: u64): u64 {
    self.per_write + self.per_byte * bytes
}

/// The highest fee per write that can be set.
public fun max_per_write(): u64 {
    MAX_FEE_PER_WRITE
}

/// The highest fee per byte that can be set.
public fun max_per_byte(): u64 {
    MAX_FEE_PER_BYTE
}

// === Package functions ===

/// Whether neither part of this price is above `other`'s.
public(package) fun is_at_most(self: &Fees, other: &Fees): bool {
    self.per_write <= other.per_write && self.per_byte <= other.per_byte
}
