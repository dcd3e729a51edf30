/// A function for every rule about arguments and results of a programmable transaction.
module ptb::calls;

use std::ascii;
use std::string;
use sui::balance;
use sui::coin::Coin;
use sui::sui::SUI;
use sui::transfer::Receiving;

public struct Thing has key, store { id: UID, value: u64 }

/// Only its own module can transfer it.
public struct Pinned has key { id: UID }

/// Must be consumed in the transaction that made it.
public struct Potato {}

/// Can be stored but not dropped.
public struct Storable has store {}

/// Can be copied but not dropped.
public struct Copyable has copy {}

/// Can do everything a value can.
public struct Plain has copy, drop, store { value: u64 }

public struct Noted has copy, drop { value: u64 }

public fun new(value: u64, ctx: &mut TxContext): Thing { Thing { id: object::new(ctx), value } }

public fun value(thing: &Thing): u64 { thing.value }

public fun set(thing: &mut Thing, value: u64) { thing.value = value; }

public fun delete(thing: Thing) {
    let Thing { id, .. } = thing;
    id.delete();
}

public fun delete_all(things: vector<Thing>): u64 {
    let count = things.length();
    things.destroy!(|thing| delete(thing));
    count
}

public fun pinned(ctx: &mut TxContext): Pinned { Pinned { id: object::new(ctx) } }

public fun pin(pinned: Pinned, to: address) { transfer::transfer(pinned, to) }

public fun share(value: u64, ctx: &mut TxContext) { transfer::share_object(new(value, ctx)) }

public fun reshare(thing: Thing) { transfer::share_object(thing) }

public fun freeze_thing(thing: Thing) { transfer::public_freeze_object(thing) }

public fun two(ctx: &mut TxContext): (Thing, Thing) { (new(1, ctx), new(2, ctx)) }

public fun nothing() {}

public fun potato(): Potato { Potato {} }

public fun potato_from(_: &Thing): Potato { Potato {} }

public fun eat(potato: Potato) { let Potato {} = potato; }

public fun storable(): Storable { Storable {} }

public fun destroy_storable(storable: Storable) { let Storable {} = storable; }

public fun copyable(): Copyable { Copyable {} }

public fun look(_: &Copyable) {}

public fun destroy_copyable(copyable: Copyable) { let Copyable {} = copyable; }

public fun plain(value: u64): Plain { Plain { value } }

public fun plain_value(plain: Plain): u64 { plain.value }

public fun bump(plain: &mut Plain) { plain.value = plain.value + 1; }

public fun bump_u64(number: &mut u64): u64 {
    *number = *number + 1;
    *number
}

public fun borrow(thing: &Thing): &u64 { &thing.value }

public fun both_mut(_: &mut Thing, _: &mut Thing) {}

public fun mut_and_imm(_: &mut Thing, _: &Thing) {}

public fun imm_and_imm(a: &Thing, b: &Thing): u64 { a.value + b.value }

public fun mut_and_value(_: &mut Thing, thing: Thing) { delete(thing) }

public fun value_and_mut(thing: Thing, _: &mut Thing) { delete(thing) }

public fun plain_mut_and_value(_: &mut Plain, _: Plain) {}

entry fun private_entry(_: &Thing) {}

entry fun private_entry_potato(potato: Potato) { eat(potato) }

entry fun private_entry_number(_: u64) {}

public entry fun public_entry(_: &Thing) {}

fun private() {}

public(package) fun package_only() {}

public fun with_context_first(ctx: &mut TxContext, value: u64): Thing { new(value, ctx) }

public fun sender(ctx: &TxContext): address { ctx.sender() }

public fun generic<T: store>(_: &T) {}

public fun generic_drop<T: drop>(_: T) {}

public fun phantom_only<T>(): u64 { 7 }

public fun receive(thing: &mut Thing, ticket: Receiving<Thing>): Thing {
    transfer::public_receive(&mut thing.id, ticket)
}

public fun take_bool(_: bool) {}

public fun take_u8(_: u8) {}

public fun take_u16(_: u16) {}

public fun take_u32(_: u32) {}

public fun take_u64(_: u64) {}

public fun take_u128(_: u128) {}

public fun take_u256(_: u256) {}

public fun take_address(_: address) {}

public fun take_id(_: ID) {}

public fun take_ascii(_: ascii::String) {}

public fun take_string(_: string::String) {}

public fun take_option(_: Option<u8>) {}

public fun take_numbers(_: vector<u16>) {}

public fun take_nested(_: vector<Option<vector<string::String>>>) {}

public fun take_plain(_: Plain) {}

public fun take_coin(coin: Coin<SUI>, to: address) { transfer::public_transfer(coin, to) }

public fun take_from_thing(thing: &mut Thing, amount: u64, ctx: &mut TxContext): Coin<SUI> {
    let withdrawal = balance::withdraw_funds_from_object<SUI>(&mut thing.id, amount);
    balance::redeem_funds(withdrawal).into_coin(ctx)
}

public fun emit(value: u64) { sui::event::emit(Noted { value }) }

public fun abort_with(code: u64) { abort code }

public fun divide(a: u64, b: u64): u64 { a / b }

public fun forever() { loop {} }

public fun recurse(depth: u64): u64 { if (depth == 0) 0 else 1 + recurse(depth - 1) }

public fun large(bytes: u64, ctx: &mut TxContext): Large {
    Large { id: object::new(ctx), bytes: vector::tabulate!(bytes, |_| 0u8) }
}

public struct Large has key, store { id: UID, bytes: vector<u8> }
