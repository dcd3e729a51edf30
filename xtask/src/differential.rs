//! `cargo xtask differential`: generated programs in our machine, in the official one, and in a second one.
//!
//! A program is a function that computes something of everything in sight: every integer width and operator, vectors, structs,
//! enums, generics, references, loops and calls; or it makes objects. It returns the BCS bytes of all that it computed, or fails. As a
//! unit test it aborts with a hash of them, which is what the official runner can tell; the second machine, `sui-sandbox`, tells
//! the bytes themselves, abort codes, the function and instruction that failed, and the ids of dynamic fields.

mod bytecode;
mod expression;
mod objects;
mod program;
mod random;
mod report;
mod scope;
mod second;
mod statement;
mod types;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, Result};
use valet_toolchain::{Error, Toolchain};

pub(crate) use self::report::Report;
use self::{
    bytecode::{relocate, with_never_written},
    program::{Program, TESTS, modules},
    second::SecondMachine,
};
use crate::{
    conform::{Machine, Subject, compared, from_hexadecimal, hexadecimal},
    project::{root, toolchain},
};

/// Programs that are compiled and run together.
const AT_ONCE: u64 = 200;
/// The module that all others call.
const SHARED: &str = "shared";
/// All that is said of a compiler that panicked: how WebAssembly stops it.
const TRAP: &str = "unreachable";
/// Where programs run in the second machine, which has other packages as well.
const ADDRESS: [u8; 32] = [0xc0; 32];

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many programs.
    #[arg(long, default_value_t = 400)]
    programs: u64,
    /// What they follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the official machine, which needs no Python.
    #[arg(long)]
    no_second: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// The program that runs tests in our machine, instead of building it: `valet-move-tests`.
    #[arg(long)]
    runner: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let toolchain = toolchain()?;
    let second = match arguments.no_second {
        true => None,
        false => Some(SecondMachine::install()?),
    };
    let machine = match &arguments.runner {
        Some(program) => Machine::at(program),
        None => Machine::build()?,
    };
    let Arguments { programs, seed, .. } = *arguments;
    let report = all(&toolchain, &machine, second.as_ref(), programs, seed)?;
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(match report.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Generates so many programs from a seed and compares what becomes of them in the official machine and ours.
///
/// # Errors
/// A machine does not run, or what was generated is not Move.
pub(crate) fn official(
    toolchain: &Toolchain,
    machine: &Machine,
    programs: u64,
    seed: u64,
) -> Result<Report> {
    all(toolchain, machine, None, programs, seed)
}

fn all(
    toolchain: &Toolchain,
    machine: &Machine,
    second: Option<&SecondMachine>,
    programs: u64,
    seed: u64,
) -> Result<Report> {
    let mut report = Report::new(programs, seed, second.is_some());
    let mut start = 0;
    while start < programs {
        let end = programs.min(start + AT_ONCE);
        let begun = Instant::now();
        let folder = root().join(format!("target/differential/seed-{seed}/{start}"));
        let generated = (start..end).map(|index| Program::generate(seed, index));
        some(
            toolchain,
            machine,
            second,
            &folder,
            generated.collect(),
            &mut report,
        )
        .with_context(|| folder.display().to_string())?;
        eprintln!(
            "   {end} of {programs} programs, the last {} in {:.1} s",
            end - start,
            begun.elapsed().as_secs_f64()
        );
        start = end;
    }
    Ok(report)
}

/// Programs that are one package.
fn some(
    toolchain: &Toolchain,
    machine: &Machine,
    second: Option<&SecondMachine>,
    folder: &Path,
    programs: Vec<Program>,
    report: &mut Report,
) -> Result<()> {
    let programs = compilable(toolchain, folder, programs, report)?;
    let subject = package(toolchain, folder, &programs)?;
    let (totals, lines) = compared(toolchain, machine, &subject, &subject)?;
    report.official.agree += totals.agree;
    report.official.disagree += totals.disagree;
    report.official.excluded += totals.excluded;
    report.official.lines.extend(lines);

    let mut bytecode = subject.compile(toolchain)?;
    if second.is_some() {
        bytecode = bytecode.moved(&format!("0x{}", hexadecimal(&ADDRESS)), |name, module| {
            relocate(module, ADDRESS)?;
            match name {
                SHARED => with_never_written(module),
                _ => Ok(()),
            }
        })?;
    }
    for (name, module) in bytecode.own_modules() {
        if !name.ends_with(TESTS) {
            report.census.add(&from_hexadecimal(module)?)?;
        }
    }
    if let (Some(second), Some(side)) = (second, &mut report.second) {
        second.compare(machine, &bytecode, &programs, side)?;
    }
    Ok(())
}

/// Leaves out the programs that bring the compiler down, and says so in the report.
fn compilable(
    toolchain: &Toolchain,
    folder: &Path,
    programs: Vec<Program>,
    report: &mut Report,
) -> Result<Vec<Program>> {
    let mut good = Vec::with_capacity(programs.len());
    let mut pending = vec![programs];
    while let Some(mut programs) = pending.pop() {
        if programs.is_empty() {
            continue;
        }
        let Err(error) = package(toolchain, folder, &programs)?.compile(toolchain) else {
            good.append(&mut programs);
            continue;
        };
        let Some(Error::Compile { diagnostics, .. }) = error.downcast_ref::<Error>() else {
            return Err(error);
        };
        if diagnostics.trim() != TRAP {
            return Err(error);
        }
        if let [only] = programs.as_slice() {
            let (module, name) = (only.module(), only.name());
            report.not_compiled.push(format!("{module}::{name}"));
        } else {
            let second = programs.split_off(programs.len() / 2);
            pending.extend([second, programs]);
        }
    }
    Ok(good)
}

/// Writes programs as a package, where whoever wants to look at one finds it.
fn package(toolchain: &Toolchain, folder: &Path, programs: &[Program]) -> Result<Subject> {
    let sources = folder.join("sources");
    if sources.exists() {
        fs::remove_dir_all(&sources).with_context(|| sources.display().to_string())?;
    }
    fs::create_dir_all(&sources).with_context(|| sources.display().to_string())?;
    let manifest = "[package]\nname = \"generated\"\nedition = \"2024\"\n";
    fs::write(folder.join("Move.toml"), manifest)?;
    for (name, text) in modules(programs) {
        fs::write(sources.join(format!("{name}.move")), text)?;
    }
    Subject::package(toolchain, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the real compiler, which panics where a branch assigns a variable to itself.
    #[test]
    fn a_program_that_brings_the_compiler_down_is_left_out_and_named() -> Result<()> {
        let toolchain = toolchain()?;
        let folder = tempfile::tempdir()?;
        let text =
            "public fun p1(): vector<u8> { let mut x = b\"\"; if (yes(true)) { x = x; }; x }\n";
        let programs = vec![
            Program::generate(1, 0),
            Program::written(1, text.to_owned()),
        ];
        let mut report = Report::new(2, 1, false);
        let left = compilable(&toolchain, folder.path(), programs, &mut report)?;
        assert_eq!(left.iter().map(Program::name).collect::<Vec<_>>(), ["p0"]);
        assert_eq!(report.not_compiled, ["m0::p1"]);
        // A mistake is none of the compiler's.
        let wrong = vec![Program::written(2, "fun p2() { no }\n".to_owned())];
        assert!(compilable(&toolchain, folder.path(), wrong, &mut report).is_err());
        assert_eq!(report.not_compiled.len(), 1);
        Ok(())
    }
}
