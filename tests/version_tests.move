/// The version gate and migration (row A8; threats 30, 34).
#[test_only]
module valet::version_tests;

use std::unit_test::assert_eq;
use sui::event;
use valet::{
    dapp::{Self, DappMigrated},
    dapp_hub::{Self, HubMigrated, TreasuryCap},
    dapp_storage,
    fixture::{Self, Game, World},
    rival::{Self, Rival}
};

/// A world that was migrated to the next version: this package is an old one to it.
fun migrated_away(): World {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.hub_mut().set_version_for_testing(2);
    world.set_version(2);
    world
}

/// A world whose hub was migrated to the next version, and whose dApp was not.
fun hub_migrated_away(): World {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.hub_mut().set_version_for_testing(2);
    world
}

/// A world of the version before: this package is a new one to it.
fun before_migration(): World {
    let mut world = fixture::new();
    world.recharge(10_000);
    world.hub_mut().set_version_for_testing(0);
    world.set_version(0);
    world
}

// === Migration ===

#[test]
fun a8_the_framework_migrates_the_hub() {
    let mut world = before_migration();
    world.migrate_hub();
    assert_eq!(world.hub().version(), 1);
    assert_eq!(
        event::events_by_type<HubMigrated>(),
        vector[dapp_hub::hub_migrated_for_testing(object::id(world.hub()), 0, 1)],
    );
    world.end();
}

#[test, expected_failure(abort_code = dapp_hub::ENothingToMigrate)]
fun a8_a_hub_migrates_once() {
    let mut world = before_migration();
    world.migrate_hub();
    world.migrate_hub();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENothingToMigrate)]
fun t30_an_old_package_does_not_take_the_hub_back() {
    let mut world = migrated_away();
    world.migrate_hub();
    abort
}

#[test]
fun a8_a_dapp_follows_the_hub_and_takes_writes_again() {
    let mut world = before_migration();
    world.migrate_hub();
    world.sender(fixture::owner());
    world.migrate_dapp();
    assert_eq!(world.dapp().version(), 1);
    assert_eq!(world.dapp_storage().version(), 1);
    assert_eq!(
        event::events_by_type<DappMigrated<Game>>(),
        vector[dapp::dapp_migrated_for_testing(object::id(world.dapp()), 0, 1)],
    );
    world.write(1);
    world.write_global(1);
    world.recharge(1);
    world.end();
}

