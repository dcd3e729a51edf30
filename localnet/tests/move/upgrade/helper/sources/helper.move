/// A module that is added to another package, or takes its place.
module helper::helper;

use sui::clock::Clock;

/// Half of the time.
public fun half(clock: &Clock): u64 { clock.timestamp_ms() / 2 }
