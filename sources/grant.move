/// What an owner lets a session do, and the session itself, as data.
///
/// A `Grant` is composed in a PTB by small functions and consumed by `session::activate`. It starts
/// with nothing: what it does not name is refused. A limit is there or it is not; no number stands
/// for "unlimited". Holding a `Grant` or reading a `Session` gives no authority: only the copy
/// inside a storage counts.
///
/// A `Session` carries its grant and what is left of it. What is left only ever shrinks, but for what
/// a rate limit or a window gives back with time: nobody, the owner included, edits a session, and a
/// renewal carries everything over.
module valet::grant;

use std::type_name::{Self, TypeName};
use valet::{
    action_set::{Self, ActionSet},
    allowance::{Allowance, CoinAllowance, Remainder},
    ended_session::{Self, EndReason, EndedSession},
    envelope::{Self, Envelope},
    rate_limit::{Self, Bucket, RateLimit}
};

// === Errors ===

/// The grant names no action.
#[error(code = 0)]
const EEmptyGrant: vector<u8> = b"The grant names no action; allow at least one.";
/// The grant has a debt ceiling already.
#[error(code = 1)]
const EMaxDebtAlreadySet: vector<u8> = b"The grant already has a debt ceiling; set it once.";
/// The write would take the session's debt over its ceiling.
#[error(code = 2)]
const ESessionDebtCeiling: vector<u8> =
    b"The session's debt ceiling is reached; the owner can activate a session with a new one.";
/// The grant has a call budget already.
#[error(code = 3)]
const EMaxCallsAlreadySet: vector<u8> = b"The grant already has a call budget; set it once.";
/// The call budget is zero.
#[error(code = 4)]
const EZeroCalls: vector<u8> = b"A budget of no calls grants nothing; allow at least one.";
/// The grant has a rate limit already.
#[error(code = 5)]
const ERateLimitAlreadySet: vector<u8> = b"The grant already has a rate limit; set it once.";
/// The grant has an allowance of this coin already.
#[error(code = 6)]
const ECoinAlreadyAllowed: vector<u8> =
    b"The grant already has an allowance of this coin; set it once.";
/// The grant has as many allowances as it can.
#[error(code = 7)]
const ETooManyAllowances: vector<u8> = b"A grant holds allowances of at most 16 coins.";
/// The grant has an envelope already.
#[error(code = 8)]
const ERenewalsAlreadySet: vector<u8> =
    b"The grant already says how often it may be renewed; set it once.";
/// The session has used its call budget.
#[error(code = 9)]
const ECallBudgetExhausted: vector<u8> =
    b"The session has used all its calls; the owner can activate a new one.";
/// The session has used what its rate limit lets through for now.
#[error(code = 10)]
const ERateLimited: vector<u8> = b"The session acts faster than its rate limit; wait and retry.";
/// The session has no allowance of this coin.
#[error(code = 11)]
const ECoinNotGranted: vector<u8> =
    b"The session was not granted this coin; the owner can spend it or grant it in a new session.";
/// The session has no envelope.
#[error(code = 12)]
const ERenewalNotGranted: vector<u8> =
    b"The session was not granted renewals; the owner can activate a new one.";

// === Constants ===

/// Bounds the size of a storage, and so what every write to it costs.
const MAX_ALLOWANCES: u64 = 16;

// === Structs ===

/// Which of the dApp's actions a session may take.
public enum Actions has copy, drop, store {
    /// Every action that the dApp lets sessions take, as the `Dapp` says at the time of the action.
    All,
    /// These, and of these only what the dApp lets sessions take.
    Only(ActionSet),
}

/// What an owner lets a session do.
public struct Grant has copy, drop, store {
    actions: Actions,
    /// The most debt, in MIST, that the session may cause over its life; settling does not refill
    /// it.
    max_debt: Option<u64>,
    /// How many authorizations the session gets over its life.
    max_calls: Option<u64>,
    /// How fast it gets them.
    rate_limit: Option<RateLimit>,
    /// What it may draw from the owner's purse; a coin that is not here is refused.
    allowances: vector<CoinAllowance>,
    /// How far it may renew itself.
    envelope: Option<Envelope>,
}

