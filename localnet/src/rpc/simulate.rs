//! Simulating a transaction: completing it, choosing its gas, rendering what it would do.

use rand_core::{OsRng, RngCore};
use sui_rpc::proto::sui::rpc::v2::simulate_transaction_request::TransactionChecks;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, SimulateTransactionRequest, SimulateTransactionResponse,
};
use sui_sdk_types::{Argument, Transaction};
use tonic::Status;

use super::render::Render;
use super::resolve::{self, Resolved};
use super::{fields, status};
use crate::ledger::{
    CommandOutput, Ledger, OutputValue, SimulateOptions, Simulation, SimulationChecks,
};

/// What the transaction of a request would do.
pub(super) fn simulate(
    ledger: &Ledger,
    request: &SimulateTransactionRequest,
) -> Result<SimulateTransactionResponse, Status> {
    let mask = fields::mask::<SimulateTransactionResponse>(request.read_mask.as_ref(), "*")?;
    let message = request
        .transaction
        .as_ref()
        .ok_or_else(|| status::missing("transaction"))?;
    let resolved = resolve::resolve(ledger, message)?;
    let simulation = match request.checks() {
        TransactionChecks::Disabled => run(
            ledger,
            &resolved.transaction,
            &SimulateOptions::default().with_checks(SimulationChecks::Disabled),
        )?,
        _ if request.do_gas_selection() => with_gas_selection(ledger, resolved)?,
        _ => run(ledger, &resolved.transaction, &SimulateOptions::default())?,
    };

    let render = Render::new(ledger);
    let mut response = SimulateTransactionResponse::default();
    response.transaction = mask
        .subtree("transaction")
        .map(|mask| render.outcome(&simulation.executed, &mask));
    if mask.contains("command_outputs") {
        response.command_outputs = simulation
            .commands
            .iter()
            .map(|command| command_message(&render, command))
            .collect();
    }
    Ok(response)
}

fn run(
    ledger: &Ledger,
    transaction: &Transaction,
    options: &SimulateOptions,
) -> Result<Simulation, Status> {
    ledger
        .simulate(transaction, options)
        .map_err(|rejection| status::rejected(&rejection))
}

/// Lets the ledger choose what the client left open: the coins, the budget, or both.
fn with_gas_selection(ledger: &Ledger, resolved: Resolved) -> Result<Simulation, Status> {
    let Resolved {
        mut transaction,
        budget_missing,
    } = resolved;
    if budget_missing {
        transaction.gas_payment.budget = 0;
    }
    run(
        ledger,
        &transaction,
        &SimulateOptions::default()
            .with_gas_selection()
            .with_nonce(OsRng.next_u32()),
    )
}

fn command_message(render: &Render<'_>, command: &CommandOutput) -> proto::CommandResult {
    let mut message = proto::CommandResult::default();
    message.return_values = command
        .return_values
        .iter()
        .map(|value| output_message(render, None, value))
        .collect();
    message.mutated_by_ref = command
        .mutated_by_ref
        .iter()
        .map(|(argument, value)| output_message(render, Some(*argument), value))
        .collect();
    message
}

fn output_message(
    render: &Render<'_>,
    argument: Option<Argument>,
    value: &OutputValue,
) -> proto::CommandOutput {
    let mut bcs = proto::Bcs::from(value.bytes.clone());
    bcs.name = Some(value.type_.to_string());
    let mut message = proto::CommandOutput::default();
    message.argument = argument.map(Into::into);
    message.value = Some(bcs);
    message.json = render
        .types()
        .json(&value.type_, &value.bytes)
        .map(Box::new);
    message
}
