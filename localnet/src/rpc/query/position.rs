//! Where items lie, and the opaque cursors that say so.

use prost::bytes::Bytes;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_sdk_types::Digest;
use tonic::Status;

use super::super::fields::Pages;

/// The place of an item: positions are ordered as items are.
///
/// A place between items is one, too: [`Position::start_of`] a checkpoint is before everything in it, but may be the first
/// item itself; [`Position::end_of`] is after everything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Position {
    pub(super) checkpoint: u64,
    pub(super) transaction: u32,
    pub(super) event: u32,
}

impl Position {
    /// Of an event, or of a transaction with event 0, or of a checkpoint with transaction 0, too.
    pub(super) fn new(checkpoint: u64, transaction: usize, event: usize) -> Self {
        // No checkpoint has that many transactions, nor a transaction that many events.
        let index = |index| u32::try_from(index).unwrap_or(u32::MAX - 1);
        Self {
            checkpoint,
            transaction: index(transaction),
            event: index(event),
        }
    }

    pub(super) fn start_of(checkpoint: u64) -> Self {
        Self::new(checkpoint, 0, 0)
    }

    pub(super) fn end_of(checkpoint: u64) -> Self {
        Self {
            checkpoint,
            transaction: u32::MAX,
            event: u32::MAX,
        }
    }

    /// After everything below a checkpoint and before everything in it; for the first one, its start.
    pub(super) fn before(checkpoint: u64) -> Self {
        checkpoint
            .checked_sub(1)
            .map_or(Self::start_of(0), Self::end_of)
    }

    pub(super) fn transaction_index(self) -> usize {
        self.transaction as usize
    }

    pub(super) fn event_index(self) -> usize {
        self.event as usize
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.checkpoint, self.transaction, self.event)
    }
}

impl std::str::FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let mut part = || parts.next().ok_or(());
        let position = Self {
            checkpoint: part()?.parse().map_err(drop)?,
            transaction: part()?.parse().map_err(drop)?,
            event: part()?.parse().map_err(drop)?,
        };
        parts.next().is_none().then_some(position).ok_or(())
    }
}

/// The cursors of one kind of item on one chain.
///
/// A cursor is a position and goes on in any query for the same kind of item, whatever its filter, as the protocol wants
/// it; one of another kind, of another chain or made up is refused.
#[derive(Clone, Debug)]
pub(in super::super) struct Cursors(Pages);

impl Cursors {
    pub(super) fn new(kind: &str, chain: Digest) -> Self {
        Self(Pages::new(kind, &[&chain.to_string()]))
    }

    pub(super) fn read(
        &self,
        field: &str,
        cursor: Option<&[u8]>,
    ) -> Result<Option<Position>, Status> {
        self.0.cursor(cursor).map_err(|_| {
            super::super::status::invalid(
                field,
                "pass the cursor of a watermark that the same method, or the subscription beside it, sent",
            )
        })
    }

    fn write(&self, position: Position) -> Bytes {
        self.0.token(position)
    }

    /// A watermark: everything up to `position` was sent, and everything in checkpoints up to `covered`.
    pub(super) fn watermark(&self, position: Position, covered: Option<u64>) -> proto::Watermark {
        let mut watermark = proto::Watermark::default();
        watermark.cursor = Some(self.write(position));
        watermark.checkpoint = covered;
        watermark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_ordered_as_items_are() {
        let positions = [
            Position::start_of(4),
            Position::new(4, 0, 1),
            Position::new(4, 1, 0),
            Position::new(4, 1, 7),
            Position::end_of(4),
            Position::start_of(5),
        ];
        assert!(positions.is_sorted());
        assert_eq!(Position::start_of(4), Position::new(4, 0, 0));
        for position in positions {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "1", "1.2", "1.2.3.4", "a.0.0", "-1.0.0"] {
            assert_eq!(text.parse::<Position>(), Err(()), "{text}");
        }
    }

    #[test]
    fn a_cursor_is_of_one_kind_and_one_chain() {
        let cursors = Cursors::new("events", Digest::ZERO);
        let position = Position::new(3, 1, 2);
        let cursor = cursors.watermark(position, None).cursor.expect("a cursor");
        let read = |cursors: &Cursors, cursor: &[u8]| cursors.read("after", Some(cursor));
        assert_eq!(read(&cursors, &cursor).expect("its own"), Some(position));
        assert!(read(&Cursors::new("transactions", Digest::ZERO), &cursor).is_err());
        assert!(read(&Cursors::new("events", Digest::new([1; 32])), &cursor).is_err());
        assert!(read(&cursors, &cursor[1..]).is_err());
        assert!(cursors.read("after", None).expect("none").is_none());
    }
}
