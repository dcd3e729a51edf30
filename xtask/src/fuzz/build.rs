//! Building the targets, and the inputs they begin with.

use std::{
    env,
    io::ErrorKind,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use super::instrument;
use crate::project::{MissingTool, cargo, root};

/// Fails unless there is a C++ compiler, which libFuzzer's runtime needs.
pub(super) fn check_compiler() -> Result<()> {
    let compiler = env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let mut words = compiler.split_whitespace();
    let program = words.next().unwrap_or("c++").to_owned();
    let asked = Command::new(&program)
        .args(words)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match asked {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(MissingTool(format!(
            "{program} was not found on PATH: install a C++ compiler such as g++, which libFuzzer needs, and try again"
        ))
        .into()),
        Err(error) => Err(error).context(program),
    }
}

/// The targets, built.
#[derive(Debug)]
pub(super) struct Build {
    directory: PathBuf,
    programs: PathBuf,
}

impl Build {
    /// Builds all targets with the cargo that runs us, apart from everything else.
    pub(super) fn new() -> Result<Self> {
        let host = host()?;
        let directory = root().join("target/fuzz");
        let status = cargo()
            .args(["build", "--locked", "--release", "--quiet"])
            .arg("--manifest-path")
            .arg(root().join("localnet/fuzz/Cargo.toml"))
            .arg("--target-dir")
            .arg(&directory)
            .args(["--target", &host])
            .env(
                "RUSTC_WRAPPER",
                env::current_exe().context("this program has no name")?,
            )
            .env(instrument::STAND_IN, "1")
            .status()
            .context("cargo did not start")?;
        ensure!(status.success(), "the fuzz targets do not build");
        let programs = directory.join(host).join("release");
        Ok(Self {
            directory,
            programs,
        })
    }

    /// Writes the inputs that the targets begin with, made of the project's own packages as they are now.
    pub(super) fn seeds(&self) -> Result<()> {
        let output = self
            .command("seeds")
            .arg(self.directory.join("corpus"))
            .stdin(Stdio::null())
            .output()
            .context("seeds")?;
        ensure!(
            output.status.success(),
            "the seeds cannot be made: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(root());
        command
    }

    /// Inputs that a target knows to be interesting; it adds what it finds.
    pub(super) fn corpus(&self, target: &str) -> PathBuf {
        self.directory.join("corpus").join(target)
    }

    /// Inputs that broke a target.
    pub(super) fn found(&self, target: &str) -> PathBuf {
        self.directory.join("found").join(target)
    }
}

/// What the compiler compiles for unless told otherwise.
fn host() -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .stdin(Stdio::null())
        .output()
        .context("rustc did not start")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc does not say what it compiles for")
}
