/// Arena: a hero walks a map, mines ore, fights in dens and rests. An example of a dApp built on valet.
///
/// The player's wallet signs once, to join and to activate a session; from then on the session's key plays alone.
///
/// The rules depend on nothing but the hero and the action, so that a client can predict every outcome:
///
/// | action | number | who | needs | effect |
/// | --- | --- | --- | --- | --- |
/// | `step` | 0 | owner, session | 1 energy, not over the edge | energy -1, position +-1, steps +1 |
/// | `mine` | 1 | owner, session | 2 energy, on an ore tile | energy -2, gold + 1 + (x + y) % 3 |
/// | `fight` | 2 | owner, session | 3 energy, on a den tile, hp > strength | energy -3, hp - strength, xp + 10 * strength |
/// | `rest` | 3 | owner, session | hp or energy below its maximum | energy +6 and hp +3, up to 20 and 12 |
/// | `join` | 16 | owner | no hero | a new hero |
/// | `rename` | 17 | owner | a hero | the hero's name |
/// | `retire` | 18 | owner | a hero | the hero is gone |
///
/// The map has 16 by 16 tiles; x grows to the east, y to the south. The tile at (x, y) is ore where
/// (3x + 5y) % 7 is 0, a den where it is 3, and plain elsewhere. A den's strength is 1 + (x + y) % 4. A new hero starts
/// at (8, 8) with 12 hp and 20 energy. Whoever rests when nothing else is possible never gets stuck.
module arena::arena;

use std::string::String;
use sui::{clock::Clock, package::{Self, Publisher}};
use valet::{
    action_set::{Self, ActionSet},
    dapp::{Self, Dapp, DappAdminCap},
    dapp_hub::DappHub,
    session,
    user_storage::UserStorage
};

// === Errors ===

/// The owner has a hero.
#[error(code = 0)]
const EAlreadyJoined: vector<u8> = b"You already have a hero; retire it before you join again.";
/// The owner has no hero.
#[error(code = 1)]
const ENoHero: vector<u8> = b"You have no hero; join first.";
/// There is no such direction.
#[error(code = 2)]
const EUnknownDirection: vector<u8> =
    b"Directions are 0 (north), 1 (east), 2 (south) and 3 (west).";
/// The step would leave the map.
#[error(code = 3)]
const EEdgeOfMap: vector<u8> = b"The map ends here; step in another direction.";
/// The hero has too little energy.
#[error(code = 4)]
const ETooTired: vector<u8> = b"Your hero has too little energy for this; rest first.";
/// The tile holds no ore.
#[error(code = 5)]
const ENoOre: vector<u8> = b"There is no ore on this tile; step to one that has some.";
/// The tile is no den.
#[error(code = 6)]
const ENoDen: vector<u8> = b"Nothing lives on this tile; step to a den.";
/// The hero would not survive the fight.
#[error(code = 7)]
const ETooWeak: vector<u8> = b"Your hero would not survive this fight; rest first.";
/// The hero is fully rested.
#[error(code = 8)]
const EFullyRested: vector<u8> = b"Your hero is fully rested; do something else.";
/// The name is empty or too long.
#[error(code = 9)]
const EInvalidName: vector<u8> = b"A name has 1 to 32 bytes.";

// === Constants ===

const ACTION_STEP: u8 = 0;
const ACTION_MINE: u8 = 1;
const ACTION_FIGHT: u8 = 2;
const ACTION_REST: u8 = 3;
const ACTION_JOIN: u8 = 16;
const ACTION_RENAME: u8 = 17;
const ACTION_RETIRE: u8 = 18;

const NORTH: u8 = 0;
const EAST: u8 = 1;
const SOUTH: u8 = 2;
const WEST: u8 = 3;

const MAP_SIZE: u8 = 16;
const START: u8 = 8;
const MAX_HP: u8 = 12;
const MAX_ENERGY: u8 = 20;
const STEP_ENERGY: u8 = 1;
const MINE_ENERGY: u8 = 2;
const FIGHT_ENERGY: u8 = 3;
const REST_HP: u8 = 3;
const REST_ENERGY: u8 = 6;
const XP_PER_STRENGTH: u64 = 10;
const MAX_NAME_BYTES: u64 = 32;

// === Structs ===

/// The one-time witness that proves who published this module.
public struct ARENA has drop {}

/// The type that stands for this dApp: `Dapp<Arena>`, `UserStorage<Arena>`.
public struct Arena()

/// Names the record of an owner's hero.
public struct HeroKey() has copy, drop, store;

/// Names the record of an owner's profile.
public struct ProfileKey() has copy, drop, store;

/// A hero. Its record always has the same size.
public struct Hero has copy, drop, store {
    x: u8,
    y: u8,
    hp: u8,
    energy: u8,
    gold: u64,
    xp: u64,
    steps: u64,
}

