//! Which part of the history a query is about, and in which direction it is read.

use std::ops::Range as Numbers;

use sui_rpc::proto::sui::rpc::v2::{Ordering, QueryEndReason, QueryOptions};
use tonic::Status;

use super::super::{fields, status};
use super::position::{Cursors, Position};

/// The checked bounds of a query.
#[derive(Clone, Debug)]
pub(in super::super) struct Range {
    /// Numbers of the checkpoints that may hold items of the range.
    pub(super) checkpoints: Numbers<u64>,
    after: Option<Position>,
    before: Option<Position>,
    pub(super) descending: bool,
    pub(super) limit: usize,
    /// Why the walk stops at its end, and where its last watermark is.
    pub(super) end: (QueryEndReason, Position),
    /// The watermark before anything was looked at.
    pub(super) begin: Position,
}

impl Range {
    /// Reads the bounds of a request on a ledger whose newest checkpoint is `tip`.
    pub(in super::super) fn new(
        cursors: &Cursors,
        tip: u64,
        start: Option<u64>,
        end: Option<u64>,
        options: Option<&QueryOptions>,
    ) -> Result<Self, Status> {
        let options = options.cloned().unwrap_or_default();
        let after = cursors.read("options.after", options.after.as_deref())?;
        let before = cursors.read("options.before", options.before.as_deref())?;
        let descending = match options.ordering.map(Ordering::try_from) {
            None | Some(Ok(Ordering::Ascending)) => false,
            Some(Ok(Ordering::Descending)) => true,
            Some(_) => {
                return Err(status::invalid(
                    "options.ordering",
                    "use ORDERING_ASCENDING or ORDERING_DESCENDING",
                ));
            }
        };
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            return Err(status::invalid(
                "end_checkpoint",
                format_args!("it is exclusive and must not be below start_checkpoint {start}"),
            ));
        }
        let known = tip.saturating_add(1);
        let low = start.unwrap_or(0);
        let high = end.map_or(known, |end| end.min(known));

        // The lowest and the highest checkpoint that the cursors leave something of.
        let first = after.map_or(low, |after| {
            let beyond = u64::from(after == Position::end_of(after.checkpoint));
            low.max(after.checkpoint.saturating_add(beyond))
        });
        let past = before.map_or(high, |before| {
            let within = u64::from(before > Position::start_of(before.checkpoint));
            high.min(before.checkpoint.saturating_add(within))
        });
        let checkpoints = first..past.max(first);

        let end = if descending {
            match after {
                Some(after) if after >= Position::start_of(low) => {
                    (QueryEndReason::CursorBound, after)
                }
                _ => (QueryEndReason::CheckpointBound, Position::start_of(low)),
            }
        } else {
            match before {
                Some(before) if before <= Position::start_of(high) => {
                    (QueryEndReason::CursorBound, before)
                }
                _ => {
                    let reason = match end {
                        Some(end) if end <= known => QueryEndReason::CheckpointBound,
                        _ => QueryEndReason::LedgerTip,
                    };
                    (reason, Position::before(high))
                }
            }
        };
        let begin = if descending {
            before.unwrap_or_else(|| Position::start_of(high))
        } else {
            after.unwrap_or_else(|| Position::before(low))
        };
        // Where nothing lies between the bounds, the last watermark must not go back behind the first.
        let end = match end {
            (reason, position) if descending => (reason, position.min(begin)),
            (reason, position) => (reason, position.max(begin)),
        };
        Ok(Self {
            checkpoints,
            after,
            before,
            descending,
            limit: fields::page_size(options.limit),
            end,
            begin,
        })
    }

    pub(super) fn contains(&self, position: Position) -> bool {
        self.after.is_none_or(|after| position > after)
            && self.before.is_none_or(|before| position < before)
    }

    /// Whether the end of the walk cuts this checkpoint in two, so that reaching it does not cover it.
    pub(super) fn cuts(&self, checkpoint: u64) -> bool {
        let inside = |cut: Position| {
            cut > Position::start_of(checkpoint) && cut < Position::end_of(checkpoint)
        };
        let bound = if self.descending {
            self.after
        } else {
            self.before
        };
        bound.is_some_and(inside)
    }
}
