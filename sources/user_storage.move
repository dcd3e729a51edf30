/// One user's account in one dApp: who owns it, what it holds, which session acts for it, what it
/// owes.
///
/// There is one `UserStorage<D>` for each owner and dApp, at an address derived from the dApp's
/// storage and the owner, so a second one cannot exist and any client finds it with no indexer. It
/// is shared: its owner and its session both write to it, and nobody else's writes touch it.
///
/// Every change asks for an `Auth<D>`, which `session::authorize` alone makes and only for the
/// dApp's own module. Reading asks for nothing but the key.
module valet::user_storage;

use sui::{derived_object, event};
use valet::{
    account_card,
    auth::Auth,
    dapp::Dapp,
    dapp_storage::{Self, DappStorage},
    ended_session::{Self, EndReason, EndedSession},
    grant::{Self, Grant, Session},
    record::{Self, Change}
};

// === Errors ===

/// The owner has a storage in this dApp.
#[error(code = 0)]
const EStorageExists: vector<u8> = b"This owner already has a storage in this dApp; use it.";
/// The authority is for another storage.
#[error(code = 1)]
const EWrongStorage: vector<u8> =
    b"The authority is for another storage; authorize with the storage being written.";
/// The session that authorized this ended within the transaction.
#[error(code = 2)]
const ESessionEnded: vector<u8> =
    b"The session that authorized this write has ended since; authorize again.";
/// The storage owes for as many writes as the dApp allows.
#[error(code = 3)]
const EUnsettledCeiling: vector<u8> =
    b"The ceiling on unsettled writes is reached; settle the storage, then write again.";

// === Structs ===

/// The account of one owner in dApp `D`.
public struct UserStorage<phantom D> has key {
    id: UID,
    /// Set at creation and never changed.
    canonical_owner: address,
    /// The session that is registered, live or expired.
    session: Option<Session>,
    /// The session that ended last, so that its key is told why it is refused.
    ended_session: Option<EndedSession>,
    /// How many sessions were ever activated.
    session_count: u64,
    /// Writes ever made.
    write_count: u64,
    /// Bytes ever written.
    byte_count: u64,
    /// Priced writes that are owed for.
    unsettled_writes: u64,
    /// MIST owed.
    debt: u64,
}

// === Events ===

/// Emitted by `create`.
public struct StorageCreated<phantom D> has copy, drop {
    storage_id: ID,
    owner: address,
}

/// Emitted by `set` and `commit`.
public struct RecordSet<phantom D, K, V> has copy, drop {
    storage_id: ID,
    owner: address,
    key: K,
    value: V,
    by_session: bool,
    /// MIST added to the debt.
    charge: u64,
}

/// Emitted by `remove`.
public struct RecordRemoved<phantom D, K, phantom V> has copy, drop {
    storage_id: ID,
    owner: address,
    key: K,
    by_session: bool,
    /// MIST added to the debt.
    charge: u64,
}

/// Emitted by `emit_record`.
public struct RecordEmitted<phantom D, K, V> has copy, drop {
    storage_id: ID,
    owner: address,
    key: K,
    value: V,
    by_session: bool,
    /// MIST added to the debt.
    charge: u64,
}

// === Public functions ===

/// Creates the sender's account in dApp `D`; share it with `share`. The sender gets an `AccountCard`
/// that names it. Needed by clients, once for each owner and dApp.
///
/// #### Aborts
/// - `dapp::EWrongVersion`, `dapp::ESuspended`, `dapp::EPaused` if the dApp takes no writes.
/// - `EStorageExists` if the sender has an account.
public fun create<D>(
    dapp: &Dapp<D>,
    dapp_storage: &mut DappStorage<D>,
    ctx: &mut TxContext,
): UserStorage<D> {
    let owner = ctx.sender();
    dapp.assert_writable();
    assert!(!dapp_storage.has_user_storage(owner), EStorageExists);

    let storage = UserStorage<D> {
        id: derived_object::claim(dapp_storage.uid_mut(), dapp_storage::storage_key(owner)),
        canonical_owner: owner,
        session: option::none(),
        ended_session: option::none(),
        session_count: 0,
        write_count: 0,
        byte_count: 0,
        unsettled_writes: 0,
        debt: 0,
    };
    let storage_id = storage.id.to_inner();
    account_card::issue<D>(storage_id, owner, ctx);
    event::emit(StorageCreated<D> { storage_id, owner });
    storage
}

