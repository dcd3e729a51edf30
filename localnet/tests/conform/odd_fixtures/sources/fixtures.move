#[test_only]
module odd_fixtures::fixtures;

public fun answer(): u64 { 42 }

public macro fun twice($f: || -> ()) { $f(); $f(); }
