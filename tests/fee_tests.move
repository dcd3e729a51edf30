/// How prices change (row C6; threats 15, 26, 29).
#[test_only]
module valet::fee_tests;

use std::unit_test::{assert_eq, destroy};
use sui::event;
use valet::{
    dapp,
    dapp_hub,
    fee_plan,
    fees,
    fixture::{Self, Game, World},
    governance::{
        Self,
        DefaultFeesAnnounced,
        DefaultFeesChanged,
        DefaultFeesWithdrawn,
        FeesAnnounced,
        FeesChanged,
        FeesWithdrawn,
    },
    rival::{Self, Rival}
};

/// 48 hours after `fixture::now()`.
const EFFECTIVE: u64 = 1_000_000_000 + 172_800_000;

/// A world in which the dApp's fees will be 2,000 and 20 in 48 hours.
fun announced(): World {
    let mut world = fixture::new();
    world.announce_fees(2_000, 20);
    world
}

// === Decreases are immediate ===

#[test]
fun c6_the_framework_lowers_a_dapps_fees_at_once() {
    let mut world = fixture::new();
    world.lower_fees(1_000, 9);
    assert_eq!(world.dapp().fees(), fees::new(1_000, 9));
    assert_eq!(
        event::events_by_type<FeesChanged<Game>>(),
        vector[
            governance::fees_changed_for_testing(
                object::id(world.dapp()),
                fees::new(1_000, 10),
                fees::new(1_000, 9),
            ),
        ],
    );
    world.end();
}

#[test]
fun c6_one_part_of_the_price_can_be_lowered_alone() {
    let mut world = fixture::new();
    world.lower_fees(999, 10);
    world.lower_fees(999, 10);
    assert_eq!(world.dapp().fees(), fees::new(999, 10));
    world.end();
}

#[test, expected_failure(abort_code = dapp::EFeeIncrease)]
fun c6_the_fee_per_write_does_not_rise_at_once() {
    let mut world = fixture::new();
    world.lower_fees(1_001, 0);
    abort
}

#[test, expected_failure(abort_code = dapp::EFeeIncrease)]
fun c6_the_fee_per_byte_does_not_rise_at_once() {
    let mut world = fixture::new();
    world.lower_fees(0, 11);
    abort
}

#[test]
fun c6_default_fees_are_lowered_for_the_dapps_that_register_later() {
    let mut world = fixture::new();
    world.lower_default_fees(5, 1);
    assert_eq!(
        event::events_by_type<DefaultFeesChanged>(),
        vector[
            governance::default_fees_changed_for_testing(
                object::id(world.hub()),
                fees::new(1_000, 10),
                fees::new(5, 1),
            ),
        ],
    );
    assert_eq!(world.dapp().fees(), fees::new(1_000, 10));
    let publisher = rival::publisher(world.ctx());
    let (dapp, dapp_storage, cap) = world.register<Rival>(&publisher, b"R", b"", b"");
    assert_eq!(dapp.fees(), fees::new(5, 1));
    assert_eq!(*dapp.fee_plan().past(), vector[]);
    assert!(dapp.fee_plan().increase().is_none());
    destroy(publisher);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(cap);
    world.end();
}

#[test, expected_failure(abort_code = dapp_hub::EFeeIncrease)]
fun c6_the_default_fee_per_write_does_not_rise_at_once() {
    let mut world = fixture::new();
    world.lower_default_fees(1_001, 0);
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EFeeIncrease)]
fun c6_the_default_fee_per_byte_does_not_rise_at_once() {
    let mut world = fixture::new();
    world.lower_default_fees(0, 11);
    abort
}

// === Increases wait 48 hours ===

