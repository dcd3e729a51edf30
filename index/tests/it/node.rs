//! A node between an index and a ledger that is not at its best: it repeats and leaves out what it streams, and breaks off.

use std::{
    pin::Pin,
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
};

use futures::{Stream, StreamExt as _};
use sui_rpc::{
    Client,
    proto::sui::rpc::v2::{
        BatchGetObjectsRequest, BatchGetObjectsResponse, BatchGetTransactionsRequest,
        BatchGetTransactionsResponse, GetCheckpointRequest, GetCheckpointResponse, GetEpochRequest,
        GetEpochResponse, GetObjectRequest, GetObjectResponse, GetServiceInfoRequest,
        GetServiceInfoResponse, GetTransactionRequest, GetTransactionResponse,
        SubscribeCheckpointsRequest, SubscribeCheckpointsResponse,
        get_checkpoint_request::CheckpointId,
        ledger_service_server::{LedgerService, LedgerServiceServer},
        subscription_service_server::{SubscriptionService, SubscriptionServiceServer},
    },
};
use tonic::{Request, Response, Status};

type Answer<T> = Result<Response<T>, Status>;
type Frame = Result<SubscribeCheckpointsResponse, Status>;

#[derive(Clone)]
pub(crate) struct Node {
    ledger: Client,
    /// Subscriptions that were opened.
    opened: Arc<AtomicU64>,
    /// Checkpoints that were asked for.
    asked: Arc<AtomicU64>,
    /// The first checkpoint that it has not forgotten.
    lowest: Arc<AtomicU64>,
}

impl Node {
    /// Serves what the ledger at `url` has; its own address.
    pub(crate) async fn start(url: &str) -> (Self, String) {
        let node = Self {
            ledger: Client::new(url).expect("a URL"),
            opened: Arc::default(),
            asked: Arc::default(),
            lowest: Arc::default(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = tonic::transport::Server::builder()
            .add_service(LedgerServiceServer::new(node.clone()))
            .add_service(SubscriptionServiceServer::new(node.clone()));
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tokio::spawn(router.serve_with_incoming(incoming));
        (node, format!("http://{address}"))
    }

    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Forgets every checkpoint before this one, as nodes do to save space.
    pub(crate) fn forget_before(&self, checkpoint: u64) {
        self.lowest.store(checkpoint, Ordering::Relaxed);
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

#[tonic::async_trait]
impl SubscriptionService for Node {
    async fn subscribe_checkpoints(
        &self,
        request: Request<SubscribeCheckpointsRequest>,
    ) -> Answer<Pin<Box<dyn Stream<Item = Frame> + Send>>> {
        let opened = self.opened.fetch_add(1, Ordering::Relaxed);
        let mut client = self.ledger.clone();
        let mut subscriptions = client.subscription_client();
        let frames = subscriptions
            .subscribe_checkpoints(request.into_inner())
            .await?;
        // Of every five frames one comes twice and one not at all; each stream breaks off, a little later each time.
        let frames = frames.into_inner().enumerate().flat_map(|(number, frame)| {
            let frames = match number % 5 {
                1 => vec![frame.clone(), frame],
                3 => vec![],
                _ => vec![frame],
            };
            futures::stream::iter(frames)
        });
        let length = usize::try_from(4 + opened * 3).expect("small");
        let end = futures::stream::iter([Err(Status::unavailable("it breaks off"))]);
        Ok(Response::new(Box::pin(frames.take(length).chain(end))))
    }
}

#[tonic::async_trait]
impl LedgerService for Node {
    async fn get_service_info(
        &self,
        request: Request<GetServiceInfoRequest>,
    ) -> Answer<GetServiceInfoResponse> {
        let mut client = self.ledger.clone();
        let mut answer = client
            .ledger_client()
            .get_service_info(request.into_inner())
            .await?;
        let lowest = self.lowest.load(Ordering::Relaxed);
        answer.get_mut().lowest_available_checkpoint = Some(lowest);
        Ok(answer)
    }

    async fn get_checkpoint(
        &self,
        request: Request<GetCheckpointRequest>,
    ) -> Answer<GetCheckpointResponse> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let lowest = self.lowest.load(Ordering::Relaxed);
        let is_forgotten = |id: &CheckpointId| matches!(id, CheckpointId::SequenceNumber(number) if *number < lowest);
        if request
            .get_ref()
            .checkpoint_id
            .as_ref()
            .is_some_and(is_forgotten)
        {
            return Err(Status::not_found("forgotten"));
        }
        let mut client = self.ledger.clone();
        client
            .ledger_client()
            .get_checkpoint(request.into_inner())
            .await
    }

    async fn get_epoch(&self, request: Request<GetEpochRequest>) -> Answer<GetEpochResponse> {
        let mut client = self.ledger.clone();
        client.ledger_client().get_epoch(request.into_inner()).await
    }

    async fn get_object(&self, _: Request<GetObjectRequest>) -> Answer<GetObjectResponse> {
        Err(Status::unimplemented("not here"))
    }

    async fn batch_get_objects(
        &self,
        _: Request<BatchGetObjectsRequest>,
    ) -> Answer<BatchGetObjectsResponse> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_transaction(
        &self,
        _: Request<GetTransactionRequest>,
    ) -> Answer<GetTransactionResponse> {
        Err(Status::unimplemented("not here"))
    }

    async fn batch_get_transactions(
        &self,
        _: Request<BatchGetTransactionsRequest>,
    ) -> Answer<BatchGetTransactionsResponse> {
        Err(Status::unimplemented("not here"))
    }
}
