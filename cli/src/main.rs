//! The `valet` command.

mod index;
mod localnet;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Smart accounts with session keys on Sui.
#[derive(Debug, Parser)]
#[command(name = "valet", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a Sui ledger in memory, with gRPC and a faucet, until Ctrl-C.
    Localnet(localnet::Arguments),
    /// Follow a node, and keep the sessions of dApps with their history in a file, until Ctrl-C.
    Index(index::IndexArguments),
    /// List the sessions in an index.
    Sessions(index::SessionsArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error")),
        )
        .with_writer(std::io::stderr)
        .init();
    let result = match arguments.command {
        Command::Localnet(arguments) => localnet::run(&arguments),
        Command::Index(arguments) => index::follow(&arguments),
        Command::Sessions(arguments) => index::sessions(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
