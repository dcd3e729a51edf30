/// Records of a user (rows A3, A5; threats 19, 20).
#[test_only]
module valet::record_tests;

use std::unit_test::{assert_eq, destroy};
use sui::event;
use valet::{
    fixture::{Self, Game, Score, ScoreKey},
    record,
    user_storage::{Self, RecordRemoved, RecordSet}
};

#[test]
fun a3_set_creates_and_overwrites_one_record() {
    let mut world = fixture::new();
    assert!(!world.storage().contains(fixture::score_key(0)));
    world.write(1);
    assert!(world.storage().contains(fixture::score_key(0)));
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    world.write(2);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(2));
    assert!(!world.storage().contains(fixture::score_key(1)));
    world.end();
}

#[test]
fun a3_a_borrowed_record_is_changed_in_place() {
    let mut world = fixture::new();
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    let (score, change) = world.storage_mut().borrow_mut<_, _, Score>(&auth, fixture::score_key(0));
    assert_eq!(score.points(), 1);
    score.add_points(4);
    assert_eq!(change.key(), fixture::score_key(0));
    world.storage_mut().commit(&auth, change);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(5));
    world.end();
}

#[test]
fun a3_update_changes_in_place_and_counts_one_write() {
    let mut world = fixture::new();
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    world
        .storage_mut()
        .update!(&auth, fixture::score_key(0), |score: &mut Score| score.add_points(4));
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(5));
    assert_eq!(world.storage().write_count(), 2);
    world.end();
}

#[test]
fun a3_a_removed_record_is_returned_and_gone() {
    let mut world = fixture::new();
    world.write(9);
    let auth = world.authorize(fixture::step_action());
    let score: Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    assert_eq!(score, fixture::score(9));
    assert!(!world.storage().contains(fixture::score_key(0)));
    world.end();
}

#[test]
fun a3_keys_of_equal_bytes_and_different_types_name_different_records() {
    let mut world = fixture::new();
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    world.storage_mut().set(&auth, 0u64, fixture::score(2));
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    assert_eq!(*world.storage().borrow(0u64), fixture::score(2));
    world.end();
}

#[test]
fun a3_a_record_changes_its_type_after_it_was_removed() {
    let mut world = fixture::new();
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    let _: Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    world.storage_mut().set(&auth, fixture::score_key(0), true);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), true);
    world.end();
}

#[test, expected_failure(abort_code = record::ERecordNotFound)]
fun a3_borrowing_what_is_not_there_is_refused() {
    let world = fixture::new();
    let _: &Score = world.storage().borrow(fixture::score_key(0));
    abort
}

#[test, expected_failure(abort_code = record::ERecordNotFound)]
fun a3_changing_what_is_not_there_is_refused() {
    let mut world = fixture::new();
    let auth = world.authorize(fixture::step_action());
    world.storage_mut().update!(&auth, fixture::score_key(0), |_: &mut Score| ());
    abort
}

#[test, expected_failure(abort_code = record::ERecordNotFound)]
fun a3_removing_what_is_not_there_is_refused() {
    let mut world = fixture::new();
    let auth = world.authorize(fixture::step_action());
    let _: Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    abort
}

#[test, expected_failure(abort_code = record::EWrongRecordType)]
fun a3_setting_a_value_of_another_type_is_refused() {
    let mut world = fixture::new();
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    world.storage_mut().set(&auth, fixture::score_key(0), 1u64);
    abort
}

#[test, expected_failure(abort_code = record::EWrongRecordType)]
fun a3_borrowing_as_another_type_is_refused() {
    let mut world = fixture::new();
    world.write(1);
    let _: &u64 = world.storage().borrow(fixture::score_key(0));
    abort
}

#[test, expected_failure(abort_code = record::EWrongRecordType)]
fun a3_removing_as_another_type_is_refused() {
    let mut world = fixture::new();
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    let _: u64 = world.storage_mut().remove(&auth, fixture::score_key(0));
    abort
}

