//! The official runner, and what it says about each test.

mod output;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Result;
use valet_toolchain::{Error, PackageTree, Toolchain};

use super::{outcome::Outcome, rewrite::TestName};

/// How long one test may take by itself, the start of the runner included.
const ALONE: Duration = Duration::from_secs(60);
/// How long many may take: this, and so much for each. What does not end in our machine is not among them, so that the limit is
/// for the rare rest, and may leave room for a machine that is busy with other things.
const TOGETHER: Duration = Duration::from_secs(900);
const EACH: Duration = Duration::from_millis(250);

/// How many tests at a time. The official runner loads the whole package anew for each test, so that what the tests of a large
/// package cost grows with the square of their number, while compiling it once more costs as little as some hundred of them.
pub(super) const AT_ONCE: usize = 1_200;

/// What becomes of the tests that a run is not about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// They are functions that other code may call.
    Kept,
    /// They are not there.
    LeftOut,
}

/// What the official runner says.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) outcomes: BTreeMap<TestName, Outcome>,
    /// Tests that it ran though nobody asked.
    pub(super) strangers: BTreeSet<String>,
}

/// Runs these tests, so many at once, and those that are not expected to end alone each.
///
/// The runner has no limits and does not survive everything, so a run that fails as a whole is run again in halves, until what
/// it failed for is alone.
///
/// # Errors
/// The package does not compile, or the tools could not be run at all.
pub(super) fn run(
    toolchain: &Toolchain,
    tests: &BTreeSet<TestName>,
    endless: &BTreeSet<TestName>,
    at_once: usize,
    tree: &dyn Fn(&BTreeSet<TestName>, Others) -> Result<PackageTree>,
) -> Result<Found> {
    let mut found = Found::default();
    let mut ordinary: BTreeSet<TestName> = tests.difference(endless).cloned().collect();
    // Unless a test is called by another.
    let mut others = match ordinary.len() > at_once {
        true => Others::LeftOut,
        false => Others::Kept,
    };
    let mut pending = Vec::new();
    while let Some(next) = ordinary.iter().nth(at_once).cloned() {
        let rest = ordinary.split_off(&next);
        pending.push(std::mem::replace(&mut ordinary, rest));
    }
    pending.push(ordinary);
    let alone = tests.intersection(endless);
    pending.extend(alone.map(|test| BTreeSet::from([test.clone()])));
    while let Some(batch) = pending.pop() {
        if batch.is_empty() {
            continue;
        }
        let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        let limit = match count {
            1 => ALONE,
            count => TOGETHER.saturating_add(EACH.saturating_mul(count)),
        };
        let failed = match toolchain.test_tree(&tree(&batch, others)?, limit) {
            Ok(report) => {
                output::read(&report.output, &batch, &mut found);
                continue;
            }
            Err(Error::TimedOut { .. }) => Outcome::Endless,
            Err(Error::Tool { detail, .. }) => Outcome::Broke {
                detail: detail.lines().last().unwrap_or_default().to_owned(),
            },
            Err(Error::Compile { .. }) if others == Others::LeftOut => {
                others = Others::Kept;
                pending.push(batch);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if count == 1 {
            let failed = batch.into_iter().map(|test| (test, failed.clone()));
            found.outcomes.extend(failed);
        } else {
            let mut first = batch;
            let middle = first.iter().nth(first.len() / 2).cloned();
            let second = middle.map(|middle| first.split_off(&middle));
            pending.extend(second);
            pending.push(first);
        }
    }
    Ok(found)
}
