/// What a session can still do and cost, and for whom it stands (rows B5, B13, B16).
#[test_only]
module valet::status_tests;

use std::{type_name, unit_test::assert_eq};
use valet::{
    action_set,
    allowance,
    fixture::{Self, Gem, Gold, World},
    grant::{Self, Grant},
    session,
    session_status
};

fun assert_loss(world: &World, gold: u64, debt: Option<u64>) {
    let loss = world.max_loss();
    assert_eq!(loss.coins().length(), 1);
    assert_eq!(loss.coins()[0].coin_type(), type_name::with_defining_ids<Gold>());
    assert_eq!(loss.coins()[0].amount(), gold);
    assert_eq!(loss.debt(), debt);
}

// === B5 ===

#[test]
fun b5_a_session_key_stands_for_its_owner_and_no_other() {
    let world = fixture::with_session();
    let storage = world.storage();
    let now = fixture::now();
    assert!(session::is_valid_for(storage, fixture::key(), fixture::owner(), now));
    assert!(!session::is_valid_for(storage, fixture::key(), fixture::stranger(), now));
    assert!(!session::is_valid_for(storage, fixture::key(), fixture::key(), now));
    assert!(!session::is_valid_for(storage, fixture::key(), @0x0, now));
    world.end();
}

#[test]
fun b5_another_key_stands_for_nobody() {
    let world = fixture::with_session();
    let storage = world.storage();
    let now = fixture::now();
    assert!(!session::is_valid_for(storage, fixture::other_key(), fixture::owner(), now));
    assert!(!session::is_valid_for(storage, fixture::owner(), fixture::owner(), now));
    assert!(!session::is_valid_for(storage, fixture::owner(), fixture::key(), now));
    world.end();
}

#[test]
fun b5_a_key_stands_for_its_owner_until_the_millisecond_before_its_expiry() {
    let world = fixture::with_session();
    let storage = world.storage();
    assert!(session::is_valid_for(storage, fixture::key(), fixture::owner(), 1_000_059_999));
    assert!(!session::is_valid_for(storage, fixture::key(), fixture::owner(), 1_000_060_000));
    assert!(!session::is_valid_for(storage, fixture::key(), fixture::owner(), 1_000_060_001));
    world.end();
}

#[test]
fun b5_a_revoked_key_stands_for_nobody() {
    let mut world = fixture::with_session();
    world.deactivate_session();
    let now = fixture::now();
    assert!(!session::is_valid_for(world.storage(), fixture::key(), fixture::owner(), now));
    world.end();
}

// === B13 ===

#[test]
fun b13_without_a_session_there_is_no_status() {
    let world = fixture::new();
    assert!(session_status::status(world.storage(), fixture::now()).is_none());
    world.end();
}

#[test]
fun b13_a_plain_session_has_no_limits_to_report() {
    let world = fixture::with_session();
    let status = world.status();
    assert_eq!(status.wallet(), fixture::key());
    assert_eq!(status.generation(), 1);
    assert!(status.is_active());
    assert_eq!(status.expires_at_ms(), 1_000_060_000);
    assert_eq!(status.actions(), option::none());
    assert_eq!(status.remaining_calls(), option::none());
    assert_eq!(status.calls_now(), option::none());
    assert!(status.allowances().is_empty());
    assert_eq!(status.remaining_renewals(), option::none());
    assert_eq!(status.debt(), 0);
    assert_eq!(status.remaining_debt(), option::none());
    world.end();
}

