/// The bazaar's rules, played by an owner and by a session with an allowance.
#[test_only]
module bazaar::bazaar_tests;

use bazaar::bazaar::{Self, Bazaar, Shop};
use std::unit_test::{assert_eq, destroy};
use sui::{
    clock::{Self, Clock},
    coin,
    package::Publisher,
    sui::SUI,
    test_scenario::{Self, Scenario}
};
use valet::{
    allowance,
    dapp::{Dapp, DappAdminCap},
    dapp_hub::{Self, DappHub},
    dapp_storage::DappStorage,
    grant,
    purse,
    session,
    user_storage::{Self, UserStorage}
};

const ADMIN: address = @0xAD;
const OWNER: address = @0xA;
const KEY: address = @0xB;
const TILL: address = @0xC;

const BREAD: u64 = 0;
const SWORD: u64 = 1;

public struct World {
    scenario: Scenario,
    clock: Clock,
    hub: DappHub,
    cap: DappAdminCap<Bazaar>,
    dapp: Dapp<Bazaar>,
    dapp_storage: DappStorage<Bazaar>,
    storage: UserStorage<Bazaar>,
    shop: Shop<SUI>,
}

/// A shop that sells bread for 10 and a sword for 400, and an owner with 1,000 in its purse, who is the sender.
fun open_shop(): World {
    let mut scenario = test_scenario::begin(ADMIN);
    dapp_hub::init_for_testing(scenario.ctx());
    bazaar::init_for_testing(scenario.ctx());
    let clock = clock::create_for_testing(scenario.ctx());
    scenario.next_tx(ADMIN);
    let mut hub: DappHub = scenario.take_shared();
    let publisher: Publisher = scenario.take_from_sender();
    let cap = bazaar::setup(&mut hub, &publisher, scenario.ctx());
    let shop = bazaar::open(&cap, vector[10, 400], TILL, scenario.ctx());
    destroy(publisher);
    scenario.next_tx(OWNER);
    let dapp: Dapp<Bazaar> = scenario.take_shared();
    let mut dapp_storage: DappStorage<Bazaar> = scenario.take_shared();
    let mut storage = user_storage::create(&dapp, &mut dapp_storage, scenario.ctx());
    let coin = coin::mint_for_testing<SUI>(1_000, scenario.ctx());
    purse::deposit(&mut storage, coin, scenario.ctx());
    World { scenario, clock, hub, cap, dapp, dapp_storage, storage, shop }
}

/// The same, and the sender is a session that may draw 500 in all and 400 per call.
fun with_session(): World {
    let mut world = open_shop();
    world.activate_session();
    world.scenario.next_tx(KEY);
    world
}

fun activate_session(self: &mut World) {
    let World { scenario, hub, storage, clock, .. } = self;
    let allowance = allowance::new(500).with_max_per_call(400);
    let grant = grant::all_session_actions().allow_coin<SUI>(allowance);
    session::activate(hub, storage, KEY, 3_600_000, grant, clock, scenario.ctx())
}

fun buy(self: &mut World, item: u64, quantity: u8) {
    let World { scenario, dapp, storage, shop, clock, .. } = self;
    bazaar::buy(dapp, storage, shop, item, quantity, clock, scenario.ctx())
}

fun buy_each(self: &mut World, items: vector<u64>) {
    let World { scenario, dapp, storage, shop, clock, .. } = self;
    bazaar::buy_each(dapp, storage, shop, items, clock, scenario.ctx())
}

fun tip(self: &mut World, amount: u64) {
    let World { scenario, dapp, storage, shop, clock, .. } = self;
    bazaar::tip(dapp, storage, shop, amount, clock, scenario.ctx())
}

fun discard(self: &mut World, item: u64): u64 {
    let World { scenario, dapp, storage, .. } = self;
    bazaar::discard(dapp, storage, item, scenario.ctx())
}

fun set_prices(self: &mut World, prices: vector<u64>) {
    let World { shop, cap, .. } = self;
    shop.set_prices(cap, prices)
}

fun set_till(self: &mut World, till: address) {
    let World { shop, cap, .. } = self;
    shop.set_till(cap, till)
}

fun left(self: &World): u64 {
    purse::value<Bazaar, SUI>(&self.storage)
}

fun held(self: &World, item: u64): u64 {
    bazaar::held(&self.storage, item)
}

// === What a customer does ===

#[test]
fun the_owner_buys_without_an_allowance() {
    let mut world = open_shop();
    world.buy(SWORD, 2);
    world.buy(BREAD, 1);
    assert_eq!(world.held(SWORD), 2);
    assert_eq!(world.held(BREAD), 1);
    assert_eq!(world.left(), 190);
    assert_eq!(world.storage.write_count(), 2);
    destroy(world);
}

#[test]
fun a_session_buys_within_its_allowance() {
    let mut world = with_session();
    world.buy(SWORD, 1);
    world.buy(BREAD, 10);
    assert_eq!(world.held(SWORD), 1);
    assert_eq!(world.held(BREAD), 10);
    assert_eq!(world.left(), 500);
    destroy(world);
}

