//! The project's tasks.
//!
//! `cargo xtask demo` plays the example game, `cargo xtask test` checks everything there is to check,
//! `cargo xtask move` drives the Move tools, `cargo xtask mutants` looks for guards that no test needs,
//! `cargo xtask rows` writes down which test shows which promise, and `cargo xtask docs` writes the Move reference.
//! `cargo xtask conform` runs Move unit tests in the official virtual machine and in ours.
//! `cargo xtask differential` does so with generated programs, and in a second virtual machine as well.
//! `cargo xtask fuzz` runs the ledger's fuzz targets.
//! `cargo xtask soak` runs valet against its reference model, `cargo xtask chaos` the client against all that goes wrong, and
//! `cargo xtask bench` measures.

mod conform;
mod demo;
mod differential;
mod fuzz;
mod ledger_bench;
mod move_source;
mod move_tools;
mod mutants;
mod project;
mod reference;
mod rows;
mod second_vm;
mod soak;
mod suite;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::move_tools::MoveCommand;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The project's tasks"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Play the example game on an embedded ledger, or with --rpc-url on any Sui network.
    Demo {
        /// Passed on to the game; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Check everything: Move format, lint and tests, Rust format, lint, tests and documentation, and drift.
    ///
    /// The last line counts the tests that passed, and the tests and other checks that failed.
    Test,
    /// Run valet against its reference model: random steps, and every invariant after each.
    ///
    /// The last line counts the violations; there must be none.
    Soak {
        /// Passed on; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Play while everything goes wrong between a real client and a real ledger, and compare what the client says with the ledger's
    /// history.
    ///
    /// The last line counts the actions that were lost, doubled and stuck; there must be none.
    Chaos {
        /// Passed on; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Measure.
    #[command(subcommand)]
    Bench(Bench),
    /// Build, test, lint or format the Move packages.
    #[command(subcommand)]
    Move(MoveCommand),
    /// Break each guard of a Move package, one at a time, and see whether a test notices.
    ///
    /// The last line counts the changes that no test noticed.
    Mutants(mutants::Arguments),
    /// Run the unit tests of Move packages in the official virtual machine and in ours, and compare how each ends.
    ///
    /// The last line counts the tests that end alike and those that do not.
    Conform(conform::Arguments),
    /// Generate programs and run them in the official virtual machine, in a second one and in ours, and compare what each computes.
    ///
    /// The last lines count the programs on which they agree and those on which they do not.
    Differential(differential::Arguments),
    /// Run the ledger's fuzz targets: bytecode, transactions, programs and requests that nobody's tools made.
    ///
    /// The last line counts executions and crashes; there must be none of the latter.
    Fuzz(fuzz::Arguments),
    /// Write the table of promises and the tests that show them.
    Rows(rows::Arguments),
    /// Write docs/reference, a page for each module of the Move package.
    Docs(reference::Arguments),
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// What silent play costs the client: signing, requests, actions a second, memory.
    Client {
        /// Passed on; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// What everything costs, beside the least that the protocol lets it cost.
    Gas {
        /// Passed on; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// How fast the ledger is: instructions, calls, silent writes, starting, a million objects; beside a second virtual machine
    /// where there is a Python to run it.
    Ledger(ledger_bench::Arguments),
}

/// What a missing program exits with, as a wrong argument does: the run never began.
const NOT_STARTED: u8 = 2;

fn main() -> ExitCode {
    let result = fuzz::stand_in().unwrap_or_else(|| run(Arguments::parse().task));
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            let missing = error
                .downcast_ref::<valet_toolchain::Error>()
                .is_some_and(valet_toolchain::Error::is_missing_tool);
            if missing || error.is::<project::MissingTool>() {
                ExitCode::from(NOT_STARTED)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(task: Task) -> anyhow::Result<ExitCode> {
    match task {
        Task::Demo { arguments } => demo::run(&arguments),
        Task::Test => suite::run(),
        Task::Soak { arguments } => soak::run("run", &arguments),
        Task::Chaos { arguments } => soak::run("chaos", &arguments),
        Task::Bench(Bench::Client { arguments }) => soak::run("client", &arguments),
        Task::Bench(Bench::Gas { arguments }) => soak::run("gas", &arguments),
        Task::Bench(Bench::Ledger(arguments)) => ledger_bench::run(&arguments),
        Task::Move(command) => move_tools::run(command),
        Task::Mutants(arguments) => mutants::run(&arguments),
        Task::Conform(arguments) => conform::run(&arguments),
        Task::Differential(arguments) => differential::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Rows(arguments) => rows::run(&arguments),
        Task::Docs(arguments) => reference::run(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_games_arguments_are_passed_on_untouched() {
        let given = [
            "xtask",
            "demo",
            "--json",
            "--rpc-url",
            "http://127.0.0.1:9000",
        ];
        let parsed = Arguments::try_parse_from(given).map(|arguments| arguments.task);
        assert!(
            matches!(&parsed, Ok(Task::Demo { arguments }) if arguments == &given[2..]),
            "{parsed:?}"
        );
    }
}
