/// A dApp's money, as data: credit, what was settled out of it, and what the framework gives away.
///
/// Credit is escrow. SUI comes in by recharging; it leaves as a settlement, towards the treasury, or
/// as a refund to the dApp's administrator: at any time *recharged = held + settled + refunded*, to
/// one MIST. What users pay themselves joins the settled SUI and is counted apart. Free credit is a
/// number with an expiry; nothing moves when it is used.
///
/// Nothing here checks authority.
module valet::credit;

use sui::{balance::{Self, Balance}, sui::SUI};

// === Errors ===

/// The refund exceeds the credit.
#[error(code = 0)]
const ERefundTooLarge: vector<u8> = b"The dApp's credit is less than the refund asked for.";
/// The refund would take the credit below the reserve.
#[error(code = 1)]
const EReserved: vector<u8> =
    b"The framework requires a minimum credit of this dApp; refund less, or ask to be released.";
/// There is no free credit.
#[error(code = 2)]
const ENoFreeCredit: vector<u8> = b"The dApp has no free credit, or it has expired.";
/// The free credit would expire too early.
#[error(code = 3)]
const EExpiryTooEarly: vector<u8> =
    b"Free credit expires in the future and never earlier than it would have; revoke it instead.";
/// The free credit would expire too late.
#[error(code = 4)]
const EExpiryTooLate: vector<u8> = b"Free credit expires at most 366 days from now.";

// === Constants ===

/// 366 days.
const MAX_FREE_CREDIT_DURATION_MS: u64 = 31_622_400_000;

// === Structs ===

/// The money of a dApp.
public struct Credit has store {
    /// SUI that pays for writes to come.
    held: Balance<SUI>,
    /// SUI that paid for writes, on its way to the treasury.
    settled: Balance<SUI>,
    free: Option<FreeCredit>,
    /// What refunds must leave in `held`.
    reserve: Option<u64>,
    totals: Totals,
}

/// Writes that the framework gives away.
public struct FreeCredit has copy, drop, store {
    /// MIST worth of writes.
    amount: u64,
    /// The first millisecond at which it is worth nothing.
    expires_at_ms: u64,
}

/// MIST that ever came and went. `u128`, because SUI that is recharged and refunded over and over
/// is counted each time.
public struct Totals has copy, drop, store {
    /// Recharged.
    recharged: u128,
    /// Taken from credit for writes.
    settled: u128,
    /// Returned to the dApp's administrator.
    refunded: u128,
    /// Paid for writes by users themselves.
    paid_by_users: u128,
}

// === View functions ===

/// MIST ever recharged: what is held, and `settled` and `refunded`.
public fun recharged(self: &Totals): u128 {
    self.recharged
}

/// MIST ever taken from credit for writes.
public fun settled(self: &Totals): u128 {
    self.settled
}

/// MIST ever returned to the dApp's administrator.
public fun refunded(self: &Totals): u128 {
    self.refunded
}

/// MIST that users ever paid for writes themselves.
public fun paid_by_users(self: &Totals): u128 {
    self.paid_by_users
}

/// MIST worth of writes that are given away.
public fun amount(self: &FreeCredit): u64 {
    self.amount
}

/// The first millisecond at which the free credit is worth nothing.
public fun expires_at_ms(self: &FreeCredit): u64 {
    self.expires_at_ms
}

/// The longest time for which free credit is given, in milliseconds.
public fun max_free_credit_duration_ms(): u64 {
    MAX_FREE_CREDIT_DURATION_MS
}

// === Package functions ===

public(package) fun new(): Credit {
    Credit {
        held: balance::zero(),
        settled: balance::zero(),
        free: option::none(),
        reserve: option::none(),
        totals: Totals { recharged: 0, settled: 0, refunded: 0, paid_by_users: 0 },
    }
}

public(package) fun held(self: &Credit): u64 {
    self.held.value()
}

public(package) fun uncollected(self: &Credit): u64 {
    self.settled.value()
}

public(package) fun free(self: &Credit): Option<FreeCredit> {
    self.free
}

