/// Settlement out of the dApp's credit (row C3; threats 25, 28, 29).
#[test_only]
module valet::settlement_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{fixture::{Self, Game, World}, settlement::{Self, Outcome, WritesSettled}};

use fun assert_settles as World.assert_settles;

/// A world whose storage owes for three writes, 3,480 MIST.
fun with_debt(): World {
    let mut world = fixture::new();
    3u64.do!(|n| world.write(n));
    world
}

/// Settles as a stranger and asserts the whole outcome.
fun assert_settles(
    world: &mut World,
    outcome: Outcome,
    due: u64,
    free_credit_paid: u64,
    credit_paid: u64,
    unsettled_charge: u64,
    settled_writes: u64,
    unsettled_writes: u64,
) {
    world.sender(fixture::stranger());
    world.settle_writes();
    assert_eq!(
        event::events_by_type<WritesSettled<Game>>(),
        vector[
            settlement::writes_settled_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::stranger(),
                outcome,
                due,
                free_credit_paid,
                credit_paid,
                0,
                0,
                unsettled_charge,
                settled_writes,
                unsettled_writes,
            ),
        ],
    );
    assert_eq!(world.storage().unsettled_charge(), unsettled_charge);
    assert_eq!(world.storage().unsettled_writes(), unsettled_writes);
}

#[test]
fun c3_credit_that_covers_the_debt_settles_it_in_full() {
    let mut world = with_debt();
    world.recharge(10_000);
    world.assert_settles(settlement::full_for_testing(), 3_480, 0, 3_480, 0, 3, 0);
    assert_eq!(world.dapp_storage().credit(), 6_520);
    assert_eq!(world.dapp_storage().settled(), 3_480);
    world.end();
}

#[test]
fun c3_credit_of_exactly_the_debt_settles_it_in_full() {
    let mut world = with_debt();
    world.recharge(3_480);
    world.assert_settles(settlement::full_for_testing(), 3_480, 0, 3_480, 0, 3, 0);
    assert_eq!(world.dapp_storage().credit(), 0);
    world.end();
}

#[test]
fun c3_free_credit_is_used_first() {
    let mut world = with_debt();
    world.grant_free_credit(3_000);
    world.recharge(10_000);
    world.assert_settles(settlement::full_for_testing(), 3_480, 3_000, 480, 0, 3, 0);
    assert_eq!(world.free_credit(), 0);
    assert_eq!(world.dapp_storage().credit(), 9_520);
    assert_eq!(world.dapp_storage().settled(), 480);
    world.end();
}

#[test]
fun c3_free_credit_alone_moves_no_sui() {
    let mut world = with_debt();
    world.grant_free_credit(5_000);
    world.recharge(1_000);
    world.assert_settles(settlement::full_for_testing(), 3_480, 3_480, 0, 0, 3, 0);
    assert_eq!(world.free_credit(), 1_520);
    assert_eq!(world.dapp_storage().credit(), 1_000);
    assert_eq!(world.dapp_storage().settled(), 0);
    world.end();
}

#[test]
fun c3_credit_that_falls_short_settles_what_it_can() {
    let mut world = with_debt();
    world.recharge(2_000);
    // Of 3 writes, 1,480 / 3,480 are owed for: 1.28, so 2.
    world.assert_settles(settlement::partial_for_testing(), 3_480, 0, 2_000, 1_480, 1, 2);
    assert_eq!(world.dapp_storage().credit(), 0);
    assert_eq!(world.dapp_storage().settled(), 2_000);
    world.end();
}

#[test]
fun c3_the_last_mist_of_a_debt_still_stands_for_a_write() {
    let mut world = with_debt();
    world.recharge(3_479);
    world.assert_settles(settlement::partial_for_testing(), 3_480, 0, 3_479, 1, 2, 1);
    world.recharge(1);
    world.assert_settles(settlement::full_for_testing(), 1, 0, 1, 0, 1, 0);
    world.end();
}

