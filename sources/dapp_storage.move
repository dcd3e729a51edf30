/// What a dApp owns together: its global records and the credit that pays for writes.
///
/// Credit is escrow. Anyone recharges it; settlement moves what was owed into `settled`, and only
/// that goes to the framework's treasury. Free credit is a number granted by the framework's
/// administrator, used before SUI is; nothing moves when it is used.
///
/// Users' writes never take this object, so settlement, recharging and onboarding never block a
/// move. Global writes do take it, and are charged at once.
module valet::dapp_storage;

use sui::{balance::{Self, Balance}, coin::Coin, derived_object, event, sui::SUI};
use valet::{auth::GlobalAuth, dapp_hub::{DappHub, HubAdminCap}, record::{Self, Change}};

// === Errors ===

/// The coin is empty.
#[error(code = 0)]
const EZeroAmount: vector<u8> = b"The amount is zero; recharge or grant more than nothing.";
/// The free credit would not fit.
#[error(code = 1)]
const EFreeCreditTooLarge: vector<u8> = b"A dApp's free credit cannot exceed 1,000,000,000 SUI.";
/// The credit does not cover a global write.
#[error(code = 2)]
const ECreditTooLow: vector<u8> =
    b"The dApp's credit does not cover this global write; recharge it.";
/// Nothing was settled since the last collection.
#[error(code = 3)]
const ENothingSettled: vector<u8> = b"No settled fees are waiting to be collected.";

// === Constants ===

/// 10^9 SUI in MIST: more than any dApp can use, and far from overflowing.
const MAX_FREE_CREDIT: u64 = 1_000_000_000_000_000_000;

// === Structs ===

/// Global records and credit of dApp `D`.
public struct DappStorage<phantom D> has key {
    id: UID,
    /// SUI that pays for writes to come.
    credit: Balance<SUI>,
    /// MIST worth of writes that the framework gives away.
    free_credit: u64,
    /// SUI that paid for writes, on its way to the treasury.
    settled: Balance<SUI>,
    /// Global writes ever made.
    write_count: u64,
    /// Bytes that global writes ever wrote.
    byte_count: u64,
}

/// Derives the address of `DappStorage<D>` from the hub's.
public struct DappStorageKey<phantom D>() has copy, drop, store;

/// Derives the address of an owner's `UserStorage<D>` from that of `DappStorage<D>`.
public struct StorageKey(address) has copy, drop, store;

// === Events ===

/// Emitted by `recharge`.
public struct CreditRecharged<phantom D> has copy, drop {
    dapp_storage_id: ID,
    actor: address,
    amount: u64,
    credit: u64,
}

/// Emitted by `grant_free_credit`.
public struct FreeCreditGranted<phantom D> has copy, drop {
    dapp_storage_id: ID,
    amount: u64,
    free_credit: u64,
}

/// Emitted by `collect`.
public struct SettledCollected<phantom D> has copy, drop {
    dapp_storage_id: ID,
    treasury: address,
    amount: u64,
}

/// Emitted by `set` and `commit`.
public struct GlobalRecordSet<phantom D, K, V> has copy, drop {
    dapp_storage_id: ID,
    key: K,
    value: V,
    actor: address,
    /// MIST taken from free credit.
    free_credit_paid: u64,
    /// MIST taken from credit.
    credit_paid: u64,
}

/// Emitted by `remove`.
public struct GlobalRecordRemoved<phantom D, K, phantom V> has copy, drop {
    dapp_storage_id: ID,
    key: K,
    actor: address,
    /// MIST taken from free credit.
    free_credit_paid: u64,
    /// MIST taken from credit.
    credit_paid: u64,
}

// === Public functions ===

/// Shares the storage. Needed right after `dapp::register`.
public fun share<D>(self: DappStorage<D>) {
    transfer::share_object(self)
}

/// Adds the coin to the dApp's credit. Anyone may; needed by whoever pays for a dApp's writes.
///
/// #### Aborts
/// - `EZeroAmount` if the coin is empty.
public fun recharge<D>(self: &mut DappStorage<D>, coin: Coin<SUI>, ctx: &mut TxContext) {
    let amount = coin.value();
    assert!(amount > 0, EZeroAmount);
    self.credit.join(coin.into_balance());
    event::emit(CreditRecharged<D> {
        dapp_storage_id: self.id.to_inner(),
        actor: ctx.sender(),
        amount,
        credit: self.credit.value(),
    });
}

/// Sends what was settled to the framework's treasury. Anyone may; needed by the framework's
/// administration.
///
/// #### Aborts
/// - `ENothingSettled` if there is nothing to send.
public fun collect<D>(self: &mut DappStorage<D>, hub: &DappHub, ctx: &mut TxContext) {
    let amount = self.settled.value();
    assert!(amount > 0, ENothingSettled);
    let treasury = hub.treasury();
    transfer::public_transfer(self.settled.withdraw_all().into_coin(ctx), treasury);
    event::emit(SettledCollected<D> { dapp_storage_id: self.id.to_inner(), treasury, amount });
}