#[test]
fun b13_every_limit_is_in_one_status() {
    let grant = grant::new()
        .allow_action(fixture::step_action())
        .allow_action(fixture::mine_action())
        .with_max_calls(10)
        .with_rate_limit(5, 2, 1_000)
        .with_max_debt(5_000)
        .with_renewals(4, 1_000_300_000)
        .allow_coin<Gold>(allowance::new(100).with_max_per_call(20).with_window(50, 10_000))
        .allow_coin<Gem>(allowance::new(7));
    let mut world = fixture::with_grant(grant);
    world.deposit<Gold>(1_000);
    3u64.do!(|_| world.buy<Gold>(15));
    world.write(1);
    world.renew(fixture::key(), 60_000);

    let status = world.status();
    assert_eq!(
        status.actions(),
        option::some(
            action_set::from_actions(vector[fixture::step_action(), fixture::mine_action()]),
        ),
    );
    assert_eq!(status.remaining_calls(), option::some(6));
    assert_eq!(status.calls_now(), option::some(1));
    assert_eq!(status.remaining_renewals(), option::some(3));
    assert_eq!(status.debt(), 1_160);
    assert_eq!(status.remaining_debt(), option::some(3_840));
    assert_eq!(status.allowances().length(), 2);
    let gold = status.allowances()[0];
    assert_eq!(gold.coin_type(), type_name::with_defining_ids<Gold>());
    assert_eq!(gold.remaining(), 55);
    assert_eq!(gold.available(), 5);
    let gem = status.allowances()[1];
    assert_eq!(gem.coin_type(), type_name::with_defining_ids<Gem>());
    assert_eq!(gem.remaining(), 7);
    assert_eq!(gem.available(), 7);

    world.advance(10_000);
    assert_eq!(world.status().calls_now(), option::some(5));
    assert_eq!(world.status().allowances()[0].available(), 20);
    world.end();
}

#[test]
fun b13_an_expired_session_is_not_active() {
    let mut world = fixture::with_session();
    world.set_time(1_000_059_999);
    assert!(world.status().is_active());
    world.set_time(1_000_060_000);
    assert!(!world.status().is_active());
    world.end();
}

// === B16 ===

#[test]
fun b16_a_plain_session_costs_no_coin_and_unbounded_debt() {
    let world = fixture::with_session();
    assert!(world.max_loss().coins().is_empty());
    assert_eq!(world.max_loss().debt(), option::none());
    world.end();
}

#[test]
fun b16_without_a_live_session_nothing_can_be_lost() {
    let grant = grant::all_session_actions().allow_coin<Gold>(allowance::new(100));
    let mut world = fixture::new();
    assert!(world.max_loss().coins().is_empty());
    assert_eq!(world.max_loss().debt(), option::some(0));
    world.activate(fixture::key(), 60_000, grant);
    world.set_time(1_000_059_999);
    assert_loss(&world, 100, option::none());
    world.set_time(1_000_060_000);
    assert!(world.max_loss().coins().is_empty());
    assert_eq!(world.max_loss().debt(), option::some(0));
    world.end();
}

#[test]
fun b16_debt_is_bounded_by_what_is_left_of_its_ceiling() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(5_000));
    assert_eq!(world.max_loss().debt(), option::some(5_000));
    world.write(1);
    assert_eq!(world.max_loss().debt(), option::some(3_840));
    world.end();
}

#[test]
fun b16_a_coin_is_bounded_by_what_is_left_of_its_total() {
    let grant = grant::all_session_actions().allow_coin<Gold>(allowance::new(100));
    let mut world = fixture::with_grant(grant);
    world.deposit<Gold>(1_000);
    world.buy<Gold>(30);
    assert_loss(&world, 70, option::none());
    world.end();
}

#[test]
fun b16_a_coin_is_bounded_by_its_windows_until_the_expiry() {
    // 10 at first and after 20,000 and 40,000 ms; the session ends before the fourth.
    let grant = grant::all_session_actions().allow_coin<Gold>(allowance::new(100).with_window(
        10,
        20_000,
    ));
    let mut world = fixture::with_grant(grant);
    assert_loss(&world, 30, option::none());
    world.advance(20_000);
    assert_loss(&world, 20, option::none());
    world.advance(39_999);
    assert_loss(&world, 10, option::none());
    world.end();
}

#[test]
fun b16_a_coin_is_bounded_by_the_calls_left() {
    let grant = grant::all_session_actions()
        .with_max_calls(3)
        .allow_coin<Gold>(allowance::new(100).with_max_per_call(10));
    let mut world = fixture::with_grant(grant);
    assert_loss(&world, 30, option::none());
    world.authorize(fixture::step_action());
    assert_loss(&world, 20, option::none());
    world.end();
}

