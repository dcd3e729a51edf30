/// Administering the framework and a dApp (rows A7, A8, C2; threats 26, 30).
#[test_only]
module valet::administration_tests;

use std::unit_test::{assert_eq, destroy};
use sui::{event, test_scenario};
use valet::{
    action_set,
    dapp::{
        Self,
        FeesLowered,
        MaxUnsettledWritesChanged,
        MetadataChanged,
        PauseChanged,
        SessionActionsChanged,
        SuspensionChanged,
    },
    dapp_hub::{Self, DappHub, DefaultFeesChanged, HubAdminCap, HubCreated},
    fees,
    fixture::{Self, Game, World},
    metadata::{Self, Metadata},
    rival::{Self, Rival}
};

use fun dapp_id as World.dapp_id;

fun dapp_id(world: &World): ID {
    object::id(world.dapp())
}

fun metadata_of(
    name: vector<u8>,
    description: vector<u8>,
    website: vector<u8>,
    packages: vector<address>,
): Metadata {
    metadata::metadata_for_testing(
        name.to_string(),
        description.to_string(),
        website.to_string(),
        packages,
    )
}

// === The framework ===

#[test]
fun a8_publishing_creates_one_hub_and_gives_its_administration_to_the_publisher() {
    let mut scenario = test_scenario::begin(@0xF00);
    dapp_hub::init_for_testing(scenario.ctx());
    let created = event::events_by_type<HubCreated>();
    scenario.next_tx(@0xF00);
    let hub: DappHub = scenario.take_shared();
    let cap: HubAdminCap = scenario.take_from_sender();
    assert_eq!(hub.version(), 1);
    assert_eq!(hub.treasury(), @0xF00);
    assert_eq!(hub.default_fees(), fees::new(1_000, 10));
    assert_eq!(cap.hub_id(), object::id(&hub));
    assert_eq!(
        created,
        vector[dapp_hub::hub_created_for_testing(object::id(&hub), fees::new(1_000, 10), @0xF00)],
    );
    destroy(hub);
    destroy(cap);
    scenario.end();
}

#[test]
fun c1_default_fees_concern_the_dapps_that_register_later() {
    let mut world = fixture::new();
    world.set_default_fees(5, 1);
    assert_eq!(
        event::events_by_type<DefaultFeesChanged>(),
        vector[
            dapp_hub::default_fees_changed_for_testing(
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
    destroy(publisher);
    destroy(dapp);
    destroy(dapp_storage);
    destroy(cap);
    world.end();
}

#[test, expected_failure(abort_code = dapp_hub::EWrongVersion)]
fun a8_a_hub_of_another_version_is_not_administered() {
    let mut world = fixture::new();
    world.hub_mut().set_version_for_testing(2);
    world.set_default_fees(5, 1);
    abort
}

// === A dApp's texts and packages ===

#[test]
fun a7_the_metadata_is_what_was_registered() {
    let world = fixture::new();
    let metadata = world.dapp().metadata();
    assert_eq!(*metadata.name(), b"Game".to_string());
    assert_eq!(*metadata.description(), b"A game.".to_string());
    assert_eq!(*metadata.website(), b"game.example".to_string());
    assert_eq!(*metadata.packages(), vector[@valet]);
    world.end();
}

#[test]
fun a7_the_administrator_changes_the_texts() {
    let mut world = fixture::new();
    world.set_metadata(b"New", b"Newer.", b"new.example");
    let expected = metadata_of(b"New", b"Newer.", b"new.example", vector[@valet]);
    assert_eq!(*world.dapp().metadata(), expected);
    assert_eq!(
        event::events_by_type<MetadataChanged<Game>>(),
        vector[dapp::metadata_changed_for_testing(world.dapp_id(), expected)],
    );
    world.end();
}

#[test, expected_failure(abort_code = metadata::EInvalidName)]
fun a7_a_changed_name_has_the_same_bounds() {
    let mut world = fixture::new();
    world.set_metadata(b"", b"", b"");
    abort
}

#[test]
fun a7_the_administrator_lists_packages() {
    let mut world = fixture::new();
    world.add_package(@0x77);
    let expected = metadata_of(b"Game", b"A game.", b"game.example", vector[@valet, @0x77]);
    assert_eq!(*world.dapp().metadata(), expected);
    assert_eq!(
        event::events_by_type<MetadataChanged<Game>>(),
        vector[dapp::metadata_changed_for_testing(world.dapp_id(), expected)],
    );
    // A change of the texts keeps the packages.
    world.set_metadata(b"New", b"", b"");
    assert_eq!(*world.dapp().metadata().packages(), vector[@valet, @0x77]);
    world.end();
}

#[test, expected_failure(abort_code = metadata::EPackageAlreadyListed)]
fun a7_a_package_is_listed_once() {
    let mut world = fixture::new();
    world.add_package(@valet);
    abort
}

#[test]
fun a7_sixty_four_packages_are_listed() {
    let mut world = fixture::new();
    63u256.do!(|n| world.add_package(sui::address::from_u256(n + 1_000)));
    assert_eq!(world.dapp().metadata().packages().length(), 64);
    world.end();
}

#[test, expected_failure(abort_code = metadata::ETooManyPackages)]
fun a7_the_sixty_fifth_package_is_refused() {
    let mut world = fixture::new();
    64u256.do!(|n| world.add_package(sui::address::from_u256(n + 1_000)));
    abort
}

// === What a dApp lets sessions do, and owe ===

#[test]
fun b6_the_administrator_names_the_session_actions() {
    let mut world = fixture::new();
    world.set_session_actions(vector[3, 4]);
    let actions = action_set::from_actions(vector[3, 4]);
    assert_eq!(world.dapp().session_actions(), actions);
    assert_eq!(
        event::events_by_type<SessionActionsChanged<Game>>(),
        vector[
            dapp::session_actions_changed_for_testing(
                world.dapp_id(),
                action_set::from_actions(vector[
                    fixture::step_action(),
                    fixture::mine_action(),
                    fixture::last_action(),
                ]),
                actions,
            ),
        ],
    );
    world.end();
}

#[test]
fun c2_the_administrator_sets_the_ceiling_on_unsettled_writes() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1_000_000);
    assert_eq!(world.dapp().max_unsettled_writes(), 1_000_000);
    assert_eq!(
        event::events_by_type<MaxUnsettledWritesChanged<Game>>(),
        vector[dapp::max_unsettled_writes_changed_for_testing(world.dapp_id(), 1_000, 1_000_000)],
    );
    world.end();
}

#[test, expected_failure(abort_code = dapp::EInvalidCeiling)]
fun c2_a_ceiling_of_zero_is_refused() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(0);
    abort
}

