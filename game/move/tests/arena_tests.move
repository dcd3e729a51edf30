/// The arena's rules, played by an owner and by a session.
#[test_only]
module arena::arena_tests;

use arena::arena::{Self, Arena};
use std::unit_test::{assert_eq, destroy};
use sui::{clock::{Self, Clock}, package::Publisher, test_scenario::{Self, Scenario}};
use valet::{
    dapp::Dapp,
    dapp_hub::{Self, DappHub},
    dapp_storage::DappStorage,
    session,
    user_storage::{Self, UserStorage}
};

const ADMIN: address = @0xAD;
const OWNER: address = @0xA;
const KEY: address = @0xB;

const NORTH: u8 = 0;
const EAST: u8 = 1;
const SOUTH: u8 = 2;
const WEST: u8 = 3;

public struct World {
    scenario: Scenario,
    clock: Clock,
    hub: DappHub,
    dapp: Dapp<Arena>,
    dapp_storage: DappStorage<Arena>,
    storage: UserStorage<Arena>,
}

/// The game set up, its owner with a storage and no hero.
fun before_joining(): World {
    let mut scenario = test_scenario::begin(ADMIN);
    dapp_hub::init_for_testing(scenario.ctx());
    arena::init_for_testing(scenario.ctx());
    let clock = clock::create_for_testing(scenario.ctx());
    scenario.next_tx(ADMIN);
    let mut hub: DappHub = scenario.take_shared();
    let publisher: Publisher = scenario.take_from_sender();
    let cap = arena::setup(&mut hub, &publisher, scenario.ctx());
    scenario.next_tx(OWNER);
    let dapp: Dapp<Arena> = scenario.take_shared();
    let mut dapp_storage: DappStorage<Arena> = scenario.take_shared();
    assert_eq!(cap.dapp_id(), object::id(&dapp));
    destroy(cap);
    destroy(publisher);
    let storage = user_storage::create(&dapp, &mut dapp_storage, scenario.ctx());
    World { scenario, clock, hub, dapp, dapp_storage, storage }
}

/// A hero at (8, 8), fully rested; the owner is the sender.
fun joined(): World {
    let mut world = before_joining();
    world.join();
    world
}

/// The same, and a session is the sender.
fun with_session(): World {
    let mut world = joined();
    world.activate_session();
    world.scenario.next_tx(KEY);
    world
}

fun activate_session(self: &mut World) {
    session::activate_session(
        &self.hub,
        &mut self.storage,
        KEY,
        60_000,
        &self.clock,
        self.scenario.ctx(),
    )
}

fun join(self: &mut World) {
    arena::join(&self.dapp, &mut self.storage, self.scenario.ctx())
}

fun step(self: &mut World, direction: u8) {
    arena::step(&self.dapp, &mut self.storage, direction, &self.clock, self.scenario.ctx())
}

fun mine(self: &mut World) {
    arena::mine(&self.dapp, &mut self.storage, &self.clock, self.scenario.ctx())
}

fun fight(self: &mut World) {
    arena::fight(&self.dapp, &mut self.storage, &self.clock, self.scenario.ctx())
}

fun rest(self: &mut World) {
    arena::rest(&self.dapp, &mut self.storage, &self.clock, self.scenario.ctx())
}

fun rename(self: &mut World, name: vector<u8>) {
    arena::rename(&self.dapp, &mut self.storage, name.to_string(), self.scenario.ctx())
}

fun retire(self: &mut World) {
    arena::retire(&self.dapp, &mut self.storage, self.scenario.ctx());
}

fun walk(self: &mut World, directions: vector<u8>) {
    directions.do!(|direction| self.step(direction));
}

fun assert_hero(self: &World, x: u8, y: u8, hp: u8, energy: u8, gold: u64, xp: u64, steps: u64) {
    let hero = arena::hero(&self.storage);
    let (hero_x, hero_y) = hero.position();
    assert_eq!(hero_x, x);
    assert_eq!(hero_y, y);
    assert_eq!(hero.hp(), hp);
    assert_eq!(hero.energy(), energy);
    assert_eq!(hero.gold(), gold);
    assert_eq!(hero.xp(), xp);
    assert_eq!(hero.steps(), steps);
}

// === Joining, naming, retiring ===

#[test]
fun a_new_hero_stands_rested_in_the_middle() {
    let world = joined();
    world.assert_hero(8, 8, 12, 20, 0, 0, 0);
    assert_eq!(arena::hero_name(&world.storage), option::none());
    destroy(world);
}

#[test, expected_failure(abort_code = arena::EAlreadyJoined)]
fun an_owner_has_one_hero() {
    let mut world = joined();
    world.join();
    abort
}