/// Shares the account, so that a session can write to it. Needed right after `create`; the account
/// can go nowhere else.
public fun share<D>(self: UserStorage<D>) {
    transfer::share_object(self)
}

/// Creates or overwrites a record. Needed by the dApp's module.
///
/// #### Aborts
/// - `EWrongStorage` if the authority is for another storage.
/// - `record::EWrongRecordType` if the record under this key is of another type.
/// - `ESessionEnded`, `grant::ESessionDebtCeiling`, `EUnsettledCeiling` if the write cannot be
///   charged.
public fun set<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut UserStorage<D>,
    auth: &Auth<D>,
    key: K,
    value: V,
) {
    self.assert_storage(auth);
    record::set(&mut self.id, key, value);
    self.count_set(auth, key, value);
}

/// Borrows a record to change it; give the `Change` to `commit` when done. Needed by the dApp's
/// module; `update!` does both.
///
/// #### Aborts
/// - `EWrongStorage` if the authority is for another storage.
/// - `record::ERecordNotFound` if there is no record under this key.
/// - `record::EWrongRecordType` if it is of another type.
public fun borrow_mut<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut UserStorage<D>,
    auth: &Auth<D>,
    key: K,
): (&mut V, Change<D, K, V>) {
    self.assert_storage(auth);
    record::borrow_mut(&mut self.id, key)
}

/// Counts a change as a write, charges for it and announces the record as it is now. Needed after
/// `borrow_mut`.
///
/// #### Aborts
/// - `EWrongStorage` if the authority is for another storage.
/// - `record::EWrongChange` if the change was begun in another storage.
/// - `record::ERecordNotFound` if the record was removed meanwhile.
/// - `record::EWrongRecordType` if it was replaced by one of another type meanwhile.
/// - `ESessionEnded`, `grant::ESessionDebtCeiling`, `EUnsettledCeiling` if the write cannot be
///   charged.
public fun commit<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut UserStorage<D>,
    auth: &Auth<D>,
    change: Change<D, K, V>,
) {
    self.assert_storage(auth);
    let (key, value) = record::finish(&self.id, change);
    self.count_set(auth, key, value);
}

/// Changes a record in place: `storage.update!(&auth, HeroKey(), |hero: &mut Hero| hero.hp = 10)`.
/// Needed by the dApp's module.
///
/// #### Aborts
/// - As `borrow_mut` and `commit` do.
public macro fun update<$D, $K: copy + drop + store, $V: copy + drop + store>(
    $self: &mut UserStorage<$D>,
    $auth: &Auth<$D>,
    $key: $K,
    $f: |&mut $V|,
) {
    let self = $self;
    let auth = $auth;
    let (value, change) = self.borrow_mut<$D, $K, $V>(auth, $key);
    $f(value);
    self.commit(auth, change);
}

/// Removes a record and returns it; charged as a write of its key. Needed by the dApp's module.
///
/// #### Aborts
/// - `EWrongStorage` if the authority is for another storage.
/// - `record::ERecordNotFound` if there is no record under this key.
/// - `record::EWrongRecordType` if it is of another type.
/// - `ESessionEnded`, `grant::ESessionDebtCeiling`, `EUnsettledCeiling` if the write cannot be
///   charged.
public fun remove<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut UserStorage<D>,
    auth: &Auth<D>,
    key: K,
): V {
    self.assert_storage(auth);
    let value = record::remove(&mut self.id, key);
    let charge = self.count_write(auth, record::size_of(&key));
    event::emit(RecordRemoved<D, K, V> {
        storage_id: self.id.to_inner(),
        owner: self.canonical_owner,
        key,
        by_session: auth.is_session(),
        charge,
    });
    value
}