#[test, expected_failure(abort_code = dapp::EInvalidCeiling)]
fun c2_a_ceiling_above_a_million_is_refused() {
    let mut world = fixture::new();
    world.set_max_unsettled_writes(1_000_001);
    abort
}

// === Fees ===

#[test]
fun c1_the_framework_lowers_a_dapps_fees_at_once() {
    let mut world = fixture::new();
    world.lower_fees(1_000, 9);
    assert_eq!(world.dapp().fees(), fees::new(1_000, 9));
    assert_eq!(
        event::events_by_type<FeesLowered<Game>>(),
        vector[
            dapp::fees_lowered_for_testing(
                world.dapp_id(),
                fees::new(1_000, 10),
                fees::new(1_000, 9),
            ),
        ],
    );
    world.end();
}

#[test]
fun c1_one_part_of_the_price_can_be_lowered_alone() {
    let mut world = fixture::new();
    world.lower_fees(999, 10);
    world.lower_fees(999, 10);
    assert_eq!(world.dapp().fees(), fees::new(999, 10));
    world.end();
}

#[test, expected_failure(abort_code = dapp::EFeeIncrease)]
fun c1_the_fee_per_write_does_not_rise_at_once() {
    let mut world = fixture::new();
    world.lower_fees(1_001, 0);
    abort
}

#[test, expected_failure(abort_code = dapp::EFeeIncrease)]
fun c1_the_fee_per_byte_does_not_rise_at_once() {
    let mut world = fixture::new();
    world.lower_fees(0, 11);
    abort
}

// === Pause and suspension ===

#[test]
fun a8_pausing_is_announced() {
    let mut world = fixture::new();
    world.pause();
    assert!(world.dapp().is_paused());
    world.unpause();
    assert!(!world.dapp().is_paused());
    let id = world.dapp_id();
    assert_eq!(
        event::events_by_type<PauseChanged<Game>>(),
        vector[
            dapp::pause_changed_for_testing(id, true),
            dapp::pause_changed_for_testing(id, false),
        ],
    );
    world.end();
}

#[test]
fun a8_suspending_is_announced() {
    let mut world = fixture::new();
    world.suspend();
    assert!(world.dapp().is_suspended());
    world.unsuspend();
    assert!(!world.dapp().is_suspended());
    let id = world.dapp_id();
    assert_eq!(
        event::events_by_type<SuspensionChanged<Game>>(),
        vector[
            dapp::suspension_changed_for_testing(id, true),
            dapp::suspension_changed_for_testing(id, false),
        ],
    );
    world.end();
}

// === The version gate ===

fun on_another_version(): World {
    let mut world = fixture::new();
    world.dapp_mut().set_version_for_testing(2);
    world
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_metadata_waits_for_the_right_version() {
    let mut world = on_another_version();
    world.set_metadata(b"New", b"", b"");
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_packages_wait_for_the_right_version() {
    let mut world = on_another_version();
    world.add_package(@0x77);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_session_actions_wait_for_the_right_version() {
    let mut world = on_another_version();
    world.set_session_actions(vector[]);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_the_ceiling_waits_for_the_right_version() {
    let mut world = on_another_version();
    world.set_max_unsettled_writes(5);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_pausing_waits_for_the_right_version() {
    let mut world = on_another_version();
    world.pause();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_suspending_waits_for_the_right_version() {
    let mut world = on_another_version();
    world.suspend();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_fees_wait_for_the_right_version() {
    let mut world = on_another_version();
    world.lower_fees(0, 0);
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_new_users_wait_for_the_right_version() {
    let mut world = on_another_version();
    world.sender(fixture::stranger());
    let _storage = world.create_storage();
    abort
}

#[test, expected_failure(abort_code = dapp::EWrongVersion)]
fun a8_global_writes_wait_for_the_right_version() {
    let mut world = on_another_version();
    world.authorize_global();
    abort
}
