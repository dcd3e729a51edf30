//! The ledger: executes signed transactions against objects in memory and makes checkpoints of them.
//!
//! No IO and no wall clock: bytecode comes in through [`GenesisPackage`], time through [`TimeSource`].
//!
//! Invariants:
//! * A refusal and a simulation change nothing; a failed transaction changes its gas payment and the versions of its
//!   mutable inputs, nothing else.
//! * Execution is a function of a state and a transaction; only a commit, which cannot fail, changes the state.
//! * No SUI appears or vanishes: coins, address balances, storage deposits and fees add up for every transaction.
//!
//! Where the ledger differs from a network on purpose:
//! * Every transaction is final at once, in a checkpoint of its own, which no validator signs. When the time has changed,
//!   the transaction that moves the `Clock` comes first in the same checkpoint.
//! * Address balances are settled at once by the transaction that changes them, not by a system transaction after it; the
//!   objects that hold them change without the version of `0xacc`. A balance is at most 2^64 - 1.
//! * There are no validators, no `0x3` and so no system state, staking or rewards: an epoch ends when told to, by a
//!   transaction that changes no object.
//! * Packages are verified when they are published, by Move's rules and by Sui's; those that a ledger begins with, and those of
//!   a snapshot, are trusted.
//! * Nothing is pruned: every version of every object and every transaction stays readable, and in memory.
//! * The gas coin may be taken by value only by `TransferObjects`.
//! * zkLogin signatures, address aliases and bounds in time of `ValidDuring` are refused.
//! * Whoever holds the ledger may return to an earlier state, by [`Ledger::restore`].

mod accumulators;
mod checkpoint;
mod checks;
mod config;
mod control;
mod declared;
mod deny_list;
mod effects;
mod envelope;
mod executor;
mod faucet;
mod gas;
mod genesis;
mod inputs;
mod object_store;
mod outcome;
mod packages;
mod protocol;
mod ptb;
mod queue;
mod reader;
mod rejection;
mod scratch;
mod side_by_side;
mod signatures;
mod simulate;
mod snapshot;
mod state;
mod system;
mod system_transactions;
mod time;
mod writes;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use sui_sdk_types::{Address, Digest, Object, StructTag, Transaction, UserSignature};
use tokio::runtime::Handle;
use tokio::sync::broadcast;

pub use self::config::{GenesisPackage, LedgerConfig};
pub use self::outcome::{
    Balance, Checkpoint, CommandOutput, EpochInfo, ExecutedTransaction, OutputValue,
    SimulateOptions, Simulation, SimulationChecks,
};
pub use self::protocol::ProtocolConfig;
pub use self::rejection::{LedgerError, Rejection};
pub(crate) use self::signatures::causes;
pub use self::snapshot::Snapshot;
pub use self::time::{ManualTime, TimeSource};

use self::envelope::Envelope;
use self::executor::{Pending, View};
use self::faucet::Faucet;
use self::queue::{Caller, Job, Queue, Ticket};
use self::reader::{Objects, Reads};
use self::scratch::Scratch;
use self::state::State;
use self::time::ShiftedTime;
use crate::vm::Vm;

/// How many checkpoints a subscriber may lag behind before it loses the oldest.
const SUBSCRIPTION_CAPACITY: usize = 4_096;

/// An in-memory Sui ledger. Shared between threads by reference; every method takes `&self`.
///
/// ```no_run
/// use std::sync::Arc;
/// use valet_localnet::ledger::{GenesisPackage, Ledger, LedgerConfig, ManualTime};
///
/// # fn compiled_framework() -> Vec<GenesisPackage> { Vec::new() }
/// let time = Arc::new(ManualTime::new(1_700_000_000_000));
/// let ledger = Ledger::genesis(LedgerConfig::new(time), &compiled_framework())?;
/// let player = sui_sdk_types::Address::from_static("0xcafe");
/// let payment = ledger.fund(player, &[1_000_000_000])?;
/// assert_eq!(ledger.transaction(&payment.digest), Some(payment));
/// ledger.advance_clock_ms(60_000)?;
/// # Ok::<(), valet_localnet::ledger::LedgerError>(())
/// ```
#[derive(Debug)]
pub struct Ledger {
    protocol: ProtocolConfig,
    time: ShiftedTime,
    chain_id: Digest,
    faucet: Faucet,
    vm: Vm,
    scratch: Scratch,
    state: RwLock<State>,
    /// Held while transactions are executed and committed, so that they commit on the state they were executed on.
    /// Readers never take it.
    writer: Mutex<()>,
    /// Transactions that wait, and who executes them.
    queue: Queue,
    /// How many threads a batch of transactions may run on.
    threads: usize,
    /// How often the history was rewritten.
    reverts: AtomicU64,
    checkpoints: broadcast::Sender<Arc<Checkpoint>>,
}

/// A transaction that may be executed.
enum Admitted {
    /// It was, before.
    Executed(Arc<ExecutedTransaction>),
    /// It was not; its digest.
    New(Digest),
}

