//! Whole runs: episode after episode, and what to do about a violation.

use std::path::Path;

use valet_client::Deployment;
use valet_localnet::ledger::Ledger;

use crate::{
    Error, Packages,
    episode::{Episode, Stop},
    generate,
    random::Random,
    report::{Report, Violation},
    script::Step,
    shrink::shrink,
};

/// How many steps are taken on one ledger before the next one: enough for histories, few enough to shorten.
const EPISODE_STEPS: u64 = 1_000;
/// One step in so many is followed by asking for a session's greatest loss.
const PROMISE_PERCENT: u64 = 4;
/// A run that finds this many violations has found enough.
const ENOUGH_VIOLATIONS: usize = 3;

/// How long a run is, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many steps.
    pub steps: u64,
    /// The seed: the same seed takes the same steps.
    pub seed: u64,
}

/// Runs the plan. Violations are shortened to short scripts.
///
/// # Errors
/// When a run cannot be made at all; what it finds is in the report.
pub fn run(packages: &Packages, plan: Plan) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut episode = 0;
    while report.steps < plan.steps && report.violations.len() < ENOUGH_VIOLATIONS {
        let steps = EPISODE_STEPS.min(plan.steps - report.steps);
        report.add(run_episode(
            packages,
            Random::new(plan.seed, episode),
            steps,
        )?);
        episode += 1;
    }
    Ok(report)
}

fn run_episode(packages: &Packages, mut random: Random, steps: u64) -> Result<Report, Error> {
    let mut episode = Episode::new(packages)?;
    let mut script = Vec::new();
    for _ in 0..steps {
        let step = generate::step(&mut random, &episode.model);
        script.push(step.clone());
        let mut taken = episode.take(&step);
        if taken.is_ok() && random.chance(PROMISE_PERCENT) {
            taken = episode.promise(&mut random);
        }
        if let Some(what) = violation(taken)? {
            episode
                .report
                .violations
                .push(shorten(packages, script, what));
            return Ok(episode.report);
        }
    }
    if let Some(what) = violation(episode.check_everything())? {
        episode
            .report
            .violations
            .push(shorten(packages, script, what));
    }
    Ok(episode.report)
}

/// A ledger after a random run, for whoever reads ledgers.
#[derive(Debug)]
pub struct Played {
    /// The ledger.
    pub ledger: Ledger,
    /// The dApps on it.
    pub deployments: Vec<Deployment>,
}

/// Plays one episode of `plan.steps` random steps, and hands over its ledger.
///
/// # Errors
/// As [`run`], and [`Error::Violation`] when something happens that must not.
pub fn play(packages: &Packages, plan: Plan) -> Result<Played, Error> {
    let mut random = Random::new(plan.seed, 0);
    let mut episode = Episode::new(packages)?;
    for _ in 0..plan.steps {
        let step = generate::step(&mut random, &episode.model);
        if let Some(what) = violation(episode.take(&step))? {
            return Err(Error::Violation { what });
        }
    }
    let world = episode.into_world();
    Ok(Played {
        ledger: world.chain.ledger,
        deployments: world
            .dapps
            .into_iter()
            .map(|dapp| dapp.deployment)
            .collect(),
    })
}

/// Takes the steps of a script on a fresh ledger, and compares everything after each.
///
/// # Errors
/// As [`run`].
pub fn replay(packages: &Packages, script: &[Step]) -> Result<Report, Error> {
    let mut episode = Episode::new(packages)?;
    for (index, step) in script.iter().enumerate() {
        let mut taken = episode.take(step);
        if taken.is_ok() {
            taken = episode.check_everything();
        }
        if let Some(what) = violation(taken)? {
            let script = script.iter().take(index + 1).cloned().collect();
            episode.report.violations.push(Violation { what, script });
            break;
        }
    }
    Ok(episode.report)
}

/// Reads a script: one step in JSON per line.
///
/// # Errors
/// [`Error::Script`] when the file cannot be read or a line is no step.
pub fn read_script(path: &Path) -> Result<Vec<Step>, Error> {
    let unreadable = |reason: String| Error::Script {
        path: path.display().to_string(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line)
                .map_err(|error| unreadable(format!("line {number}: {error}")))
        })
        .collect()
}

fn violation(taken: Result<(), Stop>) -> Result<Option<String>, Error> {
    match taken {
        Ok(()) => Ok(None),
        Err(Stop::Violation(what)) => Ok(Some(what)),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// The shortest script that still shows a violation; the whole one when a replay does not show it.
fn shorten(packages: &Packages, script: Vec<Step>, what: String) -> Violation {
    let fails = |script: &[Step]| {
        let report = replay(packages, script).ok()?;
        report.violations.into_iter().next()
    };
    let whole = Violation { what, script };
    shrink(whole, &fails)
}
