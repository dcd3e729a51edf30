/// Has what becomes an initializer with too many parameters when one letter of its name changes.
module hostile::many;

#[allow(unused_function)]
fun inix(_: u64, _: &mut TxContext) {}
