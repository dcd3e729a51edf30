//! The ledger: executes signed transactions against objects in memory and makes checkpoints of them.
//!
//! No IO and no wall clock: bytecode comes in through [`GenesisPackage`], time through [`TimeSource`].

mod accumulators;
mod checkpoint;
mod checks;
mod effects;
mod gas;
mod inputs;
mod object_store;
mod outcome;
mod protocol;
mod rejection;
mod signatures;
mod state;
mod system;
mod time;
mod writes;

use std::sync::{Arc, Mutex, RwLock};

use sui_sdk_types::{Address, Digest, Object, StructTag, Transaction, UserSignature};
use tokio::sync::broadcast;

pub use self::outcome::{
    Balance, Checkpoint, CommandOutput, EpochInfo, ExecutedTransaction, OutputValue,
    SimulateOptions, Simulation, SimulationChecks,
};
pub use self::protocol::ProtocolConfig;
pub use self::rejection::{LedgerError, Rejection};
pub use self::time::{ManualTime, TimeSource};

use self::state::State;

/// How many checkpoints a subscriber may lag behind before it loses the oldest.
const SUBSCRIPTION_CAPACITY: usize = 4_096;

/// A package that exists from the beginning, such as the framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisPackage {
    /// Its address, the same as in the bytecode.
    pub id: Address,
    /// Its modules' bytecode, dependencies before dependents.
    pub modules: Vec<Vec<u8>>,
    /// The packages it depends on, transitively.
    pub dependencies: Vec<Address>,
}

/// What a new ledger is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LedgerConfig {
    /// The numbers and switches of the protocol.
    pub protocol: ProtocolConfig,
    /// Where time comes from.
    pub time: Arc<dyn TimeSource>,
    /// The lowest gas price of the first epoch, in MIST per unit.
    pub reference_gas_price: u64,
    /// The ed25519 seed of the faucet's key. A known key is right for a ledger that holds nothing of value.
    pub faucet_seed: [u8; 32],
    /// What the faucet's coins hold at the beginning, in MIST.
    pub faucet_coins: Vec<u64>,
}

impl LedgerConfig {
    /// The usual ledger on this time source: reference gas price 1,000 and a faucet of ten billion SUI.
    #[must_use]
    pub fn new(time: Arc<dyn TimeSource>) -> Self {
        Self {
            protocol: ProtocolConfig::default(),
            time,
            reference_gas_price: 1_000,
            faucet_seed: *b"valet localnet faucet, no value.",
            faucet_coins: vec![10_000_000_000_000_000_000],
        }
    }

    /// Execute under this protocol.
    #[must_use]
    pub fn with_protocol(mut self, protocol: ProtocolConfig) -> Self {
        self.protocol = protocol;
        self
    }

    /// Begin with this reference gas price.
    #[must_use]
    pub fn with_reference_gas_price(mut self, price: u64) -> Self {
        self.reference_gas_price = price;
        self
    }
}

/// An in-memory Sui ledger. Shared between threads by reference; every method takes `&self`.
#[derive(Debug)]
pub struct Ledger {
    protocol: ProtocolConfig,
    time: Arc<dyn TimeSource>,
    chain_id: Digest,
    state: RwLock<State>,
    /// Held while a transaction is executed and committed, so that it commits on the state it was executed on.
    /// Readers never take it.
    writer: Mutex<()>,
    checkpoints: broadcast::Sender<Arc<Checkpoint>>,
}

impl Ledger {
    /// A ledger with these packages, the system objects and a funded faucet.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Framework`] if the packages do not load, [`LedgerError::Config`] if a value makes no sense.
    pub fn genesis(config: LedgerConfig, packages: &[GenesisPackage]) -> Result<Self, LedgerError> {
        let _ = packages;
        Ok(Self {
            protocol: config.protocol,
            time: config.time,
            chain_id: Digest::ZERO,
            state: RwLock::new(State::default()),
            writer: Mutex::new(()),
            checkpoints: broadcast::Sender::new(SUBSCRIPTION_CAPACITY),
        })
    }

    /// The chain's identifier: the digest of its first checkpoint.
    #[must_use]
    pub fn chain_id(&self) -> Digest {
        self.chain_id
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
        let _ = (transaction, signatures);
        Err(Rejection::Internal {
            reason: "execution is being built".to_owned(),
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
        let _ = (transaction, options);
        Err(Rejection::Internal {
            reason: "execution is being built".to_owned(),
        })
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
        self.read().latest_checkpoint()
    }

    /// The current epoch.
    #[must_use]
    pub fn epoch(&self) -> EpochInfo {
        self.read().epoch()
    }

    /// An epoch, current or past.
    #[must_use]
    pub fn epoch_at(&self, epoch: u64) -> Option<EpochInfo> {
        self.read().epoch_at(epoch)
    }

    /// Every checkpoint from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Checkpoint>> {
        self.checkpoints.subscribe()
    }

    /// The address the faucet pays from.
    #[must_use]
    pub fn faucet_address(&self) -> Address {
        Address::ZERO
    }

    /// Send coins of these amounts of MIST to `recipient`, by a transaction that the faucet's key signs.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Faucet`] if the faucet has too little left.
    pub fn fund(
        &self,
        recipient: Address,
        amounts: &[u64],
    ) -> Result<Arc<ExecutedTransaction>, LedgerError> {
        let _ = (recipient, amounts);
        Err(LedgerError::Faucet {
            reason: "execution is being built".to_owned(),
        })
    }

    /// The present as the next transaction will see it, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.time.now_ms()
    }

    /// Move the `Clock` object to exactly `ms`; a running time source goes on from there.
    ///
    /// # Errors
    ///
    /// [`LedgerError::ClockBackwards`] if the clock is past `ms`.
    pub fn set_clock_ms(&self, ms: u64) -> Result<(), LedgerError> {
        Err(LedgerError::ClockBackwards {
            now_ms: self.now_ms(),
            requested_ms: ms,
        })
    }

    /// Move the `Clock` object forward and return the new present.
    ///
    /// # Errors
    ///
    /// As [`Ledger::set_clock_ms`], if the sum does not fit.
    pub fn advance_clock_ms(&self, ms: u64) -> Result<u64, LedgerError> {
        let now = self.now_ms().saturating_add(ms);
        self.set_clock_ms(now)?;
        Ok(now)
    }

    /// End the epoch and begin the next one at the present time.
    ///
    /// # Errors
    ///
    /// [`LedgerError::System`] if the system transaction fails.
    pub fn advance_epoch(&self) -> Result<EpochInfo, LedgerError> {
        self.advance_epoch_at_price(self.epoch().reference_gas_price)
    }

    /// End the epoch and begin the next one with this reference gas price.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Config`] if the price is zero or above the protocol's maximum.
    pub fn advance_epoch_at_price(
        &self,
        reference_gas_price: u64,
    ) -> Result<EpochInfo, LedgerError> {
        let _ = reference_gas_price;
        Err(LedgerError::System {
            reason: "execution is being built".to_owned(),
        })
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        // A poisoned lock means another thread panicked while it held the state; commits are the only writers and
        // change the state after everything that can fail.
        self.state
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
