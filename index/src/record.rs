//! What an index holds.

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, Digest, StructTag};
use valet_client::{
    Bucket, EndReason, EndedSession, Grant, PurseDeposited, PurseDrawn, PurseWithdrawn, Remainder,
    SessionActivated, SessionDeactivated, SessionRenewed, SessionReplaced, SessionStatus, Status,
    WritesSettled,
};

/// How far an index is: it is kept in the store together with what it led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The checkpoint that comes next.
    pub next_checkpoint: u64,
    /// The digest of the one before it; none at the beginning.
    pub digest: Option<Digest>,
    /// When that one was made, by the chain's clock: the time that the index knows.
    pub timestamp_ms: u64,
    /// How many history entries there are.
    pub entries: u64,
}

impl Cursor {
    pub(crate) fn at(checkpoint: u64) -> Self {
        Self {
            next_checkpoint: checkpoint,
            digest: None,
            timestamp_ms: 0,
            entries: 0,
        }
    }
}

/// A dApp: what ever happened in it, summed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DappRecord {
    /// Its type.
    pub dapp: StructTag,
    /// Whether its registration was seen.
    pub is_registered: bool,
    /// How many storages it has.
    pub storages: u64,
    /// How many sessions were ever activated in it.
    pub sessions: u64,
    /// What was paid for its accounts' writes.
    pub settlements: Settlements,
    /// What its free credit paid for its own records, in MIST.
    pub records_free_credit_paid: u128,
    /// What its credit paid for its own records, in MIST.
    pub records_credit_paid: u128,
}

/// Settlements summed up. All amounts are in MIST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlements {
    /// How many there were, those that paid nothing included.
    pub count: u64,
    /// Writes that are no longer owed for.
    pub writes: u64,
    /// Paid by the dApp's free credit.
    pub free_credit_paid: u128,
    /// Paid by the dApp's credit.
    pub credit_paid: u128,
    /// Paid by coins of whoever settled.
    pub coin_paid: u128,
    /// Paid by the accounts' purses.
    pub purse_paid: u128,
}

impl Settlements {
    pub(crate) fn add(&mut self, settled: &WritesSettled) {
        // Sums of 64-bit numbers: they do not reach the end of their types.
        self.count = self.count.saturating_add(1);
        self.writes = self.writes.saturating_add(settled.settled_writes);
        for (sum, paid) in [
            (&mut self.free_credit_paid, settled.free_credit_paid),
            (&mut self.credit_paid, settled.credit_paid),
            (&mut self.coin_paid, settled.coin_paid),
            (&mut self.purse_paid, settled.purse_paid),
        ] {
            *sum = sum.saturating_add(u128::from(paid));
        }
    }
}

/// A storage: an owner's account in a dApp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageRecord {
    /// The dApp's type.
    pub dapp: StructTag,
    /// The storage's id.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// When it was created, by the clock of its checkpoint.
    pub created_at_ms: u64,
    /// The generation of the session that is registered, live or expired.
    pub session: Option<u64>,
    /// The session that ended last.
    pub ended_session: Option<EndedSession>,
    /// How many sessions were ever activated.
    pub session_count: u64,
    /// Writes ever made.
    pub write_count: u64,
    /// Bytes ever written.
    pub byte_count: u64,
    /// Writes that are owed for.
    pub unsettled_writes: u64,
    /// What is owed, in MIST.
    pub debt: u64,
    /// What was paid.
    pub settlements: Settlements,
}

