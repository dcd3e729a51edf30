//! Packages: parsed, linked to what they depend on, and resolved to functions and types.

mod cost;
mod datatypes;
mod decode;
mod function;
mod imports;
mod instance;
mod instruction;
mod module;
mod package;
mod resolve;

pub(super) use self::cost::RunCost;
pub use self::function::Function;
pub(super) use self::instance::Instance;
pub(super) use self::instruction::{Code, Instr};
pub use self::package::{Package, PackageSource};

use self::instance::InstanceKey;
pub(super) use self::module::ConstantValue;
use self::module::LoadedModule;
use super::append_vec::AppendVec;
use super::heap::Heaps;
use super::{Heap, LinkError, NativeTable, Type, Types, VmStatus};
use crate::maps::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use sui_sdk_types::{Address, Identifier, TypeTag};

/// Far more types and functions than the packages of a test ledger have; some 30 megabytes of each.
const MANY: u32 = 100_000;

/// Everything that outlives a transaction: packages, types, linked code.
///
/// It is shared by all executions and only grows. Loading the same package twice returns the first one, so a package that a
/// simulation has loaded can be loaded again by the transaction itself; whether a package *exists* is for the ledger to say.
#[derive(Debug)]
pub struct Vm {
    pub(super) types: Types,
    natives: NativeTable,
    modules: AppendVec<LoadedModule>,
    instances: AppendVec<Instance>,
    instance_index: Mutex<HashMap<InstanceKey, u32>>,
    packages: RwLock<HashMap<Address, Arc<Package>>>,
    pub(super) heaps: Heaps,
    /// Held while a package is loaded, so that two threads do not load the same one.
    loading: Mutex<()>,
}

impl Vm {
    /// A machine without packages that provides these natives.
    #[must_use]
    pub fn new(natives: NativeTable) -> Self {
        Self {
            types: Types::default(),
            natives,
            modules: AppendVec::default(),
            instances: AppendVec::default(),
            instance_index: Mutex::default(),
            packages: RwLock::default(),
            heaps: Heaps::default(),
            loading: Mutex::default(),
        }
    }

    /// The table of types.
    #[must_use]
    pub fn types(&self) -> &Types {
        &self.types
    }

    /// Whether so many types or functions with type arguments are known that no more should be made for what nobody pays for.
    pub(crate) fn is_crowded(&self) -> bool {
        self.types.count() > MANY || self.instances.len() > MANY
    }

    /// How many packages are loaded.
    pub(crate) fn package_count(&self) -> usize {
        let packages = self.packages.read();
        packages.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes the memory of an execution that ended back, for the next one. What was not given back is simply freed.
    pub(crate) fn give_back(&self, heap: Heap) {
        self.heaps.give_back(heap);
    }

    /// The loaded package of this storage id.
    #[must_use]
    pub fn package(&self, storage_id: Address) -> Option<Arc<Package>> {
        self.packages
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&storage_id)
            .cloned()
    }

    /// Finds a function of any visibility. It runs in the linkage context of its package.
    ///
    /// # Errors
    /// [`LinkError::PackageNotFound`], [`LinkError::ModuleNotFound`], [`LinkError::FunctionNotFound`].
    pub fn resolve_function(
        &self,
        package: Address,
        module: &str,
        function: &str,
    ) -> Result<Function, VmStatus> {
        let context = self
            .package(package)
            .ok_or(LinkError::PackageNotFound(package))?;
        let module_index = context.module_index(module)?;
        let loaded = self.module(module_index)?;
        let not_found = || LinkError::FunctionNotFound {
            package,
            module: module.into(),
            function: function.into(),
        };
        let index = Identifier::new(function)
            .ok()
            .and_then(|name| loaded.function_names.get(&name).copied())
            .ok_or_else(not_found)?;
        let info = loaded
            .functions
            .get(usize::from(index))
            .cloned()
            .ok_or_else(not_found)?;
        Ok(Function::new(context, module_index, index, info))
    }

    /// The type a tag names.
    ///
    /// # Errors
    /// See [`Types::resolve`].
    pub fn resolve_type(&self, tag: &TypeTag) -> Result<Type, VmStatus> {
        self.types.resolve(tag)
    }

    pub(super) fn module(&self, index: u32) -> Result<&LoadedModule, VmStatus> {
        match self.modules.get(index) {
            Some(module) => Ok(module),
            None => Err(VmStatus::InvariantViolation(
                "module of another virtual machine",
            )),
        }
    }
}
