/// What a dApp owns together: its global records and the credit that pays for writes.
///
/// Credit is escrow: see `credit`. Anyone recharges it; settlement moves what was owed into
/// `settled`, and only that goes to the framework's treasury; the rest can be refunded to the dApp's
/// administrator, see `dapp::refund_credit`. Free credit is granted by the framework's, see
/// `governance`, and used before SUI is.
///
/// Users' writes never take this object, so settlement, recharging and onboarding never block a
/// move. Global writes do take it, and are charged at once.
module valet::dapp_storage;

use sui::{balance::Balance, coin::Coin, derived_object, event, sui::SUI};
use valet::{
    auth::GlobalAuth,
    credit::{Self, Credit, FreeCredit, Totals},
    dapp_hub::{Self, DappHub},
    record::{Self, Change}
};

// === Errors ===

/// The amount is zero.
#[error(code = 0)]
const EZeroAmount: vector<u8> = b"The amount is zero; name more than nothing.";
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
/// The storage belongs to another version of this package.
#[error(code = 4)]
const EWrongVersion: vector<u8> =
    b"The dApp is on another version of the valet package; call the package of that version.";

// === Constants ===

/// 10^9 SUI in MIST: more than any dApp can use, and far from overflowing.
const MAX_FREE_CREDIT: u64 = 1_000_000_000_000_000_000;

// === Structs ===

