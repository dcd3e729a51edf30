/// The second version: other code, an added type, added and removed functions.
module base::base;

use std::{ascii::String, type_name};
use sui::{dynamic_field, event};

/// The number of this version.
const VERSION: u64 = 2;

/// One per package: its constant is part of the code, its name of the abort.
#[error(code = 3)]
const ERefused: vector<u8> = b"Refused.";

/// An object that outlives the version that made it.
public struct Counter has key, store {
    id: UID,
    value: u64,
    kind: Kind,
}

/// An enum that outlives it as well.
public enum Kind has copy, drop, store {
    Plain,
    Labelled { label: u8 },
}

/// Emitted by every version.
public struct Counted has copy, drop {
    version: u64,
}

/// A witness of the first version, which a later `init` must not get again.
public struct BASE has drop {}

/// A type of this version.
public struct Note has key, store {
    id: UID,
    text: vector<u8>,
}

/// A type of this version under which it extends objects of the first.
public struct NoteKey() has copy, drop, store;

fun init(_witness: BASE, _ctx: &mut TxContext) {}

/// A counter at zero.
public fun new(ctx: &mut TxContext): Counter {
    Counter { id: object::new(ctx), value: 0, kind: Kind::Plain }
}

/// Adds the number of the version that runs.
public fun count(counter: &mut Counter) {
    counter.value = counter.value + VERSION;
    event::emit(Counted { version: VERSION });
}

/// What the counter holds.
public fun value(counter: &Counter): u64 {
    counter.value
}

/// Which version runs.
public fun version(): u64 { VERSION }

/// Aborts in the version that runs.
public fun refuse() {
    abort ERefused
}

/// The name of a type by the version that introduced it, and by the first version.
public fun names<T>(): (String, String) {
    (type_name::with_defining_ids<T>().into_string(), type_name::with_original_ids<T>().into_string())
}

/// An object of a type of this version.
public fun note(text: vector<u8>, ctx: &mut TxContext): Note {
    Note { id: object::new(ctx), text }
}

/// Puts a note into an object of the first version.
public fun attach(counter: &mut Counter, note: Note) {
    dynamic_field::add(&mut counter.id, NoteKey(), note);
}

/// Takes it out again.
public fun detach(counter: &mut Counter): Note {
    dynamic_field::remove(&mut counter.id, NoteKey())
}
