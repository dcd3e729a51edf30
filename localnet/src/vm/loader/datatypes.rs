//! The structs and enums a package declares: their ids, fields and abilities.

use super::super::bytecode::{CompiledModule, DatatypeHandle, FieldDefinition, VariantDefinition};
use super::super::types::{Datatype, DatatypeBody, Field, Variant};
use super::super::{AbilitySet, DatatypeId, Type, TypeKind, VmStatus};
use super::resolve::{ModuleTypes, Resolver};
use std::collections::HashSet;
use std::sync::OnceLock;

impl Resolver<'_> {
    /// Gives every struct and enum of the module an id. One that an earlier version introduced keeps that version's.
    pub(super) fn declare(&mut self, module: &CompiledModule) -> Result<(), VmStatus> {
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

    /// Resolves the fields of the module's datatypes.
    pub(super) fn define(
        &self,
        module: &CompiledModule,
        resolved: &ModuleTypes,
    ) -> Result<(), VmStatus> {
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
    pub(super) fn check_acyclic(&self) -> Result<(), VmStatus> {
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
    pub(super) fn check_field_abilities(
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
pub(super) fn check_handle(handle: &DatatypeHandle, datatype: &Datatype) -> Result<(), VmStatus> {
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
