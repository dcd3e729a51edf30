/// A package that reaches the upgraded one only through another.
module outer::outer;

/// The version that runs at the far end.
public fun version(): u64 { dependent::dependent::version() }
