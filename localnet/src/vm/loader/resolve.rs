//! Resolution of the types and functions that a package's modules name.

use super::super::bytecode::{CompiledModule, DatatypeHandle, Token};
use super::super::types::Mutability;
use super::super::{DatatypeId, LinkError, Type, Types, VmStatus};
use super::datatypes::check_handle;
use super::decode::Decoder;
use super::function::FunctionInfo;
use super::module::{ConstantValue, LoadedModule};
use super::{Package, PackageSource, Vm};
use crate::maps;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use sui_sdk_types::{Address, Identifier};

/// Resolves the modules of one package.
pub(super) struct Resolver<'a> {
    pub(super) vm: &'a Vm,
    pub(super) source: &'a PackageSource,
    /// Dependencies by original id.
    dependencies: &'a BTreeMap<Address, Arc<Package>>,
    /// The package's own datatypes.
    pub(super) own: HashMap<(Identifier, Identifier), DatatypeId>,
}

/// A module's handles and signatures in terms of the machine's types.
#[derive(Debug)]
pub(super) struct ModuleTypes {
    datatypes: Vec<DatatypeId>,
    signatures: Vec<Box<[Type]>>,
}

impl ModuleTypes {
    pub(super) fn datatype(&self, handle: u16) -> Result<DatatypeId, VmStatus> {
        self.datatypes
            .get(usize::from(handle))
            .copied()
            .ok_or(VmStatus::RejectedBytecode("index out of bounds"))
    }

    pub(super) fn signature(&self, index: u16) -> Result<&[Type], VmStatus> {
        let signature = self.signatures.get(usize::from(index));
        signature
            .map(|types| &**types)
            .ok_or(VmStatus::RejectedBytecode("index out of bounds"))
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        vm: &'a Vm,
        source: &'a PackageSource,
        dependencies: &'a BTreeMap<Address, Arc<Package>>,
    ) -> Self {
        Self {
            vm,
            source,
            dependencies,
            own: HashMap::new(),
        }
    }

    pub(super) fn resolve(
        mut self,
        modules: &[CompiledModule],
    ) -> Result<Vec<LoadedModule>, VmStatus> {
        for module in modules {
            self.declare(module)?;
        }
        let mut types = Vec::new();
        for module in modules {
            types.push(self.module_types(module)?);
        }
        for (module, types) in modules.iter().zip(&types) {
            self.define(module, types)?;
        }
        self.check_acyclic()?;
        for (module, types) in modules.iter().zip(&types) {
            self.check_field_abilities(module, types)?;
        }
        let mut loaded = Vec::new();
        for (module, types) in modules.iter().zip(&types) {
            loaded.push(self.load(module, types)?);
        }
        let by_name: HashMap<_, _> = loaded
            .iter()
            .map(|module| (module.name.clone(), module))
            .collect();
        for (module, types) in modules.iter().zip(&types) {
            self.check_imports(module, types, &by_name)?;
        }
        Ok(loaded)
    }

