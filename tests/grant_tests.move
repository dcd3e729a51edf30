/// Composing a grant: deny by default, every limit set once, no number that stands for another (rows B6
/// to B9, B11; threats 15, 26, 32).
#[test_only]
module valet::grant_tests;

use std::{type_name, unit_test::assert_eq};
use valet::{allowance, envelope, fixture::{Gem, Gold}, grant::{Self, Grant}, rate_limit};

/// A coin's type for each pair of parameters.
public struct Coin<phantom A, phantom B>()

fun fill_row<A>(grant: Grant): Grant {
    grant
        .allow_coin<Coin<A, u8>>(allowance::new(1))
        .allow_coin<Coin<A, u16>>(allowance::new(1))
        .allow_coin<Coin<A, u32>>(allowance::new(1))
        .allow_coin<Coin<A, u64>>(allowance::new(1))
}

/// A grant with allowances of 16 coins.
fun full(): Grant {
    let grant = fill_row<u8>(grant::all_session_actions());
    let grant = fill_row<u16>(grant);
    let grant = fill_row<u32>(grant);
    fill_row<u64>(grant)
}

#[test]
fun t32_a_new_grant_has_nothing_in_it() {
    let grant = grant::new();
    assert!(!grant.allows(0));
    assert!(grant.named_actions().borrow().is_empty());
    assert!(grant.allowances().is_empty());
    assert!(grant.envelope().is_none());
}

#[test]
fun t32_a_grant_of_all_actions_names_no_coin_and_no_renewal() {
    let grant = grant::all_session_actions();
    assert!(grant.allows(0));
    assert!(grant.allowances().is_empty());
    assert!(grant.envelope().is_none());
    assert!(grant.max_calls().is_none());
    assert!(grant.rate_limit().is_none());
}

#[test]
fun b7_a_grant_carries_its_call_budget() {
    assert_eq!(grant::new().with_max_calls(1).max_calls(), option::some(1));
}

#[test, expected_failure(abort_code = grant::EMaxCallsAlreadySet)]
fun b7_a_call_budget_is_set_once() {
    grant::new().with_max_calls(2).with_max_calls(1);
    abort
}

#[test, expected_failure(abort_code = grant::EZeroCalls)]
fun t15_a_call_budget_of_zero_does_not_mean_unlimited() {
    grant::new().with_max_calls(0);
    abort
}

#[test]
fun b8_a_grant_carries_its_rate_limit() {
    let limit = grant::new().with_rate_limit(5, 2, 1_000).rate_limit().destroy_some();
    assert_eq!(limit.capacity(), 5);
    assert_eq!(limit.refill(), 2);
    assert_eq!(limit.interval_ms(), 1_000);
}

#[test, expected_failure(abort_code = grant::ERateLimitAlreadySet)]
fun b8_a_rate_limit_is_set_once() {
    grant::new().with_rate_limit(5, 2, 1_000).with_rate_limit(5, 2, 1_000);
    abort
}

#[test, expected_failure(abort_code = rate_limit::EZeroCapacity)]
fun t15_a_rate_limit_of_no_capacity_is_refused() {
    grant::new().with_rate_limit(0, 2, 1_000);
    abort
}

#[test, expected_failure(abort_code = rate_limit::EZeroRefill)]
fun t15_a_rate_limit_that_never_refills_is_refused() {
    grant::new().with_rate_limit(5, 0, 1_000);
    abort
}

#[test, expected_failure(abort_code = rate_limit::EZeroInterval)]
fun t15_a_rate_limit_of_no_interval_is_refused() {
    grant::new().with_rate_limit(5, 2, 0);
    abort
}

#[test]
fun b9_a_grant_carries_its_allowances() {
    let grant = grant::new()
        .allow_coin<Gold>(allowance::new(100).with_max_per_call(10).with_window(30, 1_000))
        .allow_coin<Gem>(allowance::new(7));
    let coins = grant.allowances();
    assert_eq!(coins.length(), 2);
    assert_eq!(coins[0].coin_type(), type_name::with_defining_ids<Gold>());
    assert_eq!(coins[0].allowance().total(), 100);
    assert_eq!(coins[0].allowance().max_per_call(), option::some(10));
    let window = coins[0].allowance().window().destroy_some();
    assert_eq!(window.capacity(), 30);
    assert_eq!(window.refill(), 30);
    assert_eq!(window.interval_ms(), 1_000);
    assert_eq!(coins[1].coin_type(), type_name::with_defining_ids<Gem>());
    assert_eq!(coins[1].allowance().total(), 7);
    assert_eq!(coins[1].allowance().max_per_call(), option::none());
    assert_eq!(coins[1].allowance().window(), option::none());
}

#[test, expected_failure(abort_code = grant::ECoinAlreadyAllowed)]
fun b9_a_coin_is_allowed_once() {
    grant::new().allow_coin<Gold>(allowance::new(1)).allow_coin<Gold>(allowance::new(2));
    abort
}

#[test, expected_failure(abort_code = allowance::EZeroAmount)]
fun t15_an_allowance_of_zero_is_refused() {
    allowance::new(0);
    abort
}

#[test, expected_failure(abort_code = allowance::EZeroAmount)]
fun t15_an_allowance_of_zero_per_call_is_refused() {
    allowance::new(1).with_max_per_call(0);
    abort
}

#[test, expected_failure(abort_code = allowance::EZeroAmount)]
fun t15_an_allowance_of_zero_per_window_is_refused() {
    allowance::new(1).with_window(0, 1_000);
    abort
}

#[test, expected_failure(abort_code = rate_limit::EZeroInterval)]
fun t15_an_allowance_with_a_window_of_no_time_is_refused() {
    allowance::new(1).with_window(1, 0);
    abort
}

#[test, expected_failure(abort_code = allowance::EMaxPerCallAlreadySet)]
fun b9_a_limit_per_call_is_set_once() {
    allowance::new(1).with_max_per_call(1).with_max_per_call(1);
    abort
}

#[test, expected_failure(abort_code = allowance::EWindowAlreadySet)]
fun b9_a_window_is_set_once() {
    allowance::new(1).with_window(1, 1).with_window(1, 1);
    abort
}

#[test]
fun t26_a_grant_holds_allowances_of_sixteen_coins() {
    assert_eq!(full().allowances().length(), 16);
    assert_eq!(grant::max_allowances(), 16);
}

#[test, expected_failure(abort_code = grant::ETooManyAllowances)]
fun t26_a_grant_does_not_hold_allowances_of_seventeen_coins() {
    full().allow_coin<Gold>(allowance::new(1));
    abort
}

#[test]
fun b11_a_grant_carries_its_envelope() {
    let grant = grant::new().with_renewals(3, 5_000);
    assert_eq!(grant.envelope(), option::some(envelope::envelope_for_testing(3, 5_000)));
    assert_eq!(grant.envelope().borrow().max_renewals(), 3);
    assert_eq!(grant.envelope().borrow().ends_at_ms(), 5_000);
}

#[test, expected_failure(abort_code = grant::ERenewalsAlreadySet)]
fun b11_renewals_are_granted_once() {
    grant::new().with_renewals(3, 5_000).with_renewals(3, 5_000);
    abort
}

#[test, expected_failure(abort_code = envelope::EZeroRenewals)]
fun t15_an_envelope_of_no_renewals_is_refused() {
    grant::new().with_renewals(0, 5_000);
    abort
}
