/// A module that an upgrade adds, with an initializer.
module base::added;

fun init(_ctx: &mut TxContext) {}
