/// Administering a dApp (rows A7, A8, B6, C2; threat 26).
#[test_only]
module valet::administration_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    action_set,
    dapp::{Self, MaxUnsettledWritesChanged, MetadataChanged, PauseChanged, SessionActionsChanged},
    fixture::{Self, Game, World},
    metadata::{Self, Metadata}
};

use fun dapp_id as World.dapp_id;

fun dapp_id(world: &World): ID {
    object::id(world.dapp())
}

fun metadata_of(
    name: vector<u8>,
    description: vector<u8>,
    website: vector<u8>,
    packages: vector<address>,
): Metadata {
    metadata::metadata_for_testing(
        name.to_string(),
        description.to_string(),
        website.to_string(),
        packages,
    )
}

// === A dApp's texts and packages ===

#[test]
fun a7_the_metadata_is_what_was_registered() {
    let world = fixture::new();
    let metadata = world.dapp().metadata();
    assert_eq!(*metadata.name(), b"Game".to_string());
    assert_eq!(*metadata.description(), b"A game.".to_string());
    assert_eq!(*metadata.website(), b"game.example".to_string());
    assert_eq!(*metadata.packages(), vector[@valet]);
    world.end();
}

#[test]
fun a7_the_administrator_changes_the_texts() {
    let mut world = fixture::new();
    world.set_metadata(b"New", b"Newer.", b"new.example");
    let expected = metadata_of(b"New", b"Newer.", b"new.example", vector[@valet]);
    assert_eq!(*world.dapp().metadata(), expected);
    assert_eq!(
        event::events_by_type<MetadataChanged<Game>>(),
        vector[dapp::metadata_changed_for_testing(world.dapp_id(), expected)],
    );
    world.end();
}

#[test, expected_failure(abort_code = metadata::EInvalidName)]
fun a7_a_changed_name_has_the_same_bounds() {
    let mut world = fixture::new();
    world.set_metadata(b"", b"", b"");
    abort
}

#[test]
fun a7_the_administrator_lists_packages() {
    let mut world = fixture::new();
    world.add_package(@0x77);
    let expected = metadata_of(b"Game", b"A game.", b"game.example", vector[@valet, @0x77]);
    assert_eq!(*world.dapp().metadata(), expected);
    assert_eq!(
        event::events_by_type<MetadataChanged<Game>>(),
        vector[dapp::metadata_changed_for_testing(world.dapp_id(), expected)],
    );
    // A change of the texts keeps the packages.
    world.set_metadata(b"New", b"", b"");
    assert_eq!(*world.dapp().metadata().packages(), vector[@valet, @0x77]);
    world.end();
}

#[test, expected_failure(abort_code = metadata::EPackageAlreadyListed)]
fun a7_a_package_is_listed_once() {
    let mut world = fixture::new();
    world.add_package(@valet);
    abort
}

#[test]
fun a7_sixty_four_packages_are_listed() {
    let mut world = fixture::new();
    63u256.do!(|n| world.add_package(sui::address::from_u256(n + 1_000)));
    assert_eq!(world.dapp().metadata().packages().length(), 64);
    world.end();
}

#[test, expected_failure(abort_code = metadata::ETooManyPackages)]
fun a7_the_sixty_fifth_package_is_refused() {
    let mut world = fixture::new();
    64u256.do!(|n| world.add_package(sui::address::from_u256(n + 1_000)));
    abort
}

// === What a dApp lets sessions do, and owe ===

#[test]
fun b6_the_administrator_names_the_session_actions() {
    let mut world = fixture::new();
    world.set_session_actions(vector[3, 4]);
    let actions = action_set::from_actions(vector[3, 4]);
    assert_eq!(world.dapp().session_actions(), actions);
    assert_eq!(
        event::events_by_type<SessionActionsChanged<Game>>(),
        vector[
            dapp::session_actions_changed_for_testing(
                world.dapp_id(),
                action_set::from_actions(vector[
                    fixture::step_action(),
                    fixture::mine_action(),
                    fixture::last_action(),
                ]),
                actions,
            ),
        ],
    );
    world.end();
}

#[test]
fun c2_the_administrator_sets_the_ceiling_on_unsettled_writes() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1_000_000);
    assert_eq!(world.dapp().max_unsettled_writes(), 1_000_000);
    assert_eq!(
        event::events_by_type<MaxUnsettledWritesChanged<Game>>(),
        vector[dapp::max_unsettled_writes_changed_for_testing(world.dapp_id(), 1_000, 1_000_000)],
    );
    world.end();
}

#[test, expected_failure(abort_code = dapp::EInvalidCeiling)]
fun c2_a_ceiling_of_zero_is_refused() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(0);
    abort
}

#[test, expected_failure(abort_code = dapp::EInvalidCeiling)]
fun c2_a_ceiling_above_a_million_is_refused() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1_000_001);
    abort
}

// === Pause ===

#[test]
fun a8_pausing_is_announced() {
    let mut world = fixture::new();
    world.pause();
    assert!(world.dapp().is_paused());
    world.unpause();
    assert!(!world.dapp().is_paused());
    let id = world.dapp_id();
    assert_eq!(
        event::events_by_type<PauseChanged<Game>>(),
        vector[
            dapp::pause_changed_for_testing(id, true),
            dapp::pause_changed_for_testing(id, false),
        ],
    );
    world.end();
}
