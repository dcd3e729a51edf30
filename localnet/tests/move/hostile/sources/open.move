/// Has what becomes an initializer that everybody may call when one letter of its name changes.
module hostile::open;

public fun inix(_: &mut TxContext) {}