#[test]
fun b16_a_coin_is_bounded_by_the_calls_that_the_rate_limit_will_let_through() {
    // 2 calls at first, 1 more after 30,000 ms.
    let grant = grant::all_session_actions()
        .with_max_calls(50)
        .with_rate_limit(2, 1, 30_000)
        .allow_coin<Gold>(allowance::new(100).with_max_per_call(10));
    let world = fixture::with_grant(grant);
    assert_loss(&world, 30, option::none());
    world.end();
}

#[test]
fun b16_renewals_to_come_count() {
    let grant = grant::all_session_actions()
        .with_renewals(1, 1_000_100_000)
        .allow_coin<Gold>(allowance::new(100).with_window(10, 20_000));
    let mut world = fixture::with_grant(grant);
    assert_loss(&world, 50, option::none());
    world.renew(fixture::key(), 60_000);
    // No renewal is left, so the session ends in a minute.
    assert_loss(&world, 30, option::none());
    world.end();
}

#[test]
fun b16_the_largest_numbers_do_not_wrap() {
    let max = std::u64::max_value!();
    let grant = grant::all_session_actions()
        .with_max_calls(max)
        .with_rate_limit(max, max, 1)
        .with_renewals(max, 1_000_060_000)
        .allow_coin<Gold>(allowance::new(max).with_max_per_call(max).with_window(max, 1));
    let world = fixture::with_grant(grant);
    assert_loss(&world, max, option::none());
    world.end();
}

#[test]
fun b16_a_rate_that_outruns_every_number_does_not_wrap() {
    let max = std::u64::max_value!();
    let grant = grant::all_session_actions()
        .with_rate_limit(max, max, 1)
        .allow_coin<Gold>(allowance::new(100).with_max_per_call(max));
    let world = fixture::with_grant(grant);
    assert_loss(&world, 100, option::none());
    world.end();
}

/// A session that draws all it can whenever it can, and renews itself as often and as late as it can,
/// never takes more than `max_loss` said at any moment before; and is never refused what its status
/// said it could have.
#[random_test]
fun b16_adversarial_play_never_costs_more_than_max_loss(
    max_calls: u8,
    capacity: u8,
    total: u16,
    per_call: u8,
    window: u8,
    interval: u16,
    script: vector<u8>,
) {
    let interval = (interval as u64) + 1;
    let mut grant: Grant = grant::all_session_actions()
        .with_max_calls((max_calls as u64) + 1)
        .with_max_debt(total as u64)
        .with_renewals(3, 1_000_240_000)
        .allow_coin<Gold>(allowance::new((total as u64) + 1)
            .with_max_per_call((per_call as u64) + 1)
            .with_window((window as u64) + 1, interval));
    if (capacity % 2 == 0) grant = grant.with_rate_limit((capacity as u64) + 1, 1, interval);
    let mut world = fixture::with_grant(grant);
    world.deposit<Gold>(1_000_000);

    let bound = world.max_loss().coins()[0].amount();
    let mut drawn = 0;
    script.do!(|step| {
        if (!world.status().is_active()) return;
        if (step % 8 == 7 && world.status().remaining_renewals() != option::some(0)) {
            let left = 1_000_240_000 - world.clock().timestamp_ms();
            if (left >= 60_000) world.renew(fixture::key(), 60_000);
        };
        let status = world.status();
        let may_call =
            status.remaining_calls() != option::some(0) && status.calls_now() != option::some(0);
        let amount = status.allowances()[0].available();
        if (may_call && amount > 0) {
            let left = world.max_loss().coins()[0].amount();
            assert!(amount <= left);
            world.buy<Gold>(amount);
            drawn = drawn + amount;
            assert!(drawn <= bound);
            assert!(world.max_loss().coins()[0].amount() <= left - amount);
        };
        world.advance((step as u64) * 97);
    });
    assert_eq!(1_000_000 - world.purse<Gold>(), drawn);
    world.end();
}
