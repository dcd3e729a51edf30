/// Sessions: how an owner lends authority to a key, takes it back, and how a dApp asks whether to
/// go on.
///
/// The owner signs once, to activate a session for a key that a game made. From then on the key
/// signs alone: the dApp's functions call `authorize`, which answers with an `Auth` for the owner
/// and for the session alike, or with the reason it refuses. A session acts only within the actions
/// that the dApp lets sessions take *and* the grant names, only while `now < expires_at_ms`, and
/// only in this dApp.
///
/// Ending a session asks for no object but the storage and the clock: the owner's way out depends
/// on nobody.
module valet::session;

use std::internal::Permit;
use sui::{clock::Clock, event};
use valet::{
    auth::{Self, Auth, SessionStamp},
    dapp::Dapp,
    dapp_hub::DappHub,
    ended_session::{Self, EndReason},
    grant::{Self, Grant},
    rate_limit::Bucket,
    user_storage::UserStorage
};

// === Errors ===

/// The sender is not the owner.
#[error(code = 0)]
const ENotOwner: vector<u8> = b"Only the owner of the storage can activate a session.";
/// The session would be shorter than `min_duration_ms()`.
#[error(code = 1)]
const EDurationTooShort: vector<u8> = b"A session lasts at least 60,000 ms (1 minute).";
/// The session would be longer than `max_duration_ms()`.
#[error(code = 2)]
const EDurationTooLong: vector<u8> = b"A session lasts at most 604,800,000 ms (7 days).";
/// The session key's address is 0x0.
#[error(code = 3)]
const EZeroWallet: vector<u8> = b"The address 0x0 cannot be a session key.";
/// The session key's address is the owner's.
#[error(code = 4)]
const EOwnerWallet: vector<u8> = b"The owner cannot be its own session key; make a fresh key.";
/// There is no session to end.
#[error(code = 5)]
const ENoSession: vector<u8> = b"The storage has no session to deactivate.";
/// The session is live, and the sender is neither the owner nor the session key.
#[error(code = 6)]
const ESessionStillLive: vector<u8> =
    b"Only the owner or the session key can end a session that has not expired.";
/// The sender is not the owner, and no session is registered.
#[error(code = 7)]
const ENotRegistered: vector<u8> =
    b"The sender is not the owner and no session is registered; the owner can activate one.";
/// The sender is neither the owner nor the registered session key.
#[error(code = 8)]
const EWrongSender: vector<u8> = b"The sender is neither the owner nor the registered session key.";
/// The sender's session has expired.
#[error(code = 9)]
const ESessionExpired: vector<u8> = b"The session has expired; the owner can activate a new one.";
/// The sender's session was deactivated.
#[error(code = 10)]
const ESessionRevoked: vector<u8> =
    b"The session was deactivated; the owner can activate a new one.";
/// The sender's session was replaced.
#[error(code = 11)]
const ESessionReplaced: vector<u8> =
    b"The session was replaced by another one; use the new session's key.";
/// The action is for the owner alone.
#[error(code = 12)]
const EOwnerOnlyAction: vector<u8> =
    b"Only the owner can take this action; sign it with the owner's wallet.";
/// The session's grant does not name the action.
#[error(code = 13)]
const EActionNotGranted: vector<u8> =
    b"The session was not granted this action; the owner can take it or grant it in a new session.";
/// The owner asks to renew.
#[error(code = 14)]
const EOwnerRenewal: vector<u8> =
    b"Only the session key renews a session; the owner activates a new one.";

// === Constants ===

/// 1 minute.
const MIN_DURATION_MS: u64 = 60_000;
/// 7 days.
const MAX_DURATION_MS: u64 = 604_800_000;

// === Events ===

/// Emitted by `activate_session` and `activate`.
public struct SessionActivated<phantom D> has copy, drop {
    storage_id: ID,
    owner: address,
    wallet: address,
    generation: u64,
    activated_at_ms: u64,
    expires_at_ms: u64,
    grant: Grant,
}

