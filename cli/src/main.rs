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

fn main() -> ExitCode {
    commands::main()
}
