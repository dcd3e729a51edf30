//! Package objects: how they are made of modules and how the virtual machine gets them.

use std::collections::BTreeMap;

use sui_sdk_types::{
    Address, Identifier, MovePackage, Object, ObjectData, TypeOrigin, UpgradeInfo,
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
    modules: Vec<(CompiledModule, Vec<u8>)>,
    dependencies: &[&MovePackage],
) -> Result<MovePackage, PackageError> {
    let linkage_table = linkage(id, &modules, dependencies)?;
    let mut type_origin_table = Vec::new();
    let mut by_name = BTreeMap::new();
    for (module, bytes) in modules {
        let module_name = module.name()?.clone();
        for name in module.datatype_names()? {
            type_origin_table.push(TypeOrigin {
                module_name: module_name.clone(),
                struct_name: name.clone(),
                package: id,
            });
        }
        if by_name.insert(module_name, bytes).is_some() {
            return Err(PackageError::DuplicateModule);
        }
    }
    Ok(MovePackage {
        id,
        version: 1,
        modules: by_name,
        type_origin_table,
        linkage_table,
    })
}

/// Which version of every package it reaches a new package uses.
fn linkage(
    id: Address,
    modules: &[(CompiledModule, Vec<u8>)],
    dependencies: &[&MovePackage],
) -> Result<BTreeMap<Address, UpgradeInfo>, PackageError> {
    let mut linkage = BTreeMap::new();
    for package in dependencies {
        let info = UpgradeInfo {
            upgraded_id: package.id,
            upgraded_version: package.version,
        };
        linkage.insert(original_id(package)?, info);
    }
    for package in dependencies {
        for (original, needed) in &package.linkage_table {
            match linkage.get(original) {
                None => return Err(PackageError::MissingDependency),
                Some(linked) if linked.upgraded_version < needed.upgraded_version => {
                    return Err(PackageError::DowngradedDependency);
                }
                Some(_) => {}
            }
        }
    }
    for (module, _) in modules {
        if module
            .dependencies()
            .iter()
            .any(|address| *address != id && !linkage.contains_key(address))
        {
            return Err(PackageError::MissingDependency);
        }
    }
    Ok(linkage)
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

/// A virtual machine with every package of the ledger.
pub(crate) fn load_all(store: &ObjectStore) -> Result<Vm, Rejection> {
    let vm = Vm::new(NativeTable::framework());
    for package in store
        .packages()
        .iter()
        .filter_map(|object| of_object(object))
    {
        source(package)
            .and_then(|source| vm.load_package(source))
            .map_err(|status| Rejection::Internal {
                reason: format!("package {} does not load again: {status}", package.id),
            })?;
    }
    Ok(vm)
}