#[test, expected_failure(abort_code = valet::allowance::ETotalExceeded)]
fun a_session_buys_nothing_beyond_its_allowance() {
    let mut world = with_session();
    world.buy(SWORD, 1);
    world.buy(BREAD, 11);
    abort
}

#[test, expected_failure(abort_code = valet::allowance::EMaxPerCallExceeded)]
fun one_call_buys_no_more_than_its_limit() {
    let mut world = with_session();
    world.buy(BREAD, 41);
    abort
}

#[test]
fun a_list_of_items_is_bought_in_one_call() {
    let mut world = with_session();
    world.buy_each(vector[BREAD, BREAD, BREAD]);
    assert_eq!(world.held(BREAD), 3);
    assert_eq!(world.left(), 970);
    destroy(world);
}

#[test, expected_failure(abort_code = valet::allowance::EMaxPerCallExceeded)]
fun the_items_of_a_list_share_the_limit_of_one_call() {
    let mut world = with_session();
    world.buy_each(vector[SWORD, BREAD]);
    abort
}

#[test]
fun a_tip_is_drawn_and_announced_and_not_stored() {
    let mut world = with_session();
    world.tip(7);
    assert_eq!(world.left(), 993);
    assert_eq!(world.storage.write_count(), 1);
    destroy(world);
}

#[test, expected_failure(abort_code = purse::EZeroAmount)]
fun a_tip_of_nothing_is_refused() {
    let mut world = with_session();
    world.tip(0);
    abort
}

#[test, expected_failure(abort_code = bazaar::EUnknownItem)]
fun what_the_shop_does_not_sell_is_refused() {
    let mut world = open_shop();
    world.buy(2, 1);
    abort
}

#[test, expected_failure(abort_code = bazaar::ENothingToBuy)]
fun a_quantity_of_zero_is_refused() {
    let mut world = open_shop();
    world.buy(BREAD, 0);
    abort
}

#[test, expected_failure(abort_code = bazaar::ENothingToBuy)]
fun an_empty_list_is_refused() {
    let mut world = open_shop();
    world.buy_each(vector[]);
    abort
}

#[test, expected_failure(abort_code = purse::EPurseTooLow)]
fun an_empty_purse_buys_nothing() {
    let mut world = open_shop();
    world.buy(SWORD, 3);
    abort
}

#[test]
fun the_owner_discards_what_it_holds() {
    let mut world = open_shop();
    world.buy(BREAD, 5);
    assert_eq!(world.discard(BREAD), 5);
    assert_eq!(world.held(BREAD), 0);
    destroy(world);
}

#[test, expected_failure(abort_code = bazaar::ENothingHeld)]
fun what_is_not_held_cannot_be_discarded() {
    let mut world = open_shop();
    world.discard(BREAD);
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun a_session_discards_nothing() {
    let mut world = with_session();
    world.buy(BREAD, 5);
    world.discard(BREAD);
    abort
}

// === What the administrator does ===

#[test]
fun prices_and_till_change() {
    let mut world = open_shop();
    world.set_prices(vector[20]);
    world.set_till(ADMIN);
    assert_eq!(world.shop.price(BREAD), 20);
    assert_eq!(world.shop.till(), ADMIN);
    world.buy(BREAD, 1);
    assert_eq!(world.left(), 980);
    destroy(world);
}

#[test, expected_failure(abort_code = bazaar::EInvalidPrices)]
fun a_shop_sells_something() {
    let mut world = open_shop();
    world.set_prices(vector[]);
    abort
}

#[test]
fun a_shop_sells_up_to_64_items() {
    let mut world = open_shop();
    world.set_prices(vector::tabulate!(64, |_| 1_000_000_000_000_000));
    assert_eq!(world.shop.price(63), 1_000_000_000_000_000);
    destroy(world);
}

#[test, expected_failure(abort_code = bazaar::EInvalidPrices)]
fun a_shop_does_not_sell_65_items() {
    let mut world = open_shop();
    world.set_prices(vector::tabulate!(65, |_| 1));
    abort
}

#[test, expected_failure(abort_code = bazaar::EInvalidPrices)]
fun nothing_is_sold_for_nothing() {
    let mut world = open_shop();
    world.set_prices(vector[10, 0]);
    abort
}

#[test, expected_failure(abort_code = bazaar::EInvalidPrices)]
fun nothing_is_sold_for_more_than_fits() {
    let mut world = open_shop();
    world.set_prices(vector[1_000_000_000_000_001]);
    abort
}

#[test, expected_failure(abort_code = bazaar::EInvalidTill)]
fun a_shop_is_not_opened_without_a_till() {
    let mut world = open_shop();
    let shop = bazaar::open<SUI>(&world.cap, vector[10], @0x0, world.scenario.ctx());
    destroy(shop);
    abort
}

#[test, expected_failure(abort_code = bazaar::EInvalidTill)]
fun a_shop_keeps_a_till() {
    let mut world = open_shop();
    world.set_till(@0x0);
    abort
}