#[test]
fun c6_an_announced_increase_changes_no_price() {
    let mut world = announced();
    let increase = fee_plan::increase_for_testing(fees::new(2_000, 20), EFFECTIVE);
    assert_eq!(world.dapp().fees(), fees::new(1_000, 10));
    assert_eq!(world.dapp().fee_plan().increase(), option::some(increase));
    assert_eq!(increase.fees(), fees::new(2_000, 20));
    assert_eq!(increase.effective_at_ms(), EFFECTIVE);
    assert_eq!(
        event::events_by_type<FeesAnnounced<Game>>(),
        vector[governance::fees_announced_for_testing(object::id(world.dapp()), increase)],
    );
    // It comes into force when it is applied, not before.
    world.set_time(EFFECTIVE);
    world.write(1);
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooEarly)]
fun c6_an_increase_is_refused_one_millisecond_before_48_hours() {
    let mut world = announced();
    world.set_time(EFFECTIVE - 1);
    world.apply_fees();
    abort
}

#[test]
fun c6_anyone_applies_an_increase_after_48_hours() {
    let mut world = announced();
    world.set_time(EFFECTIVE);
    world.sender(fixture::stranger());
    world.apply_fees();
    assert_eq!(world.dapp().fees(), fees::new(2_000, 20));
    assert!(world.dapp().fee_plan().increase().is_none());
    assert_eq!(
        event::events_by_type<FeesChanged<Game>>(),
        vector[
            governance::fees_changed_for_testing(
                object::id(world.dapp()),
                fees::new(1_000, 10),
                fees::new(2_000, 20),
            ),
        ],
    );
    world.end();
}

#[test]
fun c6_an_increase_is_applied_one_millisecond_after_48_hours() {
    let mut world = announced();
    world.set_time(EFFECTIVE + 1);
    world.apply_fees();
    assert_eq!(world.dapp().fees(), fees::new(2_000, 20));
    world.end();
}

#[test, expected_failure(abort_code = fee_plan::ENoIncrease)]
fun c6_an_increase_is_applied_once() {
    let mut world = announced();
    world.set_time(EFFECTIVE);
    world.apply_fees();
    world.apply_fees();
    abort
}

#[test, expected_failure(abort_code = fee_plan::ENoIncrease)]
fun c6_nothing_is_applied_that_was_not_announced() {
    let mut world = fixture::new();
    world.apply_fees();
    abort
}

#[test]
fun c6_an_increase_is_withdrawn() {
    let mut world = announced();
    world.sender(fixture::admin());
    world.withdraw_fees();
    assert!(world.dapp().fee_plan().increase().is_none());
    assert_eq!(
        event::events_by_type<FeesWithdrawn<Game>>(),
        vector[
            governance::fees_withdrawn_for_testing(
                object::id(world.dapp()),
                fee_plan::increase_for_testing(fees::new(2_000, 20), EFFECTIVE),
            ),
        ],
    );
    world.end();
}

#[test, expected_failure(abort_code = fee_plan::ENoIncrease)]
fun c6_a_withdrawn_increase_is_never_applied() {
    let mut world = announced();
    world.withdraw_fees();
    world.set_time(EFFECTIVE);
    world.apply_fees();
    abort
}

#[test, expected_failure(abort_code = fee_plan::ENoIncrease)]
fun c6_nothing_is_withdrawn_that_was_not_announced() {
    let mut world = fixture::new();
    world.withdraw_fees();
    abort
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseAnnounced)]
fun c6_an_announced_increase_is_not_swapped_for_another() {
    let mut world = announced();
    world.set_time(EFFECTIVE - 1);
    world.announce_fees(1_500, 10);
    abort
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooEarly)]
fun c6_an_increase_announced_anew_waits_anew() {
    let mut world = announced();
    world.set_time(EFFECTIVE - 1);
    world.withdraw_fees();
    world.announce_fees(2_000, 20);
    world.set_time(EFFECTIVE);
    world.apply_fees();
    abort
}

#[test, expected_failure(abort_code = fee_plan::ENoIncrease)]
fun c6_lowering_fees_drops_the_increase_that_waits() {
    // Otherwise a price lowered to nothing could rise without bound at the end of the delay.
    let mut world = announced();
    world.lower_fees(0, 0);
    world.set_time(EFFECTIVE);
    world.apply_fees();
    abort
}

#[test, expected_failure(abort_code = fee_plan::ENotAnIncrease)]
fun c6_the_same_price_is_no_increase() {
    let mut world = fixture::new();
    world.announce_fees(1_000, 10);
    abort
}

