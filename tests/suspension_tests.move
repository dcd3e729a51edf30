/// Suspension, and the credit that ends it (row C8; threats 15, 35).
#[test_only]
module valet::suspension_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{credit, dapp, fixture::{Self, Game, World}, governance::{Self, SuspensionChanged}};

use fun assert_announced as World.assert_announced;

fun assert_announced(world: &World, is_suspended: bool, min_credit: Option<u64>) {
    assert_eq!(
        event::events_by_type<SuspensionChanged<Game>>(),
        vector[
            governance::suspension_changed_for_testing(
                object::id(world.dapp()),
                is_suspended,
                min_credit,
            ),
        ],
    );
}

#[test]
fun c8_a_suspension_without_a_minimum_is_announced() {
    let mut world = fixture::new();
    world.suspend();
    assert!(world.dapp().is_suspended());
    assert!(world.dapp_storage().reserve().is_none());
    world.assert_announced(true, option::none());
    world.end();
}

#[test]
fun c8_the_framework_ends_a_suspension() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    world.sender(fixture::admin());
    world.unsuspend();
    assert!(!world.dapp().is_suspended());
    assert!(world.dapp_storage().reserve().is_none());
    world.assert_announced(false, option::none());
    world.sender(fixture::owner());
    world.write(1);
    world.end();
}

#[test]
fun c8_a_suspension_names_the_credit_that_ends_it() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    assert!(world.dapp().is_suspended());
    assert_eq!(world.dapp_storage().reserve(), option::some(5_000));
    world.assert_announced(true, option::some(5_000));
    world.end();
}

#[test]
fun c8_anyone_resumes_a_dapp_that_has_the_minimum_credit() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    world.recharge(5_000);
    world.sender(fixture::stranger());
    world.resume();
    assert!(!world.dapp().is_suspended());
    world.assert_announced(false, option::some(5_000));
    world.sender(fixture::owner());
    world.write(1);
    world.end();
}

#[test, expected_failure(abort_code = governance::ECreditBelowMinimum)]
fun c8_one_mist_below_the_minimum_does_not_resume() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    world.recharge(4_999);
    world.resume();
    abort
}

#[test, expected_failure(abort_code = governance::ECreditBelowMinimum)]
fun c8_free_credit_does_not_count_towards_the_minimum() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    world.grant_free_credit(5_000);
    world.resume();
    abort
}

#[test, expected_failure(abort_code = governance::ENoMinimumCredit)]
fun c8_no_credit_ends_a_suspension_without_a_minimum() {
    let mut world = fixture::new();
    world.recharge(1_000_000);
    world.suspend();
    world.resume();
    abort
}

#[test, expected_failure(abort_code = governance::ENoMinimumCredit)]
fun c8_a_second_suspension_replaces_the_minimum() {
    let mut world = fixture::new();
    world.recharge(5_000);
    world.suspend_until_credit(5_000);
    world.suspend();
    world.resume();
    abort
}

#[test, expected_failure(abort_code = governance::ENotSuspended)]
fun c8_a_dapp_that_is_not_suspended_is_not_resumed() {
    let mut world = fixture::new();
    world.resume();
    abort
}

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun c8_recharging_alone_does_not_resume() {
    let mut world = fixture::with_session();
    world.suspend_until_credit(5_000);
    world.recharge(10_000);
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun c8_resuming_does_not_end_a_pause() {
    let mut world = fixture::with_session();
    world.pause();
    world.suspend_until_credit(5_000);
    world.recharge(5_000);
    world.resume();
    world.write(1);
    abort
}

// === The minimum is not shown and taken away ===

#[test, expected_failure(abort_code = credit::EReserved)]
fun c8_the_minimum_is_not_refunded_after_resuming() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    world.recharge(6_000);
    world.resume();
    assert_eq!(world.refund(1_000), 1_000);
    world.refund(1);
    abort
}

#[test, expected_failure(abort_code = credit::EReserved)]
fun c8_the_minimum_is_not_refunded_while_suspended() {
    let mut world = fixture::new();
    world.recharge(5_000);
    world.suspend_until_credit(5_000);
    world.refund(1);
    abort
}

#[test]
fun c8_what_exceeds_the_minimum_is_refunded_to_the_mist() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    world.recharge(6_000);
    assert_eq!(world.refund(1_000), 1_000);
    assert_eq!(world.dapp_storage().credit(), 5_000);
    world.end();
}

#[test]
fun c8_the_minimum_pays_for_writes() {
    let mut world = fixture::new();
    world.suspend_until_credit(1_160);
    world.recharge(1_160);
    world.resume();
    world.write(1);
    world.settle_writes();
    assert_eq!(world.dapp_storage().credit(), 0);
    assert_eq!(world.storage().unsettled_charge(), 0);
    // Nor does it stop writes that come after it.
    world.write(2);
    world.end();
}

#[test]
fun c8_the_framework_releases_the_minimum() {
    let mut world = fixture::new();
    world.suspend_until_credit(5_000);
    world.recharge(5_000);
    world.resume();
    world.unsuspend();
    assert_eq!(world.refund(5_000), 5_000);
    world.end();
}

#[test]
fun t15_a_minimum_of_zero_is_reached_at_once() {
    let mut world = fixture::new();
    world.suspend_until_credit(0);
    assert!(world.dapp().is_suspended());
    world.resume();
    assert!(!world.dapp().is_suspended());
    world.end();
}

#[test, expected_failure(abort_code = governance::ECreditBelowMinimum)]
fun t15_the_largest_number_is_a_minimum_like_any_other() {
    let mut world = fixture::new();
    world.suspend_until_credit(std::u64::max_value!());
    world.recharge(1_000_000_000);
    world.resume();
    abort
}

// === Enforced on every write ===

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun t35_a_suspended_dapp_takes_no_write_of_a_session() {
    let mut world = fixture::with_session();
    world.suspend_until_credit(1);
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun t35_a_suspended_dapp_takes_no_write_of_an_owner() {
    let mut world = fixture::new();
    world.suspend_until_credit(1);
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun t35_a_suspended_dapp_takes_no_global_write() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.suspend();
    world.write_global(1);
    abort
}

#[test, expected_failure(abort_code = dapp::ESuspended)]
fun t35_a_suspended_dapp_takes_no_new_account() {
    let mut world = fixture::new();
    world.suspend();
    world.sender(fixture::stranger());
    let _storage = world.create_storage();
    abort
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun t35_a_paused_dapp_takes_no_write_of_a_session() {
    let mut world = fixture::with_session();
    world.pause();
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = dapp::EPaused)]
fun t35_a_paused_dapp_takes_no_new_account() {
    let mut world = fixture::new();
    world.pause();
    world.sender(fixture::stranger());
    let _storage = world.create_storage();
    abort
}