/// Emitted by `activate_session` and `activate` when they end a live session.
public struct SessionReplaced<phantom D> has copy, drop {
    storage_id: ID,
    owner: address,
    wallet: address,
    generation: u64,
    replaced_by: address,
}

/// Emitted by `deactivate_session`, and by `activate_session` and `activate` when they clean up an
/// expired session.
public struct SessionDeactivated<phantom D> has copy, drop {
    storage_id: ID,
    owner: address,
    wallet: address,
    generation: u64,
    reason: EndReason,
    actor: address,
}

/// Emitted by `renew`.
public struct SessionRenewed<phantom D> has copy, drop {
    storage_id: ID,
    owner: address,
    generation: u64,
    /// The key that renewed it; it is dead if it is not `wallet`.
    previous_wallet: address,
    wallet: address,
    renewed_at_ms: u64,
    expires_at_ms: u64,
    remaining_renewals: u64,
}

/// Emitted by `authorize` for a session with a call budget or a rate limit, and for no other.
public struct CallCounted<phantom D> has copy, drop {
    storage_id: ID,
    owner: address,
    generation: u64,
    action: u8,
    /// Authorizations left, if there is a call budget.
    remaining_calls: Option<u64>,
    /// What the rate limit holds now, if there is one.
    bucket: Option<Bucket>,
}

// === Public functions ===

/// Lets `session_wallet` take, for `duration_ms`, every action that the dApp lets sessions take. A
/// session that was there ends. Needed by clients: this is what the owner signs once.
///
/// #### Aborts
/// - As `activate` does.
public fun activate_session<D>(
    hub: &DappHub,
    storage: &mut UserStorage<D>,
    session_wallet: address,
    duration_ms: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    activate(hub, storage, session_wallet, duration_ms, grant::all_session_actions(), clock, ctx)
}

/// Lets `session_wallet` act for the owner, for `duration_ms`, within `grant`. A session that was
/// there ends. Needed by clients that grant less than `activate_session` does.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `ENotOwner` if the sender is not the owner.
/// - `EZeroWallet`, `EOwnerWallet` if `session_wallet` cannot be a session key.
/// - `EDurationTooShort`, `EDurationTooLong` if `duration_ms` is not between 60,000 and
///   604,800,000.
/// - `grant::EEmptyGrant` if the grant names no action.
/// - `envelope::EEnvelopeTooShort`, `envelope::EEnvelopeTooLong` if the grant's renewals would end
///   before the session does, or more than 90 days from now.
public fun activate<D>(
    hub: &DappHub,
    storage: &mut UserStorage<D>,
    session_wallet: address,
    duration_ms: u64,
    grant: Grant,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    hub.assert_version();
    let owner = storage.canonical_owner();
    assert!(ctx.sender() == owner, ENotOwner);
    assert_terms(owner, session_wallet, duration_ms);

    let storage_id = object::id(storage);
    let activated_at_ms = clock.timestamp_ms();
    if (storage.session().is_some()) {
        if (storage.session().borrow().is_expired(activated_at_ms)) {
            storage.end_and_announce(ended_session::expired(), owner);
        } else {
            let replaced = storage.end_session(ended_session::replaced());
            event::emit(SessionReplaced<D> {
                storage_id,
                owner,
                wallet: replaced.wallet(),
                generation: replaced.generation(),
                replaced_by: session_wallet,
            });
        };
    };
    let session = storage.start_session(
        session_wallet,
        activated_at_ms,
        activated_at_ms + duration_ms,
        grant,
    );
    event::emit(SessionActivated<D> {
        storage_id,
        owner,
        wallet: session_wallet,
        generation: session.generation(),
        activated_at_ms,
        expires_at_ms: session.expires_at_ms(),
        grant,
    });
}

