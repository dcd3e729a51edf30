//! What a caller of the client writes down about its actions, and keeps through every restart.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// An action, and how often it was given to the client before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Try {
    pub(super) number: u64,
    pub(super) attempt: u32,
}

impl Try {
    /// What the client is told to call it.
    pub(super) fn label(self) -> String {
        format!("{}.{}", self.number, self.attempt)
    }
}

/// The actions of one player.
#[derive(Debug)]
pub(super) struct Book {
    next: u64,
    end: u64,
    /// Were certainly not executed: due again.
    again: BTreeSet<Try>,
    /// Were given to the client, which has not said what became of them.
    open: BTreeMap<String, Try>,
    done: BTreeSet<u64>,
    pub(super) tally: Tally,
    /// What the client said of the last action that failed.
    pub(super) last_failure: Option<String>,
    /// What the client said that was not so.
    pub(super) findings: Vec<String>,
}

/// What the client answered, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) confirmed: u64,
    pub(super) failed: u64,
    pub(super) not_executed: u64,
    pub(super) unconfirmed: u64,
    pub(super) unbelievable: u64,
    pub(super) recovered: u64,
    pub(super) never_sent: u64,
}

impl Book {
    pub(super) fn new(numbers: std::ops::Range<u64>) -> Self {
        Self {
            next: numbers.start,
            end: numbers.end,
            again: BTreeSet::new(),
            open: BTreeMap::new(),
            done: BTreeSet::new(),
            tally: Tally::default(),
            last_failure: None,
            findings: Vec::new(),
        }
    }

    /// The next action to give to the client, noted as given.
    pub(super) fn give(&mut self) -> Option<Try> {
        let given = self.again.pop_first().or_else(|| {
            (self.next < self.end).then(|| {
                self.next += 1;
                Try {
                    number: self.next - 1,
                    attempt: 0,
                }
            })
        })?;
        self.open.insert(given.label(), given);
        Some(given)
    }

    pub(super) fn open(&self) -> Vec<Try> {
        self.open.values().copied().collect()
    }

    /// It came through.
    pub(super) fn done(&mut self, given: Try) {
        self.open.remove(&given.label());
        self.done.insert(given.number);
    }

    /// It certainly did not come through.
    pub(super) fn again(&mut self, given: Try) {
        self.open.remove(&given.label());
        self.again.insert(Try {
            attempt: given.attempt.saturating_add(1),
            ..given
        });
    }

    /// One more action.
    pub(super) fn extend(&mut self) {
        self.end += 1;
    }

    pub(super) fn is_done(&self) -> bool {
        self.next == self.end && self.again.is_empty() && self.open.is_empty()
    }

    /// The actions that came through, as the caller was told.
    pub(super) fn told(&self) -> &BTreeSet<u64> {
        &self.done
    }

    /// The actions of which the caller still does not know what became of them.
    pub(super) fn undecided(&self) -> Vec<u64> {
        let open = self.open.values().chain(&self.again);
        let mut undecided: Vec<_> = open.map(|given| given.number).collect();
        undecided.extend(self.next..self.end);
        undecided
    }
}
