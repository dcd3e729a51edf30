/// A session that ended, and why: what its key is told when it comes back.
module valet::ended_session;

// === Structs ===

/// Why a session ended.
public enum EndReason has copy, drop, store {
    /// The owner ended it.
    Revoked,
    /// The session key ended itself.
    Relinquished,
    /// It had expired and was cleaned up.
    Expired,
    /// The owner activated another one while it was live, or it was renewed for another key.
    Replaced,
}

/// A session that ended.
public struct EndedSession has copy, drop, store {
    wallet: address,
    generation: u64,
    reason: EndReason,
}

// === View functions ===

/// The address of the key whose session ended.
public fun wallet(self: &EndedSession): address {
    self.wallet
}

/// Which session of the storage ended.
public fun generation(self: &EndedSession): u64 {
    self.generation
}

/// Why it ended.
public fun reason(self: &EndedSession): EndReason {
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

/// Whether another session or key took its place.
public fun is_replacement(self: &EndReason): bool {
    match (self) {
        EndReason::Replaced => true,
        _ => false,
    }
}

// === Package functions ===

public(package) fun new(wallet: address, generation: u64, reason: EndReason): EndedSession {
    EndedSession { wallet, generation, reason }
}

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
