/// Transactions of `test_scenario`, and what objects go through in them.
#[test_only]
module odd::scenarios {
    use odd::odd::ODD;
    use odd_base::base::{Self, Thing};
    use odd_lib::lib::{Self, LIB, Shelf};
    use std::unit_test::{assert_eq, destroy};
    use sui::dynamic_field as field;
    use sui::dynamic_object_field as object_field;
    use sui::event;
    use sui::test_scenario as ts;

    public struct Said has copy, drop { what: u64 }

    public struct Owner has key, store { id: UID }

    public struct Wrapper has key, store { id: UID, thing: Option<Thing> }

    #[test]
    fun shared_objects_change_and_are_deleted() {
        let mut scenario = ts::begin(@0x1);
        lib::init_for_testing(scenario.ctx());
        let effects = scenario.next_tx(@0x2);
        assert_eq!(effects.shared().length(), 1);
        assert_eq!(effects.created(), effects.shared());
        let mut shelf = scenario.take_shared<Shelf<LIB, Thing>>();
        let thing = base::make(1, scenario.ctx());
        shelf.put(thing);
        ts::return_shared(shelf);
        let effects = scenario.next_tx(@0x2);
        assert_eq!(effects.written().length(), 1);
        assert_eq!(effects.deleted().length(), 1);
        assert!(!ts::has_most_recent_shared<Thing>());
        scenario.end();
    }

    #[test, expected_failure(abort_code = ts::EInvalidSharedOrImmutableUsage)]
    fun a_shared_object_cannot_be_given_away() {
        let mut scenario = ts::begin(@0x1);
        lib::shelf<ODD, Shelf2>(scenario.ctx()).share();
        let owner = Owner { id: object::new(scenario.ctx()) };
        transfer::public_share_object(owner);
        scenario.next_tx(@0x1);
        let owner = scenario.take_shared<Owner>();
        transfer::public_transfer(owner, @0x1);
        scenario.next_tx(@0x1);
        scenario.end();
    }

    public struct Shelf2 has store {}

    #[test, expected_failure(abort_code = sui::transfer::ESharedNonNewObject)]
    fun an_owned_object_cannot_be_shared_later() {
        let mut scenario = ts::begin(@0x1);
        transfer::public_transfer(Owner { id: object::new(scenario.ctx()) }, @0x1);
        scenario.next_tx(@0x1);
        let owner = scenario.take_from_sender<Owner>();
        transfer::public_share_object(owner);
        scenario.end();
    }

    #[test]
    fun immutable_objects_come_and_go() {
        let mut scenario = ts::begin(@0x1);
        lib::shelf<ODD, u64>(scenario.ctx()).freeze_it();
        let effects = scenario.next_tx(@0x1);
        assert_eq!(effects.frozen().length(), 1);
        let shelf = scenario.take_immutable<Shelf<ODD, u64>>();
        ts::return_immutable(shelf);
        scenario.end();
    }

    #[test, expected_failure(abort_code = ts::EInvalidSharedOrImmutableUsage)]
    fun immutable_objects_do_not_change() {
        let mut scenario = ts::begin(@0x1);
        lib::shelf<ODD, u64>(scenario.ctx()).freeze_it();
        scenario.next_tx(@0x1);
        let mut shelf = scenario.take_immutable<Shelf<ODD, u64>>();
        shelf.put(1);
        ts::return_immutable(shelf);
        scenario.end();
    }

    #[test]
    fun objects_are_received() {
        let mut scenario = ts::begin(@0x1);
        let mut owner = Owner { id: object::new(scenario.ctx()) };
        let to = object::id(&owner);
        transfer::public_transfer(base::make(4, scenario.ctx()), to.to_address());
        scenario.next_tx(@0x1);
        assert_eq!(ts::receivable_object_ids_for_owner_id<Thing>(to).length(), 1);
        let ticket = ts::most_recent_receiving_ticket<Thing>(&to);
        let thing = transfer::public_receive(&mut owner.id, ticket);
        assert_eq!(base::size(&thing), 4);
        transfer::public_transfer(thing, @0x1);
        scenario.next_tx(@0x1);
        let thing = scenario.take_from_sender<Thing>();
        assert_eq!(base::unmake(thing), 4);
        destroy(owner);
        scenario.end();
    }

    #[test]
    fun tickets_are_returned() {
        let mut scenario = ts::begin(@0x1);
        let owner = Owner { id: object::new(scenario.ctx()) };
        let to = object::id(&owner);
        transfer::public_transfer(base::make(4, scenario.ctx()), to.to_address());
        scenario.next_tx(@0x1);
        let ticket = ts::most_recent_receiving_ticket<Thing>(&to);
        ts::return_receiving_ticket(ticket);
        let _unused = ts::most_recent_receiving_ticket<Thing>(&to);
        scenario.next_tx(@0x1);
        let ticket = ts::most_recent_receiving_ticket<Thing>(&to);
        let again = ts::most_recent_receiving_ticket<Thing>(&to);
        ts::return_receiving_ticket(again);
        ts::return_receiving_ticket(ticket);
        destroy(owner);
        scenario.end();
    }

