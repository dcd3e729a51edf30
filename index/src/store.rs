//! Where an index is kept.

mod memory;
mod sqlite;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use sui_sdk_types::{Address, StructTag};

use crate::{
    Cursor, DappRecord, HistoryEntry, HistoryQuery, Scope, SessionQuery, SessionRecord,
    StorageQuery, StorageRecord, StoreError,
};

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

/// Where an index is kept. A batch is written as a whole, with its cursor, or not at all: that is what makes every event count
/// once, however often a process is killed.
pub trait IndexStore: Send + fmt::Debug {
    /// What the store was begun for; none when it is empty.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn scope(&self) -> Result<Option<Scope>, StoreError>;

    /// Begins an empty store.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when it is not empty; otherwise when it cannot be written.
    fn begin(&mut self, scope: &Scope) -> Result<(), StoreError>;

    /// How far it is.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn cursor(&self) -> Result<Cursor, StoreError>;

    /// Writes a batch and moves the cursor.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the store is not where the batch begins; otherwise when it cannot be written. Either way
    /// nothing was.
    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError>;

    /// A dApp.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn dapp(&self, dapp: &StructTag) -> Result<Option<DappRecord>, StoreError>;

    /// A storage.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn storage(&self, storage: Address) -> Result<Option<StorageRecord>, StoreError>;

    /// A session.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn session(
        &self,
        storage: Address,
        generation: u64,
    ) -> Result<Option<SessionRecord>, StoreError>;

    /// What a storage's purse holds of a coin.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn purse(&self, storage: Address, coin_type: &str) -> Result<u64, StoreError>;

    /// What a storage's purse holds: coin types and amounts, in the order of the types' text, after `after`.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn purses(
        &self,
        storage: Address,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError>;

    /// Storages.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    fn storages(&self, query: &StorageQuery) -> Result<Vec<StorageRecord>, StoreError>;

    /// Sessions.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    fn sessions(&self, query: &SessionQuery) -> Result<Vec<SessionRecord>, StoreError>;

    /// History.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn history(&self, query: &HistoryQuery) -> Result<Vec<HistoryEntry>, StoreError>;
}

/// What some checkpoints change.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where the store is before.
    pub from: Cursor,
    /// Where it is afterwards.
    pub to: Cursor,
    /// DApps as they are afterwards.
    pub dapps: BTreeMap<StructTag, DappRecord>,
    /// Storages as they are afterwards.
    pub storages: BTreeMap<Address, StorageRecord>,
    /// Sessions as they are afterwards, by storage and generation.
    pub sessions: BTreeMap<(Address, u64), SessionRecord>,
    /// Which keys are or were which sessions': key, storage and generation.
    pub keys: BTreeSet<(Address, Address, u64)>,
    /// What purses hold afterwards, by storage and coin type.
    pub purses: BTreeMap<(Address, String), u64>,
    /// What is added to the history.
    pub history: Vec<HistoryEntry>,
}

impl Batch {
    pub(crate) fn new(from: Cursor) -> Self {
        Self {
            to: from.clone(),
            from,
            dapps: BTreeMap::new(),
            storages: BTreeMap::new(),
            sessions: BTreeMap::new(),
            keys: BTreeSet::new(),
            purses: BTreeMap::new(),
            history: Vec::new(),
        }
    }
}

impl SessionQuery {
    /// Whether it asks for this session, as far as the session's record tells.
    fn selects(&self, session: &SessionRecord) -> bool {
        self.owner.is_none_or(|owner| owner == session.owner)
            && self.dapp.as_ref().is_none_or(|dapp| *dapp == session.dapp)
            && self
                .storage
                .is_none_or(|storage| storage == session.storage)
            && self
                .live_at_ms
                .is_none_or(|now| session.end.is_none() && now < session.expires_at_ms)
    }
}
