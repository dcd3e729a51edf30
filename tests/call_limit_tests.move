/// How many authorizations a session gets, and how fast (rows B7, B8; threats 7, 8, 9, 15, 27).
#[test_only]
module valet::call_limit_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    fixture::{Self, Game, World},
    grant::{Self, Grant},
    rate_limit,
    session::{Self, CallCounted}
};

fun calls(max: u64): Grant {
    grant::all_session_actions().with_max_calls(max)
}

/// 3 at once, 2 more each second.
fun rate(): Grant {
    grant::all_session_actions().with_rate_limit(3, 2, 1_000)
}

fun act(world: &mut World, times: u64) {
    times.do!(|_| {
        world.authorize(fixture::step_action());
    });
}

// === B7: how many ===

#[test]
fun b7_an_authorization_uses_up_one_call() {
    let mut world = fixture::with_grant(calls(3));
    assert_eq!(world.storage().session().borrow().remaining_calls(), option::some(3));
    act(&mut world, 2);
    assert_eq!(world.storage().session().borrow().remaining_calls(), option::some(1));
    world.end();
}

#[test]
fun b7_a_session_uses_its_last_call() {
    let mut world = fixture::with_grant(calls(1));
    act(&mut world, 1);
    assert_eq!(world.storage().session().borrow().remaining_calls(), option::some(0));
    world.end();
}

#[test, expected_failure(abort_code = grant::ECallBudgetExhausted)]
fun b7_a_session_is_refused_after_its_last_call() {
    let mut world = fixture::with_grant(calls(2));
    act(&mut world, 3);
    abort
}

#[test]
fun b7_writes_under_one_authorization_are_one_call() {
    let mut world = fixture::with_grant(calls(1));
    let auth = world.authorize(fixture::step_action());
    5u64.do!(|n| world.storage_mut().set(&auth, fixture::score_key(n), fixture::score(n)));
    assert_eq!(world.storage().write_count(), 5);
    assert_eq!(world.storage().session().borrow().remaining_calls(), option::some(0));
    world.end();
}

#[test]
fun b7_calls_count_across_transactions() {
    let mut world = fixture::with_grant(calls(2));
    act(&mut world, 1);
    world.sender(fixture::key());
    act(&mut world, 1);
    assert_eq!(world.storage().session().borrow().remaining_calls(), option::some(0));
    world.end();
}

#[test]
fun b7_what_the_owner_does_uses_up_none() {
    let mut world = fixture::with_grant(calls(1));
    world.sender(fixture::owner());
    act(&mut world, 3);
    assert_eq!(world.storage().session().borrow().remaining_calls(), option::some(1));
    assert!(event::events_by_type<CallCounted<Game>>().is_empty());
    world.end();
}

#[test]
fun b7_a_session_without_a_budget_counts_nothing_and_says_nothing() {
    let mut world = fixture::with_session();
    let before = *world.storage().session();
    act(&mut world, 3);
    assert_eq!(*world.storage().session(), before);
    assert_eq!(before.borrow().remaining_calls(), option::none());
    assert_eq!(before.borrow().bucket(), option::none());
    assert_eq!(before.borrow().remaining_renewals(), option::none());
    assert!(before.borrow().remainders().is_empty());
    assert!(event::events_by_type<CallCounted<Game>>().is_empty());
    world.end();
}

#[test]
fun b7_a_counted_call_announces_what_is_left() {
    let mut world = fixture::with_grant(calls(5).with_rate_limit(3, 2, 1_000));
    world.advance(1_500);
    act(&mut world, 1);
    assert_eq!(
        event::events_by_type<CallCounted<Game>>(),
        vector[
            session::call_counted_for_testing(
                world.storage_id(),
                fixture::owner(),
                1,
                fixture::step_action(),
                option::some(4),
                option::some(rate_limit::bucket_for_testing(2, 1_000_001_000)),
            ),
        ],
    );
    world.end();
}

#[test]
fun b7_a_call_budget_alone_is_announced() {
    let mut world = fixture::with_grant(calls(5));
    act(&mut world, 1);
    assert_eq!(
        event::events_by_type<CallCounted<Game>>(),
        vector[
            session::call_counted_for_testing(
                world.storage_id(),
                fixture::owner(),
                1,
                fixture::step_action(),
                option::some(4),
                option::none(),
            ),
        ],
    );
    world.end();
}