/// Creates or overwrites a global record. Needed by the dApp's module.
///
/// #### Aborts
/// - `record::EWrongRecordType` if the record under this key is of another type.
/// - `ECreditTooLow` if the dApp's credit does not cover the write.
public fun set<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut DappStorage<D>,
    auth: &GlobalAuth<D>,
    key: K,
    value: V,
) {
    record::set(&mut self.id, key, value);
    self.count_set(auth, key, value);
}

/// Borrows a global record to change it; give the `Change` to `commit` when done. Needed by the
/// dApp's module; `update!` does both.
///
/// #### Aborts
/// - `record::ERecordNotFound` if there is no record under this key.
/// - `record::EWrongRecordType` if it is of another type.
public fun borrow_mut<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut DappStorage<D>,
    _: &GlobalAuth<D>,
    key: K,
): (&mut V, Change<D, K, V>) {
    record::borrow_mut(&mut self.id, key)
}

/// Charges for a change and announces the record as it is now. Needed after `borrow_mut`.
///
/// #### Aborts
/// - `record::EWrongChange` if the change was begun in another storage.
/// - `record::ERecordNotFound` if the record was removed meanwhile.
/// - `record::EWrongRecordType` if it was replaced by one of another type meanwhile.
/// - `ECreditTooLow` if the dApp's credit does not cover the write.
public fun commit<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut DappStorage<D>,
    auth: &GlobalAuth<D>,
    change: Change<D, K, V>,
) {
    let (key, value) = record::finish(&self.id, change);
    self.count_set(auth, key, value);
}

/// Changes a global record in place: `storage.update!(&auth, key, |value| ...)`. Needed by the
/// dApp's module.
///
/// #### Aborts
/// - As `borrow_mut` and `commit` do.
public macro fun update<$D, $K: copy + drop + store, $V: copy + drop + store>(
    $self: &mut DappStorage<$D>,
    $auth: &GlobalAuth<$D>,
    $key: $K,
    $f: |&mut $V|,
) {
    let self = $self;
    let auth = $auth;
    let (value, change) = self.borrow_mut<$D, $K, $V>(auth, $key);
    $f(value);
    self.commit(auth, change);
}

/// Removes a global record and returns it; charged as a write of its key. Needed by the dApp's
/// module.
///
/// #### Aborts
/// - `record::ERecordNotFound` if there is no record under this key.
/// - `record::EWrongRecordType` if it is of another type.
/// - `ECreditTooLow` if the dApp's credit does not cover the write.
public fun remove<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut DappStorage<D>,
    auth: &GlobalAuth<D>,
    key: K,
): V {
    let value = record::remove(&mut self.id, key);
    let (free_credit_paid, credit_paid) = self.charge(auth, record::size_of(&key));
    event::emit(GlobalRecordRemoved<D, K, V> {
        dapp_storage_id: self.id.to_inner(),
        key,
        actor: auth.global_actor(),
        free_credit_paid,
        credit_paid,
    });
    value
}

// === View functions ===

/// The address of `DappStorage<D>`, registered or not. Needed by clients.
public fun derived_address<D>(hub: &DappHub): address {
    derived_object::derive_address(hub.uid().to_inner(), DappStorageKey<D>())
}

/// A global record. Anyone may read who can name its key.
///
/// #### Aborts
/// - `record::ERecordNotFound` if there is no record under this key.
/// - `record::EWrongRecordType` if it is of another type.
public fun borrow<D, K: copy + drop + store, V: copy + drop + store>(
    self: &DappStorage<D>,
    key: K,
): &V {
    record::borrow(&self.id, key)
}

/// Whether there is a global record under this key.
public fun contains<D, K: copy + drop + store>(self: &DappStorage<D>, key: K): bool {
    record::contains(&self.id, key)
}

/// The address of the owner's `UserStorage<D>`, created or not. Needed by clients.
public fun user_storage_address<D>(self: &DappStorage<D>, owner: address): address {
    derived_object::derive_address(self.id.to_inner(), StorageKey(owner))
}

/// Whether the owner's `UserStorage<D>` was created.
public fun has_user_storage<D>(self: &DappStorage<D>, owner: address): bool {
    derived_object::exists(&self.id, StorageKey(owner))
}

/// MIST of SUI that pays for writes to come.
public fun credit<D>(self: &DappStorage<D>): u64 {
    self.credit.value()
}

/// MIST worth of writes that the framework gives away.
public fun free_credit<D>(self: &DappStorage<D>): u64 {
    self.free_credit
}

