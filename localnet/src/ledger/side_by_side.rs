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
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Ledger;
use super::effects::Outcome;
use super::executor::{self, Mode, Pending};
use super::queue::{Answer, Batch, Caller, Job, Ticket, Turn};
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

/// Leads, when it is dropped, until nobody waits. A runtime that is shutting down drops what it will not run, and even then those
/// who wait are served.
struct Leader(Arc<Ledger>);

impl Drop for Leader {
    fn drop(&mut self) {
        self.0.lead(|| false);
    }
}

fn start_leader(ledger: &Arc<Ledger>, runtime: &Handle) {
    let leader = Leader(Arc::clone(ledger));
    runtime.spawn_blocking(|| drop(leader));
}

impl Ledger {
    /// Waits until a job is done; leads while nobody else does.
    pub(super) fn wait(&self, ticket: &Ticket) -> Answer {
        loop {
            self.lead(|| ticket.is_answered());
            match ticket.wait() {
                Turn::Lead => {}
                Turn::Done(answer) => return answer,
            }
        }
    }

    /// A caller that is a task of this runtime, and what it waits for.
    pub(super) fn task(self: &Arc<Self>, runtime: &Handle) -> (Caller, oneshot::Receiver<Answer>) {
        let (answer, receiver) = oneshot::channel();
        let (ledger, runtime) = (Arc::clone(self), runtime.clone());
        let lead = Box::new(move || start_leader(&ledger, &runtime));
        (Caller::Task { answer, lead }, receiver)
    }

    /// Starts a leader for the callers that are tasks, unless somebody leads.
    pub(super) fn see_to_a_leader(self: &Arc<Self>, runtime: &Handle) {
        if self.queue.lead().is_some() {
            start_leader(self, runtime);
        }
    }

    /// Executes what waits, unless somebody does; once it is enough, whoever waits longest goes on.
    fn lead(&self, is_enough: impl Fn() -> bool) {
        let Some(leader) = self.queue.lead() else {
            return;
        };
        while !is_enough() {
            let _writer = self.write_guard();
            let batch = self.queue.take();
            if batch.jobs().is_empty() {
                break;
            }
            self.execute_batch(batch);
        }
        drop(leader);
        self.queue.hand_over();
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
