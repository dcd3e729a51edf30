/// A world for the tests: a hub, a dApp whose type is `Game`, one owner with a storage in it, and the
/// functions a dApp's module would have. Everything happens at `NOW` unless a test moves the clock.
///
/// A record of `Game` has a key of 8 bytes and a value of 8 bytes. At the default price a write costs
/// 1,000 + 16 * 10 = 1,160 MIST.
#[test_only]
module valet::fixture;

use std::unit_test::destroy;
use sui::{
    clock::{Self, Clock},
    coin,
    package::{Self, Publisher},
    sui::SUI,
    test_scenario::{Self, Scenario}
};
use valet::{
    action_set,
    auth::{Auth, GlobalAuth},
    dapp::{Self, Dapp, DappAdminCap},
    dapp_hub::{Self, DappHub, HubAdminCap, TreasuryCap},
    dapp_storage::DappStorage,
    fees,
    governance,
    grant::Grant,
    purse,
    session,
    session_status::{Self, MaxLoss, SessionStatus},
    settlement,
    user_storage::{Self, UserStorage}
};

// === Constants ===

const NOW: u64 = 1_000_000_000;
const MINUTE: u64 = 60_000;

const ADMIN: address = @0xAD;
const OWNER: address = @0xA;
const KEY: address = @0xB;
const OTHER_KEY: address = @0xC;
const STRANGER: address = @0xD;

/// Actions that sessions may take.
const STEP: u8 = 0;
const MINE: u8 = 1;
const LAST: u8 = 255;
/// An action that they may not.
const RENAME: u8 = 7;

// === Structs ===

public struct FIXTURE has drop {}

/// The dApp's type.
public struct Game()

public struct ScoreKey(u64) has copy, drop, store;

public struct Score has copy, drop, store {
    points: u64,
}

/// A coin's type.
public struct Gold()

/// Another coin's type.
public struct Gem()

public struct World {
    scenario: Scenario,
    clock: Clock,
    hub: DappHub,
    hub_cap: HubAdminCap,
    dapp: Dapp<Game>,
    dapp_cap: DappAdminCap<Game>,
    dapp_storage: DappStorage<Game>,
    storage: UserStorage<Game>,
}

// === Beginning and end ===

public fun new(): World {
    let mut scenario = test_scenario::begin(ADMIN);
    dapp_hub::init_for_testing(scenario.ctx());
    scenario.next_tx(ADMIN);
    let mut hub = scenario.take_shared<DappHub>();
    let hub_cap = scenario.take_from_sender<HubAdminCap>();
    let mut clock = clock::create_for_testing(scenario.ctx());
    clock.set_for_testing(NOW);
    let publisher = package::test_claim(FIXTURE {}, scenario.ctx());
    let (dapp, mut dapp_storage, dapp_cap) = dapp::register<Game>(
        &mut hub,
        &publisher,
        b"Game".to_string(),
        b"A game.".to_string(),
        b"game.example".to_string(),
        action_set::from_actions(vector[STEP, MINE, LAST]),
        scenario.ctx(),
    );
    destroy(publisher);
    scenario.next_tx(OWNER);
    let storage = user_storage::create(&dapp, &mut dapp_storage, scenario.ctx());
    scenario.next_tx(OWNER);
    World { scenario, clock, hub, hub_cap, dapp, dapp_cap, dapp_storage, storage }
}

/// A world in which `key` has a session of one minute for every session action.
public fun with_session(): World {
    let mut world = new();
    world.activate_session(KEY, MINUTE);
    world.sender(KEY);
    world
}

/// A world in which `key` has a session of one minute within `grant`.
public fun with_grant(grant: Grant): World {
    let mut world = new();
    world.activate(KEY, MINUTE, grant);
    world.sender(KEY);
    world
}

public fun end(self: World) {
    destroy(self)
}

// === Time and senders ===

/// Begins a transaction of `sender`; events of the one before are forgotten.
public fun sender(self: &mut World, sender: address) {
    self.scenario.next_tx(sender);
}

public fun set_time(self: &mut World, now_ms: u64) {
    self.clock.set_for_testing(now_ms);
}

public fun advance(self: &mut World, ms: u64) {
    self.clock.increment_for_testing(ms);
}

public fun clock(self: &World): &Clock { &self.clock }

public fun now(): u64 { NOW }

public fun minute(): u64 { MINUTE }

public fun admin(): address { ADMIN }

public fun owner(): address { OWNER }

public fun key(): address { KEY }

public fun other_key(): address { OTHER_KEY }

public fun stranger(): address { STRANGER }

