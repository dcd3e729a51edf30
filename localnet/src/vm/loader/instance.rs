//! Functions with their type arguments, linked in the context of a package.

use super::super::{LinkError, NativeFunction, Type, VectorKind, VmStatus};
use super::function::{Function, FunctionInfo};
use super::module::LoadedModule;
use super::{Package, Vm};
use std::sync::{Arc, OnceLock, PoisonError};
use sui_sdk_types::{Address, Identifier};

/// Levels a value may have, as `max_move_value_depth` of the protocol.
const MAX_VALUE_DEPTH: u32 = 128;

/// What identifies an instance. The context matters because the package a transaction calls decides which versions of its
/// dependencies run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct InstanceKey {
    context: Address,
    module: u32,
    function: u16,
    type_arguments: Arc<[Type]>,
}

/// A function ready to run: nothing in it mentions a type parameter.
#[derive(Debug)]
pub(in crate::vm) struct Instance {
    pub(in crate::vm) info: Arc<FunctionInfo>,
    pub(in crate::vm) context: Arc<Package>,
    pub(in crate::vm) module: u32,
    pub(in crate::vm) function: u16,
    pub(in crate::vm) type_arguments: Arc<[Type]>,
    /// The implementation, if this is a native that the machine provides.
    pub(in crate::vm) native: Option<NativeFunction>,
    /// For each element type of the code, how its vectors are stored.
    pub(in crate::vm) vector_kinds: Box<[VectorKind]>,
    /// The instances the code calls, linked at the first call.
    callees: Box<[OnceLock<u32>]>,
}

impl Vm {
    /// The instance that a call from outside runs.
    pub(in crate::vm) fn entry_instance(
        &self,
        function: &Function,
        type_arguments: &[Type],
    ) -> Result<&Instance, VmStatus> {
        let key = InstanceKey {
            context: function.context().storage_id(),
            module: function.module_index(),
            function: function.definition_index(),
            type_arguments: type_arguments.into(),
        };
        let index = self.instance(key, function.context())?;
        self.instance_at(index)
    }

    /// The instance that number `callee` of `caller`'s code names.
    #[inline]
    pub(in crate::vm) fn callee<'a>(
        &'a self,
        caller: &Instance,
        callee: u16,
    ) -> Result<&'a Instance, VmStatus> {
        let Some(slot) = caller.callees.get(usize::from(callee)) else {
            return Err(VmStatus::InvariantViolation(
                "call of a function the code does not name",
            ));
        };
        let index = match slot.get() {
            Some(index) => *index,
            None => {
                let index = self.link(caller, callee)?;
                *slot.get_or_init(|| index)
            }
        };
        self.instance_at(index)
    }

    #[inline]
    fn instance_at(&self, index: u32) -> Result<&Instance, VmStatus> {
        match self.instances.get(index) {
            Some(instance) => Ok(instance),
            None => Err(VmStatus::InvariantViolation(
                "instance of another virtual machine",
            )),
        }
    }

    #[cold]
    fn link(&self, caller: &Instance, callee: u16) -> Result<u32, VmStatus> {
        let code = caller.info.code.as_ref();
        let callee = code
            .and_then(|code| code.callees.get(usize::from(callee)))
            .ok_or(VmStatus::InvariantViolation(
                "call of a function the code does not name",
            ))?;
        let context = &caller.context;
        // A package's linkage covers all it can reach. A caller that is reached through a package whose table leaves it out
        // (a hand-written one) still finds its own dependencies.
        let storage = match context.linked(callee.package) {
            Some(storage) => storage,
            None => self.own_linkage(caller, callee.package)?,
        };
        let package = self
            .package(storage)
            .ok_or(LinkError::PackageNotFound(storage))?;
        let module = package.module_index(&callee.module)?;
        let function = find(self.module(module)?, &callee.function)?;
        let type_arguments = callee
            .type_arguments
            .iter()
            .map(|ty| self.types.substitute(*ty, &caller.type_arguments))
            .collect::<Result<_, _>>()?;
        let key = InstanceKey {
            context: context.storage_id(),
            module,
            function,
            type_arguments,
        };
        self.instance(key, context)
    }

    fn own_linkage(&self, caller: &Instance, original: Address) -> Result<Address, VmStatus> {
        let own = self.package(self.module(caller.module)?.package);
        let linked = own.and_then(|package| package.linked(original));
        linked.ok_or_else(|| LinkError::NotLinked(original).into())
    }

    fn instance(&self, key: InstanceKey, context: &Arc<Package>) -> Result<u32, VmStatus> {
        let index = self
            .instance_index
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = index.get(&key) {
            return Ok(*index);
        }
        drop(index);
        let instance = self.make_instance(&key, context)?;
        let mut index = self
            .instance_index
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = index.get(&key) {
            return Ok(*index);
        }
        let number = self
            .instances
            .push(instance)
            .ok_or(VmStatus::MemoryLimitExceeded("function instances"))?;
        index.insert(key, number);
        Ok(number)
    }

    fn make_instance(
        &self,
        key: &InstanceKey,
        context: &Arc<Package>,
    ) -> Result<Instance, VmStatus> {
        let module = self.module(key.module)?;
        let info = module
            .functions
            .get(usize::from(key.function))
            .cloned()
            .ok_or(VmStatus::InvariantViolation(
                "function of another virtual machine",
            ))?;
        self.types
            .check_arguments(info.type_parameters.iter().copied(), &key.type_arguments)?;
        let mut vector_kinds = Vec::new();
        let mut callees = Vec::new();
        let mut native = None;
        if let Some(code) = &info.code {
            for element in &code.elements {
                let element = self.types.substitute(*element, &key.type_arguments)?;
                vector_kinds.push(self.types.vector_kind(element)?);
            }
            for made in &code.made {
                let made = self.types.substitute(*made, &key.type_arguments)?;
                self.types.check_value_depth(made, MAX_VALUE_DEPTH)?;
            }
            callees.resize_with(code.callees.len(), OnceLock::new);
        } else {
            native = self
                .natives
                .get(module.original_id, &module.name, &info.name);
        }
        Ok(Instance {
            info,
            context: context.clone(),
            module: key.module,
            function: key.function,
            type_arguments: key.type_arguments.clone(),
            native,
            vector_kinds: vector_kinds.into(),
            callees: callees.into(),
        })
    }
}

fn find(module: &LoadedModule, function: &Identifier) -> Result<u16, VmStatus> {
    module.function_names.get(function).copied().ok_or_else(|| {
        LinkError::FunctionNotFound {
            package: module.package,
            module: module.name.as_str().into(),
            function: function.as_str().into(),
        }
        .into()
    })
}