public(package) fun free_at(self: &Credit, now_ms: u64): u64 {
    if (self.free.is_some_and!(|free| now_ms < free.expires_at_ms)) self.free.borrow().amount else 0
}

public(package) fun reserve(self: &Credit): Option<u64> {
    self.reserve
}

public(package) fun totals(self: &Credit): Totals {
    self.totals
}

public(package) fun recharge(self: &mut Credit, payment: Balance<SUI>) {
    self.totals.recharged = self.totals.recharged + (payment.value() as u128);
    self.held.join(payment);
}

/// #### Aborts
/// - `ERefundTooLarge` if there is not so much credit.
/// - `EReserved` if less than the reserve would remain.
public(package) fun refund(self: &mut Credit, amount: u64): Balance<SUI> {
    assert!(amount <= self.held.value(), ERefundTooLarge);
    let remaining = self.held.value() - amount;
    assert!(!self.reserve.is_some_and!(|reserve| remaining < *reserve), EReserved);
    self.totals.refunded = self.totals.refunded + (amount as u128);
    self.held.split(amount)
}

/// Pays as much of `due` as there is, free credit first; returns what each of the two paid.
public(package) fun pay(self: &mut Credit, due: u64, now_ms: u64): (u64, u64) {
    let free_paid = due.min(self.free_at(now_ms));
    let held_paid = (due - free_paid).min(self.held.value());
    if (free_paid > 0) self.use_free(free_paid);
    self.settled.join(self.held.split(held_paid));
    self.totals.settled = self.totals.settled + (held_paid as u128);
    (free_paid, held_paid)
}

public(package) fun pay_by_user(self: &mut Credit, payment: Balance<SUI>) {
    self.totals.paid_by_users = self.totals.paid_by_users + (payment.value() as u128);
    self.settled.join(payment);
}

public(package) fun collect(self: &mut Credit): Balance<SUI> {
    self.settled.withdraw_all()
}

public(package) fun set_reserve(self: &mut Credit, reserve: Option<u64>) {
    self.reserve = reserve;
}

/// Adds to the free credit that has not expired, and moves its expiry.
///
/// #### Aborts
/// - `EExpiryTooEarly`, `EExpiryTooLate` if the expiry is out of range.
public(package) fun grant_free(self: &mut Credit, amount: u64, expires_at_ms: u64, now_ms: u64) {
    self.assert_expiry(expires_at_ms, now_ms);
    let amount = self.free_at(now_ms) + amount;
    self.free = option::some(FreeCredit { amount, expires_at_ms });
}

/// #### Aborts
/// - `ENoFreeCredit` if there is none, or it has expired.
/// - `EExpiryTooEarly`, `EExpiryTooLate` if the expiry is out of range.
public(package) fun extend_free(self: &mut Credit, expires_at_ms: u64, now_ms: u64) {
    assert!(self.free_at(now_ms) > 0, ENoFreeCredit);
    self.assert_expiry(expires_at_ms, now_ms);
    self.free.borrow_mut().expires_at_ms = expires_at_ms;
}

/// Takes away what is left of the free credit; returns how much that was.
///
/// #### Aborts
/// - `ENoFreeCredit` if there is none.
public(package) fun revoke_free(self: &mut Credit): u64 {
    assert!(self.free.is_some(), ENoFreeCredit);
    self.free.extract().amount
}

// === Private functions ===

fun use_free(self: &mut Credit, paid: u64) {
    let free = self.free.borrow_mut();
    free.amount = free.amount - paid;
    if (free.amount == 0) self.free = option::none();
}

fun assert_expiry(self: &Credit, expires_at_ms: u64, now_ms: u64) {
    assert!(expires_at_ms > now_ms, EExpiryTooEarly);
    assert!(expires_at_ms - now_ms <= MAX_FREE_CREDIT_DURATION_MS, EExpiryTooLate);
    // What has expired binds nobody, and lies before `now_ms` anyway.
    assert!(!self.free.is_some_and!(|free| expires_at_ms < free.expires_at_ms), EExpiryTooEarly);
}

// === Test functions ===

#[test_only]
public fun free_for_testing(amount: u64, expires_at_ms: u64): FreeCredit {
    FreeCredit { amount, expires_at_ms }
}
