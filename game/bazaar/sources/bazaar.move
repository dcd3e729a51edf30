/// Bazaar: shops that are paid out of their customers' purses. An example of a dApp that takes coins under an allowance.
///
/// The customer's wallet signs once, to fill its purse and to activate a session that may draw so much of a coin; from
/// then on the session's key buys alone, and never more than the allowance.
///
/// | action | number | who | draws | effect |
/// | --- | --- | --- | --- | --- |
/// | `buy` | 0 | owner, session | the item's price, times the quantity | the quantity joins what the owner holds |
/// | `buy_each` | 1 | owner, session | the price of each item, one after the other | one of each item |
/// | `tip` | 2 | owner, session | any amount | an event |
/// | `discard` | 16 | owner | nothing | the owner holds none of the item |
///
/// A shop sells for one type of coin. What it earns goes to its till, an address that the dApp's administrator names, as a
/// deposit into that address's balance: no shared object is written but the customer's own account, so customers never
/// wait for each other, and the administrator collects whenever it wants.
module bazaar::bazaar;

use sui::{balance::Balance, clock::Clock, package::{Self, Publisher}};
use valet::{
    action_set::{Self, ActionSet},
    auth::Auth,
    dapp::{Self, Dapp, DappAdminCap},
    dapp_hub::DappHub,
    purse,
    session,
    user_storage::UserStorage
};

// === Errors ===

/// The shop does not sell the item.
#[error(code = 0)]
const EUnknownItem: vector<u8> = b"The shop does not sell this item; its prices say what it sells.";
/// The quantity is zero, or the list of items is empty.
#[error(code = 1)]
const ENothingToBuy: vector<u8> = b"Buy at least one item.";
/// The owner holds none of the item.
#[error(code = 2)]
const ENothingHeld: vector<u8> = b"You hold none of this item; buy it first.";
/// A shop sells nothing, too much or for nothing.
#[error(code = 3)]
const EInvalidPrices: vector<u8> =
    b"A shop sells 1 to 64 items, each for 1 to 1,000,000,000,000,000 of the coin's smallest unit.";
/// The till is 0x0.
#[error(code = 4)]
const EInvalidTill: vector<u8> = b"The address 0x0 cannot be a till: nobody can collect from it.";

// === Constants ===

const ACTION_BUY: u8 = 0;
const ACTION_BUY_EACH: u8 = 1;
const ACTION_TIP: u8 = 2;
const ACTION_DISCARD: u8 = 16;

const MAX_ITEMS: u64 = 64;
/// Times the largest quantity, it fits a `u64`.
const MAX_PRICE: u64 = 1_000_000_000_000_000;

// === Structs ===

/// The one-time witness that proves who published this module.
public struct BAZAAR has drop {}

/// The type that stands for this dApp: `Dapp<Bazaar>`, `UserStorage<Bazaar>`.
public struct Bazaar()

/// Sells items for coins of type `T`. Shared; customers only read it.
public struct Shop<phantom T> has key {
    id: UID,
    /// By item.
    prices: vector<u64>,
    /// Whose balance the revenue joins.
    till: address,
}

/// Names the record of what an owner holds of an item.
public struct ItemKey(u64) has copy, drop, store;

/// What an owner holds of an item. Its record always has the same size.
public struct Holding has copy, drop, store {
    quantity: u64,
    last_bought_at_ms: u64,
}

/// Names the announcement of a tip.
public struct TipKey() has copy, drop, store;

/// A tip, announced and not stored.
public struct Tip has copy, drop, store {
    amount: u64,
}

fun init(otw: BAZAAR, ctx: &mut TxContext) {
    package::claim_and_keep(otw, ctx);
}

// === Public functions ===

/// Registers the bazaar with valet, shares its objects and returns its administration. Needed by the publisher, once.
///
/// #### Aborts
/// - As `dapp::register` does.
public fun setup(
    hub: &mut DappHub,
    publisher: &Publisher,
    ctx: &mut TxContext,
): DappAdminCap<Bazaar> {
    let (dapp, dapp_storage, cap) = dapp::register<Bazaar>(
        hub,
        publisher,
        b"Bazaar".to_string(),
        b"Shops that are paid under an allowance.".to_string(),
        b"".to_string(),
        session_actions(),
        ctx,
    );
    dapp.share();
    dapp_storage.share();
    cap
}

/// Buys `quantity` of an item, in one draw.
///
/// #### Aborts
/// - As `session::authorize` and `purse::draw` do.
/// - `EUnknownItem` if the shop does not sell it.
/// - `ENothingToBuy` if the quantity is zero.
public fun buy<T>(
    dapp: &Dapp<Bazaar>,
    storage: &mut UserStorage<Bazaar>,
    shop: &Shop<T>,
    item: u64,
    quantity: u8,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let mut auth = session::authorize(dapp, storage, internal::permit(), ACTION_BUY, clock, ctx);
    assert!(quantity > 0, ENothingToBuy);
    let quantity = quantity as u64;
    let price = shop.price(item) * quantity;
    shop.collect(purse::draw(storage, &mut auth, price));
    storage.receive_items(&auth, item, quantity, clock);
}

