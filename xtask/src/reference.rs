//! `cargo xtask docs`: the reference of the Move package, a page for each module.
//!
//! `docs/reference/` is written from the sources alone: their documentation comments, signatures and error codes. The
//! check fails when a page is not what it should be, and when a comment names an error that does not exist.

mod items;
mod names;
mod page;

use std::{collections::BTreeMap, fs, process::ExitCode};

use anyhow::{Context, Result};

use self::{items::Module, names::Names};
use crate::{
    move_source::Source,
    move_tools::Tally,
    project::{named_files, root},
};

/// Where the modules are, and where their pages.
const SOURCES: &str = "sources";
const PAGES: &str = "docs/reference";

/// What to do with the pages.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if a page is not what it should be.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let tally = if arguments.check { check()? } else { write()? };
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Fails for each page that is missing, stale or of no module, and for each comment that names an unknown error.
pub(crate) fn check() -> Result<Tally> {
    let (pages, mut tally) = render()?;
    let committed: BTreeMap<String, String> = named_files(&root().join(PAGES), "md")?;
    for (name, page) in &pages {
        if committed.get(name) == Some(page) {
            tally.passed += 1;
        } else {
            eprintln!("{PAGES}/{name} is stale; run `cargo xtask docs`");
            tally.failed += 1;
        }
    }
    for name in committed.keys().filter(|name| !pages.contains_key(*name)) {
        eprintln!("{PAGES}/{name} is about no module; run `cargo xtask docs`");
        tally.failed += 1;
    }
    Ok(tally)
}

fn write() -> Result<Tally> {
    let (pages, tally) = render()?;
    let directory = root().join(PAGES);
    fs::create_dir_all(&directory).context(PAGES)?;
    for name in named_files(&directory, "md")?.keys() {
        if !pages.contains_key(name) {
            fs::remove_file(directory.join(name)).with_context(|| name.clone())?;
        }
    }
    for (name, page) in &pages {
        fs::write(directory.join(name), page).with_context(|| name.clone())?;
    }
    println!("wrote {} pages to {PAGES}", pages.len());
    Ok(tally)
}

/// The pages by file name, and how many comments name errors that do not exist.
fn render() -> Result<(BTreeMap<String, String>, Tally)> {
    let mut modules = Vec::new();
    for (name, text) in named_files(&root().join(SOURCES), "move")? {
        let source = Source::read(&text).with_context(|| format!("{SOURCES}/{name}"))?;
        modules.push(Module::read(&source).with_context(|| format!("{SOURCES}/{name}"))?);
    }
    let mut names = Names::of(&modules);
    let mut pages = BTreeMap::new();
    for module in &modules {
        let file = format!("{}.md", module.name);
        pages.insert(file, page::render(module, &mut names));
    }
    pages.insert("README.md".to_owned(), page::index(&modules));
    for complaint in names.complaints() {
        eprintln!("{complaint}");
    }
    let failed = u64::try_from(names.complaints().len())?;
    Ok((pages, Tally { passed: 0, failed }))
}
