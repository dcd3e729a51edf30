/// The purse and what may be drawn from it (row B9; threats 6, 7, 14, 15, 16, 27, 28).
#[test_only]
module valet::purse_tests;

use std::unit_test::{assert_eq, destroy};
use sui::{coin::Coin, event};
use valet::{
    allowance::{Self, Allowance},
    fixture::{Self, Game, Gem, Gold, World},
    grant::{Self, Grant},
    purse::{Self, PurseDeposited, PurseDrawn, PurseWithdrawn},
    rate_limit,
    user_storage
};

fun gold(allowance: Allowance): Grant {
    grant::all_session_actions().allow_coin<Gold>(allowance)
}

/// A world whose purse holds 1,000 gold and 1,000 gems, and whose key has a session within `grant`.
fun with_purse(grant: Grant): World {
    let mut world = fixture::with_grant(grant);
    world.deposit<Gold>(1_000);
    world.deposit<Gem>(1_000);
    world.sender(fixture::key());
    world
}

/// What `owner` was sent in the transaction before, in one coin.
fun received(world: &mut World, owner: address): u64 {
    let coin = world.scenario().take_from_address<Coin<Gold>>(owner);
    let value = coin.value();
    destroy(coin);
    value
}

// === In and out ===

#[test]
fun b9_a_new_purse_is_empty() {
    let world = fixture::new();
    assert_eq!(world.purse<Gold>(), 0);
    world.end();
}

#[test]
fun b9_anyone_deposits() {
    let mut world = fixture::new();
    world.deposit<Gold>(70);
    world.sender(fixture::stranger());
    world.deposit<Gold>(30);
    world.deposit<Gem>(5);
    assert_eq!(world.purse<Gold>(), 100);
    assert_eq!(world.purse<Gem>(), 5);
    assert_eq!(
        event::events_by_type<PurseDeposited<Game, Gold>>(),
        vector[
            purse::deposited_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::stranger(),
                30,
                100,
            ),
        ],
    );
    world.end();
}

#[test, expected_failure(abort_code = purse::EZeroAmount)]
fun t15_an_empty_coin_is_not_deposited() {
    let mut world = fixture::new();
    world.deposit<Gold>(0);
    abort
}

#[test]
fun b9_the_owner_withdraws_and_is_paid() {
    let mut world = fixture::new();
    world.deposit<Gold>(100);
    world.sender(fixture::owner());
    world.withdraw<Gold>(30);
    assert_eq!(
        event::events_by_type<PurseWithdrawn<Game, Gold>>(),
        vector[purse::withdrawn_for_testing(world.storage_id(), fixture::owner(), 30, 70)],
    );
    world.sender(fixture::owner());
    assert_eq!(received(&mut world, fixture::owner()), 30);
    world.withdraw<Gold>(70);
    assert_eq!(world.purse<Gold>(), 0);
    world.sender(fixture::owner());
    assert_eq!(received(&mut world, fixture::owner()), 70);
    world.end();
}

#[test]
fun b9_withdrawing_all_empties_one_coin_and_an_empty_purse_is_no_error() {
    let mut world = fixture::new();
    world.deposit<Gold>(100);
    world.deposit<Gem>(5);
    world.withdraw_all<Gold>();
    world.withdraw_all<Gold>();
    assert_eq!(event::events_by_type<PurseWithdrawn<Game, Gold>>().length(), 1);
    assert_eq!(world.purse<Gold>(), 0);
    assert_eq!(world.purse<Gem>(), 5);
    world.sender(fixture::owner());
    assert_eq!(received(&mut world, fixture::owner()), 100);
    world.end();
}

#[test, expected_failure(abort_code = purse::EPurseTooLow)]
fun b9_no_more_is_withdrawn_than_there_is() {
    let mut world = fixture::new();
    world.deposit<Gold>(100);
    world.withdraw<Gold>(101);
    abort
}

#[test, expected_failure(abort_code = purse::EPurseTooLow)]
fun b9_nothing_is_withdrawn_of_a_coin_that_is_not_there() {
    let mut world = fixture::new();
    world.deposit<Gold>(100);
    world.withdraw<Gem>(1);
    abort
}

