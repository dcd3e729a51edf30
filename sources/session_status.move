/// What a session can still do and what it can still cost, from one object and a moment.
///
/// Nothing here needs more than the account itself, so a client answers the same from the same bytes.
module valet::session_status;

use std::type_name::TypeName;
use valet::{action_set::ActionSet, grant::Session, session, user_storage::UserStorage};

// === Structs ===

/// The state of an account's session at a moment.
public struct SessionStatus has copy, drop {
    /// The address of the session key.
    wallet: address,
    /// Which session of the account it is, from 1.
    generation: u64,
    /// Whether it is valid: `now_ms < expires_at_ms`. It may have used up its budgets all the same.
    is_active: bool,
    /// The first millisecond at which it is refused.
    expires_at_ms: u64,
    /// The actions it was granted; none when it takes whatever the dApp lets sessions take.
    actions: Option<ActionSet>,
    /// Authorizations left in its call budget, if it has one.
    remaining_calls: Option<u64>,
    /// Authorizations that its rate limit lets through at this moment, if it has one.
    calls_now: Option<u64>,
    /// What it may still draw, for each coin that it was granted.
    allowances: vector<AllowanceStatus>,
    /// Renewals left, if it was granted any.
    remaining_renewals: Option<u64>,
    /// MIST of debt that it caused.
    debt: u64,
    /// MIST of debt that it may still cause, if it has a ceiling.
    remaining_debt: Option<u64>,
}

/// What a session may still draw of one coin.
public struct AllowanceStatus has copy, drop {
    coin_type: TypeName,
    /// Over all its life.
    remaining: u64,
    /// With one call at this moment.
    available: u64,
}

/// The most that a session can still cost its owner.
public struct MaxLoss has copy, drop {
    /// For each coin that it was granted; of every other coin it can cost nothing.
    coins: vector<CoinLoss>,
    /// MIST of debt. None when the session has no debt ceiling: then nothing but the dApp's own
    /// ceiling on unsettled writes stands between it and any debt.
    debt: Option<u64>,
}

/// The most that a session can still cost of one coin.
public struct CoinLoss has copy, drop {
    coin_type: TypeName,
    amount: u64,
}

public use fun allowance_coin_type as AllowanceStatus.coin_type;
public use fun allowance_remaining as AllowanceStatus.remaining;
public use fun allowance_available as AllowanceStatus.available;
public use fun loss_coins as MaxLoss.coins;
public use fun loss_debt as MaxLoss.debt;
public use fun coin_loss_coin_type as CoinLoss.coin_type;
public use fun coin_loss_amount as CoinLoss.amount;

// === View functions ===

/// The state of the account's session at `now_ms`, or none when no session is registered. Needed by
/// clients and by dApps that show it.
public fun status<D>(storage: &UserStorage<D>, now_ms: u64): Option<SessionStatus> {
    storage.session().map_ref!(|session| {
        let is_active = !session.is_expired(now_ms);
        let grant = session.grant();
        SessionStatus {
            wallet: session.wallet(),
            generation: session.generation(),
            is_active,
            expires_at_ms: session.expires_at_ms(),
            actions: grant.named_actions(),
            remaining_calls: session.remaining_calls(),
            calls_now: grant.rate_limit().map!(|limit| {
                limit.available(session.bucket().borrow(), now_ms)
            }),
            allowances: grant.allowances().zip_map_ref!(session.remainders(), |coin, remainder| {
                AllowanceStatus {
                    coin_type: coin.coin_type(),
                    remaining: remainder.total(),
                    available: coin.allowance().available(remainder, now_ms),
                }
            }),
            remaining_renewals: session.remaining_renewals(),
            debt: session.debt(),
            remaining_debt: debt_left(session),
        }
    })
}

