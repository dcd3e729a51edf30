/// A library: `#[test] fun this_is_no_test() {}`.
module odd_lib::lib;

use odd_base::base::{Self, Thing};

#[error(code = 4)]
const ETooBig: vector<u8> = b"the thing is too big";
#[error]
const ENameless: vector<u8> = b"an error without a number";

public enum Shape has copy, drop, store {
    Dot,
    Line(u64),
    Box { width: u64, height: u64 },
}

public struct LIB has drop {}

public struct Shelf<phantom T, Item: store> has key {
    id: UID,
    items: vector<Item>,
}

public macro fun sum_of<$T>($items: &vector<$T>, $value: |&$T| -> u64): u64 {
    let items = $items;
    let mut total = 0;
    items.do_ref!(|item| total = total + $value(item));
    total
}

public fun dot(): Shape { Shape::Dot }

public fun line(length: u64): Shape { Shape::Line(length) }

public fun rectangle(width: u64, height: u64): Shape { Shape::Box { width, height } }

public fun area(shape: &Shape): u64 {
    match (shape) {
        Shape::Dot => 0,
        Shape::Line(length) if (*length > 1000) => abort ETooBig,
        Shape::Line(_) => 0,
        Shape::Box { width, height } => *width * *height,
    }
}

public fun check(thing: &Thing) { assert!(base::size(thing) < 10, ENameless) }

public fun shelf<T, Item: store>(ctx: &mut TxContext): Shelf<T, Item> {
    Shelf { id: object::new(ctx), items: vector[] }
}

public fun put<T, Item: store>(self: &mut Shelf<T, Item>, item: Item) { self.items.push_back(item) }

public fun take<T, Item: store>(self: &mut Shelf<T, Item>): Item { self.items.pop_back() }

public fun share<T, Item: store>(self: Shelf<T, Item>) { transfer::share_object(self) }

public fun freeze_it<T, Item: store>(self: Shelf<T, Item>) { transfer::freeze_object(self) }

fun init(witness: LIB, ctx: &mut TxContext) {
    assert!(sui::types::is_one_time_witness(&witness));
    shelf<LIB, Thing>(ctx).share()
}

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) { init(LIB {}, ctx) }

#[mode(test)]
public fun wrong_sum(): u64 { 255u8 as u64 + (300u64 as u8 as u64) }

#[test, expected_failure]
fun a_test_that_is_not_ours() { abort }
