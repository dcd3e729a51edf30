//! `SubscriptionService`: checkpoints as they are made.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use futures::stream;
use sui_rpc::field::FieldMaskTree;
use sui_rpc::proto::sui::rpc::v2::subscription_service_server::SubscriptionService;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, SubscribeCheckpointsRequest, SubscribeCheckpointsResponse,
};
use tokio::sync::{broadcast, watch};
use tonic::{Request, Response, Status};

use super::ledger_service::CHECKPOINT_MASK;
use super::render::Render;
use super::{Answer, fields};
use crate::ledger::{Checkpoint, Ledger};

/// The service over a ledger.
#[derive(Clone, Debug)]
pub(super) struct Service {
    ledger: Arc<Ledger>,
    /// Becomes true when the server stops; open streams then end, because the server waits for them.
    stopping: watch::Receiver<bool>,
}

impl Service {
    pub(super) fn new(ledger: Arc<Ledger>, stopping: watch::Receiver<bool>) -> Self {
        Self { ledger, stopping }
    }
}

type Checkpoints = Pin<Box<dyn Stream<Item = Result<SubscribeCheckpointsResponse, Status>> + Send>>;

#[tonic::async_trait]
impl SubscriptionService for Service {
    async fn subscribe_checkpoints(
        &self,
        request: Request<SubscribeCheckpointsRequest>,
    ) -> Answer<Checkpoints> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::Checkpoint>(request.read_mask.as_ref(), CHECKPOINT_MASK)?;
        if request.filter.is_some() {
            return Err(Status::unimplemented(
                "filters are not supported by this server: subscribe without one and filter what arrives",
            ));
        }
        let news = self.ledger.subscribe();
        let next = self
            .ledger
            .latest_checkpoint()
            .map_or(0, |latest| latest.sequence_number().saturating_add(1));
        let subscription = Subscription {
            ledger: Arc::clone(&self.ledger),
            news,
            next,
            mask,
            stopping: self.stopping.clone(),
        };
        let frames = stream::unfold(subscription, |mut subscription| async move {
            let frame = subscription.next().await?;
            Some((frame, subscription))
        });
        Ok(Response::new(Box::pin(frames)))
    }
}

/// One open stream. The channel only wakes it: checkpoints are read from the ledger, so a slow reader misses none.
struct Subscription {
    ledger: Arc<Ledger>,
    news: broadcast::Receiver<Arc<Checkpoint>>,
    next: u64,
    mask: FieldMaskTree,
    stopping: watch::Receiver<bool>,
}

impl Subscription {
    async fn next(&mut self) -> Option<Result<SubscribeCheckpointsResponse, Status>> {
        loop {
            if let Some(checkpoint) = self.ledger.checkpoint(self.next) {
                self.next = self.next.saturating_add(1);
                let mut frame = SubscribeCheckpointsResponse::default();
                frame.cursor = Some(checkpoint.sequence_number());
                frame.checkpoint =
                    Some(Render::new(&self.ledger).checkpoint(&checkpoint, &self.mask));
                return Some(Ok(frame));
            }
            tokio::select! {
                received = self.news.recv() => if let Err(broadcast::error::RecvError::Closed) = received {
                    return None;
                },
                _ = self.stopping.wait_for(|stopping| *stopping) => {
                    return Some(Err(Status::unavailable("the server is shutting down")));
                }
            }
        }
    }
}
