//! `cargo xtask bench ledger`: the ledger's speed, beside a second virtual machine where that can be had.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    project::{cargo, toolchain},
    second_vm,
};

/// Tells the benchmark which Python has the second machine.
const PYTHON: &str = "VALET_SECOND_VM_PYTHON";

/// How to print what was measured.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Measures; the exit code is the benchmark's.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    // A missing tool is said now, not after minutes of compiling.
    toolchain()?;
    let mut command = cargo();
    command.args([
        "bench",
        "--package",
        "valet-localnet",
        "--bench",
        "ledger",
        "--",
        "--targets",
    ]);
    if arguments.json {
        command.arg("--json");
    }
    match second_vm::python() {
        Ok(python) => {
            command.env(PYTHON, python);
        }
        Err(error) => {
            eprintln!("   the ratios to a second machine are left out: {error:#}");
            command.env_remove(PYTHON);
        }
    }
    let status = command.status().context("cargo did not start")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
