//! Tries every mutant against the tests.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use valet_toolchain::{Trial, Trials, Verdict};

use super::{find::Mutant, focus::Focus, second::SecondLook};

/// Before the usual time is known.
const BASELINE_LIMIT: Duration = Duration::from_secs(600);

/// A mutant may take this many times what the package itself takes...
const PATIENCE: u32 = 8;

/// ... and at least this long...
const SHORTEST_LIMIT: Duration = Duration::from_secs(60);

/// ... and this many times that at a second attempt: other work on the machine must not make a survivor look endless.
const SECOND_PATIENCE: u32 = 4;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fate")]
pub(crate) enum Fate {
    /// A test failed.
    Failed {
        /// One of those that did.
        test: String,
    },
    /// It does not compile.
    Refused,
    /// Its tests did not end.
    TimedOut,
    /// The test runner broke on it.
    Broke,
    /// The tests let it through, and the second look did not.
    SecondLook,
    /// Nothing caught it.
    Survived,
}

/// What the hunt is made with.
#[derive(Debug)]
pub(crate) struct Hunt<'a> {
    pub(crate) jobs: NonZeroUsize,
    pub(crate) second: Option<&'a SecondLook>,
}

struct Shared<'a> {
    mutants: &'a [&'a Mutant],
    limit: Duration,
    state: Mutex<State>,
}

struct State {
    next: usize,
    focus: Focus,
    fates: BTreeMap<usize, Fate>,
    error: Option<anyhow::Error>,
}

impl Hunt<'_> {
    /// The fate of each mutant, in their order.
    ///
    /// # Errors
    /// The package's tests do not pass unchanged, or the tools cannot be run.
    pub(crate) fn run(&self, mut trials: Trials<'_>, mutants: &[&Mutant]) -> Result<Vec<Fate>> {
        let limit = baseline(&mut trials)?;
        let focus = Focus::new(trials.files())?;
        let shared = Shared {
            mutants,
            limit,
            state: Mutex::new(State {
                next: 0,
                focus,
                fates: BTreeMap::new(),
                error: None,
            }),
        };
        let more: Vec<Trials<'_>> = (1..self.jobs.get()).map(|_| trials.fork()).collect();
        thread::scope(|scope| {
            for trials in std::iter::once(trials).chain(more) {
                let shared = &shared;
                scope.spawn(move || self.work(shared, trials));
            }
        });
        let state = shared
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.error {
            return Err(error);
        }
        if state.fates.len() != mutants.len() {
            bail!("a worker stopped before its mutants were tried");
        }
        Ok(state.fates.into_values().collect())
    }

    fn work(&self, shared: &Shared<'_>, mut trials: Trials<'_>) {
        loop {
            let (index, mutant, without) = {
                let mut state = shared.lock();
                let index = state.next;
                let Some(mutant) = shared.mutants.get(index) else {
                    return;
                };
                if state.error.is_some() {
                    return;
                }
                state.next += 1;
                (index, *mutant, state.focus.without(mutant))
            };
            let fate = self.fate(shared, &mut trials, mutant, without);
            let mut state = shared.lock();
            match fate {
                Ok(fate) => {
                    state.fates.insert(index, fate.clone());
                    progress(mutant, &fate, state.fates.len(), shared.mutants.len());
                }
                Err(error) => state.error = Some(error),
            }
        }
    }

    fn fate(
        &self,
        shared: &Shared<'_>,
        trials: &mut Trials<'_>,
        mutant: &Mutant,
        without: Vec<String>,
    ) -> Result<Fate> {
        let text = trials
            .files()
            .get(&mutant.file)
            .with_context(|| format!("{} is not in the package", mutant.file))?;
        let changed = mutant.apply(text);
        let edits = BTreeMap::from([(mutant.file.clone(), changed)]);

        // Without some of the tests it may not compile for that reason; only a failed test, or no end, says something.
        let is_partial = !without.is_empty();
        let mut trial = Trial { edits, without };
        let mut verdict = trials.run(&trial, shared.limit)?;
        if is_partial && !matches!(verdict, Verdict::Failed { .. } | Verdict::TimedOut) {
            trial.without.clear();
            verdict = trials.run(&trial, shared.limit)?;
        }
        if verdict == Verdict::TimedOut {
            trial.without.clear();
            verdict = trials.run(&trial, shared.limit * SECOND_PATIENCE)?;
        }
        Ok(match verdict {
            Verdict::Failed { tests } => {
                shared.lock().focus.learn(mutant, &tests);
                let test = tests.into_iter().next();
                Fate::Failed {
                    test: test.unwrap_or_else(|| "a test".into()),
                }
            }
            Verdict::Refused { .. } => Fate::Refused,
            Verdict::TimedOut => Fate::TimedOut,
            Verdict::Broke { .. } => Fate::Broke,
            Verdict::Passed => match self.second {
                Some(second) if second.catches(trials.files(), &trial.edits)? => Fate::SecondLook,
                _ => Fate::Survived,
            },
            other => bail!("an unknown verdict: {other:?}"),
        })
    }
}

impl Shared<'_> {
    /// A worker that panicked is noticed by what is missing; what the others found is still good.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the tests of the package as it is, and derives how long those of a mutant may take.
fn baseline(trials: &mut Trials<'_>) -> Result<Duration> {
    let start = Instant::now();
    let name = trials.name().to_owned();
    match trials.run(&Trial::default(), BASELINE_LIMIT)? {
        Verdict::Passed => {
            let took = start.elapsed();
            eprintln!("   the tests of {name} pass in {:.1} s", took.as_secs_f64());
            Ok((took * PATIENCE).max(SHORTEST_LIMIT))
        }
        Verdict::Failed { tests } => bail!(
            "the tests of {name} fail without any change: {}",
            tests.join(", ")
        ),
        Verdict::Refused { diagnostics } => bail!("{name} does not compile:\n{diagnostics}"),
        verdict => bail!("the tests of {name} do not run: {verdict:?}"),
    }
}

fn progress(mutant: &Mutant, fate: &Fate, done: usize, of: usize) {
    const STEP: usize = 20;
    let note = match fate {
        Fate::Survived => "SURVIVED",
        Fate::SecondLook => "passed the tests, and the second look noticed it",
        Fate::TimedOut => "did not end",
        Fate::Broke => "broke the runner",
        _ if done.is_multiple_of(STEP) || done == of => "",
        _ => return,
    };
    if note.is_empty() {
        eprintln!("   {done}/{of} tried");
    } else {
        let Mutant {
            file,
            line,
            column,
            change,
            ..
        } = mutant;
        let after = mutant
            .after
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        eprintln!("   {done}/{of} {file}:{line}:{column} {note}: {change} -> `{after}`");
    }
}
