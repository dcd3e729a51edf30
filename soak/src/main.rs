//! `valet-soak`: long random runs against the reference model, and what everything costs.
//!
//! It ends with 0 when nothing is wrong, with 1 when the packages do what they must not, and with 2 when it could not look.

use std::{env, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use valet_soak::{
    Caller, ChaosPlan, ClientPlan, ClientReport, Error, GasTable, Packages, Plan, be_killed, chaos,
    read_script, replay, run,
};

/// Names the folder of a changed copy of valet, to run in the place of the project's own: `cargo xtask mutants` sets it.
const MUTANT: &str = "VALET_MUTANT_PACKAGE";

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
    /// Take random steps, and check every invariant after each; with the valet in the folder VALET_MUTANT_PACKAGE, if set.
    Run(RunArguments),
    /// Measure what silent play costs the client.
    Client {
        /// How many actions to sign, and to play at each width.
        #[arg(long, default_value_t = 2_000)]
        actions: usize,
        /// How many sessions to have in the process.
        #[arg(long, default_value_t = 1_000)]
        sessions: usize,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play while everything goes wrong between client and ledger, and compare what the client says with the ledger's history.
    Chaos {
        /// How many actions to bring through.
        #[arg(long, default_value_t = 10_000)]
        actions: u64,
        /// Which faults they meet.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play what standard input says, to be killed: a part of `chaos`.
    #[command(hide = true)]
    ChaosClient,
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
        Command::Client {
            actions,
            sessions,
            json,
        } => client(ClientPlan { actions, sessions }, json),
        Command::Chaos {
            actions,
            seed,
            json,
        } => make_chaos(actions, seed, json),
        Command::ChaosClient => be_killed().map(|()| ExitCode::SUCCESS),
        Command::Gas { json } => gas(json),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(if error.is_misbehaviour() { 1 } else { 2 })
    })
}

fn soak(arguments: &RunArguments) -> Result<ExitCode, Error> {
    let packages = match env::var_os(MUTANT).filter(|path| !path.is_empty()) {
        Some(path) => Packages::compile_with_valet(path.as_ref())?,
        None => Packages::compile()?,
    };
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

fn client(plan: ClientPlan, json: bool) -> Result<ExitCode, Error> {
    let report = ClientReport::measure(&Packages::compile()?, plan)?;
    if json {
        println!("{}", report.to_json());
    } else {
        println!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}

fn make_chaos(actions: u64, seed: u64, json: bool) -> Result<ExitCode, Error> {
    let program = env::current_exe().map_err(|error| Error::Setup {
        what: "finding this program",
        reason: error.to_string(),
    })?;
    let plan = ChaosPlan {
        actions,
        seed,
        caller: Caller::Careful,
        program: Some(program),
    };
    let report = chaos(&Packages::compile()?, &plan)?;
    if json {
        println!("{}", report.to_json());
    } else {
        println!("{report}");
    }
    Ok(if report.is_clean() {
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
