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
}

#[tonic::async_trait]
impl TransactionExecutionService for Service {
    async fn execute_transaction(
        &self,
        request: Request<ExecuteTransactionRequest>,
    ) -> Answer<ExecuteTransactionResponse> {
        let request = request.into_inner();
        let mask =
            fields::mask::<proto::ExecutedTransaction>(request.read_mask.as_ref(), EXECUTE_MASK)?;
        let (transaction, signatures) = signed(&request)?;
        let executed = self.ledger.execute_async(transaction, signatures).await;
        let executed = executed.map_err(|rejection| status::rejected(&rejection))?;
        let rendered = Render::new(&self.ledger).executed(&executed, &mask);
        Ok(Response::new(ExecuteTransactionResponse::new(rendered)))
    }

    async fn simulate_transaction(
        &self,
        request: Request<SimulateTransactionRequest>,
    ) -> Answer<SimulateTransactionResponse> {
        let request = request.into_inner();
        let ledger = Arc::clone(&self.ledger);
        // It may take long, which is nothing for a thread that serves connections.
        tokio::task::spawn_blocking(move || simulate::simulate(&ledger, &request))
            .await
            .map_err(|error| status::internal(format_args!("simulating a transaction: {error}")))?
            .map(Response::new)
    }
}

/// The transaction of a request, and its signatures.
fn signed(
    request: &ExecuteTransactionRequest,
) -> Result<(Transaction, Vec<UserSignature>), Status> {
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
    Ok((transaction, signatures))
}