#[test, expected_failure(abort_code = arena::ENoHero)]
fun there_is_no_hero_before_joining() {
    let world = before_joining();
    arena::hero(&world.storage);
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun a_session_does_not_join() {
    let mut world = with_session();
    world.join();
    abort
}

#[test]
fun an_owner_names_its_hero_and_names_it_again() {
    let mut world = joined();
    world.rename(b"Ada");
    assert_eq!(arena::hero_name(&world.storage), option::some(b"Ada".to_string()));
    world.rename(b"0123456789abcdef0123456789abcdef");
    assert_eq!(
        arena::hero_name(&world.storage),
        option::some(b"0123456789abcdef0123456789abcdef".to_string()),
    );
    world.assert_hero(8, 8, 12, 20, 0, 0, 0);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::EInvalidName)]
fun an_empty_name_is_refused() {
    let mut world = joined();
    world.rename(b"");
    abort
}

#[test, expected_failure(abort_code = arena::EInvalidName)]
fun a_name_above_its_cap_is_refused() {
    let mut world = joined();
    world.rename(b"0123456789abcdef0123456789abcdef0");
    abort
}

#[test, expected_failure(abort_code = arena::ENoHero)]
fun no_hero_no_name() {
    let mut world = before_joining();
    world.rename(b"Ada");
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun a_session_does_not_rename() {
    let mut world = with_session();
    world.rename(b"Mallory");
    abort
}

#[test]
fun a_retired_hero_is_gone_with_its_name_and_a_new_one_may_join() {
    let mut world = joined();
    world.rename(b"Ada");
    world.step(EAST);
    world.retire();
    assert_eq!(arena::hero_name(&world.storage), option::none());
    world.join();
    world.assert_hero(8, 8, 12, 20, 0, 0, 0);
    assert_eq!(arena::hero_name(&world.storage), option::none());
    destroy(world);
}

#[test]
fun a_hero_without_a_name_retires() {
    let mut world = joined();
    world.retire();
    world.join();
    destroy(world);
}

#[test, expected_failure(abort_code = arena::ENoHero)]
fun no_hero_retires() {
    let mut world = before_joining();
    world.retire();
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun a_session_does_not_retire_the_hero() {
    let mut world = with_session();
    world.retire();
    abort
}

// === Stepping ===

#[test]
fun each_direction_moves_one_tile_and_costs_one_energy() {
    let mut world = with_session();
    world.step(NORTH);
    world.assert_hero(8, 7, 12, 19, 0, 0, 1);
    world.step(EAST);
    world.assert_hero(9, 7, 12, 18, 0, 0, 2);
    world.step(SOUTH);
    world.assert_hero(9, 8, 12, 17, 0, 0, 3);
    world.step(WEST);
    world.assert_hero(8, 8, 12, 16, 0, 0, 4);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::EUnknownDirection)]
fun there_is_no_fifth_direction() {
    let mut world = with_session();
    world.step(4);
    abort
}

#[test]
fun the_hero_reaches_the_northern_edge() {
    let mut world = with_session();
    8u8.do!(|_| world.step(NORTH));
    world.assert_hero(8, 0, 12, 12, 0, 0, 8);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::EEdgeOfMap)]
fun the_map_ends_in_the_north() {
    let mut world = with_session();
    9u8.do!(|_| world.step(NORTH));
    abort
}

#[test, expected_failure(abort_code = arena::EEdgeOfMap)]
fun the_map_ends_in_the_west() {
    let mut world = with_session();
    9u8.do!(|_| world.step(WEST));
    abort
}

#[test]
fun the_hero_reaches_the_south_eastern_corner() {
    let mut world = with_session();
    7u8.do!(|_| world.step(EAST));
    7u8.do!(|_| world.step(SOUTH));
    world.assert_hero(15, 15, 12, 6, 0, 0, 14);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::EEdgeOfMap)]
fun the_map_ends_in_the_east() {
    let mut world = with_session();
    8u8.do!(|_| world.step(EAST));
    abort
}

#[test, expected_failure(abort_code = arena::EEdgeOfMap)]
fun the_map_ends_in_the_south() {
    let mut world = with_session();
    8u8.do!(|_| world.step(SOUTH));
    abort
}

#[test]
fun the_last_energy_is_spent() {
    let mut world = with_session();
    10u8.do!(|_| world.walk(vector[NORTH, SOUTH]));
    world.assert_hero(8, 8, 12, 0, 0, 0, 20);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::ETooTired)]
fun no_step_without_energy() {
    let mut world = with_session();
    10u8.do!(|_| world.walk(vector[NORTH, SOUTH]));
    world.step(NORTH);
    abort
}

// === Mining: (7, 7) is ore, since 3 * 7 + 5 * 7 = 56 = 8 * 7 ===