/// What a player chose for itself: apart from the hero, so that playing never rewrites it.
public struct Profile has copy, drop, store {
    name: String,
}

fun init(otw: ARENA, ctx: &mut TxContext) {
    package::claim_and_keep(otw, ctx);
}

// === Public functions ===

/// Registers the game with valet, shares its objects and returns its administration. Needed by the publisher, once.
///
/// #### Aborts
/// - As `dapp::register` does.
public fun setup(
    hub: &mut DappHub,
    publisher: &Publisher,
    ctx: &mut TxContext,
): DappAdminCap<Arena> {
    let (dapp, dapp_storage, cap) = dapp::register<Arena>(
        hub,
        publisher,
        b"Arena".to_string(),
        b"A hero on a map, played silently with a session key.".to_string(),
        b"".to_string(),
        session_actions(),
        ctx,
    );
    dapp.share();
    dapp_storage.share();
    cap
}

/// Creates the owner's hero. Owner only.
///
/// #### Aborts
/// - As `session::authorize_owner` does.
/// - `EAlreadyJoined` if the owner has a hero.
public fun join(dapp: &Dapp<Arena>, storage: &mut UserStorage<Arena>, ctx: &mut TxContext) {
    let auth = session::authorize_owner(dapp, storage, internal::permit(), ACTION_JOIN, ctx);
    assert!(!storage.contains(HeroKey()), EAlreadyJoined);
    let hero = Hero {
        x: START,
        y: START,
        hp: MAX_HP,
        energy: MAX_ENERGY,
        gold: 0,
        xp: 0,
        steps: 0,
    };
    storage.set(&auth, HeroKey(), hero);
}

/// Names the hero. Owner only.
///
/// #### Aborts
/// - As `session::authorize_owner` does.
/// - `ENoHero` if the owner has no hero.
/// - `EInvalidName` if the name is empty or longer than 32 bytes.
public fun rename(
    dapp: &Dapp<Arena>,
    storage: &mut UserStorage<Arena>,
    name: String,
    ctx: &mut TxContext,
) {
    let auth = session::authorize_owner(dapp, storage, internal::permit(), ACTION_RENAME, ctx);
    assert_joined(storage);
    assert!(!name.is_empty() && name.length() <= MAX_NAME_BYTES, EInvalidName);
    storage.set(&auth, ProfileKey(), Profile { name });
}

/// Gives up the hero and its name. Owner only.
///
/// #### Aborts
/// - As `session::authorize_owner` does.
/// - `ENoHero` if the owner has no hero.
public fun retire(dapp: &Dapp<Arena>, storage: &mut UserStorage<Arena>, ctx: &mut TxContext): Hero {
    let auth = session::authorize_owner(dapp, storage, internal::permit(), ACTION_RETIRE, ctx);
    assert_joined(storage);
    if (storage.contains(ProfileKey())) {
        let _: Profile = storage.remove(&auth, ProfileKey());
    };
    storage.remove(&auth, HeroKey())
}

/// Walks one tile: 0 north, 1 east, 2 south, 3 west.
///
/// #### Aborts
/// - As `session::authorize` does.
/// - `ENoHero` if the owner has no hero.
/// - `ETooTired` if the hero has no energy.
/// - `EUnknownDirection` if there is no such direction.
/// - `EEdgeOfMap` if the step would leave the map.
public fun step(
    dapp: &Dapp<Arena>,
    storage: &mut UserStorage<Arena>,
    direction: u8,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let auth = session::authorize(dapp, storage, internal::permit(), ACTION_STEP, clock, ctx);
    assert_joined(storage);
    storage.update!(&auth, HeroKey(), |hero: &mut Hero| {
        hero.spend_energy(STEP_ENERGY);
        hero.walk(direction);
    });
}

/// Takes gold from the ore that the hero stands on.
///
/// #### Aborts
/// - As `session::authorize` does.
/// - `ENoHero` if the owner has no hero.
/// - `ENoOre` if the tile holds no ore.
/// - `ETooTired` if the hero has less than 2 energy.
public fun mine(
    dapp: &Dapp<Arena>,
    storage: &mut UserStorage<Arena>,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let auth = session::authorize(dapp, storage, internal::permit(), ACTION_MINE, clock, ctx);
    assert_joined(storage);
    storage.update!(&auth, HeroKey(), |hero: &mut Hero| {
        assert!(is_ore(hero.x, hero.y), ENoOre);
        hero.spend_energy(MINE_ENERGY);
        hero.gold = hero.gold + richness(hero.x, hero.y);
    });
}