/// Ends the session, from this transaction on. The owner may at any time, the session key too, and
/// anyone once it has expired. Needed by clients; it works whatever the dApp's state or version.
///
/// #### Aborts
/// - `ENoSession` if no session is registered.
/// - `ESessionStillLive` if a stranger calls before it has expired.
public fun deactivate_session<D>(storage: &mut UserStorage<D>, clock: &Clock, ctx: &mut TxContext) {
    assert!(storage.session().is_some(), ENoSession);
    let session = storage.session().borrow();
    let actor = ctx.sender();
    let reason = if (session.is_expired(clock.timestamp_ms())) {
        ended_session::expired()
    } else if (actor == storage.canonical_owner()) {
        ended_session::revoked()
    } else {
        assert!(actor == session.wallet(), ESessionStillLive);
        ended_session::relinquished()
    };
    storage.end_and_announce(reason, actor);
}

/// Ends the session as `deactivate_session` does; does nothing when there is none. Needed by clients
/// that end the sessions of many dApps in one PTB, where one that ended meanwhile must not keep the
/// others alive.
///
/// #### Aborts
/// - `ESessionStillLive` if a stranger calls before it has expired.
public fun revoke_if_active<D>(storage: &mut UserStorage<D>, clock: &Clock, ctx: &mut TxContext) {
    if (storage.session().is_some()) deactivate_session(storage, clock, ctx);
}

/// Lets the session live for `duration_ms` from now, under `new_wallet`, which may be the key it
/// has. Needed by the session's key, which alone may call it, while it is valid and within the
/// envelope that the owner granted. What the session used stays used.
///
/// It is an `entry` function and not public, so that only a transaction's own command can call it:
/// a dApp's code that a session's key calls cannot hand the session to a key of its own.
///
/// #### Aborts
/// - `dapp_hub::EWrongVersion` if the hub is on another version.
/// - `EOwnerRenewal`, `ENotRegistered`, `EWrongSender` if the sender is not the session's key.
/// - `ESessionExpired`, `ESessionRevoked`, `ESessionReplaced` if the sender's session is over.
/// - `EZeroWallet`, `EOwnerWallet` if `new_wallet` cannot be a session key.
/// - `EDurationTooShort`, `EDurationTooLong` if `duration_ms` is not between 60,000 and
///   604,800,000.
/// - `grant::ERenewalNotGranted` if the owner granted no renewals.
/// - `envelope::ENoRenewalLeft`, `envelope::EBeyondEnvelope` if the envelope does not allow it.
entry fun renew<D>(
    hub: &DappHub,
    storage: &mut UserStorage<D>,
    new_wallet: address,
    duration_ms: u64,
    clock: &Clock,
    ctx: &TxContext,
) {
    hub.assert_version();
    let owner = storage.canonical_owner();
    let previous_wallet = ctx.sender();
    assert!(previous_wallet != owner, EOwnerRenewal);
    let renewed_at_ms = clock.timestamp_ms();
    assert_is_live_session(storage, previous_wallet, renewed_at_ms);
    assert_terms(owner, new_wallet, duration_ms);

    let session = storage.renew_session(new_wallet, renewed_at_ms + duration_ms);
    event::emit(SessionRenewed<D> {
        storage_id: object::id(storage),
        owner,
        generation: session.generation(),
        previous_wallet,
        wallet: new_wallet,
        renewed_at_ms,
        expires_at_ms: session.expires_at_ms(),
        remaining_renewals: session.remaining_renewals().destroy_some(),
    });
}