#[test]
fun c6_a_price_of_which_one_part_rises_waits_as_a_whole() {
    let mut world = fixture::new();
    world.announce_fees(0, 11);
    assert_eq!(world.dapp().fees(), fees::new(1_000, 10));
    world.set_time(EFFECTIVE);
    world.apply_fees();
    assert_eq!(world.dapp().fees(), fees::new(0, 11));
    world.end();
}

// === Increases are capped ===

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooLarge)]
fun c6_the_fee_per_write_at_most_doubles() {
    let mut world = fixture::new();
    world.announce_fees(2_001, 10);
    abort
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooLarge)]
fun c6_the_fee_per_byte_at_most_doubles() {
    let mut world = fixture::new();
    world.announce_fees(1_000, 21);
    abort
}

#[test]
fun c6_a_free_dapp_rises_at_most_to_the_first_step() {
    let mut world = fixture::new();
    world.lower_fees(0, 0);
    world.announce_fees(1_000, 10);
    world.set_time(EFFECTIVE);
    world.apply_fees();
    assert_eq!(world.dapp().fees(), fees::new(1_000, 10));
    world.end();
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooLarge)]
fun c6_a_free_dapp_does_not_rise_above_the_first_step_per_write() {
    let mut world = fixture::new();
    world.lower_fees(0, 0);
    world.announce_fees(1_001, 0);
    abort
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooLarge)]
fun c6_a_free_dapp_does_not_rise_above_the_first_step_per_byte() {
    let mut world = fixture::new();
    world.lower_fees(0, 0);
    world.announce_fees(0, 11);
    abort
}

#[test, expected_failure(abort_code = fees::EFeePerWriteTooHigh)]
fun c6_no_series_of_increases_passes_the_highest_price() {
    let mut world = fixture::new();
    // 1,000 * 2^19 is the last doubling below 1 SUI.
    let mut now = fixture::now();
    let mut fee = 1_000;
    20u64.do!(|_| {
        fee = fee * 2;
        world.announce_fees(fee, 10);
        now = now + 172_800_000;
        world.set_time(now);
        world.apply_fees();
    });
    abort
}

#[test]
fun c6_default_fees_rise_after_48_hours() {
    let mut world = fixture::new();
    world.announce_default_fees(2_000, 20);
    let increase = fee_plan::increase_for_testing(fees::new(2_000, 20), EFFECTIVE);
    assert_eq!(world.hub().default_fees(), fees::new(1_000, 10));
    assert_eq!(world.hub().default_fee_plan().increase(), option::some(increase));
    assert_eq!(
        event::events_by_type<DefaultFeesAnnounced>(),
        vector[governance::default_fees_announced_for_testing(object::id(world.hub()), increase)],
    );
    world.set_time(EFFECTIVE);
    world.sender(fixture::stranger());
    world.apply_default_fees();
    assert_eq!(world.hub().default_fees(), fees::new(2_000, 20));
    assert_eq!(
        event::events_by_type<DefaultFeesChanged>(),
        vector[
            governance::default_fees_changed_for_testing(
                object::id(world.hub()),
                fees::new(1_000, 10),
                fees::new(2_000, 20),
            ),
        ],
    );
    // A registered dApp keeps its price.
    assert_eq!(world.dapp().fees(), fees::new(1_000, 10));
    world.end();
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooEarly)]
fun c6_default_fees_do_not_rise_one_millisecond_before_48_hours() {
    let mut world = fixture::new();
    world.announce_default_fees(2_000, 20);
    world.set_time(EFFECTIVE - 1);
    world.apply_default_fees();
    abort
}

#[test, expected_failure(abort_code = fee_plan::EIncreaseTooLarge)]
fun c6_default_fees_at_most_double() {
    let mut world = fixture::new();
    world.announce_default_fees(2_001, 10);
    abort
}

