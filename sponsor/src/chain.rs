//! What a sponsor asks of a full node.

use std::{future::Future, time::Duration};

use futures::TryStreamExt as _;
use sui_rpc::{
    Client,
    field::{FieldMask, FieldMaskUtil},
    proto::sui::rpc::v2::{
        BatchGetTransactionsRequest, ExecutedTransaction, GetEpochRequest, ListOwnedObjectsRequest,
        SimulateTransactionRequest,
    },
};
use sui_sdk_types::{
    Address, Digest, ExecutionError, ExecutionStatus, GasCostSummary, ObjectReference, StructTag,
    Transaction, TransactionEffects, TransactionEffectsV2,
};
use tonic::{Code, Request, Response, Status};
use valet_client::Network;

use crate::ServiceError;

const TIMEOUT: Duration = Duration::from_secs(10);

/// The epoch and its gas price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EpochGas {
    pub(crate) epoch: u64,
    pub(crate) price: u64,
}

/// What a dry run says.
#[derive(Clone, Debug)]
pub(crate) enum DryRun {
    /// It would succeed and cost this.
    Success(GasCostSummary),
    /// It would need more than its budget.
    OverBudget,
    /// It would fail, or the network would refuse it.
    Failure(String),
}

/// A connection to a full node.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) network: Network,
    client: Client,
}

impl Chain {
    pub(crate) fn new(network: Network) -> Result<Self, ServiceError> {
        let client = Client::new(network.url()).map_err(|status| failed("Connect", &status))?;
        Ok(Self { network, client })
    }

    pub(crate) async fn epoch(&self) -> Result<EpochGas, ServiceError> {
        const WHAT: &str = "GetEpoch";
        let mut request = GetEpochRequest::latest();
        request.read_mask = Some(FieldMask::from_paths(["epoch", "reference_gas_price"]));
        let mut client = self.client.clone();
        let mut ledger = client.ledger_client();
        let answer = ask(WHAT, ledger.get_epoch(bounded(request)))
            .await?
            .map_err(|status| failed(WHAT, &status))?;
        let epoch = answer.epoch.unwrap_or_default();
        match (epoch.epoch, epoch.reference_gas_price) {
            (Some(epoch), Some(price)) => Ok(EpochGas { epoch, price }),
            _ => Err(malformed(WHAT, "no epoch or no gas price")),
        }
    }

    /// Runs a transaction without executing it.
    pub(crate) async fn dry_run(&self, transaction: &Transaction) -> Result<DryRun, ServiceError> {
        const WHAT: &str = "SimulateTransaction";
        let mut request = SimulateTransactionRequest::default();
        request.transaction = Some(transaction.clone().into());
        request.read_mask = Some(FieldMask::from_paths([
            "transaction.effects.bcs",
            "transaction.effects.status",
        ]));
        let mut client = self.client.clone();
        let mut execution = client.execution_client();
        let answer = ask(WHAT, execution.simulate_transaction(bounded(request))).await?;
        let answer = match answer {
            Ok(answer) => answer.transaction.unwrap_or_default(),
            Err(status) if is_refusal(&status) => {
                return Ok(DryRun::Failure(status.message().to_owned()));
            }
            Err(status) => return Err(failed(WHAT, &status)),
        };
        let effects = effects(WHAT, &answer)?;
        Ok(match effects.status {
            ExecutionStatus::Success => DryRun::Success(effects.gas_used),
            ExecutionStatus::Failure {
                error: ExecutionError::InsufficientGas,
                ..
            } => DryRun::OverBudget,
            ExecutionStatus::Failure { error, .. } => {
                let told = answer
                    .effects
                    .and_then(|effects| effects.status)
                    .and_then(|status| status.error)
                    .and_then(|error| error.description)
                    .filter(|words| !words.is_empty());
                DryRun::Failure(told.unwrap_or_else(|| format!("{error:?}")))
            }
        })
    }

