/// Calls what becomes its initializer when one letter of its name changes.
module hostile::called;

public fun again(ctx: &mut TxContext) { inix(ctx) }

fun inix(_: &mut TxContext) {}
