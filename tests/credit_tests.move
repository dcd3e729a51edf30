/// A dApp's credit: recharging, refunds, free credit (row C5; threats 15, 26, 35).
#[test_only]
module valet::credit_tests;

use std::unit_test::assert_eq;
use sui::{coin::Coin, event, sui::SUI};
use valet::{
    credit,
    dapp_storage::{Self, CreditRecharged, CreditRefunded, SettledCollected},
    fixture::{Self, Game, World},
    governance::{Self, FreeCreditChanged}
};

/// 366 days.
const YEAR: u64 = 31_622_400_000;

/// A world whose storage owes for three writes, 3,480 MIST.
fun with_debt(): World {
    let mut world = fixture::new();
    3u64.do!(|n| world.write(n));
    world
}

// === Recharging and collecting ===

#[test]
fun c5_anyone_recharges() {
    let mut world = fixture::new();
    world.recharge(400);
    world.sender(fixture::stranger());
    world.recharge(600);
    assert_eq!(world.dapp_storage().credit(), 1_000);
    assert_eq!(
        event::events_by_type<CreditRecharged<Game>>(),
        vector[
            dapp_storage::credit_recharged_for_testing(
                object::id(world.dapp_storage()),
                fixture::stranger(),
                600,
                1_000,
            ),
        ],
    );
    world.end();
}

#[test, expected_failure(abort_code = dapp_storage::EZeroAmount)]
fun c5_an_empty_coin_recharges_nothing() {
    let mut world = fixture::new();
    world.recharge(0);
    abort
}

#[test]
fun c5_credit_is_conserved_to_the_mist() {
    let mut world = with_debt();
    world.recharge(2_000);
    world.settle_writes();
    world.recharge(7_777);
    world.write(9);
    world.settle_writes();
    let dapp_storage = world.dapp_storage();
    assert_eq!(dapp_storage.credit() + dapp_storage.settled(), 9_777);
    assert_eq!(dapp_storage.settled(), 4 * 1_160);
    world.end();
}

#[test]
fun c5_settled_amounts_and_only_they_reach_the_treasury() {
    let mut world = with_debt();
    world.recharge(10_000);
    world.settle_writes();
    world.sender(fixture::stranger());
    world.collect();
    assert_eq!(
        event::events_by_type<SettledCollected<Game>>(),
        vector[
            dapp_storage::settled_collected_for_testing(
                object::id(world.dapp_storage()),
                fixture::admin(),
                3_480,
            ),
        ],
    );
    assert_eq!(world.dapp_storage().settled(), 0);
    assert_eq!(world.dapp_storage().credit(), 6_520);
    world.sender(fixture::admin());
    let coin: Coin<SUI> = world.scenario().take_from_sender();
    assert_eq!(coin.burn_for_testing(), 3_480);
    world.end();
}

#[test, expected_failure(abort_code = dapp_storage::ENothingSettled)]
fun c5_credit_that_was_not_settled_cannot_be_collected() {
    let mut world = with_debt();
    world.recharge(10_000);
    world.collect();
    abort
}

#[test]
fun c5_totals_tell_where_every_mist_went() {
    let mut world = with_debt();
    world.recharge(2_000);
    world.settle_writes();
    assert_eq!(world.settle_with_coin(500), 0);
    world.recharge(7_000);
    world.settle_writes();
    assert_eq!(world.refund(1_020), 1_020);
    world.collect();
    let dapp_storage = world.dapp_storage();
    let totals = dapp_storage.totals();
    assert_eq!(totals.recharged(), 9_000);
    assert_eq!(totals.settled(), 2_980);
    assert_eq!(totals.refunded(), 1_020);
    assert_eq!(totals.paid_by_users(), 500);
    assert_eq!(dapp_storage.credit(), 5_000);
    world.sender(fixture::admin());
    let coin: Coin<SUI> = world.scenario().take_from_sender();
    assert_eq!(coin.burn_for_testing(), 3_480);
    world.end();
}

