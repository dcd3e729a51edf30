/// Attacks with and around a session key, each named after its row in the threat table (threats 1, 2, 3,
/// 5, 6, 7, 14, 16, 25, 28, 35).
#[test_only]
module valet::session_threat_tests;

use std::unit_test::{assert_eq, destroy};
use valet::{
    allowance,
    dapp,
    fixture::{Self, Gold, World},
    grant::{Self, Grant},
    session,
    user_storage
};

/// A session with something to lose in every respect.
fun rich(): Grant {
    grant::new()
        .allow_action(fixture::step_action())
        .allow_action(fixture::mine_action())
        .allow_coin<Gold>(allowance::new(100))
        .with_renewals(2, 1_000_300_000)
}

fun rich_world(): World {
    let mut world = fixture::with_grant(rich());
    world.deposit<Gold>(1_000);
    world
}

#[test]
fun t1_a_session_draws_one_millisecond_before_its_expiry() {
    let mut world = rich_world();
    world.set_time(1_000_059_999);
    world.buy<Gold>(100);
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun t1_a_session_draws_nothing_at_its_expiry() {
    let mut world = rich_world();
    world.set_time(1_000_060_000);
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun t1_a_session_draws_nothing_one_millisecond_after_its_expiry() {
    let mut world = rich_world();
    world.set_time(1_000_060_001);
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = session::ESessionReplaced)]
fun t2_a_replaced_key_draws_nothing() {
    let mut world = rich_world();
    world.sender(fixture::owner());
    world.activate(fixture::other_key(), 60_000, rich());
    world.sender(fixture::key());
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = session::ESessionReplaced)]
fun t2_a_replaced_key_renews_nothing() {
    let mut world = rich_world();
    world.sender(fixture::owner());
    world.activate(fixture::other_key(), 60_000, rich());
    world.sender(fixture::key());
    world.renew(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::ESessionStillLive)]
fun t2_a_replaced_key_ends_nothing() {
    let mut world = rich_world();
    world.sender(fixture::owner());
    world.activate(fixture::other_key(), 60_000, rich());
    world.sender(fixture::key());
    world.deactivate_session();
    abort
}

#[test]
fun t3_an_action_that_came_before_the_revocation_stands() {
    let mut world = rich_world();
    world.write(1);
    world.sender(fixture::owner());
    world.deactivate_session();
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionRevoked)]
fun t3_an_action_that_came_after_the_revocation_is_refused() {
    let mut world = rich_world();
    world.sender(fixture::owner());
    world.deactivate_session();
    world.sender(fixture::key());
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = session::ESessionStillLive)]
fun t5_a_stranger_does_not_end_a_live_session() {
    let mut world = rich_world();
    world.sender(fixture::stranger());
    world.deactivate_session();
    abort
}

#[test, expected_failure(abort_code = session::ESessionStillLive)]
fun t5_the_dapps_administrator_does_not_end_a_live_session() {
    let mut world = rich_world();
    world.sender(fixture::admin());
    world.deactivate_session();
    abort
}

#[test, expected_failure(abort_code = session::ENotOwner)]
fun t6_a_session_does_not_create_a_session() {
    let mut world = rich_world();
    world.activate(fixture::other_key(), 60_000, rich());
    abort
}

#[test, expected_failure(abort_code = session::ENotOwner)]
fun t6_a_session_does_not_widen_itself() {
    let mut world = rich_world();
    world.activate_session(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::EOwnerOnlyAction)]
fun t6_a_session_gets_no_owner_authority() {
    let mut world = rich_world();
    world.authorize_owner(fixture::step_action());
    abort
}

#[test]
fun t6_an_account_that_a_session_key_creates_is_its_own_and_not_its_owners() {
    let mut world = rich_world();
    let storage = world.create_storage();
    assert_eq!(storage.canonical_owner(), fixture::key());
    assert!(object::id(&storage) != world.storage_id());
    assert_eq!(world.storage().canonical_owner(), fixture::owner());
    destroy(storage);
    world.end();
}

