//! One player: process after process, until everything it set out to do is done.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use valet_client::{Error as Failure, KeyOwner};

use super::{
    book::Book,
    child::Child,
    client::{Caller, End, Setting},
    runtime,
    wire::{Wire, lock},
};
use crate::{Error, random::Random};

pub(super) struct Player {
    pub(super) number: u64,
    pub(super) setting: Setting,
    pub(super) wire: Wire,
    pub(super) owner: KeyOwner,
    pub(super) caller: Caller,
    pub(super) program: Option<PathBuf>,
    pub(super) book: Mutex<Book>,
    pub(super) random: Mutex<Random>,
    pub(super) lives: Mutex<Lives>,
}

/// How a player's processes ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Lives {
    pub(super) begun: u64,
    /// Ended at a moment that they did not choose.
    pub(super) ended: u64,
    /// Killed by SIGKILL.
    pub(super) killed: u64,
    /// Ended by an error, to find out more in the next.
    pub(super) erred: u64,
    pub(super) last_error: Option<String>,
    /// Whether the client could still play when everything was over.
    pub(super) can_play: bool,
}

impl Player {
    /// So many transactions come in, at most, before a process ends.
    const TRANSACTIONS: u64 = 60;
    /// One in so many processes is a real one, killed by a real SIGKILL.
    const CHILDREN: u64 = 8;
    /// How many processes try to find out what is open before one that is killed.
    const SETTLINGS: u32 = 6;
    /// How long a process of its own lives at most: one that waits for its end sends nothing that would bring it about.
    const LIFETIME: Duration = Duration::from_secs(3);
    /// How many processes a client has to play one more action when nothing goes wrong any more.
    const LAST_LIVES: u32 = 40;

    pub(super) fn run(&self, is_over: &AtomicBool) -> Result<(), Error> {
        while !lock(&self.book).is_done() && !is_over.load(Ordering::SeqCst) {
            let begun = {
                let mut lives = lock(&self.lives);
                lives.begun += 1;
                lives.begun
            };
            let (quota, delay) = {
                let mut random = lock(&self.random);
                (1 + random.below(Self::TRANSACTIONS), random.below(4_000))
            };
            let delay = Duration::from_micros(delay);
            match &self.program {
                Some(program) if begun % Self::CHILDREN == 3 => {
                    self.child(program, quota, delay)?
                }
                _ => self.life(Some((quota, delay)))?,
            }
        }
        self.wire.calm();
        if !lock(&self.book).is_done() {
            return Ok(());
        }
        lock(&self.book).extend();
        for _ in 0..Self::LAST_LIVES {
            if lock(&self.book).is_done() {
                break;
            }
            self.life(None)?;
        }
        lock(&self.lives).can_play = lock(&self.book).is_done();
        Ok(())
    }

    /// A process in this one: everything that it had is dropped wherever it was, at an await.
    fn life(&self, kill: Option<(u64, Duration)>) -> Result<(), Error> {
        let runtime = runtime(&mut tokio::runtime::Builder::new_current_thread())?;
        let end = runtime.block_on(async {
            tokio::select! {
                end = self.setting.live(&self.owner, self.caller, &self.book) => Some(end),
                () = self.doom(kill) => None,
            }
        });
        // What was spawned goes with it.
        drop(runtime);
        self.note(end);
        Ok(())
    }

    /// A process that finds out what became of what is open, and plays nothing.
    fn settle(&self) -> Result<(), Error> {
        let runtime = runtime(&mut tokio::runtime::Builder::new_current_thread())?;
        let settled = self.setting.settle(&self.owner, self.caller, &self.book);
        let settled = runtime.block_on(settled);
        self.note(Some(settled));
        Ok(())
    }

    /// A process of its own.
    fn child(&self, program: &Path, quota: u64, delay: Duration) -> Result<(), Error> {
        // What is open is found out first: this process tells nobody what it learns.
        for _ in 0..Self::SETTLINGS {
            if lock(&self.book).open().is_empty() {
                break;
            }
            self.settle()?;
        }
        let tries: Vec<_> = {
            let mut book = lock(&self.book);
            if !book.open().is_empty() {
                drop(book);
                return self.life(Some((quota, delay)));
            }
            (0..quota + 8).map_while(|_| book.give()).collect()
        };
        // It is killed while it still has something to do.
        let quota = quota.checked_rem(u64::try_from(tries.len()).unwrap_or(u64::MAX));
        let quota = quota.unwrap_or_default().max(1);
        let runtime = runtime(&mut tokio::runtime::Builder::new_current_thread())?;
        let was_killed = runtime.block_on(async {
            let mut child = Child::start(program, &self.setting, &tries).await?;
            tokio::select! {
                ended = child.wait() => ended.map(|()| false),
                _ = tokio::time::timeout(Self::LIFETIME, self.doom(Some((quota, delay)))) => {
                    child.kill().await.map(|()| true)
                }
            }
        })?;
        lock(&self.lives).killed += u64::from(was_killed);
        Ok(())
    }

    async fn doom(&self, kill: Option<(u64, Duration)>) {
        match kill {
            Some((transactions, delay)) => {
                self.wire.after(transactions).await;
                tokio::time::sleep(delay).await;
            }
            None => std::future::pending().await,
        }
    }

    fn note(&self, end: Option<Result<End, Failure>>) {
        let mut lives = lock(&self.lives);
        match end {
            None => lives.ended += 1,
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                lives.erred += 1;
                lives.last_error = Some(error.to_string());
                drop(lives);
                // Whoever starts a process again after an error does not do so in a tight loop.
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}