/// Whatever is recharged, written, settled, paid and refunded: recharged = held + settled +
/// refunded, and what was settled is what users no longer owe.
#[random_test]
fun c5_credit_is_conserved_whatever_happens(steps: vector<u8>) {
    let mut world = fixture::new();
    let mut recharged = 0;
    let mut refunded = 0;
    let mut paid = 0;
    let mut written = 0;
    steps.length().min(40).do!(|n| {
        let step = steps[n] as u64;
        let amount = 1 + step * 37;
        let kind = step % 5;
        if (kind == 0) {
            world.recharge(amount);
            recharged = recharged + amount;
        } else if (kind == 1) {
            let held = world.dapp_storage().credit();
            if (held > 0) refunded = refunded + world.refund(1 + amount % held);
        } else if (kind == 2) {
            world.settle_writes();
        } else if (kind == 3) {
            paid = paid + amount - world.settle_with_coin(amount);
        } else {
            world.write(n);
            written = written + 1_160;
        };
        let dapp_storage = world.dapp_storage();
        let settled = dapp_storage.settled() - paid;
        assert_eq!(dapp_storage.credit() + settled + refunded, recharged);
        assert_eq!(world.storage().unsettled_charge() + settled + paid, written);
    });
    let totals = world.dapp_storage().totals();
    assert_eq!(totals.recharged(), recharged as u128);
    assert_eq!(totals.refunded(), refunded as u128);
    assert_eq!(totals.paid_by_users(), paid as u128);
    assert_eq!(
        totals.settled() + totals.refunded() + (world.dapp_storage().credit() as u128),
        totals.recharged(),
    );
    world.end();
}

// === Refunds ===

#[test]
fun c5_the_dapps_administrator_gets_unused_credit_back() {
    let mut world = with_debt();
    world.recharge(10_000);
    world.settle_writes();
    world.sender(fixture::admin());
    assert_eq!(world.refund(6_000), 6_000);
    assert_eq!(world.dapp_storage().credit(), 520);
    assert_eq!(world.dapp_storage().settled(), 3_480);
    assert_eq!(
        event::events_by_type<CreditRefunded<Game>>(),
        vector[
            dapp_storage::credit_refunded_for_testing(
                object::id(world.dapp_storage()),
                fixture::admin(),
                6_000,
                520,
            ),
        ],
    );
    world.end();
}

#[test]
fun c5_the_whole_credit_is_refunded_to_the_mist() {
    let mut world = fixture::new();
    world.recharge(10_000);
    assert_eq!(world.refund(10_000), 10_000);
    assert_eq!(world.dapp_storage().credit(), 0);
    world.end();
}

#[test, expected_failure(abort_code = credit::ERefundTooLarge)]
fun c5_no_more_than_the_credit_is_refunded() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.refund(10_001);
    abort
}

#[test, expected_failure(abort_code = credit::ERefundTooLarge)]
fun c5_what_was_settled_is_not_refunded() {
    let mut world = with_debt();
    world.recharge(3_480);
    world.settle_writes();
    world.refund(1);
    abort
}

#[test, expected_failure(abort_code = credit::ERefundTooLarge)]
fun t35_free_credit_is_never_refunded() {
    let mut world = fixture::new();
    world.grant_free_credit(10_000);
    world.refund(1);
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EZeroAmount)]
fun t15_nothing_is_no_refund() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.refund(0);
    abort
}

#[test, expected_failure(abort_code = credit::ERefundTooLarge)]
fun t15_the_largest_number_does_not_stand_for_everything() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.refund(std::u64::max_value!());
    abort
}

#[test]
fun c5_a_paused_and_suspended_dapp_gets_its_credit_back() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.pause();
    world.suspend();
    assert_eq!(world.refund(10_000), 10_000);
    world.end();
}

// === Free credit ===

