/// Administering the framework and its treasury (rows A8, C7; threat 34).
#[test_only]
module valet::hub_tests;

use std::unit_test::{assert_eq, destroy};
use sui::{coin::Coin, event, sui::SUI, test_scenario::{Self, Scenario}};
use valet::{
    dapp_hub::{
        Self,
        AdministrationOffered,
        AdministrationTaken,
        DappHub,
        HubAdminCap,
        HubCreated,
        TreasuryCap,
        TreasuryOffered,
        TreasuryTaken,
    },
    fees,
    fixture
};

const PUBLISHER: address = @0xF00;
const NEXT: address = @0xF01;
const THIEF: address = @0xF02;

fun publish(): (Scenario, DappHub) {
    let mut scenario = test_scenario::begin(PUBLISHER);
    dapp_hub::init_for_testing(scenario.ctx());
    scenario.next_tx(PUBLISHER);
    let hub = scenario.take_shared();
    (scenario, hub)
}

/// A hub whose administration `PUBLISHER` has offered to `NEXT`.
fun with_administration_offered(): (Scenario, DappHub) {
    let (mut scenario, mut hub) = publish();
    let cap: HubAdminCap = scenario.take_from_sender();
    hub.offer_administration(cap, NEXT, scenario.ctx());
    (scenario, hub)
}

/// A hub whose treasury `PUBLISHER` has offered to `NEXT`.
fun with_treasury_offered(): (Scenario, DappHub) {
    let (mut scenario, mut hub) = publish();
    let cap: TreasuryCap = scenario.take_from_sender();
    hub.offer_treasury(cap, NEXT, scenario.ctx());
    (scenario, hub)
}

fun end(scenario: Scenario, hub: DappHub) {
    destroy(hub);
    scenario.end();
}

#[test]
fun c7_publishing_creates_one_hub_and_gives_both_capabilities_to_the_publisher() {
    let mut scenario = test_scenario::begin(PUBLISHER);
    dapp_hub::init_for_testing(scenario.ctx());
    let created = event::events_by_type<HubCreated>();
    scenario.next_tx(PUBLISHER);
    let hub: DappHub = scenario.take_shared();
    let admin_cap: HubAdminCap = scenario.take_from_sender();
    let treasury_cap: TreasuryCap = scenario.take_from_sender();
    assert_eq!(hub.version(), dapp_hub::package_version());
    assert_eq!(hub.treasury(), PUBLISHER);
    assert_eq!(hub.default_fees(), fees::new(1_000, 10));
    assert!(hub.admin_offer().is_none());
    assert!(hub.treasury_offer().is_none());
    assert_eq!(admin_cap.hub_id(), object::id(&hub));
    assert_eq!(treasury_cap.treasury_hub_id(), object::id(&hub));
    assert_eq!(
        created,
        vector[
            dapp_hub::hub_created_for_testing(
                object::id(&hub),
                1,
                object::id(&admin_cap),
                object::id(&treasury_cap),
                fees::new(1_000, 10),
                PUBLISHER,
            ),
        ],
    );
    destroy(admin_cap);
    destroy(treasury_cap);
    end(scenario, hub);
}

// === The administration changes hands ===

#[test]
fun c7_an_offer_gives_the_administration_up() {
    let (mut scenario, hub) = with_administration_offered();
    assert_eq!(
        event::events_by_type<AdministrationOffered>(),
        vector[dapp_hub::administration_offered_for_testing(object::id(&hub), PUBLISHER, NEXT)],
    );
    let offer = hub.admin_offer().destroy_some();
    assert_eq!(offer.from(), PUBLISHER);
    assert_eq!(offer.to(), NEXT);
    scenario.next_tx(PUBLISHER);
    assert!(!scenario.has_most_recent_for_sender<HubAdminCap>());
    end(scenario, hub);
}

#[test]
fun c7_the_next_administrator_takes_the_administration() {
    let (mut scenario, mut hub) = with_administration_offered();
    scenario.next_tx(NEXT);
    hub.accept_administration(scenario.ctx());
    let taken = event::events_by_type<AdministrationTaken>();
    scenario.next_tx(NEXT);
    let cap: HubAdminCap = scenario.take_from_sender();
    assert_eq!(cap.hub_id(), object::id(&hub));
    assert_eq!(
        taken,
        vector[
            dapp_hub::administration_taken_for_testing(object::id(&hub), object::id(&cap), NEXT),
        ],
    );
    assert!(hub.admin_offer().is_none());
    // The treasury stays where it was.
    assert_eq!(hub.treasury(), PUBLISHER);
    destroy(cap);
    end(scenario, hub);
}

#[test, expected_failure(abort_code = dapp_hub::ENotOffered)]
fun c7_nobody_else_takes_the_administration() {
    let (mut scenario, mut hub) = with_administration_offered();
    scenario.next_tx(THIEF);
    hub.accept_administration(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENotOffered)]
fun c7_the_one_who_offered_the_administration_does_not_accept_it() {
    let (mut scenario, mut hub) = with_administration_offered();
    hub.accept_administration(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENoOffer)]
fun c7_the_administration_is_taken_once() {
    let (mut scenario, mut hub) = with_administration_offered();
    scenario.next_tx(NEXT);
    hub.accept_administration(scenario.ctx());
    hub.accept_administration(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENoOffer)]
fun c7_the_administration_is_not_taken_without_an_offer() {
    let (mut scenario, mut hub) = publish();
    hub.accept_administration(scenario.ctx());
    abort
}

