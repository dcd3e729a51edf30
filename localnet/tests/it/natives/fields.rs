//! Objects owned by objects.

use std::collections::BTreeSet;

use sui_sdk_types::{Address, Owner, TypeTag};
use valet_localnet::vm::{RuntimeResults, Value, VmError, VmStatus, WriteKind};

use super::world::{ALICE, PACKAGE, Transaction, World, assert_abort, assert_native_abort, tag};

const PARENT: &str = "objects::fields::Parent";

/// A world with one parent of Alice's.
fn world_with_parent() -> (World, Address) {
    let mut world = World::default();
    let parent = add_parent(&mut world);
    (world, parent)
}

fn add_parent(world: &mut World) -> Address {
    world
        .run(|tx| {
            let context = tx.context();
            let parent = tx.value("fields::new", &[context])?;
            let id = tx.id(parent);
            tx.give(PARENT, parent, ALICE);
            Ok(id)
        })
        .0
}

/// Calls `fields::name(parent, arguments..)` on an input.
fn on(
    tx: &mut Transaction<'_>,
    parent: Address,
    name: &str,
    arguments: &[Value],
) -> Result<Vec<Value>, VmError> {
    let parent = tx.input(parent);
    let parent = tx.borrow(parent);
    tx.call_with(
        &format!("fields::{name}"),
        &[],
        &[&[parent], arguments].concat(),
    )
}

/// One such call as a transaction.
fn run(
    world: &mut World,
    parent: Address,
    name: &str,
    arguments: &[Value],
) -> (Vec<Value>, RuntimeResults) {
    world.run(|tx| on(tx, parent, name, arguments))
}

fn fail(world: &mut World, parent: Address, name: &str, arguments: &[Value]) -> VmError {
    world.fail(|tx| on(tx, parent, name, arguments))
}

fn u64_field(parent: Address, key: u64) -> Address {
    parent.derive_dynamic_child_id(&TypeTag::U64, &key.to_le_bytes())
}

fn numbers(values: &[u64]) -> Vec<Value> {
    values.iter().map(|value| Value::from(*value)).collect()
}

#[test]
fn a_field_lives_between_transactions_under_the_id_the_sdk_derives() {
    let (mut world, parent) = world_with_parent();
    let field = u64_field(parent, 7);

    let (_, added) = run(&mut world, parent, "add", &numbers(&[7, 70]));
    assert_eq!(added.written[&field].kind, WriteKind::Created);
    assert_eq!(*world.object(field).owner(), Owner::Object(parent));
    let expected = tag("0x2::dynamic_field::Field<u64, u64>");
    assert_eq!(
        TypeTag::from(added.written[&field].type_tag.clone()),
        expected
    );
    let bytes = [
        field.as_bytes(),
        &7u64.to_le_bytes()[..],
        &70u64.to_le_bytes(),
    ]
    .concat();
    assert_eq!(world.contents(field), bytes);

    assert_eq!(
        run(&mut world, parent, "read", &numbers(&[7])).0,
        numbers(&[70])
    );
    assert_eq!(
        run(&mut world, parent, "exists_", &numbers(&[7])).0,
        [true.into()]
    );
    assert_eq!(
        run(&mut world, parent, "exists_", &numbers(&[8])).0,
        [false.into()]
    );
    assert_eq!(
        run(&mut world, parent, "exists_as_u64", &numbers(&[7])).0,
        [true.into()]
    );
    assert_eq!(
        run(&mut world, parent, "exists_as_bool", &numbers(&[7])).0,
        [false.into()]
    );

    let (_, written) = run(&mut world, parent, "write", &numbers(&[7, 71]));
    assert_eq!(written.written[&field].kind, WriteKind::Mutated);
    assert!(written.loaded[&field].modified && written.created.is_empty());
    assert_eq!(
        run(&mut world, parent, "read", &numbers(&[7])).0,
        numbers(&[71])
    );

    let (value, removed) = run(&mut world, parent, "remove", &numbers(&[7]));
    assert_eq!(value, numbers(&[71]));
    assert_eq!(removed.deleted, [field].into());
    assert!(removed.loaded[&field].modified && !world.exists(field));
}

#[test]
fn an_unchanged_field_is_read_but_not_written() {
    let (mut world, parent) = world_with_parent();
    let field = u64_field(parent, 1);
    run(&mut world, parent, "add", &numbers(&[1, 10]));
    for (name, arguments) in [
        ("touch", numbers(&[1])),
        ("read", numbers(&[1])),
        ("readd", numbers(&[1, 10])),
    ] {
        let (_, results) = run(&mut world, parent, name, &arguments);
        assert_eq!(
            results.written.keys().copied().collect::<Vec<_>>(),
            [parent],
            "{name}"
        );
        assert!(!results.loaded[&field].modified, "{name}");
        assert!(
            results.deleted.is_empty() && results.created.is_empty(),
            "{name}"
        );
    }
    let (_, results) = run(&mut world, parent, "readd", &numbers(&[1, 11]));
    assert_eq!(results.written[&field].kind, WriteKind::Mutated);
    assert!(results.deleted.is_empty() && results.created.is_empty());
}

