/// The owner's overview and way out, across dApps, with one signature (rows A9, B12; threats 5, 6, 16,
/// 28).
#[test_only]
module valet::owner_exit_tests;

use std::{type_name, unit_test::{assert_eq, destroy}};
use sui::event;
use valet::{
    account_card::AccountCard,
    dapp::Dapp,
    dapp_storage::DappStorage,
    ended_session,
    fixture::{Self, Game, Gold, World},
    purse,
    rival::{Self, Rival},
    session::{Self, SessionDeactivated},
    user_storage::{Self, UserStorage}
};

/// A rival dApp, and an account in it of the same owner.
fun rival(world: &mut World): (Dapp<Rival>, DappStorage<Rival>, UserStorage<Rival>) {
    let publisher = rival::publisher(world.ctx());
    let (dapp, mut dapp_storage, cap) = world.register<Rival>(&publisher, b"Rival", b"", b"");
    destroy(publisher);
    destroy(cap);
    world.sender(fixture::owner());
    let storage = user_storage::create(&dapp, &mut dapp_storage, world.ctx());
    (dapp, dapp_storage, storage)
}

#[test]
fun a9_an_owner_finds_every_account_by_its_cards() {
    let mut world = fixture::new();
    let (dapp, dapp_storage, storage) = rival(&mut world);
    world.sender(fixture::stranger());
    let strangers = world.create_storage();
    world.sender(fixture::owner());

    let scenario = world.scenario();
    assert_eq!(scenario.ids_for_sender<AccountCard>().length(), 2);
    let newest = scenario.take_from_sender<AccountCard>();
    let oldest = scenario.take_from_sender<AccountCard>();
    let (rivals, games) = if (newest.storage_id() == object::id(&storage)) (newest, oldest) else (
        oldest,
        newest,
    );
    assert_eq!(rivals.storage_id(), object::id(&storage));
    assert_eq!(rivals.dapp(), type_name::with_defining_ids<Rival>());
    assert_eq!(games.storage_id(), world.storage_id());
    assert_eq!(games.dapp(), type_name::with_defining_ids<Game>());

    destroy(vector[games, rivals]);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(storage);
    destroy(strangers);
    world.end();
}

#[test]
fun b12_one_signature_ends_the_sessions_of_every_dapp() {
    let mut world = fixture::with_session();
    let (dapp, dapp_storage, mut storage) = rival(&mut world);
    session::activate_session(
        world.hub(),
        &mut storage,
        fixture::other_key(),
        60_000,
        world.clock(),
        &mut tx_context::new_from_hint(fixture::owner(), 0, 0, 0, 0),
    );
    world.sender(fixture::owner());
    // One transaction of the owner.
    world.revoke_if_active();
    session::revoke_if_active(
        &mut storage,
        world.clock(),
        &mut tx_context::new_from_hint(fixture::owner(), 0, 0, 0, 0),
    );
    assert!(world.storage().session().is_none());
    assert!(storage.session().is_none());
    assert_eq!(
        event::events_by_type<SessionDeactivated<Game>>(),
        vector[
            session::session_deactivated_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::key(),
                1,
                ended_session::revoked(),
                fixture::owner(),
            ),
        ],
    );
    assert_eq!(
        event::events_by_type<SessionDeactivated<Rival>>(),
        vector[
            session::session_deactivated_for_testing(
                object::id(&storage),
                fixture::owner(),
                fixture::other_key(),
                1,
                ended_session::revoked(),
                fixture::owner(),
            ),
        ],
    );
    destroy(dapp);
    destroy(dapp_storage);
    destroy(storage);
    world.end();
}

#[test]
fun b12_a_session_that_ended_meanwhile_keeps_no_other_alive() {
    let mut world = fixture::with_session();
    world.deactivate_session();
    world.sender(fixture::owner());
    world.revoke_if_active();
    assert!(world.storage().session().is_none());
    assert!(event::events_by_type<SessionDeactivated<Game>>().is_empty());
    world.end();
}

#[test]
fun b12_an_account_without_a_session_is_no_obstacle() {
    let mut world = fixture::new();
    world.revoke_if_active();
    assert!(world.storage().ended_session().is_none());
    world.end();
}

#[test]
fun b12_an_expired_session_is_cleaned_up_with_the_others() {
    let mut world = fixture::with_session();
    world.set_time(1_000_060_000);
    world.sender(fixture::owner());
    world.revoke_if_active();
    assert!(world.storage().ended_session().borrow().reason().is_expiry());
    world.end();
}

#[test]
fun b12_a_session_ends_itself_by_it_too() {
    let mut world = fixture::with_session();
    world.revoke_if_active();
    assert!(world.storage().ended_session().borrow().reason().is_revoked());
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionStillLive)]
fun t5_a_stranger_does_not_revoke_a_live_session_by_it() {
    let mut world = fixture::with_session();
    world.sender(fixture::stranger());
    world.revoke_if_active();
    abort
}

#[test]
fun t5_after_the_expiry_a_stranger_cleans_up_by_it() {
    let mut world = fixture::with_session();
    world.set_time(1_000_060_000);
    world.sender(fixture::stranger());
    world.revoke_if_active();
    assert!(world.storage().session().is_none());
    world.end();
}

#[test]
fun t28_the_owner_revokes_settles_withdraws_and_reads_whatever_the_dapp_does() {
    let mut world = fixture::with_session();
    world.deposit<Gold>(100);
    world.set_max_unsettled_writes(1);
    world.write(7);
    world.pause();
    world.suspend();
    world.dapp_mut().set_version_for_testing(2);
    world.hub_mut().set_version_for_testing(2);
    world.sender(fixture::owner());
    world.revoke_if_active();
    world.settle_writes();
    world.withdraw_all<Gold>();
    assert!(world.storage().session().is_none());
    assert_eq!(world.purse<Gold>(), 0);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(7));
    assert!(world.max_loss().coins().is_empty());
    world.end();
}

#[test]
fun t16_a_session_of_one_dapp_is_none_of_another() {
    let mut world = fixture::with_session();
    let (dapp, dapp_storage, storage) = rival(&mut world);
    let now = fixture::now();
    assert!(session::is_write_authorized(world.storage(), fixture::key(), now));
    assert!(!session::is_write_authorized(&storage, fixture::key(), now));
    assert!(!session::is_valid_for(&storage, fixture::key(), fixture::owner(), now));
    assert_eq!(purse::value<Rival, Gold>(&storage), 0);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(storage);
    world.end();
}
