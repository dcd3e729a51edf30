//! What networks do to a request at the worst moment.

use crate::random::Random;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// It never arrives, and nobody says so.
    RequestLost,
    /// It never arrives, and a status says that something went wrong.
    RequestFailed,
    /// It arrives after its sender gave up waiting.
    RequestLate,
    /// It is executed, and the answer never arrives.
    AnswerLost,
    /// It is executed, and the answer arrives after its recipient gave up waiting.
    AnswerLate,
    /// It is executed, and a status that leaves it open comes instead of the answer.
    AnswerFailed,
    /// It is executed, and the answer is not what the protocol says.
    AnswerGarbled,
    /// It is executed, and the answer is that of an earlier request.
    AnswerStale,
    /// It arrives twice at once.
    Duplicated,
    /// It is answered, and arrives again much later.
    Replayed,
    /// It is executed, and every connection breaks before the answer.
    Severed,
    /// It breaks every connection, and for a while nobody can connect.
    Down,
}

impl Fault {
    const ALL: [Self; 12] = [
        Self::RequestLost,
        Self::RequestFailed,
        Self::RequestLate,
        Self::AnswerLost,
        Self::AnswerLate,
        Self::AnswerFailed,
        Self::AnswerGarbled,
        Self::AnswerStale,
        Self::Duplicated,
        Self::Replayed,
        Self::Severed,
        Self::Down,
    ];
    /// In a hundred transactions.
    const TRANSACTIONS: u64 = 30;
    /// In a hundred of all other requests.
    const READS: u64 = 5;

    /// What happens to the next request, if anything.
    pub(super) fn draw(random: &mut Random, is_transaction: bool) -> Option<Self> {
        let chance = if is_transaction {
            Self::TRANSACTIONS
        } else {
            Self::READS
        };
        // Both numbers are drawn whatever comes of it: the schedule of a seed does not shift.
        let (happens, kind) = (random.chance(chance), random.below(12));
        let kind = usize::try_from(kind).unwrap_or_default();
        Self::ALL.get(kind).copied().filter(|_| happens)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RequestLost => "request lost",
            Self::RequestFailed => "request failed",
            Self::RequestLate => "request late",
            Self::AnswerLost => "answer lost",
            Self::AnswerLate => "answer late",
            Self::AnswerFailed => "answer failed",
            Self::AnswerGarbled => "answer garbled",
            Self::AnswerStale => "answer stale",
            Self::Duplicated => "duplicated",
            Self::Replayed => "replayed later",
            Self::Severed => "connections severed",
            Self::Down => "node down",
        }
    }
}
