//! A package as given and as loaded.

use super::super::bytecode::CompiledModule;
use super::super::{LinkError, VmStatus};
use super::resolve::Resolver;
use super::{LoadedModule, Vm};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use sui_sdk_types::{Address, Identifier};

/// What a package object holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageSource {
    /// Id of this version's object.
    pub storage_id: Address,
    /// Id of the first version; the address in its modules.
    pub original_id: Address,
    /// Version, from 1.
    pub version: u64,
    /// Modules by name.
    pub modules: BTreeMap<Identifier, Vec<u8>>,
    /// For each transitive dependency, original id to storage id and version.
    pub linkage: BTreeMap<Address, (Address, u64)>,
    /// Id of the version that introduced a type, by module and type name. A type that is not here is introduced by this one.
    pub type_origins: BTreeMap<(Identifier, Identifier), Address>,
}

/// A loaded package.
#[derive(Debug)]
pub struct Package {
    source: PackageSource,
    modules: BTreeMap<Identifier, u32>,
}

impl Package {
    /// Id of this version.
    #[must_use]
    pub fn storage_id(&self) -> Address {
        self.source.storage_id
    }

    /// Id of the first version.
    #[must_use]
    pub fn original_id(&self) -> Address {
        self.source.original_id
    }

    /// What it was loaded from.
    #[must_use]
    pub fn source(&self) -> &PackageSource {
        &self.source
    }

    /// The version to use for the package first published as `original`.
    pub(super) fn linked(&self, original: Address) -> Option<Address> {
        if original == self.source.original_id {
            return Some(self.source.storage_id);
        }
        self.source
            .linkage
            .get(&original)
            .map(|(storage, _)| *storage)
    }

    pub(super) fn module_index(&self, module: &str) -> Result<u32, LinkError> {
        let name = Identifier::new(module).ok();
        name.and_then(|name| self.modules.get(&name).copied())
            .ok_or_else(|| LinkError::ModuleNotFound {
                package: self.source.storage_id,
                module: module.into(),
            })
    }
}

impl Vm {
    /// Loads a package: parses its modules, resolves every type and function they name, and makes it callable. Its
    /// dependencies must be loaded already. What its functions do is not looked at: that is for [`verify`](crate::vm::verify), and
    /// code that would not pass it may end in an invariant violation, or make values it should not.
    ///
    /// # Errors
    /// [`VmStatus::MalformedBytecode`], [`VmStatus::RejectedBytecode`], [`VmStatus::Linker`]; nothing is loaded then.
    pub fn load_package(&self, source: PackageSource) -> Result<Arc<Package>, VmStatus> {
        let _guard = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = self.package(source.storage_id) {
            if loaded.source == source {
                return Ok(loaded);
            }
            return Err(LinkError::PackageConflict(source.storage_id).into());
        }
        let mut compiled = Vec::new();
        for (name, bytes) in &source.modules {
            let module = CompiledModule::parse(bytes)?;
            if module.name()? != name {
                return Err(VmStatus::RejectedBytecode(
                    "module stored under another name",
                ));
            }
            if module.self_address()? != source.original_id {
                return Err(VmStatus::RejectedBytecode("module of another package"));
            }
            compiled.push(module);
        }
        let mut dependencies = BTreeMap::new();
        for (original, (storage, _)) in &source.linkage {
            let package = self
                .package(*storage)
                .ok_or(LinkError::PackageNotFound(*storage))?;
            dependencies.insert(*original, package);
        }
        let resolved = Resolver::new(self, &source, &dependencies).resolve(&compiled)?;
        let mut modules = BTreeMap::new();
        let mut datatypes = Vec::new();
        for module in resolved {
            datatypes.extend(module.datatypes.values().copied());
            modules.insert(module.name.clone(), self.add_module(module)?);
        }
        self.types.publish_datatypes(source.storage_id, datatypes);
        let package = Arc::new(Package { source, modules });
        let mut packages = self
            .packages
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        packages.insert(package.storage_id(), package.clone());
        Ok(package)
    }

    fn add_module(&self, module: LoadedModule) -> Result<u32, VmStatus> {
        self.modules
            .push(module)
            .ok_or(VmStatus::MemoryLimitExceeded("modules"))
    }
}