#[test, expected_failure(abort_code = purse::EZeroAmount)]
fun t15_nothing_is_no_withdrawal() {
    let mut world = fixture::new();
    world.deposit<Gold>(100);
    world.withdraw<Gold>(0);
    abort
}

#[test, expected_failure(abort_code = purse::ENotOwner)]
fun t6_a_session_does_not_withdraw() {
    let mut world = with_purse(gold(allowance::new(1_000)));
    world.withdraw<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = purse::ENotOwner)]
fun t6_a_session_does_not_withdraw_all() {
    let mut world = with_purse(gold(allowance::new(1_000)));
    world.withdraw_all<Gold>();
    abort
}

#[test, expected_failure(abort_code = purse::ENotOwner)]
fun b9_a_stranger_does_not_withdraw() {
    let mut world = with_purse(gold(allowance::new(1_000)));
    world.sender(fixture::stranger());
    world.withdraw<Gold>(1);
    abort
}

#[test]
fun t28_the_owner_withdraws_while_the_dapp_is_paused_suspended_on_another_version_and_in_debt() {
    let mut world = with_purse(gold(allowance::new(1_000)));
    world.set_max_unsettled_writes(1);
    world.write(1);
    world.pause();
    world.suspend();
    world.dapp_mut().set_version_for_testing(2);
    world.hub_mut().set_version_for_testing(2);
    world.sender(fixture::owner());
    world.withdraw<Gold>(400);
    world.withdraw_all<Gold>();
    world.withdraw_all<Gem>();
    assert_eq!(world.purse<Gold>(), 0);
    assert_eq!(world.purse<Gem>(), 0);
    world.end();
}

// === Who draws what ===

#[test, expected_failure(abort_code = grant::ECoinNotGranted)]
fun b9_a_plain_session_draws_nothing() {
    let mut world = with_purse(grant::all_session_actions());
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = grant::ECoinNotGranted)]
fun b9_an_allowance_of_one_coin_is_none_of_another() {
    let mut world = with_purse(gold(allowance::new(1_000)));
    world.buy<Gem>(1);
    abort
}

#[test]
fun b9_a_session_draws_its_allowance_to_the_last_unit() {
    let mut world = with_purse(gold(allowance::new(100)));
    world.buy<Gold>(60);
    world.buy<Gold>(40);
    assert_eq!(world.purse<Gold>(), 900);
    let session = world.storage().session().borrow();
    assert_eq!(*session.remainders(), vector[allowance::remainder_for_testing(0, option::none())]);
    assert_eq!(session.remainders()[0].total(), 0);
    assert_eq!(session.remainders()[0].window(), option::none());
    world.end();
}

#[test, expected_failure(abort_code = allowance::ETotalExceeded)]
fun b9_a_session_is_refused_what_its_total_does_not_cover() {
    let mut world = with_purse(gold(allowance::new(100)));
    world.buy<Gold>(101);
    abort
}

#[test, expected_failure(abort_code = allowance::ETotalExceeded)]
fun t14_splitting_over_calls_does_not_pass_the_total() {
    let mut world = with_purse(gold(allowance::new(100).with_max_per_call(10)));
    10u64.do!(|_| {
        world.buy<Gold>(10);
        world.sender(fixture::key());
    });
    world.buy<Gold>(1);
    abort
}

#[test]
fun b9_a_call_draws_up_to_its_limit() {
    let mut world = with_purse(gold(allowance::new(100).with_max_per_call(10)));
    world.buy<Gold>(10);
    world.buy<Gold>(10);
    assert_eq!(world.purse<Gold>(), 980);
    world.end();
}

#[test, expected_failure(abort_code = allowance::EMaxPerCallExceeded)]
fun b9_a_call_is_refused_more_than_its_limit() {
    let mut world = with_purse(gold(allowance::new(100).with_max_per_call(10)));
    world.buy<Gold>(11);
    abort
}

#[test]
fun t14_the_draws_of_one_call_add_up_to_its_limit() {
    let grant = gold(allowance::new(100).with_max_per_call(10)).allow_coin<Gem>(allowance::new(
        100,
    ).with_max_per_call(3));
    let mut world = with_purse(grant);
    let mut auth = world.authorize(fixture::mine_action());
    world.draw<Gold>(&mut auth, 4);
    world.draw<Gem>(&mut auth, 3);
    world.draw<Gold>(&mut auth, 6);
    assert_eq!(world.purse<Gold>(), 990);
    assert_eq!(world.purse<Gem>(), 997);
    world.end();
}