#[test]
fun c5_the_framework_grants_free_credit() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + 5);
    world.sender(fixture::admin());
    world.grant_free_credit_until(600, fixture::now() + 9);
    let previous = credit::free_for_testing(400, fixture::now() + 5);
    let now = credit::free_for_testing(1_000, fixture::now() + 9);
    assert_eq!(world.dapp_storage().free_credit(), option::some(now));
    assert_eq!(now.amount(), 1_000);
    assert_eq!(now.expires_at_ms(), fixture::now() + 9);
    assert_eq!(
        event::events_by_type<FreeCreditChanged<Game>>(),
        vector[
            governance::free_credit_changed_for_testing(
                object::id(world.dapp_storage()),
                option::some(previous),
                option::some(now),
            ),
        ],
    );
    world.end();
}

#[test]
fun c5_free_credit_pays_until_the_millisecond_before_its_expiry() {
    let mut world = with_debt();
    world.grant_free_credit_until(5_000, fixture::now() + 10);
    world.set_time(fixture::now() + 9);
    assert_eq!(world.free_credit(), 5_000);
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 0);
    assert_eq!(world.free_credit(), 1_520);
    world.end();
}

#[test]
fun c5_free_credit_pays_nothing_at_its_expiry() {
    let mut world = with_debt();
    world.grant_free_credit_until(5_000, fixture::now() + 10);
    world.recharge(1_000);
    world.set_time(fixture::now() + 10);
    assert_eq!(world.free_credit(), 0);
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 2_480);
    assert_eq!(world.dapp_storage().credit(), 0);
    world.end();
}

#[test]
fun c5_free_credit_pays_nothing_one_millisecond_after_its_expiry() {
    let mut world = with_debt();
    world.grant_free_credit_until(5_000, fixture::now() + 10);
    world.set_time(fixture::now() + 11);
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 3_480);
    world.end();
}

#[test, expected_failure(abort_code = dapp_storage::ECreditTooLow)]
fun c5_expired_free_credit_pays_no_global_write() {
    let mut world = fixture::new();
    world.grant_free_credit_until(5_000, fixture::now() + 10);
    world.set_time(fixture::now() + 10);
    world.write_global(1);
    abort
}

#[test]
fun c5_free_credit_used_up_is_gone() {
    let mut world = with_debt();
    world.grant_free_credit(3_480);
    world.settle_writes();
    assert!(world.dapp_storage().free_credit().is_none());
    world.end();
}

#[test]
fun c5_a_grant_does_not_revive_what_expired() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + 10);
    world.set_time(fixture::now() + 10);
    world.grant_free_credit_until(600, fixture::now() + 20);
    assert_eq!(world.free_credit(), 600);
    world.end();
}

#[test]
fun c5_free_credit_is_extended() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + 10);
    world.sender(fixture::admin());
    world.set_time(fixture::now() + 9);
    world.extend_free_credit(fixture::now() + 20);
    world.set_time(fixture::now() + 19);
    assert_eq!(world.free_credit(), 400);
    assert_eq!(
        event::events_by_type<FreeCreditChanged<Game>>(),
        vector[
            governance::free_credit_changed_for_testing(
                object::id(world.dapp_storage()),
                option::some(credit::free_for_testing(400, fixture::now() + 10)),
                option::some(credit::free_for_testing(400, fixture::now() + 20)),
            ),
        ],
    );
    world.set_time(fixture::now() + 20);
    assert_eq!(world.free_credit(), 0);
    world.end();
}

#[test, expected_failure(abort_code = credit::ENoFreeCredit)]
fun c5_expired_free_credit_is_not_extended() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + 10);
    world.set_time(fixture::now() + 10);
    world.extend_free_credit(fixture::now() + 20);
    abort
}

#[test, expected_failure(abort_code = credit::ENoFreeCredit)]
fun c5_no_free_credit_is_not_extended() {
    let mut world = fixture::new();
    world.extend_free_credit(fixture::now() + 20);
    abort
}

#[test, expected_failure(abort_code = credit::EExpiryTooEarly)]
fun c5_extending_does_not_shorten() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + 10);
    world.extend_free_credit(fixture::now() + 9);
    abort
}

#[test, expected_failure(abort_code = credit::EExpiryTooEarly)]
fun c5_a_further_grant_does_not_shorten() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + 10);
    world.grant_free_credit_until(1, fixture::now() + 9);
    abort
}

