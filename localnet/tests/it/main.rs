//! Integration tests of the embedded ledger, in one binary.

mod natives;