/// Authority for the sender to take `action` on `storage`: as its owner, or as its session within
/// its grant. Needed by every function of a dApp that writes; only the module that defines `D` can
/// make the `Permit<D>`.
///
/// #### Aborts
/// - `dapp::EWrongVersion`, `dapp::ESuspended`, `dapp::EPaused` if the dApp takes no writes.
/// - `ENotRegistered`, `EWrongSender` if the sender is neither the owner nor a session key.
/// - `ESessionExpired`, `ESessionRevoked`, `ESessionReplaced` if the sender's session is over.
/// - `EOwnerOnlyAction` if the dApp does not let sessions take the action.
/// - `EActionNotGranted` if the session's grant does not name it.
/// - `grant::ECallBudgetExhausted`, `grant::ERateLimited` if the session's limits do not allow it.
public fun authorize<D>(
    dapp: &Dapp<D>,
    storage: &mut UserStorage<D>,
    _: Permit<D>,
    action: u8,
    clock: &Clock,
    ctx: &mut TxContext,
): Auth<D> {
    dapp.assert_writable();
    let actor = ctx.sender();
    if (actor == storage.canonical_owner())
        return new_auth(dapp, storage, action, actor, option::none());

    let now_ms = clock.timestamp_ms();
    assert_is_live_session(storage, actor, now_ms);
    let session = storage.session().borrow();
    assert!(dapp.session_actions().contains(action), EOwnerOnlyAction);
    assert!(session.grant().allows(action), EActionNotGranted);
    let generation = session.generation();
    storage.count_call(generation, action, now_ms);
    new_auth(dapp, storage, action, actor, option::some(auth::new_stamp(generation, now_ms)))
}

/// Authority for the owner alone to take `action` on `storage`: no session gets it, whatever the
/// dApp lets sessions take. Needed by a dApp's functions that must never be silent.
///
/// #### Aborts
/// - `dapp::EWrongVersion`, `dapp::ESuspended`, `dapp::EPaused` if the dApp takes no writes.
/// - `EOwnerOnlyAction` if the sender is not the owner.
public fun authorize_owner<D>(
    dapp: &Dapp<D>,
    storage: &UserStorage<D>,
    _: Permit<D>,
    action: u8,
    ctx: &mut TxContext,
): Auth<D> {
    dapp.assert_writable();
    let actor = ctx.sender();
    assert!(actor == storage.canonical_owner(), EOwnerOnlyAction);
    new_auth(dapp, storage, action, actor, option::none())
}

// === View functions ===

/// Whether `sender` could write to the storage at `now_ms`: it is the owner, or the key of the
/// registered session and `now_ms < expires_at_ms`. Which actions it may take is another question.
/// Needed by clients.
public fun is_write_authorized<D>(storage: &UserStorage<D>, sender: address, now_ms: u64): bool {
    sender == storage.canonical_owner() ||
    storage.session().is_some_and!(|session| {
        session.wallet() == sender && !session.is_expired(now_ms)
    })
}

/// Whether `session` is the key of a live session that stands for `claimed_principal`, and for no
/// other: the registered session's key, while `now_ms < expires_at_ms`, and the storage's owner. An
/// owner is no session of its own. Needed by whoever is shown a key and told for whom it acts.
public fun is_valid_for<D>(
    storage: &UserStorage<D>,
    session: address,
    claimed_principal: address,
    now_ms: u64,
): bool {
    session != claimed_principal &&
    claimed_principal == storage.canonical_owner() &&
    is_write_authorized(storage, session, now_ms)
}

/// The shortest session, in milliseconds.
public fun min_duration_ms(): u64 {
    MIN_DURATION_MS
}

/// The longest session, in milliseconds.
public fun max_duration_ms(): u64 {
    MAX_DURATION_MS
}

// === Private functions ===

fun assert_terms(owner: address, session_wallet: address, duration_ms: u64) {
    assert!(session_wallet != @0x0, EZeroWallet);
    assert!(session_wallet != owner, EOwnerWallet);
    assert!(duration_ms >= MIN_DURATION_MS, EDurationTooShort);
    assert!(duration_ms <= MAX_DURATION_MS, EDurationTooLong);
}