#[test]
fn every_misuse_has_its_code() {
    let (mut world, parent) = world_with_parent();
    run(&mut world, parent, "add", &numbers(&[1, 10]));

    let error = fail(&mut world, parent, "add", &numbers(&[1, 11]));
    assert_abort(&error, 0, Address::TWO, "dynamic_field", "add");
    for (name, native) in [
        ("read", "borrow_child_object"),
        ("write", "borrow_child_object_mut"),
        ("remove", "remove_child_object"),
    ] {
        let mut arguments = numbers(&[2]);
        if name == "write" {
            arguments.push(0u64.into());
        }
        assert_native_abort(
            &fail(&mut world, parent, name, &arguments),
            1,
            "dynamic_field",
            native,
        );

        arguments[0] = 1u64.into();
        if name == "write" {
            arguments[1] = false.into();
        }
        let error = fail(&mut world, parent, &format!("{name}_as_bool"), &arguments);
        assert_native_abort(&error, 2, "dynamic_field", native);
    }
}

#[test]
fn a_struct_key_is_hashed_with_its_type() {
    let (mut world, parent) = world_with_parent();
    let named = |tx: &mut Transaction<'_>| {
        let bytes = tx.bytes(b"name");
        tx.execution.heap_mut().pack(&[bytes]).expect("fits")
    };
    let (_, results) = world.run(|tx| {
        let (name, value) = (named(tx), tx.bytes(b"value"));
        on(tx, parent, "add_named", &[5u64.into(), name, value])
    });
    let key = [&5u64.to_le_bytes()[..], &[4], b"name"].concat();
    let field = parent.derive_dynamic_child_id(&tag("objects::fields::Key"), &key);
    assert!(results.written.contains_key(&field));
    world.run(|tx| {
        let name = named(tx);
        let value = on(tx, parent, "read_named", &[5u64.into(), name])?[0];
        assert_eq!(tx.execution.heap().bytes(value), Ok(&b"value"[..]));
        Ok(())
    });
}

/// Adds a new thing to a parent and returns the thing's id and the field's.
fn add_thing(world: &mut World, parent: Address, key: u64, value: u64) -> (Address, Address) {
    let (thing, results) = world.run(|tx| {
        let context = tx.context();
        let thing = tx.value("things::new", &[value.into(), context])?;
        let id = tx.id(thing);
        on(tx, parent, "add_thing", &[key.into(), thing])?;
        Ok(id)
    });
    let field = object_field(parent, key);
    assert_eq!(results.created, [thing, field].into());
    (thing, field)
}

fn object_field(parent: Address, key: u64) -> Address {
    parent.derive_dynamic_child_id(
        &tag("0x2::dynamic_object_field::Wrapper<u64>"),
        &key.to_le_bytes(),
    )
}

#[test]
fn an_object_in_a_field_keeps_its_id() {
    let (mut world, parent) = world_with_parent();
    let (thing, field) = add_thing(&mut world, parent, 1, 10);
    assert_eq!(*world.object(field).owner(), Owner::Object(parent));
    assert_eq!(*world.object(thing).owner(), Owner::Object(field));
    assert_eq!(
        run(&mut world, parent, "thing_value", &numbers(&[1])).0,
        numbers(&[10])
    );

    let (_, results) = run(&mut world, parent, "set_thing", &numbers(&[1, 11]));
    // The field only names the thing, so it is read and not written.
    assert!(!results.loaded[&field].modified && results.loaded[&thing].modified);
    assert_eq!(
        run(&mut world, parent, "thing_value", &numbers(&[1])).0,
        numbers(&[11])
    );

    let error = fail(&mut world, parent, "lookalike_value", &numbers(&[1]));
    assert_native_abort(&error, 2, "dynamic_field", "borrow_child_object");

    let ((), results) = world.run(|tx| {
        let thing = on(tx, parent, "remove_thing", &numbers(&[1]))?[0];
        tx.call("things::give", &[thing, ALICE.into()])
    });
    assert_eq!(results.deleted, [field].into());
    assert_eq!(results.written[&thing].kind, WriteKind::Mutated);
    assert_eq!(*world.object(thing).owner(), Owner::Address(ALICE));
}

