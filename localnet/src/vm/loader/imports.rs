//! The functions a module names, its own and those of others.

use super::super::bytecode::{CompiledModule, Visibility};
use super::super::{LinkError, VmStatus};
use super::module::LoadedModule;
use super::resolve::{ModuleTypes, Resolver};
use std::collections::HashMap;
use sui_sdk_types::Identifier;

impl Resolver<'_> {
    /// Checks every function the module names: it exists, has the signature it is called with, and may be called.
    pub(super) fn check_imports(
        &self,
        module: &CompiledModule,
        resolved: &ModuleTypes,
        own: &HashMap<Identifier, &LoadedModule>,
    ) -> Result<(), VmStatus> {
        let caller = (self.source.original_id, module.name()?);
        for handle in module.function_handles() {
            let (address, module_name) = module.module_id(handle.module)?;
            let name = module.identifier(handle.name)?;
            let callee_module = if address == self.source.original_id {
                own.get(module_name)
                    .copied()
                    .ok_or_else(|| LinkError::ModuleNotFound {
                        package: address,
                        module: module_name.as_str().into(),
                    })?
            } else {
                self.imported_module(address, module_name)?
            };
            let callee = callee_module
                .function_names
                .get(name)
                .and_then(|index| callee_module.functions.get(usize::from(*index)))
                .filter(|callee| {
                    callee.type_parameters.len() == handle.type_parameters.len()
                        // The caller may promise more of its type arguments than the callee asks for.
                        && callee
                            .type_parameters
                            .iter()
                            .zip(&handle.type_parameters)
                            .all(|(asked, promised)| asked.is_subset_of(*promised))
                        && resolved.signature(handle.parameters).is_ok_and(|types| types == &*callee.parameters)
                        && resolved.signature(handle.returns).is_ok_and(|types| types == &*callee.returns)
                })
                .ok_or_else(|| LinkError::FunctionNotFound {
                    package: address,
                    module: module_name.as_str().into(),
                    function: name.as_str().into(),
                })?;
            let is_friend = || {
                callee_module
                    .friends
                    .iter()
                    .any(|(address, name)| (*address, name) == caller)
            };
            let may_call = module.is_self(handle.module)
                || match callee.visibility {
                    Visibility::Public => true,
                    Visibility::Friend => is_friend(),
                    Visibility::Private => false,
                };
            if !may_call {
                return Err(VmStatus::RejectedBytecode(
                    "call of a function that is not visible",
                ));
            }
        }
        Ok(())
    }
}
