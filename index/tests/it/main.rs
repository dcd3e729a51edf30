//! The integration tests of valet-index, as one binary.

// The client's own stage: the arena and a shop on a ledger.
#[path = "../../../rust-client/tests/it/arena.rs"]
mod arena;
mod connections;
mod feed;
mod lifecycle;
mod lookalikes;
mod node;
mod soak;
mod stage;
mod stores;
mod upgrade;
