/// The first version of a package that is upgraded.
module base::base;

use std::{ascii::String, type_name};
use sui::event;

/// The next version changes it.
const VERSION: u64 = 1;

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

fun init(_witness: BASE, _ctx: &mut TxContext) {}

/// A counter at zero.
public fun new(ctx: &mut TxContext): Counter {
    Counter { id: object::new(ctx), value: 0, kind: Kind::Labelled { label: 7 } }
}

/// Adds the number of the version that runs.
public fun count(counter: &mut Counter) {
    counter.value = counter.value + step();
    event::emit(Counted { version: VERSION });
}

/// What the counter holds.
public fun value(counter: &Counter): u64 {
    match (&counter.kind) {
        Kind::Plain => 0,
        Kind::Labelled { label: _ } => counter.value,
    }
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

/// Goes away in the next version, which it may because nobody outside calls it.
fun step(): u64 { 1 }