/// A session, live or over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The dApp's type.
    pub dapp: StructTag,
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// Which session of the storage it is, from 1.
    pub generation: u64,
    /// The address of the session key; after a renewal, of the latest one.
    pub wallet: Address,
    /// When it began, by the chain's clock.
    pub activated_at_ms: u64,
    /// The first millisecond at which it is refused.
    pub expires_at_ms: u64,
    /// What it may do.
    pub grant: Grant,
    /// Debt that it caused, in MIST.
    pub debt: u64,
    /// Writes that it made.
    pub writes: u64,
    /// Bytes that it wrote.
    pub bytes: u64,
    /// Authorizations that were counted: all of a session with a call budget or a rate limit, none of any other.
    pub counted_calls: u64,
    /// Authorizations left, if there is a call budget.
    pub remaining_calls: Option<u64>,
    /// What its rate limit held at the last authorization, if it has one.
    pub bucket: Option<Bucket>,
    /// What is left of each allowance of the grant, in its order.
    pub remainders: Vec<Remainder>,
    /// How often it was renewed.
    pub renewals: u64,
    /// Renewals left, if it was granted any.
    pub remaining_renewals: Option<u64>,
    /// How it ended; none while it is registered, even when it has expired: expiry is a matter of the time that is asked for.
    pub end: Option<SessionEnd>,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnd {
    /// Why.
    pub reason: EndReason,
    /// Who ended it.
    pub actor: Address,
    /// When, by the clock of the checkpoint.
    pub at_ms: u64,
}

/// What a session is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionState {
    /// It is valid.
    Live,
    /// It has expired, and nobody has cleaned it up.
    Expired,
    /// It is over.
    Ended(EndReason),
}

impl SessionRecord {
    /// What it is at `now_ms`, by the chain's clock. It is the session's present, not its past: one that has ended is over at
    /// every moment.
    #[must_use]
    pub fn state(&self, now_ms: u64) -> SessionState {
        match self.end {
            Some(end) => SessionState::Ended(end.reason),
            None if now_ms < self.expires_at_ms => SessionState::Live,
            None => SessionState::Expired,
        }
    }

    /// The session as `Account::status` has it.
    #[must_use]
    pub fn status(&self) -> SessionStatus {
        SessionStatus {
            wallet: self.wallet,
            generation: self.generation,
            expires_at_ms: self.expires_at_ms,
            grant: self.grant.clone(),
            debt: self.debt,
            remaining_calls: self.remaining_calls,
            bucket: self.bucket,
            remainders: self.remainders.clone(),
            remaining_renewals: self.remaining_renewals,
        }
    }
}

impl StorageRecord {
    /// The account as `Account::status` has it, given the session that is registered.
    #[must_use]
    pub(crate) fn status(&self, session: Option<&SessionRecord>) -> Status {
        Status {
            storage: self.storage,
            owner: self.owner,
            session: session.map(SessionRecord::status),
            ended_session: self.ended_session.clone(),
            session_count: self.session_count,
            write_count: self.write_count,
            byte_count: self.byte_count,
            unsettled_writes: self.unsettled_writes,
            debt: self.debt,
        }
    }
}

/// Something that happened to a storage: what its history is made of. Writes and counted calls are summed up in the records
/// instead, so that a history grows with sessions and payments and not with every move of a game.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Its place in the history of everything, from 1, without gaps; the same in every index with the same scope.
    pub number: u64,
    /// The checkpoint.
    pub checkpoint: u64,
    /// The transaction.
    pub transaction: Digest,
    /// When, by the clock of the checkpoint.
    pub at_ms: u64,
    /// The dApp's type.
    pub dapp: StructTag,
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// The session that it is about; of payments and the purse, the one that was registered.
    pub generation: Option<u64>,
    /// What happened.
    pub change: Change,
}

/// What happened to a storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Change {
    /// It was created.
    StorageCreated,
    /// A session was activated.
    Activated(SessionActivated),
    /// A live session was replaced by the next.
    Replaced(SessionReplaced),
    /// A session renewed itself.
    Renewed(SessionRenewed),
    /// A session ended, or an expired one was cleaned up.
    Deactivated(SessionDeactivated),
    /// Coins came into the purse.
    Deposited(PurseDeposited),
    /// The owner took coins out of the purse.
    Withdrawn(PurseWithdrawn),
    /// The dApp drew coins from the purse.
    Drawn(PurseDrawn),
    /// A settlement took place.
    Settled(WritesSettled),
}
