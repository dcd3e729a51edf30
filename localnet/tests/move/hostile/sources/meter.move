/// Has a one-time witness that its initializer does not take, when one letter of its name changes.
module hostile::meter;

public struct METEX has drop { flag: bool }

public fun flag(witness: &METEX): bool { witness.flag }

fun init(_: &mut TxContext) {}
