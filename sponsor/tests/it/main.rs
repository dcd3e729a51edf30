//! The integration tests of valet-sponsor, as one binary: real transactions with two signatures on an embedded ledger.

#[path = "../../../rust-client/tests/it/arena.rs"]
mod arena;
mod book;
mod coins;
mod http;
mod limits;
mod list;
mod lying;
mod pays;
mod stage;
