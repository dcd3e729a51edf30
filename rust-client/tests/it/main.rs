//! The integration tests of valet-client, as one binary.

mod faults;
mod ledger;
mod node;
