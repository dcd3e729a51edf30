//! What one transaction does to objects: ids, transfers, children, events.

use super::{ObjectStore, TxContext};

/// The object side of one transaction.
#[derive(Debug)]
pub struct ObjectRuntime<'a> {
    store: &'a dyn ObjectStore,
    context: TxContext,
}

impl<'a> ObjectRuntime<'a> {
    /// A runtime in which nothing has happened yet.
    #[must_use]
    pub fn new(store: &'a dyn ObjectStore, context: TxContext) -> Self {
        Self { store, context }
    }

    /// The ledger's objects.
    #[must_use]
    pub fn store(&self) -> &'a dyn ObjectStore {
        self.store
    }

    /// The transaction context.
    #[must_use]
    pub fn context(&self) -> &TxContext {
        &self.context
    }
}
