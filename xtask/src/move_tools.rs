//! `cargo xtask move`: the Move compiler, test runner and formatter over the project's packages.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use clap::Subcommand;
use valet_toolchain::{Error, FormatMode, Toolchain};

use crate::project::{display, move_packages, toolchain};

#[derive(Debug, Subcommand)]
pub(crate) enum MoveCommand {
    /// Compile the packages.
    Build {
        /// Packages to compile instead of the project's.
        packages: Vec<PathBuf>,
    },
    /// Run the packages' unit tests and print what the runner prints.
    Test {
        /// Packages to test instead of the project's.
        packages: Vec<PathBuf>,
    },
    /// Compile the packages with every lint; a warning is a failure.
    Lint {
        /// Packages to lint instead of the project's.
        packages: Vec<PathBuf>,
    },
    /// Format the packages' Move files.
    Fmt {
        /// Change nothing, and fail if something would change.
        #[arg(long)]
        check: bool,
        /// Packages to format instead of the project's.
        packages: Vec<PathBuf>,
    },
}

/// What is done with one package.
pub(crate) type Action = fn(&Toolchain, &Path) -> Result<Tally, Error>;

/// How many of the things looked at were good and how many not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

pub(crate) fn run(command: MoveCommand) -> Result<ExitCode> {
    let toolchain = toolchain()?;
    let (packages, action): (_, Action) = match &command {
        MoveCommand::Build { packages } => (packages, build),
        MoveCommand::Test { packages } => (packages, test),
        MoveCommand::Lint { packages } => (packages, lint),
        MoveCommand::Fmt {
            check: true,
            packages,
        } => (packages, check_format),
        MoveCommand::Fmt {
            check: false,
            packages,
        } => (packages, format),
    };
    let tally = each(&toolchain, packages, action)?;
    if matches!(command, MoveCommand::Test { .. }) {
        println!("{} passed, {} failed", tally.passed, tally.failed);
    }
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Does the same with each package. One that cannot be looked at counts as a failure and does not keep the others from
/// being looked at, unless the tools themselves are not there.
pub(crate) fn each(
    toolchain: &Toolchain,
    packages: &[PathBuf],
    action: Action,
) -> Result<Tally, Error> {
    let mut total = Tally::default();
    for package in move_packages(packages) {
        total += match action(toolchain, &package) {
            Ok(tally) => tally,
            Err(error) if error.is_missing_tool() => return Err(error),
            Err(error) => {
                eprintln!("error: {error}");
                Tally {
                    passed: 0,
                    failed: 1,
                }
            }
        };
    }
    Ok(total)
}

const GOOD: Tally = Tally {
    passed: 1,
    failed: 0,
};
const BAD: Tally = Tally {
    passed: 0,
    failed: 1,
};

pub(crate) fn build(toolchain: &Toolchain, package: &Path) -> Result<Tally, Error> {
    let check = toolchain.check(package)?;
    if !check.warnings.is_empty() {
        eprintln!("{}", check.warnings);
    }
    println!("{}: {} modules", display(package), check.modules);
    Ok(GOOD)
}

pub(crate) fn test(toolchain: &Toolchain, package: &Path) -> Result<Tally, Error> {
    let report = toolchain.test(package)?;
    print!("{}", report.output);
    Ok(Tally {
        passed: report.passed,
        failed: report.failed,
    })
}

pub(crate) fn lint(toolchain: &Toolchain, package: &Path) -> Result<Tally, Error> {
    let check = toolchain.lint(package)?;
    if check.warnings.is_empty() {
        println!(
            "{}: {} modules, no warnings",
            display(package),
            check.modules
        );
        return Ok(GOOD);
    }
    eprintln!("{}", check.warnings);
    Ok(BAD)
}

pub(crate) fn format(toolchain: &Toolchain, package: &Path) -> Result<Tally, Error> {
    let report = toolchain.format(package, FormatMode::Write)?;
    for file in &report.changed {
        println!("formatted {}", display(&package.join(file)));
    }
    Ok(GOOD)
}

pub(crate) fn check_format(toolchain: &Toolchain, package: &Path) -> Result<Tally, Error> {
    let report = toolchain.format(package, FormatMode::Check)?;
    if report.changed.is_empty() {
        println!("{}: {} files are formatted", display(package), report.files);
        return Ok(GOOD);
    }
    for file in &report.changed {
        eprintln!(
            "{} is not formatted; run `cargo xtask move fmt`",
            display(&package.join(file))
        );
    }
    Ok(BAD)
}