#[test]
fun t6_a_session_renews_for_a_key_and_never_for_another_owner() {
    let mut world = rich_world();
    world.renew(fixture::stranger(), 60_000);
    assert_eq!(world.storage().canonical_owner(), fixture::owner());
    let now = fixture::now();
    assert!(session::is_valid_for(world.storage(), fixture::stranger(), fixture::owner(), now));
    world.end();
}

#[test]
fun t7_a_key_granted_again_is_live_under_a_fresh_generation() {
    let mut world = rich_world();
    world.buy<Gold>(100);
    world.renew(fixture::key(), 60_000);
    world.sender(fixture::owner());
    world.deactivate_session();
    world.activate(fixture::key(), 60_000, rich());
    let session = world.storage().session().borrow();
    assert_eq!(session.generation(), 2);
    assert_eq!(session.remaining_renewals(), option::some(2));
    assert_eq!(session.remainders()[0].total(), 100);
    world.sender(fixture::key());
    world.buy<Gold>(100);
    assert_eq!(world.purse<Gold>(), 800);
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionRevoked)]
fun t7_a_rotated_key_of_a_revoked_session_stays_dead_when_the_first_key_is_granted_again() {
    let mut world = rich_world();
    world.renew(fixture::other_key(), 60_000);
    world.sender(fixture::owner());
    world.deactivate_session();
    world.activate(fixture::key(), 60_000, rich());
    world.sender(fixture::other_key());
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = grant::ESessionDebtCeiling)]
fun t14_splitting_writes_over_calls_does_not_pass_the_debt_ceiling() {
    let mut world = fixture::with_grant(rich().with_max_debt(3_480));
    4u64.do!(|n| {
        world.write(n);
        world.sender(fixture::key());
    });
    abort
}

#[test, expected_failure(abort_code = session::ENotRegistered)]
fun t16_a_session_does_not_act_on_another_account() {
    let mut world = rich_world();
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    world.sender(fixture::key());
    world.authorize_on(&mut strangers);
    abort
}

#[test, expected_failure(abort_code = user_storage::EWrongStorage)]
fun t16_an_authority_of_the_session_does_not_write_to_another_account() {
    let mut world = rich_world();
    let auth = world.authorize(fixture::step_action());
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    strangers.set(&auth, fixture::score_key(0), fixture::score(1));
    abort
}

#[test]
fun t25_a_session_plays_on_while_its_dapp_has_no_credit_and_strangers_settle() {
    let mut world = rich_world();
    3u64.do!(|n| {
        world.sender(fixture::stranger());
        world.settle_writes();
        world.sender(fixture::key());
        world.write(n);
    });
    assert_eq!(world.storage().unsettled_writes(), 3);
    world.end();
}

#[test]
fun t28_the_owner_ends_a_session_that_is_at_every_ceiling() {
    let grant = rich().with_max_calls(2).with_max_debt(1_160).with_rate_limit(2, 1, 60_000);
    let mut world = fixture::with_grant(grant);
    world.deposit<Gold>(1_000);
    world.set_max_unsettled_writes(1);
    world.buy<Gold>(100);
    world.write(1);
    world.sender(fixture::owner());
    world.deactivate_session();
    world.withdraw_all<Gold>();
    assert!(world.storage().session().is_none());
    world.end();
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun t35_a_session_draws_nothing_while_the_dapp_is_paused() {
    let mut world = rich_world();
    world.pause();
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun t35_a_session_draws_nothing_while_the_dapp_is_suspended() {
    let mut world = rich_world();
    world.suspend();
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_a_session_draws_nothing_from_a_dapp_of_another_version() {
    let mut world = rich_world();
    world.dapp_mut().set_version_for_testing(2);
    world.buy<Gold>(1);
    abort
}
