//! From a transaction and a state to everything the transaction does: no side effect, so that transactions on disjoint
//! objects run side by side.

use std::sync::Arc;

use sui_sdk_types::{Digest, Object, Transaction, UserSignature};

use crate::vm::{TxContext, Vm};

use super::checks::{self, Network};
use super::effects::{Assembly, Outcome};
use super::gas::GasRules;
use super::inputs::{self, LoadedInput, LoadedInputs, MissingPayment, Ownership};
use super::object_store::StoreChanges;
use super::outcome::{CommandOutput, EpochInfo, ExecutedTransaction};
use super::protocol::ProtocolConfig;
use super::ptb::{self, Environment};
use super::reader::Objects;
use super::rejection::Rejection;
use super::signatures;

/// What a transaction is executed on.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) vm: &'a Vm,
    pub(crate) objects: Objects<'a>,
    pub(crate) protocol: &'a ProtocolConfig,
    pub(crate) chain_id: Digest,
    pub(crate) epoch: &'a EpochInfo,
    /// The `Clock` as a system transaction right before this one leaves it, if it moves.
    pub(crate) clock: Option<Arc<Object>>,
}

/// How a transaction is executed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mode {
    pub(crate) ownership: Ownership,
    pub(crate) missing_payment: MissingPayment,
    /// Report what every command returned and changed.
    pub(crate) trace: bool,
}

impl Mode {
    /// For good.
    pub(crate) const COMMIT: Self = Self {
        ownership: Ownership::Checked,
        missing_payment: MissingPayment::FromBalance,
        trace: false,
    };
}

/// A transaction that was executed but not committed.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) transaction: Transaction,
    pub(crate) signatures: Vec<UserSignature>,
    pub(crate) digest: Digest,
    pub(crate) outcome: Outcome,
}

impl Pending {
    /// The changes of the store, and what is remembered of the transaction as part of a checkpoint.
    pub(crate) fn commit(
        self,
        checkpoint: u64,
        timestamp_ms: u64,
    ) -> (StoreChanges, ExecutedTransaction) {
        let outcome = self.outcome;
        let executed = ExecutedTransaction {
            digest: self.digest,
            transaction: self.transaction,
            signatures: self.signatures,
            effects: outcome.effects,
            effects_digest: outcome.effects_digest,
            events: outcome.events,
            checkpoint,
            timestamp_ms,
            input_objects: outcome.input_objects,
            output_objects: outcome.output_objects,
            balance_changes: outcome.balance_changes,
        };
        (outcome.changes, executed)
    }
}

/// Check and execute a user's transaction, with its digest, whose signatures were checked.
pub(crate) fn run(
    view: &View<'_>,
    transaction: &Transaction,
    digest: Digest,
    mode: Mode,
) -> Result<(Outcome, Vec<CommandOutput>), Rejection> {
    let network = Network {
        protocol: view.protocol,
        chain_id: view.chain_id,
        epoch: view.epoch.epoch,
        reference_gas_price: view.epoch.reference_gas_price,
    };
    checks::check(transaction, network)?;
    if mode.ownership == Ownership::Checked {
        checks::check_gas(transaction, network, mode.missing_payment)?;
    }
    let mut inputs = inputs::load(
        view.objects,
        transaction,
        mode.ownership,
        mode.missing_payment,
    )?;
    see_clock(&mut inputs, view.clock.as_ref());
    let programmable = checks::programmable(transaction)?;
    let payment = &transaction.gas_payment;
    let rules = GasRules {
        protocol: view.protocol,
        price: payment.price,
        budget: payment.budget,
        reference_gas_price: view.epoch.reference_gas_price,
    };
    let environment = Environment {
        vm: view.vm,
        store: view.objects,
        protocol: view.protocol,
        context: TxContext {
            sender: transaction.sender,
            digest,
            epoch: view.epoch.epoch,
            epoch_timestamp_ms: view.epoch.start_timestamp_ms,
            reference_gas_price: view.epoch.reference_gas_price,
            gas_price: payment.price,
            gas_budget: payment.budget,
            sponsor: signatures::sponsor(transaction),
        },
        inputs: &inputs,
        gas: rules.internal_budget(),
        trace: mode.trace,
    };
    let execution = ptb::execute(&environment, programmable);
    let assembly = Assembly {
        store: view.objects,
        inputs: &inputs,
        digest,
        epoch: view.epoch.epoch,
        gas: Some(rules),
        deny_list_read: execution.deny_list_read,
    };
    let outcome = assembly.outcome(execution.result, execution.gas_used)?;
    Ok((outcome, execution.outputs))
}

/// Use the clock as it is when the transaction runs.
fn see_clock(inputs: &mut LoadedInputs, clock: Option<&Arc<Object>>) {
    let Some(clock) = clock else { return };
    for input in &mut inputs.inputs {
        if let LoadedInput::Object { object, .. } = input
            && object.object_id() == clock.object_id()
        {
            *object = Arc::clone(clock);
        }
    }
}
