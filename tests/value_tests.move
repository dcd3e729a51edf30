/// Action sets, grants and fees as values (rows B6, C1, C2; threats 15, 26).
#[test_only]
module valet::value_tests;

use std::unit_test::assert_eq;
use valet::{action_set, fees, grant};

#[test]
fun b6_the_empty_set_contains_nothing() {
    let set = action_set::empty();
    assert!(set.is_empty());
    assert_eq!(set.mask(), 0);
    256u64.do!(|n| assert!(!set.contains(n as u8)));
}

#[test]
fun b6_a_set_contains_what_it_was_given_and_nothing_else() {
    let set = action_set::from_actions(vector[0, 3, 255]);
    256u64.do!(|n| assert_eq!(set.contains(n as u8), n == 0 || n == 3 || n == 255));
    assert!(!set.is_empty());
    assert_eq!(set.mask(), 0x8000000000000000000000000000000000000000000000000000000000000009);
}

#[test]
fun b6_adding_an_action_twice_changes_nothing() {
    let set = action_set::empty().with(9);
    assert_eq!(set.with(9), set);
}

#[test]
fun b6_a_set_holds_all_256_actions() {
    let set = action_set::from_actions(vector::tabulate!(256, |n| n as u8));
    256u64.do!(|n| assert!(set.contains(n as u8)));
    assert_eq!(set.mask(), std::u256::max_value!());
}

#[test, expected_failure(abort_code = action_set::EDuplicateAction)]
fun b6_a_list_that_names_an_action_twice_is_refused() {
    action_set::from_actions(vector[1, 2, 1]);
}

#[test]
fun b6_a_new_grant_allows_nothing() {
    let grant = grant::new();
    256u64.do!(|n| assert!(!grant.allows(n as u8)));
    assert_eq!(grant.named_actions(), option::some(action_set::empty()));
    assert_eq!(grant.max_debt(), option::none());
}

#[test]
fun b6_a_grant_allows_what_it_names() {
    let grant = grant::new().allow_action(4).allow_action(200);
    256u64.do!(|n| assert_eq!(grant.allows(n as u8), n == 4 || n == 200));
    assert_eq!(grant.named_actions(), option::some(action_set::from_actions(vector[4, 200])));
}

#[test]
fun b6_naming_an_action_does_not_narrow_a_grant_of_all() {
    let grant = grant::all_session_actions();
    assert_eq!(grant.allow_action(4), grant);
    assert!(grant.allows(5));
    assert_eq!(grant.named_actions(), option::none());
}

#[test]
fun c2_a_grant_carries_its_debt_ceiling() {
    assert_eq!(grant::new().with_max_debt(0).max_debt(), option::some(0));
    assert_eq!(grant::all_session_actions().with_max_debt(7).max_debt(), option::some(7));
}

#[test, expected_failure(abort_code = grant::EMaxDebtAlreadySet)]
fun c2_a_debt_ceiling_is_set_once() {
    grant::new().with_max_debt(1).with_max_debt(2);
}

#[test]
fun c1_a_price_has_a_part_per_write_and_a_part_per_byte() {
    let fees = fees::new(7, 3);
    assert_eq!(fees.per_write(), 7);
    assert_eq!(fees.per_byte(), 3);
    assert_eq!(fees.charge(0), 7);
    assert_eq!(fees.charge(10), 37);
}

#[test]
fun c1_the_highest_price_of_the_largest_object_fits() {
    let fees = fees::new(1_000_000_000, 1_000_000);
    assert_eq!(fees::max_per_write(), 1_000_000_000);
    assert_eq!(fees::max_per_byte(), 1_000_000);
    assert_eq!(fees.charge(256_000), 257_000_000_000);
}

#[test, expected_failure(abort_code = fees::EFeePerWriteTooHigh)]
fun c1_a_fee_per_write_above_its_cap_is_refused() {
    fees::new(1_000_000_001, 0);
}

#[test, expected_failure(abort_code = fees::EFeePerByteTooHigh)]
fun c1_a_fee_per_byte_above_its_cap_is_refused() {
    fees::new(0, 1_000_001);
}