#[test, expected_failure(abort_code = allowance::EMaxPerCallExceeded)]
fun t14_splitting_over_draws_does_not_pass_the_limit_per_call() {
    let mut world = with_purse(gold(allowance::new(100).with_max_per_call(10)));
    let mut auth = world.authorize(fixture::mine_action());
    world.draw<Gold>(&mut auth, 6);
    world.draw<Gold>(&mut auth, 5);
    abort
}

#[test, expected_failure(abort_code = allowance::EMaxPerCallExceeded)]
fun t14_the_third_draw_of_a_call_counts_both_before_it() {
    let mut world = with_purse(gold(allowance::new(100).with_max_per_call(10)));
    let mut auth = world.authorize(fixture::mine_action());
    world.draw<Gold>(&mut auth, 3);
    world.draw<Gold>(&mut auth, 4);
    world.draw<Gold>(&mut auth, 4);
    abort
}

#[test]
fun t14_three_draws_of_a_call_add_up_to_its_limit() {
    let mut world = with_purse(gold(allowance::new(100).with_max_per_call(10)));
    let mut auth = world.authorize(fixture::mine_action());
    world.draw<Gold>(&mut auth, 3);
    world.draw<Gold>(&mut auth, 4);
    world.draw<Gold>(&mut auth, 3);
    assert_eq!(world.purse<Gold>(), 990);
    world.end();
}

#[test, expected_failure(abort_code = grant::ECallBudgetExhausted)]
fun t14_splitting_over_calls_uses_up_the_call_budget() {
    let mut world = with_purse(gold(allowance::new(100).with_max_per_call(10)).with_max_calls(2));
    3u64.do!(|_| world.buy<Gold>(10));
    abort
}

#[test]
fun b9_a_window_refills_an_allowance() {
    let mut world = with_purse(gold(allowance::new(100).with_window(30, 10_000)));
    world.buy<Gold>(30);
    world.advance(10_000);
    world.buy<Gold>(30);
    assert_eq!(world.purse<Gold>(), 940);
    assert_eq!(
        *world.storage().session().borrow().remainders(),
        vector[
            allowance::remainder_for_testing(
                40,
                option::some(rate_limit::bucket_for_testing(0, 1_000_010_000)),
            ),
        ],
    );
    world.end();
}

#[test, expected_failure(abort_code = allowance::EWindowExceeded)]
fun b9_a_session_is_refused_what_its_window_does_not_hold() {
    let mut world = with_purse(gold(allowance::new(100).with_window(30, 10_000)));
    world.buy<Gold>(30);
    world.advance(9_999);
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = allowance::EWindowExceeded)]
fun t27_windows_that_passed_do_not_add_up() {
    let mut world = with_purse(gold(allowance::new(100).with_window(30, 10_000)));
    world.advance(50_000);
    world.buy<Gold>(31);
    abort
}

#[test, expected_failure(abort_code = allowance::ETotalExceeded)]
fun b9_a_window_does_not_refill_the_total() {
    let mut world = with_purse(gold(allowance::new(50).with_window(30, 10_000)));
    world.buy<Gold>(30);
    world.advance(10_000);
    world.buy<Gold>(21);
    abort
}

#[test, expected_failure(abort_code = purse::EPurseTooLow)]
fun b9_an_allowance_is_no_money() {
    let mut world = with_purse(gold(allowance::new(5_000)));
    world.buy<Gold>(1_001);
    abort
}

#[test, expected_failure(abort_code = purse::EZeroAmount)]
fun t15_nothing_is_no_draw() {
    let mut world = with_purse(gold(allowance::new(100)));
    world.buy<Gold>(0);
    abort
}

#[test]
fun t15_the_largest_allowance_does_not_wrap() {
    let max = std::u64::max_value!();
    let mut world = with_purse(
        gold(allowance::new(max).with_max_per_call(max).with_window(max, max)),
    );
    let mut auth = world.authorize(fixture::mine_action());
    world.draw<Gold>(&mut auth, 600);
    world.draw<Gold>(&mut auth, 400);
    assert_eq!(world.storage().session().borrow().remainders()[0].total(), max - 1_000);
    world.end();
}

