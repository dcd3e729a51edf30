//! Questions to an index.

use sui_sdk_types::{Address, StructTag};

/// Entries of an answer when the question does not say.
const DEFAULT_LIMIT: usize = 100;
/// Most entries of an answer.
const MAX_LIMIT: usize = 1_000;

/// Which storages: all, unless it says more. They come in the order of their ids.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct StorageQuery {
    pub(crate) owner: Option<Address>,
    pub(crate) dapp: Option<StructTag>,
    pub(crate) after: Option<Address>,
    limit: Option<usize>,
}

/// Which sessions: all, unless it says more. They come in the order of their storages' ids and their generations.
///
/// ```
/// use sui_sdk_types::Address;
/// use valet_index::SessionQuery;
///
/// let owner = Address::from_static("0x7");
/// let query = SessionQuery::new().with_owner(owner).with_live_at(1_700_000_000_000).with_limit(10);
/// # let _ = query;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SessionQuery {
    pub(crate) owner: Option<Address>,
    pub(crate) dapp: Option<StructTag>,
    pub(crate) storage: Option<Address>,
    pub(crate) key: Option<Address>,
    pub(crate) live_at_ms: Option<u64>,
    pub(crate) after: Option<(Address, u64)>,
    limit: Option<usize>,
}

/// Which part of the history: all, unless it says more. It comes in order.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct HistoryQuery {
    pub(crate) owner: Option<Address>,
    pub(crate) dapp: Option<StructTag>,
    pub(crate) storage: Option<Address>,
    pub(crate) generation: Option<u64>,
    pub(crate) after: u64,
    limit: Option<usize>,
}

fn bounded(limit: Option<usize>) -> usize {
    limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
}

impl StorageQuery {
    /// All storages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of this owner.
    pub fn with_owner(mut self, owner: Address) -> Self {
        self.owner = Some(owner);
        self
    }

    /// In this dApp.
    pub fn with_dapp(mut self, dapp: StructTag) -> Self {
        self.dapp = Some(dapp);
        self
    }

    /// Those that come after this storage: the last one of the page before.
    pub fn after(mut self, storage: Address) -> Self {
        self.after = Some(storage);
        self
    }

    /// At most so many; 100 if it does not say, 1,000 at the most.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn limit(&self) -> usize {
        bounded(self.limit)
    }
}

impl SessionQuery {
    /// All sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of this owner.
    pub fn with_owner(mut self, owner: Address) -> Self {
        self.owner = Some(owner);
        self
    }

    /// In this dApp.
    pub fn with_dapp(mut self, dapp: StructTag) -> Self {
        self.dapp = Some(dapp);
        self
    }

    /// Of this storage.
    pub fn with_storage(mut self, storage: Address) -> Self {
        self.storage = Some(storage);
        self
    }

    /// With this session key, now or before a renewal.
    pub fn with_key(mut self, wallet: Address) -> Self {
        self.key = Some(wallet);
        self
    }

    /// Registered, and valid at this moment of the chain's clock.
    pub fn with_live_at(mut self, now_ms: u64) -> Self {
        self.live_at_ms = Some(now_ms);
        self
    }

    /// Those that come after this session: the last one of the page before.
    pub fn after(mut self, storage: Address, generation: u64) -> Self {
        self.after = Some((storage, generation));
        self
    }

    /// At most so many; 100 if it does not say, 1,000 at the most.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn limit(&self) -> usize {
        bounded(self.limit)
    }
}

impl HistoryQuery {
    /// All of it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of this owner's storages.
    pub fn with_owner(mut self, owner: Address) -> Self {
        self.owner = Some(owner);
        self
    }

    /// In this dApp.
    pub fn with_dapp(mut self, dapp: StructTag) -> Self {
        self.dapp = Some(dapp);
        self
    }

    /// Of this storage.
    pub fn with_storage(mut self, storage: Address) -> Self {
        self.storage = Some(storage);
        self
    }

    /// About this session of the storage.
    pub fn with_generation(mut self, generation: u64) -> Self {
        self.generation = Some(generation);
        self
    }

    /// What comes after the entry with this number.
    pub fn after(mut self, number: u64) -> Self {
        self.after = number;
        self
    }

    /// At most so many; 100 if it does not say, 1,000 at the most.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn limit(&self) -> usize {
        bounded(self.limit)
    }
}
