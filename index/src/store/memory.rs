//! An index in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use sui_sdk_types::{Address, StructTag};

use super::{Batch, IndexStore};
use crate::{
    Cursor, DappRecord, HistoryEntry, HistoryQuery, Scope, SessionQuery, SessionRecord,
    StorageQuery, StorageRecord, StoreError,
};

/// An index in memory: for tests, and for programs that read the whole chain at every start.
#[derive(Debug, Default)]
pub struct MemoryStore {
    begun: Option<(Scope, Cursor)>,
    dapps: BTreeMap<StructTag, DappRecord>,
    storages: BTreeMap<Address, StorageRecord>,
    sessions: BTreeMap<(Address, u64), SessionRecord>,
    keys: BTreeSet<(Address, Address, u64)>,
    purses: BTreeMap<(Address, String), u64>,
    history: Vec<HistoryEntry>,
}

impl MemoryStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl IndexStore for MemoryStore {
    fn scope(&self) -> Result<Option<Scope>, StoreError> {
        Ok(self.begun.as_ref().map(|(scope, _)| scope.clone()))
    }

    fn begin(&mut self, scope: &Scope) -> Result<(), StoreError> {
        if self.begun.is_some() {
            return Err(StoreError::Moved);
        }
        self.begun = Some((scope.clone(), Cursor::at(scope.first_checkpoint())));
        Ok(())
    }

    fn cursor(&self) -> Result<Cursor, StoreError> {
        let begun = self.begun.as_ref().ok_or(StoreError::Moved)?;
        Ok(begun.1.clone())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let Some((_, cursor)) = self.begun.as_mut().filter(|(_, at)| *at == batch.from) else {
            return Err(StoreError::Moved);
        };
        *cursor = batch.to.clone();
        self.dapps.extend(batch.dapps.clone());
        self.storages.extend(batch.storages.clone());
        self.sessions.extend(batch.sessions.clone());
        self.keys.extend(&batch.keys);
        for (purse, amount) in &batch.purses {
            if *amount == 0 {
                self.purses.remove(purse);
            } else {
                self.purses.insert(purse.clone(), *amount);
            }
        }
        self.history.extend_from_slice(&batch.history);
        Ok(())
    }

    fn dapp(&self, dapp: &StructTag) -> Result<Option<DappRecord>, StoreError> {
        Ok(self.dapps.get(dapp).cloned())
    }

    fn storage(&self, storage: Address) -> Result<Option<StorageRecord>, StoreError> {
        Ok(self.storages.get(&storage).cloned())
    }

    fn session(
        &self,
        storage: Address,
        generation: u64,
    ) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.sessions.get(&(storage, generation)).cloned())
    }

    fn purse(&self, storage: Address, coin_type: &str) -> Result<u64, StoreError> {
        let key = (storage, coin_type.to_owned());
        Ok(self.purses.get(&key).copied().unwrap_or(0))
    }

    fn purses(
        &self,
        storage: Address,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        // No type's text is empty.
        let after = (storage, after.unwrap_or_default().to_owned());
        let purses = self
            .purses
            .range((Bound::Excluded(after), Bound::Unbounded));
        Ok(purses
            .take_while(|((of, _), _)| *of == storage)
            .take(limit)
            .map(|((_, coin_type), amount)| (coin_type.clone(), *amount))
            .collect())
    }

    fn storages(&self, query: &StorageQuery) -> Result<Vec<StorageRecord>, StoreError> {
        let from = query.after.map_or(Bound::Unbounded, Bound::Excluded);
        let storages = self.storages.range((from, Bound::Unbounded));
        Ok(storages
            .map(|(_, storage)| storage)
            .filter(|storage| query.owner.is_none_or(|owner| owner == storage.owner))
            .filter(|storage| query.dapp.as_ref().is_none_or(|dapp| *dapp == storage.dapp))
            .take(query.limit())
            .cloned()
            .collect())
    }

    fn sessions(&self, query: &SessionQuery) -> Result<Vec<SessionRecord>, StoreError> {
        let from = query.after.map_or(Bound::Unbounded, Bound::Excluded);
        let has_key = |session: &SessionRecord| {
            query.key.is_none_or(|key| {
                let entry = (key, session.storage, session.generation);
                self.keys.contains(&entry)
            })
        };
        let sessions = self.sessions.range((from, Bound::Unbounded));
        Ok(sessions
            .map(|(_, session)| session)
            .filter(|session| query.selects(session) && has_key(session))
            .take(query.limit())
            .cloned()
            .collect())
    }

    fn history(&self, query: &HistoryQuery) -> Result<Vec<HistoryEntry>, StoreError> {
        let is_asked_for = |entry: &&HistoryEntry| {
            entry.number > query.after
                && query.owner.is_none_or(|owner| owner == entry.owner)
                && query.dapp.as_ref().is_none_or(|dapp| *dapp == entry.dapp)
                && query.storage.is_none_or(|storage| storage == entry.storage)
                && query
                    .generation
                    .is_none_or(|generation| entry.generation == Some(generation))
        };
        let skipped = usize::try_from(query.after).unwrap_or(usize::MAX);
        Ok(self
            .history
            .iter()
            .skip(skipped)
            .filter(is_asked_for)
            .take(query.limit())
            .cloned()
            .collect())
    }
}