#[test]
fun c6_an_increase_of_the_default_fees_is_withdrawn() {
    let mut world = fixture::new();
    world.announce_default_fees(2_000, 20);
    world.withdraw_default_fees();
    assert!(world.hub().default_fee_plan().increase().is_none());
    assert_eq!(
        event::events_by_type<DefaultFeesWithdrawn>(),
        vector[
            governance::default_fees_withdrawn_for_testing(
                object::id(world.hub()),
                fee_plan::increase_for_testing(fees::new(2_000, 20), EFFECTIVE),
            ),
        ],
    );
    world.end();
}

// === History ===

#[test]
fun c6_former_prices_are_kept_with_the_time_they_ended() {
    let mut world = fixture::new();
    world.set_time(fixture::now() + 5);
    world.lower_fees(900, 9);
    world.announce_fees(1_800, 9);
    world.set_time(EFFECTIVE + 5);
    world.apply_fees();
    let past = world.dapp().fee_plan().past();
    assert_eq!(
        *past,
        vector[
            fee_plan::past_for_testing(fees::new(1_000, 10), 1_000_000_005),
            fee_plan::past_for_testing(fees::new(900, 9), 1_172_800_005),
        ],
    );
    assert_eq!(past[0].fees(), fees::new(1_000, 10));
    assert_eq!(past[0].until_ms(), 1_000_000_005);
    world.end();
}

#[test]
fun t26_the_history_of_prices_keeps_the_last_32() {
    let mut world = fixture::new();
    32u64.do!(|n| world.lower_fees(999 - n, 10));
    assert_eq!(world.dapp().fee_plan().past().length(), 32);
    assert_eq!(
        world.dapp().fee_plan().past()[0],
        fee_plan::past_for_testing(fees::new(1_000, 10), fixture::now()),
    );
    // The oldest gives way; the change itself is never refused.
    world.lower_fees(500, 10);
    let past = world.dapp().fee_plan().past();
    assert_eq!(past.length(), 32);
    assert_eq!(past[0], fee_plan::past_for_testing(fees::new(999, 10), fixture::now()));
    assert_eq!(past[31], fee_plan::past_for_testing(fees::new(968, 10), fixture::now()));
    world.end();
}

#[test]
fun t26_the_history_of_default_prices_keeps_the_last_32() {
    let mut world = fixture::new();
    33u64.do!(|n| world.lower_default_fees(999 - n, 10));
    let past = world.hub().default_fee_plan().past();
    assert_eq!(past.length(), 32);
    assert_eq!(past[0], fee_plan::past_for_testing(fees::new(999, 10), fixture::now()));
    world.end();
}

// === No retroactive repricing ===

#[test]
fun t29_an_increase_does_not_reprice_what_was_written() {
    let mut world = fixture::new();
    world.write(1);
    world.announce_fees(2_000, 20);
    world.set_time(EFFECTIVE);
    world.write(2);
    world.apply_fees();
    assert_eq!(world.storage().unsettled_charge(), 2_320);
    world.write(3);
    assert_eq!(world.storage().unsettled_charge(), 2_320 + 2_320);
    world.recharge(10_000);
    world.settle_writes();
    assert_eq!(world.dapp_storage().credit(), 10_000 - 4_640);
    world.end();
}

#[test]
fun t29_an_authority_taken_before_an_increase_keeps_its_price() {
    let mut world = announced();
    world.set_time(EFFECTIVE);
    let auth = world.authorize(fixture::step_action());
    world.apply_fees();
    world.storage_mut().set(&auth, fixture::score_key(0), fixture::score(1));
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    world.end();
}

#[test, expected_failure(abort_code = fees::EFeePerWriteTooHigh)]
fun t15_the_largest_number_is_no_price_per_write() {
    let mut world = fixture::new();
    world.announce_fees(std::u64::max_value!(), 10);
    abort
}

#[test, expected_failure(abort_code = fees::EFeePerByteTooHigh)]
fun t15_the_largest_number_is_no_price_per_byte() {
    let mut world = fixture::new();
    world.announce_fees(1_000, std::u64::max_value!());
    abort
}

#[test]
fun c6_the_bounds_can_be_read() {
    assert_eq!(fee_plan::increase_delay_ms(), 172_800_000);
    assert_eq!(fee_plan::max_past_fees(), 32);
}
