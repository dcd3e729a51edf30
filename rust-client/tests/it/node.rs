//! A node that answers as it is told: for what a well-behaved ledger never does.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use sui_rpc::proto::sui::rpc::v2::{
    Bcs, Epoch, ExecuteTransactionRequest, ExecuteTransactionResponse, ExecutedTransaction,
    GetEpochRequest, GetEpochResponse, GetObjectRequest, GetObjectResponse, GetServiceInfoRequest,
    GetServiceInfoResponse, GetTransactionRequest, GetTransactionResponse, ListOwnedObjectsRequest,
    ListOwnedObjectsResponse, Object, Transaction as ProtoTransaction,
    TransactionEffects as ProtoEffects, TransactionEvents as ProtoEvents,
    ledger_service_server::{LedgerService, LedgerServiceServer},
    state_service_server::{StateService, StateServiceServer},
    transaction_execution_service_server::{
        TransactionExecutionService, TransactionExecutionServiceServer,
    },
};
use sui_sdk_types::{
    Address, ChangedObject, Digest, Event, ExecutionStatus, GasCostSummary, IdOperation, ObjectIn,
    ObjectOut, ObjectReference, Owner, StructTag, Transaction, TransactionEffects,
    TransactionEffectsV2, TransactionEvents,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use valet_client::{Deployment, SharedObject};

/// What the node does with the next transaction.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Executes it, with this status and these events.
    Execute(ExecutionStatus, Vec<Event>),
    /// Executes it, and loses the answer: the client sees `Unavailable`.
    ExecuteAndLose(Vec<Event>),
    /// Executes it, and never answers.
    ExecuteAndHang,
    /// Answers with an error, without executing.
    Refuse(Status),
    /// Answers with the effects of this transaction, under the digest of that one.
    Foreign {
        effects: Option<Digest>,
        label: Option<Digest>,
    },
    /// Executes it, and reports other events than it executed.
    ForgeEvents(Vec<Event>),
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) chain_id: Digest,
    pub(crate) epoch: u64,
    pub(crate) price: u64,
    pub(crate) answers: VecDeque<Answer>,
    pub(crate) sent: Vec<Transaction>,
    pub(crate) executed: HashMap<Digest, ExecutedTransaction>,
    pub(crate) objects: HashMap<Address, Object>,
    pub(crate) coins: Vec<(ObjectReference, u64)>,
    pub(crate) lookups: u64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    state: Arc<Mutex<State>>,
}

