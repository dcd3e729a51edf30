/// Authority for an action, and every way to be refused it (rows A8, B4, B6, B10, B15; threats 1, 2, 6, 15,
/// 16, 30, 35).
#[test_only]
module valet::authorization_tests;

use std::unit_test::assert_eq;
use valet::{dapp, fixture, grant, session, user_storage};

// === B4: until when ===

#[test]
fun b4_the_owner_is_authorized_at_any_time() {
    let world = fixture::new();
    assert!(session::is_write_authorized(world.storage(), fixture::owner(), 0));
    assert!(
        session::is_write_authorized(world.storage(), fixture::owner(), std::u64::max_value!()),
    );
    world.end();
}

#[test]
fun b4_a_stranger_is_never_authorized() {
    let world = fixture::with_session();
    assert!(!session::is_write_authorized(world.storage(), fixture::stranger(), fixture::now()));
    world.end();
}

#[test]
fun b4_without_a_session_no_key_is_authorized() {
    let world = fixture::new();
    assert!(!session::is_write_authorized(world.storage(), fixture::key(), fixture::now()));
    world.end();
}

#[test]
fun b4_a_session_is_authorized_until_the_millisecond_before_its_expiry() {
    let world = fixture::with_session();
    let storage = world.storage();
    assert!(session::is_write_authorized(storage, fixture::key(), 1_000_059_999));
    assert!(!session::is_write_authorized(storage, fixture::key(), 1_000_060_000));
    assert!(!session::is_write_authorized(storage, fixture::key(), 1_000_060_001));
    world.end();
}

