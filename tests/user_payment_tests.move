/// Settlement paid by users (row C4; threats 15, 25, 28, 29).
#[test_only]
module valet::user_payment_tests;

use std::unit_test::assert_eq;
use sui::{coin::Coin, event, sui::SUI};
use valet::{fixture::{Self, Game, World}, purse, settlement::{Self, Outcome, WritesSettled}};

use fun assert_settled as World.assert_settled;

/// A world whose storage owes for three writes, 3,480 MIST.
fun with_debt(): World {
    let mut world = fixture::new();
    3u64.do!(|n| world.write(n));
    world
}

/// Asserts what the last settlement announced.
fun assert_settled(
    world: &World,
    actor: address,
    outcome: Outcome,
    free_credit_paid: u64,
    credit_paid: u64,
    coin_paid: u64,
    purse_paid: u64,
    unsettled_charge: u64,
    unsettled_writes: u64,
) {
    assert_eq!(
        event::events_by_type<WritesSettled<Game>>(),
        vector[
            settlement::writes_settled_for_testing(
                world.storage_id(),
                fixture::owner(),
                actor,
                outcome,
                3_480,
                free_credit_paid,
                credit_paid,
                coin_paid,
                purse_paid,
                unsettled_charge,
                3 - unsettled_writes,
                unsettled_writes,
            ),
        ],
    );
    assert_eq!(world.storage().unsettled_charge(), unsettled_charge);
    assert_eq!(world.storage().unsettled_writes(), unsettled_writes);
}

// === From a coin ===

#[test]
fun c4_a_coin_pays_what_credit_does_not_and_the_change_comes_back() {
    let mut world = with_debt();
    world.grant_free_credit(480);
    world.recharge(1_000);
    world.sender(fixture::owner());
    assert_eq!(world.settle_with_coin(5_000), 3_000);
    world.assert_settled(
        fixture::owner(),
        settlement::full_for_testing(),
        480,
        1_000,
        2_000,
        0,
        0,
        0,
    );
    world.end();
}

#[test]
fun c4_a_coin_of_exactly_the_debt_settles_it() {
    let mut world = with_debt();
    world.sender(fixture::owner());
    assert_eq!(world.settle_with_coin(3_480), 0);
    world.assert_settled(fixture::owner(), settlement::full_for_testing(), 0, 0, 3_480, 0, 0, 0);
    world.end();
}

#[test]
fun c4_a_coin_that_falls_short_pays_what_it_can() {
    let mut world = with_debt();
    world.sender(fixture::owner());
    assert_eq!(world.settle_with_coin(3_479), 0);
    world.assert_settled(
        fixture::owner(),
        settlement::partial_for_testing(),
        0,
        0,
        3_479,
        0,
        1,
        1,
    );
    world.end();
}

#[test]
fun c4_a_coin_is_untouched_while_credit_lasts() {
    let mut world = with_debt();
    world.recharge(3_480);
    world.sender(fixture::owner());
    assert_eq!(world.settle_with_coin(5_000), 5_000);
    world.assert_settled(fixture::owner(), settlement::full_for_testing(), 0, 3_480, 0, 0, 0, 0);
    world.end();
}

#[test]
fun c4_what_users_pay_reaches_the_treasury() {
    let mut world = with_debt();
    world.recharge(1_000);
    world.settle_with_coin(5_000);
    assert_eq!(world.dapp_storage().settled(), 3_480);
    assert_eq!(world.dapp_storage().credit(), 0);
    assert_eq!(world.dapp_storage().totals().paid_by_users(), 2_480);
    world.collect();
    world.sender(fixture::admin());
    let coin: Coin<SUI> = world.scenario().take_from_sender();
    assert_eq!(coin.burn_for_testing(), 3_480);
    world.end();
}

#[test]
fun c4_a_session_may_pay_with_its_own_coin() {
    let mut world = fixture::with_session();
    world.write(1);
    assert_eq!(world.settle_with_coin(2_000), 840);
    assert_eq!(world.storage().unsettled_charge(), 0);
    world.end();
}

#[test]
fun t15_an_empty_coin_pays_nothing_and_comes_back() {
    let mut world = with_debt();
    world.sender(fixture::owner());
    assert_eq!(world.settle_with_coin(0), 0);
    world.assert_settled(fixture::owner(), settlement::skipped_for_testing(), 0, 0, 0, 0, 3_480, 3);
    world.end();
}

#[test]
fun t15_without_debt_a_coin_comes_back_whole() {
    let mut world = fixture::new();
    assert_eq!(world.settle_with_coin(std::u64::max_value!()), std::u64::max_value!());
    assert_eq!(world.dapp_storage().settled(), 0);
    world.end();
}

// === From the purse ===

#[test]
fun c4_the_purse_pays_what_credit_does_not() {
    let mut world = with_debt();
    world.recharge(1_000);
    world.fill_purse(5_000);
    world.sender(fixture::owner());
    world.settle_with_purse();
    world.assert_settled(
        fixture::owner(),
        settlement::full_for_testing(),
        0,
        1_000,
        0,
        2_480,
        0,
        0,
    );
    assert_eq!(purse::value<Game, SUI>(world.storage()), 2_520);
    assert_eq!(world.dapp_storage().settled(), 3_480);
    assert_eq!(world.dapp_storage().totals().paid_by_users(), 2_480);
    world.end();
}

