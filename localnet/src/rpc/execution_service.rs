//! `TransactionExecutionService`: executing signed transactions, simulating unsigned ones.

use std::sync::Arc;

use sui_rpc::proto::sui::rpc::v2::transaction_execution_service_server::TransactionExecutionService;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, ExecuteTransactionRequest, ExecuteTransactionResponse,
    SimulateTransactionRequest, SimulateTransactionResponse,
};
use sui_sdk_types::{Transaction, UserSignature};
use tonic::{Request, Response, Status};

use super::render::Render;
use super::{Answer, fields, simulate, status};
use crate::ledger::Ledger;

const EXECUTE_MASK: &str = "effects.status,checkpoint";
/// Most signatures that are looked at: the sender's and the gas owner's, and room for a message that says so.
const MAX_SIGNATURES: usize = 16;

/// The service over a ledger.
#[derive(Clone, Debug)]
pub(super) struct Service {
    ledger: Arc<Ledger>,
}

impl Service {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    /// Runs what may take long away from the threads that serve connections.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<T, Status> + Send + 'static,
    ) -> Answer<T> {
        let ledger = Arc::clone(&self.ledger);
        tokio::task::spawn_blocking(move || work(&ledger))
            .await
            .map_err(|error| status::internal(format_args!("executing a transaction: {error}")))?
            .map(Response::new)
    }
}

#[tonic::async_trait]
impl TransactionExecutionService for Service {
    async fn execute_transaction(
        &self,
        request: Request<ExecuteTransactionRequest>,
    ) -> Answer<ExecuteTransactionResponse> {
        let request = request.into_inner();
        self.run(move |ledger| execute(ledger, &request)).await
    }

    async fn simulate_transaction(
        &self,
        request: Request<SimulateTransactionRequest>,
    ) -> Answer<SimulateTransactionResponse> {
        let request = request.into_inner();
        self.run(move |ledger| simulate::simulate(ledger, &request))
            .await
    }
}

fn execute(
    ledger: &Ledger,
    request: &ExecuteTransactionRequest,
) -> Result<ExecuteTransactionResponse, Status> {
    let mask =
        fields::mask::<proto::ExecutedTransaction>(request.read_mask.as_ref(), EXECUTE_MASK)?;
    let transaction = request
        .transaction
        .as_ref()
        .ok_or_else(|| status::missing("transaction"))?;
    let transaction = Transaction::try_from(transaction)
        .map_err(|error| status::invalid("transaction", error))?;
    if request.signatures.len() > MAX_SIGNATURES {
        return Err(status::invalid(
            "signatures",
            format_args!("{} are too many", request.signatures.len()),
        ));
    }
    let signatures = request
        .signatures
        .iter()
        .enumerate()
        .map(|(index, signature)| {
            UserSignature::try_from(signature)
                .map_err(|error| status::invalid(&format!("signatures[{index}]"), error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let executed = ledger
        .execute(&transaction, &signatures)
        .map_err(|rejection| status::rejected(&rejection))?;
    Ok(ExecuteTransactionResponse::new(
        Render::new(ledger).executed(&executed, &mask),
    ))
}
