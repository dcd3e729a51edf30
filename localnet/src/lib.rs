//! An embedded Sui ledger that executes real Move bytecode.

pub mod ledger;
pub mod vm;
