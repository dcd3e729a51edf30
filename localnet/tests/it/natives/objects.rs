//! An object's life.

use sui_sdk_types::{Address, Owner};
use valet_localnet::vm::{Cell, Value, VmStatus, WriteKind};

use super::world::{ALICE, BOB, Transaction, World, assert_native_abort, digest, tag};

/// A world with one thing of Alice's and its id.
fn world_with_thing(value: u64) -> (World, Address) {
    let mut world = World::default();
    let (id, _) = world.run(|tx| {
        let thing = new_thing(tx, value);
        let id = tx.id(thing);
        tx.call("things::give", &[thing, ALICE.into()])?;
        Ok(id)
    });
    (world, id)
}

fn new_thing(tx: &mut Transaction<'_>, value: u64) -> Value {
    let context = tx.context();
    tx.value("things::new", &[value.into(), context])
        .expect("creates a thing")
}

/// A `Receiving<Thing>` for an object.
fn ticket(tx: &mut Transaction<'_>, id: Address, version: u64) -> Value {
    let heap = tx.execution.heap_mut();
    let id = heap.pack(&[id.into()]).expect("fits");
    heap.pack(&[id, version.into()]).expect("fits")
}

fn thing_bytes(id: Address, value: u64) -> Vec<u8> {
    [id.as_bytes(), &value.to_le_bytes()].concat()
}

#[test]
fn a_thing_is_created_changed_and_deleted() {
    let (mut world, id) = world_with_thing(1);
    assert_eq!(id, Address::derive_id(digest(1), 0));
    assert_eq!(world.contents(id), thing_bytes(id, 1));
    assert_eq!(*world.object(id).owner(), Owner::Address(ALICE));

    let ((), results) = world.run(|tx| {
        let thing = tx.input(id);
        let thing = tx.borrow(thing);
        tx.call("things::set", &[thing, 9u64.into()])
    });
    assert_eq!(results.written[&id].kind, WriteKind::Mutated);
    assert_eq!(world.contents(id), thing_bytes(id, 9));
    let [event] = &results.events[..] else {
        panic!("one event")
    };
    assert_eq!(
        sui_sdk_types::TypeTag::from(event.type_tag.clone()),
        tag("objects::things::Changed")
    );
    assert_eq!(
        event.contents,
        [id.as_bytes(), &1u64.to_le_bytes()[..], &9u64.to_le_bytes()].concat()
    );

    let (value, results) = world.run(|tx| {
        let thing = tx.input(id);
        let thing = tx.take(thing);
        tx.value("things::delete", &[thing])
    });
    assert_eq!(value, 9u64.into());
    assert_eq!(results.deleted, [id].into());
    assert!(results.written.is_empty() && results.wrapped.is_empty() && !world.exists(id));
}

#[test]
fn what_is_created_and_deleted_at_once_leaves_no_trace() {
    let mut world = World::default();
    let (value, results) = world.run(|tx| {
        let context = tx.context();
        tx.value("things::create_and_delete", &[context])
    });
    assert_eq!(value, 7u64.into());
    assert!(results.created.is_empty() && results.deleted.is_empty() && results.written.is_empty());
    assert_eq!(results.ids_created, 1);
}

#[test]
fn only_new_or_shared_objects_can_be_shared() {
    let (mut world, owned) = world_with_thing(1);
    let error = world.fail(|tx| {
        let thing = tx.input(owned);
        let thing = tx.take(thing);
        tx.call("things::share", &[thing])
    });
    assert_native_abort(&error, 0, "transfer", "share_object_impl");

    let ((), results) = world.run(|tx| {
        let context = tx.context();
        tx.call("things::create_and_share", &[5u64.into(), context])
    });
    let (&shared, written) = results.written.first_key_value().expect("one object");
    assert_eq!(
        (written.owner, written.kind),
        (Owner::Shared(0), WriteKind::Created)
    );
    let version = world.object(shared).version();

    world.run(|tx| {
        let thing = tx.input(shared);
        let thing = tx.take(thing);
        tx.call("things::share", &[thing])
    });
    assert_eq!(*world.object(shared).owner(), Owner::Shared(version));
    assert!(world.object(shared).version() > version);
}

#[test]
fn objects_are_frozen_and_given_to_parties() {
    let (mut world, id) = world_with_thing(1);
    world.run(|tx| {
        let thing = new_thing(tx, 2);
        tx.call("things::freeze_it", &[thing])?;
        let thing = tx.input(id);
        let thing = tx.take(thing);
        tx.call("things::give_to_party", &[thing, BOB.into()])
    });
    let frozen = Address::derive_id(digest(2), 0);
    assert_eq!(*world.object(frozen).owner(), Owner::Immutable);
    assert_eq!(
        *world.object(id).owner(),
        Owner::ConsensusAddress {
            start_version: 0,
            owner: BOB
        }
    );
}

/// Wraps a thing and gives the box to Alice; the ids of the box and the thing.
fn wrapped(world: &mut World, thing: Address) -> Address {
    let (box_id, results) = world.run(|tx| {
        let thing = tx.input(thing);
        let thing = tx.take(thing);
        let context = tx.context();
        let full = tx.value("things::wrap", &[thing, context])?;
        let id = tx.id(full);
        tx.give("objects::things::Box", full, ALICE);
        Ok(id)
    });
    assert_eq!(results.wrapped, [thing].into());
    assert_eq!(results.created, [box_id].into());
    assert!(!world.exists(thing));
    box_id
}