public fun step_action(): u8 { STEP }

public fun mine_action(): u8 { MINE }

public fun last_action(): u8 { LAST }

public fun rename_action(): u8 { RENAME }

public fun score_key(n: u64): ScoreKey { ScoreKey(n) }

public fun score(points: u64): Score { Score { points } }

// === Parts ===

public fun ctx(self: &mut World): &mut TxContext { self.scenario.ctx() }

public fun scenario(self: &mut World): &mut Scenario { &mut self.scenario }

public fun hub(self: &World): &DappHub { &self.hub }

public fun hub_mut(self: &mut World): &mut DappHub { &mut self.hub }

public fun dapp(self: &World): &Dapp<Game> { &self.dapp }

public fun dapp_mut(self: &mut World): &mut Dapp<Game> { &mut self.dapp }

public fun dapp_cap(self: &World): &DappAdminCap<Game> { &self.dapp_cap }

public fun dapp_storage(self: &World): &DappStorage<Game> { &self.dapp_storage }

public fun dapp_storage_mut(self: &mut World): &mut DappStorage<Game> { &mut self.dapp_storage }

public fun storage(self: &World): &UserStorage<Game> { &self.storage }

public fun storage_mut(self: &mut World): &mut UserStorage<Game> { &mut self.storage }

public fun storage_id(self: &World): ID { object::id(&self.storage) }

// === What a client's PTB does ===

public fun create_storage(self: &mut World): UserStorage<Game> {
    user_storage::create(&self.dapp, &mut self.dapp_storage, self.scenario.ctx())
}

public fun register<D>(
    self: &mut World,
    publisher: &Publisher,
    name: vector<u8>,
    description: vector<u8>,
    website: vector<u8>,
): (Dapp<D>, DappStorage<D>, DappAdminCap<D>) {
    dapp::register(
        &mut self.hub,
        publisher,
        name.to_string(),
        description.to_string(),
        website.to_string(),
        action_set::from_actions(vector[STEP]),
        self.scenario.ctx(),
    )
}

public fun activate_session(self: &mut World, wallet: address, duration_ms: u64) {
    session::activate_session(
        &self.hub,
        &mut self.storage,
        wallet,
        duration_ms,
        &self.clock,
        self.scenario.ctx(),
    )
}

public fun activate(self: &mut World, wallet: address, duration_ms: u64, grant: Grant) {
    session::activate(
        &self.hub,
        &mut self.storage,
        wallet,
        duration_ms,
        grant,
        &self.clock,
        self.scenario.ctx(),
    )
}

public fun deactivate_session(self: &mut World) {
    session::deactivate_session(&mut self.storage, &self.clock, self.scenario.ctx())
}

public fun revoke_if_active(self: &mut World) {
    session::revoke_if_active(&mut self.storage, &self.clock, self.scenario.ctx())
}

public fun renew(self: &mut World, new_wallet: address, duration_ms: u64) {
    session::renew_for_testing(
        &self.hub,
        &mut self.storage,
        new_wallet,
        duration_ms,
        &self.clock,
        self.scenario.ctx(),
    )
}

public fun deposit<T>(self: &mut World, amount: u64) {
    let coin = coin::mint_for_testing<T>(amount, self.scenario.ctx());
    purse::deposit(&mut self.storage, coin, self.scenario.ctx())
}

public fun withdraw<T>(self: &mut World, amount: u64) {
    purse::withdraw<Game, T>(&mut self.storage, amount, self.scenario.ctx())
}

public fun withdraw_all<T>(self: &mut World) {
    purse::withdraw_all<Game, T>(&mut self.storage, self.scenario.ctx())
}

public fun purse<T>(self: &World): u64 {
    purse::value<Game, T>(&self.storage)
}

public fun status(self: &World): SessionStatus {
    session_status::status(&self.storage, self.clock.timestamp_ms()).destroy_some()
}

public fun max_loss(self: &World): MaxLoss {
    session_status::max_loss(&self.storage, self.clock.timestamp_ms())
}

public fun settle_writes(self: &mut World) {
    settlement::settle_writes(
        &mut self.dapp_storage,
        &mut self.storage,
        &self.clock,
        self.scenario.ctx(),
    )
}

/// Settles with a coin of `amount`; returns the change.
public fun settle_with_coin(self: &mut World, amount: u64): u64 {
    let coin = coin::mint_for_testing<SUI>(amount, self.scenario.ctx());
    settlement::settle_writes_with_coin(
        &mut self.dapp_storage,
        &mut self.storage,
        coin,
        &self.clock,
        self.scenario.ctx(),
    ).burn_for_testing()
}

