//! Everything a ledger remembers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sui_sdk_types::{Address, Digest, EndOfEpochData, StructTag, TypeTag, framework::Coin};

use super::checkpoint;
use super::executor::Pending;
use super::object_store::ObjectStore;
use super::outcome::{Balance, Checkpoint, EpochInfo, ExecutedTransaction};
use super::system::CLOCK;
use super::system_transactions::clock_ms;

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
    checkpoints: Vec<Arc<Checkpoint>>,
    checkpoint_numbers: HashMap<Digest, usize>,
    epoch: EpochInfo,
    past_epochs: Vec<EpochInfo>,
}

impl State {
    /// The state that the genesis transaction makes.
    pub(crate) fn genesis(genesis: Pending, epoch: EpochInfo) -> Self {
        let mut objects = ObjectStore::default();
        let (changes, executed) = genesis.commit(0, epoch.start_timestamp_ms);
        objects.apply(&changes);
        let executed = Arc::new(executed);
        let first = checkpoint::next(
            None,
            epoch.epoch,
            epoch.start_timestamp_ms,
            vec![Arc::clone(&executed)],
            None,
        );
        let first = Arc::new(first);
        Self {
            objects,
            transactions: HashMap::from([(executed.digest, executed)]),
            clock_ms: 0,
            checkpoint_numbers: HashMap::from([(first.digest, 0)]),
            checkpoints: vec![Arc::clone(&first)],
            latest: first,
            epoch,
            past_epochs: Vec::new(),
        }
    }

    /// Make what these transactions do the state, as one checkpoint at `timestamp_ms`.
    pub(crate) fn commit(
        &mut self,
        pending: Vec<Pending>,
        timestamp_ms: u64,
        end_of_epoch: Option<EndOfEpochData>,
    ) -> Arc<Checkpoint> {
        let number = self.latest.sequence_number() + 1;
        let mut executed = Vec::with_capacity(pending.len());
        for pending in pending {
            let (changes, transaction) = pending.commit(number, timestamp_ms);
            self.objects.apply(&changes);
            if let Some(ms) = self.objects.get(&CLOCK).and_then(|clock| clock_ms(clock)) {
                self.clock_ms = ms;
            }
            let transaction = Arc::new(transaction);
            self.transactions
                .insert(transaction.digest, Arc::clone(&transaction));
            executed.push(transaction);
        }
        let next = checkpoint::next(
            Some(&self.latest),
            self.epoch.epoch,
            timestamp_ms,
            executed,
            end_of_epoch,
        );
        let next = Arc::new(next);
        self.checkpoint_numbers
            .insert(next.digest, self.checkpoints.len());
        self.checkpoints.push(Arc::clone(&next));
        self.latest = Arc::clone(&next);
        next
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
        self.checkpoints
            .get(usize::try_from(sequence_number).ok()?)
            .cloned()
    }

    pub(crate) fn checkpoint_by_digest(&self, digest: &Digest) -> Option<Arc<Checkpoint>> {
        self.checkpoints
            .get(*self.checkpoint_numbers.get(digest)?)
            .cloned()
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
