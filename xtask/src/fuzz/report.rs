//! What the fuzzers say, and what is said about them.

use std::{collections::VecDeque, fmt};

use serde::Serialize;

/// Last lines that are kept to be shown when something was found.
const TAIL: usize = 60;

/// What a target prints while it runs.
#[derive(Debug, Default)]
pub(super) struct Messages {
    last: VecDeque<String>,
    /// From the progress lines, for a target that does not come to its last word.
    seen: u64,
    counted: Option<u64>,
    edges: u64,
}

impl Messages {
    pub(super) fn line(&mut self, line: &str) {
        if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
            self.counted = count.trim().parse().ok();
        }
        // "#1024 NEW cov: 3210 ft: …"
        let mut words = line.split_whitespace();
        let count = words.next().and_then(|word| word.strip_prefix('#'));
        if let Some(count) = count.and_then(|count| count.parse().ok()) {
            self.seen = self.seen.max(count);
            let covered = words.skip_while(|word| *word != "cov:").nth(1);
            self.edges = covered
                .and_then(|edges| edges.parse().ok())
                .unwrap_or(self.edges);
        }
        if self.last.len() == TAIL {
            self.last.pop_front();
        }
        self.last.push_back(line.to_owned());
    }

    /// Inputs that were executed.
    pub(super) fn executions(&self) -> u64 {
        self.counted.unwrap_or(self.seen)
    }

    /// Edges of the program that some input takes.
    pub(super) fn edges(&self) -> u64 {
        self.edges
    }

    /// The last lines.
    pub(super) fn tail(&self) -> String {
        self.last
            .iter()
            .flat_map(|line| [line.as_str(), "\n"])
            .collect()
    }
}

/// How one target ended.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) target: &'static str,
    pub(super) executions: u64,
    pub(super) edges: u64,
    /// The inputs that broke it.
    pub(super) crashes: Vec<String>,
    /// Whether the program ended as it should.
    pub(super) clean: bool,
    pub(super) seconds: f64,
}

impl Outcome {
    pub(super) fn is_good(&self) -> bool {
        self.clean && self.crashes.is_empty() && self.executions > 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crashes = self.crashes.len();
        write!(
            f,
            "{:<12} executions: {:>10}, crashes: {crashes}, edges: {:>6} ({:.0} s)",
            self.target, self.executions, self.edges, self.seconds
        )?;
        if self.crashes.is_empty() && !self.is_good() {
            write!(f, "\n   ended early: its last words are above")?;
        }
        for crash in &self.crashes {
            write!(f, "\n   found: {crash}")?;
        }
        Ok(())
    }
}

/// How all targets ended.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    targets: Vec<Outcome>,
    executions: u64,
    crashes: usize,
}

impl Report {
    pub(super) fn new(targets: Vec<Outcome>) -> Self {
        Self {
            executions: targets.iter().map(|outcome| outcome.executions).sum(),
            // A target that ends early without an input has crashed all the same.
            crashes: targets
                .iter()
                .map(|outcome| outcome.crashes.len().max(usize::from(!outcome.is_good())))
                .sum(),
            targets,
        }
    }

    pub(super) fn is_good(&self) -> bool {
        !self.targets.is_empty() && self.targets.iter().all(Outcome::is_good)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "executions: {}, crashes: {}",
            self.executions, self.crashes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(lines: &[&str], crashes: &[&str], clean: bool) -> Outcome {
        let mut messages = Messages::default();
        lines.iter().for_each(|line| messages.line(line));
        Outcome {
            target: "bytecode",
            executions: messages.executions(),
            edges: messages.edges(),
            crashes: crashes.iter().map(ToString::to_string).collect(),
            clean,
            seconds: 1.0,
        }
    }

    #[test]
    fn executions_are_the_fuzzers_last_word_or_else_its_progress() {
        let progress =
            "#4096\tpulse  cov: 321 ft: 654 corp: 12/345b lim: 64 exec/s: 2048 rss: 99Mb";
        let done = outcome(
            &[progress, "stat::number_of_executed_units: 5000"],
            &[],
            true,
        );
        assert_eq!((done.executions, done.edges), (5_000, 321));
        assert_eq!(outcome(&[progress], &[], true).executions, 4_096);
    }

    #[test]
    fn only_a_clean_end_without_findings_is_good() {
        let ran = "stat::number_of_executed_units: 7";
        assert!(Report::new(vec![outcome(&[ran], &[], true)]).is_good());
        assert!(!Report::new(vec![outcome(&[ran], &["crash-1"], true)]).is_good());
        let early = Report::new(vec![outcome(&[ran], &[], false)]);
        assert!(!early.is_good());
        assert_eq!(early.to_string(), "executions: 7, crashes: 1");
        assert!(
            !Report::new(vec![outcome(&[], &[], true)]).is_good(),
            "nothing was executed"
        );
        assert!(!Report::new(Vec::new()).is_good());
    }
}