impl Ledger {
    /// A ledger with these packages, the system objects and a funded faucet.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Framework`] if the packages do not load, [`LedgerError::Config`] if a value makes no sense.
    pub fn genesis(config: LedgerConfig, packages: &[GenesisPackage]) -> Result<Self, LedgerError> {
        config.check()?;
        let time = ShiftedTime::new(Arc::clone(&config.time));
        let timestamp_ms = time.now_ms();
        let faucet = Faucet::new(config.faucet_seed);
        let (vm, writes) = genesis::build(&config, packages, faucet.address(), timestamp_ms)?;
        let genesis = system_transactions::genesis(writes)?;
        let epoch = EpochInfo {
            epoch: 0,
            protocol_version: config.protocol.protocol_version,
            reference_gas_price: config.reference_gas_price,
            start_timestamp_ms: timestamp_ms,
            end_timestamp_ms: None,
            first_checkpoint: 0,
            last_checkpoint: None,
        };
        let state = State::genesis(genesis, epoch);
        if state.objects.get(&system::CLOCK).is_none() {
            return Err(LedgerError::Framework {
                reason: "0x2::clock makes no Clock".to_owned(),
            });
        }
        Ok(Self {
            protocol: config.protocol,
            time,
            chain_id: state.latest_checkpoint().digest,
            faucet,
            vm,
            scratch: Scratch::default(),
            state: RwLock::new(state),
            writer: Mutex::new(()),
            queue: Queue::default(),
            threads: config.threads.get(),
            reverts: AtomicU64::new(0),
            checkpoints: broadcast::Sender::new(SUBSCRIPTION_CAPACITY),
        })
    }

    /// The chain's identifier: the digest of its first checkpoint.
    #[must_use]
    pub fn chain_id(&self) -> Digest {
        self.chain_id
    }

    /// The virtual machine, whose types explain what objects and events hold.
    #[must_use]
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// The protocol the ledger executes under.
    #[must_use]
    pub fn protocol(&self) -> &ProtocolConfig {
        &self.protocol
    }