/// The most that the account's session can still cost from `now_ms` on, however it and the dApp
/// behave, renewals and other keys included. Needed by whoever decides whether to leave a session
/// alive.
///
/// For each coin it is the least of: what is left of the allowance's total; what its window holds and
/// will get until the session's last possible millisecond; the limit per call, times the
/// authorizations left in the call budget and in the rate limit until then. What the purse holds is
/// left out, since anyone may add to it.
public fun max_loss<D>(storage: &UserStorage<D>, now_ms: u64): MaxLoss {
    if (!storage.session().is_some_and!(|session| !session.is_expired(now_ms)))
        return MaxLoss { coins: vector[], debt: option::some(0) };

    let session = storage.session().borrow();
    let grant = session.grant();
    let end_ms = last_expiry_ms(session);
    let mut max_calls = session.remaining_calls().map!(|calls| calls as u128);
    grant.rate_limit().do!(|limit| {
        let most = limit.most_until(session.bucket().borrow(), now_ms, end_ms);
        max_calls = option::some(max_calls.destroy_or!(most).min(most));
    });
    let coins = grant.allowances().zip_map_ref!(session.remainders(), |coin, remainder| {
        CoinLoss {
            coin_type: coin.coin_type(),
            amount: coin.allowance().most_until(remainder, max_calls, now_ms, end_ms),
        }
    });
    MaxLoss { coins, debt: debt_left(session) }
}

/// The address of the session key.
public fun wallet(self: &SessionStatus): address {
    self.wallet
}

/// Which session of the account it is, from 1.
public fun generation(self: &SessionStatus): u64 {
    self.generation
}

/// Whether it is valid.
public fun is_active(self: &SessionStatus): bool {
    self.is_active
}

/// The first millisecond at which it is refused.
public fun expires_at_ms(self: &SessionStatus): u64 {
    self.expires_at_ms
}

/// The actions it was granted, or none when it takes whatever the dApp lets sessions take.
public fun actions(self: &SessionStatus): Option<ActionSet> {
    self.actions
}

/// Authorizations left in its call budget, if it has one.
public fun remaining_calls(self: &SessionStatus): Option<u64> {
    self.remaining_calls
}

/// Authorizations that its rate limit lets through at this moment, if it has one.
public fun calls_now(self: &SessionStatus): Option<u64> {
    self.calls_now
}

/// What it may still draw, for each coin that it was granted.
public fun allowances(self: &SessionStatus): &vector<AllowanceStatus> {
    &self.allowances
}

/// Renewals left, if it was granted any.
public fun remaining_renewals(self: &SessionStatus): Option<u64> {
    self.remaining_renewals
}

/// MIST of debt that it caused.
public fun debt(self: &SessionStatus): u64 {
    self.debt
}

/// MIST of debt that it may still cause, if it has a ceiling.
public fun remaining_debt(self: &SessionStatus): Option<u64> {
    self.remaining_debt
}

/// The coin's type.
public fun allowance_coin_type(self: &AllowanceStatus): TypeName {
    self.coin_type
}

/// What may still be drawn over the session's life.
public fun allowance_remaining(self: &AllowanceStatus): u64 {
    self.remaining
}

/// What may be drawn with one call at this moment.
public fun allowance_available(self: &AllowanceStatus): u64 {
    self.available
}

/// The most it can cost, for each coin that it was granted.
public fun loss_coins(self: &MaxLoss): &vector<CoinLoss> {
    &self.coins
}

/// The most debt that it can still cause, if it has a ceiling.
public fun loss_debt(self: &MaxLoss): Option<u64> {
    self.debt
}

/// The coin's type.
public fun coin_loss_coin_type(self: &CoinLoss): TypeName {
    self.coin_type
}

/// The most it can cost of the coin.
public fun coin_loss_amount(self: &CoinLoss): u64 {
    self.amount
}

// === Private functions ===

fun debt_left(session: &Session): Option<u64> {
    session.grant().max_debt().map!(|max| max - session.debt())
}

/// The first millisecond at which the session is refused even if it uses every renewal, each as late
/// and as long as can be.
fun last_expiry_ms(session: &Session): u64 {
    let expires_at_ms = session.expires_at_ms();
    let envelope = session.grant().envelope();
    if (envelope.is_none()) return expires_at_ms;
    let renewals = *session.remaining_renewals().borrow() as u128;
    let latest = (expires_at_ms as u128) + renewals * (session::max_duration_ms() as u128);
    // The envelope is no wider than a `u64`, nor is the least of the two; it never ends before the
    // session does.
    latest.min(envelope.borrow().ends_at_ms() as u128) as u64
}
