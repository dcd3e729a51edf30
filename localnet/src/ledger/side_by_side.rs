//! Executing transactions: those on disjoint objects side by side, committed one after the other.
//!
//! What comes out is what executing one transaction after the other, in the order of their checkpoints, gives: the same
//! effects, digests and checkpoints, to the byte. The transactions of a batch are all executed on the state before the
//! batch, and each notes what it read of it. At the commit a transaction that read anything which an earlier one of the
//! batch wrote is executed again on the state as it then is. Since batches are chosen by what transactions declare, that
//! is rare: two that pay the same account's balance, a call of a package that is being published.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;

use sui_sdk_types::Address;

use super::Ledger;
use super::effects::Outcome;
use super::executor::{self, Mode, Pending};
use super::queue::{Answer, Batch, Job, Ticket, Turn};
use super::reader::Reads;
use super::rejection::Rejection;
use super::state::State;

/// Fewer transactions than this are not worth waking a thread for.
const WORTH_A_THREAD: usize = 4;

/// A transaction that was executed on the state before its batch.
struct Tried {
    outcome: Result<Outcome, Rejection>,
    /// What it read, and so depends on.
    reads: Vec<Address>,
}

impl Ledger {
    /// Waits until a job is done; leads while nobody else does.
    pub(super) fn wait(&self, ticket: &Ticket) -> Answer {
        loop {
            if let Some(leader) = self.queue.lead() {
                while !ticket.is_answered() {
                    let _writer = self.write_guard();
                    self.execute_batch(self.queue.take());
                }
                drop(leader);
                self.queue.hand_over();
            }
            match ticket.wait() {
                Turn::Lead => {}
                Turn::Done(answer) => return answer,
            }
        }
    }

    /// Executes and commits jobs that can run side by side; the writer's lock is held.
    fn execute_batch(&self, batch: Batch) {
        let (now_ms, mut prologue, tried) = {
            let state = self.read();
            let now_ms = self.time.now_ms().max(state.clock_ms);
            match self.prologue(&state, now_ms) {
                Ok(prologue) => {
                    let tried = self.try_all(&state, prologue.as_ref(), batch.jobs());
                    (now_ms, prologue, tried)
                }
                Err(rejection) => {
                    let answers = batch
                        .jobs()
                        .iter()
                        .map(|_| Err(rejection.clone()))
                        .collect();
                    return batch.answer(answers);
                }
            }
        };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut written = HashSet::new();
        let mut checkpoints = Vec::with_capacity(tried.len());
        let mut answers = Vec::with_capacity(tried.len());
        for (job, tried) in batch.jobs().iter().zip(tried) {
            if let Some(executed) = state.transactions.get(&job.digest) {
                answers.push(Ok(Arc::clone(executed)));
                continue;
            }
            let still_holds = |tried: &Tried| tried.reads.iter().all(|key| !written.contains(key));
            let tried = match tried.filter(still_holds) {
                Some(tried) => tried,
                None => self.try_one(&state, prologue.as_ref(), job),
            };
            answers.push(tried.outcome.map(|outcome| {
                note_written(&outcome, &mut written);
                let pending = Pending {
                    transaction: job.transaction.clone(),
                    signatures: job.signatures.clone(),
                    digest: job.digest,
                    outcome,
                };
                let (checkpoint, executed) = state.commit(prologue.take(), pending, now_ms, None);
                checkpoints.push(checkpoint);
                executed
            }));
        }
        drop(state);
        for checkpoint in checkpoints {
            self.announce(checkpoint);
        }
        batch.answer(answers);
    }

    /// Tries jobs on one state, on as many threads as they are worth.
    fn try_all(
        &self,
        state: &State,
        prologue: Option<&Pending>,
        jobs: &[Job],
    ) -> Vec<Option<Tried>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut tried = Vec::new();
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                tried.push((job.digest, self.try_one(state, prologue, job)));
            }
            tried
        };
        let helpers = (jobs.len() / WORTH_A_THREAD).min(self.threads.saturating_sub(1));
        let tried = thread::scope(|scope| {
            // Where the system gives no thread, or one breaks, the leader does the work.
            let helpers: Vec<_> = (0..helpers)
                .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut tried = work();
            for helper in helpers {
                tried.extend(helper.join().unwrap_or_default());
            }
            tried
        });
        let mut tried: HashMap<_, _> = tried.into_iter().collect();
        jobs.iter().map(|job| tried.remove(&job.digest)).collect()
    }

    fn try_one(&self, state: &State, prologue: Option<&Pending>, job: &Job) -> Tried {
        let reads = Reads::default();
        let view = self.view(state, prologue, &reads);
        let outcome = executor::run(&view, &job.transaction, job.digest, Mode::COMMIT);
        Tried {
            outcome: outcome.map(|(outcome, _)| outcome),
            reads: reads.into_keys(),
        }
    }
}

/// Everything that a later transaction may have read before this one was committed.
fn note_written(outcome: &Outcome, written: &mut HashSet<Address>) {
    let changes = &outcome.changes;
    written.extend(changes.written.iter().map(|object| object.object_id()));
    written.extend(&changes.removed);
    written.extend(&outcome.balance_owners);
}
