/// The purse: an owner's coins inside one account, for what its dApp sells.
///
/// Anyone may put coins in. The owner takes them out at any time, whatever the dApp's state or
/// version, and taking out pays nobody but the owner, whoever's code makes the call. The dApp's own
/// module draws from it, with the authority of the moment:
/// - a session draws what its grant allows of the coin's type, and nothing of a type that the grant
///   does not name;
/// - the owner draws without an allowance: whoever signs with the owner's wallet for a function of
///   the dApp trusts it with this purse, and with no other dApp's.
///
/// Each coin type has its own dynamic field, which no other write loads: an account's size does not
/// grow with what strangers put in.
module valet::purse;

use std::type_name;
use sui::{balance::{Self, Balance}, coin::Coin, dynamic_field as df, event};
use valet::{allowance::Remainder, auth::Auth, user_storage::UserStorage};

// === Errors ===

/// The sender is not the owner.
#[error(code = 0)]
const ENotOwner: vector<u8> = b"Only the owner of the storage can withdraw from its purse.";
/// The amount is zero.
#[error(code = 1)]
const EZeroAmount: vector<u8> = b"The amount is zero; move more than nothing.";
/// The purse holds less.
#[error(code = 2)]
const EPurseTooLow: vector<u8> = b"The purse holds less of this coin; deposit more.";

// === Structs ===

/// Names the dynamic field that holds the purse's `Balance<T>`.
public struct PurseKey<phantom T>() has copy, drop, store;

// === Events ===

/// Emitted by `deposit`.
public struct PurseDeposited<phantom D, phantom T> has copy, drop {
    storage_id: ID,
    owner: address,
    actor: address,
    amount: u64,
    /// What the purse holds now.
    balance: u64,
}

/// Emitted by `withdraw` and `withdraw_all`.
public struct PurseWithdrawn<phantom D, phantom T> has copy, drop {
    storage_id: ID,
    owner: address,
    amount: u64,
    /// What the purse holds now.
    balance: u64,
}

/// Emitted by `draw`.
public struct PurseDrawn<phantom D, phantom T> has copy, drop {
    storage_id: ID,
    owner: address,
    actor: address,
    action: u8,
    amount: u64,
    /// What the purse holds now.
    balance: u64,
    /// What the session may still draw; none when the owner drew.
    remainder: Option<Remainder>,
}

// === Public functions ===

/// Puts the coin into the purse. Anyone may; needed by clients.
///
/// #### Aborts
/// - `EZeroAmount` if the coin is empty.
public fun deposit<D, T>(storage: &mut UserStorage<D>, coin: Coin<T>, ctx: &mut TxContext) {
    let amount = coin.value();
    assert!(amount > 0, EZeroAmount);
    let key = PurseKey<T>();
    let id = storage.uid_mut();
    if (!df::exists_(id, key)) df::add(id, key, balance::zero<T>());
    let balance: &mut Balance<T> = df::borrow_mut(id, key);
    let balance = balance.join(coin.into_balance());
    event::emit(PurseDeposited<D, T> {
        storage_id: object::id(storage),
        owner: storage.canonical_owner(),
        actor: ctx.sender(),
        amount,
        balance,
    });
}

/// Sends `amount` to the owner. Needed by clients; it works whatever the dApp's state or version.
///
/// #### Aborts
/// - `ENotOwner` if the sender is not the owner.
/// - `EZeroAmount` if the amount is zero.
/// - `EPurseTooLow` if the purse holds less.
public fun withdraw<D, T>(storage: &mut UserStorage<D>, amount: u64, ctx: &mut TxContext) {
    assert_owner(storage, ctx);
    assert!(amount > 0, EZeroAmount);
    pay_owner<D, T>(storage, amount, ctx);
}

/// Sends all there is of a coin to the owner; does nothing when there is none. Needed by clients
/// that empty many purses in one PTB.
///
/// #### Aborts
/// - `ENotOwner` if the sender is not the owner.
public fun withdraw_all<D, T>(storage: &mut UserStorage<D>, ctx: &mut TxContext) {
    assert_owner(storage, ctx);
    let amount = value<D, T>(storage);
    if (amount > 0) pay_owner<D, T>(storage, amount, ctx);
}

