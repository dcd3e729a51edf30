/// What the table of programmable transactions needs besides `calls`.
module ptb::more;

use ptb::calls::{Self, Pinned, Potato, Thing};
use sui::balance;
use sui::coin::Coin;
use sui::dynamic_field;

/// Its type argument must be stored.
public struct Box<T: store> has key, store { id: UID, value: T }

public struct Noted has copy, drop { value: u64 }

/// A currency with as many coins as anybody likes.
public struct Rich has drop {}

#[error]
const ENamed: vector<u8> = b"an error constant";

fun init(_: &mut TxContext) {}

public fun two_types<A: copy, B: drop>() {}

public fun context_between(_: u64, _: &mut TxContext, _: bool) {}

public fun two_contexts(_: &TxContext, _: &TxContext) {}

public fun imm_and_mut(_: &Thing, _: &mut Thing) {}

public fun context_and_both_mut(_: &mut TxContext, _: &mut Thing, _: &mut Thing) {}

public fun number_and_mut(_: u64, _: &mut Thing) {}

public fun number_and_reference(thing: &Thing): (u64, &Thing) { (thing.value(), thing) }

public fun mutable_reference(thing: &mut Thing): &mut Thing { thing }

public fun delete_both(a: Thing, b: Thing) {
    calls::delete(a);
    calls::delete(b);
}

public fun two_numbers(): (u64, u64) { (1, 2) }

public(package) entry fun package_entry(_: &Thing) {}

public fun noted(): Noted { Noted { value: 1 } }

public fun box(thing: Thing, ctx: &mut TxContext): Box<Thing> { Box { id: object::new(ctx), value: thing } }

public fun attach(box: &mut Box<Thing>, thing: Thing) { dynamic_field::add(&mut box.id, 1u8, thing) }

public fun missing_field(box: &Box<Thing>): u64 { *dynamic_field::borrow(&box.id, 9u8) }

public fun potato_with(_: &mut Thing): (Potato, u64) { (calls::potato(), 3) }

public fun keep_pinned(pinned: vector<Pinned>, to: address) {
    pinned.do!(|pinned| calls::pin(pinned, to));
}

public fun rich(ctx: &mut TxContext): Coin<Rich> {
    let mut supply = balance::create_supply(Rich {});
    let all = supply.increase_supply(0xffff_ffff_ffff_fffe);
    transfer::public_transfer(Box { id: object::new(ctx), value: supply }, @0x0);
    all.into_coin(ctx)
}

public fun named() { abort ENamed }

public fun asserted(number: u64) { assert!(number == 0) }

public fun at(numbers: vector<u16>, index: u64): u16 { numbers[index] }

public fun narrow(number: u64): u8 { number as u8 }

public fun shift(by: u8): u64 { 1 << by }

public fun less(number: u64): u64 { number - 1 }

public fun pop(mut numbers: vector<u16>): u16 { numbers.pop_back() }
