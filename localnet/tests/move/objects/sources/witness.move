/// One-time witnesses and what types are called at run time.
module objects::witness;

use std::type_name;
use sui::types;

public struct WITNESS has drop {}

/// Has the right shape but a type parameter.
public struct NotAWitness<phantom T> has copy, drop { flag: bool }

/// Says whether its own one-time witness is one; a publish calls it.
fun init(witness: WITNESS, _: &mut TxContext) {
    assert!(types::is_one_time_witness(&witness));
}

public fun is_witness(witness: &WITNESS): bool { types::is_one_time_witness(witness) }

public fun is_other_witness(): bool {
    types::is_one_time_witness(&NotAWitness<u64> { flag: true }) || types::is_one_time_witness(&0u64)
}

public fun name<T>(): vector<u8> { type_name::with_defining_ids<T>().into_string().into_bytes() }

public fun original_name<T>(): vector<u8> {
    type_name::with_original_ids<T>().into_string().into_bytes()
}

public fun defining_id<T>(): address { type_name::defining_id<T>() }

public fun original_id<T>(): address { type_name::original_id<T>() }
