//! Questions over the whole history: checkpoints, transactions and events, by filter, in both directions, live.
//!
//! An item is what a method lists, a [`Position`] where it lies, a [`Scan`] the walk that answers a `List` method and
//! [`Follow`] the one that never ends, behind `Subscribe`. Both read the ledger as the client takes frames, so that a slow
//! reader misses nothing and holds no memory.

mod filter;
mod follow;
mod items;
mod position;
mod range;
mod scan;

pub(super) use self::filter::{EventMatcher, TransactionMatcher};
pub(super) use self::follow::{Follow, LiveFrame};
pub(super) use self::items::{CheckpointItems, EventItems, Items, TransactionItems};
pub(super) use self::range::Range;
pub(super) use self::scan::{ListFrame, Scan};

/// How many checkpoints are looked at before a client is told how far that came, and others get the thread.
const PROGRESS_EVERY: u64 = 1_000;
