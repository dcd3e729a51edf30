/// Renewal without a prompt, inside the owner's envelope (rows B11, B14, B15; threats 1, 2, 6, 7, 8, 15, 30).
#[test_only]
module valet::renewal_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    allowance,
    dapp_hub,
    envelope,
    fixture::{Self, Game, Gold, World},
    grant::{Self, Grant},
    session::{Self, SessionActivated, SessionDeactivated, SessionRenewed, SessionReplaced},
    user_storage
};

/// Every session action, with renewals until 5 minutes from now.
fun renewable(max_renewals: u64): Grant {
    grant::all_session_actions().with_renewals(max_renewals, 1_000_300_000)
}

fun renewable_world(): World {
    fixture::with_grant(renewable(3))
}

#[test]
fun b11_a_session_renews_itself() {
    let mut world = renewable_world();
    world.advance(50_000);
    world.renew(fixture::key(), 60_000);
    let session = world.storage().session().borrow();
    assert_eq!(session.wallet(), fixture::key());
    assert_eq!(session.generation(), 1);
    assert_eq!(session.expires_at_ms(), 1_000_110_000);
    assert_eq!(session.remaining_renewals(), option::some(2));
    assert_eq!(*session.grant(), renewable(3));
    assert_eq!(world.storage().session_count(), 1);
    assert!(world.storage().ended_session().is_none());
    world.end();
}

#[test]
fun b14_a_renewal_is_announced() {
    let mut world = renewable_world();
    world.advance(50_000);
    world.renew(fixture::other_key(), 60_000);
    assert_eq!(
        event::events_by_type<SessionRenewed<Game>>(),
        vector[
            session::session_renewed_for_testing(
                world.storage_id(),
                fixture::owner(),
                1,
                fixture::key(),
                fixture::other_key(),
                1_000_050_000,
                1_000_110_000,
                2,
            ),
        ],
    );
    assert!(event::events_by_type<SessionActivated<Game>>().is_empty());
    assert!(event::events_by_type<SessionReplaced<Game>>().is_empty());
    assert!(event::events_by_type<SessionDeactivated<Game>>().is_empty());
    world.end();
}

#[test]
fun b11_a_renewal_hands_the_session_to_a_fresh_key() {
    let mut world = renewable_world();
    world.renew(fixture::other_key(), 60_000);
    let now = fixture::now();
    assert!(session::is_write_authorized(world.storage(), fixture::other_key(), now));
    assert!(!session::is_write_authorized(world.storage(), fixture::key(), now));
    let ended = world.storage().ended_session().borrow();
    assert_eq!(ended.wallet(), fixture::key());
    assert_eq!(ended.generation(), 1);
    assert!(ended.reason().is_replacement());
    world.sender(fixture::other_key());
    world.write(1);
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionReplaced)]
fun t2_a_key_that_handed_its_session_on_is_dead() {
    let mut world = renewable_world();
    world.renew(fixture::other_key(), 60_000);
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = session::ESessionReplaced)]
fun t2_a_key_that_handed_its_session_on_does_not_take_it_back() {
    let mut world = renewable_world();
    world.renew(fixture::other_key(), 60_000);
    world.renew(fixture::key(), 60_000);
    abort
}

#[test]
fun t2_an_authority_taken_before_the_rotation_draws_on_the_same_budget() {
    let grant = renewable(1).allow_coin<Gold>(allowance::new(10).with_max_per_call(6));
    let mut world = fixture::with_grant(grant);
    world.deposit<Gold>(100);
    let mut auth = world.authorize(fixture::mine_action());
    world.draw<Gold>(&mut auth, 5);
    world.renew(fixture::other_key(), 60_000);
    world.draw<Gold>(&mut auth, 1);
    assert_eq!(world.storage().session().borrow().remainders()[0].total(), 4);
    world.end();
}

// === Who renews ===

#[test, expected_failure(abort_code = session::EOwnerRenewal)]
fun b11_the_owner_does_not_renew_but_activates() {
    let mut world = renewable_world();
    world.sender(fixture::owner());
    world.renew(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::EWrongSender)]
