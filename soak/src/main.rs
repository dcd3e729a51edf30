//! `valet-soak`: long random runs against the reference model, and what everything costs.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use valet_soak::{Error, GasTable, Packages, Plan, read_script, replay, run};

#[derive(Debug, Parser)]
#[command(
    name = "valet-soak",
    about = "Long random runs of valet, and what it costs"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take random steps, and check every invariant after each.
    Run(RunArguments),
    /// Measure what everything costs.
    Gas {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct RunArguments {
    /// How many steps to take.
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// Which steps to take: the same seed takes the same ones.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Take the steps of this script instead: one in JSON per line, as a violation prints them.
    #[arg(long)]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(arguments) => soak(&arguments),
        Command::Gas { json } => gas(json),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn soak(arguments: &RunArguments) -> Result<ExitCode, Error> {
    let packages = Packages::compile()?;
    let report = match &arguments.replay {
        Some(path) => replay(&packages, &read_script(path)?)?,
        None => run(
            &packages,
            Plan {
                steps: arguments.steps,
                seed: arguments.seed,
            },
        )?,
    };
    println!("{report}");
    Ok(if report.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn gas(json: bool) -> Result<ExitCode, Error> {
    let table = GasTable::measure(&Packages::compile()?)?;
    if json {
        println!("{}", table.to_json());
    } else {
        println!("{table}");
    }
    Ok(ExitCode::SUCCESS)
}
