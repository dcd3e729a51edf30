//! `cargo xtask conform`: every unit test of a Move package in the official virtual machine and in ours.
//!
//! Both run the same text without the attributes that say which failures are expected, so that each says how a test ends: that
//! it passes, or why and in which module it stops. A test agrees when both say the same; then it meets or misses whatever its
//! attributes expect in both.

mod arguments;
mod attributes;
mod extension;
mod machine;
mod manifest;
mod official;
mod outcome;
mod package;
mod rewrite;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

use anyhow::Result;
use valet_toolchain::{Error, Toolchain};

pub(crate) use self::{
    machine::{Call, Machine},
    outcome::Outcome,
    package::{Program, Subject, from_hexadecimal, hexadecimal},
};
use self::{
    outcome::{Verdict, compare},
    rewrite::TestName,
};
use crate::project::{display, move_packages, toolchain};

/// Packages of everything that could trip a runner over.
pub(crate) const ODD: [&str; 3] = [
    "localnet/tests/conform/odd",
    "localnet/tests/conform/old",
    "localnet/tests/conform/extended",
];

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The framework's own tests, those in its modules.
    #[arg(long)]
    framework: bool,
    /// The program that runs tests in our machine, instead of building it: `valet-move-tests`.
    #[arg(long)]
    runner: Option<PathBuf>,
    /// Packages, with their local dependencies, instead of the project's.
    packages: Vec<PathBuf>,
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) agree: u64,
    pub(crate) disagree: u64,
    pub(crate) excluded: u64,
    /// Packages that could not be run at all.
    pub(crate) broken: u64,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.agree += other.agree;
        self.disagree += other.disagree;
        self.excluded += other.excluded;
        self.broken += other.broken;
    }
}

impl Totals {
    /// Whether something ran and nothing differed.
    pub(crate) fn is_good(self) -> bool {
        self.agree > 0 && self.disagree == 0 && self.broken == 0
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let packages = if arguments.framework && arguments.packages.is_empty() {
        Vec::new()
    } else {
        move_packages(&arguments.packages)
    };
    let toolchain = toolchain()?;
    let machine = match &arguments.runner {
        Some(program) => Machine::at(program),
        None => Machine::build()?,
    };
    let totals = all(&toolchain, &machine, &packages, arguments.framework)?;
    println!("excluded: {}", totals.excluded);
    println!("agree: {}, disagree: {}", totals.agree, totals.disagree);
    Ok(if totals.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs the tests of these packages, and those of the framework, and prints what differs.
pub(crate) fn all(
    toolchain: &Toolchain,
    machine: &Machine,
    packages: &[PathBuf],
    framework: bool,
) -> Result<Totals> {
    let mut totals = Totals::default();
    let framework = framework.then(|| ("the framework".to_owned(), None));
    let packages = packages.iter().map(|path| (display(path), Some(path)));
    for (name, path) in framework.into_iter().chain(packages) {
        let start = Instant::now();
        let subject = match path {
            Some(path) => Subject::package(toolchain, path),
            None => Subject::framework(toolchain),
        };
        match subject.and_then(|subject| one(toolchain, machine, &subject)) {
            Ok(found) => {
                let took = start.elapsed().as_secs_f64();
                println!(
                    "{name}: agree: {}, disagree: {}, excluded: {} ({took:.1} s)",
                    found.agree, found.disagree, found.excluded
                );
                totals += found;
            }
            Err(error) => {
                let missing = error
                    .downcast_ref::<Error>()
                    .is_some_and(Error::is_missing_tool);
                if missing {
                    return Err(error);
                }
                println!("{name}: {error:#}");
                totals.broken += 1;
            }
        }
    }
    Ok(totals)
}

fn one(toolchain: &Toolchain, machine: &Machine, subject: &Subject) -> Result<Totals> {
    let (totals, lines) = compared(toolchain, machine, subject, subject)?;
    for line in lines {
        println!("{line}");
    }
    Ok(totals)
}

/// Runs the tests of `official` in the official machine and those of `ours`, which has the same, in ours; what to say about them.
pub(crate) fn compared(
    toolchain: &Toolchain,
    machine: &Machine,
    official: &Subject,
    ours: &Subject,
) -> Result<(Totals, Vec<String>)> {
    let mut totals = Totals::default();
    let mut lines = Vec::new();
    let mut tests: Vec<&TestName> = Vec::new();
    for test in &ours.tests {
        match test.obstacle {
            None => tests.push(&test.name),
            Some(why) => {
                lines.push(format!("excluded: {}: {why}", test.name));
                totals.excluded += 1;
            }
        }
    }
    if tests.is_empty() {
        return Ok((totals, lines));
    }
    let program = ours.compile(toolchain)?;
    let calls: Vec<Call> = tests.iter().map(|test| program.call(test)).collect();
    let outcomes = machine.run(&program.modules, &calls)?;
    let ours: BTreeMap<TestName, Outcome> = tests.into_iter().cloned().zip(outcomes).collect();

    let these = |wanted: fn(&Outcome) -> bool| -> BTreeSet<TestName> {
        let found = ours.iter().filter(|(_, outcome)| wanted(outcome));
        found.map(|(test, _)| test.clone()).collect()
    };
    // What our machine does not provide may bring the official runner down.
    let comparable = these(|outcome| !matches!(outcome, Outcome::Unsupported { .. }));
    let endless = these(|outcome| matches!(outcome, Outcome::Endless));
    let found = official::run(
        toolchain,
        &comparable,
        &endless,
        official::AT_ONCE,
        &|batch, others| official.official(batch, others),
    )?;

    let silent = Outcome::Broke {
        detail: "it does not mention the test".into(),
    };
    for (test, ours) in &ours {
        let official = found.outcomes.get(test).unwrap_or(&silent);
        match compare(official, ours) {
            Verdict::Agree => totals.agree += 1,
            Verdict::Disagree => {
                lines.push(format!(
                    "disagree: {test}: official: {official}; ours: {ours}"
                ));
                totals.disagree += 1;
            }
            Verdict::Excluded(why) => {
                lines.push(format!("excluded: {test}: {why}"));
                totals.excluded += 1;
            }
        }
    }
    for stranger in &found.strangers {
        lines.push(format!(
            "excluded: {stranger}: only the official runner finds it"
        ));
        totals.excluded += 1;
    }
    Ok((totals, lines))
}

#[cfg(test)]
mod tests;