/// A session: a key that acts for the owner of one storage until it expires or ends.
public struct Session has copy, drop, store {
    /// The address of the session key.
    wallet: address,
    /// Counts the sessions of the storage, from 1; a key activated again gets a new one, a session
    /// that is renewed keeps its own.
    generation: u64,
    /// The first millisecond at which the session is refused.
    expires_at_ms: u64,
    grant: Grant,
    /// Debt in MIST that this session caused so far; it never decreases.
    debt: u64,
    /// Authorizations left; there iff the grant has a call budget.
    remaining_calls: Option<u64>,
    /// There iff the grant has a rate limit.
    bucket: Option<Bucket>,
    /// What is left of each allowance of the grant, in its order.
    remainders: vector<Remainder>,
    /// Renewals left; there iff the grant has an envelope.
    remaining_renewals: Option<u64>,
}

// === Public functions ===

/// A grant of nothing. Needed by whoever composes a grant.
public fun new(): Grant {
    of(Actions::Only(action_set::empty()))
}

/// A grant of every action the dApp lets sessions take, and of no coin. Needed to put limits on an
/// otherwise plain session.
public fun all_session_actions(): Grant {
    of(Actions::All)
}

/// Adds one action. A grant of all session actions includes it already and stays as it is.
public fun allow_action(mut self: Grant, action: u8): Grant {
    match (&mut self.actions) {
        Actions::All => (),
        Actions::Only(set) => *set = (*set).with(action),
    };
    self
}

/// Limits the debt that the session may cause over its life, in MIST. A ceiling of 0 allows only
/// writes that cost nothing.
///
/// #### Aborts
/// - `EMaxDebtAlreadySet` if the grant has a ceiling already.
public fun with_max_debt(mut self: Grant, max_debt: u64): Grant {
    assert!(self.max_debt.is_none(), EMaxDebtAlreadySet);
    self.max_debt.fill(max_debt);
    self
}

/// Limits how many authorizations the session gets over its life, all renewals included. An action
/// that fails uses up none.
///
/// #### Aborts
/// - `EZeroCalls` if the budget is zero.
/// - `EMaxCallsAlreadySet` if the grant has a budget already.
public fun with_max_calls(mut self: Grant, max_calls: u64): Grant {
    assert!(max_calls > 0, EZeroCalls);
    assert!(self.max_calls.is_none(), EMaxCallsAlreadySet);
    self.max_calls.fill(max_calls);
    self
}

/// Limits how fast the session gets authorizations: `capacity` at once, `refill` of which come back
/// every `interval_ms`.
///
/// #### Aborts
/// - `rate_limit::EZeroCapacity`, `rate_limit::EZeroRefill`, `rate_limit::EZeroInterval` if a number
///   is zero.
/// - `ERateLimitAlreadySet` if the grant has a rate limit already.
public fun with_rate_limit(mut self: Grant, capacity: u64, refill: u64, interval_ms: u64): Grant {
    assert!(self.rate_limit.is_none(), ERateLimitAlreadySet);
    self.rate_limit.fill(rate_limit::new(capacity, refill, interval_ms));
    self
}

/// Lets the session draw coins of type `T` from the owner's purse, within the allowance.
///
/// #### Aborts
/// - `ECoinAlreadyAllowed` if the grant has an allowance of this coin already.
/// - `ETooManyAllowances` if it has 16 of other coins.
public fun allow_coin<T>(mut self: Grant, allowance: Allowance): Grant {
    let coin_type = type_name::with_defining_ids<T>();
    assert!(self.index_of_coin(&coin_type).is_none(), ECoinAlreadyAllowed);
    assert!(self.allowances.length() < MAX_ALLOWANCES, ETooManyAllowances);
    self.allowances.push_back(allowance.for_coin(coin_type));
    self
}

