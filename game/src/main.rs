//! Plays Arena.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use valet_game::demo;

/// Arena: an example game on valet.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays the main job end to end: one signature, hundreds of silent moves, then a table of figures.
    Demo(DemoArguments),
}

#[derive(Debug, Args)]
struct DemoArguments {
    /// Prints one JSON object instead of the table.
    #[arg(long)]
    json: bool,
    /// How many silent moves to play.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    moves: u64,
    /// After how many unsettled writes a move carries a settlement.
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    settle_threshold: u64,
    /// Decides where the hero wanders.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Plays on this Sui node instead of an embedded ledger. A funded key may be given in VALET_FUNDER_KEY.
    #[arg(long)]
    rpc_url: Option<String>,
    /// The faucet to ask there; for a local node it is found by itself.
    #[arg(long, requires = "rpc_url")]
    faucet_url: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    let Command::Demo(arguments) = Arguments::parse().command;
    match run_demo(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run_demo(arguments: DemoArguments) -> Result<()> {
    let mut options = demo::Options::default();
    options.moves = arguments.moves;
    options.settle_threshold = arguments.settle_threshold;
    options.seed = arguments.seed;
    options.rpc_url = arguments.rpc_url;
    options.faucet_url = arguments.faucet_url;
    let report = demo::run(&options, |step| eprintln!("   {step}")).await?;
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&report).context("writing the report")?
        );
    } else {
        println!("\n{report}");
    }
    Ok(())
}
