/// How much of one coin type a session may draw from its owner's purse.
///
/// An allowance always has a total: the most that the session ever draws, over all its renewals. It can
/// be narrowed further, per call and per window of time. Every limit that is there holds at once.
module valet::allowance;

use std::type_name::TypeName;
use valet::rate_limit::{Self, Bucket, RateLimit};

// === Errors ===

/// An amount is zero.
#[error(code = 0)]
const EZeroAmount: vector<u8> = b"An allowance of nothing grants nothing; leave it out.";
/// The allowance has a limit per call already.
#[error(code = 1)]
const EMaxPerCallAlreadySet: vector<u8> =
    b"The allowance already has a limit per call; set it once.";
/// The allowance has a window already.
#[error(code = 2)]
const EWindowAlreadySet: vector<u8> = b"The allowance already has a window; set it once.";
/// The call would draw more than the allowance's limit per call.
#[error(code = 3)]
const EMaxPerCallExceeded: vector<u8> =
    b"The call draws more than the allowance's limit per call; draw less or ask the owner.";
/// The session would draw more than its allowance's total.
#[error(code = 4)]
const ETotalExceeded: vector<u8> =
    b"The session's allowance of this coin is used up; the owner can grant a new one.";
/// The session would draw more than its allowance's window holds now.
#[error(code = 5)]
const EWindowExceeded: vector<u8> =
    b"The session's allowance of this coin is used up for now; wait until it refills.";

// === Structs ===

/// How much of one coin type may be drawn.
public struct Allowance has copy, drop, store {
    total: u64,
    /// The most for each authorization, however many draws it makes.
    max_per_call: Option<u64>,
    window: Option<RateLimit>,
}

/// An allowance and its coin type.
public struct CoinAllowance has copy, drop, store {
    coin_type: TypeName,
    allowance: Allowance,
}

/// What is left of an allowance.
public struct Remainder has copy, drop, store {
    total: u64,
    /// There iff the allowance has a window.
    window: Option<Bucket>,
}

public use fun coin_allowance as CoinAllowance.allowance;
public use fun remainder_total as Remainder.total;
public use fun remainder_window as Remainder.window;

// === Public functions ===

/// An allowance of `total`, in the coin's smallest unit. Needed by whoever composes a grant.
///
/// #### Aborts
/// - `EZeroAmount` if `total` is zero.
public fun new(total: u64): Allowance {
    assert!(total > 0, EZeroAmount);
    Allowance { total, max_per_call: option::none(), window: option::none() }
}

/// Limits what one authorization may draw, in all its draws together.
///
/// #### Aborts
/// - `EZeroAmount` if the limit is zero.
/// - `EMaxPerCallAlreadySet` if there is one.
public fun with_max_per_call(mut self: Allowance, max_per_call: u64): Allowance {
    assert!(max_per_call > 0, EZeroAmount);
    assert!(self.max_per_call.is_none(), EMaxPerCallAlreadySet);
    self.max_per_call.fill(max_per_call);
    self
}

/// Limits what may be drawn per window of time: `amount` at first, and `amount` again after each
/// `window_ms`, never adding up beyond `amount`. The total holds all the same.
///
/// #### Aborts
/// - `EZeroAmount` if `amount` is zero.
/// - `rate_limit::EZeroInterval` if `window_ms` is zero.
/// - `EWindowAlreadySet` if there is one.
public fun with_window(mut self: Allowance, amount: u64, window_ms: u64): Allowance {
    assert!(amount > 0, EZeroAmount);
    assert!(self.window.is_none(), EWindowAlreadySet);
    self.window.fill(rate_limit::new(amount, amount, window_ms));
    self
}

// === View functions ===

/// The most that may ever be drawn.
public fun total(self: &Allowance): u64 {
    self.total
}

/// The most that one authorization may draw, if there is such a limit.
public fun max_per_call(self: &Allowance): Option<u64> {
    self.max_per_call
}

/// How much may be drawn per window of time, if there is such a limit.
public fun window(self: &Allowance): Option<RateLimit> {
    self.window
}

/// The coin's type.
public fun coin_type(self: &CoinAllowance): TypeName {
    self.coin_type
}

/// How much of it may be drawn.
public fun coin_allowance(self: &CoinAllowance): &Allowance {
    &self.allowance
}

/// What is left of the total.
public fun remainder_total(self: &Remainder): u64 {
    self.total
}

/// What the window held when it was last drawn from, if there is a window.
public fun remainder_window(self: &Remainder): Option<Bucket> {
    self.window
}

// === Package functions ===

public(package) fun for_coin(self: Allowance, coin_type: TypeName): CoinAllowance {
    CoinAllowance { coin_type, allowance: self }
}

/// The whole allowance, from now on.
public(package) fun new_remainder(self: &Allowance, now_ms: u64): Remainder {
    Remainder {
        total: self.total,
        window: self.window.map_ref!(|window| window.new_bucket(now_ms)),
    }
}

/// Takes `amount` off what is left, for an authorization that drew `drawn` before.
///
/// #### Aborts
/// - `EMaxPerCallExceeded`, `ETotalExceeded`, `EWindowExceeded` if a limit does not allow it.
public(package) fun spend(
    self: &Allowance,
    remainder: &mut Remainder,
    amount: u64,
    drawn: u64,
    now_ms: u64,
) {
    // What was drawn never exceeds the limit per call, so the subtraction cannot fail.
    assert!(!self.max_per_call.is_some_and!(|max| amount > *max - drawn), EMaxPerCallExceeded);
    assert!(amount <= remainder.total, ETotalExceeded);
    self.window.do_ref!(|window| {
        assert!(window.take(remainder.window.borrow_mut(), amount, now_ms), EWindowExceeded);
    });
    remainder.total = remainder.total - amount;
}

/// The most that one draw of a fresh authorization can take at `now_ms`.
public(package) fun available(self: &Allowance, remainder: &Remainder, now_ms: u64): u64 {
    let mut available = remainder.total;
    self.max_per_call.do_ref!(|max| available = available.min(*max));
    self.window.do_ref!(|window| {
        available = available.min(window.available(remainder.window.borrow(), now_ms));
    });
    available
}

/// The most that can be drawn in all from `now_ms` until just before `end_ms`, by at most `max_calls`
/// authorizations if there is such a limit.
public(package) fun most_until(
    self: &Allowance,
    remainder: &Remainder,
    max_calls: Option<u128>,
    now_ms: u64,
    end_ms: u64,
): u64 {
    let mut most = remainder.total as u128;
    self.window.do_ref!(|window| {
        most = most.min(window.most_until(remainder.window.borrow(), now_ms, end_ms));
    });
    self.max_per_call.do_ref!(|max| {
        // No more calls count than the total has units, and the product stays below 2^128.
        max_calls.do_ref!(
            |calls| most = most.min((*max as u128) * (*calls).min(remainder.total as u128)),
        );
    });
    most as u64
}

// === Test functions ===

#[test_only]
public fun remainder_for_testing(total: u64, window: Option<Bucket>): Remainder {
    Remainder { total, window }
}
