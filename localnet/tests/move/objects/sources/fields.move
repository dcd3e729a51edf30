/// Dynamic fields, dynamic object fields and the collections built on them.
module objects::fields;

use objects::things::{Self, Thing, Lookalike};
use std::string::String;
use sui::bag::{Self, Bag};
use sui::derived_object;
use sui::dynamic_field as field;
use sui::dynamic_object_field as object_field;
use sui::object_table::{Self, ObjectTable};
use sui::table::{Self, Table};

public struct Parent has key, store { id: UID }

public struct Key has copy, drop, store { number: u64, name: String }

public struct Shelf has key, store {
    id: UID,
    numbers: Table<u64, u64>,
    nested: Table<u64, Table<u64, u64>>,
    things: ObjectTable<address, Thing>,
    bag: Bag,
}

public fun new(ctx: &mut TxContext): Parent { Parent { id: object::new(ctx) } }

public fun delete(parent: Parent) {
    let Parent { id } = parent;
    id.delete()
}

public fun add(parent: &mut Parent, key: u64, value: u64) { field::add(&mut parent.id, key, value) }

public fun read(parent: &Parent, key: u64): u64 { *field::borrow(&parent.id, key) }

public fun read_as_bool(parent: &Parent, key: u64): bool { *field::borrow(&parent.id, key) }

public fun write(parent: &mut Parent, key: u64, value: u64) {
    *field::borrow_mut(&mut parent.id, key) = value
}

public fun write_as_bool(parent: &mut Parent, key: u64, value: bool) {
    *field::borrow_mut(&mut parent.id, key) = value
}

/// Borrows mutably without changing anything.
public fun touch(parent: &mut Parent, key: u64) {
    let value: &mut u64 = field::borrow_mut(&mut parent.id, key);
    *value = *value;
}

public fun remove(parent: &mut Parent, key: u64): u64 { field::remove(&mut parent.id, key) }

public fun remove_as_bool(parent: &mut Parent, key: u64): bool { field::remove(&mut parent.id, key) }

public fun readd(parent: &mut Parent, key: u64, value: u64): u64 {
    let old = remove(parent, key);
    add(parent, key, value);
    old
}

public fun exists_(parent: &Parent, key: u64): bool { field::exists_(&parent.id, key) }

public fun exists_as_u64(parent: &Parent, key: u64): bool {
    field::exists_with_type<u64, u64>(&parent.id, key)
}

public fun exists_as_bool(parent: &Parent, key: u64): bool {
    field::exists_with_type<u64, bool>(&parent.id, key)
}

public fun add_named(parent: &mut Parent, number: u64, name: String, value: vector<u8>) {
    field::add(&mut parent.id, Key { number, name }, value)
}

public fun read_named(parent: &Parent, number: u64, name: String): vector<u8> {
    *field::borrow(&parent.id, Key { number, name })
}

public fun add_thing(parent: &mut Parent, key: u64, thing: Thing) {
    object_field::add(&mut parent.id, key, thing)
}

public fun set_thing(parent: &mut Parent, key: u64, value: u64) {
    let thing: &mut Thing = object_field::borrow_mut(&mut parent.id, key);
    things::set(thing, value)
}

public fun thing_value(parent: &Parent, key: u64): u64 {
    let thing: &Thing = object_field::borrow(&parent.id, key);
    things::value(thing)
}

public fun lookalike_value(parent: &Parent, key: u64): ID {
    let other: &Lookalike = object_field::borrow(&parent.id, key);
    object::id(other)
}

public fun remove_thing(parent: &mut Parent, key: u64): Thing {
    object_field::remove(&mut parent.id, key)
}

public fun move_thing(from: &mut Parent, to: &mut Parent, key: u64) {
    let thing = remove_thing(from, key);
    add_thing(to, key, thing)
}

public fun look_up_many(parent: &Parent, count: u64) {
    count.do!(|key| { field::exists_(&parent.id, key); })
}

public fun add_many(parent: &mut Parent, count: u64) { count.do!(|key| add(parent, key, key)) }

public fun claim(parent: &mut Parent, key: u64): Parent {
    Parent { id: derived_object::claim(&mut parent.id, key) }
}

public fun derived_address(parent: &Parent, key: u64): address {
    derived_object::derive_address(object::id(parent), key)
}

public fun shelf(ctx: &mut TxContext): Shelf {
    Shelf {
        id: object::new(ctx),
        numbers: table::new(ctx),
        nested: table::new(ctx),
        things: object_table::new(ctx),
        bag: bag::new(ctx),
    }
}

public fun store(shelf: &mut Shelf, key: u64, value: u64, ctx: &mut TxContext) {
    shelf.numbers.add(key, value);
    let mut inner = table::new(ctx);
    inner.add(key, value);
    shelf.nested.add(key, inner);
    shelf.bag.add(key, value);
    shelf.bag.add(b"key".to_string(), vector[key]);
}

public fun store_thing(shelf: &mut Shelf, thing: Thing) {
    shelf.things.add(object::id_address(&thing), thing)
}

public fun sum(shelf: &Shelf, key: u64): u64 {
    shelf.numbers[key] + shelf.nested[key][key] + shelf.bag[key]
}

public fun bump(shelf: &mut Shelf, key: u64) {
    let value = &mut shelf.nested[key][key];
    *value = *value + 1;
}

public fun lengths(shelf: &Shelf): (u64, u64, u64, u64) {
    (shelf.numbers.length(), shelf.nested.length(), shelf.things.length(), shelf.bag.length())
}