/// Refuses everyone but the key of the registered session while it is valid, each with the reason
/// that fits.
fun assert_is_live_session<D>(storage: &UserStorage<D>, actor: address, now_ms: u64) {
    if (storage.session().is_some_and!(|session| session.wallet() == actor)) {
        assert!(!storage.session().borrow().is_expired(now_ms), ESessionExpired);
        return
    };
    storage.ended_session().do_ref!(|ended| {
        if (ended.wallet() == actor) {
            let reason = ended.reason();
            assert!(!reason.is_revoked(), ESessionRevoked);
            assert!(!reason.is_replacement(), ESessionReplaced);
            abort ESessionExpired
        };
    });
    assert!(storage.session().is_some(), ENotRegistered);
    abort EWrongSender
}

fun new_auth<D>(
    dapp: &Dapp<D>,
    storage: &UserStorage<D>,
    action: u8,
    actor: address,
    session: Option<SessionStamp>,
): Auth<D> {
    auth::new(
        object::id(storage),
        storage.canonical_owner(),
        actor,
        action,
        session,
        dapp.fees(),
        dapp.max_unsettled_writes(),
    )
}

use fun count_call as UserStorage.count_call;

fun count_call<D>(storage: &mut UserStorage<D>, generation: u64, action: u8, now_ms: u64) {
    let session = storage.session_mut(generation);
    if (!session.count_call(now_ms)) return;
    let remaining_calls = session.remaining_calls();
    let bucket = session.bucket();
    event::emit(CallCounted<D> {
        storage_id: object::id(storage),
        owner: storage.canonical_owner(),
        generation,
        action,
        remaining_calls,
        bucket,
    });
}

use fun end_and_announce as UserStorage.end_and_announce;

fun end_and_announce<D>(storage: &mut UserStorage<D>, reason: EndReason, actor: address) {
    let session = storage.end_session(reason);
    event::emit(SessionDeactivated<D> {
        storage_id: object::id(storage),
        owner: storage.canonical_owner(),
        wallet: session.wallet(),
        generation: session.generation(),
        reason,
        actor,
    });
}

// === Test functions ===

#[test_only]
public fun session_activated_for_testing<D>(
    storage_id: ID,
    owner: address,
    wallet: address,
    generation: u64,
    activated_at_ms: u64,
    expires_at_ms: u64,
    grant: Grant,
): SessionActivated<D> {
    SessionActivated {
        storage_id,
        owner,
        wallet,
        generation,
        activated_at_ms,
        expires_at_ms,
        grant,
    }
}

#[test_only]
public fun session_replaced_for_testing<D>(
    storage_id: ID,
    owner: address,
    wallet: address,
    generation: u64,
    replaced_by: address,
): SessionReplaced<D> {
    SessionReplaced { storage_id, owner, wallet, generation, replaced_by }
}

#[test_only]
public fun session_deactivated_for_testing<D>(
    storage_id: ID,
    owner: address,
    wallet: address,
    generation: u64,
    reason: EndReason,
    actor: address,
): SessionDeactivated<D> {
    SessionDeactivated { storage_id, owner, wallet, generation, reason, actor }
}

#[test_only]
public fun session_renewed_for_testing<D>(
    storage_id: ID,
    owner: address,
    generation: u64,
    previous_wallet: address,
    wallet: address,
    renewed_at_ms: u64,
    expires_at_ms: u64,
    remaining_renewals: u64,
): SessionRenewed<D> {
    SessionRenewed {
        storage_id,
        owner,
        generation,
        previous_wallet,
        wallet,
        renewed_at_ms,
        expires_at_ms,
        remaining_renewals,
    }
}

#[test_only]
public fun call_counted_for_testing<D>(
    storage_id: ID,
    owner: address,
    generation: u64,
    action: u8,
    remaining_calls: Option<u64>,
    bucket: Option<Bucket>,
): CallCounted<D> {
    CallCounted { storage_id, owner, generation, action, remaining_calls, bucket }
}

#[test_only]
public fun renew_for_testing<D>(
    hub: &DappHub,
    storage: &mut UserStorage<D>,
    new_wallet: address,
    duration_ms: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    renew(hub, storage, new_wallet, duration_ms, clock, ctx)
}