/// Fights what lives in the den that the hero stands on.
///
/// #### Aborts
/// - As `session::authorize` does.
/// - `ENoHero` if the owner has no hero.
/// - `ENoDen` if the tile is no den.
/// - `ETooWeak` if the hero's hp do not exceed the den's strength.
/// - `ETooTired` if the hero has less than 3 energy.
public fun fight(
    dapp: &Dapp<Arena>,
    storage: &mut UserStorage<Arena>,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let auth = session::authorize(dapp, storage, internal::permit(), ACTION_FIGHT, clock, ctx);
    assert_joined(storage);
    storage.update!(&auth, HeroKey(), |hero: &mut Hero| {
        assert!(is_den(hero.x, hero.y), ENoDen);
        let strength = strength(hero.x, hero.y);
        assert!(hero.hp > strength, ETooWeak);
        hero.spend_energy(FIGHT_ENERGY);
        hero.hp = hero.hp - strength;
        hero.xp = hero.xp + XP_PER_STRENGTH * (strength as u64);
    });
}

/// Rests: energy and hp come back.
///
/// #### Aborts
/// - As `session::authorize` does.
/// - `ENoHero` if the owner has no hero.
/// - `EFullyRested` if there is nothing to recover.
public fun rest(
    dapp: &Dapp<Arena>,
    storage: &mut UserStorage<Arena>,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let auth = session::authorize(dapp, storage, internal::permit(), ACTION_REST, clock, ctx);
    assert_joined(storage);
    storage.update!(&auth, HeroKey(), |hero: &mut Hero| {
        assert!(hero.energy < MAX_ENERGY || hero.hp < MAX_HP, EFullyRested);
        hero.energy = MAX_ENERGY.min(hero.energy + REST_ENERGY);
        hero.hp = MAX_HP.min(hero.hp + REST_HP);
    });
}

// === View functions ===

/// What sessions may do: `step`, `mine`, `fight` and `rest`.
public fun session_actions(): ActionSet {
    action_set::from_actions(vector[ACTION_STEP, ACTION_MINE, ACTION_FIGHT, ACTION_REST])
}

/// The owner's hero.
///
/// #### Aborts
/// - `ENoHero` if the owner has no hero.
public fun hero(storage: &UserStorage<Arena>): Hero {
    assert_joined(storage);
    *storage.borrow(HeroKey())
}

/// The name the owner chose for its hero, if any.
public fun hero_name(storage: &UserStorage<Arena>): Option<String> {
    if (storage.contains(ProfileKey())) {
        let profile: &Profile = storage.borrow(ProfileKey());
        option::some(profile.name)
    } else {
        option::none()
    }
}

/// Where the hero stands.
public fun position(self: &Hero): (u8, u8) {
    (self.x, self.y)
}

/// The hero's hit points, up to 12.
public fun hp(self: &Hero): u8 {
    self.hp
}

/// The hero's energy, up to 20.
public fun energy(self: &Hero): u8 {
    self.energy
}

/// The gold that the hero mined.
public fun gold(self: &Hero): u64 {
    self.gold
}

/// The experience that the hero won.
public fun xp(self: &Hero): u64 {
    self.xp
}

/// How many tiles the hero walked.
public fun steps(self: &Hero): u64 {
    self.steps
}

/// Whether the tile holds ore.
public fun is_ore(x: u8, y: u8): bool {
    terrain(x, y) == 0
}

/// Whether the tile is a den.
public fun is_den(x: u8, y: u8): bool {
    terrain(x, y) == 3
}

// === Private functions ===

fun assert_joined(storage: &UserStorage<Arena>) {
    assert!(storage.contains(HeroKey()), ENoHero);
}

fun spend_energy(self: &mut Hero, energy: u8) {
    assert!(self.energy >= energy, ETooTired);
    self.energy = self.energy - energy;
}

fun walk(self: &mut Hero, direction: u8) {
    assert!(direction <= WEST, EUnknownDirection);
    if (direction == NORTH) {
        assert!(self.y > 0, EEdgeOfMap);
        self.y = self.y - 1;
    } else if (direction == EAST) {
        assert!(self.x < MAP_SIZE - 1, EEdgeOfMap);
        self.x = self.x + 1;
    } else if (direction == SOUTH) {
        assert!(self.y < MAP_SIZE - 1, EEdgeOfMap);
        self.y = self.y + 1;
    } else {
        assert!(self.x > 0, EEdgeOfMap);
        self.x = self.x - 1;
    };
    self.steps = self.steps + 1;
}

fun terrain(x: u8, y: u8): u64 {
    (3 * (x as u64) + 5 * (y as u64)) % 7
}

fun richness(x: u8, y: u8): u64 {
    1 + ((x as u64) + (y as u64)) % 3
}

fun strength(x: u8, y: u8): u8 {
    1 + (x + y) % 4
}

// === Test functions ===

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) {
    init(ARENA {}, ctx)
}