/// Lets the session renew itself, `max_renewals` times, never to be valid at `ends_at_ms` or later.
///
/// #### Aborts
/// - `envelope::EZeroRenewals` if the number is zero.
/// - `ERenewalsAlreadySet` if the grant says so already.
public fun with_renewals(mut self: Grant, max_renewals: u64, ends_at_ms: u64): Grant {
    assert!(self.envelope.is_none(), ERenewalsAlreadySet);
    self.envelope.fill(envelope::new(max_renewals, ends_at_ms));
    self
}

// === View functions ===

/// Whether the grant covers `action`; whether sessions may take it at all is for the `Dapp` to say.
public fun allows(self: &Grant, action: u8): bool {
    match (&self.actions) {
        Actions::All => true,
        Actions::Only(set) => set.contains(action),
    }
}

/// The actions named, or none when the grant is of all session actions.
public fun named_actions(self: &Grant): Option<ActionSet> {
    match (&self.actions) {
        Actions::All => option::none(),
        Actions::Only(set) => option::some(*set),
    }
}

/// The most debt in MIST that the session may cause, if there is such a limit.
public fun max_debt(self: &Grant): Option<u64> {
    self.max_debt
}

/// How many authorizations the session gets, if there is such a limit.
public fun max_calls(self: &Grant): Option<u64> {
    self.max_calls
}

/// How fast it gets them, if there is such a limit.
public fun rate_limit(self: &Grant): Option<RateLimit> {
    self.rate_limit
}

/// What it may draw from the owner's purse.
public fun allowances(self: &Grant): &vector<CoinAllowance> {
    &self.allowances
}

/// How far it may renew itself, if at all.
public fun envelope(self: &Grant): Option<Envelope> {
    self.envelope
}

/// How many coins a grant can have allowances of.
public fun max_allowances(): u64 {
    MAX_ALLOWANCES
}

/// The address of the session key.
public fun wallet(self: &Session): address {
    self.wallet
}

/// Which session of the storage this is, from 1.
public fun generation(self: &Session): u64 {
    self.generation
}

/// The first millisecond at which the session is refused.
public fun expires_at_ms(self: &Session): u64 {
    self.expires_at_ms
}

/// Whether the session has expired at `now_ms`: it is valid iff `now_ms < expires_at_ms`.
public fun is_expired(self: &Session, now_ms: u64): bool {
    now_ms >= self.expires_at_ms
}

/// What the session was granted.
public fun grant(self: &Session): &Grant {
    &self.grant
}

/// Debt in MIST that the session caused so far.
public fun debt(self: &Session): u64 {
    self.debt
}

/// Authorizations left, if the session has a call budget.
public fun remaining_calls(self: &Session): Option<u64> {
    self.remaining_calls
}

/// What its rate limit held at the last authorization, if it has one.
public fun bucket(self: &Session): Option<Bucket> {
    self.bucket
}

/// What is left of each allowance of its grant, in the grant's order.
public fun remainders(self: &Session): &vector<Remainder> {
    &self.remainders
}

/// Renewals left, if it has an envelope.
public fun remaining_renewals(self: &Session): Option<u64> {
    self.remaining_renewals
}

// === Package functions ===

public(package) fun actions(self: &Grant): Actions {
    self.actions
}

public(package) fun end(self: &Session, reason: EndReason): EndedSession {
    ended_session::new(self.wallet, self.generation, reason)
}

