//! The integration tests of valet-client, as one binary.

mod arena;
mod faults;
mod interoperability;
mod keys;
mod ledger;
mod node;
