#[test_only]
module odd_lib::lib_tests;

#[test]
fun never_seen() { this does not even compile }
