//! Transactions that wait to be executed, and who executes them.
//!
//! There is no thread for it: of the callers that wait, one leads. It takes transactions that can run side by side from the
//! queue, executes and commits them, and so on until its own is done; then it hands over to the caller that waits longest.
//! A caller that is a task has a thread started that leads in its stead, until nobody waits.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;

use sui_sdk_types::{Digest, Transaction, UserSignature};
use tokio::sync::oneshot;

use super::declared::{Declared, InUse};
use super::outcome::ExecutedTransaction;
use super::rejection::Rejection;

/// Most transactions that are executed side by side.
const BATCH: usize = 64;
/// Most that are passed over, because they have to come after another, in search of one that need not.
const PASSED_OVER: usize = 32;

/// How often a thread looks for news, and lets others run in between, before it sleeps. To wake one can take as long as to execute
/// a transaction, and what it waits for is about to be done. This many looks take less than that.
const LOOKS: usize = 200;

/// What a caller gets.
pub(crate) type Answer = Result<Arc<ExecutedTransaction>, Rejection>;

/// A transaction whose signatures were checked.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) transaction: Transaction,
    pub(crate) signatures: Vec<UserSignature>,
    pub(crate) digest: Digest,
    declared: Declared,
    caller: Caller,
}

/// Who waits for a transaction.
pub(crate) enum Caller {
    /// A thread, with its ticket.
    Thread(Arc<Ticket>),
    /// A task.
    Task {
        answer: oneshot::Sender<Answer>,
        /// Starts a thread that leads.
        lead: Box<dyn Fn() + Send + Sync>,
    },
}

impl Caller {
    fn answer(self, told: Answer) {
        match self {
            Self::Thread(ticket) => ticket.tell(News::Answer(told)),
            // A task may have stopped waiting; what it sent is executed all the same.
            Self::Task { answer, .. } => drop(answer.send(told)),
        }
    }

    fn lead(&self) {
        match self {
            Self::Thread(ticket) => ticket.tell(News::Lead),
            Self::Task { lead, .. } => lead(),
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Thread(_) => "Thread",
            Self::Task { .. } => "Task",
        })
    }
}

impl Job {
    pub(crate) fn new(
        transaction: Transaction,
        signatures: Vec<UserSignature>,
        digest: Digest,
        caller: Caller,
    ) -> Self {
        Self {
            declared: Declared::of(&transaction),
            transaction,
            signatures,
            digest,
            caller,
        }
    }
}

/// Tells a caller when its transaction is done, or when it is its turn to lead.
#[derive(Debug, Default)]
pub(crate) struct Ticket {
    news: Mutex<News>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum News {
    #[default]
    None,
    Lead,
    Answer(Answer),
}

impl News {
    fn take(&mut self) -> Option<Turn> {
        match std::mem::take(self) {
            Self::None => None,
            Self::Lead => Some(Turn::Lead),
            Self::Answer(answer) => Some(Turn::Done(answer)),
        }
    }
}

/// What to do after waiting.
#[derive(Debug)]
pub(crate) enum Turn {
    Lead,
    Done(Answer),
}

impl Ticket {
    /// Waits for news.
    pub(crate) fn wait(&self) -> Turn {
        for _ in 0..LOOKS {
            if let Some(turn) = lock(&self.news).take() {
                return turn;
            }
            thread::yield_now();
        }
        let mut news = lock(&self.news);
        loop {
            if let Some(turn) = news.take() {
                return turn;
            }
            news = self
                .changed
                .wait(news)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the answer is there.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(*lock(&self.news), News::Answer(_))
    }

    fn tell(&self, told: News) {
        let mut news = lock(&self.news);
        // An answer is the last word.
        if !matches!(*news, News::Answer(_)) {
            *news = told;
            self.changed.notify_one();
        }
    }
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    leader: Mutex<()>,
}

impl Queue {
    /// Adds a job.
    pub(crate) fn push(&self, job: Job) {
        lock(&self.jobs).push_back(job);
    }

    /// Becomes the leader, unless somebody leads. A leader that stops must [hand over](Self::hand_over).
    pub(crate) fn lead(&self) -> Option<MutexGuard<'_, ()>> {
        match self.leader.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Lets the caller that waits longest lead; called after the leader's guard is gone, so that whoever came too late to be
    /// served and too early to lead is not forgotten.
    pub(crate) fn hand_over(&self) {
        if let Some(job) = lock(&self.jobs).front() {
            job.caller.lead();
        }
    }

