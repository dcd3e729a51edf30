//! Everything a ledger remembers.

use std::collections::BTreeMap;
use std::sync::Arc;

use sui_sdk_types::{Address, Digest, EndOfEpochData, StructTag, TypeTag, framework::Coin};

use super::checkpoint;
use super::executor::Pending;
use super::object_store::{ObjectStore, StoreChanges, Undo};
use super::outcome::{Balance, Checkpoint, EpochInfo, ExecutedTransaction};
use super::system::CLOCK;
use super::system_transactions::clock_ms;
use crate::maps::HashMap;

/// Objects, transactions, checkpoints and epochs, as of the last commit.
///
/// There is always a checkpoint and an epoch: a state is born with the genesis transaction.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) objects: ObjectStore,
    pub(crate) transactions: HashMap<Digest, Arc<ExecutedTransaction>>,
    /// What the `Clock` object shows.
    pub(crate) clock_ms: u64,
    latest: Arc<Checkpoint>,
    /// The whole history. Its beginning never changes, so that a snapshot shares all of it.
    blocks: Vec<Block>,
    /// What takes each block back.
    undos: Vec<Vec<Undo>>,
    checkpoint_numbers: HashMap<Digest, usize>,
    epoch: EpochInfo,
    past_epochs: Vec<EpochInfo>,
}

/// A checkpoint and what its transactions, one by one, changed in the store.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) checkpoint: Arc<Checkpoint>,
    pub(crate) changes: Arc<[StoreChanges]>,
}

impl State {
    /// The state that the genesis transaction makes.
    pub(crate) fn genesis(genesis: Pending, epoch: EpochInfo) -> Self {
        let (changes, executed) = genesis.commit(0, epoch.start_timestamp_ms);
        let first = checkpoint::next(
            None,
            epoch.epoch,
            epoch.start_timestamp_ms,
            vec![Arc::new(executed)],
            None,
        );
        let first = Block {
            checkpoint: Arc::new(first),
            changes: [changes].into(),
        };
        Self::new(first, epoch)
    }

    /// The state after a first block.
    pub(crate) fn new(first: Block, epoch: EpochInfo) -> Self {
        let mut state = Self {
            objects: ObjectStore::default(),
            transactions: HashMap::default(),
            clock_ms: 0,
            latest: Arc::clone(&first.checkpoint),
            blocks: Vec::new(),
            undos: Vec::new(),
            checkpoint_numbers: HashMap::default(),
            epoch,
            past_epochs: Vec::new(),
        };
        state.push(first);
        state
    }

    /// Make what a transaction does the state, after what the one that moves the clock does: one checkpoint at `timestamp_ms`.
    pub(crate) fn commit(
        &mut self,
        prologue: Option<Pending>,
        pending: Pending,
        timestamp_ms: u64,
        end_of_epoch: Option<EndOfEpochData>,
    ) -> (Arc<Checkpoint>, Arc<ExecutedTransaction>) {
        let number = self.latest.sequence_number() + 1;
        let mut digests = Vec::new();
        let mut commit = |mut pending: Pending| {
            digests.append(&mut pending.outcome.digests);
            let (changes, executed) = pending.commit(number, timestamp_ms);
            (changes, Arc::new(executed))
        };
        let (mut changes, mut executed): (Vec<_>, Vec<_>) =
            prologue.map(&mut commit).into_iter().unzip();
        let (last_changes, last) = commit(pending);
        changes.push(last_changes);
        executed.push(Arc::clone(&last));
        let next = Arc::new(checkpoint::next(
            Some(&self.latest),
            self.epoch.epoch,
            timestamp_ms,
            executed,
            end_of_epoch,
        ));
        self.push(Block {
            checkpoint: Arc::clone(&next),
            changes: changes.into(),
        });
        self.objects.remember(&digests);
        (next, last)
    }

    /// Make a block, of this ledger or of one that was saved, the newest.
    pub(crate) fn push(&mut self, block: Block) {
        let undo = block
            .changes
            .iter()
            .map(|changes| self.objects.apply(changes))
            .collect();
        for executed in &block.checkpoint.transactions {
            self.transactions
                .insert(executed.digest, Arc::clone(executed));
        }
        self.read_clock();
        self.checkpoint_numbers
            .insert(block.checkpoint.digest, self.blocks.len());
        self.latest = Arc::clone(&block.checkpoint);
        self.blocks.push(block);
        self.undos.push(undo);
    }

