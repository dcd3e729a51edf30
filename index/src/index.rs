//! An index: what it is asked and what it takes in.

use std::sync::{Arc, Mutex, MutexGuard};

use sui_sdk_types::{Address, StructTag};
use tokio::sync::watch;
use valet_client::Status;

use crate::{
    Changes, Checkpoint, Cursor, DappRecord, HistoryEntry, HistoryQuery, IndexError, IndexStore,
    Scope, SessionQuery, SessionRecord, StorageQuery, StorageRecord, StoreError, apply::Writer,
};

/// The most events of one batch, except that a checkpoint is never cut: what a batch needs in memory stays small.
const BATCH_EVENTS: usize = 2_000;
/// How often a batch is made anew because another program was faster.
const ATTEMPTS: u32 = 5;
/// Entries of a purse read at once.
const PURSE_PAGE: usize = 100;

/// An index of some dApps, in a store. Cheap to clone; clones share the store.
///
/// Questions are answered from the store at once, with what has been taken in so far. What is live is a matter of time, and
/// the chain's clock is the one that counts: [`cursor`](Self::cursor) tells the time up to which the index knows.
#[derive(Clone, Debug)]
pub struct Index {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    scope: Scope,
    store: Mutex<Box<dyn IndexStore>>,
    progress: watch::Sender<Cursor>,
}

impl Index {
    /// Opens an index, which is begun if the store is empty.
    ///
    /// # Errors
    /// [`IndexError::ForeignDatabase`] when the store is of another network, [`IndexError::OtherScope`] when it was begun for
    /// something else, [`IndexError::Store`] when it cannot be used.
    pub fn open(store: impl IndexStore + 'static, scope: Scope) -> Result<Self, IndexError> {
        let mut store: Box<dyn IndexStore> = Box::new(store);
        match store.scope()? {
            Some(stored) => scope.expect(&stored)?,
            None => store.begin(&scope)?,
        }
        Self::with(store, scope)
    }

    /// Opens an index that was begun before, to ask it or to go on.
    ///
    /// # Errors
    /// [`IndexError::Empty`] when the store is empty, [`IndexError::Store`] when it cannot be used.
    pub fn reopen(store: impl IndexStore + 'static) -> Result<Self, IndexError> {
        let scope = store.scope()?.ok_or(IndexError::Empty)?;
        Self::with(Box::new(store), scope)
    }

    fn with(store: Box<dyn IndexStore>, scope: Scope) -> Result<Self, IndexError> {
        let (progress, _) = watch::channel(store.cursor()?);
        let store = Mutex::new(store);
        Ok(Self {
            inner: Arc::new(Inner {
                scope,
                store,
                progress,
            }),
        })
    }