#[test]
fun a8_the_framework_migrates_a_dapp_whose_administrator_does_not() {
    let mut world = before_migration();
    world.migrate_hub();
    world.migrate_dapp_by_force();
    assert_eq!(world.dapp().version(), 1);
    assert_eq!(world.dapp_storage().version(), 1);
    world.end();
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun a8_a_dapp_does_not_migrate_before_the_hub() {
    let mut world = before_migration();
    world.migrate_dapp();
    abort
}

#[test, expected_failure(abort_code = dapp::ENothingToMigrate)]
fun a8_a_dapp_migrates_once() {
    let mut world = fixture::new();
    world.migrate_dapp();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_does_not_take_a_dapp_back() {
    let mut world = migrated_away();
    world.migrate_dapp();
    abort
}

#[test, expected_failure(abort_code = dapp::ENothingToMigrate)]
fun t30_a_later_dapp_is_not_taken_back_to_the_hubs_version() {
    let mut world = fixture::new();
    world.set_version(2);
    world.migrate_dapp_by_force();
    abort
}

#[test]
fun a8_migration_touches_neither_credit_nor_debt_nor_sessions() {
    let mut world = fixture::with_session();
    world.write(1);
    world.recharge(5_000);
    world.hub_mut().set_version_for_testing(0);
    world.set_version(0);
    let session = *world.storage().session();
    world.migrate_hub();
    world.migrate_dapp();
    assert_eq!(world.dapp_storage().credit(), 5_000);
    assert_eq!(world.storage().unsettled_charge(), 1_160);
    assert_eq!(*world.storage().session(), session);
    world.write(2);
    world.end();
}

#[test]
fun a8_a_dapp_that_has_not_followed_its_hub_still_takes_writes() {
    let mut world = hub_migrated_away();
    world.write(1);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    world.end();
}

// === What an old package refuses ===

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_writes_nothing_for_an_owner() {
    let mut world = migrated_away();
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_writes_nothing_for_a_session() {
    let mut world = fixture::with_session();
    world.set_version(2);
    world.write(1);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_takes_no_owner_only_action() {
    let mut world = migrated_away();
    world.authorize_owner(fixture::rename_action());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_activates_no_session() {
    let mut world = migrated_away();
    world.activate_session(fixture::key(), 60_000);
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_registers_no_dapp() {
    let mut world = migrated_away();
    let publisher = rival::publisher(world.ctx());
    let (_dapp, _storage, _cap) = world.register<Rival>(&publisher, b"R", b"", b"");
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EWrongVersion)]
fun t30_an_old_package_recharges_nothing() {
    let mut world = migrated_away();
    world.recharge(1);
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EWrongVersion)]
fun t30_an_old_package_refunds_nothing() {
    let mut world = migrated_away();
    world.refund(1);
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EWrongVersion)]
fun t30_an_old_package_collects_nothing() {
    let mut world = migrated_away();
    world.collect();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_collects_nothing_for_the_new_hub() {
    let mut world = hub_migrated_away();
    world.write(1);
    world.settle_writes();
    world.collect();
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EWrongVersion)]
fun t30_an_old_package_grants_no_free_credit() {
    let mut world = migrated_away();
    world.grant_free_credit(1);
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EWrongVersion)]
fun t30_an_old_package_extends_no_free_credit() {
    let mut world = fixture::new();
    world.grant_free_credit(1);
    world.set_version(2);
    world.extend_free_credit(fixture::now() + 100_000);
    abort
}

#[test, expected_failure(abort_code = dapp_storage::EWrongVersion)]
fun t30_an_old_package_revokes_no_free_credit() {
    let mut world = fixture::new();
    world.grant_free_credit(1);
    world.set_version(2);
    world.revoke_free_credit();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_announces_no_fees() {
    let mut world = migrated_away();
    world.announce_fees(1_001, 10);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_withdraws_no_fees() {
    let mut world = fixture::new();
    world.announce_fees(1_001, 10);
    world.set_version(2);
    world.withdraw_fees();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_applies_no_fees() {
    let mut world = fixture::new();
    world.announce_fees(1_001, 10);
    world.set_version(2);
    world.set_time(2_000_000_000);
    world.apply_fees();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_lowers_no_default_fees() {
    let mut world = migrated_away();
    world.lower_default_fees(5, 1);
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_announces_no_default_fees() {
    let mut world = migrated_away();
    world.announce_default_fees(1_001, 10);
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_withdraws_no_default_fees() {
    let mut world = fixture::new();
    world.announce_default_fees(1_001, 10);
    world.hub_mut().set_version_for_testing(2);
    world.withdraw_default_fees();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_applies_no_default_fees() {
    let mut world = fixture::new();
    world.announce_default_fees(1_001, 10);
    world.hub_mut().set_version_for_testing(2);
    world.set_time(2_000_000_000);
    world.apply_default_fees();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_ends_no_suspension() {
    let mut world = fixture::new();
    world.suspend();
    world.set_version(2);
    world.unsuspend();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_an_old_package_resumes_nothing() {
    let mut world = fixture::new();
    world.suspend_until_credit(0);
    world.set_version(2);
    world.resume();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_offers_no_administration() {
    let mut world = migrated_away();
    world.sender(fixture::admin());
    let cap = world.spare_admin_cap();
    world.offer_administration(cap, @0xF01);
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_hands_no_administration_over() {
    let mut world = fixture::new();
    let cap = world.spare_admin_cap();
    world.offer_administration(cap, @0xF01);
    world.hub_mut().set_version_for_testing(2);
    world.sender(@0xF01);
    world.accept_administration();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_gives_no_administration_back() {
    let mut world = fixture::new();
    let cap = world.spare_admin_cap();
    world.offer_administration(cap, @0xF01);
    world.hub_mut().set_version_for_testing(2);
    world.withdraw_administration_offer();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_offers_no_treasury() {
    let mut world = migrated_away();
    world.sender(fixture::admin());
    let cap: TreasuryCap = world.scenario().take_from_sender();
    world.offer_treasury(cap, @0xF01);
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_hands_no_treasury_over() {
    let mut world = fixture::new();
    world.sender(fixture::admin());
    let cap: TreasuryCap = world.scenario().take_from_sender();
    world.offer_treasury(cap, @0xF01);
    world.hub_mut().set_version_for_testing(2);
    world.sender(@0xF01);
    world.accept_treasury();
    abort
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun t30_an_old_package_gives_no_treasury_back() {
    let mut world = fixture::new();
    world.sender(fixture::admin());
    let cap: TreasuryCap = world.scenario().take_from_sender();
    world.offer_treasury(cap, @0xF01);
    world.hub_mut().set_version_for_testing(2);
    world.withdraw_treasury_offer();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_metadata_waits_for_the_right_version() {
    let mut world = migrated_away();
    world.set_metadata(b"New", b"", b"");
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_packages_wait_for_the_right_version() {
    let mut world = migrated_away();
    world.add_package(@0x77);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_session_actions_wait_for_the_right_version() {
    let mut world = migrated_away();
    world.set_session_actions(vector[]);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_the_ceiling_waits_for_the_right_version() {
    let mut world = migrated_away();
    world.set_max_unsettled_writes(5);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_pausing_waits_for_the_right_version() {
    let mut world = migrated_away();
    world.pause();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_suspending_waits_for_the_right_version() {
    let mut world = migrated_away();
    world.suspend();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_fees_wait_for_the_right_version() {
    let mut world = migrated_away();
    world.lower_fees(0, 0);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_new_users_wait_for_the_right_version() {
    let mut world = migrated_away();
    world.sender(fixture::stranger());
    let _storage = world.create_storage();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun t30_global_writes_wait_for_the_right_version() {
    let mut world = migrated_away();
    world.authorize_global();
    abort
}

// === What it does not ===

#[test]
fun t30_the_owners_way_out_leads_through_every_package() {
    let mut world = fixture::with_session();
    world.write(1);
    world.fill_purse(2_000);
    world.recharge(1_000);
    world.hub_mut().set_version_for_testing(2);
    world.set_version(2);
    world.sender(fixture::owner());
    world.deactivate_session();
    world.settle_writes();
    assert_eq!(world.storage().unsettled_charge(), 160);
    assert_eq!(world.settle_with_coin(100), 0);
    world.settle_with_purse();
    assert_eq!(world.storage().unsettled_charge(), 0);
    world.withdraw_purse(1_940);
    assert_eq!(*world.storage().borrow(fixture::score_key(0)), fixture::score(1));
    world.end();
}
