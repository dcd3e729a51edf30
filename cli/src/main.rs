//! The `valet` command.

mod localnet;
mod sponsor;

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
    /// Pay for the gas of what a configuration allows, over HTTP, until Ctrl-C.
    Sponsor(sponsor::Arguments),
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
        Command::Sponsor(arguments) => sponsor::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