public fun settle_with_purse(self: &mut World) {
    settlement::settle_writes_with_purse(
        &mut self.dapp_storage,
        &mut self.storage,
        &self.clock,
        self.scenario.ctx(),
    )
}

public fun fill_purse(self: &mut World, amount: u64) {
    let coin = coin::mint_for_testing<SUI>(amount, self.scenario.ctx());
    purse::deposit(&mut self.storage, coin, self.scenario.ctx())
}

public fun withdraw_purse(self: &mut World, amount: u64) {
    purse::withdraw<Game, SUI>(&mut self.storage, amount, self.scenario.ctx())
}

/// Credit that comes back to the dApp's administrator.
public fun refund(self: &mut World, amount: u64): u64 {
    self
        .dapp_cap
        .refund_credit(&mut self.dapp_storage, amount, self.scenario.ctx())
        .burn_for_testing()
}

public fun apply_fees(self: &mut World) {
    governance::apply_fees(&mut self.dapp, &self.clock)
}

public fun apply_default_fees(self: &mut World) {
    governance::apply_default_fees(&mut self.hub, &self.clock)
}

public fun resume(self: &mut World) {
    governance::resume(&mut self.dapp, &self.dapp_storage)
}

public fun recharge(self: &mut World, amount: u64) {
    let coin = coin::mint_for_testing<SUI>(amount, self.scenario.ctx());
    self.dapp_storage.recharge(coin, self.scenario.ctx())
}

public fun collect(self: &mut World) {
    self.dapp_storage.collect(&self.hub, self.scenario.ctx())
}

// === What administrators do ===

/// Free credit for the next minute.
public fun grant_free_credit(self: &mut World, amount: u64) {
    let expires_at_ms = self.clock.timestamp_ms() + MINUTE;
    self.grant_free_credit_until(amount, expires_at_ms)
}

public fun grant_free_credit_until(self: &mut World, amount: u64, expires_at_ms: u64) {
    governance::grant_free_credit(
        &mut self.dapp_storage,
        &self.hub_cap,
        amount,
        expires_at_ms,
        &self.clock,
    )
}

public fun extend_free_credit(self: &mut World, expires_at_ms: u64) {
    governance::extend_free_credit(
        &mut self.dapp_storage,
        &self.hub_cap,
        expires_at_ms,
        &self.clock,
    )
}

public fun revoke_free_credit(self: &mut World) {
    governance::revoke_free_credit(&mut self.dapp_storage, &self.hub_cap)
}

/// What free credit is worth now.
public fun free_credit(self: &World): u64 {
    self.dapp_storage.free_credit_at(self.clock.timestamp_ms())
}

public fun lower_default_fees(self: &mut World, per_write: u64, per_byte: u64) {
    governance::lower_default_fees(
        &mut self.hub,
        &self.hub_cap,
        fees::new(per_write, per_byte),
        &self.clock,
    )
}

public fun announce_default_fees(self: &mut World, per_write: u64, per_byte: u64) {
    governance::announce_default_fees(
        &mut self.hub,
        &self.hub_cap,
        fees::new(per_write, per_byte),
        &self.clock,
    )
}

public fun withdraw_default_fees(self: &mut World) {
    governance::withdraw_default_fees(&mut self.hub, &self.hub_cap)
}

public fun lower_fees(self: &mut World, per_write: u64, per_byte: u64) {
    governance::lower_fees(
        &mut self.dapp,
        &self.hub_cap,
        fees::new(per_write, per_byte),
        &self.clock,
    )
}

public fun announce_fees(self: &mut World, per_write: u64, per_byte: u64) {
    governance::announce_fees(
        &mut self.dapp,
        &self.hub_cap,
        fees::new(per_write, per_byte),
        &self.clock,
    )
}

public fun withdraw_fees(self: &mut World) {
    governance::withdraw_fees(&mut self.dapp, &self.hub_cap)
}

/// Suspends until the framework's administrator ends it.
public fun suspend(self: &mut World) {
    governance::suspend(&mut self.dapp, &self.hub_cap, &mut self.dapp_storage, option::none())
}

public fun suspend_until_credit(self: &mut World, min_credit: u64) {
    governance::suspend(
        &mut self.dapp,
        &self.hub_cap,
        &mut self.dapp_storage,
        option::some(min_credit),
    )
}

public fun unsuspend(self: &mut World) {
    governance::unsuspend(&mut self.dapp, &self.hub_cap, &mut self.dapp_storage)
}

public fun migrate_hub(self: &mut World) {
    self.hub.migrate(&self.hub_cap)
}

