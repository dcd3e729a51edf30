//! What the hunt has found, for people and for programs.

use std::time::Duration;

use serde::Serialize;

use super::{find::Mutant, hunt::Fate};

/// A mutant and its fate.
#[derive(Debug)]
pub(crate) struct Tried<'a> {
    pub(crate) mutant: &'a Mutant,
    /// Why it makes no difference, when the list says so.
    pub(crate) equivalent: Option<&'a str>,
    pub(crate) fate: Fate,
}

/// Everything that was tried.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) tried: Vec<Tried<'a>>,
    pub(crate) took: Duration,
}

/// The report in numbers, and what needs a look by name.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    mutants: usize,
    killed_by_test: usize,
    killed_by_compiler: usize,
    killed_by_time_out: usize,
    killed_by_broken_runner: usize,
    killed_by_second_look: usize,
    /// Each that was caught, and by what.
    killed: Vec<Entry<'a>>,
    equivalent: Vec<Entry<'a>>,
    /// On the list of equivalent mutants, though something catches them.
    not_equivalent: Vec<Entry<'a>>,
    seconds: f64,
    survivors: Vec<Entry<'a>>,
}

/// A mutant as a program reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Entry<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    module: &'a str,
    function: &'a str,
    change: String,
    before: &'a str,
    after: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    fate: Option<&'a Fate>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(mutant: &'a Mutant) -> Self {
        Self {
            file: &mutant.file,
            line: mutant.line,
            column: mutant.column,
            module: &mutant.module,
            function: &mutant.function,
            change: mutant.change.to_string(),
            before: &mutant.before,
            after: &mutant.after,
            reason: None,
            fate: None,
        }
    }

    pub(crate) fn with_reason(self, reason: Option<&'a str>) -> Self {
        Self { reason, ..self }
    }

    /// The place, and the change as a diff.
    pub(crate) fn print(&self) {
        let Self {
            file,
            line,
            column,
            module,
            function,
            change,
            ..
        } = self;
        println!("{file}:{line}:{column}: {change} in {module}::{function}");
        for text in self.before.lines() {
            println!("  - {text}");
        }
        for text in self.after.lines().filter(|text| !text.trim().is_empty()) {
            println!("  + {text}");
        }
        if let Some(reason) = self.reason {
            println!("  {reason}");
        }
    }
}

impl Report<'_> {
    fn summary(&self) -> Summary<'_> {
        let count = |is: fn(&Fate) -> bool| {
            let unlisted = self.tried.iter().filter(|tried| tried.equivalent.is_none());
            unlisted.filter(|tried| is(&tried.fate)).count()
        };
        let entries = |listed: bool, survived: bool| {
            let matching = self.tried.iter().filter(move |tried| {
                tried.equivalent.is_some() == listed && (tried.fate == Fate::Survived) == survived
            });
            matching
                .map(|tried| Entry {
                    reason: tried.equivalent,
                    fate: Some(&tried.fate),
                    ..Entry::new(tried.mutant)
                })
                .collect()
        };
        Summary {
            mutants: self.tried.len(),
            killed_by_test: count(|fate| matches!(fate, Fate::Failed { .. })),
            killed_by_compiler: count(|fate| *fate == Fate::Refused),
            killed_by_time_out: count(|fate| *fate == Fate::TimedOut),
            killed_by_broken_runner: count(|fate| *fate == Fate::Broke),
            killed_by_second_look: count(|fate| *fate == Fate::SecondLook),
            killed: entries(false, false),
            equivalent: entries(true, true),
            not_equivalent: entries(true, false),
            seconds: self.took.as_secs_f64(),
            survivors: entries(false, true),
        }
    }

    /// Whether every mutant was caught, and every listed one was not.
    pub(crate) fn is_clean(&self) -> bool {
        self.tried
            .iter()
            .all(|tried| (tried.fate == Fate::Survived) == tried.equivalent.is_some())
    }

    pub(crate) fn print(&self) {
        let summary = self.summary();
        for entry in &summary.survivors {
            entry.print();
        }
        for entry in &summary.killed {
            if entry.fate == Some(&Fate::SecondLook) {
                println!("no Move test notices this, but the second look does:");
                entry.print();
            }
        }
        for entry in &summary.not_equivalent {
            println!("listed as equivalent, but caught; correct or remove the entry:");
            entry.print();
        }
        println!(
            "{} mutants: {} killed by a test, {} by the compiler, {} by a time-out, {} by breaking the runner, \
             {} by the second look, {} equivalent",
            summary.mutants,
            summary.killed_by_test,
            summary.killed_by_compiler,
            summary.killed_by_time_out,
            summary.killed_by_broken_runner,
            summary.killed_by_second_look,
            summary.equivalent.len()
        );
        println!("took {:.0} s", summary.seconds);
        println!("survivors: {}", summary.survivors.len());
    }

    pub(crate) fn print_json(&self) -> serde_json::Result<()> {
        println!("{}", serde_json::to_string_pretty(&self.summary())?);
        Ok(())
    }
}