/// Buys one of each item of the list, each in a draw of its own. All of them together count as one call.
///
/// #### Aborts
/// - As `session::authorize` and `purse::draw` do.
/// - `EUnknownItem` if the shop does not sell one of them.
/// - `ENothingToBuy` if the list is empty.
public fun buy_each<T>(
    dapp: &Dapp<Bazaar>,
    storage: &mut UserStorage<Bazaar>,
    shop: &Shop<T>,
    items: vector<u64>,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let mut auth = session::authorize(
        dapp,
        storage,
        internal::permit(),
        ACTION_BUY_EACH,
        clock,
        ctx,
    );
    assert!(!items.is_empty(), ENothingToBuy);
    items.do!(|item| {
        let price = shop.price(item);
        shop.collect(purse::draw(storage, &mut auth, price));
        storage.receive_items(&auth, item, 1, clock);
    });
}

/// Pays any amount for nothing, and announces it.
///
/// #### Aborts
/// - As `session::authorize` and `purse::draw` do.
public fun tip<T>(
    dapp: &Dapp<Bazaar>,
    storage: &mut UserStorage<Bazaar>,
    shop: &Shop<T>,
    amount: u64,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let mut auth = session::authorize(dapp, storage, internal::permit(), ACTION_TIP, clock, ctx);
    shop.collect(purse::draw(storage, &mut auth, amount));
    storage.emit_record(&auth, TipKey(), Tip { amount });
}

/// Throws away all that the owner holds of an item; returns how much that was. Owner only.
///
/// #### Aborts
/// - As `session::authorize_owner` does.
/// - `ENothingHeld` if the owner holds none.
public fun discard(
    dapp: &Dapp<Bazaar>,
    storage: &mut UserStorage<Bazaar>,
    item: u64,
    ctx: &mut TxContext,
): u64 {
    let auth = session::authorize_owner(dapp, storage, internal::permit(), ACTION_DISCARD, ctx);
    assert!(storage.contains(ItemKey(item)), ENothingHeld);
    let Holding { quantity, .. } = storage.remove(&auth, ItemKey(item));
    quantity
}

/// Shares the shop. Needed right after `open`.
public fun share<T>(self: Shop<T>) {
    transfer::share_object(self)
}

// === View functions ===

/// What sessions may do: `buy`, `buy_each` and `tip`.
public fun session_actions(): ActionSet {
    action_set::from_actions(vector[ACTION_BUY, ACTION_BUY_EACH, ACTION_TIP])
}

/// What the owner holds of an item.
public fun held(storage: &UserStorage<Bazaar>, item: u64): u64 {
    if (!storage.contains(ItemKey(item))) return 0;
    let holding: &Holding = storage.borrow(ItemKey(item));
    holding.quantity
}

/// What one of an item costs.
///
/// #### Aborts
/// - `EUnknownItem` if the shop does not sell it.
public fun price<T>(self: &Shop<T>, item: u64): u64 {
    assert!(item < self.prices.length(), EUnknownItem);
    self.prices[item]
}

/// Whose balance the revenue joins.
public fun till<T>(self: &Shop<T>): address {
    self.till
}

// === Admin functions ===

/// A shop that sells for coins of type `T`, at these prices by item; share it with `share`. Needed by the dApp's
/// administrator.
///
/// #### Aborts
/// - `EInvalidPrices` if it would sell no item or more than 64, or one for nothing or for too much.
/// - `EInvalidTill` if the till is 0x0.
public fun open<T>(
    _: &DappAdminCap<Bazaar>,
    prices: vector<u64>,
    till: address,
    ctx: &mut TxContext,
): Shop<T> {
    assert_prices(&prices);
    assert!(till != @0x0, EInvalidTill);
    Shop { id: object::new(ctx), prices, till }
}

/// Replaces the prices. Needed by the dApp's administrator.
///
/// #### Aborts
/// - `EInvalidPrices` if it would sell no item or more than 64, or one for nothing or for too much.
public fun set_prices<T>(self: &mut Shop<T>, _: &DappAdminCap<Bazaar>, prices: vector<u64>) {
    assert_prices(&prices);
    self.prices = prices;
}

/// Sends the revenue from now on elsewhere. Needed by the dApp's administrator.
///
/// #### Aborts
/// - `EInvalidTill` if the till is 0x0.
public fun set_till<T>(self: &mut Shop<T>, _: &DappAdminCap<Bazaar>, till: address) {
    assert!(till != @0x0, EInvalidTill);
    self.till = till;
}

// === Private functions ===

fun assert_prices(prices: &vector<u64>) {
    assert!(!prices.is_empty() && prices.length() <= MAX_ITEMS, EInvalidPrices);
    prices.do_ref!(|price| assert!(*price > 0 && *price <= MAX_PRICE, EInvalidPrices));
}

fun collect<T>(self: &Shop<T>, revenue: Balance<T>) {
    revenue.send_funds(self.till)
}

use fun receive_items as UserStorage.receive_items;

fun receive_items(
    storage: &mut UserStorage<Bazaar>,
    auth: &Auth<Bazaar>,
    item: u64,
    quantity: u64,
    clock: &Clock,
) {
    let quantity = held(storage, item) + quantity;
    let last_bought_at_ms = clock.timestamp_ms();
    storage.set(auth, ItemKey(item), Holding { quantity, last_bought_at_ms });
}

// === Test functions ===

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) {
    init(BAZAAR {}, ctx)
}
