//! The integration tests of valet-client, as one binary.

mod faults;
mod node;