#[test]
fun c4_a_purse_that_falls_short_pays_what_it_can() {
    let mut world = with_debt();
    world.fill_purse(2_000);
    world.sender(fixture::owner());
    world.settle_with_purse();
    world.assert_settled(
        fixture::owner(),
        settlement::partial_for_testing(),
        0,
        0,
        0,
        2_000,
        1_480,
        2,
    );
    assert_eq!(purse::value<Game, SUI>(world.storage()), 0);
    world.end();
}

#[test]
fun c4_an_empty_purse_pays_nothing() {
    let mut world = with_debt();
    world.sender(fixture::owner());
    world.settle_with_purse();
    world.assert_settled(fixture::owner(), settlement::skipped_for_testing(), 0, 0, 0, 0, 3_480, 3);
    world.end();
}

#[test]
fun c4_a_purse_is_untouched_while_credit_lasts() {
    let mut world = with_debt();
    world.recharge(3_480);
    world.fill_purse(5_000);
    world.settle_with_purse();
    assert_eq!(purse::value<Game, SUI>(world.storage()), 5_000);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ENotOwner)]
fun c4_a_session_cannot_settle_from_the_purse() {
    let mut world = fixture::with_session();
    world.write(1);
    world.fill_purse(5_000);
    world.settle_with_purse();
    abort
}

#[test, expected_failure(abort_code = settlement::ENotOwner)]
fun t25_a_stranger_cannot_settle_from_the_purse() {
    let mut world = with_debt();
    world.fill_purse(5_000);
    world.sender(fixture::stranger());
    world.settle_with_purse();
    abort
}

// === Strangers, ceilings, rounding ===

#[test]
fun t25_a_stranger_who_settles_over_and_over_harms_nobody() {
    let mut world = with_debt();
    world.sender(fixture::stranger());
    world.recharge(1_000);
    20u64.do!(|_| {
        world.settle_writes();
        world.settle_with_coin(1);
    });
    // Each MIST that the stranger gave paid a MIST of the debt, and writing goes on.
    assert_eq!(world.storage().unsettled_charge(), 3_480 - 1_020);
    world.sender(fixture::owner());
    world.write(4);
    assert_eq!(world.storage().unsettled_charge(), 3_480 - 1_020 + 1_160);
    world.end();
}

#[test]
fun t25_writes_never_wait_on_the_dapps_credit() {
    let mut world = fixture::with_session();
    world.recharge(1_160);
    assert_eq!(world.refund(1_160), 1_160);
    world.write(1);
    world.sender(fixture::stranger());
    world.settle_writes();
    world.sender(fixture::key());
    world.write(2);
    assert_eq!(world.storage().unsettled_charge(), 2_320);
    world.end();
}

#[test]
fun t28_at_the_debt_ceiling_the_owner_revokes_settles_and_withdraws() {
    let mut world = fixture::with_session();
    world.set_max_unsettled_writes(2);
    world.write(1);
    world.write(2);
    world.fill_purse(3_000);
    world.sender(fixture::owner());
    world.deactivate_session();
    assert!(world.storage().session().is_none());
    world.settle_with_purse();
    assert_eq!(world.storage().unsettled_charge(), 0);
    world.withdraw_purse(680);
    assert_eq!(purse::value<Game, SUI>(world.storage()), 0);
    world.write(3);
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun t28_the_owner_withdraws_and_revokes_while_in_debt() {
    let mut world = fixture::with_session();
    world.set_max_unsettled_writes(1);
    world.write(1);
    world.fill_purse(3_000);
    world.sender(fixture::owner());
    world.withdraw_purse(3_000);
    world.deactivate_session();
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun t28_the_way_out_is_open_when_everything_else_is_shut() {
    let mut world = fixture::with_session();
    world.write(1);
    world.fill_purse(3_000);
    world.suspend();
    world.pause();
    world.set_version(2);
    world.hub_mut().set_version_for_testing(2);
    world.sender(fixture::owner());
    world.deactivate_session();
    assert_eq!(world.settle_with_coin(160), 0);
    world.settle_with_purse();
    world.withdraw_purse(2_000);
    assert_eq!(world.storage().unsettled_charge(), 0);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    world.end();
}

/// A debt paid one MIST at a time costs what it costs at once, and ends with no write owed for.
#[test]
fun t29_paying_in_crumbs_costs_neither_more_nor_less() {
    let mut world = fixture::new();
    world.lower_fees(3, 0);
    7u64.do!(|n| world.write(n));
    let mut paid = 0;
    while (world.storage().unsettled_charge() > 0) {
        assert_eq!(world.settle_with_coin(1), 0);
        paid = paid + 1;
        assert_eq!(world.storage().unsettled_charge(), 21 - paid);
        assert!(world.storage().unsettled_writes() * 3 >= 21 - paid);
    };
    assert_eq!(paid, 21);
    assert_eq!(world.storage().unsettled_writes(), 0);
    assert_eq!(world.dapp_storage().settled(), 21);
    world.end();
}

#[random_test]
fun t29_a_payment_of_any_size_is_taken_to_the_mist(writes: u8, credit: u16, coin: u16) {
    let writes = (writes as u64) % 6;
    let (credit, coin) = ((credit as u64) + 1, coin as u64);
    let mut world = fixture::new();
    writes.do!(|n| world.write(n));
    world.recharge(credit);
    let due = writes * 1_160;
    let change = world.settle_with_coin(coin);
    let by_credit = due.min(credit);
    let by_coin = (due - by_credit).min(coin);
    assert_eq!(change, coin - by_coin);
    assert_eq!(world.dapp_storage().credit(), credit - by_credit);
    assert_eq!(world.dapp_storage().settled(), by_credit + by_coin);
    assert_eq!(world.storage().unsettled_charge(), due - by_credit - by_coin);
    world.end();
}
