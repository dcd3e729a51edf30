//! What the ledger hands out: executed transactions, checkpoints, epochs, balances and simulations.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sui_sdk_types::{
    Argument, BalanceChange, CheckpointContents, CheckpointSummary, Digest, Object, StructTag,
    Transaction, TransactionEffects, TransactionEffectsV2, TransactionEvents, TypeTag,
    UserSignature,
};

/// A transaction that was executed and committed, whether it succeeded or failed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExecutedTransaction {
    /// The digest of `transaction`.
    pub digest: Digest,
    /// The transaction as it was signed.
    pub transaction: Transaction,
    /// The signatures it came with; none for a system transaction.
    pub signatures: Vec<UserSignature>,
    /// What it did.
    pub effects: TransactionEffects,
    /// The digest of `effects`.
    pub effects_digest: Digest,
    /// What it emitted; none when it emitted nothing.
    pub events: Option<TransactionEvents>,
    /// The checkpoint that contains it.
    pub checkpoint: u64,
    /// That checkpoint's time, in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Every object it read or changed, as it was before.
    pub input_objects: Vec<Arc<Object>>,
    /// Every object it wrote, as it is after.
    pub output_objects: Vec<Arc<Object>>,
    /// Coin and address-balance differences per address and coin type, gas included.
    pub balance_changes: Vec<BalanceChange>,
}

impl ExecutedTransaction {
    /// The effects in the form the ledger always writes.
    #[must_use]
    pub fn effects_v2(&self) -> Option<&TransactionEffectsV2> {
        match &self.effects {
            TransactionEffects::V2(effects) => Some(effects),
            TransactionEffects::V1(_) => None,
        }
    }
}

/// A checkpoint: final as soon as it exists.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The header.
    pub summary: CheckpointSummary,
    /// The digest of `summary`, by which the checkpoint is known.
    pub digest: Digest,
    /// The digests of what it contains.
    pub contents: CheckpointContents,
    /// What it contains, in order.
    pub transactions: Vec<Arc<ExecutedTransaction>>,
}

impl Checkpoint {
    /// Its position in the chain of checkpoints.
    #[must_use]
    pub fn sequence_number(&self) -> u64 {
        self.summary.sequence_number
    }
}

/// An epoch, current or past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochInfo {
    /// Its number.
    pub epoch: u64,
    /// The protocol version in force.
    pub protocol_version: u64,
    /// The lowest gas price a transaction may offer, in MIST per unit.
    pub reference_gas_price: u64,
    /// When it began, in milliseconds since the Unix epoch.
    pub start_timestamp_ms: u64,
    /// When it ended; none while it is current.
    pub end_timestamp_ms: Option<u64>,
    /// Its first checkpoint.
    pub first_checkpoint: u64,
    /// Its last checkpoint; none while it is current.
    pub last_checkpoint: Option<u64>,
}

/// What an address owns of one coin type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Balance {
    /// The coin's type, `0x2::sui::SUI` for SUI.
    pub coin_type: StructTag,
    /// The sum of its coin objects.
    pub coin_balance: u64,
    /// What its address balance holds.
    pub address_balance: u64,
}

impl Balance {
    /// Coins and address balance together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.coin_balance.saturating_add(self.address_balance)
    }
}

/// Which checks a simulation makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SimulationChecks {
    /// Every check a real execution makes except the signatures.
    #[default]
    Enabled,
    /// Ownership of inputs and the gas payment are not checked either, so that a view function can be called by
    /// anybody with nothing.
    Disabled,
}

/// How to simulate a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimulateOptions {
    /// Which checks to make.
    pub checks: SimulationChecks,
    /// Choose what the gas payment leaves open: coins (or the address balance) of the gas owner where it names none, a
    /// budget that fits where it is 0.
    pub select_gas: bool,
    /// The nonce of a transaction that is made to pay from the address balance. The ledger has no randomness of its own;
    /// two equal transactions with equal nonces are one.
    pub nonce: u32,
}

impl SimulateOptions {
    /// Make these checks.
    #[must_use]
    pub fn with_checks(mut self, checks: SimulationChecks) -> Self {
        self.checks = checks;
        self
    }

    /// Let the ledger choose the gas payment and the budget.
    #[must_use]
    pub fn with_gas_selection(mut self) -> Self {
        self.select_gas = true;
        self
    }

    /// Use this nonce where the ledger makes the transaction pay from the address balance.
    #[must_use]
    pub fn with_nonce(mut self, nonce: u32) -> Self {
        self.nonce = nonce;
        self
    }
}

/// What a transaction would do. Nothing of it happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Simulation {
    /// The outcome, its transaction carrying the gas that was selected. Its checkpoint is the one it would be in.
    pub executed: ExecutedTransaction,
    /// What each command returned and changed, in the order of the commands; fewer than the commands if one failed.
    pub commands: Vec<CommandOutput>,
}

/// What one command of a simulated transaction returned and changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandOutput {
    /// Its results, in order.
    pub return_values: Vec<OutputValue>,
    /// The arguments it took by mutable reference, with their value after the command.
    pub mutated_by_ref: Vec<(Argument, OutputValue)>,
}

/// A Move value as BCS with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutputValue {
    /// The type.
    pub type_: TypeTag,
    /// The BCS encoding.
    pub bytes: Vec<u8>,
}