#[test]
fun c3_the_first_mist_paid_settles_no_write() {
    let mut world = with_debt();
    world.recharge(1);
    world.assert_settles(settlement::partial_for_testing(), 3_480, 0, 1, 3_479, 0, 3);
    world.end();
}

#[test]
fun c3_a_third_of_the_debt_settles_one_write_of_three() {
    let mut world = with_debt();
    world.grant_free_credit(160);
    world.recharge(1_000);
    world.assert_settles(settlement::partial_for_testing(), 3_480, 160, 1_000, 2_320, 1, 2);
    world.end();
}

#[test]
fun c3_without_credit_settling_is_skipped() {
    let mut world = with_debt();
    world.assert_settles(settlement::skipped_for_testing(), 3_480, 0, 0, 3_480, 0, 3);
    world.end();
}

#[test]
fun c3_without_debt_settling_is_skipped() {
    let mut world = fixture::new();
    world.recharge(1_000);
    world.assert_settles(settlement::skipped_for_testing(), 0, 0, 0, 0, 0, 0);
    assert_eq!(world.dapp_storage().credit(), 1_000);
    world.end();
}

#[test]
fun c3_a_storage_settled_over_and_over_is_never_worse_off() {
    let mut world = with_debt();
    world.recharge(10_000);
    world.settle_writes();
    3u64.do!(|_| {
        world.assert_settles(settlement::skipped_for_testing(), 0, 0, 0, 0, 0, 0);
    });
    assert_eq!(world.dapp_storage().credit(), 6_520);
    world.sender(fixture::owner());
    world.write(1);
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun c3_a_settlement_that_pays_nothing_takes_no_move_down() {
    let mut world = fixture::with_session();
    world.write(1);
    world.settle_writes();
    world.write(2);
    assert_eq!(world.storage().unsettled_charge(), 2_320);
    world.end();
}

#[test]
fun c3_settling_works_while_the_dapp_is_paused_suspended_and_on_another_version() {
    let mut world = with_debt();
    world.recharge(10_000);
    world.pause();
    world.suspend();
    world.set_version(2);
    world.hub_mut().set_version_for_testing(2);
    world.assert_settles(settlement::full_for_testing(), 3_480, 0, 3_480, 0, 3, 0);
    world.end();
}

#[test]
fun c3_what_was_written_before_a_price_change_is_settled_at_the_old_price() {
    let mut world = with_debt();
    world.lower_fees(0, 0);
    world.recharge(10_000);
    world.assert_settles(settlement::full_for_testing(), 3_480, 0, 3_480, 0, 3, 0);
    world.end();
}

/// Whatever is owed and whatever there is to pay with: nothing appears, nothing is lost, and a debt
/// stands exactly as long as a write is owed for.
#[random_test]
fun c3_debt_shrinks_by_exactly_what_was_paid(writes: u8, free_credit: u16, credit: u16) {
    let writes = (writes as u64) % 8;
    let free_credit = (free_credit as u64) % 6_000 + 1;
    let credit = (credit as u64) % 6_000 + 1;
    let mut world = fixture::new();
    writes.do!(|n| world.write(n));
    world.grant_free_credit(free_credit);
    world.recharge(credit);
    let due = writes * 1_160;
    assert_eq!(world.storage().unsettled_charge(), due);

    world.settle_writes();

    let storage = world.storage();
    let dapp_storage = world.dapp_storage();
    let free_credit_paid = free_credit - world.free_credit();
    assert_eq!(free_credit_paid, due.min(free_credit));
    assert_eq!(dapp_storage.settled(), (due - free_credit_paid).min(credit));
    assert_eq!(dapp_storage.settled() + dapp_storage.credit(), credit);
    let remaining = storage.unsettled_charge();
    assert_eq!(remaining + free_credit_paid + dapp_storage.settled(), due);
    assert!(storage.unsettled_writes() * 1_160 >= remaining);
    assert!(storage.unsettled_writes() * 1_160 < remaining + 1_160);
    world.end();
}
