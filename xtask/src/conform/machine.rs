//! Our machine: a process of its own, so that neither a test that does not end nor one that brings it down ends the run.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;

use super::outcome::Outcome;
use crate::project::cargo;

/// The program, and the package it is in.
const PROGRAM: &str = "valet-move-tests";
const PACKAGE: &str = "valet-localnet";

/// What it exits with when something else than a test went wrong, such as bytecode that does not load.
const NOT_A_TEST: i32 = 2;

/// How long one test may take, in an unoptimized build on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A function to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Call {
    pub(super) address: String,
    pub(super) module: String,
    pub(super) function: String,
    /// The transaction that the function is given the context of, by its digest in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
}

impl Call {
    /// The same in a transaction of this digest.
    pub(crate) fn in_transaction(self, digest: &str) -> Self {
        Self {
            digest: Some(digest.to_owned()),
            ..self
        }
    }

    /// Whether it is in a transaction.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.digest.is_some()
    }
}

#[derive(Serialize)]
struct Request<'a> {
    modules: &'a [String],
    tests: &'a [Call],
}

/// The program that runs tests, built.
#[derive(Debug)]
pub(crate) struct Machine {
    program: PathBuf,
}

impl Machine {
    /// One that was built before.
    pub(crate) fn at(program: &Path) -> Self {
        Self {
            program: program.to_path_buf(),
        }
    }

    /// Builds it.
    ///
    /// # Errors
    /// It does not compile.
    pub(crate) fn build() -> Result<Self> {
        Self::built_by(cargo().args(["build", "--package", PACKAGE, "--bin", PROGRAM]))
    }

    /// The one that is built with the project's tests, and so with the features that all of it together asks for.
    ///
    /// # Errors
    /// They do not compile.
    pub(crate) fn of_the_tests() -> Result<Self> {
        Self::built_by(cargo().args(["test", "--no-run", "--workspace"]))
    }

    fn built_by(command: &mut Command) -> Result<Self> {
        let output = command
            .args(["--locked", "--quiet", "--message-format", "json"])
            .stderr(Stdio::inherit())
            .output()
            .context("cargo did not start")?;
        if !output.status.success() {
            bail!("{PROGRAM} does not compile");
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let program = messages.lines().rev().find_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            let is_it = message.pointer("/target/name")?.as_str()? == PROGRAM
                && message.pointer("/profile/test")? == false;
            let executable = message.get("executable")?.as_str()?;
            is_it.then(|| executable.into())
        });
        let program = program.context("cargo names no program")?;
        Ok(Self { program })
    }

    /// Runs these tests, each in a state of its own.
    ///
    /// # Errors
    /// The bytecode does not load, or the program does not start.
    pub(crate) fn run(&self, modules: &[String], tests: &[Call]) -> Result<Vec<Outcome>> {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(tests.len());
        while let Some(left) = tests.get(outcomes.len()..)
            && !left.is_empty()
        {
            let request = serde_json::to_vec(&Request {
                modules,
                tests: left,
            })?;
            let mut run = Run::start(&self.program, request)?;
            let end = loop {
                match run.lines.recv_timeout(LIMIT) {
                    Ok(line) => outcomes.push(
                        serde_json::from_str(&line)
                            .with_context(|| format!("unreadable answer: {line}"))?,
                    ),
                    Err(mpsc::RecvTimeoutError::Timeout) => break Some(Outcome::Endless),
                    Err(mpsc::RecvTimeoutError::Disconnected) => break run.end()?,
                }
                if outcomes.len() == tests.len() {
                    break None;
                }
            };
            match end {
                Some(outcome) if outcomes.len() < tests.len() => outcomes.push(outcome),
                None if outcomes.len() < tests.len() => {
                    bail!("{PROGRAM} ended before the last test")
                }
                _ => {}
            }
        }
        Ok(outcomes)
    }
}

/// A running program; killed when dropped.
struct Run {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Run {
    fn start(program: &Path, request: Vec<u8>) -> Result<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that ends early is judged by how it ended.
            thread::spawn(move || drop(stdin.write_all(&request)));
        }
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self { child, lines })
    }

    /// How it ended, once it answers no more; `None` if as it should.
    fn end(&mut self) -> Result<Option<Outcome>> {
        let mut words = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            stderr.read_to_string(&mut words)?;
        }
        let status = self.child.wait()?;
        if status.success() {
            return Ok(None);
        }
        if status.code() == Some(NOT_A_TEST) {
            bail!("{}", words.trim());
        }
        let detail = format!("{status}: {}", words.trim());
        Ok(Some(Outcome::Broke { detail }))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
