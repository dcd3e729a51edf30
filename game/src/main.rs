//! Plays Arena.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use valet_game::{demo, load, play};

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
    /// Plays in the terminal: one signature, then every move is signed silently.
    Play(PlayArguments),
    /// Lets many bots play at once, and prints what the ledger bore.
    Bot(BotArguments),
}

#[derive(Debug, Args)]
struct PlayArguments {
    /// How many bots play against you.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=25))]
    rivals: u8,
    /// Joins a game that is on: the file that its first player wrote with --share.
    #[arg(long, value_name = "FILE", conflicts_with = "rpc_url")]
    join: Option<PathBuf>,
    /// Writes what another process needs to join this game.
    #[arg(long, value_name = "FILE")]
    share: Option<PathBuf>,
    /// Lets a bot play from the start; b takes over.
    #[arg(long)]
    auto: bool,
    /// For how many minutes your wallet lets the session play.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// How many moves your wallet lets the session play [default: without a limit].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    moves: Option<u64>,
    /// Publishes the game on this Sui node instead of an embedded ledger. A funded key may be given in VALET_FUNDER_KEY.
    #[arg(long)]
    rpc_url: Option<String>,
    /// The faucet to ask there; for a local node it is found by itself.
    #[arg(long, requires = "rpc_url")]
    faucet_url: Option<String>,
}

#[derive(Debug, Args)]
struct BotArguments {
    /// Prints one JSON object instead of the table.
    #[arg(long)]
    json: bool,
    /// How many bots.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    players: u16,
    /// For how many seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_000))]
    seconds: u64,
    /// Decides where they wander.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Joins a game that is on: the file that its first player wrote with --share.
    #[arg(long, value_name = "FILE", conflicts_with = "rpc_url")]
    join: Option<PathBuf>,
    /// Publishes the game on this Sui node instead of an embedded ledger. A funded key may be given in VALET_FUNDER_KEY.
    #[arg(long)]
    rpc_url: Option<String>,
    /// The faucet to ask there; for a local node it is found by itself.
    #[arg(long, requires = "rpc_url")]
    faucet_url: Option<String>,
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
    let command = Arguments::parse().command;
    // A log would be written across the map.
    let usual = if matches!(command, Command::Play(_)) {
        "off"
    } else {
        "warn"
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual)),
        )
        .with_writer(std::io::stderr)
        .init();
    let outcome = match command {
        Command::Demo(arguments) => run_demo(arguments).await,
        Command::Play(arguments) => run_play(arguments).await,
        Command::Bot(arguments) => run_bot(arguments).await,
    };
    match outcome {
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

async fn run_play(arguments: PlayArguments) -> Result<()> {
    let mut options = play::Options::default();
    options.rivals = arguments.rivals;
    options.rpc_url = arguments.rpc_url;
    options.faucet_url = arguments.faucet_url;
    options.join = arguments.join;
    options.share = arguments.share;
    options.is_auto = arguments.auto;
    options.lasting = Some(Duration::from_secs(arguments.minutes * 60));
    options.max_calls = arguments.moves;
    play::run(&options, |step| eprintln!("   {step}")).await
}

async fn run_bot(arguments: BotArguments) -> Result<()> {
    let mut options = load::Options::default();
    options.players = arguments.players;
    options.duration = Duration::from_secs(arguments.seconds);
    options.seed = arguments.seed;
    options.rpc_url = arguments.rpc_url;
    options.faucet_url = arguments.faucet_url;
    options.join = arguments.join;
    let report = load::run(&options, |step| eprintln!("   {step}")).await?;
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
