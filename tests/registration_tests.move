/// Registering a dApp (row A7; threats 18, 26, 34).
#[test_only]
module valet::registration_tests;

use std::{type_name, unit_test::{assert_eq, destroy}};
use sui::event;
use valet::{
    action_set,
    dapp::{Self, Dapp, DappRegistered},
    dapp_hub,
    dapp_storage::{Self, DappStorage},
    fees,
    fixture::{Self, Game, World},
    metadata,
    rival::{Self, Rival}
};

/// Registers the rival dApp and ends the world.
fun register_rival(
    mut world: World,
    name: vector<u8>,
    description: vector<u8>,
    website: vector<u8>,
) {
    let publisher = rival::publisher(world.ctx());
    let (dapp, dapp_storage, cap) = world.register<Rival>(&publisher, name, description, website);
    destroy(publisher);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(cap);
    world.end();
}

fun text(length: u64): vector<u8> {
    vector::tabulate!(length, |_| 97)
}

#[test]
fun a7_registration_makes_a_dapp_at_the_addresses_derived_from_the_hub() {
    let mut world = fixture::new();
    assert!(dapp::is_registered<Game>(world.hub()));
    assert!(!dapp::is_registered<Rival>(world.hub()));
    let dapp_address = dapp::derived_address<Rival>(world.hub());
    let storage_address = dapp_storage::derived_address<Rival>(world.hub());
    assert!(dapp_address != storage_address);
    assert!(dapp_address != dapp::derived_address<Game>(world.hub()));

    let publisher = rival::publisher(world.ctx());
    let (dapp, dapp_storage, cap) = world.register<Rival>(&publisher, b"R", b"", b"");
    assert_eq!(object::id(&dapp).to_address(), dapp_address);
    assert_eq!(object::id(&dapp_storage).to_address(), storage_address);
    assert_eq!(cap.dapp_id(), object::id(&dapp));
    assert!(dapp::is_registered<Rival>(world.hub()));
    destroy(publisher);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(cap);
    world.end();
}

#[test]
fun a7_a_new_dapp_denies_everything_it_does_not_name() {
    let mut world = fixture::new();
    let publisher = rival::publisher(world.ctx());
    let (dapp, dapp_storage, cap) = world.register<Rival>(&publisher, b"R", b"", b"");
    assert_eq!(dapp.version(), 1);
    assert_eq!(dapp.session_actions().mask(), 1);
    assert!(!dapp.is_paused());
    assert!(!dapp.is_suspended());
    assert_eq!(dapp.fees(), fees::new(1_000, 10));
    assert_eq!(dapp.max_unsettled_writes(), 1_000);
    assert_eq!(dapp_storage.credit(), 0);
    assert!(dapp_storage.free_credit().is_none());
    assert!(dapp_storage.reserve().is_none());
    assert_eq!(dapp_storage.version(), 1);
    assert_eq!(dapp_storage.settled(), 0);
    assert_eq!(dapp_storage.write_count(), 0);
    assert_eq!(dapp_storage.byte_count(), 0);
    destroy(publisher);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(cap);
    world.end();
}

#[test]
fun a7_registration_announces_everything_about_the_dapp() {
    let mut world = fixture::new();
    let publisher = rival::publisher(world.ctx());
    let (dapp, dapp_storage, cap) = world.register<Rival>(&publisher, b"Rival", b"Bad.", b"r.io");
    assert_eq!(
        event::events_by_type<DappRegistered<Rival>>(),
        vector[
            dapp::dapp_registered_for_testing(
                object::id(&dapp),
                1,
                object::id(&dapp_storage),
                object::id(&cap),
                metadata::metadata_for_testing(
                    b"Rival".to_string(),
                    b"Bad.".to_string(),
                    b"r.io".to_string(),
                    vector[@valet],
                ),
                action_set::from_actions(vector[0]),
                fees::new(1_000, 10),
                1_000,
            ),
        ],
    );
    destroy(publisher);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(cap);
    world.end();
}

#[test]
fun a7_a_shared_dapp_is_found_by_anyone() {
    let mut world = fixture::new();
    let publisher = rival::publisher(world.ctx());
    let (dapp, dapp_storage, cap) = world.register<Rival>(&publisher, b"Rival", b"", b"");
    dapp.share();
    dapp_storage.share();
    world.sender(fixture::stranger());
    let dapp: Dapp<Rival> = world.scenario().take_shared();
    let dapp_storage: DappStorage<Rival> = world.scenario().take_shared();
    assert_eq!(*dapp.metadata().name(), b"Rival".to_string());
    destroy(publisher);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(cap);
    world.end();
}

#[test, expected_failure(abort_code = dapp::EWrongPublisher)]
fun t34_the_publisher_of_another_module_cannot_register_a_type() {
    let mut world = fixture::new();
    let publisher = world.publisher();
    let (_dapp, _storage, _cap) = world.register<Rival>(&publisher, b"Mine now", b"", b"");
    abort
}

#[test, expected_failure(abort_code = type_name::ENonModuleType)]
fun t34_a_primitive_type_cannot_be_registered() {
    let mut world = fixture::new();
    let publisher = world.publisher();
    let (_dapp, _storage, _cap) = world.register<u64>(&publisher, b"Everyone's", b"", b"");
    abort
}

#[test, expected_failure(abort_code = dapp::EAlreadyRegistered)]
fun a7_a_type_registers_once() {
    let mut world = fixture::new();
    let publisher = world.publisher();
    let (_dapp, _storage, _cap) = world.register<Game>(&publisher, b"Again", b"", b"");
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun a8_nothing_registers_with_a_hub_of_another_version() {
    let mut world = fixture::new();
    world.hub_mut().set_version_for_testing(2);
    register_rival(world, b"Rival", b"", b"");
}

#[test]
fun a7_texts_at_their_caps_are_accepted() {
    register_rival(fixture::new(), text(64), text(1_024), text(256));
}

#[test]
fun a7_the_shortest_name_is_accepted() {
    register_rival(fixture::new(), text(1), text(0), text(0));
}

#[test, expected_failure(abort_code = metadata::EInvalidName)]
fun a7_an_empty_name_is_refused() {
    register_rival(fixture::new(), b"", b"", b"");
}

#[test, expected_failure(abort_code = metadata::EInvalidName)]
fun a7_a_name_above_its_cap_is_refused() {
    register_rival(fixture::new(), text(65), b"", b"");
}

#[test, expected_failure(abort_code = metadata::EDescriptionTooLong)]
fun a7_a_description_above_its_cap_is_refused() {
    register_rival(fixture::new(), b"R", text(1_025), b"");
}

#[test, expected_failure(abort_code = metadata::EWebsiteTooLong)]
fun a7_a_website_above_its_cap_is_refused() {
    register_rival(fixture::new(), b"R", b"", text(257));
}