    /// Forget everything after a checkpoint; the first one stays in any case.
    pub(crate) fn revert_to(&mut self, sequence_number: u64) {
        while self.latest.sequence_number() > sequence_number
            && let [.., before, _] = &self.blocks[..]
        {
            self.latest = Arc::clone(&before.checkpoint);
            let (Some(block), Some(undos)) = (self.blocks.pop(), self.undos.pop()) else {
                break;
            };
            for (changes, undo) in block.changes.iter().zip(undos).rev() {
                self.objects.undo(changes, undo);
            }
            for executed in &block.checkpoint.transactions {
                self.transactions.remove(&executed.digest);
            }
            self.checkpoint_numbers.remove(&block.checkpoint.digest);
        }
        self.read_clock();
        let next = self.latest.sequence_number().saturating_add(1);
        while self.epoch.first_checkpoint > next {
            let Some(mut epoch) = self.past_epochs.pop() else {
                break;
            };
            epoch.end_timestamp_ms = None;
            epoch.last_checkpoint = None;
            self.epoch = epoch;
        }
    }

    /// Every block, oldest first.
    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Every epoch, the current one last.
    pub(crate) fn epochs(&self) -> Vec<EpochInfo> {
        let current = std::iter::once(&self.epoch);
        self.past_epochs.iter().chain(current).cloned().collect()
    }

    /// Take over the epochs of a history that was pushed.
    pub(crate) fn set_epochs(&mut self, past: &[EpochInfo], current: &EpochInfo) {
        self.past_epochs = past.to_vec();
        self.epoch = current.clone();
    }

    fn read_clock(&mut self) {
        if let Some(ms) = self.objects.get(&CLOCK).and_then(|clock| clock_ms(clock)) {
            self.clock_ms = ms;
        }
    }

    /// Begin the next epoch after the last checkpoint.
    pub(crate) fn begin_epoch(
        &mut self,
        protocol_version: u64,
        reference_gas_price: u64,
        start_timestamp_ms: u64,
    ) {
        let last = self.latest.sequence_number();
        let next = EpochInfo {
            epoch: self.epoch.epoch + 1,
            protocol_version,
            reference_gas_price,
            start_timestamp_ms,
            end_timestamp_ms: None,
            first_checkpoint: last + 1,
            last_checkpoint: None,
        };
        let mut ended = std::mem::replace(&mut self.epoch, next);
        ended.end_timestamp_ms = Some(start_timestamp_ms);
        ended.last_checkpoint = Some(last);
        self.past_epochs.push(ended);
    }

    pub(crate) fn checkpoint(&self, sequence_number: u64) -> Option<Arc<Checkpoint>> {
        let block = self.blocks.get(usize::try_from(sequence_number).ok()?)?;
        Some(Arc::clone(&block.checkpoint))
    }

    pub(crate) fn checkpoint_by_digest(&self, digest: &Digest) -> Option<Arc<Checkpoint>> {
        let block = self.blocks.get(*self.checkpoint_numbers.get(digest)?)?;
        Some(Arc::clone(&block.checkpoint))
    }

    pub(crate) fn latest_checkpoint(&self) -> &Arc<Checkpoint> {
        &self.latest
    }

    pub(crate) fn epoch(&self) -> &EpochInfo {
        &self.epoch
    }

    pub(crate) fn epoch_at(&self, epoch: u64) -> Option<EpochInfo> {
        if epoch == self.epoch.epoch {
            return Some(self.epoch.clone());
        }
        self.past_epochs.get(usize::try_from(epoch).ok()?).cloned()
    }

    pub(crate) fn balances(&self, owner: &Address) -> Vec<Balance> {
        let mut sums: BTreeMap<StructTag, (u64, u64)> = BTreeMap::new();
        let coins = StructTag::coin(TypeTag::Bool);
        let any_coin = StructTag::new(
            *coins.address(),
            coins.module().clone(),
            coins.name().clone(),
            Vec::new(),
        );
        for object in self
            .objects
            .owned_by(owner, Some(&any_coin), None, usize::MAX)
        {
            if let Some(coin) = Coin::try_from_object(&object)
                && let TypeTag::Struct(coin_type) = coin.coin_type()
            {
                let sum = sums.entry((**coin_type).clone()).or_default();
                sum.0 = sum.0.saturating_add(coin.balance());
            }
        }
        for (coin_type, amount) in self.objects.balances(owner) {
            if let TypeTag::Struct(coin_type) = coin_type {
                sums.entry((**coin_type).clone()).or_default().1 = amount;
            }
        }
        sums.into_iter()
            .map(|(coin_type, (coin_balance, address_balance))| Balance {
                coin_type,
                coin_balance,
                address_balance,
            })
            .collect()
    }
}