    pub(super) fn types(&self) -> &'a Types {
        &self.vm.types
    }

    fn module_types(&self, module: &CompiledModule) -> Result<ModuleTypes, VmStatus> {
        let mut datatypes = Vec::new();
        for handle in module.datatype_handles() {
            datatypes.push(self.find_datatype(module, handle)?);
        }
        let mut resolved = ModuleTypes {
            datatypes,
            signatures: Vec::new(),
        };
        for signature in module.signatures() {
            let types = signature
                .iter()
                .map(|token| self.ty(&resolved, token))
                .collect::<Result<_, _>>()?;
            resolved.signatures.push(types);
        }
        Ok(resolved)
    }

    fn find_datatype(
        &self,
        module: &CompiledModule,
        handle: &DatatypeHandle,
    ) -> Result<DatatypeId, VmStatus> {
        let (address, module_name) = module.module_id(handle.module)?;
        let name = module.identifier(handle.name)?;
        let found = if address == self.source.original_id {
            self.own.get(&(module_name.clone(), name.clone())).copied()
        } else {
            self.imported_module(address, module_name)?
                .datatypes
                .get(name)
                .copied()
        };
        let id = found.ok_or_else(|| LinkError::TypeNotFound {
            package: address,
            module: module_name.as_str().into(),
            name: name.as_str().into(),
        })?;
        check_handle(handle, self.types().datatype_info(id)?)?;
        Ok(id)
    }

    pub(super) fn imported_module(
        &self,
        address: Address,
        name: &Identifier,
    ) -> Result<&'a LoadedModule, VmStatus> {
        let package = self
            .dependencies
            .get(&address)
            .ok_or(LinkError::NotLinked(address))?;
        self.vm.module(package.module_index(name)?)
    }

    pub(super) fn ty(&self, resolved: &ModuleTypes, token: &Token) -> Result<Type, VmStatus> {
        let types = self.types();
        Ok(match token {
            Token::Bool => Type::BOOL,
            Token::U8 => Type::U8,
            Token::U16 => Type::U16,
            Token::U32 => Type::U32,
            Token::U64 => Type::U64,
            Token::U128 => Type::U128,
            Token::U256 => Type::U256,
            Token::Address => Type::ADDRESS,
            Token::Signer => Type::SIGNER,
            Token::Vector(element) => types.vector(self.ty(resolved, element)?)?,
            Token::Reference(referent) => {
                types.reference(self.ty(resolved, referent)?, Mutability::Shared)?
            }
            Token::MutReference(referent) => {
                types.reference(self.ty(resolved, referent)?, Mutability::Mutable)?
            }
            Token::Parameter(index) => types.parameter(*index)?,
            Token::Datatype(handle, arguments) => {
                let arguments = arguments
                    .iter()
                    .map(|token| self.ty(resolved, token))
                    .collect::<Result<Vec<_>, _>>()?;
                types.datatype(resolved.datatype(*handle)?, &arguments)?
            }
        })
    }

    fn load(
        &self,
        module: &CompiledModule,
        resolved: &ModuleTypes,
    ) -> Result<LoadedModule, VmStatus> {
        let name = module.name()?;
        let types = self.types();
        let mut functions = Vec::new();
        let mut function_names = maps::HashMap::default();
        for definition in module.functions() {
            let handle = module.function_handle(definition.handle)?;
            let parameters = resolved.signature(handle.parameters)?;
            let returns = resolved.signature(handle.returns)?;
            for ty in parameters.iter().chain(returns) {
                if usize::from(types.parameter_count(*ty)?) > handle.type_parameters.len() {
                    return Err(VmStatus::RejectedBytecode("type parameter out of range"));
                }
            }
            let function_name = module.identifier(handle.name)?.clone();
            let code = match &definition.code {
                Some(code) => {
                    let decoder =
                        Decoder::new(types, module, resolved, handle.type_parameters.len());
                    Some(decoder.decode(code, parameters)?)
                }
                None => {
                    self.check_native(name, &function_name, returns)?;
                    None
                }
            };
            let index = u16::try_from(functions.len())
                .map_err(|_| VmStatus::RejectedBytecode("more than 65,535 elements"))?;
            function_names.insert(function_name.clone(), index);
            functions.push(Arc::new(FunctionInfo {
                module: name.clone(),
                name: function_name,
                visibility: definition.visibility,
                is_entry: definition.is_entry,
                type_parameters: handle.type_parameters.as_slice().into(),
                parameters: parameters.into(),
                returns: returns.into(),
                code,
            }));
        }
        let constants = module.constants().iter().map(|constant| {
            ConstantValue::new(types, self.ty(resolved, &constant.token)?, &constant.bytes)
        });
        let own = self.own.iter().filter(|((module, _), _)| module == name);
        Ok(LoadedModule {
            package: self.source.storage_id,
            original_id: self.source.original_id,
            name: name.clone(),
            constants: constants.collect::<Result<_, _>>()?,
            functions: functions.into(),
            function_names,
            datatypes: own.map(|((_, name), id)| (name.clone(), *id)).collect(),
            friends: module
                .friends()?
                .into_iter()
                .map(|(address, name)| (address, name.clone()))
                .collect(),
        })
    }

    /// Only system packages declare natives; one this machine lacks fails when it is called.
    fn check_native(
        &self,
        module: &Identifier,
        function: &Identifier,
        returns: &[Type],
    ) -> Result<(), VmStatus> {
        if returns.len() > 1 {
            return Err(VmStatus::RejectedBytecode(
                "native function with more than one result",
            ));
        }
        let (high, _) = self
            .source
            .original_id
            .inner()
            .split_at(Address::LENGTH - 1);
        let is_system = high.iter().all(|byte| *byte == 0);
        if is_system
            || self
                .vm
                .natives
                .get(self.source.original_id, module, function)
                .is_some()
        {
            return Ok(());
        }
        Err(VmStatus::RejectedBytecode(
            "native function outside the framework",
        ))
    }
}
