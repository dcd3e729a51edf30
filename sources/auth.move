/// Authority to write, as a value.
///
/// `session::authorize` makes an `Auth` after every check, and everything that writes to a storage
/// asks for one. It is bound to one storage and, for a session, to that session; it has `drop`
/// only, so it cannot outlive the transaction. It carries the price and the ceiling of that moment,
/// so that a write needs no further object.
module valet::auth;

use std::type_name::TypeName;
use sui::vec_map::{Self, VecMap};
use valet::fees::Fees;

// === Structs ===

/// Which session acts, and when it was authorized.
public struct SessionStamp has copy, drop {
    generation: u64,
    now_ms: u64,
}

/// Authority to write to one storage of dApp `D` in this transaction.
public struct Auth<phantom D> has drop {
    storage_id: ID,
    owner: address,
    actor: address,
    action: u8,
    /// None when the owner acts.
    session: Option<SessionStamp>,
    /// What the session drew from the purse under this authority, by coin type.
    drawn: VecMap<TypeName, u64>,
    fees: Fees,
    max_unsettled_writes: u64,
}

/// Authority to write the global records of dApp `D` in this transaction.
public struct GlobalAuth<phantom D> has drop {
    actor: address,
    fees: Fees,
    /// When it was given; free credit that had expired by then pays nothing.
    now_ms: u64,
}

// === View functions ===

/// The storage that this authority is for.
public fun storage_id<D>(self: &Auth<D>): ID {
    self.storage_id
}

/// The owner of the storage: who every stored identity should resolve to. Needed by dApps.
public fun owner<D>(self: &Auth<D>): address {
    self.owner
}

/// Who signed: the owner or the session key. Never store it as a player's identity.
public fun actor<D>(self: &Auth<D>): address {
    self.actor
}

/// The action that was authorized. Needed by a dApp whose functions share helpers.
public fun action<D>(self: &Auth<D>): u8 {
    self.action
}

/// Whether a session acts, not the owner. Needed by a dApp that treats the two differently.
public fun is_session<D>(self: &Auth<D>): bool {
    self.session.is_some()
}

// === Package functions ===

public(package) fun new<D>(
    storage_id: ID,
    owner: address,
    actor: address,
    action: u8,
    session: Option<SessionStamp>,
    fees: Fees,
    max_unsettled_writes: u64,
): Auth<D> {
    Auth {
        storage_id,
        owner,
        actor,
        action,
        session,
        drawn: vec_map::empty(),
        fees,
        max_unsettled_writes,
    }
}

public(package) fun new_stamp(generation: u64, now_ms: u64): SessionStamp {
    SessionStamp { generation, now_ms }
}

public(package) fun new_global<D>(actor: address, fees: Fees, now_ms: u64): GlobalAuth<D> {
    GlobalAuth { actor, fees, now_ms }
}

public(package) fun session_stamp<D>(self: &Auth<D>): Option<SessionStamp> {
    self.session
}

public(package) fun generation(self: &SessionStamp): u64 {
    self.generation
}

public(package) fun now_ms(self: &SessionStamp): u64 {
    self.now_ms
}

/// What the session drew of a coin under this authority.
public(package) fun drawn<D>(self: &Auth<D>, coin_type: &TypeName): u64 {
    self.drawn.try_get(coin_type).destroy_or!(0)
}

public(package) fun count_draw<D>(self: &mut Auth<D>, coin_type: TypeName, amount: u64) {
    if (self.drawn.contains(&coin_type)) {
        let drawn = &mut self.drawn[&coin_type];
        *drawn = *drawn + amount;
    } else {
        self.drawn.insert(coin_type, amount);
    }
}

public(package) fun fees<D>(self: &Auth<D>): &Fees {
    &self.fees
}

public(package) fun max_unsettled_writes<D>(self: &Auth<D>): u64 {
    self.max_unsettled_writes
}

public(package) fun global_actor<D>(self: &GlobalAuth<D>): address {
    self.actor
}

public(package) fun global_fees<D>(self: &GlobalAuth<D>): &Fees {
    &self.fees
}

public(package) fun global_now_ms<D>(self: &GlobalAuth<D>): u64 {
    self.now_ms
}
