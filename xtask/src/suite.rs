//! `cargo xtask test`: everything, in order, to the end.

use std::{
    fmt::Display,
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use valet_toolchain::{Error, Toolchain};

use crate::{
    conform::{self, Machine},
    differential,
    move_tools::{self, Action, Tally},
    project::{cargo, move_packages, root, toolchain},
    reference, rows,
};

/// How many programs are generated, and from what.
const GENERATED: u64 = 100;
const GENERATED_SEED: u64 = 1;

/// What has been found so far.
#[derive(Debug, Default)]
struct Report {
    sections: Vec<Section>,
    move_tests: Tally,
    rust_tests: Tally,
}

#[derive(Debug)]
struct Section {
    title: &'static str,
    /// Failed tests, or 1 for a check that failed as a whole.
    failed: u64,
    took: Duration,
}

pub(crate) fn run() -> Result<ExitCode> {
    let toolchain = toolchain()?;
    let before = TreeState::read();
    let mut report = Report::default();

    report.section("Node tools", || checked(toolchain.install()));
    report.section("Move format", || each(&toolchain, move_tools::check_format));
    report.section("Move lint", || each(&toolchain, move_tools::lint));
    report.move_tests = report.section("Move tests", || each(&toolchain, move_tools::test));

    report.section("Promises", rows::check);
    report.section("Move reference", reference::check);

    report.section("Cargo.lock", || {
        let mut metadata = cargo();
        metadata.args(["metadata", "--locked", "--format-version", "1"]);
        // The answer is of no interest, only whether there is one.
        status(metadata.stdout(Stdio::null()))
    });
    report.section("Rust format", || {
        status(cargo().args(["fmt", "--all", "--check"]))
    });
    report.section("Rust lint", || {
        let clippy = [
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--quiet",
        ];
        status(cargo().args(clippy).args(["--", "--deny", "warnings"]))
    });
    report.section("Rust documentation", || {
        let doc = ["doc", "--locked", "--workspace", "--no-deps", "--quiet"];
        status(cargo().args(doc).env("RUSTDOCFLAGS", "--deny warnings"))
    });
    report.rust_tests = report.section("Rust tests", || {
        counted(cargo().args(["test", "--locked", "--workspace", "--no-fail-fast"]))
    });
    report.section("Conformance", || conformance(&toolchain));
    report.section("Generated programs", || generated(&toolchain));
    report.section("Clean tree", || before.compare());

    Ok(report.print())
}

impl Report {
    /// Runs one part and remembers how it ended. Nothing that fails keeps the rest from being looked at.
    fn section(&mut self, title: &'static str, run: impl FnOnce() -> Result<Tally>) -> Tally {
        eprintln!("== {title}");
        let start = Instant::now();
        let tally = run().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Tally {
                passed: 0,
                failed: 1,
            }
        });
        self.sections.push(Section {
            title,
            failed: tally.failed,
            took: start.elapsed(),
        });
        tally
    }

    fn print(&self) -> ExitCode {
        eprintln!("== Result");
        for section in &self.sections {
            let verdict = if section.failed == 0 { "ok" } else { "FAILED" };
            let took = section.took.as_secs_f64();
            eprintln!("   {:<20} {verdict:<8} {took:>6.1} s", section.title);
        }
        let failed: u64 = self.sections.iter().map(|section| section.failed).sum();
        println!("{}", tests_line("Move", self.move_tests));
        println!("{}", tests_line("Rust", self.rust_tests));
        println!(
            "{} passed, {failed} failed",
            self.move_tests.passed + self.rust_tests.passed
        );
        if failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn tests_line(language: impl Display, tally: Tally) -> String {
    let Tally { passed, failed } = tally;
    format!(
        "{language} tests: {} ran, {passed} passed, {failed} failed",
        passed + failed
    )
}

/// The Move tests once more, in our machine and in the official one; the framework's; and those of packages of everything odd.
fn conformance(toolchain: &Toolchain) -> Result<Tally> {
    let odd = conform::ODD.iter().map(|path| root().join(path));
    let packages: Vec<_> = move_packages(&[]).into_iter().chain(odd).collect();
    let totals = conform::all(toolchain, &Machine::of_the_tests()?, &packages, true)?;
    println!("agree: {}, disagree: {}", totals.agree, totals.disagree);
    Ok(Tally {
        passed: totals.agree,
        failed: totals.disagree + totals.broken,
    })
}

/// Programs that a machine made up, in our machine and in the official one. A second one besides is for who has the Python for it.
fn generated(toolchain: &Toolchain) -> Result<Tally> {
    let machine = Machine::of_the_tests()?;
    let report = differential::official(toolchain, &machine, GENERATED, GENERATED_SEED)?;
    print!("{report}");
    Ok(Tally {
        passed: report.agree(),
        failed: report.faults(),
    })
}

fn each(toolchain: &Toolchain, action: Action) -> Result<Tally> {
    Ok(move_tools::each(toolchain, &[], action)?)
}

fn checked(result: Result<(), Error>) -> Result<Tally> {
    Ok(result.map(|()| Tally {
        passed: 1,
        failed: 0,
    })?)
}

/// Passes on everything the command prints; its exit status is the verdict.
fn status(command: &mut Command) -> Result<Tally> {
    let good = command.status().context("cargo did not start")?.success();
    Ok(Tally {
        passed: good.into(),
        failed: (!good).into(),
    })
}

/// Runs `cargo test`, passes on what it prints and adds up the results in it.
fn counted(command: &mut Command) -> Result<Tally> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo did not start")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut total = Tally::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cargo's output is not text")?;
        println!("{line}");
        if let Some(tally) = test_result(&line) {
            total += tally;
        }
    }
    // Tests that do not compile, or that crash, fail without a count.
    if !child.wait()?.success() && total.failed == 0 {
        total.failed = 1;
    }
    Ok(total)
}

