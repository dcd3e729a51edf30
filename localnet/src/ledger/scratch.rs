//! A virtual machine for what nobody pays for: simulations that would leave something behind in the ledger's own.

use std::sync::{Arc, Mutex, PoisonError};

use super::object_store::ObjectStore;
use super::packages;
use super::rejection::Rejection;
use crate::vm::Vm;

/// Packages of simulations that are kept, before all are forgotten.
const PACKAGES: usize = 64;

/// A machine with all packages of the ledger, and with those that were only simulated. It is kept, because loading the framework
/// takes longer than most simulations, and made anew once it has taken up too much.
///
/// What it has loaded too much of is in nobody's way: a transaction reaches no package that is not an object of the ledger, and
/// the id of a package follows from the transaction that makes it, so that no two are called the same.
#[derive(Debug, Default)]
pub(crate) struct Scratch(Mutex<Option<Arc<Vm>>>);

impl Scratch {
    /// A machine that has all packages of this store.
    pub(crate) fn vm(&self, store: &ObjectStore) -> Result<Arc<Vm>, Rejection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = store.packages().len() + PACKAGES;
        let vm = match kept.take() {
            Some(vm) if vm.package_count() <= most && !vm.is_crowded() => vm,
            _ => Arc::new(packages::machine()),
        };
        packages::load_all(&vm, store)?;
        Ok(Arc::clone(kept.insert(vm)))
    }
}
