//! The `valet` command.

mod account;
mod ask;
mod call;
mod commands;
mod context;
mod deploy;
mod index;
mod key;
mod keys;
mod localnet;
mod money;
mod output;
mod pin;
mod problem;
mod revoke;
mod session;
mod sessions;
mod sponsor;
mod units;
mod vault;
mod watch;

use std::process::ExitCode;

/// A ledger makes many small objects on many threads; the system's allocator takes some tenth of a busy one's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::main()
}
