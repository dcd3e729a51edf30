/// Ending a session (rows B2, B14; threats 5, 28).
#[test_only]
module valet::deactivation_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    ended_session::{Self, EndReason},
    fixture::{Self, Game, World},
    session::{Self, SessionDeactivated}
};

/// Asserts what deactivation by `actor` for `reason` must leave behind.
fun assert_ended(world: &World, reason: EndReason, actor: address) {
    let storage = world.storage();
    assert!(storage.session().is_none());
    let ended = storage.ended_session().borrow();
    assert_eq!(ended.wallet(), fixture::key());
    assert_eq!(ended.generation(), 1);
    assert_eq!(ended.reason(), reason);
    assert_eq!(
        event::events_by_type<SessionDeactivated<Game>>(),
        vector[
            session::session_deactivated_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::key(),
                1,
                reason,
                actor,
            ),
        ],
    );
}

#[test]
fun b2_the_owner_ends_a_live_session() {
    let mut world = fixture::with_session();
    world.sender(fixture::owner());
    world.deactivate_session();
    assert_ended(&world, ended_session::revoked(), fixture::owner());
    assert!(!session::is_write_authorized(world.storage(), fixture::key(), fixture::now()));
    world.end();
}

#[test]
fun b2_the_session_key_ends_its_own_session() {
    let mut world = fixture::with_session();
    world.deactivate_session();
    assert_ended(&world, ended_session::relinquished(), fixture::key());
    assert!(!session::is_write_authorized(world.storage(), fixture::key(), fixture::now()));
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionStillLive)]
fun b2_a_stranger_cannot_end_a_live_session() {
    let mut world = fixture::with_session();
    world.sender(fixture::stranger());
    world.deactivate_session();
    abort
}

#[test, expected_failure(abort_code = session::ESessionStillLive)]
fun b2_a_stranger_cannot_end_a_session_in_its_last_millisecond() {
    let mut world = fixture::with_session();
    world.set_time(1_000_059_999);
    world.sender(fixture::stranger());
    world.deactivate_session();
    abort
}

#[test]
fun b2_a_stranger_cleans_up_a_session_at_its_expiry() {
    let mut world = fixture::with_session();
    world.set_time(1_000_060_000);
    world.sender(fixture::stranger());
    world.deactivate_session();
    assert_ended(&world, ended_session::expired(), fixture::stranger());
    world.end();
}

#[test]
fun b14_a_session_ended_after_its_expiry_is_reported_as_expired_whoever_ends_it() {
    let mut world = fixture::with_session();
    world.set_time(1_000_060_001);
    world.sender(fixture::owner());
    world.deactivate_session();
    assert_ended(&world, ended_session::expired(), fixture::owner());
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionStillLive)]
fun b2_a_replaced_key_cannot_end_its_successor() {
    let mut world = fixture::with_session();
    world.sender(fixture::owner());
    world.activate_session(fixture::other_key(), 60_000);
    world.sender(fixture::key());
    world.deactivate_session();
    abort
}

#[test, expected_failure(abort_code = session::ENoSession)]
fun b2_there_must_be_a_session_to_end() {
    let mut world = fixture::new();
    world.deactivate_session();
    abort
}

#[test, expected_failure(abort_code = session::ENoSession)]
fun b2_a_session_ends_once() {
    let mut world = fixture::with_session();
    world.deactivate_session();
    world.deactivate_session();
    abort
}

#[test]
fun b2_the_owner_ends_a_session_while_the_dapp_is_paused_suspended_and_on_another_version() {
    let mut world = fixture::with_session();
    world.pause();
    world.suspend();
    world.dapp_mut().set_version_for_testing(2);
    world.hub_mut().set_version_for_testing(2);
    world.sender(fixture::owner());
    world.deactivate_session();
    assert_ended(&world, ended_session::revoked(), fixture::owner());
    world.end();
}

#[test]
fun b2_the_owner_ends_a_session_at_the_debt_ceiling() {
    let mut world = fixture::with_session();
    world.set_max_unsettled_writes(1);
    world.write(1);
    world.sender(fixture::owner());
    world.deactivate_session();
    assert_ended(&world, ended_session::revoked(), fixture::owner());
    world.end();
}
