//! Package objects: how they are made of modules and how the virtual machine gets them.

use std::collections::{BTreeMap, BTreeSet};

use sui_sdk_types::{
    Address, Digest, Identifier, MovePackage, Object, ObjectData, TypeOrigin, UpgradeInfo,
    hash::Hasher,
};

use crate::vm::{CompiledModule, NativeTable, PackageSource, Vm, VmStatus};

use super::object_store::ObjectStore;
use super::rejection::Rejection;

/// Why a package cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PackageError {
    /// The bytecode is not what it should be.
    Module(VmStatus),
    /// Two modules have the same name.
    DuplicateModule,
    /// A package that is needed is not among the dependencies.
    MissingDependency,
    /// A dependency is of an older version than another dependency needs.
    DowngradedDependency,
    /// Two dependencies are versions of one package.
    ConflictingDependencies,
}

impl From<VmStatus> for PackageError {
    fn from(status: VmStatus) -> Self {
        Self::Module(status)
    }
}

/// Make the first version of a package.
///
/// `modules` carry `id` as their own address already; `dependencies` are the package objects it names.
pub(crate) fn build(
    id: Address,
    modules: &[(CompiledModule, Vec<u8>)],
    dependencies: &[&MovePackage],
) -> Result<MovePackage, PackageError> {
    let version = Version {
        id,
        original_id: id,
        number: 1,
        origins: &[],
    };
    version.package(modules, dependencies)
}

/// Make the next version of a package, with an id of its own.
///
/// `modules` carry the id of the first version as their own address already. A type that `previous` has keeps the id of
/// the version that introduced it.
pub(crate) fn build_upgrade(
    id: Address,
    previous: &MovePackage,
    modules: &[(CompiledModule, Vec<u8>)],
    dependencies: &[&MovePackage],
) -> Result<MovePackage, PackageError> {
    let version = Version {
        id,
        original_id: original_id(previous)?,
        number: previous.version.saturating_add(1),
        origins: &previous.type_origin_table,
    };
    version.package(modules, dependencies)
}

/// What is known of a version before its modules are.
struct Version<'a> {
    id: Address,
    original_id: Address,
    number: u64,
    /// The types of the version before.
    origins: &'a [TypeOrigin],
}

impl Version<'_> {
    fn package(
        self,
        modules: &[(CompiledModule, Vec<u8>)],
        dependencies: &[&MovePackage],
    ) -> Result<MovePackage, PackageError> {
        let linkage_table = self.linkage(modules, dependencies)?;
        let origins: BTreeMap<_, _> = self
            .origins
            .iter()
            .map(|origin| ((&origin.module_name, &origin.struct_name), origin.package))
            .collect();
        let mut type_origin_table = Vec::new();
        let mut by_name = BTreeMap::new();
        for (module, bytes) in modules {
            let module_name = module.name()?.clone();
            for name in module.datatype_names()? {
                let origin = origins.get(&(&module_name, name));
                type_origin_table.push(TypeOrigin {
                    module_name: module_name.clone(),
                    struct_name: name.clone(),
                    package: origin.copied().unwrap_or(self.id),
                });
            }
            if by_name.insert(module_name.clone(), bytes.clone()).is_some() {
                return Err(PackageError::DuplicateModule);
            }
        }
        Ok(MovePackage {
            id: self.id,
            version: self.number,
            modules: by_name,
            type_origin_table,
            linkage_table,
        })
    }

    /// Which version of every package it reaches the package uses: the dependencies, which must cover what its modules name
    /// and be no older than what those packages were linked against.
    fn linkage(
        &self,
        modules: &[(CompiledModule, Vec<u8>)],
        dependencies: &[&MovePackage],
    ) -> Result<BTreeMap<Address, UpgradeInfo>, PackageError> {
        let direct: BTreeSet<Address> = modules
            .iter()
            .flat_map(|(module, _)| module.dependencies())
            .filter(|address| *address != self.original_id)
            .collect();
        let mut linkage = BTreeMap::new();
        let mut needed = Vec::new();
        for package in dependencies {
            let original = original_id(package)?;
            let info = UpgradeInfo {
                upgraded_id: package.id,
                upgraded_version: package.version,
            };
            if linkage
                .insert(original, info)
                .is_some_and(|other: UpgradeInfo| other.upgraded_id != package.id)
            {
                return Err(PackageError::ConflictingDependencies);
            }
            if direct.contains(&original) {
                needed.extend(&package.linkage_table);
            }
        }
        if !direct.iter().all(|address| linkage.contains_key(address)) {
            return Err(PackageError::MissingDependency);
        }
        for (original, needed) in needed {
            match linkage.get(original) {
                None => return Err(PackageError::MissingDependency),
                Some(linked) if linked.upgraded_version < needed.upgraded_version => {
                    return Err(PackageError::DowngradedDependency);
                }
                Some(_) => {}
            }
        }
        Ok(linkage)
    }
}

/// The digest that a ticket to upgrade to these modules and dependencies carries: the hash of the sorted hashes of the
/// modules, as compiled, and ids of the dependencies.
pub(crate) fn digest(modules: &[Vec<u8>], dependencies: &[Address]) -> Digest {
    let mut parts: Vec<[u8; Digest::LENGTH]> = modules
        .iter()
        .map(|module| Hasher::digest(module).into_inner())
        .chain(dependencies.iter().map(|id| id.into_inner()))
        .collect();
    parts.sort_unstable();
    let mut hasher = Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

/// The id of a package's first version, which its bytecode carries.
pub(crate) fn original_id(package: &MovePackage) -> Result<Address, VmStatus> {
    let module = package
        .modules
        .values()
        .next()
        .ok_or(VmStatus::RejectedBytecode("a package without modules"))?;
    CompiledModule::parse(module)?.self_address()
}

/// A package in the form the virtual machine loads.
pub(crate) fn source(package: &MovePackage) -> Result<PackageSource, VmStatus> {
    let origin = |origin: &TypeOrigin| {
        let name: (Identifier, Identifier) =
            (origin.module_name.clone(), origin.struct_name.clone());
        (name, origin.package)
    };
    Ok(PackageSource {
        storage_id: package.id,
        original_id: original_id(package)?,
        version: package.version,
        modules: package.modules.clone(),
        linkage: package
            .linkage_table
            .iter()
            .map(|(original, info)| (*original, (info.upgraded_id, info.upgraded_version)))
            .collect(),
        type_origins: package.type_origin_table.iter().map(origin).collect(),
    })
}

/// The package in an object, if it holds one.
pub(crate) fn of_object(object: &Object) -> Option<&MovePackage> {
    match object.data() {
        ObjectData::Package(package) => Some(package),
        ObjectData::Struct(_) => None,
    }
}

/// A machine without packages.
pub(crate) fn machine() -> Vm {
    Vm::new(NativeTable::framework())
}

/// Load every package of a store that a machine does not have yet.
pub(crate) fn load_all(vm: &Vm, store: &ObjectStore) -> Result<(), Rejection> {
    for package in store
        .packages()
        .iter()
        .filter_map(|object| of_object(object))
        .filter(|package| vm.package(package.id).is_none())
    {
        source(package)
            .and_then(|source| vm.load_package(source))
            .map_err(|status| Rejection::Internal {
                reason: format!("package {} does not load again: {status}", package.id),
            })?;
    }
    Ok(())
}
