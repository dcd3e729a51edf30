/// Objects in every state an object can be in: owned, shared, frozen, wrapped, received, deleted.
module objects::things;

use sui::event;
use sui::transfer::Receiving;

public struct Thing has key, store { id: UID, value: u64 }

/// Holds a thing, so that the thing is wrapped.
public struct Box has key, store { id: UID, inner: Option<Thing> }

/// Another type that is laid out like `Thing`.
public struct Lookalike has key, store { id: UID, value: u64 }

public struct Changed has copy, drop { id: ID, from: u64, to: u64 }

public struct Pair<A: copy + drop, B: copy + drop> has copy, drop { first: A, second: B }

public fun new(value: u64, ctx: &mut TxContext): Thing { Thing { id: object::new(ctx), value } }

public fun value(thing: &Thing): u64 { thing.value }

public fun set(thing: &mut Thing, value: u64) {
    let from = thing.value;
    thing.value = value;
    event::emit(Changed { id: object::id(thing), from, to: value });
}

public fun delete(thing: Thing): u64 {
    let Thing { id, value } = thing;
    id.delete();
    value
}

public fun create_and_delete(ctx: &mut TxContext): u64 { delete(new(7, ctx)) }

public fun give(thing: Thing, to: address) { transfer::transfer(thing, to) }

public fun share(thing: Thing) { transfer::share_object(thing) }

public fun freeze_it(thing: Thing) { transfer::freeze_object(thing) }

public fun give_to_party(thing: Thing, to: address) {
    transfer::party_transfer(thing, sui::party::single_owner(to))
}

public fun create_and_share(value: u64, ctx: &mut TxContext) { share(new(value, ctx)) }

public fun wrap(thing: Thing, ctx: &mut TxContext): Box {
    Box { id: object::new(ctx), inner: option::some(thing) }
}

public fun unwrap(box: &mut Box): Thing { box.inner.extract() }

public fun unwrap_and_delete(box: &mut Box): u64 { delete(box.inner.extract()) }

public fun fill(box: &mut Box, thing: Thing) { box.inner.fill(thing) }

public fun receive(box: &mut Box, ticket: Receiving<Thing>): Thing {
    transfer::receive(&mut box.id, ticket)
}

public fun receive_lookalike(box: &mut Box, ticket: Receiving<Lookalike>): Lookalike {
    transfer::receive(&mut box.id, ticket)
}

public fun lookalike(value: u64, ctx: &mut TxContext): Lookalike {
    Lookalike { id: object::new(ctx), value }
}

public fun emit_pair(number: u64, flag: bool) { event::emit(Pair { first: number, second: flag }) }

public fun emit_many(count: u64) { count.do!(|number| emit_pair(number, true)) }

public fun emit_large(length: u64) {
    event::emit(Pair { first: vector::tabulate!(length, |_| 0u8), second: false })
}

public fun create_many(count: u64, ctx: &mut TxContext) {
    count.do!(|_| { ctx.fresh_object_address(); })
}
