//! Integration tests of the embedded ledger, in one binary: real bytecode and real signatures, no mock.

mod assembler;
mod chain;
mod documents;
mod game;
mod ledger;
mod natives;
mod ptb;
mod random;
mod rpc;
mod support;
mod upgrade;
mod vm;

/// Where this crate is.
const LOCALNET: &str = env!("CARGO_MANIFEST_DIR");
