//! The objects as one transaction reads them, and which of them it read.

use std::cell::RefCell;
use std::sync::Arc;

use sui_sdk_types::{Address, Digest, Object, TypeTag};

use super::object_store::ObjectStore;

/// What a transaction read from the store: ids of objects, whether or not there is one, and owners of address balances.
///
/// As long as nothing of this changes, executing the transaction again gives the same result.
#[derive(Debug, Default)]
pub(crate) struct Reads(RefCell<Vec<Address>>);

impl Reads {
    /// Everything that was read, some of it more than once.
    pub(crate) fn into_keys(self) -> Vec<Address> {
        self.0.into_inner()
    }

    fn note(&self, key: &Address) {
        let mut keys = self.0.borrow_mut();
        if keys.last() != Some(key) {
            keys.push(*key);
        }
    }
}

/// A store whose reads are noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Objects<'a> {
    store: &'a ObjectStore,
    reads: &'a Reads,
}

impl<'a> Objects<'a> {
    pub(crate) fn new(store: &'a ObjectStore, reads: &'a Reads) -> Self {
        Self { store, reads }
    }

    /// The store itself, for what no executed transaction depends on.
    pub(crate) fn unnoted(&self) -> &'a ObjectStore {
        self.store
    }

    /// See [`ObjectStore::get`].
    pub(crate) fn get(&self, id: &Address) -> Option<&'a Arc<Object>> {
        self.reads.note(id);
        self.store.get(id)
    }

    /// The digest of an object that was read, or is an input of the transaction.
    pub(crate) fn digest(&self, object: &Arc<Object>) -> Digest {
        self.store.digest(object)
    }

    /// See [`ObjectStore::child`].
    pub(crate) fn child(&self, parent: &Address, child: &Address) -> Option<&'a Arc<Object>> {
        self.reads.note(child);
        self.store.child(parent, child)
    }

    /// See [`ObjectStore::newest_version`].
    pub(crate) fn newest_version(&self, id: &Address) -> Option<u64> {
        self.reads.note(id);
        self.store.newest_version(id)
    }

    /// See [`ObjectStore::balance`].
    pub(crate) fn balance(&self, owner: &Address, coin_type: &TypeTag) -> u64 {
        self.reads.note(owner);
        self.store.balance(owner, coin_type)
    }
}
