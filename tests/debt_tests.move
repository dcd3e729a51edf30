/// What writes cost, and where debt ends (rows C1, C2, C10; threats 14, 15, 25, 29).
#[test_only]
module valet::debt_tests;

use std::unit_test::assert_eq;
use valet::{fixture, grant, user_storage};

#[test]
fun c1_a_write_counts_its_bytes_and_accrues_debt() {
    let mut world = fixture::new();
    world.write(1);
    let storage = world.storage();
    assert_eq!(storage.write_count(), 1);
    assert_eq!(storage.byte_count(), 16);
    assert_eq!(storage.unsettled_writes(), 1);
    assert_eq!(storage.unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun c1_the_bytes_of_a_write_are_those_of_its_key_and_value() {
    let mut world = fixture::new();
    let auth = world.authorize(fixture::step_action());
    world.storage_mut().set(&auth, true, vector::tabulate!(100, |_| 7u8));
    // 1 byte of key, 1 of length, 100 of value.
    assert_eq!(world.storage().byte_count(), 102);
    assert_eq!(world.storage().unsettled_charge(), 1_000 + 102 * 10);
    world.end();
}

#[test]
fun c1_debt_keeps_the_price_of_its_moment() {
    let mut world = fixture::new();
    world.write(1);
    world.lower_fees(100, 1);
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.write(2);
    assert_eq!(world.storage().unsettled_charge(), 1_160 + 116);
    assert_eq!(world.storage().unsettled_writes(), 2);
    world.end();
}

#[test]
fun c1_an_authority_carries_the_price_of_its_moment() {
    let mut world = fixture::new();
    let auth = world.authorize(fixture::step_action());
    world.lower_fees(0, 0);
    world.storage_mut().set(&auth, fixture::score_key(0), fixture::score(1));
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun c1_writing_never_waits_for_the_dapps_credit() {
    let mut world = fixture::with_session();
    assert_eq!(world.dapp_storage().credit(), 0);
    assert!(world.dapp_storage().free_credit().is_none());
    world.write(1);
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun c2_the_default_ceiling_is_a_thousand_writes() {
    let mut world = fixture::with_session();
    assert_eq!(world.dapp().max_unsettled_writes(), 1_000);
    1_000u64.do!(|n| world.write(n));
    assert_eq!(world.storage().unsettled_writes(), 1_000);
    assert_eq!(world.storage().unsettled_charge(), 1_160_000);
    world.end();
}

#[test, expected_failure(abort_code = user_storage::EUnsettledCeiling)]
fun c2_the_write_after_the_default_ceiling_is_refused() {
    let mut world = fixture::with_session();
    1_000u64.do!(|n| world.write(n));
    world.write(1_000);
    abort
}

#[test, expected_failure(abort_code = user_storage::EUnsettledCeiling)]
fun c2_the_ceiling_holds_for_the_owner_too() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1);
    world.write(1);
    world.write(2);
    abort
}

#[test, expected_failure(abort_code = user_storage::EUnsettledCeiling)]
fun c2_the_ceiling_holds_for_removals_too() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1);
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    let _: fixture::Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    abort
}

#[test, expected_failure(abort_code = user_storage::EUnsettledCeiling)]
fun c2_the_ceiling_holds_for_changes_in_place_too() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1);
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    world.storage_mut().update!(&auth, fixture::score_key(0), |_: &mut fixture::Score| ());
    abort
}

#[test, expected_failure(abort_code = user_storage::EUnsettledCeiling)]
fun c2_many_writes_under_one_authority_do_not_pass_the_ceiling() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(2);
    let auth = world.authorize(fixture::step_action());
    3u64.do!(|n| world.storage_mut().set(&auth, fixture::score_key(n), fixture::score(n)));
    abort
}

#[test]
fun c2_a_settled_storage_writes_again() {
    let mut world = fixture::with_session();
    world.set_max_unsettled_writes(1);
    world.recharge(10_000);
    world.write(1);
    world.settle_writes();
    world.write(2);
    assert_eq!(world.storage().unsettled_writes(), 1);
    world.end();
}

#[test]
fun c2_a_dapp_that_pays_nothing_never_reaches_its_ceiling() {
    let mut world = fixture::with_session();
    world.lower_fees(0, 0);
    world.set_max_unsettled_writes(1);
    3u64.do!(|n| world.write(n));
    let storage = world.storage();
    assert_eq!(storage.write_count(), 3);
    assert_eq!(storage.byte_count(), 48);
    assert_eq!(storage.unsettled_writes(), 0);
    assert_eq!(storage.unsettled_charge(), 0);
    world.end();
}

#[test]
fun c2_free_writes_go_on_at_the_ceiling() {
    let mut world = fixture::with_session();
    world.set_max_unsettled_writes(1);
    world.write(1);
    world.lower_fees(0, 0);
    world.write(2);
    assert_eq!(world.storage().unsettled_writes(), 1);
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun c2_a_session_spends_its_debt_ceiling_to_the_mist() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(2_320));
    world.write(1);
    world.write(2);
    assert_eq!(world.storage().session().borrow().debt(), 2_320);
    world.end();
}

#[test, expected_failure(abort_code = grant::ESessionDebtCeiling)]
fun c2_a_session_is_refused_what_its_debt_ceiling_does_not_cover() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(2_319));
    world.write(1);
    world.write(2);
    abort
}

#[test, expected_failure(abort_code = grant::ESessionDebtCeiling)]
fun c2_settling_does_not_refill_a_sessions_debt_ceiling() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(1_160));
    world.recharge(10_000);
    world.write(1);
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 0);
    world.write(2);
    abort
}

#[test, expected_failure(abort_code = grant::ESessionDebtCeiling)]
fun c2_a_debt_ceiling_of_zero_allows_no_priced_write() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(0));
    world.write(1);
    abort
}

#[test]
fun c2_a_debt_ceiling_of_zero_allows_free_writes() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(0));
    world.lower_fees(0, 0);
    world.write(1);
    assert_eq!(world.storage().session().borrow().debt(), 0);
    world.end();
}

#[test]
fun c2_the_largest_debt_ceiling_does_not_wrap() {
    let max = std::u64::max_value!();
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(max));
    world.write(1);
    world.write(2);
    assert_eq!(world.storage().session().borrow().debt(), 2_320);
    world.end();
}

#[test]
fun c2_what_the_owner_writes_does_not_count_against_the_session() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(1_160));
    world.sender(fixture::owner());
    world.write(1);
    world.sender(fixture::key());
    world.write(2);
    assert_eq!(world.storage().session().borrow().debt(), 1_160);
    assert_eq!(world.storage().unsettled_charge(), 2_320);
    world.end();
}

#[test]
fun c10_the_unsettled_charge_is_a_view() {
    let mut world = fixture::new();
    assert_eq!(world.storage().unsettled_charge(), 0);
    world.write(1);
    world.write(2);
    assert_eq!(world.storage().unsettled_charge(), 2_320);
    world.recharge(2_000);
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 320);
    world.end();
}

#[test]
fun c10_the_price_of_a_write_is_known_before_it() {
    let world = fixture::new();
    assert_eq!(world.dapp().fees().charge(16), 1_160);
    assert_eq!(world.dapp().fees().charge(0), 1_000);
    world.end();
}
