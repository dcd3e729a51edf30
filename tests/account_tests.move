/// Accounts: one storage for each owner and dApp, owned for ever, closed to other dApps (rows A1, A2,
/// A6; threats 16, 18, 20).
#[test_only]
module valet::account_tests;

use std::unit_test::{assert_eq, destroy};
use sui::event;
use valet::{dapp, fixture::{Self, Game}, user_storage::{Self, UserStorage, StorageCreated}};

#[test]
fun a1_a_new_storage_holds_nothing_and_owes_nothing() {
    let world = fixture::new();
    let storage = world.storage();
    assert_eq!(storage.canonical_owner(), fixture::owner());
    assert!(storage.session().is_none());
    assert!(storage.ended_session().is_none());
    assert_eq!(storage.session_count(), 0);
    assert_eq!(storage.write_count(), 0);
    assert_eq!(storage.byte_count(), 0);
    assert_eq!(storage.unsettled_writes(), 0);
    assert_eq!(storage.unsettled_charge(), 0);
    world.end();
}

#[test]
fun a1_a_storage_has_the_address_derived_from_its_dapp_and_owner() {
    let mut world = fixture::new();
    let derived = world.dapp_storage().user_storage_address(fixture::owner());
    assert_eq!(world.storage_id().to_address(), derived);
    assert!(world.dapp_storage().has_user_storage(fixture::owner()));

    let strangers = world.dapp_storage().user_storage_address(fixture::stranger());
    assert!(!world.dapp_storage().has_user_storage(fixture::stranger()));
    world.sender(fixture::stranger());
    let storage = world.create_storage();
    assert_eq!(object::id(&storage).to_address(), strangers);
    assert!(world.dapp_storage().has_user_storage(fixture::stranger()));
    assert!(strangers != derived);
    destroy(storage);
    world.end();
}

#[test]
fun a1_creating_a_storage_announces_it() {
    let mut world = fixture::new();
    world.sender(fixture::stranger());
    let storage = world.create_storage();
    assert_eq!(
        event::events_by_type<StorageCreated<Game>>(),
        vector[
            user_storage::storage_created_for_testing(object::id(&storage), fixture::stranger()),
        ],
    );
    destroy(storage);
    world.end();
}

#[test, expected_failure(abort_code = user_storage::EStorageExists)]
fun a1_an_owner_cannot_have_a_second_storage() {
    let mut world = fixture::new();
    world.sender(fixture::owner());
    let _storage = world.create_storage();
    abort
}

#[test]
fun a1_a_shared_storage_is_found_by_anyone() {
    let mut world = fixture::new();
    world.sender(fixture::stranger());
    let storage = world.create_storage();
    let id = object::id(&storage);
    storage.share();
    world.sender(fixture::owner());
    let storage: UserStorage<Game> = world.scenario().take_shared_by_id(id);
    assert_eq!(storage.canonical_owner(), fixture::stranger());
    destroy(storage);
    world.end();
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun a8_a_paused_dapp_takes_no_new_users() {
    let mut world = fixture::new();
    world.pause();
    world.sender(fixture::stranger());
    let _storage = world.create_storage();
    abort
}

#[test]
fun a2_the_owner_stays_the_same_whatever_sessions_come_and_go() {
    let mut world = fixture::with_session();
    world.write(1);
    assert_eq!(world.storage().canonical_owner(), fixture::owner());
    world.deactivate_session();
    assert_eq!(world.storage().canonical_owner(), fixture::owner());
    world.sender(fixture::owner());
    world.activate_session(fixture::other_key(), fixture::minute());
    assert_eq!(world.storage().canonical_owner(), fixture::owner());
    world.end();
}

#[test]
fun a2_an_authority_names_the_owner_and_who_signed() {
    let mut world = fixture::with_session();
    let storage_id = world.storage_id();
    let auth = world.authorize(fixture::mine_action());
    assert_eq!(auth.storage_id(), storage_id);
    assert_eq!(auth.owner(), fixture::owner());
    assert_eq!(auth.actor(), fixture::key());
    assert_eq!(auth.action(), fixture::mine_action());
    assert!(auth.is_session());

    world.sender(fixture::owner());
    let auth = world.authorize(fixture::rename_action());
    assert_eq!(auth.owner(), fixture::owner());
    assert_eq!(auth.actor(), fixture::owner());
    assert_eq!(auth.action(), fixture::rename_action());
    assert!(!auth.is_session());
    world.end();
}

#[test, expected_failure(abort_code = user_storage::EWrongStorage)]
fun a6_an_authority_for_one_storage_does_not_write_to_another() {
    let mut world = fixture::new();
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    let auth = world.authorize_on(&mut strangers);
    world.storage_mut().set(&auth, fixture::score_key(0), fixture::score(1));
    abort
}

#[test, expected_failure(abort_code = user_storage::EWrongStorage)]
fun a6_an_authority_for_one_storage_does_not_borrow_from_another() {
    let mut world = fixture::new();
    world.write(1);
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    let auth = world.authorize_on(&mut strangers);
    let (score, _change) = world
        .storage_mut()
        .borrow_mut<_, _, fixture::Score>(&auth, fixture::score_key(0));
    score.add_points(1);
    abort
}

#[test, expected_failure(abort_code = user_storage::EWrongStorage)]
fun a6_an_authority_for_one_storage_does_not_remove_from_another() {
    let mut world = fixture::new();
    world.write(1);
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    let auth = world.authorize_on(&mut strangers);
    let _score: fixture::Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    abort
}

#[test, expected_failure(abort_code = user_storage::EWrongStorage)]
fun a6_an_authority_for_one_storage_does_not_commit_in_another() {
    let mut world = fixture::new();
    world.write(1);
    let owners = world.authorize(fixture::step_action());
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    let auth = world.authorize_on(&mut strangers);
    let (score, change) = world
        .storage_mut()
        .borrow_mut<_, _, fixture::Score>(&owners, fixture::score_key(0));
    score.add_points(1);
    world.storage_mut().commit(&auth, change);
    abort
}
