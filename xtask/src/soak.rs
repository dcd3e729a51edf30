//! `cargo xtask soak`, `cargo xtask chaos` and `cargo xtask bench`: builds and runs the crate that does all three.

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Context, Result};

use crate::project::{cargo, toolchain};

/// Runs one of the crate's commands; its exit code is ours.
pub(crate) fn run(command: &str, arguments: &[OsString]) -> Result<ExitCode> {
    // A missing tool is said now, not after minutes of compiling.
    toolchain()?;
    let status = cargo()
        .args(["run", "--release", "--package", "valet-soak", "--", command])
        .args(arguments)
        .status()
        .context("cargo did not start")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
