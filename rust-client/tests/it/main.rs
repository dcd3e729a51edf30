//! The integration tests of valet-client, as one binary.

mod arena;
mod faults;
mod ledger;
mod node;