/// Announces a record and stores nothing; counted and charged as a write of its key and value. What
/// is stored under the key, if anything, stays. Needed by the dApp's module for what only readers of
/// events need.
///
/// #### Aborts
/// - `EWrongStorage` if the authority is for another storage.
/// - `ESessionEnded`, `grant::ESessionDebtCeiling`, `EUnsettledCeiling` if the write cannot be
///   charged.
public fun emit_record<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut UserStorage<D>,
    auth: &Auth<D>,
    key: K,
    value: V,
) {
    self.assert_storage(auth);
    let charge = self.count_write(auth, record::size_of(&key) + record::size_of(&value));
    event::emit(RecordEmitted<D, K, V> {
        storage_id: self.id.to_inner(),
        owner: self.canonical_owner,
        key,
        value,
        by_session: auth.is_session(),
        charge,
    });
}

// === View functions ===

/// A record. Anyone may read who can name its key; a dApp that wants to be the only reader on chain
/// uses key types that only its module can make.
///
/// #### Aborts
/// - `record::ERecordNotFound` if there is no record under this key.
/// - `record::EWrongRecordType` if it is of another type.
public fun borrow<D, K: copy + drop + store, V: copy + drop + store>(
    self: &UserStorage<D>,
    key: K,
): &V {
    record::borrow(&self.id, key)
}

/// Whether there is a record under this key.
public fun contains<D, K: copy + drop + store>(self: &UserStorage<D>, key: K): bool {
    record::contains(&self.id, key)
}

/// The owner: who every stored identity resolves to.
public fun canonical_owner<D>(self: &UserStorage<D>): address {
    self.canonical_owner
}

/// The registered session, live or expired.
public fun session<D>(self: &UserStorage<D>): &Option<Session> {
    &self.session
}

/// The session that ended last.
public fun ended_session<D>(self: &UserStorage<D>): &Option<EndedSession> {
    &self.ended_session
}

/// How many sessions were ever activated.
public fun session_count<D>(self: &UserStorage<D>): u64 {
    self.session_count
}

/// Writes ever made.
public fun write_count<D>(self: &UserStorage<D>): u64 {
    self.write_count
}

/// Bytes ever written.
public fun byte_count<D>(self: &UserStorage<D>): u64 {
    self.byte_count
}

/// Priced writes that are owed for. Needed by clients, which settle before the dApp's ceiling.
public fun unsettled_writes<D>(self: &UserStorage<D>): u64 {
    self.unsettled_writes
}

/// MIST owed for them: each write at the price of its moment.
public fun unsettled_charge<D>(self: &UserStorage<D>): u64 {
    self.debt
}

// === Package functions ===

/// Registers a session in the place of whatever was there; returns it.
public(package) fun start_session<D>(
    self: &mut UserStorage<D>,
    wallet: address,
    now_ms: u64,
    expires_at_ms: u64,
    grant: Grant,
): Session {
    self.session_count = self.session_count + 1;
    let session = grant::new_session(wallet, self.session_count, now_ms, expires_at_ms, grant);
    self.session = option::some(session);
    session
}

/// Ends the registered session, which must exist, and remembers why; returns it.
public(package) fun end_session<D>(self: &mut UserStorage<D>, reason: EndReason): Session {
    let session = self.session.extract();
    self.ended_session = option::some(session.end(reason));
    session
}

/// Renews the registered session, which must exist; returns it. A key that loses it is remembered
/// as replaced.
///
/// #### Aborts
/// - As `grant::renew` does.
public(package) fun renew_session<D>(
    self: &mut UserStorage<D>,
    wallet: address,
    expires_at_ms: u64,
): Session {
    let session = self.session.borrow_mut();
    if (session.wallet() != wallet) {
        self.ended_session = option::some(session.end(ended_session::replaced()));
    };
    session.renew(wallet, expires_at_ms);
    *session
}

