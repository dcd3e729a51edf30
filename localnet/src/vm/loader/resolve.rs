//! Resolution of the types and functions that a package's modules name.

use super::super::bytecode::{
    CompiledModule, DatatypeHandle, FieldDefinition, Token, VariantDefinition, Visibility,
};
use super::super::types::{Datatype, DatatypeBody, Field, Mutability, Variant};
use super::super::{AbilitySet, DatatypeId, LinkError, Type, TypeKind, Types, VmStatus};
use super::decode::Decoder;
use super::function::FunctionInfo;
use super::module::{ConstantValue, LoadedModule};
use super::{Package, PackageSource, Vm};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use sui_sdk_types::{Address, Identifier};

/// Resolves the modules of one package.
pub(super) struct Resolver<'a> {
    vm: &'a Vm,
    source: &'a PackageSource,
    /// Dependencies by original id.
    dependencies: &'a BTreeMap<Address, Arc<Package>>,
    /// The package's own datatypes.
    own: HashMap<(Identifier, Identifier), DatatypeId>,
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

    fn types(&self) -> &'a Types {
        &self.vm.types
    }

    /// Gives every struct and enum of the module an id. One that an earlier version introduced keeps that version's.
    fn declare(&mut self, module: &CompiledModule) -> Result<(), VmStatus> {
        let module_name = module.name()?;
        for (handle, _) in definitions(module)? {
            let handle = module.datatype_handle(handle)?;
            let name = module.identifier(handle.name)?;
            let key = (module_name.clone(), name.clone());
            let defining_id = self
                .source
                .type_origins
                .get(&key)
                .copied()
                .unwrap_or(self.source.storage_id);
            let id = match self.types().find_datatype(defining_id, module_name, name) {
                Ok(id) => {
                    check_handle(handle, self.types().datatype_info(id)?)?;
                    id
                }
                Err(_) => self.types().declare_datatype(Datatype {
                    defining_id,
                    original_id: self.source.original_id,
                    module: module_name.clone(),
                    name: name.clone(),
                    abilities: handle.abilities,
                    type_parameters: handle.type_parameters.as_slice().into(),
                    body: OnceLock::new(),
                })?,
            };
            self.own.insert(key, id);
        }
        Ok(())
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

    fn imported_module(
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

    fn ty(&self, resolved: &ModuleTypes, token: &Token) -> Result<Type, VmStatus> {
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

    /// Resolves the fields of the module's datatypes.
    fn define(&self, module: &CompiledModule, resolved: &ModuleTypes) -> Result<(), VmStatus> {
        for (handle, shape) in definitions(module)? {
            let datatype = self.types().datatype_info(resolved.datatype(handle)?)?;
            let fields = |definitions: &[FieldDefinition]| {
                let parameters = datatype.type_parameters.len();
                definitions
                    .iter()
                    .map(|field| self.field(module, resolved, parameters, field))
                    .collect::<Result<Box<[Field]>, _>>()
            };
            let body = match shape {
                Shape::Struct(definitions) => DatatypeBody::Struct(fields(definitions)?),
                Shape::Enum(variants) => DatatypeBody::Enum(
                    variants
                        .iter()
                        .map(|(name, definitions)| {
                            Ok(Variant {
                                name: module.identifier(*name)?.clone(),
                                fields: fields(definitions)?,
                            })
                        })
                        .collect::<Result<_, VmStatus>>()?,
                ),
            };
            if datatype.body.get_or_init(|| body.clone()) != &body {
                return Err(VmStatus::RejectedBytecode(
                    "type differs from the version that introduced it",
                ));
            }
        }
        Ok(())
    }

    fn field(
        &self,
        module: &CompiledModule,
        resolved: &ModuleTypes,
        parameters: usize,
        field: &FieldDefinition,
    ) -> Result<Field, VmStatus> {
        let ty = self.ty(resolved, &field.token)?;
        if usize::from(self.types().parameter_count(ty)?) > parameters {
            return Err(VmStatus::RejectedBytecode("type parameter out of range"));
        }
        Ok(Field {
            name: module.identifier(field.name)?.clone(),
            ty,
        })
    }

    /// A datatype that contains itself has no size; without one, every walk over a value's type ends.
    fn check_acyclic(&self) -> Result<(), VmStatus> {
        let own: HashSet<_> = self.own.values().copied().collect();
        let mut done = HashSet::new();
        for start in &own {
            let mut open = HashSet::new();
            // Entered and left datatypes, on an explicit stack since a package may nest thousands.
            let mut stack = vec![(*start, false)];
            while let Some((id, leaving)) = stack.pop() {
                if leaving {
                    open.remove(&id);
                    done.insert(id);
                    continue;
                }
                if done.contains(&id) {
                    continue;
                }
                if !open.insert(id) {
                    return Err(VmStatus::RejectedBytecode("recursive datatype"));
                }
                stack.push((id, true));
                let mut inner = HashSet::new();
                self.mentioned(id, &mut inner)?;
                for child in inner.into_iter().filter(|child| own.contains(child)) {
                    if open.contains(&child) {
                        return Err(VmStatus::RejectedBytecode("recursive datatype"));
                    }
                    stack.push((child, false));
                }
            }
        }
        Ok(())
    }

    fn mentioned(&self, id: DatatypeId, into: &mut HashSet<DatatypeId>) -> Result<(), VmStatus> {
        let datatype = self.types().datatype_info(id)?;
        let mut pending: Vec<Type> = field_types(datatype).collect();
        while let Some(ty) = pending.pop() {
            match self.types().kind(ty)? {
                TypeKind::Vector(element) => pending.push(*element),
                TypeKind::Datatype(id, arguments) => {
                    into.insert(*id);
                    pending.extend(arguments.iter().copied());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Every field must have the abilities its datatype declares, given type arguments that have them.
    fn check_field_abilities(
        &self,
        module: &CompiledModule,
        resolved: &ModuleTypes,
    ) -> Result<(), VmStatus> {
        for (handle, _) in definitions(module)? {
            let datatype = self.types().datatype_info(resolved.datatype(handle)?)?;
            let all =
                vec![AbilitySet::PRIMITIVE.union(AbilitySet::KEY); datatype.type_parameters.len()];
            for ty in field_types(datatype) {
                let abilities = self.types().abilities_with(ty, &all)?;
                if datatype.abilities.restricted_by(abilities) != datatype.abilities {
                    return Err(VmStatus::RejectedBytecode(
                        "field lacks an ability of its datatype",
                    ));
                }
            }
        }
        Ok(())
    }

    fn load(
        &self,
        module: &CompiledModule,
        resolved: &ModuleTypes,
    ) -> Result<LoadedModule, VmStatus> {
        let name = module.name()?;
        let types = self.types();
        let mut functions = Vec::new();
        let mut function_names = HashMap::new();
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
                    Some(decoder.decode(code, parameters.len())?)
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

    /// Checks every function the module names: it exists, has the signature it is called with, and may be called.
    fn check_imports(
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

/// What a definition declares.
enum Shape<'a> {
    Struct(&'a [FieldDefinition]),
    Enum(&'a [VariantDefinition]),
}

/// Datatype handle and shape of every struct and enum of a module.
fn definitions(module: &CompiledModule) -> Result<Vec<(u16, Shape<'_>)>, VmStatus> {
    let (structs, enums) = module.definition_counts();
    let structs = (0..structs).map(|index| {
        module
            .structure(index)
            .map(|(handle, item)| (handle, Shape::Struct(item)))
    });
    let enums = (0..enums).map(|index| {
        module
            .enumeration(index)
            .map(|(handle, item)| (handle, Shape::Enum(item)))
    });
    structs.chain(enums).collect()
}

fn field_types(datatype: &Datatype) -> impl Iterator<Item = Type> {
    let fields: Vec<&Field> = match datatype.body() {
        Some(DatatypeBody::Struct(fields)) => fields.iter().collect(),
        Some(DatatypeBody::Enum(variants)) => variants
            .iter()
            .flat_map(|variant| &variant.fields)
            .collect(),
        None => Vec::new(),
    };
    fields.into_iter().map(|field| field.ty)
}

/// A handle may know fewer abilities than its datatype has, and ask more of its type arguments, never the reverse.
fn check_handle(handle: &DatatypeHandle, datatype: &Datatype) -> Result<(), VmStatus> {
    let parameters_match = handle.type_parameters.len() == datatype.type_parameters.len()
        && handle
            .type_parameters
            .iter()
            .zip(&datatype.type_parameters)
            .all(|(handle, declared)| {
                declared.constraints.is_subset_of(handle.constraints)
                    && (!handle.is_phantom || declared.is_phantom)
            });
    if handle.abilities.is_subset_of(datatype.abilities) && parameters_match {
        return Ok(());
    }
    Err(VmStatus::RejectedBytecode(
        "type named with other abilities or parameters than it has",
    ))
}