#[test, expected_failure(abort_code = credit::EExpiryTooEarly)]
fun t15_free_credit_that_expires_now_is_no_grant() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now());
    abort
}

#[test]
fun c5_free_credit_lasts_366_days_at_most() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + YEAR);
    assert_eq!(world.free_credit(), 400);
    assert_eq!(credit::max_free_credit_duration_ms(), YEAR);
    world.end();
}

#[test, expected_failure(abort_code = credit::EExpiryTooLate)]
fun c5_free_credit_beyond_366_days_is_refused() {
    let mut world = fixture::new();
    world.grant_free_credit_until(400, fixture::now() + YEAR + 1);
    abort
}

#[test, expected_failure(abort_code = credit::EExpiryTooLate)]
fun t15_the_largest_number_is_no_expiry() {
    let mut world = fixture::new();
    world.grant_free_credit(400);
    world.extend_free_credit(std::u64::max_value!());
    abort
}

#[test]
fun c5_free_credit_is_revoked_at_once() {
    let mut world = with_debt();
    world.grant_free_credit_until(5_000, fixture::now() + 10);
    world.sender(fixture::admin());
    world.revoke_free_credit();
    assert_eq!(
        event::events_by_type<FreeCreditChanged<Game>>(),
        vector[
            governance::free_credit_changed_for_testing(
                object::id(world.dapp_storage()),
                option::some(credit::free_for_testing(5_000, fixture::now() + 10)),
                option::none(),
            ),
        ],
    );
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 3_480);
    world.end();
}

#[test]
fun c5_revoking_leaves_credit_alone() {
    let mut world = fixture::new();
    world.recharge(1_000);
    world.grant_free_credit(5_000);
    world.revoke_free_credit();
    assert_eq!(world.dapp_storage().credit(), 1_000);
    world.end();
}

#[test, expected_failure(abort_code = credit::ENoFreeCredit)]
fun c5_no_free_credit_is_not_revoked() {
    let mut world = fixture::new();
    world.revoke_free_credit();
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EZeroAmount)]
fun c5_no_free_credit_is_no_grant() {
    let mut world = fixture::new();
    world.grant_free_credit(0);
    abort
}

#[test]
fun c5_free_credit_up_to_its_cap_is_granted() {
    let mut world = fixture::new();
    world.grant_free_credit(1);
    world.grant_free_credit(999_999_999_999_999_999);
    assert_eq!(world.free_credit(), 1_000_000_000_000_000_000);
    world.end();
}

#[test, expected_failure(abort_code = dapp_storage::EFreeCreditTooLarge)]
fun c5_free_credit_above_its_cap_is_refused() {
    let mut world = fixture::new();
    world.grant_free_credit(1);
    world.grant_free_credit(1_000_000_000_000_000_000);
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EFreeCreditTooLarge)]
fun t15_the_largest_number_is_no_unlimited_free_credit() {
    let mut world = fixture::new();
    world.grant_free_credit(1);
    world.grant_free_credit(std::u64::max_value!());
    abort
}

// === Free-credit farming ===

#[test]
fun t35_accounts_bring_no_free_credit() {
    let mut world = fixture::new();
    vector[fixture::stranger(), fixture::other_key(), fixture::admin()].do!(|owner| {
        world.sender(owner);
        let storage = world.create_storage();
        std::unit_test::destroy(storage);
    });
    assert!(world.dapp_storage().free_credit().is_none());
    world.end();
}

#[test]
fun t35_free_credit_turns_into_no_sui() {
    let mut world = with_debt();
    world.grant_free_credit(3_480);
    world.settle_writes();
    assert_eq!(world.dapp_storage().settled(), 0);
    assert_eq!(world.dapp_storage().credit(), 0);
    assert_eq!(world.dapp_storage().totals().settled(), 0);
    world.end();
}

#[test]
fun t35_free_credit_is_used_once() {
    let mut world = with_debt();
    world.grant_free_credit(1_160);
    world.settle_writes();
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 2_320);
    world.end();
}
