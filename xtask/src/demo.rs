//! `cargo xtask demo`: builds the game while the Move tools get ready, then plays it.

use std::{ffi::OsString, process::ExitCode, thread};

use anyhow::{Context, Result, bail};

use crate::project::{cargo, toolchain};

const GAME: [&str; 3] = ["--release", "--package", "valet-game"];

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    // A missing tool is said now, not after minutes of compiling.
    let toolchain = toolchain()?;
    thread::scope(|scope| {
        let framework = scope.spawn(|| toolchain.framework());
        // Not quiet: the first build takes minutes, and cargo's progress goes to stderr.
        let built = cargo().arg("build").args(GAME).status();
        match framework.join() {
            Ok(framework) => drop(framework?),
            Err(_) => bail!("preparing the Move tools panicked"),
        }
        if !built.context("cargo did not start")?.success() {
            bail!("the game does not build");
        }
        Ok(())
    })?;

    let status = cargo()
        .arg("run")
        .args(GAME)
        .args(["--quiet", "--", "demo"])
        .args(arguments)
        .status()
        .context("cargo did not start")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