#[test]
fun b8_a_rate_limit_alone_is_announced() {
    let mut world = fixture::with_grant(rate());
    act(&mut world, 1);
    assert_eq!(
        event::events_by_type<CallCounted<Game>>(),
        vector[
            session::call_counted_for_testing(
                world.storage_id(),
                fixture::owner(),
                1,
                fixture::step_action(),
                option::none(),
                option::some(rate_limit::bucket_for_testing(2, 1_000_000_000)),
            ),
        ],
    );
    world.end();
}

#[test]
fun t9_a_counter_is_persisted_on_success() {
    let mut world = fixture::with_grant(calls(9).with_rate_limit(3, 2, 1_000));
    act(&mut world, 2);
    world.sender(fixture::stranger());
    let session = world.storage().session().borrow();
    assert_eq!(session.remaining_calls(), option::some(7));
    assert_eq!(session.bucket(), option::some(rate_limit::bucket_for_testing(1, 1_000_000_000)));
    world.end();
}

#[test, expected_failure(abort_code = session::EActionNotGranted)]
fun t9_a_refusal_for_another_reason_comes_before_the_counter() {
    let grant = grant::new().allow_action(fixture::mine_action()).with_max_calls(1);
    let mut world = fixture::with_grant(grant);
    world.authorize(fixture::mine_action());
    // No call is left, and yet the reason is the action: the counter is looked at last.
    world.authorize(fixture::step_action());
    abort
}

#[test]
fun t7_a_key_granted_again_gets_its_new_budget_and_nothing_of_the_old() {
    let mut world = fixture::with_grant(calls(10).with_rate_limit(10, 1, 1_000));
    act(&mut world, 1);
    world.sender(fixture::owner());
    world.deactivate_session();
    world.activate(fixture::key(), 60_000, calls(2));
    let session = world.storage().session().borrow();
    assert_eq!(session.generation(), 2);
    assert_eq!(session.remaining_calls(), option::some(2));
    assert_eq!(session.bucket(), option::none());
    world.end();
}

#[test, expected_failure(abort_code = grant::ECallBudgetExhausted)]
fun t7_what_was_left_of_a_revoked_budget_does_not_revive() {
    let mut world = fixture::with_grant(calls(10));
    world.sender(fixture::owner());
    world.deactivate_session();
    world.activate(fixture::key(), 60_000, calls(1));
    world.sender(fixture::key());
    act(&mut world, 2);
    abort
}

#[test]
fun t15_the_largest_budget_is_a_number_like_any_other() {
    let max = std::u64::max_value!();
    let mut world = fixture::with_grant(calls(max).with_rate_limit(max, max, max));
    act(&mut world, 1);
    let session = world.storage().session().borrow();
    assert_eq!(session.remaining_calls(), option::some(max - 1));
    assert_eq!(session.bucket().borrow().tokens(), max - 1);
    world.end();
}

// === B8: how fast ===

#[test]
fun b8_a_session_acts_up_to_its_capacity_at_once() {
    let mut world = fixture::with_grant(rate());
    act(&mut world, 3);
    assert_eq!(world.status().calls_now(), option::some(0));
    world.end();
}

#[test, expected_failure(abort_code = grant::ERateLimited)]
fun b8_a_session_is_refused_beyond_its_capacity() {
    let mut world = fixture::with_grant(rate());
    act(&mut world, 4);
    abort
}

#[test, expected_failure(abort_code = grant::ERateLimited)]
fun b8_nothing_comes_back_before_the_interval_is_over() {
    let mut world = fixture::with_grant(rate());
    act(&mut world, 3);
    world.advance(999);
    act(&mut world, 1);
    abort
}

#[test]
fun b8_the_refill_comes_with_the_interval() {
    let mut world = fixture::with_grant(rate());
    act(&mut world, 3);
    world.advance(1_000);
    act(&mut world, 2);
    assert_eq!(world.status().calls_now(), option::some(0));
    world.end();
}

#[test, expected_failure(abort_code = grant::ERateLimited)]
fun t27_the_window_boundary_gives_the_refill_and_no_more() {
    let mut world = fixture::with_grant(rate());
    world.advance(999);
    act(&mut world, 3);
    world.advance(1);
    act(&mut world, 3);
    abort
}

#[test]
fun t27_a_long_rest_fills_to_the_capacity() {
    let mut world = fixture::with_grant(rate());
    act(&mut world, 3);
    world.advance(59_999);
    assert_eq!(world.status().calls_now(), option::some(3));
    world.end();
}