#[test]
fn wrapped_objects_come_back_with_their_id_or_die_inside() {
    let (mut world, id) = world_with_thing(3);
    let box_id = wrapped(&mut world, id);
    let ((), results) = world.run(|tx| {
        let full = tx.input(box_id);
        let full = tx.borrow(full);
        let thing = tx.value("things::unwrap", &[full])?;
        tx.call("things::give", &[thing, BOB.into()])
    });
    assert_eq!(results.written[&id].kind, WriteKind::Unwrapped);
    assert!(results.created.is_empty() && results.deleted.is_empty());
    assert_eq!(world.contents(id), thing_bytes(id, 3));

    world.run(|tx| {
        let (empty, thing) = (tx.input(box_id), tx.input(id));
        let (empty, thing) = (tx.borrow(empty), tx.take(thing));
        tx.call("things::fill", &[empty, thing])
    });
    assert!(!world.exists(id));
    let (value, results) = world.run(|tx| {
        let full = tx.input(box_id);
        let full = tx.borrow(full);
        tx.value("things::unwrap_and_delete", &[full])
    });
    assert_eq!(value, 3u64.into());
    // Deleted, though it was neither an input nor loaded: unwrapped, then deleted.
    assert_eq!(results.deleted, [id].into());
}

#[test]
fn what_is_created_and_wrapped_is_created_without_being_written() {
    let mut world = World::default();
    let (ids, results) = world.run(|tx| {
        let thing = new_thing(tx, 1);
        let thing_id = tx.id(thing);
        let context = tx.context();
        let full = tx.value("things::wrap", &[thing, context])?;
        let box_id = tx.id(full);
        tx.give("objects::things::Box", full, BOB);
        Ok([thing_id, box_id])
    });
    assert_eq!(results.created, ids.into());
    assert_eq!(
        results.written.keys().copied().collect::<Vec<_>>(),
        [ids[1]]
    );
}

/// A world with an empty box of Alice's, and the thing that was in it sent to the box.
fn world_with_parcel() -> (World, Address, Address) {
    let (mut world, id) = world_with_thing(4);
    let box_id = wrapped(&mut world, id);
    world.run(|tx| {
        let full = tx.input(box_id);
        let full = tx.borrow(full);
        let thing = tx.value("things::unwrap", &[full])?;
        tx.call("things::give", &[thing, box_id.into()])
    });
    (world, box_id, id)
}

#[test]
fn an_object_sent_to_an_object_is_received() {
    let (mut world, box_id, id) = world_with_parcel();
    let version = world.object(id).version();
    let receive = |tx: &mut Transaction<'_>, parcel: Cell, id, version| {
        let parcel = tx.borrow(parcel);
        let ticket = ticket(tx, id, version);
        tx.value("things::receive", &[parcel, ticket])
    };
    let ((), results) = world.run(|tx| {
        let parcel = tx.input(box_id);
        let thing = receive(tx, parcel, id, version)?;
        tx.call("things::give", &[thing, BOB.into()])
    });
    assert!(results.loaded[&id].received && results.loaded[&id].modified);
    assert_eq!(results.loaded[&id].object.version(), version);
    assert_eq!(results.written[&id].kind, WriteKind::Mutated);
    assert_eq!(*world.object(id).owner(), Owner::Address(BOB));

    // It is Bob's now, so the box cannot receive it any more.
    let version = world.object(id).version();
    let error = world.fail(|tx| {
        let parcel = tx.input(box_id);
        receive(tx, parcel, id, version)
    });
    assert_native_abort(&error, 3, "transfer", "receive_impl");
}

#[test]
fn receiving_checks_version_and_type() {
    let (mut world, box_id, id) = world_with_parcel();
    let version = world.object(id).version();
    let error = world.fail(|tx| {
        let parcel = tx.input(box_id);
        let parcel = tx.borrow(parcel);
        let ticket = ticket(tx, id, version - 1);
        tx.value("things::receive", &[parcel, ticket])
    });
    assert_native_abort(&error, 3, "transfer", "receive_impl");
    let error = world.fail(|tx| {
        let parcel = tx.input(box_id);
        let parcel = tx.borrow(parcel);
        let ticket = ticket(tx, id, version);
        tx.value("things::receive_lookalike", &[parcel, ticket])
    });
    assert_native_abort(&error, 2, "transfer", "receive_impl");
}

#[test]
fn events_are_bounded_in_number_and_size() {
    let mut world = World::default();
    let ((), results) = world.run(|tx| tx.call("things::emit_many", &[1024u64.into()]));
    assert_eq!(results.events.len(), 1024);
    assert_eq!(
        sui_sdk_types::TypeTag::from(results.events[7].type_tag.clone()),
        tag("objects::things::Pair<u64, bool>")
    );
    assert_eq!(results.events[7].contents, [7, 0, 0, 0, 0, 0, 0, 0, 1]);

    let error = world.fail(|tx| tx.call("things::emit_many", &[1025u64.into()]));
    assert_eq!(
        error.status,
        VmStatus::MemoryLimitExceeded("number of events")
    );
    let error = world.fail(|tx| tx.call("things::emit_large", &[256_000u64.into()]));
    assert_eq!(
        error.status,
        VmStatus::MemoryLimitExceeded("size of an event")
    );
}

#[test]
fn ids_are_bounded_in_number() {
    let mut world = World::default();
    let ((), results) = world.run(|tx| {
        let context = tx.context();
        tx.call("things::create_many", &[2048u64.into(), context])
    });
    assert_eq!(results.created.len(), 2048);
    let error = world.fail(|tx| {
        let context = tx.context();
        tx.call("things::create_many", &[2049u64.into(), context])
    });
    assert_eq!(
        error.status,
        VmStatus::MemoryLimitExceeded("new object ids")
    );
}
