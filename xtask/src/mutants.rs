//! `cargo xtask mutants`: does a test notice when a guard is gone?
//!
//! Each guard of a Move package is removed, inverted or moved by one, one at a time and in memory, and the package's
//! tests are run. What they let through is shown to a second look: 2,000 steps of valet against its reference model.
//! A change that both let through is a survivor: a test is missing, or the guard guards nothing.

mod equivalents;
mod find;
mod focus;
mod hunt;
mod report;
mod second;

use std::{num::NonZeroUsize, path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context, Result, bail};
use valet_toolchain::{Toolchain, Trials};

use self::{
    equivalents::Equivalents,
    find::Mutant,
    hunt::Hunt,
    report::{Entry, Report, Tried},
    second::SecondLook,
};
use crate::project::{root, toolchain};

/// Which mutants, and what to do with them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The package to change, instead of the project's own.
    #[arg(long, value_name = "PATH")]
    package: Option<PathBuf>,
    /// Change this module only; may be repeated.
    #[arg(long = "module", value_name = "NAME")]
    modules: Vec<String>,
    /// How many to try at a time.
    #[arg(long, default_value = "2", value_name = "N")]
    jobs: NonZeroUsize,
    /// A shell command that takes the second look at what the Move tests let through, in the place of the quick property
    /// run. It finds the changed package at the path in VALET_MUTANT_PACKAGE, and fails when it notices the change.
    #[arg(long, value_name = "COMMAND")]
    second_look: Option<String>,
    /// Take no second look: the Move tests alone decide, as they do for any other package.
    #[arg(long, conflicts_with = "second_look")]
    tests_only: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print the mutants and try none.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let package = arguments.package.as_deref().unwrap_or(root());
    let toolchain = toolchain()?;
    let trials = toolchain.trials(package)?;
    let mutants = find_all(&trials)?;
    let listed = Equivalents::read(package)?;
    let reasons = listed.reasons(&mutants)?;
    let chosen: Vec<(&Mutant, Option<&str>)> = mutants
        .iter()
        .zip(reasons)
        .filter(|(mutant, _)| {
            arguments.modules.is_empty() || arguments.modules.contains(&mutant.module)
        })
        .collect();
    if let Some(unknown) = arguments
        .modules
        .iter()
        .find(|name| !mutants.iter().any(|mutant| mutant.module == **name))
    {
        bail!(
            "no module `{unknown}` with anything to change in {}",
            package.display()
        );
    }

    if arguments.list {
        list(&chosen, arguments.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = hunt(&toolchain, arguments, trials, &chosen)?;
    if arguments.json {
        report.print_json()?;
    } else {
        report.print();
    }
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn find_all(trials: &Trials<'_>) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for (file, text) in trials.files() {
        if file.starts_with("sources/") && file.ends_with(".move") {
            mutants.extend(find::mutants(file, text).with_context(|| file.clone())?);
        }
    }
    Ok(mutants)
}

fn hunt<'a>(
    toolchain: &Toolchain,
    arguments: &Arguments,
    trials: Trials<'_>,
    chosen: &[(&'a Mutant, Option<&'a str>)],
) -> Result<Report<'a>> {
    let start = Instant::now();
    toolchain.install()?;
    eprintln!("   {} mutants of {}", chosen.len(), trials.name());
    let second = second_look(arguments);
    let mutants: Vec<&Mutant> = chosen.iter().map(|(mutant, _)| *mutant).collect();
    let fates = Hunt {
        jobs: arguments.jobs,
        second: second.as_ref(),
    }
    .run(trials, &mutants)?;
    let tried = chosen
        .iter()
        .zip(fates)
        .map(|((mutant, equivalent), fate)| Tried {
            mutant,
            equivalent: *equivalent,
            fate,
        })
        .collect();
    Ok(Report {
        tried,
        took: start.elapsed(),
    })
}

/// The project's own package can be run against the reference model; of others nothing is known but their tests.
fn second_look(arguments: &Arguments) -> Option<SecondLook> {
    match &arguments.second_look {
        Some(command) => Some(SecondLook::command(command.clone())),
        None if arguments.tests_only || arguments.package.is_some() => None,
        None => Some(SecondLook::properties()),
    }
}

fn list(chosen: &[(&Mutant, Option<&str>)], json: bool) -> Result<()> {
    let entries: Vec<Entry<'_>> = chosen
        .iter()
        .map(|(mutant, reason)| Entry::new(mutant).with_reason(*reason))
        .collect();
    if json {
        println!("{}", serde_json::to_string_pretty(&entries)?);
        return Ok(());
    }
    for entry in &entries {
        entry.print();
    }
    println!("{} mutants", entries.len());
    Ok(())
}