#[test]
fun c7_an_offer_to_an_address_nobody_holds_is_withdrawn() {
    let (mut scenario, mut hub) = publish();
    let cap: HubAdminCap = scenario.take_from_sender();
    hub.offer_administration(cap, @0x0, scenario.ctx());
    scenario.next_tx(PUBLISHER);
    hub.withdraw_administration_offer(scenario.ctx());
    let taken = event::events_by_type<AdministrationTaken>();
    scenario.next_tx(PUBLISHER);
    let cap: HubAdminCap = scenario.take_from_sender();
    assert_eq!(
        taken,
        vector[
            dapp_hub::administration_taken_for_testing(
                object::id(&hub),
                object::id(&cap),
                PUBLISHER,
            ),
        ],
    );
    assert!(hub.admin_offer().is_none());
    destroy(cap);
    end(scenario, hub);
}

#[test, expected_failure(abort_code = dapp_hub::ENotOfferer)]
fun c7_nobody_else_withdraws_the_offer_of_the_administration() {
    let (mut scenario, mut hub) = with_administration_offered();
    scenario.next_tx(NEXT);
    hub.withdraw_administration_offer(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENoOffer)]
fun c7_an_offer_of_the_administration_that_was_taken_is_not_withdrawn() {
    let (mut scenario, mut hub) = with_administration_offered();
    scenario.next_tx(NEXT);
    hub.accept_administration(scenario.ctx());
    scenario.next_tx(PUBLISHER);
    hub.withdraw_administration_offer(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENoOffer)]
fun c7_an_offer_of_the_administration_that_was_withdrawn_is_not_taken() {
    let (mut scenario, mut hub) = with_administration_offered();
    hub.withdraw_administration_offer(scenario.ctx());
    scenario.next_tx(NEXT);
    hub.accept_administration(scenario.ctx());
    abort
}

// === The treasury changes hands ===

#[test]
fun c7_an_offered_treasury_still_receives_until_it_is_taken() {
    let (mut scenario, hub) = with_treasury_offered();
    assert_eq!(hub.treasury(), PUBLISHER);
    assert_eq!(
        event::events_by_type<TreasuryOffered>(),
        vector[dapp_hub::treasury_offered_for_testing(object::id(&hub), PUBLISHER, NEXT)],
    );
    let offer = hub.treasury_offer().destroy_some();
    assert_eq!(offer.from(), PUBLISHER);
    assert_eq!(offer.to(), NEXT);
    scenario.next_tx(PUBLISHER);
    assert!(!scenario.has_most_recent_for_sender<TreasuryCap>());
    end(scenario, hub);
}

#[test]
fun c7_settled_fees_go_to_who_took_the_treasury() {
    let mut world = fixture::new();
    world.write(1);
    world.recharge(1_160);
    world.settle_writes();
    world.sender(fixture::admin());
    let cap: TreasuryCap = world.scenario().take_from_sender();
    world.offer_treasury(cap, NEXT);
    world.sender(NEXT);
    world.accept_treasury();
    assert_eq!(world.hub().treasury(), NEXT);
    let taken = event::events_by_type<TreasuryTaken>();
    world.collect();
    world.sender(NEXT);
    let coin: Coin<SUI> = world.scenario().take_from_sender();
    assert_eq!(coin.burn_for_testing(), 1_160);
    let cap: TreasuryCap = world.scenario().take_from_sender();
    assert_eq!(
        taken,
        vector[
            dapp_hub::treasury_taken_for_testing(
                object::id(world.hub()),
                object::id(&cap),
                fixture::admin(),
                NEXT,
            ),
        ],
    );
    destroy(cap);
    world.end();
}

#[test, expected_failure(abort_code = dapp_hub::ENotOffered)]
fun c7_nobody_else_takes_the_treasury() {
    let (mut scenario, mut hub) = with_treasury_offered();
    scenario.next_tx(THIEF);
    hub.accept_treasury(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENoOffer)]
fun c7_the_offer_of_the_administration_is_none_of_the_treasury() {
    let (mut scenario, mut hub) = with_administration_offered();
    scenario.next_tx(NEXT);
    hub.accept_treasury(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENoOffer)]
fun c7_the_offer_of_the_treasury_is_none_of_the_administration() {
    let (mut scenario, mut hub) = with_treasury_offered();
    scenario.next_tx(NEXT);
    hub.accept_administration(scenario.ctx());
    abort
}

#[test]
fun c7_the_offer_of_the_treasury_is_withdrawn() {
    let (mut scenario, mut hub) = with_treasury_offered();
    scenario.next_tx(PUBLISHER);
    hub.withdraw_treasury_offer(scenario.ctx());
    scenario.next_tx(PUBLISHER);
    let cap: TreasuryCap = scenario.take_from_sender();
    assert_eq!(hub.treasury(), PUBLISHER);
    assert!(hub.treasury_offer().is_none());
    destroy(cap);
    end(scenario, hub);
}

#[test, expected_failure(abort_code = dapp_hub::ENotOfferer)]
fun c7_nobody_else_withdraws_the_offer_of_the_treasury() {
    let (mut scenario, mut hub) = with_treasury_offered();
    scenario.next_tx(THIEF);
    hub.withdraw_treasury_offer(scenario.ctx());
    abort
}

#[test, expected_failure(abort_code = dapp_hub::ENoOffer)]
fun c7_without_an_offer_no_treasury_is_withdrawn() {
    let (mut scenario, mut hub) = publish();
    hub.withdraw_treasury_offer(scenario.ctx());
    abort
}

// === There is one framework ===

#[test]
fun t34_registering_makes_nobody_an_administrator_of_the_framework() {
    let mut world = fixture::new();
    world.sender(fixture::owner());
    assert!(!world.scenario().has_most_recent_for_sender<HubAdminCap>());
    assert!(!world.scenario().has_most_recent_for_sender<TreasuryCap>());
    world.sender(fixture::stranger());
    assert!(!world.scenario().has_most_recent_for_sender<HubAdminCap>());
    world.end();
}
