//! Playing what waits in a lane, together where that is wanted, and apart where it fails.

use std::{collections::VecDeque, sync::Arc};

use sui_sdk_types::Digest;
use tokio::sync::{mpsc, oneshot};

use super::{Block, Played};
use crate::{Call, Error, Pending, Session, ptb};

/// An action that waits.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) calls: Vec<Call>,
    pub(super) answer: oneshot::Sender<Result<Played, Error>>,
}

impl Job {
    /// Whoever asked may have stopped waiting, which is no concern of the others.
    fn answer(self, outcome: Result<Played, Error>) {
        let _ = self.answer.send(outcome);
    }
}

/// Plays jobs in their order until there are no more.
pub(super) async fn work(session: Session, mut queue: mpsc::Receiver<Job>, most: usize) {
    let mut block = Block::default();
    while let Some(first) = queue.recv().await {
        let mut jobs = vec![first];
        while jobs.len() < most
            && let Ok(next) = queue.try_recv()
        {
            jobs.push(next);
        }
        match block.lift(&session).await {
            Some(digest) => {
                for job in jobs {
                    job.answer(Err(Error::LaneBlocked { digest }));
                }
            }
            None => play(&session, jobs, &mut block).await,
        }
    }
}

impl Block {
    /// Learns the outcome that is waited for; the transaction's digest when it is still unknown.
    async fn lift(&mut self, session: &Session) -> Option<Digest> {
        let pending = self.0.take()?;
        match session.resolve(&pending).await {
            Err(Error::Unconfirmed(still)) => {
                let digest = still.digest();
                self.0 = Some(*still);
                Some(digest)
            }
            // Any other answer is certain, and was for the action that it is about.
            _ => None,
        }
    }
}

/// Plays jobs as one transaction. When that fails, the one that failed is told so, and the others are played without it: those
/// before it first. Nothing of a failed transaction took place, so nothing is doubled.
async fn play(session: &Session, jobs: Vec<Job>, block: &mut Block) {
    let mut parts = VecDeque::from([jobs]);
    while let Some(mut jobs) = parts.pop_front() {
        if let Some(pending) = &block.0 {
            let digest = pending.digest();
            for job in jobs {
                job.answer(Err(Error::LaneBlocked { digest }));
            }
            continue;
        }
        let calls: Vec<Call> = jobs.iter().flat_map(|job| job.calls.clone()).collect();
        let joined = jobs.len();
        match session.play_all(&calls).await {
            Ok(receipt) => {
                let receipt = Arc::new(receipt);
                for (position, job) in jobs.into_iter().enumerate() {
                    job.answer(Ok(Played {
                        receipt: Arc::clone(&receipt),
                        position,
                        joined,
                    }));
                }
            }
            Err(error) if joined == 1 => {
                if let Error::Unconfirmed(pending) = &error {
                    block.0 = Some(Pending::clone(pending));
                }
                if let Some(job) = jobs.pop() {
                    job.answer(Err(error));
                }
            }
            Err(Error::Unconfirmed(pending)) => {
                block.0 = Some(Pending::clone(&pending));
                for job in jobs {
                    job.answer(Err(Error::Unconfirmed(pending.clone())));
                }
            }
            Err(error) => match culprit(session, &jobs, &error) {
                Some(index) => {
                    let after = jobs.split_off(index + 1);
                    if let Some(job) = jobs.pop() {
                        tracing::debug!(index, joined, %error, "playing the others without it");
                        job.answer(Err(error));
                    }
                    prepend(&mut parts, after);
                    prepend(&mut parts, jobs);
                }
                // Nobody's fault, or everybody's: each for itself.
                None => {
                    tracing::debug!(joined, %error, "playing each by itself");
                    for job in jobs.into_iter().rev() {
                        prepend(&mut parts, vec![job]);
                    }
                }
            },
        }
    }
}

/// Whose command failed.
fn culprit(session: &Session, jobs: &[Job], error: &Error) -> Option<usize> {
    if let Error::Ptb(_) = error {
        // What cannot be built by itself is the culprit; otherwise there are too many together.
        let valet = session.account().valet();
        let storage = session.inner.storage;
        return jobs
            .iter()
            .position(|job| ptb::calls(valet.deployment(), storage, &job.calls).is_err());
    }
    let command = usize::try_from(error.failure()?.action_command()?).ok()?;
    let mut end = 0;
    jobs.iter().position(|job| {
        // A call is one command.
        end += job.calls.len();
        command < end
    })
}

fn prepend(parts: &mut VecDeque<Vec<Job>>, jobs: Vec<Job>) {
    if !jobs.is_empty() {
        parts.push_front(jobs);
    }
}