/// A session under `grant` that begins now, with nothing used.
///
/// #### Aborts
/// - `EEmptyGrant` if the grant names no action.
/// - `envelope::EEnvelopeTooShort`, `envelope::EEnvelopeTooLong` if its envelope does not fit.
public(package) fun new_session(
    wallet: address,
    generation: u64,
    now_ms: u64,
    expires_at_ms: u64,
    grant: Grant,
): Session {
    let is_empty = match (&grant.actions) {
        Actions::All => false,
        Actions::Only(set) => set.is_empty(),
    };
    assert!(!is_empty, EEmptyGrant);
    grant.envelope.do_ref!(|envelope| envelope.assert_fits(now_ms, expires_at_ms));
    Session {
        wallet,
        generation,
        expires_at_ms,
        grant,
        debt: 0,
        remaining_calls: grant.max_calls,
        bucket: grant.rate_limit.map_ref!(|limit| limit.new_bucket(now_ms)),
        remainders: grant.allowances.map_ref!(|coin| coin.allowance().new_remainder(now_ms)),
        remaining_renewals: grant.envelope.map_ref!(|envelope| envelope.max_renewals()),
    }
}

/// Counts one authorization; answers whether the session has any limit that counts them.
///
/// #### Aborts
/// - `ECallBudgetExhausted`, `ERateLimited` if a limit does not allow it.
public(package) fun count_call(self: &mut Session, now_ms: u64): bool {
    self.remaining_calls.do_mut!(|calls| {
        assert!(*calls > 0, ECallBudgetExhausted);
        *calls = *calls - 1;
    });
    self.grant.rate_limit.do_ref!(|limit| {
        assert!(limit.take(self.bucket.borrow_mut(), 1, now_ms), ERateLimited);
    });
    self.remaining_calls.is_some() || self.bucket.is_some()
}

/// Counts `charge` against the session's debt ceiling.
///
/// #### Aborts
/// - `ESessionDebtCeiling` if the ceiling does not allow it.
public(package) fun accrue_debt(self: &mut Session, charge: u64) {
    // The debt never exceeds its ceiling, so the subtraction cannot fail.
    assert!(
        !self.grant.max_debt.is_some_and!(|max| charge > *max - self.debt),
        ESessionDebtCeiling,
    );
    self.debt = self.debt + charge;
}

/// Takes `amount` off the allowance of a coin, for an authorization that drew `drawn` of it before;
/// returns what is left.
///
/// #### Aborts
/// - `ECoinNotGranted` if there is no allowance of this coin.
/// - `allowance::EMaxPerCallExceeded`, `allowance::ETotalExceeded`, `allowance::EWindowExceeded` if a
///   limit does not allow it.
public(package) fun spend(
    self: &mut Session,
    coin_type: &TypeName,
    amount: u64,
    drawn: u64,
    now_ms: u64,
): Remainder {
    let index = self.grant.index_of_coin(coin_type);
    assert!(index.is_some(), ECoinNotGranted);
    let index = index.destroy_some();
    let allowance = self.grant.allowances[index].allowance();
    allowance.spend(&mut self.remainders[index], amount, drawn, now_ms);
    self.remainders[index]
}

/// Moves the session's expiry and hands it to `wallet`; all that it used stays used.
///
/// #### Aborts
/// - `ERenewalNotGranted` if it has no envelope.
/// - `envelope::ENoRenewalLeft`, `envelope::EBeyondEnvelope` if the envelope does not allow it.
public(package) fun renew(self: &mut Session, wallet: address, expires_at_ms: u64) {
    assert!(self.grant.envelope.is_some(), ERenewalNotGranted);
    let envelope = self.grant.envelope.borrow();
    envelope.renew(self.remaining_renewals.borrow_mut(), expires_at_ms);
    self.wallet = wallet;
    self.expires_at_ms = expires_at_ms;
}

// === Private functions ===

fun of(actions: Actions): Grant {
    Grant {
        actions,
        max_debt: option::none(),
        max_calls: option::none(),
        rate_limit: option::none(),
        allowances: vector[],
        envelope: option::none(),
    }
}

fun index_of_coin(self: &Grant, coin_type: &TypeName): Option<u64> {
    self.allowances.find_index!(|coin| coin.coin_type() == *coin_type)
}
