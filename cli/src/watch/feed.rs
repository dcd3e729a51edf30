//! What happens to an account, transaction by transaction, as the ledger announces it.

use std::time::Duration;

use sui_rpc::{
    Client,
    field::{FieldMask, FieldMaskUtil},
    proto::sui::rpc::v2::{Checkpoint, ExecutedTransaction, SubscribeCheckpointsRequest},
};
use sui_sdk_types::{Address, Command, Digest, Input, Transaction, TransactionKind};
use tokio::sync::mpsc;
use valet_client::Deployment;

/// How long to wait before asking anew after the stream broke.
const PAUSE: Duration = Duration::from_secs(1);
/// What the screen has not taken yet.
const WAITING: usize = 256;

/// A transaction that touched the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    /// When, by the chain's clock.
    pub(crate) at_ms: u64,
    /// Its digest.
    pub(crate) digest: String,
    /// What it called.
    pub(crate) what: String,
    /// Who signed it.
    pub(crate) sender: Address,
    /// Whether it succeeded.
    pub(crate) is_success: bool,
    /// What it cost, in MIST.
    pub(crate) gas: i128,
}

/// Follows the transactions that touch a storage, from now on, until the receiver is dropped.
pub(crate) fn follow(
    url: String,
    deployment: Deployment,
    storage: Address,
) -> mpsc::Receiver<Action> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while !sender.is_closed() {
            // A stream that breaks is opened again: what happens in between is missed here, never in the account's state.
            let _ = stream(&url, &deployment, storage, &sender).await;
            tokio::time::sleep(PAUSE).await;
        }
    });
    receiver
}

async fn stream(
    url: &str,
    deployment: &Deployment,
    storage: Address,
    sender: &mpsc::Sender<Action>,
) -> Result<(), tonic::Status> {
    let mut client = Client::new(url)?;
    let mut request = SubscribeCheckpointsRequest::default();
    request.read_mask = Some(FieldMask::from_paths([
        "sequence_number",
        "summary.timestamp",
        "transactions.digest",
        "transactions.transaction.bcs",
        "transactions.effects.status",
        "transactions.effects.gas_used",
    ]));
    let mut frames = client
        .subscription_client()
        .subscribe_checkpoints(request)
        .await?
        .into_inner();
    while let Some(frame) = frames.message().await? {
        let Some(checkpoint) = frame.checkpoint else {
            continue;
        };
        for action in actions(&checkpoint, deployment, storage) {
            if sender.send(action).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The transactions of a checkpoint that name the storage.
fn actions(checkpoint: &Checkpoint, deployment: &Deployment, storage: Address) -> Vec<Action> {
    let at_ms = checkpoint
        .summary
        .as_ref()
        .and_then(|summary| summary.timestamp)
        .map_or(0, |time| {
            let seconds = u64::try_from(time.seconds).unwrap_or_default();
            let nanos = u64::try_from(time.nanos).unwrap_or_default();
            seconds
                .saturating_mul(1_000)
                .saturating_add(nanos / 1_000_000)
        });
    checkpoint
        .transactions
        .iter()
        .filter_map(|executed| action(executed, deployment, storage, at_ms))
        .collect()
}

fn action(
    executed: &ExecutedTransaction,
    deployment: &Deployment,
    storage: Address,
    at_ms: u64,
) -> Option<Action> {
    let transaction: Transaction = executed
        .transaction
        .as_ref()?
        .bcs
        .as_ref()?
        .deserialize()
        .ok()?;
    let TransactionKind::ProgrammableTransaction(ptb) = &transaction.kind else {
        return None;
    };
    let names_storage = ptb
        .inputs
        .iter()
        .any(|input| matches!(input, Input::Shared(shared) if shared.object_id() == storage));
    if !names_storage {
        return None;
    }
    let calls: Vec<_> = ptb
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::MoveCall(call) => {
                Some((call.package, call.module.as_str(), call.function.as_str()))
            }
            _ => None,
        })
        .collect();
    // The dApp's own calls say most; without one, whatever was called last.
    let of_dapp: Vec<_> = calls
        .iter()
        .filter(|(package, ..)| *package == deployment.dapp_package)
        .map(|(_, module, function)| format!("{module}::{function}"))
        .collect();
    let what = if of_dapp.is_empty() {
        let (_, module, function) = calls.last()?;
        format!("{module}::{function}")
    } else {
        of_dapp.join(", ")
    };
    let effects = executed.effects.as_ref()?;
    let gas = effects.gas_used.as_ref().map_or(0, |gas| {
        i128::from(gas.computation_cost()) + i128::from(gas.storage_cost())
            - i128::from(gas.storage_rebate())
    });
    let digest = executed
        .digest
        .clone()
        .unwrap_or_else(|| digest_of(&transaction).to_string());
    Some(Action {
        at_ms,
        digest,
        what,
        sender: transaction.sender,
        is_success: effects
            .status
            .as_ref()
            .is_some_and(|status| status.success()),
        gas,
    })
}

fn digest_of(transaction: &Transaction) -> Digest {
    transaction.digest()
}