#[test]
fun b4_a_session_writes_one_millisecond_before_its_expiry() {
    let mut world = fixture::with_session();
    world.set_time(1_000_059_999);
    world.write(7);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(7));
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun b4_a_session_is_refused_at_its_expiry() {
    let mut world = fixture::with_session();
    world.set_time(1_000_060_000);
    world.write(7);
    abort
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun b4_a_session_is_refused_one_millisecond_after_its_expiry() {
    let mut world = fixture::with_session();
    world.set_time(1_000_060_001);
    world.write(7);
    abort
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun b4_the_epoch_has_no_say_in_the_expiry() {
    let mut world = fixture::with_session();
    // The epoch began before the expiry, as it mostly does; the clock alone counts.
    assert!(world.ctx().epoch_timestamp_ms() < 1_000_060_000);
    world.set_time(1_000_060_000);
    world.write(7);
    abort
}

/// A session is refused iff `now >= expires_at_ms`, whenever it began and however long it lasts.
#[random_test]
fun b4_validity_is_half_open_for_every_duration(start: u32, extra: u32) {
    let start = fixture::now() + (start as u64);
    let duration = 60_000 + (extra as u64) % 604_740_001;
    let mut world = fixture::new();
    world.set_time(start);
    world.activate_session(fixture::key(), duration);
    let end = start + duration;
    assert!(session::is_write_authorized(world.storage(), fixture::key(), start));
    assert!(session::is_write_authorized(world.storage(), fixture::key(), end - 1));
    assert!(!session::is_write_authorized(world.storage(), fixture::key(), end));
    assert!(!session::is_write_authorized(world.storage(), fixture::key(), end + 1));
    world.end();
}

// === B6 and B10: which actions ===

#[test]
fun b6_a_plain_session_takes_every_session_action() {
    let mut world = fixture::with_session();
    world.authorize(fixture::step_action());
    world.authorize(fixture::mine_action());
    world.authorize(fixture::last_action());
    world.end();
}

#[test]
fun b6_a_session_takes_the_actions_its_grant_names() {
    let grant = grant::new()
        .allow_action(fixture::mine_action())
        .allow_action(fixture::last_action());
    let mut world = fixture::with_grant(grant);
    world.authorize(fixture::mine_action());
    world.authorize(fixture::last_action());
    world.end();
}

#[test, expected_failure(abort_code = session::EActionNotGranted)]
fun b6_a_session_is_refused_an_action_its_grant_does_not_name() {
    let mut world = fixture::with_grant(grant::new().allow_action(fixture::mine_action()));
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun b6_a_plain_session_is_refused_an_owner_only_action() {
    let mut world = fixture::with_session();
    world.authorize(fixture::rename_action());
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun b10_a_grant_that_names_an_owner_only_action_does_not_open_it() {
    let mut world = fixture::with_grant(grant::new().allow_action(fixture::rename_action()));
    world.authorize(fixture::rename_action());
    abort
}

#[test]
fun b10_the_owner_takes_every_action() {
    let mut world = fixture::with_session();
    world.sender(fixture::owner());
    world.authorize(fixture::step_action());
    world.authorize(fixture::rename_action());
    let auth = world.authorize_owner(fixture::rename_action());
    assert_eq!(auth.actor(), fixture::owner());
    assert_eq!(auth.action(), fixture::rename_action());
    assert!(!auth.is_session());
    world.end();
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun b10_owner_authority_is_refused_to_a_session_even_for_a_session_action() {
    let mut world = fixture::with_session();
    world.authorize_owner(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun b10_owner_authority_is_refused_to_a_stranger() {
    let mut world = fixture::new();
    world.sender(fixture::stranger());
    world.authorize_owner(fixture::step_action());
    abort
}

#[test]
fun b6_a_plain_session_follows_what_the_dapp_lets_sessions_take() {
    let mut world = fixture::with_session();
    world.set_session_actions(vector[fixture::rename_action()]);
    world.authorize(fixture::rename_action());
    world.end();
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun b6_an_action_the_dapp_closes_to_sessions_is_closed_to_live_ones() {
    let mut world = fixture::with_grant(grant::new().allow_action(fixture::step_action()));
    world.set_session_actions(vector[]);
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::EActionNotGranted)]
fun b6_an_action_the_dapp_opens_to_sessions_stays_closed_to_those_not_granted_it() {
    let mut world = fixture::with_grant(grant::new().allow_action(fixture::step_action()));
    world.set_session_actions(vector[fixture::step_action(), fixture::rename_action()]);
    world.authorize(fixture::rename_action());
    abort
}

// === B15: one reason for each refusal ===

#[test, expected_failure(abort_code = session::ENotRegistered)]
fun b15_not_registered() {
    let mut world = fixture::new();
    world.sender(fixture::key());
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::EWrongSender)]
fun b15_wrong_sender() {
    let mut world = fixture::with_session();
    world.sender(fixture::stranger());
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::EWrongSender)]
fun b15_wrong_sender_while_another_session_ended() {
    let mut world = fixture::with_session();
    world.sender(fixture::owner());
    world.activate_session(fixture::other_key(), 60_000);
    world.sender(fixture::stranger());
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::ENotRegistered)]
fun b15_not_registered_while_another_session_ended() {
    let mut world = fixture::with_session();
    world.deactivate_session();
    world.sender(fixture::stranger());
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::ESessionRevoked)]
fun b15_revoked_by_the_owner() {
    let mut world = fixture::with_session();
    world.sender(fixture::owner());
    world.deactivate_session();
    world.sender(fixture::key());
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::ESessionRevoked)]
fun b15_revoked_by_the_key_itself() {
    let mut world = fixture::with_session();
    world.deactivate_session();
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::ESessionReplaced)]
fun b15_replaced() {
    let mut world = fixture::with_session();
    world.sender(fixture::owner());
    world.activate_session(fixture::other_key(), 60_000);
    world.sender(fixture::key());
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun b15_expired_and_cleaned_up() {
    let mut world = fixture::with_session();
    world.set_time(1_000_060_000);
    world.sender(fixture::stranger());
    world.deactivate_session();
    world.sender(fixture::key());
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun b15_paused_for_the_session() {
    let mut world = fixture::with_session();
    world.pause();
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun a8_a_paused_dapp_refuses_its_owners_too() {
    let mut world = fixture::new();
    world.pause();
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun a8_a_paused_dapp_refuses_owner_only_actions() {
    let mut world = fixture::new();
    world.pause();
    world.authorize_owner(fixture::rename_action());
    abort
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun a8_a_paused_dapp_refuses_global_writes() {
    let mut world = fixture::new();
    world.pause();
    world.authorize_global();
    abort
}

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun b15_suspended() {
    let mut world = fixture::with_session();
    world.suspend();
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun a8_the_dapps_administrator_cannot_end_a_suspension() {
    let mut world = fixture::new();
    world.suspend();
    world.pause();
    world.unpause();
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun b15_version() {
    let mut world = fixture::with_session();
    world.dapp_mut().set_version_for_testing(2);
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_a_dapp_on_another_version_refuses_its_owners_too() {
    let mut world = fixture::new();
    world.dapp_mut().set_version_for_testing(0);
    world.authorize(fixture::step_action());
    abort
}

#[test]
fun a8_writes_go_on_when_pause_and_suspension_end() {
    let mut world = fixture::with_session();
    world.pause();
    world.suspend();
    world.unpause();
    world.unsuspend();
    world.write(3);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(3));
    world.end();
}

#[test, expected_failure(abort_code = user_storage::ESessionEnded)]
fun b2_an_authority_taken_before_the_session_ended_is_dead() {
    let mut world = fixture::with_session();
    let auth = world.authorize(fixture::step_action());
    world.deactivate_session();
    world.storage_mut().set(&auth, fixture::score_key(0), fixture::score(1));
    abort
}

#[test, expected_failure(abort_code = user_storage::ESessionEnded)]
fun b3_an_authority_of_a_replaced_session_does_not_act_under_its_successor() {
    let mut world = fixture::with_session();
    let auth = world.authorize(fixture::step_action());
    world.sender(fixture::owner());
    world.activate_session(fixture::key(), 60_000);
    world.storage_mut().set(&auth, fixture::score_key(0), fixture::score(1));
    abort
}