/// Takes `amount` out of the purse on behalf of whoever the authority is for. Needed by the dApp's
/// module, which alone gets an `Auth<D>`. All draws of one authority together count as one call.
///
/// #### Aborts
/// - `user_storage::EWrongStorage` if the authority is for another storage.
/// - `EZeroAmount` if the amount is zero.
/// - `user_storage::ESessionEnded` if the session that authorized it has ended since.
/// - `grant::ECoinNotGranted`, `allowance::EMaxPerCallExceeded`, `allowance::ETotalExceeded`,
///   `allowance::EWindowExceeded` if the session's grant does not allow it.
/// - `EPurseTooLow` if the purse holds less.
public fun draw<D, T>(storage: &mut UserStorage<D>, auth: &mut Auth<D>, amount: u64): Balance<T> {
    storage.assert_storage(auth);
    assert!(amount > 0, EZeroAmount);
    let mut remainder = option::none();
    auth.session_stamp().do!(|stamp| {
        let coin_type = type_name::with_defining_ids<T>();
        let session = storage.session_mut(stamp.generation());
        let drawn = auth.drawn(&coin_type);
        remainder.fill(session.spend(&coin_type, amount, drawn, stamp.now_ms()));
        auth.count_draw(coin_type, amount);
    });
    let drawn = take(storage, amount);
    event::emit(PurseDrawn<D, T> {
        storage_id: object::id(storage),
        owner: storage.canonical_owner(),
        actor: auth.actor(),
        action: auth.action(),
        amount,
        balance: value<D, T>(storage),
        remainder,
    });
    drawn
}

// === View functions ===

/// How much of a coin the purse holds.
public fun value<D, T>(storage: &UserStorage<D>): u64 {
    let key = PurseKey<T>();
    let id = storage.uid();
    if (!df::exists_(id, key)) return 0;
    let balance: &Balance<T> = df::borrow(id, key);
    balance.value()
}

// === Package functions ===

/// Takes `amount` out of the purse, and the field with it when nothing is left. It asks for no
/// authority: that is for the caller to do.
///
/// #### Aborts
/// - `EPurseTooLow` if the purse holds less.
public(package) fun take<D, T>(storage: &mut UserStorage<D>, amount: u64): Balance<T> {
    let held = value<D, T>(storage);
    assert!(amount <= held, EPurseTooLow);
    let key = PurseKey<T>();
    let id = storage.uid_mut();
    if (amount == held && held > 0) return df::remove(id, key);
    if (amount == 0) return balance::zero();
    let balance: &mut Balance<T> = df::borrow_mut(id, key);
    balance.split(amount)
}

// === Private functions ===

fun assert_owner<D>(storage: &UserStorage<D>, ctx: &TxContext) {
    assert!(ctx.sender() == storage.canonical_owner(), ENotOwner);
}

/// The coin goes to the owner and not to the caller, so that no dApp's code that an owner calls can
/// turn a withdrawal its own way.
fun pay_owner<D, T>(storage: &mut UserStorage<D>, amount: u64, ctx: &mut TxContext) {
    let owner = storage.canonical_owner();
    let coin = take<D, T>(storage, amount).into_coin(ctx);
    transfer::public_transfer(coin, owner);
    event::emit(PurseWithdrawn<D, T> {
        storage_id: object::id(storage),
        owner,
        amount,
        balance: value<D, T>(storage),
    });
}

// === Test functions ===

#[test_only]
public fun deposited_for_testing<D, T>(
    storage_id: ID,
    owner: address,
    actor: address,
    amount: u64,
    balance: u64,
): PurseDeposited<D, T> {
    PurseDeposited { storage_id, owner, actor, amount, balance }
}

#[test_only]
public fun withdrawn_for_testing<D, T>(
    storage_id: ID,
    owner: address,
    amount: u64,
    balance: u64,
): PurseWithdrawn<D, T> {
    PurseWithdrawn { storage_id, owner, amount, balance }
}

#[test_only]
public fun drawn_for_testing<D, T>(
    storage_id: ID,
    owner: address,
    actor: address,
    action: u8,
    amount: u64,
    balance: u64,
    remainder: Option<Remainder>,
): PurseDrawn<D, T> {
    PurseDrawn { storage_id, owner, actor, action, amount, balance, remainder }
}