/// Reads `test result: ok. 14 passed; 0 failed; 0 ignored; ...`.
fn test_result(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |label: &str| {
        let mut parts = counts.split("; ");
        parts.find_map(|part| part.strip_suffix(label)?.trim_end().parse().ok())
    };
    Some(Tally {
        passed: count("passed")?,
        failed: count("failed")?,
    })
}

/// What git sees in the working tree; `None` where there is no git or no repository.
#[derive(Debug, PartialEq, Eq)]
struct TreeState(Option<Vec<u8>>);

impl TreeState {
    fn read() -> Self {
        let git = |arguments: &[&str]| {
            let output = Command::new("git")
                .current_dir(root())
                .args(arguments)
                .output();
            output
                .ok()
                .filter(|output| output.status.success())
                .map(|output| output.stdout)
        };
        let state = || {
            let mut state = git(&["status", "--porcelain", "--untracked-files=all"])?;
            // A file that was changed before may have been changed further.
            state.extend(git(&["diff", "HEAD"])?);
            Some(state)
        };
        Self(state())
    }

    /// Fails if the run has changed, added or removed a file that git would keep.
    fn compare(&self) -> Result<Tally> {
        if self.0.is_none() {
            eprintln!("   not a git checkout, nothing to compare");
        }
        let unchanged = *self == Self::read();
        if !unchanged {
            eprintln!("the run has changed the working tree; `git status` shows where");
        }
        Ok(Tally {
            passed: unchanged.into(),
            failed: (!unchanged).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_line_is_read() {
        let line = "test result: FAILED. 14 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s";
        assert_eq!(
            test_result(line),
            Some(Tally {
                passed: 14,
                failed: 2
            })
        );
        assert_eq!(test_result("test result: ok. all good"), None);
        assert_eq!(test_result("test cache::tests::x ... ok"), None);
    }

    #[test]
    fn the_report_names_what_ran() {
        let tally = Tally {
            passed: 3,
            failed: 1,
        };
        assert_eq!(
            tests_line("Move", tally),
            "Move tests: 4 ran, 3 passed, 1 failed"
        );
    }
}
