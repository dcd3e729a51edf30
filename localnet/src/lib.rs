//! An embedded Sui ledger that executes real Move bytecode.

mod admin;
mod canonical;
pub mod ledger;
mod localnet;
mod maps;
mod rpc;
pub mod vm;

pub use localnet::{Clock, Localnet, LocalnetBuilder, LocalnetError};
pub use rpc::{RequestCounts, Services, faults};
