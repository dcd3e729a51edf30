/// Typed records: one dynamic field per record, whatever the number of its fields.
///
/// The storage modules share this code; nothing here checks authority. Keys are wrapped, so that no
/// key type a dApp chooses can collide with a field of the framework.
module valet::record;

use std::bcs;
use sui::dynamic_field as df;

// === Errors ===

/// No record has this key.
#[error(code = 0)]
const ERecordNotFound: vector<u8> = b"No record has this key; create it with `set` first.";
/// The record under this key is of another type.
#[error(code = 1)]
const EWrongRecordType: vector<u8> =
    b"The record under this key has another type; remove it before changing its type.";
/// The change was begun in another storage.
#[error(code = 2)]
const EWrongChange: vector<u8> =
    b"The change belongs to another storage; commit it where it was begun.";

// === Structs ===

/// The name of a record's dynamic field.
public struct RecordKey<K: copy + drop + store>(K) has copy, drop, store;

/// A record of dApp `D` that was borrowed mutably and has yet to be counted: `commit` consumes it.
public struct Change<phantom D, K, phantom V> {
    storage_id: ID,
    key: K,
}

// === View functions ===

/// The key of the record being changed.
public fun key<D, K: copy + drop + store, V>(self: &Change<D, K, V>): K {
    self.key
}

// === Package functions ===

public(package) fun contains<K: copy + drop + store>(id: &UID, key: K): bool {
    df::exists_(id, RecordKey(key))
}

/// #### Aborts
/// - `ERecordNotFound`, `EWrongRecordType`.
public(package) fun borrow<K: copy + drop + store, V: copy + drop + store>(id: &UID, key: K): &V {
    assert_exists<K, V>(id, key);
    df::borrow(id, RecordKey(key))
}

/// #### Aborts
/// - `ERecordNotFound`, `EWrongRecordType`.
public(package) fun borrow_mut<D, K: copy + drop + store, V: copy + drop + store>(
    id: &mut UID,
    key: K,
): (&mut V, Change<D, K, V>) {
    assert_exists<K, V>(id, key);
    let storage_id = id.to_inner();
    (df::borrow_mut(id, RecordKey(key)), Change { storage_id, key })
}

/// Ends a change: its key, and the record as it is now.
///
/// #### Aborts
/// - `EWrongChange`, `ERecordNotFound`, `EWrongRecordType`.
public(package) fun finish<D, K: copy + drop + store, V: copy + drop + store>(
    id: &UID,
    change: Change<D, K, V>,
): (K, V) {
    let Change { storage_id, key } = change;
    assert!(storage_id == id.to_inner(), EWrongChange);
    (key, *borrow(id, key))
}

/// Creates or overwrites.
///
/// #### Aborts
/// - `EWrongRecordType`.
public(package) fun set<K: copy + drop + store, V: copy + drop + store>(
    id: &mut UID,
    key: K,
    value: V,
) {
    let name = RecordKey(key);
    if (df::exists_with_type<RecordKey<K>, V>(id, name)) {
        *df::borrow_mut(id, name) = value;
    } else {
        assert!(!df::exists_(id, name), EWrongRecordType);
        df::add(id, name, value);
    }
}

/// #### Aborts
/// - `ERecordNotFound`, `EWrongRecordType`.
public(package) fun remove<K: copy + drop + store, V: copy + drop + store>(
    id: &mut UID,
    key: K,
): V {
    assert_exists<K, V>(id, key);
    df::remove(id, RecordKey(key))
}

/// The bytes that a key or a value is charged for.
public(package) fun size_of<T>(value: &T): u64 {
    bcs::to_bytes(value).length()
}

// === Private functions ===

fun assert_exists<K: copy + drop + store, V: copy + drop + store>(id: &UID, key: K) {
    let name = RecordKey(key);
    if (df::exists_with_type<RecordKey<K>, V>(id, name)) return;
    assert!(!df::exists_(id, name), EWrongRecordType);
    abort ERecordNotFound
}
