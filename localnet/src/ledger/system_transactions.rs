//! Transactions the ledger makes itself: genesis, the clock's movement and the end of an epoch.

use std::sync::Arc;

use sui_sdk_types::{
    Address, ChangeEpoch, ConsensusCommitPrologueV4, ConsensusDeterminedVersionAssignments, Digest,
    EndOfEpochTransactionKind, GasCostSummary, GasPayment, GenesisObject, GenesisTransaction,
    MoveStruct, Object, ObjectReference, Transaction, TransactionExpiration, TransactionKind,
};

use super::effects::Assembly;
use super::executor::Pending;
use super::inputs::{Access, LoadedInput, LoadedInputs, Payer};
use super::object_store::ObjectStore;
use super::outcome::EpochInfo;
use super::reader::{Objects, Reads};
use super::rejection::{LedgerError, Rejection};
use super::system::CLOCK;
use super::writes::{NewData, NewObject, Writes};

/// Where the time is in a `Clock`, behind its id.
const TIMESTAMP: std::ops::Range<usize> = 32..40;

/// The first transaction, which creates everything there is.
pub(crate) fn genesis(writes: Writes) -> Result<Pending, LedgerError> {
    let objects = writes
        .written
        .values()
        .filter_map(|object| {
            Some(GenesisObject::new(
                object.clone().into_data(1)?,
                object.owner,
            ))
        })
        .collect();
    let kind = TransactionKind::Genesis(GenesisTransaction { objects });
    let store = ObjectStore::default();
    execute(kind, &store, Vec::new(), 0, writes).map_err(system_error)
}

/// The transaction that moves the clock to `timestamp_ms`.
pub(crate) fn move_clock(
    store: &ObjectStore,
    epoch: u64,
    round: u64,
    timestamp_ms: u64,
) -> Result<Pending, Rejection> {
    let missing = || Rejection::Internal {
        reason: "there is no clock".to_owned(),
    };
    let clock = store.get(&CLOCK).cloned().ok_or_else(missing)?;
    let mut moved = NewObject::touched(&clock);
    if let NewData::Struct { contents, .. } = &mut moved.data {
        contents
            .get_mut(TIMESTAMP)
            .ok_or_else(missing)?
            .copy_from_slice(&timestamp_ms.to_le_bytes());
    }
    let mut writes = Writes::default();
    writes.written.insert(CLOCK, moved);
    let kind = TransactionKind::ConsensusCommitPrologueV4(ConsensusCommitPrologueV4 {
        epoch,
        round,
        sub_dag_index: None,
        commit_timestamp_ms: timestamp_ms,
        consensus_commit_digest: Digest::ZERO,
        consensus_determined_version_assignments:
            ConsensusDeterminedVersionAssignments::CanceledTransactionsV2 {
                canceled_transactions: Vec::new(),
            },
        additional_state_digest: Digest::ZERO,
    });
    let inputs = vec![LoadedInput::Object {
        object: clock,
        access: Access::SharedWrite,
    }];
    execute(kind, store, inputs, epoch, writes)
}

/// What time a `Clock` object shows.
pub(crate) fn clock_ms(clock: &Object) -> Option<u64> {
    let bytes = clock
        .as_struct()
        .map(MoveStruct::contents)?
        .get(TIMESTAMP)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// The transaction that ends an epoch. There is no validator set, so nothing but the ledger's own record changes.
pub(crate) fn change_epoch(
    store: &ObjectStore,
    ending: &EpochInfo,
    gas: &GasCostSummary,
    protocol_version: u64,
    epoch_start_timestamp_ms: u64,
) -> Result<Pending, Rejection> {
    let change = ChangeEpoch {
        epoch: ending.epoch + 1,
        protocol_version,
        storage_charge: gas.storage_cost,
        computation_charge: gas.computation_cost,
        storage_rebate: gas.storage_rebate,
        non_refundable_storage_fee: gas.non_refundable_storage_fee,
        epoch_start_timestamp_ms,
        system_packages: Vec::new(),
    };
    let kind = TransactionKind::EndOfEpoch(vec![EndOfEpochTransactionKind::ChangeEpoch(change)]);
    execute(kind, store, Vec::new(), ending.epoch, Writes::default())
}

fn execute(
    kind: TransactionKind,
    store: &ObjectStore,
    inputs: Vec<LoadedInput>,
    epoch: u64,
    writes: Writes,
) -> Result<Pending, Rejection> {
    // The gas data that a real network writes into system transactions: nothing pays, at price one.
    let transaction = Transaction {
        kind,
        sender: Address::ZERO,
        gas_payment: GasPayment {
            objects: vec![ObjectReference::new(Address::ZERO, 0, Digest::ZERO)],
            owner: Address::ZERO,
            price: 1,
            budget: 0,
        },
        expiration: TransactionExpiration::None,
    };
    let digest = transaction.digest();
    let payer = Payer::Coins {
        coins: Vec::new(),
        total: 0,
    };
    let inputs = LoadedInputs {
        inputs,
        payer,
        packages: Vec::new(),
    };
    // Nothing else is executed while the system is.
    let reads = Reads::default();
    let assembly = Assembly {
        store: Objects::new(store, &reads),
        inputs: &inputs,
        digest,
        epoch,
        gas: None,
        deny_list_read: false,
    };
    let outcome = assembly.outcome(Ok(writes), 0)?;
    Ok(Pending {
        transaction,
        signatures: Vec::new(),
        digest,
        outcome,
    })
}

/// A system transaction that does not work is a defect, not a refusal.
pub(crate) fn system_error(error: Rejection) -> LedgerError {
    LedgerError::System {
        reason: error.to_string(),
    }
}

/// The clock that a pending transaction writes.
pub(crate) fn moved_clock(pending: &Pending) -> Option<Arc<Object>> {
    pending
        .outcome
        .output_objects
        .iter()
        .find(|object| object.object_id() == CLOCK)
        .cloned()
}
