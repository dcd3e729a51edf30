//! Random transactions of every kind: a ledger to run them on, what writes them, and what they must add up to.
//!
//! The fuzz targets in `fuzz` use all of it but the tests.

// With paths, because the fuzz targets use this file too.
#[path = "random/audit.rs"]
pub(crate) mod audit;
#[path = "random/program.rs"]
pub(crate) mod program;
#[path = "random/world.rs"]
pub(crate) mod world;

#[cfg(test)]
#[path = "random/runs.rs"]
mod runs;
