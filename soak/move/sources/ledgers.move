/// A dApp that does nothing but write records of 1, 4 and 16 fields, and spend: what the gas table measures.
///
/// `Ledgers<A, B>` is a dApp for each pair of types, so that one publisher registers as many dApps as are needed.
module workload::ledgers;

use sui::{clock::Clock, package::{Self, Publisher}, sui::SUI};
use valet::{
    action_set,
    auth::Auth,
    dapp::{Self, Dapp, DappAdminCap},
    dapp_hub::DappHub,
    purse,
    session,
    user_storage::UserStorage
};

// === Constants ===

const ACTION_WRITE: u8 = 0;
const ACTION_SPEND: u8 = 1;

// === Structs ===

/// The one-time witness that proves who published this module.
public struct LEDGERS has drop {}

/// The type that stands for a dApp.
public struct Ledgers<phantom A, phantom B>()

/// Names a record; a number per record.
public struct EntryKey(u64) has copy, drop, store;

/// A record of 1 field. The names of the three are equally long: a type's name is part of its object's size.
public struct Entry01 has copy, drop, store {
    a: u64,
}

/// A record of 4 fields.
public struct Entry04 has copy, drop, store {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
}

/// A record of 16 fields.
public struct Entry16 has copy, drop, store {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    g: u64,
    h: u64,
    i: u64,
    j: u64,
    k: u64,
    l: u64,
    m: u64,
    n: u64,
    o: u64,
    p: u64,
}

fun init(otw: LEDGERS, ctx: &mut TxContext) {
    package::claim_and_keep(otw, ctx);
}

// === Public functions ===

/// Registers one dApp, shares its objects and returns its administration.
///
/// #### Aborts
/// - As `dapp::register` does.
public fun setup<A, B>(
    hub: &mut DappHub,
    publisher: &Publisher,
    ctx: &mut TxContext,
): DappAdminCap<Ledgers<A, B>> {
    let (dapp, dapp_storage, cap) = dapp::register<Ledgers<A, B>>(
        hub,
        publisher,
        b"Ledgers".to_string(),
        b"".to_string(),
        b"".to_string(),
        action_set::from_actions(vector[ACTION_WRITE, ACTION_SPEND]),
        ctx,
    );
    dapp.share();
    dapp_storage.share();
    cap
}

/// Writes a record of 1 field.
///
/// #### Aborts
/// - As `session::authorize` does.
public fun write_01<A, B>(
    dapp: &Dapp<Ledgers<A, B>>,
    storage: &mut UserStorage<Ledgers<A, B>>,
    entry: u64,
    a: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let auth = authorize(dapp, storage, ACTION_WRITE, clock, ctx);
    storage.set(&auth, EntryKey(entry), Entry01 { a });
}

/// Writes a record of 4 fields.
///
/// #### Aborts
/// - As `session::authorize` does.
public fun write_04<A, B>(
    dapp: &Dapp<Ledgers<A, B>>,
    storage: &mut UserStorage<Ledgers<A, B>>,
    entry: u64,
    a: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let auth = authorize(dapp, storage, ACTION_WRITE, clock, ctx);
    storage.set(&auth, EntryKey(entry), Entry04 { a, b: 2, c: 3, d: 4 });
}

/// Writes a record of 16 fields.
///
/// #### Aborts
/// - As `session::authorize` does.
public fun write_16<A, B>(
    dapp: &Dapp<Ledgers<A, B>>,
    storage: &mut UserStorage<Ledgers<A, B>>,
    entry: u64,
    a: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let auth = authorize(dapp, storage, ACTION_WRITE, clock, ctx);
    let entry_16 = Entry16 {
        a,
        b: 2,
        c: 3,
        d: 4,
        e: 5,
        f: 6,
        g: 7,
        h: 8,
        i: 9,
        j: 10,
        k: 11,
        l: 12,
        m: 13,
        n: 14,
        o: 15,
        p: 16,
    };
    storage.set(&auth, EntryKey(entry), entry_16);
}

/// Spends SUI of the purse: it goes to the account's owner.
///
/// #### Aborts
/// - As `session::authorize` and `purse::draw` do.
public fun spend<A, B>(
    dapp: &Dapp<Ledgers<A, B>>,
    storage: &mut UserStorage<Ledgers<A, B>>,
    amount: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let mut auth = authorize(dapp, storage, ACTION_SPEND, clock, ctx);
    let owner = auth.owner();
    purse::draw<_, SUI>(storage, &mut auth, amount).send_funds(owner)
}

// === Private functions ===

fun authorize<A, B>(
    dapp: &Dapp<Ledgers<A, B>>,
    storage: &mut UserStorage<Ledgers<A, B>>,
    action: u8,
    clock: &Clock,
    ctx: &mut TxContext,
): Auth<Ledgers<A, B>> {
    session::authorize(dapp, storage, internal::permit(), action, clock, ctx)
}
