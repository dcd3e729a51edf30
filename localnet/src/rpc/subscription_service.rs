//! `SubscriptionService`: checkpoints, transactions and events as they come.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use sui_rpc::proto::sui::rpc::v2::subscription_service_server::SubscriptionService;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, SubscribeCheckpointsRequest, SubscribeCheckpointsResponse,
    SubscribeEventsRequest, SubscribeEventsResponse, SubscribeTransactionsRequest,
    SubscribeTransactionsResponse,
};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use super::ledger_service::{CHECKPOINT_MASK, EVENT_MASK, TRANSACTION_MASK};
use super::query::{
    CheckpointItems, EventItems, EventMatcher, Follow, Items, LiveFrame, TransactionItems,
    TransactionMatcher,
};
use super::{Answer, fields};
use crate::ledger::Ledger;

/// The service over a ledger.
#[derive(Clone, Debug)]
pub(super) struct Service {
    ledger: Arc<Ledger>,
    /// Becomes true when the server stops; open streams then end, because the server waits for them.
    stopping: watch::Receiver<bool>,
}

type Frames<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Service {
    pub(super) fn new(ledger: Arc<Ledger>, stopping: watch::Receiver<bool>) -> Self {
        Self { ledger, stopping }
    }

    /// The items from now on, each frame made a message by `frame`.
    fn follow<I: Items, T: 'static>(
        &self,
        items: I,
        progress: bool,
        frame: impl Fn(LiveFrame<I::Message>) -> T + Send + 'static,
    ) -> Answer<Frames<T>> {
        let ledger = Arc::clone(&self.ledger);
        let frames = Follow::new(ledger, items, progress, self.stopping.clone()).stream();
        Ok(Response::new(Box::pin(
            frames.map(move |result| result.map(&frame)),
        )))
    }
}

#[tonic::async_trait]
impl SubscriptionService for Service {
    async fn subscribe_checkpoints(
        &self,
        request: Request<SubscribeCheckpointsRequest>,
    ) -> Answer<Frames<SubscribeCheckpointsResponse>> {
        let request = request.into_inner();
        let items = CheckpointItems {
            mask: fields::mask::<proto::Checkpoint>(request.read_mask.as_ref(), CHECKPOINT_MASK)?,
            filter: request
                .filter
                .as_ref()
                .map(TransactionMatcher::transactions)
                .transpose()?,
        };
        // Without a filter every frame has a checkpoint: that is what clients expect.
        let progress = items.filtered();
        self.follow(items, progress, |frame| {
            let mut message = SubscribeCheckpointsResponse::default();
            message.cursor = Some(frame.covered);
            message.checkpoint = frame.item;
            message
        })
    }

    async fn subscribe_transactions(
        &self,
        request: Request<SubscribeTransactionsRequest>,
    ) -> Answer<Frames<SubscribeTransactionsResponse>> {
        let request = request.into_inner();
        let items = TransactionItems {
            mask: fields::mask::<proto::ExecutedTransaction>(
                request.read_mask.as_ref(),
                TRANSACTION_MASK,
            )?,
            filter: request
                .filter
                .as_ref()
                .map(TransactionMatcher::transactions)
                .transpose()?,
        };
        self.follow(items, true, |frame| {
            let mut message = SubscribeTransactionsResponse::default();
            message.transaction = frame.item;
            message.watermark = Some(frame.watermark);
            message
        })
    }

    async fn subscribe_events(
        &self,
        request: Request<SubscribeEventsRequest>,
    ) -> Answer<Frames<SubscribeEventsResponse>> {
        let request = request.into_inner();
        let items = EventItems {
            mask: fields::mask::<proto::Event>(request.read_mask.as_ref(), EVENT_MASK)?,
            filter: request
                .filter
                .as_ref()
                .map(EventMatcher::events)
                .transpose()?,
        };
        self.follow(items, true, |frame| {
            let mut message = SubscribeEventsResponse::default();
            message.event = frame.item;
            message.watermark = Some(frame.watermark);
            message
        })
    }
}
