/// Has a one-time witness that can be copied, when one letter of its name changes.
module hostile::gauge;

public struct GAUGX has copy, drop { flag: bool }

public fun flag(witness: &GAUGX): bool { witness.flag }
