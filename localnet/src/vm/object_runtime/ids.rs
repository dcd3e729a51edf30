//! The ids a transaction creates and deletes.

use std::collections::BTreeSet;

use sui_sdk_types::Address;

use super::RuntimeConfig;
use crate::maps::HashSet;
use crate::vm::VmStatus;

/// Ids created and deleted so far.
///
/// An id is in at most one of `created` and `deleted`.
#[derive(Debug, Default)]
pub(super) struct Ids {
    created: BTreeSet<Address>,
    deleted: BTreeSet<Address>,
    /// Every id that was created, also those deleted since.
    generated: HashSet<Address>,
}

impl Ids {
    /// Records a created id.
    ///
    /// An id deleted earlier in the transaction comes back to life instead: it existed before, so it is not new.
    pub(super) fn create(&mut self, id: Address, config: &RuntimeConfig) -> Result<(), VmStatus> {
        if self.created.len() >= config.max_new_ids {
            return Err(VmStatus::MemoryLimitExceeded("new object ids"));
        }
        if !self.deleted.remove(&id) {
            self.created.insert(id);
            self.generated.insert(id);
        }
        Ok(())
    }

    /// Records a deleted id; one created by the same transaction never existed.
    pub(super) fn delete(&mut self, id: Address, config: &RuntimeConfig) -> Result<(), VmStatus> {
        if self.deleted.len() >= config.max_deleted_ids {
            return Err(VmStatus::MemoryLimitExceeded("deleted object ids"));
        }
        if !self.created.remove(&id) {
            self.deleted.insert(id);
        }
        Ok(())
    }

    pub(super) fn is_created(&self, id: &Address) -> bool {
        self.created.contains(id)
    }

    /// Whether the id came into being in this transaction, so that nothing in the store can belong to it.
    pub(super) fn is_generated(&self, id: &Address) -> bool {
        self.generated.contains(id)
    }

    pub(super) fn into_sets(self) -> (BTreeSet<Address>, BTreeSet<Address>) {
        (self.created, self.deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Address = Address::from_static("0xa");

    #[test]
    fn an_id_created_and_deleted_leaves_no_trace() {
        let (mut ids, config) = (Ids::default(), RuntimeConfig::default());
        ids.create(ID, &config).expect("within limits");
        ids.delete(ID, &config).expect("within limits");
        assert!(ids.is_generated(&ID));
        assert_eq!(ids.into_sets(), (BTreeSet::new(), BTreeSet::new()));
    }

    #[test]
    fn an_id_deleted_and_created_again_is_neither() {
        let (mut ids, config) = (Ids::default(), RuntimeConfig::default());
        ids.delete(ID, &config).expect("within limits");
        ids.create(ID, &config).expect("within limits");
        assert!(!ids.is_generated(&ID));
        assert_eq!(ids.into_sets(), (BTreeSet::new(), BTreeSet::new()));
    }

    #[test]
    fn both_limits_hold_exactly() {
        let config = RuntimeConfig {
            max_new_ids: 1,
            max_deleted_ids: 1,
            ..RuntimeConfig::default()
        };
        let mut ids = Ids::default();
        ids.create(Address::from_static("0x1"), &config)
            .expect("the first");
        assert!(matches!(
            ids.create(Address::TWO, &config),
            Err(VmStatus::MemoryLimitExceeded(_))
        ));
        ids.delete(Address::from_static("0x3"), &config)
            .expect("the first");
        assert!(matches!(
            ids.delete(Address::TWO, &config),
            Err(VmStatus::MemoryLimitExceeded(_))
        ));
    }
}
