//! What a run found.

use std::{collections::BTreeMap, fmt};

use crate::{refusal::Refusal, script::Step};

/// Something that must never happen, and how to make it happen again.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What happened.
    pub what: String,
    /// The steps that lead to it; the last one shows it.
    pub script: Vec<Step>,
}

/// What a run did and found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Steps taken.
    pub steps: u64,
    /// Transactions that did what they were asked to.
    pub accepted: u64,
    /// Transactions that were refused, each with the reason that the rules say.
    pub refused: u64,
    pub(crate) refusals: BTreeMap<Refusal, u64>,
    /// How often the most that a session can cost was asked for, and then watched.
    pub promises: u64,
    /// What must never happen, with the shortest script found for it.
    pub violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.promises += other.promises;
        for (refusal, count) in other.refusals {
            *self.refusals.entry(refusal).or_default() += count;
        }
        self.violations.extend(other.violations);
    }

    /// How many different reasons for a refusal occurred.
    #[must_use]
    pub fn reasons(&self) -> usize {
        self.refusals.len()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<40} {:>10}", "refused because", "times")?;
        for (refusal, count) in &self.refusals {
            writeln!(f, "{:<40} {count:>10}", refusal.to_string())?;
        }
        writeln!(f)?;
        writeln!(f, "steps: {}", self.steps)?;
        writeln!(f, "accepted: {}", self.accepted)?;
        writeln!(
            f,
            "refused: {}, for {} reasons",
            self.refused,
            self.reasons()
        )?;
        writeln!(
            f,
            "sessions watched for their greatest loss: {}",
            self.promises
        )?;
        for violation in &self.violations {
            writeln!(f, "\nviolation: {}", violation.what)?;
            for step in &violation.script {
                let line = serde_json::to_string(step).map_err(|_| fmt::Error)?;
                writeln!(f, "{line}")?;
            }
        }
        write!(f, "violations: {}", self.violations.len())
    }
}