    /// What executed transactions cost; `None` for one that was not executed.
    pub(crate) async fn costs(&self, digests: &[Digest]) -> Result<Vec<Option<u64>>, ServiceError> {
        const WHAT: &str = "BatchGetTransactions";
        let mut request = BatchGetTransactionsRequest::default();
        request.digests = digests.iter().map(Digest::to_string).collect();
        request.read_mask = Some(FieldMask::from_paths(["digest", "effects.bcs"]));
        let mut client = self.client.clone();
        let mut ledger = client.ledger_client();
        let answer = ask(WHAT, ledger.batch_get_transactions(bounded(request)))
            .await?
            .map_err(|status| failed(WHAT, &status))?;
        if answer.transactions.len() != digests.len() {
            return Err(malformed(WHAT, "another number of transactions"));
        }
        let results = digests.iter().zip(answer.transactions);
        results
            .map(|(digest, result)| match result.to_result() {
                Ok(executed) => {
                    let effects = effects(WHAT, &executed)?;
                    if effects.transaction_digest != *digest {
                        return Err(malformed(WHAT, "it is about another transaction"));
                    }
                    Ok(Some(net(&effects.gas_used)))
                }
                Err(status) if status.code == i32::from(Code::NotFound) => Ok(None),
                Err(status) => Err(ServiceError::Node {
                    what: WHAT,
                    reason: status.message,
                }),
            })
            .collect()
    }

    /// The coins of SUI of an address that hold at least `least`.
    pub(crate) async fn coins(
        &self,
        owner: Address,
        least: u64,
    ) -> Result<Vec<ObjectReference>, ServiceError> {
        const WHAT: &str = "ListOwnedObjects";
        let mut request = ListOwnedObjectsRequest::default();
        request.owner = Some(owner.to_string());
        request.object_type = Some(StructTag::gas_coin().to_string());
        request.read_mask = Some(FieldMask::from_paths([
            "object_id",
            "version",
            "digest",
            "balance",
        ]));
        let listed = self.client.list_owned_objects(request).try_collect();
        let listed: Vec<_> = tokio::time::timeout(TIMEOUT, listed)
            .await
            .map_err(|_| timed_out(WHAT))?
            .map_err(|status: Status| failed(WHAT, &status))?;
        let parse = |error: &dyn std::fmt::Display| malformed(WHAT, error.to_string());
        listed
            .into_iter()
            .filter(|coin| coin.balance() >= least)
            .map(|coin| {
                Ok(ObjectReference::new(
                    coin.object_id().parse().map_err(|error| parse(&error))?,
                    coin.version(),
                    coin.digest().parse().map_err(|error| parse(&error))?,
                ))
            })
            .collect()
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.network.fmt(f)
    }
}

/// What the payer pays in the end; nothing when more deposits come back than are made.
pub(crate) fn net(gas: &GasCostSummary) -> u64 {
    gas.computation_cost
        .saturating_add(gas.storage_cost)
        .saturating_sub(gas.storage_rebate)
}

fn effects(
    what: &'static str,
    answer: &ExecutedTransaction,
) -> Result<TransactionEffectsV2, ServiceError> {
    let effects = answer
        .effects
        .as_ref()
        .and_then(|effects| effects.bcs.as_ref())
        .ok_or_else(|| malformed(what, "no effects"))?;
    match effects.deserialize::<TransactionEffects>() {
        Ok(TransactionEffects::V2(effects)) => Ok(*effects),
        Ok(_) => Err(malformed(what, "effects of an unknown version")),
        Err(error) => Err(malformed(what, error.to_string())),
    }
}

async fn ask<T>(
    what: &'static str,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<Result<T, Status>, ServiceError> {
    match tokio::time::timeout(TIMEOUT, call).await {
        Ok(answer) => Ok(answer.map(Response::into_inner)),
        Err(_) => Err(timed_out(what)),
    }
}

/// Whether the node refused the transaction, rather than being in trouble itself.
fn is_refusal(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::NotFound | Code::FailedPrecondition | Code::OutOfRange
    )
}

fn bounded<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(TIMEOUT);
    request
}

fn failed(what: &'static str, status: &Status) -> ServiceError {
    ServiceError::Node {
        what,
        reason: format!("{:?}: {}", status.code(), status.message()),
    }
}

fn timed_out(what: &'static str) -> ServiceError {
    ServiceError::Node {
        what,
        reason: format!("no answer within {TIMEOUT:?}"),
    }
}

fn malformed(what: &'static str, reason: impl Into<String>) -> ServiceError {
    ServiceError::Node {
        what,
        reason: reason.into(),
    }
}
