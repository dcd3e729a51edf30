//! `cargo xtask fuzz`: every fuzz target of the ledger for a while, and what it found.
//!
//! The targets are libFuzzer's, in the crate `localnet/fuzz`. It is built with the compiler that runs us, stable or not: what
//! instruments code for coverage is a pass of LLVM's that stable compilers have, and no sanitizer is used, since the ledger has
//! no unsafe code for one to look at. What is looked for are panics, overflows, endless loops, runaway memory, and broken
//! invariants of what was executed.

mod build;
mod instrument;
mod report;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use self::{
    build::Build,
    report::{Outcome, Report},
};
use crate::project::toolchain;

pub(crate) use self::instrument::stand_in;

/// The targets, in the order they run.
const TARGETS: [&str; 4] = ["bytecode", "transaction", "program", "grpc"];

/// An input that takes longer than this has found an endless loop.
const INPUT_LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How long each target runs.
    #[arg(long, default_value_t = 2.0)]
    minutes: f64,
    /// Inputs after which a target ends, whatever the time.
    #[arg(long)]
    executions: Option<u64>,
    /// One target instead of all.
    #[arg(long, value_parser = TARGETS)]
    target: Option<String>,
    /// The seed of the fuzzer's choices; another each time if none is given.
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// Megabytes that a target may use.
    #[arg(long, default_value_t = 4096)]
    memory: u32,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    ensure!(
        arguments.minutes.is_finite() && arguments.minutes > 0.0,
        "--minutes must be more than nothing"
    );
    // A missing tool is said now, not after minutes of compiling.
    toolchain()?;
    build::check_compiler()?;
    let build = Build::new()?;
    build.seeds()?;
    let chosen = |name: &&&str| {
        arguments
            .target
            .as_deref()
            .is_none_or(|only| only == **name)
    };
    let mut outcomes = Vec::new();
    for target in TARGETS.iter().filter(chosen) {
        let outcome = one(&build, target, arguments)?;
        if !arguments.json {
            println!("{outcome}");
        }
        outcomes.push(outcome);
    }
    let report = Report::new(outcomes);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs one target until its time is over, it has executed enough, or it has found something.
fn one(build: &Build, target: &'static str, arguments: &Arguments) -> Result<Outcome> {
    let (corpus, found) = (build.corpus(target), build.found(target));
    fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
    let known = files(&found)?;
    let seconds = (arguments.minutes * 60.0).ceil();
    eprintln!("== {target}: {seconds} s");
    let start = Instant::now();
    let mut command = build.command(target);
    command
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg(format!("-timeout={}", INPUT_LIMIT.as_secs()))
        .arg(format!("-rss_limit_mb={}", arguments.memory))
        .arg(format!("-seed={}", arguments.seed))
        .args([
            "-print_final_stats=1",
            "-len_control=0",
            "-max_len=8192",
            "-detect_leaks=0",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let Some(executions) = arguments.executions {
        command.arg(format!("-runs={executions}"));
    }
    let mut child = command.spawn().with_context(|| target.to_owned())?;
    let stderr = child.stderr.take().context("the target's messages")?;
    let mut messages = report::Messages::default();
    // Panics may print what is not text.
    for line in BufReader::new(stderr).split(b'\n') {
        messages.line(&String::from_utf8_lossy(&line?));
    }
    let status = child.wait()?;
    // A slow input on a busy machine is noted by the fuzzer, but it is no crash.
    let new = files(&found)?
        .into_iter()
        .filter(|file| !known.contains(file) && !file.starts_with("slow-unit-"));
    let outcome = Outcome {
        target,
        executions: messages.executions(),
        edges: messages.edges(),
        crashes: new
            .map(|file| found.join(file).display().to_string())
            .collect(),
        clean: status.success(),
        seconds: start.elapsed().as_secs_f64(),
    };
    if !outcome.is_good() {
        eprint!("{}", messages.tail());
    }
    Ok(outcome)
}

fn files(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}
