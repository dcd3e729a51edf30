/// Makes values of what becomes a one-time witness when one letter of its name changes.
module hostile::counter;

public struct COUNTEX has drop { flag: bool }

public fun forge(): COUNTEX { COUNTEX { flag: true } }

public fun flag(witness: &COUNTEX): bool { witness.flag }