    /// Takes jobs that can run side by side, in the order they came. The first one is always among them; one that is passed
    /// over keeps its place, and whatever has to come after it is passed over as well.
    pub(crate) fn take(&self) -> Batch {
        let mut waiting = lock(&self.jobs);
        let mut in_use = InUse::default();
        let (mut jobs, mut passed_over) = (Vec::new(), Vec::new());
        while jobs.len() < BATCH && passed_over.len() < PASSED_OVER {
            let Some(job) = waiting.pop_front() else {
                break;
            };
            let fits = in_use.allows(&job.declared);
            in_use.add(&job.declared);
            if fits {
                jobs.push(job);
            } else {
                passed_over.push(job);
            }
        }
        for job in passed_over.into_iter().rev() {
            waiting.push_front(job);
        }
        Batch { jobs }
    }
}

/// Jobs being executed. Whatever becomes of the leader, everybody in it gets an answer.
#[derive(Debug)]
pub(crate) struct Batch {
    jobs: Vec<Job>,
}

impl Batch {
    pub(crate) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Answers everybody, in order.
    pub(crate) fn answer(mut self, answers: Vec<Answer>) {
        let mut answers = answers.into_iter();
        for job in self.jobs.drain(..) {
            let answer = answers.next().unwrap_or_else(broken_off);
            job.caller.answer(answer);
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for job in self.jobs.drain(..) {
            job.caller.answer(broken_off());
        }
    }
}

/// What a caller is told whose transaction nobody answers for.
pub(crate) fn broken_off() -> Answer {
    Err(Rejection::Internal {
        reason: "the execution broke off; send the transaction again".to_owned(),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use sui_sdk_types::{
        Address, GasPayment, Input, ProgrammableTransaction, SharedInput, TransactionExpiration,
        TransactionKind,
    };

    /// A transaction that an account pays from its balance and that uses one shared object.
    fn job(account: u8, object: u8, mutable: bool) -> Job {
        called(account, object, mutable, Caller::Thread(Arc::default()))
    }

    fn called(account: u8, object: u8, mutable: bool, caller: Caller) -> Job {
        let sender = Address::new([account; 32]);
        let shared = SharedInput::new(Address::new([object; 32]), 1, mutable);
        let transaction = Transaction {
            kind: TransactionKind::ProgrammableTransaction(ProgrammableTransaction {
                inputs: vec![Input::Shared(shared)],
                commands: Vec::new(),
            }),
            sender,
            gas_payment: GasPayment {
                objects: Vec::new(),
                owner: sender,
                price: 1,
                budget: 1,
            },
            expiration: TransactionExpiration::None,
        };
        let digest = transaction.digest();
        Job::new(transaction, Vec::new(), digest, caller)
    }

    fn accounts(batch: &Batch) -> Vec<u8> {
        let jobs = batch.jobs().iter();
        jobs.map(|job| job.transaction.sender.as_bytes()[0])
            .collect()
    }

    #[test]
    fn what_shares_an_object_keeps_its_order_and_the_rest_goes_ahead() {
        let queue = Queue::default();
        // Writers of object 100, readers of 101, and the second transaction of account 4.
        for (account, object, mutable) in [
            (1, 100, true),
            (2, 100, true),
            (3, 101, false),
            (4, 101, false),
            (4, 102, true),
            (5, 100, false),
            (6, 101, true),
        ] {
            queue.push(job(account, object, mutable));
        }
        assert_eq!(accounts(&queue.take()), [1, 3, 4]);
        assert_eq!(accounts(&queue.take()), [2, 4, 6]);
        assert_eq!(accounts(&queue.take()), [5]);
        assert!(queue.take().jobs().is_empty());
    }

    #[test]
    fn a_batch_is_no_larger_than_it_may_be() {
        let queue = Queue::default();
        for account in 0..100 {
            queue.push(job(account, 200 - account, true));
        }
        assert_eq!(queue.take().jobs().len(), BATCH);
        assert_eq!(queue.take().jobs().len(), 100 - BATCH);
    }

    #[test]
    fn whoever_waits_is_told() {
        let queue = Queue::default();
        let (first, second) = (Arc::new(Ticket::default()), Arc::new(Ticket::default()));
        for (account, ticket) in [(1, &first), (2, &second)] {
            queue.push(called(account, 1, true, Caller::Thread(Arc::clone(ticket))));
        }
        let leader = queue.lead();
        assert!(leader.is_some() && queue.lead().is_none());
        // A leader that breaks off answers all the same.
        drop(queue.take());
        assert!(first.is_answered() && !second.is_answered());
        let broken = first.wait();
        assert!(matches!(
            broken,
            Turn::Done(Err(Rejection::Internal { .. }))
        ));
        drop(leader);
        queue.hand_over();
        assert!(matches!(second.wait(), Turn::Lead));
        assert!(queue.lead().is_some());
    }

    #[test]
    fn a_task_is_told_and_another_leads_in_its_stead() {
        let queue = Queue::default();
        let started = Arc::new(AtomicUsize::new(0));
        let mut waiting = Vec::new();
        for account in [1, 2] {
            let (answer, receiver) = oneshot::channel();
            let started = Arc::clone(&started);
            let lead = Box::new(move || {
                started.fetch_add(1, Ordering::Relaxed);
            });
            queue.push(called(account, 1, true, Caller::Task { answer, lead }));
            waiting.push(receiver);
        }
        drop(queue.take());
        assert!(matches!(
            waiting[0].try_recv(),
            Ok(Err(Rejection::Internal { .. }))
        ));
        assert!(waiting[1].try_recv().is_err());
        // Whether it still waits or not.
        waiting.clear();
        queue.hand_over();
        assert_eq!(started.load(Ordering::Relaxed), 1);
        assert_eq!(accounts(&queue.take()), [2]);
    }
}
