/// The worked numbers of docs/limits.md, one by one (rows B8, B9, B16, C1, C2, C3).
#[test_only]
module valet::limits_guide_tests;

use std::unit_test::assert_eq;
use valet::{
    allowance::{Self, Allowance},
    fees,
    fixture::{Self, Gold, World},
    grant::{Self, Grant},
    user_storage
};

const HOUR: u64 = 3_600_000;

/// An item of the bazaar: 0.04 of the coin.
const ITEM: u64 = 40_000_000;

/// The key of the arena's hero: one byte in BCS.
public struct HeroKey() has copy, drop, store;

/// A record of 28 bytes in BCS, as the arena's hero.
public struct Hero has copy, drop, store {
    a: u64,
    b: u64,
    c: u64,
    d: u32,
}

// === Rate ===

/// Ten at once, five more each minute.
fun bursts(): World {
    let mut world = fixture::new();
    let grant = grant::all_session_actions().with_rate_limit(10, 5, 60_000);
    world.activate(fixture::key(), 2 * HOUR, grant);
    world.sender(fixture::key());
    10u64.do!(|_| {
        world.authorize(fixture::step_action());
    });
    world
}

#[test, expected_failure(abort_code = grant::ERateLimited)]
fun b8_the_guides_eleventh_call_waits_for_the_minute() {
    let mut world = bursts();
    world.advance(59_999);
    world.authorize(fixture::step_action());
    abort
}

#[test]
fun b8_the_guides_bucket_has_five_more_after_a_minute_and_ten_after_an_hour() {
    let mut world = bursts();
    world.advance(60_000);
    assert_eq!(world.status().calls_now(), option::some(5));
    world.advance(HOUR);
    assert_eq!(world.status().calls_now(), option::some(10));
    world.end();
}

// === Coins ===

/// The guide's shopper: 2 in all, 0.1 with one call, 0.5 an hour; a purse of 5.
fun shopper(): World {
    let allowance = allowance::new(2_000_000_000)
        .with_max_per_call(100_000_000)
        .with_window(500_000_000, HOUR);
    let mut world = fixture::new();
    world.activate(fixture::key(), 6 * HOUR, with_gold(allowance));
    world.deposit<Gold>(5_000_000_000);
    world.sender(fixture::key());
    world
}

fun with_gold(allowance: Allowance): Grant {
    grant::new().allow_action(fixture::mine_action()).allow_coin<Gold>(allowance)
}

/// The guide's first minute: two items, and five times two.
fun after_a_minute(): World {
    let mut world = shopper();
    world.buy<Gold>(2 * ITEM);
    assert_eq!(world.left(), 1_920_000_000);
    world.advance(60_000);
    5u64.do!(|_| world.buy<Gold>(2 * ITEM));
    world
}

use fun left as World.left;

/// What is left of the allowance's total.
fun left(world: &World): u64 {
    world.status().allowances()[0].remaining()
}

#[test, expected_failure(abort_code = allowance::EMaxPerCallExceeded)]
fun b9_the_guides_third_item_is_too_much_for_one_call() {
    let mut world = shopper();
    world.buy<Gold>(2 * ITEM);
    world.buy<Gold>(3 * ITEM);
    abort
}

#[test, expected_failure(abort_code = allowance::EWindowExceeded)]
fun b9_the_guides_window_is_used_up_within_the_hour() {
    let mut world = after_a_minute();
    assert_eq!(world.status().allowances()[0].available(), 20_000_000);
    world.advance(60_000);
    world.buy<Gold>(ITEM);
    abort
}

#[test]
fun b9_the_guides_window_is_full_again_after_an_hour() {
    let mut world = after_a_minute();
    world.set_time(fixture::now() + HOUR);
    world.buy<Gold>(ITEM);
    assert_eq!(world.left(), 1_480_000_000);
    world.end();
}

#[test, expected_failure(abort_code = allowance::ETotalExceeded)]
fun b9_the_guides_total_ends_it_whatever_the_window_and_the_purse_hold() {
    let mut world = after_a_minute();
    world.set_time(fixture::now() + HOUR);
    world.buy<Gold>(ITEM);
    4u64.do!(|_| world.buy<Gold>(100_000_000));
    2u64.do!(|_| {
        world.advance(HOUR);
        5u64.do!(|_| world.buy<Gold>(100_000_000));
    });
    world.advance(HOUR);
    world.buy<Gold>(80_000_000);
    assert_eq!(world.left(), 0);
    assert_eq!(world.purse<Gold>(), 3_000_000_000);
    world.buy<Gold>(1);
    abort
}

// === What a session can cost ===

/// 50 a call and 200 an hour of `total`, in a session of `hours` that has just begun.
fun loss(total: u64, hours: u64, max_calls: Option<u64>): u64 {
    let allowance = allowance::new(total).with_max_per_call(50).with_window(200, HOUR);
    let mut grant = with_gold(allowance);
    max_calls.do!(|calls| grant = grant.with_max_calls(calls));
    let mut world = fixture::new();
    world.activate(fixture::key(), hours * HOUR, grant);
    let loss = world.max_loss().coins()[0].amount();
    world.end();
    loss
}

#[test]
fun b16_the_guides_ten_calls_cost_500_at_most() {
    assert_eq!(loss(1_000, 24, option::some(10)), 500);
}

#[test]
fun b16_the_guides_two_hours_cost_400_at_most() {
    assert_eq!(loss(1_000, 2, option::none()), 400);
}

#[test]
fun b16_the_guides_windows_of_a_day_would_let_4_800_through() {
    assert_eq!(loss(10_000, 24, option::none()), 4_800);
}

// === Debt ===

fun step(world: &mut World, times: u64) {
    let auth = world.authorize(fixture::step_action());
    let hero = Hero { a: 1, b: 2, c: 3, d: 4 };
    times.do!(|_| world.storage_mut().set(&auth, HeroKey(), hero));
}

#[test]
fun c1_the_guides_step_is_charged_1_290_mist() {
    assert_eq!(fees::new(1_000, 10).charge(29), 1_290);
    let mut world = fixture::new();
    step(&mut world, 1);
    assert_eq!(world.storage().byte_count(), 29);
    assert_eq!(world.storage().unsettled_charge(), 1_290);
    world.end();
}

#[test, expected_failure(abort_code = grant::ESessionDebtCeiling)]
fun c2_the_guides_session_steps_775_times_and_no_more() {
    let grant = grant::all_session_actions().with_max_debt(1_000_000);
    let mut world = fixture::with_grant(grant);
    step(&mut world, 775);
    assert_eq!(world.storage().session().borrow().debt(), 999_750);
    // However much was settled meanwhile.
    world.recharge(999_750);
    world.settle_writes();
    step(&mut world, 1);
    abort
}

#[test, expected_failure(abort_code = user_storage::EUnsettledCeiling)]
fun c2_the_guides_player_never_owes_more_than_1_290_000_mist() {
    let mut world = fixture::new();
    step(&mut world, 1_000);
    assert_eq!(world.storage().unsettled_charge(), 1_290_000);
    step(&mut world, 1);
    abort
}

#[test]
fun c3_the_guides_ten_writes_are_settled_in_part() {
    let mut world = fixture::new();
    step(&mut world, 10);
    assert_eq!(world.storage().unsettled_charge(), 12_900);
    world.recharge(5_000);
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 7_900);
    assert_eq!(world.storage().unsettled_writes(), 7);
    world.end();
}
