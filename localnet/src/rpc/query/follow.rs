//! The walk without an end behind a `Subscribe` method.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, Stream};
use sui_rpc::proto::sui::rpc::v2::Watermark;
use tokio::sync::{broadcast, watch};
use tonic::Status;

use super::super::status;
use super::PROGRESS_EVERY;
use super::items::Items;
use super::position::{Cursors, Position};
use crate::ledger::{Checkpoint, Ledger};

/// One frame of a subscription.
#[derive(Debug)]
pub(in super::super) struct LiveFrame<M> {
    pub(in super::super) item: Option<M>,
    pub(in super::super) watermark: Watermark,
    /// The checkpoint up to which everything was sent.
    pub(in super::super) covered: u64,
}

/// An open subscription. The channel only wakes it: checkpoints are read from the ledger, so a slow reader misses none.
#[derive(Debug)]
pub(in super::super) struct Follow<I> {
    ledger: Arc<Ledger>,
    items: I,
    cursors: Cursors,
    news: broadcast::Receiver<Arc<Checkpoint>>,
    stopping: watch::Receiver<bool>,
    open: Option<(Arc<Checkpoint>, VecDeque<Position>)>,
    position: Position,
    covered: u64,
    /// Whether the client does not know yet how far the walk came.
    untold: bool,
    /// Whether frames without an item are sent.
    progress: bool,
    ended: bool,
    /// What the ledger counted when the subscription began.
    reverts: u64,
}

impl<I: Items> Follow<I> {
    /// From the newest checkpoint on. `progress` says whether to tell also how far the walk came without an item.
    pub(in super::super) fn new(
        ledger: Arc<Ledger>,
        items: I,
        progress: bool,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        // Before looking at the newest checkpoint, so that none falls between.
        let news = ledger.subscribe();
        let covered = ledger
            .latest_checkpoint()
            .map_or(0, |latest| latest.sequence_number());
        Self {
            cursors: I::cursors(ledger.chain_id()),
            reverts: ledger.reverts(),
            ledger,
            items,
            news,
            stopping,
            open: None,
            position: Position::end_of(covered),
            covered,
            untold: true,
            progress,
            ended: false,
        }
    }

    /// The subscription as a stream.
    pub(in super::super) fn stream(
        self,
    ) -> impl Stream<Item = Result<LiveFrame<I::Message>, Status>> {
        stream::unfold(self, |mut follow| async move {
            if follow.ended {
                return None;
            }
            let frame = follow.next().await;
            follow.ended = !matches!(frame, Some(Ok(_)));
            Some((frame?, follow))
        })
    }

    async fn next(&mut self) -> Option<Result<LiveFrame<I::Message>, Status>> {
        let mut scanned = 0;
        loop {
            if let Some((checkpoint, positions)) = &mut self.open {
                let checkpoint = Arc::clone(checkpoint);
                if let Some(position) = positions.pop_front() {
                    self.position = position;
                    if positions.is_empty() {
                        self.covered = checkpoint.sequence_number();
                    }
                    let item = self.items.render(&self.ledger, &checkpoint, position);
                    return Some(Ok(self.frame(item)));
                }
                self.open = None;
                let number = checkpoint.sequence_number();
                // With the last item the client learnt already that the checkpoint is covered.
                self.untold |= self.covered != number;
                self.covered = number;
                self.position = Position::end_of(number);
            }
            let next = self.ledger.checkpoint(self.covered.saturating_add(1));
            if self.ledger.reverts() != self.reverts {
                return Some(Err(status::reverted()));
            }
            if let Some(checkpoint) = next {
                if self.progress && scanned >= PROGRESS_EVERY {
                    tokio::task::yield_now().await;
                    return Some(Ok(self.frame(None)));
                }
                scanned += 1;
                let positions = self.items.find(&checkpoint).into();
                self.open = Some((checkpoint, positions));
                continue;
            }
            if self.progress && self.untold {
                return Some(Ok(self.frame(None)));
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

    fn frame(&mut self, item: Option<I::Message>) -> LiveFrame<I::Message> {
        self.untold = false;
        LiveFrame {
            item,
            watermark: self.cursors.watermark(self.position, Some(self.covered)),
            covered: self.covered,
        }
    }
}
