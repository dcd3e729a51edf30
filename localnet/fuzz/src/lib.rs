//! Fuzz targets of the embedded ledger, and the seeds they begin with.
//!
//! Each target is a function from bytes; `cargo xtask fuzz` builds and runs them. What must hold for every input: no panic, no
//! overflow, no endless loop, bounded memory; and for what is executed, every invariant of the ledger's own tests.

pub mod bytecode;
// The ledger, its objects and the random programs are those of the crate's tests.
#[allow(dead_code)]
#[path = "../../tests/it/chain.rs"]
mod chain;
pub mod grpc;
pub mod program;
#[allow(dead_code)]
#[path = "../../tests/it/random.rs"]
mod random;
pub mod seeds;
pub mod transaction;
mod trial;

/// Where the crate `valet-localnet` is.
const LOCALNET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