#[test, expected_failure(abort_code = record::EWrongChange)]
fun a3_a_change_cannot_be_committed_in_another_storage() {
    let mut world = fixture::new();
    world.write(1);
    let owners = world.authorize(fixture::step_action());
    let (score, change) = world
        .storage_mut()
        .borrow_mut<_, _, Score>(&owners, fixture::score_key(0));
    score.add_points(1);
    world.sender(fixture::stranger());
    let mut strangers = world.create_storage();
    let auth = world.authorize_on(&mut strangers);
    strangers.commit(&auth, change);
    abort
}

#[test, expected_failure(abort_code = record::EWrongChange)]
fun a3_a_users_change_cannot_be_committed_as_a_global_one() {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    let global = world.authorize_global();
    let (score, change) = world.storage_mut().borrow_mut<_, _, Score>(&auth, fixture::score_key(0));
    score.add_points(1);
    world.dapp_storage_mut().commit(&global, change);
    abort
}

#[test, expected_failure(abort_code = record::ERecordNotFound)]
fun a3_a_change_cannot_outlive_its_record() {
    let mut world = fixture::new();
    world.write(1);
    let auth = world.authorize(fixture::step_action());
    let (_, change) = world.storage_mut().borrow_mut<_, _, Score>(&auth, fixture::score_key(0));
    let _: Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    world.storage_mut().commit(&auth, change);
    abort
}

#[test]
fun a5_a_write_by_the_owner_announces_key_value_and_charge() {
    let mut world = fixture::new();
    world.write(42);
    assert_eq!(
        event::events_by_type<RecordSet<Game, ScoreKey, Score>>(),
        vector[
            user_storage::record_set_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::score_key(0),
                fixture::score(42),
                false,
                1_160,
            ),
        ],
    );
    world.end();
}

#[test]
fun a5_a_write_by_a_session_names_the_owner_and_says_that_a_session_wrote() {
    let mut world = fixture::with_session();
    world.write(42);
    assert_eq!(
        event::events_by_type<RecordSet<Game, ScoreKey, Score>>(),
        vector[
            user_storage::record_set_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::score_key(0),
                fixture::score(42),
                true,
                1_160,
            ),
        ],
    );
    world.end();
}

#[test]
fun a5_a_change_in_place_announces_the_value_after_it() {
    let mut world = fixture::with_session();
    world.write(40);
    world.sender(fixture::key());
    let auth = world.authorize(fixture::step_action());
    world
        .storage_mut()
        .update!(&auth, fixture::score_key(0), |score: &mut Score| score.add_points(2));
    assert_eq!(
        event::events_by_type<RecordSet<Game, ScoreKey, Score>>(),
        vector[
            user_storage::record_set_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::score_key(0),
                fixture::score(42),
                true,
                1_160,
            ),
        ],
    );
    world.end();
}

#[test]
fun a5_a_removal_is_announced_and_charged_for_its_key() {
    let mut world = fixture::with_session();
    world.write(1);
    world.sender(fixture::key());
    let auth = world.authorize(fixture::step_action());
    let _: Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    assert_eq!(
        event::events_by_type<RecordRemoved<Game, ScoreKey, Score>>(),
        vector[
            user_storage::record_removed_for_testing(
                world.storage_id(),
                fixture::owner(),
                fixture::score_key(0),
                true,
                1_080,
            ),
        ],
    );
    world.end();
}

#[test]
fun a5_the_charges_of_the_events_sum_to_the_debt() {
    let mut world = fixture::with_session();
    world.write(1);
    world.write(2);
    let auth = world.authorize(fixture::step_action());
    let _: Score = world.storage_mut().remove(&auth, fixture::score_key(0));
    let storage = world.storage();
    assert_eq!(storage.unsettled_charge(), 1_160 + 1_160 + 1_080);
    assert_eq!(storage.session().borrow().debt(), 3_400);
    assert_eq!(storage.write_count(), 3);
    assert_eq!(storage.byte_count(), 16 + 16 + 8);
    world.end();
}

#[test]
fun a3_a_stranger_reads_records_through_a_public_key() {
    let mut world = fixture::new();
    world.write(1);
    world.sender(fixture::stranger());
    let strangers = world.create_storage();
    assert!(!strangers.contains(fixture::score_key(0)));
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    destroy(strangers);
    world.end();
}