#[test]
fun b9_the_owner_draws_without_an_allowance_and_uses_up_none() {
    let mut world = with_purse(gold(allowance::new(10)));
    world.sender(fixture::owner());
    world.buy<Gold>(500);
    world.buy<Gem>(500);
    assert_eq!(world.storage().session().borrow().remainders()[0].total(), 10);
    assert_eq!(
        event::events_by_type<PurseDrawn<Game, Gold>>(),
        vector[
            purse::drawn_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::owner(),
                fixture::mine_action(),
                500,
                500,
                option::none(),
            ),
        ],
    );
    world.end();
}

#[test]
fun b9_a_draw_announces_what_is_left() {
    let mut world = with_purse(gold(allowance::new(100).with_window(30, 10_000)));
    world.buy<Gold>(20);
    assert_eq!(
        event::events_by_type<PurseDrawn<Game, Gold>>(),
        vector[
            purse::drawn_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::key(),
                fixture::mine_action(),
                20,
                980,
                option::some(
                    allowance::remainder_for_testing(
                        80,
                        option::some(rate_limit::bucket_for_testing(10, 1_000_000_000)),
                    ),
                ),
            ),
        ],
    );
    world.end();
}

#[test, expected_failure(abort_code = user_storage::EWrongStorage)]
fun t16_an_authority_for_one_storage_draws_from_no_other() {
    let mut world = with_purse(gold(allowance::new(100)));
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    let mut auth = world.authorize_on(&mut strangers);
    world.draw<Gold>(&mut auth, 1);
    abort
}

#[test, expected_failure(abort_code = user_storage::ESessionEnded)]
fun t3_an_authority_taken_before_the_session_ended_draws_nothing() {
    let mut world = with_purse(gold(allowance::new(100)));
    let mut auth = world.authorize(fixture::mine_action());
    world.deactivate_session();
    world.draw<Gold>(&mut auth, 1);
    abort
}

#[test, expected_failure(abort_code = user_storage::ESessionEnded)]
fun t7_an_authority_of_a_replaced_session_draws_nothing_from_its_successors_allowance() {
    let mut world = with_purse(gold(allowance::new(100)));
    let mut auth = world.authorize(fixture::mine_action());
    world.sender(fixture::owner());
    world.activate(fixture::key(), 60_000, gold(allowance::new(100)));
    world.draw<Gold>(&mut auth, 1);
    abort
}

#[test, expected_failure(abort_code = grant::ECoinNotGranted)]
fun t7_an_allowance_of_a_revoked_session_does_not_revive() {
    let mut world = with_purse(gold(allowance::new(100)));
    world.buy<Gold>(1);
    world.sender(fixture::owner());
    world.deactivate_session();
    world.activate_session(fixture::key(), 60_000);
    world.sender(fixture::key());
    world.buy<Gold>(1);
    abort
}

#[test, expected_failure(abort_code = allowance::ETotalExceeded)]
fun t7_what_was_left_of_a_replaced_allowance_is_not_added() {
    let mut world = with_purse(gold(allowance::new(100)));
    world.sender(fixture::owner());
    world.activate(fixture::key(), 60_000, gold(allowance::new(10)));
    world.sender(fixture::key());
    world.buy<Gold>(11);
    abort
}

#[test]
fun b9_an_emptied_purse_leaves_nothing_behind_and_fills_again() {
    let mut world = fixture::new();
    world.deposit<Gold>(10);
    destroy(purse::take<Game, Gold>(world.storage_mut(), 10));
    destroy(purse::take<Game, Gold>(world.storage_mut(), 0));
    assert_eq!(world.purse<Gold>(), 0);
    world.deposit<Gold>(5);
    assert_eq!(world.purse<Gold>(), 5);
    world.end();
}

#[test]
fun t26_deposits_of_strangers_do_not_grow_the_account() {
    let mut world = fixture::new();
    let before = std::bcs::to_bytes(world.storage()).length();
    world.sender(fixture::stranger());
    world.deposit<Gold>(1);
    world.deposit<Gem>(1);
    assert_eq!(std::bcs::to_bytes(world.storage()).length(), before);
    world.end();
}
