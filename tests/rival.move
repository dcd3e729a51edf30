/// Another dApp, published by another module: what it can do to `fixture::Game` is nothing.
#[test_only]
module valet::rival;

use sui::package::{Self, Publisher};

public struct RIVAL has drop {}

/// The rival dApp's type.
public struct Rival()

public fun publisher(ctx: &mut TxContext): Publisher {
    package::test_claim(RIVAL {}, ctx)
}