impl Node {
    /// Starts a node on which `deployment` is published, and gives its URL.
    pub(crate) async fn start(deployment: &Deployment) -> (Self, String) {
        let node = Self::default();
        {
            let mut state = node.state();
            state.chain_id = deployment.chain_id;
            state.epoch = 4;
            state.price = 1_000;
        }
        let marker = &deployment.dapp_type;
        let valet = deployment.valet_types;
        node.put_shared(
            deployment.hub,
            &format!("{valet}::dapp_hub::DappHub"),
            vec![],
        );
        let mut dapp = vec![0; 32 + 8 + 32 + 1 + 1 + 16];
        dapp.extend(1_000_u64.to_le_bytes());
        node.put_shared(
            deployment.dapp,
            &format!("{valet}::dapp::Dapp<{marker}>"),
            dapp,
        );
        let storage = format!("{valet}::dapp_storage::DappStorage<{marker}>");
        node.put_shared(deployment.dapp_storage, &storage, vec![]);

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tonic::transport::Server::builder()
            .add_service(LedgerServiceServer::new(node.clone()))
            .add_service(StateServiceServer::new(node.clone()))
            .add_service(TransactionExecutionServiceServer::new(node.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        (node, url)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no test panics with the lock held")
    }

    /// Says what to do with the next transactions.
    pub(crate) fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state().answers.extend(answers);
    }

    /// The transactions that arrived since the last call.
    pub(crate) fn take_sent(&self) -> Vec<Transaction> {
        std::mem::take(&mut self.state().sent)
    }

    pub(crate) fn put_shared(&self, shared: SharedObject, tag: &str, contents: Vec<u8>) {
        let tag: StructTag = tag.parse().expect("a type");
        let mut object = Object::default();
        object.object_id = Some(shared.id.to_string());
        object.version = Some(shared.initial_version);
        object.digest = Some(Digest::ZERO.to_string());
        object.owner = Some(Owner::Shared(shared.initial_version).into());
        object.object_type = Some(tag.to_string());
        object.contents = Some(Bcs::from(contents));
        self.state().objects.insert(shared.id, object);
    }
}

fn effects(
    state: &State,
    transaction: &Transaction,
    status: ExecutionStatus,
    events: &[Event],
) -> TransactionEffectsV2 {
    // What paid moves on to the lamport version, as on a real ledger.
    let payer = transaction.gas_payment.objects.first();
    let changed_objects: Vec<_> = payer
        .map(|coin| ChangedObject {
            object_id: *coin.object_id(),
            input_state: ObjectIn::Exist {
                version: coin.version(),
                digest: *coin.digest(),
                owner: Owner::Address(transaction.sender),
            },
            output_state: ObjectOut::ObjectWrite {
                digest: Digest::new([6; 32]),
                owner: Owner::Address(transaction.sender),
            },
            id_operation: IdOperation::None,
        })
        .into_iter()
        .collect();
    TransactionEffectsV2 {
        status,
        epoch: state.epoch,
        gas_used: GasCostSummary {
            computation_cost: 1_000_000,
            storage_cost: 0,
            storage_rebate: 0,
            non_refundable_storage_fee: 0,
        },
        transaction_digest: transaction.digest(),
        gas_object_index: payer.map(|_| 0),
        events_digest: (!events.is_empty()).then(|| TransactionEvents(events.to_vec()).digest()),
        dependencies: vec![],
        lamport_version: 10,
        changed_objects,
        unchanged_consensus_objects: vec![],
        auxiliary_data_digest: None,
    }
}

fn executed(effects: TransactionEffectsV2, events: &[Event]) -> ExecutedTransaction {
    let mut answer = ExecutedTransaction::default();
    answer.digest = Some(effects.transaction_digest.to_string());
    let effects = TransactionEffects::V2(Box::new(effects));
    let mut message = ProtoEffects::default();
    message.bcs = Some(Bcs::serialize(&effects).expect("BCS"));
    answer.effects = Some(message);
    if !events.is_empty() {
        let mut message = ProtoEvents::default();
        message.bcs = Some(Bcs::serialize(&TransactionEvents(events.to_vec())).expect("BCS"));
        answer.events = Some(message);
    }
    answer
}

#[tonic::async_trait]
impl TransactionExecutionService for Node {
    async fn execute_transaction(
        &self,
        request: Request<ExecuteTransactionRequest>,
    ) -> Result<Response<ExecuteTransactionResponse>, Status> {
        let message: ProtoTransaction = request.into_inner().transaction.expect("a transaction");
        let transaction = Transaction::try_from(&message).expect("a transaction");
        let digest = transaction.digest();
        let (answer, hang) = {
            let mut state = self.state();
            state.sent.push(transaction.clone());
            if let Some(known) = state.executed.get(&digest) {
                return Ok(Response::new(ExecuteTransactionResponse::new(
                    known.clone(),
                )));
            }
            let success = ExecutionStatus::Success;
            let next = state
                .answers
                .pop_front()
                .unwrap_or(Answer::Execute(success.clone(), vec![]));
            let run = |status, events: &[Event]| {
                executed(effects(&state, &transaction, status, events), events)
            };
            let (record, answer, hang) = match next {
                Answer::Execute(status, events) => {
                    let record = run(status, &events);
                    (Some(record.clone()), Ok(record), false)
                }
                Answer::ExecuteAndLose(events) => (
                    Some(run(success, &events)),
                    Err(Status::unavailable("connection lost")),
                    false,
                ),
                Answer::ExecuteAndHang => (
                    Some(run(success, &[])),
                    Err(Status::internal("never answered")),
                    true,
                ),
                Answer::Refuse(status) => (None, Err(status), false),
                Answer::Foreign { effects: of, label } => {
                    let mut lie = effects(&state, &transaction, success, &[]);
                    lie.transaction_digest = of.unwrap_or(digest);
                    let mut answer = executed(lie, &[]);
                    answer.digest = Some(label.unwrap_or(digest).to_string());
                    (None, Ok(answer), false)
                }
                Answer::ForgeEvents(forged) => {
                    let honest = effects(&state, &transaction, success, &forged[..1]);
                    (None, Ok(executed(honest, &forged)), false)
                }
            };
            if let Some(record) = record {
                state.executed.insert(digest, record);
            }
            (answer, hang)
        };
        if hang {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        answer.map(|executed| Response::new(ExecuteTransactionResponse::new(executed)))
    }
}

#[tonic::async_trait]
impl LedgerService for Node {
    async fn get_service_info(
        &self,
        _: Request<GetServiceInfoRequest>,
    ) -> Result<Response<GetServiceInfoResponse>, Status> {
        let mut info = GetServiceInfoResponse::default();
        info.chain_id = Some(self.state().chain_id.to_string());
        Ok(Response::new(info))
    }

    async fn get_epoch(
        &self,
        _: Request<GetEpochRequest>,
    ) -> Result<Response<GetEpochResponse>, Status> {
        let mut epoch = Epoch::default();
        let state = self.state();
        epoch.epoch = Some(state.epoch);
        epoch.reference_gas_price = Some(state.price);
        Ok(Response::new(GetEpochResponse::new(epoch)))
    }

    async fn get_object(
        &self,
        request: Request<GetObjectRequest>,
    ) -> Result<Response<GetObjectResponse>, Status> {
        let id: Address = request.get_ref().object_id().parse().expect("an id");
        match self.state().objects.get(&id) {
            Some(object) => Ok(Response::new(GetObjectResponse::new(object.clone()))),
            None => Err(Status::not_found("no such object")),
        }
    }

    async fn get_transaction(
        &self,
        request: Request<GetTransactionRequest>,
    ) -> Result<Response<GetTransactionResponse>, Status> {
        let digest: Digest = request.get_ref().digest().parse().expect("a digest");
        let mut state = self.state();
        state.lookups += 1;
        match state.executed.get(&digest) {
            Some(known) => Ok(Response::new(GetTransactionResponse::new(known.clone()))),
            None => Err(Status::not_found("no such transaction")),
        }
    }
}

#[tonic::async_trait]
impl StateService for Node {
    async fn list_owned_objects(
        &self,
        _: Request<ListOwnedObjectsRequest>,
    ) -> Result<Response<ListOwnedObjectsResponse>, Status> {
        let mut response = ListOwnedObjectsResponse::default();
        for (reference, balance) in &self.state().coins {
            let mut object = Object::default();
            object.object_id = Some(reference.object_id().to_string());
            object.version = Some(reference.version());
            object.digest = Some(reference.digest().to_string());
            object.balance = Some(*balance);
            response.objects.push(object);
        }
        Ok(Response::new(response))
    }
}