#[test]
fn an_object_moves_between_fields_and_out_of_an_input() {
    let (mut world, first) = world_with_parent();
    let second = add_parent(&mut world);
    let (thing, old_field) = add_thing(&mut world, first, 1, 10);
    let ((), results) = world.run(|tx| {
        let (from, to) = (tx.input(first), tx.input(second));
        let (from, to) = (tx.borrow(from), tx.borrow(to));
        tx.call("fields::move_thing", &[from, to, 1u64.into()])
    });
    let field = object_field(second, 1);
    assert_eq!(
        (&results.deleted, &results.created),
        (&[old_field].into(), &[field].into())
    );
    assert_eq!(results.written[&thing].owner, Owner::Object(field));
    assert_eq!(results.written[&thing].kind, WriteKind::Mutated);

    // From the field to Alice, and from Alice back into a field.
    world.run(|tx| {
        let thing = on(tx, second, "remove_thing", &numbers(&[1]))?[0];
        tx.call("things::give", &[thing, ALICE.into()])
    });
    let (_, results) = world.run(|tx| {
        let thing = tx.input(thing);
        let thing = tx.take(thing);
        on(tx, first, "add_thing", &[2u64.into(), thing])
    });
    assert!(results.wrapped.is_empty());
    assert_eq!(
        *world.object(thing).owner(),
        Owner::Object(object_field(first, 2))
    );
}

#[test]
fn lookups_and_children_are_bounded() {
    let (mut world, parent) = world_with_parent();
    run(&mut world, parent, "look_up_many", &numbers(&[1000]));
    let error = fail(&mut world, parent, "look_up_many", &numbers(&[1001]));
    assert_eq!(
        error.status,
        VmStatus::MemoryLimitExceeded("children looked up")
    );
    let (_, results) = run(&mut world, parent, "add_many", &numbers(&[1000]));
    assert_eq!(results.created.len(), 1000);
}

#[test]
fn derived_objects_are_claimed_once_at_the_address_the_sdk_derives() {
    let (mut world, parent) = world_with_parent();
    let derived = parent.derive_object_id(&TypeTag::U64, &9u64.to_le_bytes());
    assert_eq!(
        run(&mut world, parent, "derived_address", &numbers(&[9])).0,
        [derived.into()]
    );
    let (_, results) = world.run(|tx| {
        let object = on(tx, parent, "claim", &numbers(&[9]))?[0];
        assert_eq!(tx.id(object), derived);
        tx.give(PARENT, object, ALICE);
        Ok(())
    });
    assert_eq!(results.written[&derived].kind, WriteKind::Created);
    let error = fail(&mut world, parent, "claim", &numbers(&[9]));
    let location = error.location.as_ref().expect("an abort has a location");
    assert_eq!(
        (location.package, location.module.as_str()),
        (Address::TWO, "derived_object")
    );
    // A clever code: the error's number is in the third byte from the top.
    assert_eq!(
        error
            .abort_code()
            .map(|code| (code >> 63, (code >> 48) & 0xff)),
        Some((1, 0))
    );
}

#[test]
fn collections_nest_and_only_what_changed_is_written() {
    let mut world = World::default();
    let (shelf, created) = world.run(|tx| {
        let context = tx.context();
        let shelf = tx.value("fields::shelf", &[context])?;
        let id = tx.id(shelf);
        tx.give("objects::fields::Shelf", shelf, ALICE);
        Ok(id)
    });
    // The shelf, and the collections inside it, which are objects without being written.
    assert_eq!(created.created.len(), 5);
    assert_eq!(created.written.len(), 1);

    let (_, stored) = world.run(|tx| {
        let context = tx.context();
        let shelf = tx.input(shelf);
        let shelf = tx.borrow(shelf);
        tx.call(
            "fields::store",
            &[shelf, 3u64.into(), 30u64.into(), context],
        )?;
        let thing = tx.value("things::new", &[1u64.into(), context])?;
        tx.call("fields::store_thing", &[shelf, thing])
    });
    // Fields: numbers, nested, the nested table's, two of the bag, the object table's; objects: the nested table's id and
    // the thing.
    assert_eq!(stored.created.len(), 8);
    assert_eq!(stored.written.len(), 1 + 6 + 1);

    assert_eq!(
        run(&mut world, shelf, "sum", &numbers(&[3])).0,
        numbers(&[90])
    );
    assert_eq!(
        run(&mut world, shelf, "lengths", &[]).0,
        numbers(&[1, 1, 1, 2])
    );

    let (_, bumped) = run(&mut world, shelf, "bump", &numbers(&[3]));
    let changed: BTreeSet<_> = bumped
        .loaded
        .iter()
        .filter(|(_, loaded)| loaded.modified)
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(
        (bumped.loaded.len(), changed.len(), bumped.written.len()),
        (2, 1, 2)
    );
    assert_eq!(
        run(&mut world, shelf, "sum", &numbers(&[3])).0,
        numbers(&[91])
    );
}

#[test]
fn a_field_of_another_package_names_its_types_by_their_package() {
    let (mut world, parent) = world_with_parent();
    let (thing, _) = add_thing(&mut world, parent, 1, 10);
    let data = world.object(thing).as_struct().expect("not a package");
    assert_eq!(*data.object_type().address(), PACKAGE);
}
