/// Activating a session (rows B1, B3, B14; threats 1, 2, 6, 7, 15).
#[test_only]
module valet::activation_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    dapp_hub,
    ended_session,
    fixture::{Self, Game},
    grant,
    session::{Self, SessionActivated, SessionDeactivated, SessionReplaced}
};

#[test]
fun b1_the_owner_activates_a_session_for_every_session_action() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 60_000);

    let session = world.storage().session().borrow();
    assert_eq!(session.wallet(), @0xB);
    assert_eq!(session.generation(), 1);
    assert_eq!(session.expires_at_ms(), 1_000_060_000);
    assert_eq!(session.debt(), 0);
    assert_eq!(*session.grant(), grant::all_session_actions());
    assert_eq!(session.grant().named_actions(), option::none());
    assert_eq!(session.grant().max_debt(), option::none());
    assert_eq!(world.storage().session_count(), 1);
    world.end();
}

#[test]
fun b1_a_composed_grant_is_what_the_session_gets() {
    let mut world = fixture::new();
    let grant = grant::new().allow_action(fixture::mine_action()).with_max_debt(5_000);
    world.activate(fixture::key(), 60_000, grant);
    assert_eq!(*world.storage().session().borrow().grant(), grant);
    world.end();
}

#[test]
fun b14_activation_announces_the_session_and_its_grant() {
    let mut world = fixture::new();
    let grant = grant::new().allow_action(fixture::mine_action()).with_max_debt(5_000);
    world.activate(fixture::key(), 60_000, grant);
    assert_eq!(
        event::events_by_type<SessionActivated<Game>>(),
        vector[
            session::session_activated_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::key(),
                1,
                1_000_000_000,
                1_000_060_000,
                grant,
            ),
        ],
    );
    assert!(event::events_by_type<SessionReplaced<Game>>().is_empty());
    assert!(event::events_by_type<SessionDeactivated<Game>>().is_empty());
    world.end();
}

#[test, expected_failure(abort_code = session::ENotOwner)]
fun b1_a_stranger_cannot_activate_a_session() {
    let mut world = fixture::new();
    world.sender(fixture::stranger());
    world.activate_session(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::ENotOwner)]
fun b1_a_session_cannot_extend_itself() {
    let mut world = fixture::with_session();
    world.activate_session(fixture::key(), 604_800_000);
    abort
}

#[test, expected_failure(abort_code = session::ENotOwner)]
fun b1_a_session_cannot_appoint_another_key() {
    let mut world = fixture::with_session();
    world.activate_session(fixture::other_key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::ENotOwner)]
fun b1_a_session_cannot_widen_its_grant() {
    let mut world = fixture::with_grant(grant::new().allow_action(fixture::step_action()));
    world.activate(fixture::key(), 60_000, grant::all_session_actions());
    abort
}

#[test, expected_failure(abort_code = session::EZeroWallet)]
fun b1_the_zero_address_cannot_be_a_session_key() {
    let mut world = fixture::new();
    world.activate_session(@0x0, 60_000);
    abort
}

#[test, expected_failure(abort_code = session::EOwnerWallet)]
fun b1_the_owner_cannot_be_its_own_session_key() {
    let mut world = fixture::new();
    world.activate_session(fixture::owner(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::EDurationTooShort)]
fun b1_a_session_below_one_minute_is_refused() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 59_999);
    abort
}

#[test, expected_failure(abort_code = session::EDurationTooShort)]
fun b1_a_session_of_no_time_is_refused() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 0);
    abort
}

#[test]
fun b1_a_session_of_seven_days_is_accepted() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 604_800_000);
    assert_eq!(world.storage().session().borrow().expires_at_ms(), 1_604_800_000);
    assert_eq!(session::max_duration_ms(), 604_800_000);
    assert_eq!(session::min_duration_ms(), 60_000);
    world.end();
}

#[test, expected_failure(abort_code = session::EDurationTooLong)]
fun b1_a_session_above_seven_days_is_refused() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 604_800_001);
    abort
}

#[test, expected_failure(abort_code = session::EDurationTooLong)]
fun b1_the_largest_number_is_no_unlimited_session() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), std::u64::max_value!());
    abort
}

