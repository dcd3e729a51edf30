/// What an owner lets a session do, and the session itself, as data.
///
/// A `Grant` is composed in a PTB by small functions and consumed by `session::activate`. It starts
/// with nothing: what it does not name is refused. A limit is there or it is not; no number stands
/// for "unlimited". Holding a `Grant` or reading a `Session` gives no authority: only the copy
/// inside a storage counts.
module valet::grant;

use valet::action_set::{Self, ActionSet};

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
}

/// A session: a key that acts for the owner of one storage until it expires or ends.
public struct Session has copy, drop, store {
    /// The address of the session key.
    wallet: address,
    /// Counts the sessions of the storage, from 1; a key activated again gets a new one.
    generation: u64,
    /// The first millisecond at which the session is refused.
    expires_at_ms: u64,
    grant: Grant,
    /// Debt in MIST that this session caused so far; it never decreases.
    debt: u64,
}

/// Why a session ended.
public enum EndReason has copy, drop, store {
    /// The owner ended it.
    Revoked,
    /// The session key ended itself.
    Relinquished,
    /// It had expired and was cleaned up.
    Expired,
    /// The owner activated another one while it was live.
    Replaced,
}

/// A session that ended.
public struct EndedSession has copy, drop, store {
    wallet: address,
    generation: u64,
    reason: EndReason,
}

public use fun ended_wallet as EndedSession.wallet;
public use fun ended_generation as EndedSession.generation;
public use fun ended_reason as EndedSession.reason;

// === Public functions ===

/// A grant of nothing. Needed by whoever composes a grant.
public fun new(): Grant {
    Grant { actions: Actions::Only(action_set::empty()), max_debt: option::none() }
}

/// A grant of every action the dApp lets sessions take. Needed to put limits on an otherwise plain
/// session.
public fun all_session_actions(): Grant {
    Grant { actions: Actions::All, max_debt: option::none() }
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

/// What the session may do.
public fun grant(self: &Session): &Grant {
    &self.grant
}

/// Debt in MIST that the session caused so far.
public fun debt(self: &Session): u64 {
    self.debt
}

/// The address of the key whose session ended.
public fun ended_wallet(self: &EndedSession): address {
    self.wallet
}

/// Which session of the storage ended.
public fun ended_generation(self: &EndedSession): u64 {
    self.generation
}

/// Why it ended.
public fun ended_reason(self: &EndedSession): EndReason {
    self.reason
}

/// Whether the session was ended before its time with nothing in its place, by the owner or by its
/// own key.
public fun is_revoked(self: &EndReason): bool {
    match (self) {
        EndReason::Revoked | EndReason::Relinquished => true,
        _ => false,
    }
}

/// Whether it had expired.
public fun is_expiry(self: &EndReason): bool {
    match (self) {
        EndReason::Expired => true,
        _ => false,
    }
}

/// Whether another session took its place.
public fun is_replacement(self: &EndReason): bool {
    match (self) {
        EndReason::Replaced => true,
        _ => false,
    }
}

// === Package functions ===

public(package) fun revoked(): EndReason {
    EndReason::Revoked
}

public(package) fun relinquished(): EndReason {
    EndReason::Relinquished
}

public(package) fun expired(): EndReason {
    EndReason::Expired
}

public(package) fun replaced(): EndReason {
    EndReason::Replaced
}

public(package) fun end(self: &Session, reason: EndReason): EndedSession {
    EndedSession { wallet: self.wallet, generation: self.generation, reason }
}

/// A session under `grant`.
///
/// #### Aborts
/// - `EEmptyGrant` if the grant names no action.
public(package) fun new_session(
    wallet: address,
    generation: u64,
    expires_at_ms: u64,
    grant: Grant,
): Session {
    let is_empty = match (&grant.actions) {
        Actions::All => false,
        Actions::Only(set) => set.is_empty(),
    };
    assert!(!is_empty, EEmptyGrant);
    Session { wallet, generation, expires_at_ms, grant, debt: 0 }
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
