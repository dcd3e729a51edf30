//! Snapshots: a ledger as it was, to return to, to keep in a file, or to start another ledger from.

mod file;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sui_sdk_types::Digest;
use tokio::sync::broadcast;

use super::config;
use super::faucet::Faucet;
use super::outcome::EpochInfo;
use super::protocol::ProtocolConfig;
use super::queue::Queue;
use super::rejection::LedgerError;
use super::scratch::Scratch;
use super::state::{Block, State};
use super::time::{ShiftedTime, TimeSource};
use super::{Ledger, SUBSCRIPTION_CAPACITY, packages, system};

/// A ledger at one moment: its whole history, objects, epochs and clock.
///
/// In memory it costs two pointers for each checkpoint, because objects and transactions never change and are shared with
/// the ledger it was taken from.
#[derive(Clone, Debug)]
pub struct Snapshot {
    inner: Arc<Contents>,
}

#[derive(Debug)]
struct Contents {
    protocol: ProtocolConfig,
    faucet_seed: [u8; 32],
    /// What the present was, in milliseconds since the Unix epoch.
    present_ms: u64,
    /// The first one here, so that there always is one.
    first: Block,
    rest: Vec<Block>,
    past_epochs: Vec<EpochInfo>,
    epoch: EpochInfo,
}

impl Snapshot {
    /// The chain it is of.
    #[must_use]
    pub fn chain_id(&self) -> Digest {
        self.inner.first.checkpoint.digest
    }

    /// The number of its newest checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> u64 {
        self.inner.newest().checkpoint.sequence_number()
    }

    /// Its present, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.inner.present_ms
    }

    /// The snapshot as bytes that [`Snapshot::from_bytes`] reads, with a version and a checksum.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Snapshot`] if it cannot be encoded, which is a defect.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LedgerError> {
        file::write(&self.inner)
    }

    /// Read what [`Snapshot::to_bytes`] made. Digests of transactions, effects, objects and checkpoints are computed again
    /// and compared.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Snapshot`] says what is wrong with the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LedgerError> {
        let inner = Arc::new(file::read(bytes)?);
        Ok(Self { inner })
    }
}

impl Contents {
    fn newest(&self) -> &Block {
        self.rest.last().unwrap_or(&self.first)
    }

    fn block(&self, index: usize) -> Option<&Block> {
        match index.checked_sub(1) {
            None => Some(&self.first),
            Some(index) => self.rest.get(index),
        }
    }
}

impl Ledger {
    /// The ledger as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.read();
        let mut blocks = state.blocks().iter().cloned();
        let epoch = state.epoch().clone();
        let mut past_epochs = state.epochs();
        past_epochs.pop();
        let newest = Block {
            checkpoint: Arc::clone(state.latest_checkpoint()),
            changes: Arc::default(),
        };
        Snapshot {
            inner: Arc::new(Contents {
                protocol: self.protocol.clone(),
                faucet_seed: self.faucet.seed(),
                present_ms: self.time.now_ms().max(state.clock_ms),
                // A state is born with a block.
                first: blocks.next().unwrap_or(newest),
                rest: blocks.collect(),
                past_epochs,
                epoch,
            }),
        }
    }

    /// A ledger that goes on from a snapshot. Its present is that of `time`, but not before the snapshot's clock.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Snapshot`] if its packages do not load.
    pub fn from_snapshot(
        snapshot: &Snapshot,
        time: Arc<dyn TimeSource>,
    ) -> Result<Self, LedgerError> {
        let contents = &snapshot.inner;
        let mut state = State::new(contents.first.clone(), contents.epoch.clone());
        for block in &contents.rest {
            state.push(block.clone());
        }
        state.set_epochs(&contents.past_epochs, &contents.epoch);
        if state.objects.get(&system::CLOCK).is_none() {
            return Err(unusable("it has no Clock"));
        }
        let vm = packages::machine();
        packages::load_all(&vm, &state.objects).map_err(unusable)?;
        Ok(Self {
            protocol: contents.protocol.clone(),
            time: ShiftedTime::new(time),
            chain_id: snapshot.chain_id(),
            faucet: Faucet::new(contents.faucet_seed),
            vm,
            scratch: Scratch::default(),
            state: state.into(),
            writer: ().into(),
            queue: Queue::default(),
            threads: config::threads().get(),
            reverts: 0.into(),
            checkpoints: broadcast::Sender::new(SUBSCRIPTION_CAPACITY),
        })
    }

    /// Make the ledger what it was when the snapshot was taken, whatever happened since; also forward again, to a snapshot
    /// taken before a return to an earlier one. Time goes on from the snapshot's present.
    ///
    /// Costs as much as what is taken back and put in place again. Open streams of the services end with an error that says
    /// so; receivers of [`Ledger::subscribe`] get the checkpoint that is now the newest.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Snapshot`] if it is of another chain.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), LedgerError> {
        let contents = &snapshot.inner;
        if snapshot.chain_id() != self.chain_id {
            return Err(unusable(format_args!(
                "it is of the chain {}, this is {}",
                snapshot.chain_id(),
                self.chain_id
            )));
        }
        self.rewrite(contents.present_ms, |state| {
            // Two chains with the same checkpoint have the same history before it.
            let shared = state.blocks().partition_point(|block| {
                let number = usize::try_from(block.checkpoint.sequence_number());
                let other = number.ok().and_then(|number| contents.block(number));
                other.is_some_and(|other| other.checkpoint.digest == block.checkpoint.digest)
            });
            state.revert_to((shared as u64).saturating_sub(1));
            for block in contents.rest.iter().skip(shared.saturating_sub(1)) {
                state.push(block.clone());
            }
            state.set_epochs(&contents.past_epochs, &contents.epoch);
        });
        Ok(())
    }

    /// Make the ledger what it was right after one of its checkpoints. Time goes on from that checkpoint's.
    ///
    /// As [`Ledger::restore`], but there is no way forward again without a snapshot.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoCheckpoint`] if there is no such checkpoint.
    pub fn revert_to(&self, sequence_number: u64) -> Result<(), LedgerError> {
        let writer = self.write_guard();
        let checkpoint =
            self.checkpoint(sequence_number)
                .ok_or_else(|| LedgerError::NoCheckpoint {
                    requested: sequence_number,
                    newest: self.read().latest_checkpoint().sequence_number(),
                })?;
        self.rewrite_locked(checkpoint.summary.timestamp_ms, |state| {
            state.revert_to(sequence_number);
        });
        drop(writer);
        Ok(())
    }

    /// How often history was rewritten: what is read in steps is one history only while this stays.
    pub(crate) fn reverts(&self) -> u64 {
        self.reverts.load(Ordering::SeqCst)
    }

    fn rewrite(&self, present_ms: u64, change: impl FnOnce(&mut State)) {
        let _writer = self.write_guard();
        self.rewrite_locked(present_ms, change);
    }

    /// Change the history; the writer's lock is held.
    fn rewrite_locked(&self, present_ms: u64, change: impl FnOnce(&mut State)) {
        let mut state = self
            .state
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // Before anything changes, so that no reader sees the new history under the old number.
        self.reverts.fetch_add(1, Ordering::SeqCst);
        change(&mut state);
        self.time.set_ms(present_ms.max(state.clock_ms));
        let newest = Arc::clone(state.latest_checkpoint());
        drop(state);
        self.announce(newest);
    }
}

fn unusable(reason: impl std::fmt::Display) -> LedgerError {
    LedgerError::Snapshot {
        reason: reason.to_string(),
    }
}
