//! `cargo xtask rows`: which test shows which promise.
//!
//! `docs/rows.toml` lists what the project promises: capabilities by number and attacks that fail by number. A test
//! shows one by its name: `b7_a_call_uses_one` shows B7, `t14_…` the attack 14, `b7_t14_…` both. The table of them all
//! is `docs/coverage.md`, and the check fails when it is stale or a promise has no test.

mod evidence;
mod promises;
mod table;

use std::{fs, process::ExitCode};

use anyhow::{Context, Result};

use self::{evidence::Evidence, promises::Promises};
use crate::{move_tools::Tally, project::root};

/// What the promises are read from, and where the table is.
const PROMISES: &str = "docs/rows.toml";
const TABLE: &str = "docs/coverage.md";

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

/// Fails for each promise without a test, each test that shows a promise nobody made, and a stale table.
pub(crate) fn check() -> Result<Tally> {
    let (tally, table) = examine()?;
    let path = root().join(TABLE);
    let is_current = match fs::read_to_string(&path) {
        Ok(committed) => committed == table,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(error).context(TABLE),
    };
    if !is_current {
        eprintln!("{TABLE} is stale; run `cargo xtask rows`");
    }
    Ok(Tally {
        passed: tally.passed + u64::from(is_current),
        failed: tally.failed + u64::from(!is_current),
    })
}

fn write() -> Result<Tally> {
    let (tally, table) = examine()?;
    fs::write(root().join(TABLE), table).context(TABLE)?;
    println!("wrote {TABLE}");
    Ok(tally)
}

fn examine() -> Result<(Tally, String)> {
    let text = fs::read_to_string(root().join(PROMISES)).context(PROMISES)?;
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
    Ok((tally, table::render(&promises, &evidence)))
}