    /// Check, execute and commit a signed transaction. It is final when this returns.
    ///
    /// A transaction that was executed before is not executed again: its stored result is returned.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] says why the transaction was refused; the ledger is as it was.
    pub fn execute(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<Arc<ExecutedTransaction>, Rejection> {
        match self.admit(transaction, signatures)? {
            Admitted::Executed(executed) => Ok(executed),
            Admitted::New(digest) => {
                let ticket = Arc::new(Ticket::default());
                let caller = Caller::Thread(Arc::clone(&ticket));
                let job = Job::new(transaction.clone(), signatures.to_vec(), digest, caller);
                self.queue.push(job);
                self.wait(&ticket)
            }
        }
    }

    /// As [`Ledger::execute`], for tasks: no thread waits meanwhile. Called outside of a Tokio runtime it waits after all.
    ///
    /// What was begun is executed even if nobody waits for the answer any more.
    ///
    /// # Errors
    ///
    /// As [`Ledger::execute`].
    pub async fn execute_async(
        self: &Arc<Self>,
        transaction: Transaction,
        signatures: Vec<UserSignature>,
    ) -> Result<Arc<ExecutedTransaction>, Rejection> {
        let Ok(runtime) = Handle::try_current() else {
            return self.execute(&transaction, &signatures);
        };
        match self.admit(&transaction, &signatures)? {
            Admitted::Executed(executed) => Ok(executed),
            Admitted::New(digest) => {
                let (caller, answer) = self.task(&runtime);
                self.queue
                    .push(Job::new(transaction, signatures, digest, caller));
                self.see_to_a_leader(&runtime);
                answer.await.unwrap_or_else(|_| queue::broken_off())
            }
        }
    }

    /// Checks what can be checked of a transaction without a state.
    fn admit(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<Admitted, Rejection> {
        let envelope = Envelope::new(transaction, &self.protocol)?;
        envelope.check_signatures(signatures)?;
        let digest = envelope.digest();
        Ok(match self.transaction(&digest) {
            Some(executed) => Admitted::Executed(executed),
            None => Admitted::New(digest),
        })
    }

    /// Execute a transaction without signatures and forget what it did.
    ///
    /// # Errors
    ///
    /// As [`Ledger::execute`].
    pub fn simulate(
        &self,
        transaction: &Transaction,
        options: &SimulateOptions,
    ) -> Result<Simulation, Rejection> {
        let state = self.read();
        let now_ms = self.time.now_ms().max(state.clock_ms);
        let prologue = self.prologue(&state, now_ms)?;
        let reads = Reads::default();
        let mut view = self.view(&state, prologue.as_ref(), &reads);
        // What a virtual machine has loaded stays: packages that nobody pays for go into one that does not, and so do types
        // and functions once there are many.
        let scratch;
        if checks::publishes(transaction) || self.vm.is_crowded() {
            scratch = self.scratch.vm(&state.objects)?;
            view.vm = &scratch;
        }
        let checkpoint = state.latest_checkpoint().sequence_number() + 1;
        simulate::simulate(&view, transaction, options, checkpoint, now_ms)
    }

    /// The newest version of an object or package.
    #[must_use]
    pub fn object(&self, id: &Address) -> Option<Arc<Object>> {
        self.read().objects.get(id).cloned()
    }

    /// An object as it was at one of its versions.
    #[must_use]
    pub fn object_at(&self, id: &Address, version: u64) -> Option<Arc<Object>> {
        self.read().objects.get_at(id, version).cloned()
    }

    /// Number and id of every version of a package, oldest first, given the id of any of them; empty if it is no package.
    #[must_use]
    pub fn package_versions(&self, id: &Address) -> Vec<(u64, Address)> {
        let state = self.read();
        let original_id =
            |object: &Object| Some(self.vm.package(object.object_id())?.original_id());
        let Some(wanted) = state.objects.get(id).and_then(|object| original_id(object)) else {
            return Vec::new();
        };
        let mut versions: Vec<_> = state
            .objects
            .packages()
            .iter()
            .filter(|object| original_id(object) == Some(wanted))
            .map(|object| (object.version(), object.object_id()))
            .collect();
        versions.sort_unstable();
        versions
    }

    /// Objects owned by an address, in the order of their ids, after `after`. A type filter without type parameters
    /// matches every instantiation.
    #[must_use]
    pub fn owned_objects(
        &self,
        owner: &Address,
        type_filter: Option<&StructTag>,
        after: Option<Address>,
        limit: usize,
    ) -> Vec<Arc<Object>> {
        self.read()
            .objects
            .owned_by(owner, type_filter, after, limit)
    }

    /// The dynamic fields of an object, in the order of their ids, after `after`.
    #[must_use]
    pub fn dynamic_fields(
        &self,
        parent: &Address,
        after: Option<Address>,
        limit: usize,
    ) -> Vec<Arc<Object>> {
        self.read().objects.children_of(parent, after, limit)
    }

    /// Objects of a type, whoever owns them. A type without type parameters matches every instantiation.
    #[must_use]
    pub fn objects_of_type(&self, type_: &StructTag) -> Vec<Arc<Object>> {
        self.read().objects.of_type(type_)
    }

    /// What an address owns of every coin type, in the order of the types.
    #[must_use]
    pub fn balances(&self, owner: &Address) -> Vec<Balance> {
        self.read().balances(owner)
    }

    /// An executed transaction.
    #[must_use]
    pub fn transaction(&self, digest: &Digest) -> Option<Arc<ExecutedTransaction>> {
        self.read().transactions.get(digest).cloned()
    }

    /// A checkpoint by its number.
    #[must_use]
    pub fn checkpoint(&self, sequence_number: u64) -> Option<Arc<Checkpoint>> {
        self.read().checkpoint(sequence_number)
    }

    /// A checkpoint by its digest.
    #[must_use]
    pub fn checkpoint_by_digest(&self, digest: &Digest) -> Option<Arc<Checkpoint>> {
        self.read().checkpoint_by_digest(digest)
    }

    /// The newest checkpoint; there is one from the beginning.
    #[must_use]
    pub fn latest_checkpoint(&self) -> Option<Arc<Checkpoint>> {
        Some(Arc::clone(self.read().latest_checkpoint()))
    }

    /// The current epoch.
    #[must_use]
    pub fn epoch(&self) -> EpochInfo {
        self.read().epoch().clone()
    }

    /// An epoch, current or past.
    #[must_use]
    pub fn epoch_at(&self, epoch: u64) -> Option<EpochInfo> {
        self.read().epoch_at(epoch)
    }

    /// Every checkpoint from now on. After a [`Ledger::restore`], the one that is the newest again.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Checkpoint>> {
        self.checkpoints.subscribe()
    }

    /// The transaction that moves the clock to `now_ms`, if it has to move.
    fn prologue(&self, state: &State, now_ms: u64) -> Result<Option<Pending>, Rejection> {
        if now_ms <= state.clock_ms {
            return Ok(None);
        }
        let round = state.latest_checkpoint().sequence_number() + 1;
        system_transactions::move_clock(&state.objects, state.epoch().epoch, round, now_ms)
            .map(Some)
    }

    fn view<'a>(
        &'a self,
        state: &'a State,
        prologue: Option<&Pending>,
        reads: &'a Reads,
    ) -> View<'a> {
        View {
            vm: &self.vm,
            objects: Objects::new(&state.objects, reads),
            protocol: &self.protocol,
            chain_id: self.chain_id,
            epoch: state.epoch(),
            clock: prologue.and_then(system_transactions::moved_clock),
        }
    }

    fn announce(&self, checkpoint: Arc<Checkpoint>) {
        // That nobody listens is no error.
        let _ = self.checkpoints.send(checkpoint);
    }

    fn write_guard(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // A poisoned lock means another thread panicked while it held the state; commits are the only writers and
        // change the state after everything that can fail.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}
