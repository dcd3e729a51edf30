/// A package that calls the one that is upgraded.
module dependent::dependent;

use base::base::{Self, Counter};

/// The version of the dependency that this package is linked to.
public fun version(): u64 { base::version() }

/// Counts through this package.
public fun count(counter: &mut Counter) { counter.count(); }