public fun migrate_dapp(self: &mut World) {
    self.dapp.migrate(&self.dapp_cap, &mut self.dapp_storage, &self.hub)
}

public fun migrate_dapp_by_force(self: &mut World) {
    governance::migrate(&mut self.dapp, &self.hub_cap, &mut self.dapp_storage, &self.hub)
}

public fun offer_administration(self: &mut World, cap: HubAdminCap, to: address) {
    self.hub.offer_administration(cap, to, self.scenario.ctx())
}

public fun accept_administration(self: &mut World) {
    self.hub.accept_administration(self.scenario.ctx())
}

public fun withdraw_administration_offer(self: &mut World) {
    self.hub.withdraw_administration_offer(self.scenario.ctx())
}

public fun offer_treasury(self: &mut World, cap: TreasuryCap, to: address) {
    self.hub.offer_treasury(cap, to, self.scenario.ctx())
}

public fun accept_treasury(self: &mut World) {
    self.hub.accept_treasury(self.scenario.ctx())
}

public fun withdraw_treasury_offer(self: &mut World) {
    self.hub.withdraw_treasury_offer(self.scenario.ctx())
}

/// Another capability for the framework's administration; the world keeps its own.
public fun spare_admin_cap(self: &mut World): HubAdminCap {
    dapp_hub::admin_cap_for_testing(&self.hub, self.scenario.ctx())
}

/// Pretends that the dApp's objects are on `version`.
public fun set_version(self: &mut World, version: u64) {
    self.dapp.set_version_for_testing(version);
    self.dapp_storage.set_version(version);
}

public fun pause(self: &mut World) {
    self.dapp.pause(&self.dapp_cap)
}

public fun unpause(self: &mut World) {
    self.dapp.unpause(&self.dapp_cap)
}

public fun set_max_unsettled_writes(self: &mut World, max: u64) {
    self.dapp.set_max_unsettled_writes(&self.dapp_cap, max)
}

public fun set_session_actions(self: &mut World, actions: vector<u8>) {
    self.dapp.set_session_actions(&self.dapp_cap, action_set::from_actions(actions))
}

public fun set_metadata(
    self: &mut World,
    name: vector<u8>,
    description: vector<u8>,
    website: vector<u8>,
) {
    self
        .dapp
        .set_metadata(
            &self.dapp_cap,
            name.to_string(),
            description.to_string(),
            website.to_string(),
        )
}

public fun add_package(self: &mut World, package: address) {
    self.dapp.add_package(&self.dapp_cap, package)
}

// === What the dApp's module does ===

public fun authorize(self: &mut World, action: u8): Auth<Game> {
    session::authorize(
        &self.dapp,
        &mut self.storage,
        internal::permit(),
        action,
        &self.clock,
        self.scenario.ctx(),
    )
}

public fun authorize_on(self: &mut World, storage: &mut UserStorage<Game>): Auth<Game> {
    session::authorize(
        &self.dapp,
        storage,
        internal::permit(),
        STEP,
        &self.clock,
        self.scenario.ctx(),
    )
}

public fun authorize_owner(self: &mut World, action: u8): Auth<Game> {
    session::authorize_owner(
        &self.dapp,
        &self.storage,
        internal::permit(),
        action,
        self.scenario.ctx(),
    )
}

public fun authorize_global(self: &mut World): GlobalAuth<Game> {
    self.dapp.authorize_global(internal::permit(), &self.clock, self.scenario.ctx())
}

/// One priced write of 16 bytes by the sender.
public fun write(self: &mut World, points: u64) {
    let auth = self.authorize(STEP);
    self.storage.set(&auth, ScoreKey(0), Score { points });
}

/// One purchase for `amount` by the sender.
public fun buy<T>(self: &mut World, amount: u64) {
    let mut auth = self.authorize(MINE);
    self.draw<T>(&mut auth, amount)
}

public fun draw<T>(self: &mut World, auth: &mut Auth<Game>, amount: u64) {
    let paid = purse::draw<Game, T>(&mut self.storage, auth, amount);
    assert!(paid.value() == amount);
    destroy(paid)
}

/// One global write of 16 bytes.
public fun write_global(self: &mut World, points: u64) {
    let auth = self.authorize_global();
    self.dapp_storage.set(&auth, ScoreKey(0), Score { points });
}

public fun publisher(self: &mut World): Publisher {
    package::test_claim(FIXTURE {}, self.scenario.ctx())
}

public fun points(self: &Score): u64 {
    self.points
}

public fun add_points(self: &mut Score, points: u64) {
    self.points = self.points + points;
}