#[test, expected_failure(abort_code = grant::ERateLimited)]
fun t27_a_long_rest_does_not_fill_beyond_the_capacity() {
    let mut world = fixture::with_grant(rate());
    world.advance(59_999);
    act(&mut world, 4);
    abort
}

#[test]
fun t27_frequent_use_neither_mints_nor_loses_by_rounding() {
    // 1 per 1,000 ms, asked for every 7 ms until 9,996 ms: the one it began with, and 9 that came back.
    let limit = rate_limit::new(1, 1, 1_000);
    let mut bucket = limit.new_bucket(0);
    let mut taken = 0;
    let mut now = 0;
    while (now <= 10_000) {
        if (limit.take(&mut bucket, 1, now)) taken = taken + 1;
        now = now + 7;
    };
    assert_eq!(taken, 10u64);
}

#[test]
fun t9_a_refused_take_changes_nothing() {
    let limit = rate_limit::new(5, 1, 1_000);
    let mut bucket = limit.new_bucket(0);
    assert!(limit.take(&mut bucket, 4, 0));
    let before = bucket;
    assert!(!limit.take(&mut bucket, 3, 1_999));
    assert_eq!(bucket, before);
    assert!(limit.take(&mut bucket, 2, 1_999));
}

#[test]
fun t27_the_largest_numbers_do_not_wrap() {
    let max = std::u64::max_value!();
    let limit = rate_limit::new(max, max, 1);
    let mut bucket = limit.new_bucket(0);
    assert!(limit.take(&mut bucket, max, 0));
    assert_eq!(limit.available(&bucket, max), max);
    assert_eq!(bucket.tokens(), 0);
    assert_eq!(bucket.interval_start_ms(), 0);
    assert!(limit.take(&mut bucket, max, max));
    assert_eq!(bucket.interval_start_ms(), max);
}

#[test]
fun b16_what_a_bucket_can_ever_give_is_what_it_holds_and_what_comes_back_in_time() {
    let limit = rate_limit::new(5, 2, 10);
    let mut bucket = limit.new_bucket(100);
    assert!(limit.take(&mut bucket, 4, 100));
    // 1 now, 2 at 110 and 2 at 120.
    assert_eq!(limit.most_until(&bucket, 100, 121), 5);
    assert_eq!(limit.most_until(&bucket, 100, 120), 3);
    assert_eq!(limit.most_until(&bucket, 119, 120), 3);
    assert_eq!(limit.most_until(&bucket, 120, 120), 0);
    assert_eq!(limit.most_until(&bucket, 121, 120), 0);
}

#[test]
fun b16_a_refill_above_the_capacity_counts_as_the_capacity() {
    let limit = rate_limit::new(2, 100, 10);
    let bucket = limit.new_bucket(0);
    assert_eq!(limit.most_until(&bucket, 0, 31), 8);
}

#[test]
fun b8_a_moment_before_the_bucket_sees_it_as_it_is() {
    let limit = rate_limit::new(5, 1, 10);
    let bucket = limit.new_bucket(1_000);
    assert_eq!(limit.available(&bucket, 0), 5);
}

/// Whoever takes as much as there is, whenever it likes, never gets more than `capacity + refill` within
/// one interval, nor more than a capacity and the refills of the intervals in all.
#[random_test]
fun t27_in_every_interval_at_most_capacity_and_refill(
    capacity: u8,
    refill: u8,
    interval: u8,
    steps: vector<u8>,
) {
    let capacity = (capacity as u64) + 1;
    let refill = (refill as u64) + 1;
    let interval = (interval as u64) + 1;
    let limit = rate_limit::new(capacity, refill, interval);
    let mut bucket = limit.new_bucket(0);
    let mut now = 0;
    let mut times = vector[];
    let mut taken = vector[];
    let mut total = 0;
    steps.do!(|step| {
        now = now + (step as u64) % 64;
        // Leaves some at odd steps.
        let amount = limit.available(&bucket, now) / (1 + (step as u64) % 2);
        if (amount > 0) {
            assert!(!limit.take(&mut bucket, capacity + 1, now));
            assert!(limit.take(&mut bucket, amount, now));
            times.push_back(now);
            taken.push_back(amount);
            total = total + amount;
        };
    });
    assert!(total <= capacity + refill * (now / interval));
    times.length().do!(|first| {
        let mut within = 0;
        let mut last = first;
        while (last < times.length() && times[last] < times[first] + interval) {
            within = within + taken[last];
            last = last + 1;
        };
        assert!(within <= capacity + refill);
    });
}
