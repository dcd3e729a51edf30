//! The walk through a range that answers a `List` method, one frame at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, Stream};
use sui_rpc::proto::sui::rpc::v2::{QueryEnd, QueryEndReason, Watermark};
use tonic::Status;

use super::super::status;
use super::PROGRESS_EVERY;
use super::items::Items;
use super::position::{Cursors, Position};
use super::range::Range;
use crate::ledger::{Checkpoint, Ledger};

/// Most checkpoints that one request looks at; the client goes on from the last watermark.
const SCAN_LIMIT: u64 = 10_000;

/// One frame of the answer.
#[derive(Debug)]
pub(in super::super) struct ListFrame<M> {
    pub(in super::super) item: Option<M>,
    pub(in super::super) watermark: Watermark,
    pub(in super::super) end: Option<QueryEnd>,
}

/// An answer while it is sent.
#[derive(Debug)]
pub(in super::super) struct Scan<I> {
    ledger: Arc<Ledger>,
    items: I,
    cursors: Cursors,
    range: Range,
    /// What is left of the checkpoint that is being read.
    open: Option<(Arc<Checkpoint>, VecDeque<Position>)>,
    position: Position,
    covered: Option<u64>,
    scanned: u64,
    found: usize,
    finished: bool,
    /// What the ledger counted when the scan began.
    reverts: u64,
}

impl<I: Items> Scan<I> {
    pub(in super::super) fn new(ledger: Arc<Ledger>, items: I, range: Range) -> Self {
        Self {
            cursors: I::cursors(ledger.chain_id()),
            reverts: ledger.reverts(),
            ledger,
            items,
            position: range.begin,
            range,
            open: None,
            covered: None,
            scanned: 0,
            found: 0,
            finished: false,
        }
    }

    /// The answer as a stream.
    pub(in super::super) fn stream(
        self,
    ) -> impl Stream<Item = Result<ListFrame<I::Message>, Status>> {
        stream::unfold(self, |mut scan| async move {
            let frame = scan.next()?;
            // Reading is not waiting: let others have the thread between frames.
            tokio::task::yield_now().await;
            Some((frame, scan))
        })
    }

    fn next(&mut self) -> Option<Result<ListFrame<I::Message>, Status>> {
        if self.finished {
            return None;
        }
        let begun = self.scanned;
        loop {
            if let Some((checkpoint, positions)) = &mut self.open {
                let checkpoint = Arc::clone(checkpoint);
                let Some(position) = positions.pop_front() else {
                    self.open = None;
                    self.leave(checkpoint.sequence_number());
                    continue;
                };
                self.position = position;
                if positions.is_empty() {
                    self.cover(checkpoint.sequence_number());
                }
                self.found += 1;
                let item = self.items.render(&self.ledger, &checkpoint, position);
                let end = (self.found == self.range.limit).then_some(QueryEndReason::ItemLimit);
                return Some(Ok(self.frame(item, end)));
            }
            if self.scanned == SCAN_LIMIT && !self.range.checkpoints.is_empty() {
                return Some(Ok(self.frame(None, Some(QueryEndReason::ScanLimit))));
            }
            if self.scanned - begun >= PROGRESS_EVERY {
                return Some(Ok(self.frame(None, None)));
            }
            let number = if self.range.descending {
                self.range.checkpoints.next_back()
            } else {
                self.range.checkpoints.next()
            };
            let Some(number) = number else {
                let (reason, position) = self.range.end;
                self.position = position;
                return Some(Ok(self.frame(None, Some(reason))));
            };
            self.scanned += 1;
            let checkpoint = self
                .ledger
                .checkpoint(number)
                .filter(|_| self.ledger.reverts() == self.reverts);
            let Some(checkpoint) = checkpoint else {
                self.finished = true;
                return Some(Err(status::reverted()));
            };
            let mut positions: VecDeque<_> = self
                .items
                .find(&checkpoint)
                .into_iter()
                .filter(|position| self.range.contains(*position))
                .collect();
            if self.range.descending {
                positions.make_contiguous().reverse();
            }
            self.open = Some((checkpoint, positions));
        }
    }

    /// The walk leaves a checkpoint behind.
    fn leave(&mut self, checkpoint: u64) {
        if self.range.cuts(checkpoint) {
            return;
        }
        self.position = if self.range.descending {
            Position::start_of(checkpoint)
        } else {
            Position::end_of(checkpoint)
        };
        self.cover(checkpoint);
    }

    /// Every item of the range in this checkpoint was sent.
    fn cover(&mut self, checkpoint: u64) {
        if !self.range.cuts(checkpoint) {
            self.covered = Some(checkpoint);
        }
    }

    fn frame(
        &mut self,
        item: Option<I::Message>,
        end: Option<QueryEndReason>,
    ) -> ListFrame<I::Message> {
        self.finished = end.is_some();
        ListFrame {
            item,
            watermark: self.cursors.watermark(self.position, self.covered),
            end: end.map(|reason| {
                let mut end = QueryEnd::default();
                end.set_reason(reason);
                end
            }),
        }
    }
}