/// Global records and credit of dApp `D`.
public struct DappStorage<phantom D> has key {
    id: UID,
    /// The `Dapp`'s. Settling works whatever it is; nothing else does.
    version: u64,
    credit: Credit,
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

/// Emitted by `dapp::refund_credit`.
public struct CreditRefunded<phantom D> has copy, drop {
    dapp_storage_id: ID,
    actor: address,
    amount: u64,
    credit: u64,
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

/// Emitted by `emit_record`.
public struct GlobalRecordEmitted<phantom D, K, V> has copy, drop {
    dapp_storage_id: ID,
    key: K,
    value: V,
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
/// - `EWrongVersion` if the dApp is on another version.
/// - `EZeroAmount` if the coin is empty.
public fun recharge<D>(self: &mut DappStorage<D>, coin: Coin<SUI>, ctx: &mut TxContext) {
    self.assert_version();
    let amount = coin.value();
    assert!(amount > 0, EZeroAmount);
    self.credit.recharge(coin.into_balance());
    event::emit(CreditRecharged<D> {
        dapp_storage_id: self.id.to_inner(),
        actor: ctx.sender(),
        amount,
        credit: self.credit.held(),
    });
}

/// Sends what was settled to the framework's treasury. Anyone may; needed by the framework's
/// administration.
///
/// #### Aborts
/// - `EWrongVersion`, `dapp_hub::EWrongVersion` if the dApp or the hub is on another version.
/// - `ENothingSettled` if there is nothing to send.
public fun collect<D>(self: &mut DappStorage<D>, hub: &DappHub, ctx: &mut TxContext) {
    self.assert_version();
    hub.assert_version();
    let amount = self.credit.uncollected();
    assert!(amount > 0, ENothingSettled);
    let treasury = hub.treasury();
    transfer::public_transfer(self.credit.collect().into_coin(ctx), treasury);
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

/// Announces a global record and stores nothing; charged as a write of its key and value. Needed by
/// the dApp's module for what only readers of events need.
///
/// #### Aborts
/// - `ECreditTooLow` if the dApp's credit does not cover the write.
public fun emit_record<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut DappStorage<D>,
    auth: &GlobalAuth<D>,
    key: K,
    value: V,
) {
    let bytes = record::size_of(&key) + record::size_of(&value);
    let (free_credit_paid, credit_paid) = self.charge(auth, bytes);
    event::emit(GlobalRecordEmitted<D, K, V> {
        dapp_storage_id: self.id.to_inner(),
        key,
        value,
        actor: auth.global_actor(),
        free_credit_paid,
        credit_paid,
    });
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

/// The version of the valet package that may change this storage.
public fun version<D>(self: &DappStorage<D>): u64 {
    self.version
}

/// MIST of SUI that pays for writes to come.
public fun credit<D>(self: &DappStorage<D>): u64 {
    self.credit.held()
}

/// What the framework gives away, expired or not.
public fun free_credit<D>(self: &DappStorage<D>): Option<FreeCredit> {
    self.credit.free()
}

/// MIST worth of writes that the framework gives away at `now_ms`.
public fun free_credit_at<D>(self: &DappStorage<D>, now_ms: u64): u64 {
    self.credit.free_at(now_ms)
}

/// MIST of credit that refunds must leave, if the framework requires any.
public fun reserve<D>(self: &DappStorage<D>): Option<u64> {
    self.credit.reserve()
}

/// MIST of SUI that paid for writes and waits for `collect`.
public fun settled<D>(self: &DappStorage<D>): u64 {
    self.credit.uncollected()
}

/// MIST that ever came and went.
public fun totals<D>(self: &DappStorage<D>): Totals {
    self.credit.totals()
}

/// Global writes ever made.
public fun write_count<D>(self: &DappStorage<D>): u64 {
    self.write_count
}

/// Bytes that global writes ever wrote.
public fun byte_count<D>(self: &DappStorage<D>): u64 {
    self.byte_count
}

// === Package functions ===

public(package) fun new<D>(hub: &mut DappHub): DappStorage<D> {
    DappStorage {
        id: derived_object::claim(hub.uid_mut(), DappStorageKey<D>()),
        version: dapp_hub::package_version(),
        credit: credit::new(),
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

/// #### Aborts
/// - `EWrongVersion` if the dApp is on another version.
public(package) fun assert_version<D>(self: &DappStorage<D>) {
    assert!(self.version == dapp_hub::package_version(), EWrongVersion);
}

public(package) fun set_version<D>(self: &mut DappStorage<D>, version: u64) {
    self.version = version;
}

public(package) fun set_reserve<D>(self: &mut DappStorage<D>, reserve: Option<u64>) {
    self.credit.set_reserve(reserve)
}

/// Pays as much of `due` as there is, free credit first; returns what each of the two paid.
public(package) fun pay<D>(self: &mut DappStorage<D>, due: u64, now_ms: u64): (u64, u64) {
    self.credit.pay(due, now_ms)
}

/// Takes what a user pays for writes.
public(package) fun pay_by_user<D>(self: &mut DappStorage<D>, payment: Balance<SUI>) {
    self.credit.pay_by_user(payment)
}

/// #### Aborts
/// - As `dapp::refund_credit` does.
public(package) fun refund<D>(
    self: &mut DappStorage<D>,
    amount: u64,
    ctx: &mut TxContext,
): Coin<SUI> {
    self.assert_version();
    assert!(amount > 0, EZeroAmount);
    let coin = self.credit.refund(amount).into_coin(ctx);
    event::emit(CreditRefunded<D> {
        dapp_storage_id: self.id.to_inner(),
        actor: ctx.sender(),
        amount,
        credit: self.credit.held(),
    });
    coin
}

/// #### Aborts
/// - As `governance::grant_free_credit` does.
public(package) fun grant_free_credit<D>(
    self: &mut DappStorage<D>,
    amount: u64,
    expires_at_ms: u64,
    now_ms: u64,
) {
    self.assert_version();
    assert!(amount > 0, EZeroAmount);
    // The free credit never exceeds its cap, so the subtraction cannot fail.
    assert!(amount <= MAX_FREE_CREDIT - self.credit.free_at(now_ms), EFreeCreditTooLarge);
    self.credit.grant_free(amount, expires_at_ms, now_ms)
}

/// #### Aborts
/// - As `governance::extend_free_credit` does.
public(package) fun extend_free_credit<D>(
    self: &mut DappStorage<D>,
    expires_at_ms: u64,
    now_ms: u64,
) {
    self.assert_version();
    self.credit.extend_free(expires_at_ms, now_ms)
}

/// #### Aborts
/// - As `governance::revoke_free_credit` does.
public(package) fun revoke_free_credit<D>(self: &mut DappStorage<D>): u64 {
    self.assert_version();
    self.credit.revoke_free()
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
    let (free_credit_paid, credit_paid) = self.pay(due, auth.global_now_ms());
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
public fun credit_refunded_for_testing<D>(
    dapp_storage_id: ID,
    actor: address,
    amount: u64,
    credit: u64,
): CreditRefunded<D> {
    CreditRefunded { dapp_storage_id, actor, amount, credit }
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

#[test_only]
public fun global_record_emitted_for_testing<D, K: copy + drop, V: copy + drop>(
    dapp_storage_id: ID,
    key: K,
    value: V,
    actor: address,
    free_credit_paid: u64,
    credit_paid: u64,
): GlobalRecordEmitted<D, K, V> {
    GlobalRecordEmitted { dapp_storage_id, key, value, actor, free_credit_paid, credit_paid }
}