/// MIST of SUI that paid for writes and waits for `collect`.
public fun settled<D>(self: &DappStorage<D>): u64 {
    self.settled.value()
}

/// Global writes ever made.
public fun write_count<D>(self: &DappStorage<D>): u64 {
    self.write_count
}

/// Bytes that global writes ever wrote.
public fun byte_count<D>(self: &DappStorage<D>): u64 {
    self.byte_count
}

// === Admin functions ===

/// Gives the dApp free credit. Needed by the framework's administrator.
///
/// #### Aborts
/// - `EZeroAmount` if the amount is zero.
/// - `EFreeCreditTooLarge` if the free credit would exceed its cap.
public fun grant_free_credit<D>(self: &mut DappStorage<D>, _: &HubAdminCap, amount: u64) {
    assert!(amount > 0, EZeroAmount);
    // The free credit never exceeds its cap, so the subtraction cannot fail.
    assert!(amount <= MAX_FREE_CREDIT - self.free_credit, EFreeCreditTooLarge);
    self.free_credit = self.free_credit + amount;
    event::emit(FreeCreditGranted<D> {
        dapp_storage_id: self.id.to_inner(),
        amount,
        free_credit: self.free_credit,
    });
}

// === Package functions ===

public(package) fun new<D>(hub: &mut DappHub): DappStorage<D> {
    DappStorage {
        id: derived_object::claim(hub.uid_mut(), DappStorageKey<D>()),
        credit: balance::zero(),
        free_credit: 0,
        settled: balance::zero(),
        write_count: 0,
        byte_count: 0,
    }
}

/// For claiming derived addresses only.
public(package) fun uid_mut<D>(self: &mut DappStorage<D>): &mut UID {
    &mut self.id
}

public(package) fun storage_key(owner: address): StorageKey {
    StorageKey(owner)
}

/// Pays as much of `due` as there is, free credit first; returns what each of the two paid.
public(package) fun pay<D>(self: &mut DappStorage<D>, due: u64): (u64, u64) {
    let free_credit_paid = due.min(self.free_credit);
    let credit_paid = (due - free_credit_paid).min(self.credit.value());
    self.free_credit = self.free_credit - free_credit_paid;
    self.settled.join(self.credit.split(credit_paid));
    (free_credit_paid, credit_paid)
}

// === Private functions ===

fun count_set<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut DappStorage<D>,
    auth: &GlobalAuth<D>,
    key: K,
    value: V,
) {
    let bytes = record::size_of(&key) + record::size_of(&value);
    let (free_credit_paid, credit_paid) = self.charge(auth, bytes);
    event::emit(GlobalRecordSet<D, K, V> {
        dapp_storage_id: self.id.to_inner(),
        key,
        value,
        actor: auth.global_actor(),
        free_credit_paid,
        credit_paid,
    });
}

fun charge<D>(self: &mut DappStorage<D>, auth: &GlobalAuth<D>, bytes: u64): (u64, u64) {
    let due = auth.global_fees().charge(bytes);
    let (free_credit_paid, credit_paid) = self.pay(due);
    assert!(free_credit_paid + credit_paid == due, ECreditTooLow);
    self.write_count = self.write_count + 1;
    self.byte_count = self.byte_count + bytes;
    (free_credit_paid, credit_paid)
}

// === Test functions ===

#[test_only]
public fun credit_recharged_for_testing<D>(
    dapp_storage_id: ID,
    actor: address,
    amount: u64,
    credit: u64,
): CreditRecharged<D> {
    CreditRecharged { dapp_storage_id, actor, amount, credit }
}

#[test_only]
public fun free_credit_granted_for_testing<D>(
    dapp_storage_id: ID,
    amount: u64,
    free_credit: u64,
): FreeCreditGranted<D> {
    FreeCreditGranted { dapp_storage_id, amount, free_credit }
}

#[test_only]
public fun settled_collected_for_testing<D>(
    dapp_storage_id: ID,
    treasury: address,
    amount: u64,
): SettledCollected<D> {
    SettledCollected { dapp_storage_id, treasury, amount }
}

#[test_only]
public fun global_record_set_for_testing<D, K: copy + drop, V: copy + drop>(
    dapp_storage_id: ID,
    key: K,
    value: V,
    actor: address,
    free_credit_paid: u64,
    credit_paid: u64,
): GlobalRecordSet<D, K, V> {
    GlobalRecordSet { dapp_storage_id, key, value, actor, free_credit_paid, credit_paid }
}

#[test_only]
public fun global_record_removed_for_testing<D, K: copy + drop, V: copy + drop>(
    dapp_storage_id: ID,
    key: K,
    actor: address,
    free_credit_paid: u64,
    credit_paid: u64,
): GlobalRecordRemoved<D, K, V> {
    GlobalRecordRemoved { dapp_storage_id, key, actor, free_credit_paid, credit_paid }
}