/// The registered session, if it is that of `generation`.
///
/// #### Aborts
/// - `ESessionEnded` if it is not.
public(package) fun session_mut<D>(self: &mut UserStorage<D>, generation: u64): &mut Session {
    assert!(self.session.is_some_and!(|session| session.generation() == generation), ESessionEnded);
    self.session.borrow_mut()
}

/// #### Aborts
/// - `EWrongStorage` if the authority is for another storage.
public(package) fun assert_storage<D>(self: &UserStorage<D>, auth: &Auth<D>) {
    assert!(auth.storage_id() == self.id.to_inner(), EWrongStorage);
}

/// For reading the purse only.
public(package) fun uid<D>(self: &UserStorage<D>): &UID {
    &self.id
}

/// For the purse's fields only.
public(package) fun uid_mut<D>(self: &mut UserStorage<D>): &mut UID {
    &mut self.id
}

/// Takes a payment off the debt, and the writes it paid for off the unsettled ones; returns how
/// many writes those are. On a partial payment the writes still owed for are rounded up, so that a
/// debt never stands without a write.
public(package) fun reduce_debt<D>(self: &mut UserStorage<D>, paid: u64): u64 {
    let remaining = self.debt - paid;
    let remaining_writes = if (remaining == 0) 0
    else mul_div_up(self.unsettled_writes, remaining, self.debt);
    let settled_writes = self.unsettled_writes - remaining_writes;
    self.debt = remaining;
    self.unsettled_writes = remaining_writes;
    settled_writes
}

// === Private functions ===

fun count_set<D, K: copy + drop + store, V: copy + drop + store>(
    self: &mut UserStorage<D>,
    auth: &Auth<D>,
    key: K,
    value: V,
) {
    let charge = self.count_write(auth, record::size_of(&key) + record::size_of(&value));
    event::emit(RecordSet<D, K, V> {
        storage_id: self.id.to_inner(),
        owner: self.canonical_owner,
        key,
        value,
        by_session: auth.is_session(),
        charge,
    });
}

/// Counts a write and adds its charge, at the price the authority carries, to what the storage and
/// the session owe.
fun count_write<D>(self: &mut UserStorage<D>, auth: &Auth<D>, bytes: u64): u64 {
    let charge = auth.fees().charge(bytes);
    auth.session_stamp().do!(|stamp| self.session_mut(stamp.generation()).accrue_debt(charge));
    if (charge > 0) {
        assert!(self.unsettled_writes < auth.max_unsettled_writes(), EUnsettledCeiling);
        self.unsettled_writes = self.unsettled_writes + 1;
        self.debt = self.debt + charge;
    };
    self.write_count = self.write_count + 1;
    self.byte_count = self.byte_count + bytes;
    charge
}

/// `a * b / c`, rounded up; the result is at most `a` when `b <= c`.
fun mul_div_up(a: u64, b: u64, c: u64): u64 {
    (((a as u128) * (b as u128)).divide_and_round_up(c as u128)) as u64
}

// === Test functions ===

#[test_only]
public fun storage_created_for_testing<D>(storage_id: ID, owner: address): StorageCreated<D> {
    StorageCreated { storage_id, owner }
}

#[test_only]
public fun record_set_for_testing<D, K: copy + drop, V: copy + drop>(
    storage_id: ID,
    owner: address,
    key: K,
    value: V,
    by_session: bool,
    charge: u64,
): RecordSet<D, K, V> {
    RecordSet { storage_id, owner, key, value, by_session, charge }
}

#[test_only]
public fun record_removed_for_testing<D, K: copy + drop, V: copy + drop>(
    storage_id: ID,
    owner: address,
    key: K,
    by_session: bool,
    charge: u64,
): RecordRemoved<D, K, V> {
    RecordRemoved { storage_id, owner, key, by_session, charge }
}

#[test_only]
public fun record_emitted_for_testing<D, K: copy + drop, V: copy + drop>(
    storage_id: ID,
    owner: address,
    key: K,
    value: V,
    by_session: bool,
    charge: u64,
): RecordEmitted<D, K, V> {
    RecordEmitted { storage_id, owner, key, value, by_session, charge }
}