#[test, expected_failure(arithmetic_error, location = session)]
fun b1_an_expiry_beyond_the_end_of_time_does_not_wrap() {
    let mut world = fixture::new();
    world.set_time(std::u64::max_value!() - 59_999);
    world.activate_session(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = grant::EEmptyGrant)]
fun b1_a_grant_that_names_no_action_is_refused() {
    let mut world = fixture::new();
    world.activate(fixture::key(), 60_000, grant::new());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun a8_no_session_starts_on_a_hub_of_another_version() {
    let mut world = fixture::new();
    world.hub_mut().set_version_for_testing(2);
    world.activate_session(fixture::key(), 60_000);
    abort
}

#[test]
fun b3_activating_replaces_and_says_so() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 60_000);
    world.sender(fixture::owner());
    world.activate_session(fixture::other_key(), 120_000);

    let storage = world.storage();
    let session = storage.session().borrow();
    assert_eq!(session.wallet(), fixture::other_key());
    assert_eq!(session.generation(), 2);
    assert_eq!(session.expires_at_ms(), 1_000_120_000);
    let ended = storage.ended_session().borrow();
    assert_eq!(ended.wallet(), fixture::key());
    assert_eq!(ended.generation(), 1);
    assert!(ended.reason().is_replacement());
    assert!(!ended.reason().is_revoked());
    assert!(!ended.reason().is_expiry());
    assert_eq!(
        event::events_by_type<SessionReplaced<Game>>(),
        vector[
            session::session_replaced_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::key(),
                1,
                fixture::other_key(),
            ),
        ],
    );
    assert_eq!(event::events_by_type<SessionActivated<Game>>().length(), 1);
    assert!(event::events_by_type<SessionDeactivated<Game>>().is_empty());
    world.end();
}

#[test]
fun b3_the_replaced_key_is_dead_in_the_same_transaction() {
    let mut world = fixture::with_session();
    let now = fixture::now();
    assert!(session::is_write_authorized(world.storage(), fixture::key(), now));
    world.sender(fixture::owner());
    world.activate_session(fixture::other_key(), 60_000);
    assert!(!session::is_write_authorized(world.storage(), fixture::key(), now));
    assert!(session::is_write_authorized(world.storage(), fixture::other_key(), now));
    world.end();
}

#[test]
fun b14_replacing_an_expired_session_reports_it_as_expired() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 60_000);
    world.sender(fixture::owner());
    world.set_time(1_000_060_000);
    world.activate_session(fixture::other_key(), 60_000);

    assert!(world.storage().ended_session().borrow().reason().is_expiry());
    assert!(event::events_by_type<SessionReplaced<Game>>().is_empty());
    assert_eq!(
        event::events_by_type<SessionDeactivated<Game>>(),
        vector[
            session::session_deactivated_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::key(),
                1,
                ended_session::expired(),
                fixture::owner(),
            ),
        ],
    );
    world.end();
}

#[test]
fun b3_a_session_replaced_in_its_last_millisecond_counts_as_replaced() {
    let mut world = fixture::new();
    world.activate_session(fixture::key(), 60_000);
    world.set_time(1_000_059_999);
    world.activate_session(fixture::other_key(), 60_000);
    assert!(world.storage().ended_session().borrow().reason().is_replacement());
    world.end();
}

#[test]
fun b3_a_key_activated_again_is_another_session_that_starts_from_nothing() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(2_000));
    world.write(1);
    assert_eq!(world.storage().session().borrow().debt(), 1_160);
    world.sender(fixture::owner());
    world.deactivate_session();
    world.activate(fixture::key(), 60_000, grant::all_session_actions().with_max_debt(1_500));

    let session = world.storage().session().borrow();
    assert_eq!(session.generation(), 2);
    assert_eq!(session.debt(), 0);
    assert_eq!(session.grant().max_debt(), option::some(1_500));
    assert_eq!(world.storage().session_count(), 2);
    // What the first session wrote is still owed.
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.sender(fixture::key());
    world.write(2);
    assert_eq!(world.storage().session().borrow().debt(), 1_160);
    world.end();
}
