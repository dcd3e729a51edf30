/// Event-only records (row A4).
#[test_only]
module valet::event_record_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    dapp_storage::{Self, GlobalRecordEmitted},
    fixture::{Self, Game, Score, ScoreKey, World},
    grant,
    user_storage::{Self, RecordEmitted}
};

use fun emit as World.emit;

fun emit(world: &mut World, points: u64) {
    let auth = world.authorize(fixture::step_action());
    world.storage_mut().emit_record(&auth, fixture::score_key(0), fixture::score(points));
}

#[test]
fun a4_an_event_only_record_is_announced_and_not_stored() {
    let mut world = fixture::with_session();
    world.emit(7);
    assert!(!world.storage().contains(fixture::score_key(0)));
    assert_eq!(
        event::events_by_type<RecordEmitted<Game, ScoreKey, Score>>(),
        vector[
            user_storage::record_emitted_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::score_key(0),
                fixture::score(7),
                true,
                1_160,
            ),
        ],
    );
    world.end();
}

#[test]
fun a4_an_event_only_record_is_counted_and_priced_as_a_stored_one() {
    let mut world = fixture::new();
    world.emit(7);
    let storage = world.storage();
    assert_eq!(storage.write_count(), 1);
    assert_eq!(storage.byte_count(), 16);
    assert_eq!(storage.unsettled_writes(), 1);
    assert_eq!(storage.unsettled_charge(), 1_160);
    world.end();
}

#[test]
fun a4_an_event_only_record_leaves_the_stored_one_under_its_key_alone() {
    let mut world = fixture::new();
    world.write(1);
    world.emit(7);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    // Whatever its type.
    let auth = world.authorize(fixture::step_action());
    world.storage_mut().emit_record(&auth, fixture::score_key(0), true);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    world.end();
}

#[test, expected_failure(abort_code = user_storage::EUnsettledCeiling)]
fun a4_the_ceiling_holds_for_event_only_records() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1);
    world.emit(1);
    world.emit(2);
    abort
}

#[test, expected_failure(abort_code = grant::ESessionDebtCeiling)]
fun a4_a_sessions_debt_ceiling_holds_for_event_only_records() {
    let mut world = fixture::with_grant(grant::all_session_actions().with_max_debt(1_159));
    world.emit(1);
    abort
}

#[test, expected_failure(abort_code = user_storage::EWrongStorage)]
fun a4_an_authority_emits_for_its_own_storage_only() {
    let mut world = fixture::new();
    let auth = world.authorize(fixture::step_action());
    world.sender(fixture::stranger());
    let mut other = world.create_storage();
    other.emit_record(&auth, fixture::score_key(0), fixture::score(1));
    abort
}

#[test, expected_failure(abort_code = user_storage::ESessionEnded)]
fun a4_an_authority_of_an_ended_session_emits_nothing() {
    let mut world = fixture::with_session();
    let auth = world.authorize(fixture::step_action());
    world.deactivate_session();
    world.storage_mut().emit_record(&auth, fixture::score_key(0), fixture::score(1));
    abort
}

#[test]
fun a4_a_global_event_only_record_is_charged_at_once() {
    let mut world = fixture::new();
    world.grant_free_credit(160);
    world.recharge(5_000);
    world.sender(fixture::stranger());
    let auth = world.authorize_global();
    world.dapp_storage_mut().emit_record(&auth, fixture::score_key(3), fixture::score(7));
    let dapp_storage = world.dapp_storage();
    assert!(!dapp_storage.contains(fixture::score_key(3)));
    assert_eq!(dapp_storage.credit(), 4_000);
    assert_eq!(dapp_storage.settled(), 1_000);
    assert_eq!(dapp_storage.write_count(), 1);
    assert_eq!(dapp_storage.byte_count(), 16);
    assert_eq!(
        event::events_by_type<GlobalRecordEmitted<Game, ScoreKey, Score>>(),
        vector[
            dapp_storage::global_record_emitted_for_testing(
                object::id(dapp_storage),
                fixture::score_key(3),
                fixture::score(7),
                fixture::stranger(),
                160,
                1_000,
            ),
        ],
    );
    world.end();
}

#[test, expected_failure(abort_code = dapp_storage::ECreditTooLow)]
fun a4_a_global_event_only_record_that_the_credit_does_not_cover_is_refused() {
    let mut world = fixture::new();
    world.recharge(1_159);
    let auth = world.authorize_global();
    world.dapp_storage_mut().emit_record(&auth, fixture::score_key(3), fixture::score(7));
    abort
}