    /// What it is of.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.inner.scope
    }

    /// How far it is.
    ///
    /// # Errors
    /// [`IndexError::Store`].
    pub fn cursor(&self) -> Result<Cursor, IndexError> {
        Ok(self.store()?.cursor()?)
    }

    /// How far it is, whenever that changes: also when moves of a game change counters and add nothing to the history.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Cursor> {
        self.inner.progress.subscribe()
    }

    /// The history that comes after the entry with this number, and then what happens, as it happens. 0 begins at the
    /// beginning, [`Cursor::entries`] with what is to come. Nothing is lost however slowly it is read: it comes from the store.
    #[must_use]
    pub fn watch(&self, after: u64) -> Changes {
        Changes::new(self.clone(), after)
    }

    /// Storages.
    ///
    /// # Errors
    /// [`IndexError::UnknownDapp`] when the index was begun without the dApp that is asked for; [`IndexError::Store`].
    pub fn storages(&self, query: &StorageQuery) -> Result<Vec<StorageRecord>, IndexError> {
        self.expect_dapp(query.dapp.as_ref())?;
        Ok(self.store()?.storages(query)?)
    }

    /// Sessions, over ones included.
    ///
    /// # Errors
    /// As [`storages`](Self::storages).
    pub fn sessions(&self, query: &SessionQuery) -> Result<Vec<SessionRecord>, IndexError> {
        self.expect_dapp(query.dapp.as_ref())?;
        Ok(self.store()?.sessions(query)?)
    }

    /// What happened.
    ///
    /// # Errors
    /// As [`storages`](Self::storages).
    pub fn history(&self, query: &HistoryQuery) -> Result<Vec<HistoryEntry>, IndexError> {
        self.expect_dapp(query.dapp.as_ref())?;
        Ok(self.store()?.history(query)?)
    }

    /// A dApp with its totals; none before its first event.
    ///
    /// # Errors
    /// As [`storages`](Self::storages).
    pub fn dapp(&self, dapp: &StructTag) -> Result<Option<DappRecord>, IndexError> {
        self.expect_dapp(Some(dapp))?;
        Ok(self.store()?.dapp(dapp)?)
    }

    /// An account as `Account::status` of the client has it, without asking a node; none when there is none.
    ///
    /// # Errors
    /// [`IndexError::Store`].
    pub fn status(&self, storage: Address) -> Result<Option<Status>, IndexError> {
        let store = self.store()?;
        let Some(record) = store.storage(storage)? else {
            return Ok(None);
        };
        let session = match record.session {
            Some(generation) => store.session(storage, generation)?,
            None => None,
        };
        Ok(Some(record.status(session.as_ref())))
    }

    /// What a storage's purse holds: every coin's type and amount.
    ///
    /// # Errors
    /// [`IndexError::Store`].
    pub fn purse(&self, storage: Address) -> Result<Vec<(String, u64)>, IndexError> {
        let store = self.store()?;
        let mut purses: Vec<(String, u64)> = Vec::new();
        loop {
            let after = purses.last().map(|(coin_type, _)| coin_type.as_str());
            let page = store.purses(storage, after, PURSE_PAGE)?;
            if page.is_empty() {
                return Ok(purses);
            }
            purses.extend(page);
        }
    }

    /// Takes in checkpoints, in order, in as few batches as memory allows. Those that were taken in before are passed over;
    /// returns how many were new. For whoever has another source than a node; [`follow`](Self::follow) calls it.
    ///
    /// # Errors
    /// [`IndexError::Gap`] when one is missing; those before the gap have been taken in. [`IndexError::Forked`],
    /// [`IndexError::BegunTooLate`] or [`IndexError::Misfit`] when one cannot be right: nothing of its batch was taken in.
    /// [`IndexError::Store`].
    pub fn ingest(&self, checkpoints: &[Checkpoint]) -> Result<u64, IndexError> {
        let mut store = self.store()?;
        let mut taken = 0_u64;
        let mut rest = checkpoints;
        let mut failed = 0;
        'batches: while !rest.is_empty() {
            let mut writer = Writer::new(&self.inner.scope, &**store)?;
            let mut gap = None;
            let mut count = 0_u64;
            let mut seen = 0;
            for checkpoint in rest {
                match writer.checkpoint(checkpoint) {
                    Ok(is_new) => count = count.saturating_add(u64::from(is_new)),
                    Err(error @ IndexError::Gap { .. }) => {
                        gap = Some(error);
                        break;
                    }
                    Err(error) => {
                        // What was read belongs together only if no other program has written meanwhile.
                        if store.cursor()? == *writer.begun() || failed == ATTEMPTS {
                            return Err(error);
                        }
                        failed += 1;
                        continue 'batches;
                    }
                }
                seen += 1;
                if writer.events() >= BATCH_EVENTS {
                    break;
                }
            }
            let batch = writer.finish();
            if count > 0 {
                match store.commit(&batch) {
                    Ok(()) => {}
                    Err(StoreError::Moved) if failed < ATTEMPTS => {
                        failed += 1;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                }
                taken = taken.saturating_add(count);
                self.inner.progress.send_replace(batch.to);
            }
            if let Some(gap) = gap {
                return Err(gap);
            }
            rest = rest.get(seen..).unwrap_or_default();
        }
        Ok(taken)
    }

    pub(crate) fn store(&self) -> Result<MutexGuard<'_, Box<dyn IndexStore>>, StoreError> {
        self.inner.store.lock().map_err(|_| StoreError::Poisoned)
    }

    fn expect_dapp(&self, dapp: Option<&StructTag>) -> Result<(), IndexError> {
        match dapp {
            Some(dapp) if self.inner.scope.deployment(dapp).is_none() => {
                Err(IndexError::UnknownDapp {
                    dapp: dapp.to_string(),
                })
            }
            _ => Ok(()),
        }
    }
}
