//! `cargo xtask rows`: which test shows which promise.
//!
//! `docs/rows.toml` lists what the project promises: capabilities by number and attacks that fail by number. A test
//! shows one by its name: `b7_a_call_uses_one` shows B7, `t14_…` the attack 14, `b7_t14_…` both. The table of them all
//! is `docs/coverage.md`; `docs/security.md` has the one of attacks, with what `docs/threats.toml` says holds. The check
//! fails when a table is stale or a promise has no test.

mod evidence;
mod promises;
mod security;
mod table;

use std::{fs, process::ExitCode};

use anyhow::{Context, Result};

use self::{evidence::Evidence, promises::Promises};
use crate::{move_tools::Tally, project::root};

/// What the promises and the answers to attacks are read from, and where the tables are.
const PROMISES: &str = "docs/rows.toml";
const ANSWERS: &str = "docs/threats.toml";
const TABLE: &str = "docs/coverage.md";
const SECURITY: &str = "docs/security.md";

/// What to do with the table.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if a promise has no test, or the table is not what it should be.
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

/// Fails for each promise without a test, each test that shows a promise nobody made, and each stale table.
pub(crate) fn check() -> Result<Tally> {
    let (mut tally, pages) = examine()?;
    for (path, page) in pages {
        let is_current = match fs::read_to_string(root().join(path)) {
            Ok(committed) => committed == page,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => return Err(error).context(path),
        };
        if !is_current {
            eprintln!("{path} is stale; run `cargo xtask rows`");
        }
        tally.passed += u64::from(is_current);
        tally.failed += u64::from(!is_current);
    }
    Ok(tally)
}

fn write() -> Result<Tally> {
    let (tally, pages) = examine()?;
    for (path, page) in pages {
        fs::write(root().join(path), page).context(path)?;
        println!("wrote {path}");
    }
    Ok(tally)
}

/// The pages with tables, by path, as they should be.
type Pages = [(&'static str, String); 2];

fn examine() -> Result<(Tally, Pages)> {
    let read = |path: &'static str| fs::read_to_string(root().join(path)).context(path);
    let text = read(PROMISES)?;
    let promises = Promises::parse(&text).context(PROMISES)?;
    let evidence = Evidence::collect(root())?;
    let complaints = promises.complaints(&evidence);
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    for key in promises.outstanding(&evidence) {
        eprintln!("   {key} is not promised yet and has no test");
    }
    let shown = promises.shown(&evidence);
    println!("{shown} promises shown, {} problems", complaints.len());
    let tally = Tally {
        passed: u64::try_from(shown)?,
        failed: u64::try_from(complaints.len())?,
    };
    let security = security::render(&read(SECURITY)?, &read(ANSWERS)?, &promises, &evidence)
        .context(SECURITY)?;
    let pages = [
        (TABLE, table::render(&promises, &evidence)),
        (SECURITY, security),
    ];
    Ok((tally, pages))
}