    #[test]
    fun fields_outlive_their_transaction() {
        let mut scenario = ts::begin(@0x1);
        let mut owner = Owner { id: object::new(scenario.ctx()) };
        field::add(&mut owner.id, b"number", 7u64);
        object_field::add(&mut owner.id, true, base::make(8, scenario.ctx()));
        transfer::public_transfer(owner, @0x1);
        let effects = scenario.next_tx(@0x1);
        assert_eq!(effects.transferred_to_account().length(), 1);
        let mut owner = scenario.take_from_sender<Owner>();
        let number: &mut u64 = field::borrow_mut(&mut owner.id, b"number");
        *number = *number + 1;
        assert!(!object_field::exists_with_type<bool, Owner>(&owner.id, true));
        let thing: Thing = object_field::remove(&mut owner.id, true);
        assert_eq!(base::unmake(thing), 8);
        scenario.return_to_sender(owner);
        scenario.next_tx(@0x1);
        let owner = scenario.take_from_sender<Owner>();
        assert_eq!(*field::borrow<vector<u8>, u64>(&owner.id, b"number"), 8);
        scenario.return_to_sender(owner);
        scenario.end();
    }

    #[test]
    fun wrapped_objects_disappear_and_come_back() {
        let mut scenario = ts::begin(@0x1);
        transfer::public_transfer(base::make(2, scenario.ctx()), @0x1);
        scenario.next_tx(@0x1);
        let thing = scenario.take_from_sender<Thing>();
        let id = object::id(&thing);
        let wrapper = Wrapper { id: object::new(scenario.ctx()), thing: option::some(thing) };
        transfer::public_transfer(wrapper, @0x1);
        let effects = scenario.next_tx(@0x1);
        assert_eq!(effects.deleted(), vector[id]);
        assert!(!scenario.has_most_recent_for_sender<Thing>());
        let Wrapper { id, thing } = scenario.take_from_sender<Wrapper>();
        id.delete();
        transfer::public_transfer(thing.destroy_some(), @0x3);
        scenario.next_tx(@0x3);
        let thing = scenario.take_from_sender<Thing>();
        base::unmake(thing);
        let effects = scenario.end();
        assert_eq!(effects.deleted().length(), 1);
    }

    #[test]
    fun events_are_counted_by_transaction() {
        let mut scenario = ts::begin(@0x1);
        event::emit(Said { what: 1 });
        event::emit(Said { what: 2 });
        assert_eq!(event::num_events(), 2);
        assert_eq!(event::events_by_type<Said>(), vector[Said { what: 1 }, Said { what: 2 }]);
        let effects = scenario.next_tx(@0x1);
        assert_eq!(effects.num_user_events(), 2);
        assert_eq!(event::num_events(), 0);
        scenario.end();
    }

    #[test]
    fun ids_and_contexts_follow_the_transaction() {
        let mut scenario = ts::begin(@0x1);
        let first = scenario.new_object();
        let address = first.to_address();
        assert_eq!(address, scenario.ctx().last_created_object_id());
        first.delete();
        scenario.next_epoch(@0x2);
        assert_eq!(scenario.ctx().epoch(), 1);
        scenario.later_epoch(500, @0x3);
        assert_eq!(scenario.ctx().epoch_timestamp_ms(), 500);
        assert_eq!(scenario.ctx().sender(), @0x3);
        let builder = scenario.ctx_builder().set_epoch(9).set_gas_price(77).set_sponsor(@0x9);
        scenario.next_with_context(builder);
        assert_eq!(scenario.ctx().gas_price(), 77);
        assert_eq!(scenario.ctx().sponsor(), option::some(@0x9));
        scenario.end();
    }

    #[test]
    fun field_ids_are_those_of_the_official_machine() {
        let parent = object::id_from_address(@0x7);
        let id = sui::dynamic_field::exists_<u64>(&object::new(&mut tx_context::dummy()), 1);
        assert!(!id);
        let at = sui::derived_object::derive_address(parent, b"key");
        abort (at.to_u256() % 0xFFFF_FFFF) as u64
    }

    #[test]
    fun system_objects_exist() {
        let mut scenario = ts::begin(@0x1);
        scenario.create_system_objects();
        let mut clock = scenario.take_shared<sui::clock::Clock>();
        clock.increment_for_testing(42);
        assert_eq!(clock.timestamp_ms(), 42);
        ts::return_shared(clock);
        let random = scenario.take_shared<sui::random::Random>();
        let mut generator = random.new_generator(scenario.ctx());
        let _ = generator.generate_u64();
        ts::return_shared(random);
        scenario.end();
    }

    #[test]
    fun coins_are_made_and_witnesses_forged() {
        let mut scenario = ts::begin(@0x1);
        let coin = sui::coin::mint_for_testing<sui::sui::SUI>(10, scenario.ctx());
        transfer::public_transfer(coin, @0x1);
        let _witness = sui::test_utils::create_one_time_witness<odd::odd::ODD>();
        scenario.next_tx(@0x1);
        let coin = scenario.take_from_sender<sui::coin::Coin<sui::sui::SUI>>();
        assert_eq!(coin.burn_for_testing(), 10);
        scenario.end();
    }
}