fun b11_a_stranger_does_not_renew() {
    let mut world = renewable_world();
    world.sender(fixture::stranger());
    world.renew(fixture::stranger(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::ENotRegistered)]
fun b11_without_a_session_there_is_nothing_to_renew() {
    let mut world = fixture::new();
    world.sender(fixture::key());
    world.renew(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::ESessionRevoked)]
fun t6_a_revoked_session_does_not_come_back_by_renewal() {
    let mut world = renewable_world();
    world.sender(fixture::owner());
    world.deactivate_session();
    world.sender(fixture::key());
    world.renew(fixture::key(), 60_000);
    abort
}

#[test]
fun t1_a_session_renews_one_millisecond_before_its_expiry() {
    let mut world = renewable_world();
    world.set_time(1_000_059_999);
    world.renew(fixture::key(), 60_000);
    assert_eq!(world.storage().session().borrow().expires_at_ms(), 1_000_119_999);
    world.end();
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun t1_a_session_does_not_renew_at_its_expiry() {
    let mut world = renewable_world();
    world.set_time(1_000_060_000);
    world.renew(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = session::ESessionExpired)]
fun t1_a_session_does_not_renew_after_its_expiry() {
    let mut world = renewable_world();
    world.set_time(1_000_060_001);
    world.renew(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = grant::ERenewalNotGranted)]
fun t6_a_plain_session_does_not_extend_itself() {
    let mut world = fixture::with_session();
    world.renew(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_nothing_is_renewed_on_a_hub_of_another_version() {
    let mut world = renewable_world();
    world.hub_mut().set_version_for_testing(2);
    world.renew(fixture::key(), 60_000);
    abort
}

// === The envelope ===

#[test]
fun b11_a_session_uses_its_last_renewal() {
    let mut world = fixture::with_grant(renewable(1));
    world.renew(fixture::key(), 60_000);
    assert_eq!(world.storage().session().borrow().remaining_renewals(), option::some(0));
    world.end();
}

#[test, expected_failure(abort_code = envelope::ENoRenewalLeft)]
fun b11_a_session_is_refused_after_its_last_renewal() {
    let mut world = fixture::with_grant(renewable(1));
    world.renew(fixture::key(), 60_000);
    world.renew(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = envelope::ENoRenewalLeft)]
fun t6_a_fresh_key_gets_no_fresh_renewals() {
    let mut world = fixture::with_grant(renewable(1));
    world.renew(fixture::other_key(), 60_000);
    world.sender(fixture::other_key());
    world.renew(fixture::key(), 60_000);
    abort
}

#[test]
fun b11_a_session_is_renewed_up_to_the_end_of_its_envelope() {
    let mut world = renewable_world();
    world.renew(fixture::key(), 300_000);
    assert_eq!(world.storage().session().borrow().expires_at_ms(), 1_000_300_000);
    world.end();
}

#[test, expected_failure(abort_code = envelope::EBeyondEnvelope)]
fun b11_a_session_does_not_outlast_its_envelope() {
    let mut world = renewable_world();
    world.renew(fixture::key(), 300_001);
    abort
}

#[test, expected_failure(abort_code = envelope::EBeyondEnvelope)]
fun t14_many_small_renewals_do_not_pass_the_end_of_the_envelope() {
    let mut world = fixture::with_grant(renewable(100));
    7u64.do!(|_| {
        world.advance(50_000);
        world.renew(fixture::key(), 60_000);
    });
    abort
}

#[test, expected_failure(abort_code = session::EDurationTooShort)]
fun b11_a_renewal_below_one_minute_is_refused() {
    let mut world = renewable_world();
    world.renew(fixture::key(), 59_999);
    abort
}

#[test, expected_failure(abort_code = session::EDurationTooLong)]
fun b11_a_renewal_above_seven_days_is_refused() {
    let grant = grant::all_session_actions().with_renewals(3, 1_000_000_000 + 7_776_000_000);
    let mut world = fixture::with_grant(grant);
    world.renew(fixture::key(), 604_800_001);
    abort
}

#[test, expected_failure(abort_code = session::EDurationTooLong)]
fun t15_the_largest_number_is_no_unlimited_renewal() {
    let mut world = renewable_world();
    world.renew(fixture::key(), std::u64::max_value!());
    abort
}

#[test, expected_failure(abort_code = session::EZeroWallet)]
fun b11_a_session_is_not_handed_to_the_zero_address() {
    let mut world = renewable_world();
    world.renew(@0x0, 60_000);
    abort
}

#[test, expected_failure(abort_code = session::EOwnerWallet)]
fun b11_a_session_is_not_handed_to_the_owner() {
    let mut world = renewable_world();
    world.renew(fixture::owner(), 60_000);
    abort
}

#[test]
fun b11_an_envelope_may_end_with_the_session_or_ninety_days_later() {
    let mut world = fixture::new();
    let all = grant::all_session_actions();
    world.activate(fixture::key(), 60_000, all.with_renewals(1, 1_000_060_000));
    world.activate(fixture::key(), 60_000, all.with_renewals(1, 8_776_000_000));
    assert_eq!(envelope::max_length_ms(), 7_776_000_000);
    world.end();
}

#[test, expected_failure(abort_code = envelope::EEnvelopeTooShort)]
fun b11_an_envelope_does_not_end_before_the_session() {
    let grant = grant::all_session_actions().with_renewals(1, 1_000_059_999);
    fixture::new().activate(fixture::key(), 60_000, grant);
    abort
}

#[test, expected_failure(abort_code = envelope::EEnvelopeTooLong)]
fun t32_an_envelope_is_never_longer_than_ninety_days() {
    let grant = grant::all_session_actions().with_renewals(1, 8_776_000_001);
    fixture::new().activate(fixture::key(), 60_000, grant);
    abort
}

#[test, expected_failure(abort_code = envelope::EEnvelopeTooLong)]
fun t32_the_largest_number_is_no_endless_envelope() {
    let max = std::u64::max_value!();
    let grant = grant::all_session_actions().with_renewals(max, max);
    fixture::new().activate(fixture::key(), 60_000, grant);
    abort
}

// === What was used stays used ===

#[test]
fun t8_a_renewal_resets_no_usage() {
    let grant = renewable(3)
        .with_max_calls(10)
        .with_rate_limit(5, 1, 10_000)
        .with_max_debt(5_000)
        .allow_coin<Gold>(allowance::new(100).with_window(30, 20_000));
    let mut world = fixture::with_grant(grant);
    world.deposit<Gold>(1_000);
    world.buy<Gold>(30);
    world.write(1);
    let before = *world.storage().session().borrow();
    assert_eq!(before.remaining_calls(), option::some(8));
    assert_eq!(before.debt(), 1_160);

    world.renew(fixture::other_key(), 200_000);
    let after = world.storage().session().borrow();
    assert_eq!(after.remaining_calls(), before.remaining_calls());
    assert_eq!(after.bucket(), before.bucket());
    assert_eq!(*after.remainders(), *before.remainders());
    assert_eq!(after.debt(), before.debt());
    assert_eq!(*after.grant(), *before.grant());
    assert_eq!(after.generation(), before.generation());
    world.end();
}

#[test, expected_failure(abort_code = grant::ECallBudgetExhausted)]
fun t8_a_renewal_gives_back_no_call() {
    let mut world = fixture::with_grant(renewable(3).with_max_calls(1));
    world.authorize(fixture::step_action());
    world.renew(fixture::key(), 60_000);
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = grant::ERateLimited)]
fun t8_a_renewal_refills_no_rate_limit() {
    let mut world = fixture::with_grant(renewable(3).with_rate_limit(1, 1, 60_000));
    world.authorize(fixture::step_action());
    world.renew(fixture::key(), 60_000);
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = allowance::ETotalExceeded)]
fun t8_a_renewal_refills_no_allowance() {
    let mut world = fixture::with_grant(renewable(3).allow_coin<Gold>(allowance::new(10)));
    world.deposit<Gold>(1_000);
    world.buy<Gold>(10);
    world.renew(fixture::key(), 60_000);
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = grant::ESessionDebtCeiling)]
fun t8_a_renewal_gives_no_room_for_debt() {
    let mut world = fixture::with_grant(renewable(3).with_max_debt(1_160));
    world.write(1);
    world.renew(fixture::other_key(), 60_000);
    world.sender(fixture::other_key());
    world.write(2);
    abort
}

#[test, expected_failure(abort_code = session::EActionNotGranted)]
fun t6_a_renewal_widens_no_actions() {
    let grant = grant::new().allow_action(fixture::mine_action()).with_renewals(1, 1_000_300_000);
    let mut world = fixture::with_grant(grant);
    world.renew(fixture::key(), 60_000);
    world.authorize(fixture::step_action());
    abort
}

#[test, expected_failure(abort_code = user_storage::ESessionEnded)]
fun t7_an_authority_of_a_renewed_session_dies_with_it() {
    let mut world = renewable_world();
    world.renew(fixture::key(), 60_000);
    let auth = world.authorize(fixture::step_action());
    world.deactivate_session();
    world.storage_mut().set(&auth, fixture::score_key(0), fixture::score(1));
    abort
}

#[test]
fun b2_the_owner_ends_a_renewed_session() {
    let mut world = renewable_world();
    world.renew(fixture::other_key(), 60_000);
    world.sender(fixture::owner());
    world.deactivate_session();
    assert!(world.storage().session().is_none());
    assert_eq!(world.storage().ended_session().borrow().wallet(), fixture::other_key());
    world.end();
}
