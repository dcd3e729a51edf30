/// Global records of a dApp (rows A3, C9).
#[test_only]
module valet::global_record_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    dapp_storage::{Self, GlobalRecordRemoved, GlobalRecordSet},
    fixture::{Self, Game, Score, ScoreKey},
    record
};

#[test]
fun a3_global_records_are_set_changed_read_and_removed() {
    let mut world = fixture::new();
    world.recharge(100_000);
    world.write_global(1);
    assert!(world.dapp_storage().contains(fixture::score_key(0)));
    assert!(!world.dapp_storage().contains(fixture::score_key(1)));
    assert_eq!(*world.dapp_storage().borrow(fixture::score_key(0)), fixture::score(1));

    let auth = world.authorize_global();
    world
        .dapp_storage_mut()
        .update!(&auth, fixture::score_key(0), |score: &mut Score| score.add_points(4));
    assert_eq!(*world.dapp_storage().borrow(fixture::score_key(0)), fixture::score(5));
    let score: Score = world.dapp_storage_mut().remove(&auth, fixture::score_key(0));
    assert_eq!(score, fixture::score(5));
    assert!(!world.dapp_storage().contains(fixture::score_key(0)));
    world.end();
}

#[test]
fun c9_global_writes_are_charged_at_once() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.write_global(1);
    let auth = world.authorize_global();
    let _: Score = world.dapp_storage_mut().remove(&auth, fixture::score_key(0));

    let dapp_storage = world.dapp_storage();
    assert_eq!(dapp_storage.credit(), 10_000 - 1_160 - 1_080);
    assert_eq!(dapp_storage.settled(), 1_160 + 1_080);
    assert_eq!(dapp_storage.write_count(), 2);
    assert_eq!(dapp_storage.byte_count(), 16 + 8);
    // No user owes for them.
    assert_eq!(world.storage().unsettled_charge(), 0);
    assert_eq!(world.storage().write_count(), 0);
    world.end();
}

#[test]
fun c9_a5_a_global_change_in_place_is_charged_and_announced_as_it_is_now() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.write_global(1);
    world.sender(fixture::stranger());
    let auth = world.authorize_global();
    world
        .dapp_storage_mut()
        .update!(&auth, fixture::score_key(0), |score: &mut Score| score.add_points(4));
    let dapp_storage = world.dapp_storage();
    assert_eq!(dapp_storage.credit(), 10_000 - 1_160 - 1_160);
    assert_eq!(dapp_storage.settled(), 1_160 + 1_160);
    assert_eq!(dapp_storage.write_count(), 2);
    assert_eq!(dapp_storage.byte_count(), 16 + 16);
    assert_eq!(
        event::events_by_type<GlobalRecordSet<Game, ScoreKey, Score>>(),
        vector[
            dapp_storage::global_record_set_for_testing(
                object::id(dapp_storage),
                fixture::score_key(0),
                fixture::score(5),
                fixture::stranger(),
                0,
                1_160,
            ),
        ],
    );
    world.end();
}

#[test]
fun c9_global_writes_use_free_credit_first() {
    let mut world = fixture::new();
    world.grant_free_credit(1_000);
    world.recharge(10_000);
    world.sender(fixture::owner());
    world.write_global(7);
    assert_eq!(world.free_credit(), 0);
    assert_eq!(world.dapp_storage().credit(), 9_840);
    assert_eq!(world.dapp_storage().settled(), 160);
    assert_eq!(
        event::events_by_type<GlobalRecordSet<Game, ScoreKey, Score>>(),
        vector[
            dapp_storage::global_record_set_for_testing(
                object::id(world.dapp_storage()),
                fixture::score_key(0),
                fixture::score(7),
                fixture::owner(),
                1_000,
                160,
            ),
        ],
    );
    world.end();
}

#[test]
fun a5_a_global_removal_is_announced() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.write_global(7);
    world.sender(fixture::stranger());
    let auth = world.authorize_global();
    let _: Score = world.dapp_storage_mut().remove(&auth, fixture::score_key(0));
    assert_eq!(
        event::events_by_type<GlobalRecordRemoved<Game, ScoreKey, Score>>(),
        vector[
            dapp_storage::global_record_removed_for_testing(
                object::id(world.dapp_storage()),
                fixture::score_key(0),
                fixture::stranger(),
                0,
                1_080,
            ),
        ],
    );
    world.end();
}

#[test]
fun c9_the_last_credit_pays_a_global_write_to_the_mist() {
    let mut world = fixture::new();
    world.recharge(1_160);
    world.write_global(1);
    assert_eq!(world.dapp_storage().credit(), 0);
    world.end();
}

#[test, expected_failure(abort_code = dapp_storage::ECreditTooLow)]
fun c9_a_global_write_that_the_credit_does_not_cover_is_refused() {
    let mut world = fixture::new();
    world.recharge(1_159);
    world.write_global(1);
    abort
}

#[test]
fun c9_a_dapp_that_pays_nothing_writes_globally_without_credit() {
    let mut world = fixture::new();
    world.lower_fees(0, 0);
    world.write_global(1);
    assert_eq!(*world.dapp_storage().borrow(fixture::score_key(0)), fixture::score(1));
    world.end();
}

#[test, expected_failure(abort_code = record::ERecordNotFound)]
fun a3_borrowing_a_global_record_that_is_not_there_is_refused() {
    let world = fixture::new();
    let _: &Score = world.dapp_storage().borrow(fixture::score_key(0));
    abort
}

#[test, expected_failure(abort_code = record::EWrongRecordType)]
fun a3_a_global_record_keeps_its_type() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.write_global(1);
    let auth = world.authorize_global();
    world.dapp_storage_mut().set(&auth, fixture::score_key(0), 1u64);
    abort
}

#[test, expected_failure(abort_code = record::EWrongChange)]
fun a3_a_global_change_cannot_be_committed_as_a_users() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.write_global(1);
    let global = world.authorize_global();
    let auth = world.authorize(fixture::step_action());
    let (_, change) = world
        .dapp_storage_mut()
        .borrow_mut<_, _, Score>(&global, fixture::score_key(0));
    world.storage_mut().commit(&auth, change);
    abort
}