#[test]
fun the_terrain_is_what_the_documentation_says() {
    assert!(arena::is_ore(0, 0));
    assert!(arena::is_ore(7, 7));
    assert!(arena::is_ore(7, 0));
    assert!(arena::is_ore(3, 1));
    assert!(!arena::is_ore(8, 8));
    assert!(!arena::is_den(8, 8));
    assert!(arena::is_den(1, 0));
    assert!(arena::is_den(8, 7));
    assert!(!arena::is_ore(1, 0));
    assert!(!arena::is_den(0, 0));
}

#[test]
fun mining_costs_two_energy_and_brings_the_tiles_gold() {
    let mut world = with_session();
    world.walk(vector[WEST, NORTH]);
    // (7, 7): 1 + 14 % 3 = 3 gold.
    world.mine();
    world.assert_hero(7, 7, 12, 16, 3, 0, 2);
    world.mine();
    world.assert_hero(7, 7, 12, 14, 6, 0, 2);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::ENoOre)]
fun there_is_no_ore_on_a_plain() {
    let mut world = with_session();
    world.mine();
    abort
}

#[test, expected_failure(abort_code = arena::ETooTired)]
fun mining_needs_two_energy() {
    let mut world = with_session();
    world.step(NORTH);
    world.rest();
    world.step(WEST);
    9u8.do!(|_| world.mine());
    world.assert_hero(7, 7, 12, 1, 27, 0, 2);
    world.mine();
    abort
}

// === Fighting: (8, 7) is a den, since 3 * 8 + 5 * 7 = 59 and 59 % 7 = 3; its strength is 1 + 15 % 4 = 4 ===

#[test]
fun fighting_costs_energy_and_hp_and_brings_experience() {
    let mut world = with_session();
    world.step(NORTH);
    world.fight();
    world.assert_hero(8, 7, 8, 16, 0, 40, 1);
    world.fight();
    world.assert_hero(8, 7, 4, 13, 0, 80, 1);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::ETooWeak)]
fun a_fight_that_would_be_the_last_is_refused() {
    let mut world = with_session();
    world.step(NORTH);
    3u8.do!(|_| world.fight());
    abort
}

#[test, expected_failure(abort_code = arena::ENoDen)]
fun nothing_to_fight_on_a_plain() {
    let mut world = with_session();
    world.fight();
    abort
}

#[test, expected_failure(abort_code = arena::ETooTired)]
fun fighting_needs_three_energy() {
    let mut world = with_session();
    9u8.do!(|_| world.walk(vector[NORTH, SOUTH]));
    world.step(NORTH);
    world.fight();
    abort
}

// === Resting ===

#[test]
fun resting_brings_back_energy_and_hp_up_to_their_maximum() {
    let mut world = with_session();
    world.step(NORTH);
    world.fight();
    world.fight();
    world.assert_hero(8, 7, 4, 13, 0, 80, 1);
    world.rest();
    world.assert_hero(8, 7, 7, 19, 0, 80, 1);
    world.rest();
    world.assert_hero(8, 7, 10, 20, 0, 80, 1);
    world.rest();
    world.assert_hero(8, 7, 12, 20, 0, 80, 1);
    destroy(world);
}

#[test, expected_failure(abort_code = arena::EFullyRested)]
fun a_rested_hero_does_not_rest() {
    let mut world = with_session();
    world.rest();
    abort
}

#[test, expected_failure(abort_code = arena::ENoHero)]
fun no_hero_steps() {
    let mut world = before_joining();
    world.step(NORTH);
    abort
}

#[test, expected_failure(abort_code = arena::ENoHero)]
fun no_hero_mines() {
    let mut world = before_joining();
    world.mine();
    abort
}

#[test, expected_failure(abort_code = arena::ENoHero)]
fun no_hero_fights() {
    let mut world = before_joining();
    world.fight();
    abort
}

#[test, expected_failure(abort_code = arena::ENoHero)]
fun no_hero_rests() {
    let mut world = before_joining();
    world.rest();
    abort
}

// === Playing on and on ===

#[test]
fun a_hero_that_acts_when_it_can_and_rests_when_it_must_never_gets_stuck() {
    let mut world = with_session();
    let mut previous = arena::hero(&world.storage);
    400u64.do!(|n| {
        let (x, y) = previous.position();
        let (hp, energy) = (previous.hp(), previous.energy());
        if (arena::is_ore(x, y) && energy >= 2 && n % 3 != 0) world.mine()
        else if (arena::is_den(x, y) && energy >= 3 && hp > 4 && n % 3 != 0) world.fight()
        else if (energy == 0) world.rest()
        else if (n % 2 == 0) world.step(if (x < 15) EAST else WEST)
        else world.step(if (y < 15) SOUTH else NORTH);
        let hero = arena::hero(&world.storage);
        assert!(hero != previous);
        previous = hero;
    });
    assert_eq!(world.storage.write_count(), 401);
    destroy(world);
}
