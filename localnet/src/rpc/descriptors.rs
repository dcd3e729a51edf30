//! Datatypes and functions as messages.

use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::datatype_descriptor::DatatypeKind;
use sui_rpc::proto::sui::rpc::v2::function_descriptor::Visibility as ProtoVisibility;
use sui_rpc::proto::sui::rpc::v2::open_signature::Reference;
use sui_rpc::proto::sui::rpc::v2::open_signature_body::Type as BodyType;
use sui_sdk_types::Identifier;

use crate::vm::{
    AbilitySet, Datatype, DatatypeBody, Field, Package, Type, TypeKind, Visibility, Vm,
};

/// Describes what packages declare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descriptors<'a> {
    vm: &'a Vm,
}

impl<'a> Descriptors<'a> {
    pub(super) fn new(vm: &'a Vm) -> Self {
        Self { vm }
    }

    /// A struct or enum; none if the module does not declare it.
    pub(super) fn datatype(
        &self,
        package: &Package,
        module: &Identifier,
        name: &Identifier,
    ) -> Option<proto::DatatypeDescriptor> {
        let origins = &package.source().type_origins;
        let defining_id = origins
            .get(&(module.clone(), name.clone()))
            .copied()
            .unwrap_or_else(|| package.storage_id());
        let types = self.vm.types();
        let id = types.find_datatype(defining_id, module, name).ok()?;
        let datatype = types.datatype_info(id).ok()?;
        let mut message = proto::DatatypeDescriptor::default();
        message.type_name = Some(full_name(datatype));
        message.defining_id = Some(datatype.defining_id.to_string());
        message.module = Some(datatype.module.as_str().to_owned());
        message.name = Some(datatype.name.as_str().to_owned());
        message.abilities = abilities(datatype.abilities);
        message.type_parameters = datatype
            .type_parameters
            .iter()
            .map(|parameter| type_parameter(parameter.constraints, parameter.is_phantom))
            .collect();
        match datatype.body()? {
            DatatypeBody::Struct(fields) => {
                message.set_kind(DatatypeKind::Struct);
                message.fields = self.fields(fields)?;
            }
            DatatypeBody::Enum(variants) => {
                message.set_kind(DatatypeKind::Enum);
                message.variants = (0..)
                    .zip(variants)
                    .map(|(position, variant)| {
                        let mut message = proto::VariantDescriptor::default();
                        message.name = Some(variant.name.as_str().to_owned());
                        message.position = Some(position);
                        message.fields = self.fields(&variant.fields)?;
                        Some(message)
                    })
                    .collect::<Option<_>>()?;
            }
        }
        Some(message)
    }

    /// A function; none if the module does not declare it.
    pub(super) fn function(
        &self,
        package: &Package,
        module: &Identifier,
        name: &Identifier,
    ) -> Option<proto::FunctionDescriptor> {
        let function = self
            .vm
            .resolve_function(package.storage_id(), module.as_str(), name.as_str())
            .ok()?;
        let mut message = proto::FunctionDescriptor::default();
        message.name = Some(name.as_str().to_owned());
        message.set_visibility(match function.visibility() {
            Visibility::Private => ProtoVisibility::Private,
            Visibility::Public => ProtoVisibility::Public,
            Visibility::Friend => ProtoVisibility::Friend,
        });
        message.is_entry = Some(function.is_entry());
        message.type_parameters = function
            .type_parameters()
            .iter()
            .map(|constraints| type_parameter(*constraints, false))
            .collect();
        message.parameters = self.signatures(function.parameters())?;
        message.returns = self.signatures(function.returns())?;
        Some(message)
    }

    fn fields(&self, fields: &[Field]) -> Option<Vec<proto::FieldDescriptor>> {
        (0..)
            .zip(fields)
            .map(|(position, field)| {
                let mut message = proto::FieldDescriptor::default();
                message.name = Some(field.name.as_str().to_owned());
                message.position = Some(position);
                message.r#type = Some(self.body(field.ty)?);
                Some(message)
            })
            .collect()
    }

    fn signatures(&self, types: &[Type]) -> Option<Vec<proto::OpenSignature>> {
        types.iter().map(|ty| self.signature(*ty)).collect()
    }

    fn signature(&self, ty: Type) -> Option<proto::OpenSignature> {
        let mut message = proto::OpenSignature::default();
        let referent = match self.vm.types().kind(ty).ok()? {
            TypeKind::Reference(referent) => {
                message.set_reference(Reference::Immutable);
                *referent
            }
            TypeKind::MutReference(referent) => {
                message.set_reference(Reference::Mutable);
                *referent
            }
            _ => ty,
        };
        message.body = Some(self.body(referent)?);
        Some(message)
    }

    /// Types nest a bounded number of levels, which loading a package checks.
    fn body(&self, ty: Type) -> Option<proto::OpenSignatureBody> {
        let types = self.vm.types();
        let mut message = proto::OpenSignatureBody::default();
        let kind = match types.kind(ty).ok()? {
            TypeKind::Bool => BodyType::Bool,
            TypeKind::U8 => BodyType::U8,
            TypeKind::U16 => BodyType::U16,
            TypeKind::U32 => BodyType::U32,
            TypeKind::U64 => BodyType::U64,
            TypeKind::U128 => BodyType::U128,
            TypeKind::U256 => BodyType::U256,
            TypeKind::Address => BodyType::Address,
            TypeKind::Vector(element) => {
                message.type_parameter_instantiation = vec![self.body(*element)?];
                BodyType::Vector
            }
            TypeKind::Datatype(id, arguments) => {
                message.type_name = Some(full_name(types.datatype_info(*id).ok()?));
                message.type_parameter_instantiation = arguments
                    .iter()
                    .map(|argument| self.body(*argument))
                    .collect::<Option<_>>()?;
                BodyType::Datatype
            }
            TypeKind::Parameter(index) => {
                message.type_parameter = Some(u32::from(*index));
                BodyType::Parameter
            }
            TypeKind::Signer | TypeKind::Reference(_) | TypeKind::MutReference(_) => return None,
        };
        message.set_type(kind);
        Some(message)
    }
}

fn full_name(datatype: &Datatype) -> String {
    format!(
        "{}::{}::{}",
        datatype.defining_id, datatype.module, datatype.name
    )
}

fn type_parameter(constraints: AbilitySet, is_phantom: bool) -> proto::TypeParameter {
    let mut message = proto::TypeParameter::default();
    message.constraints = abilities(constraints);
    message.is_phantom = Some(is_phantom);
    message
}

fn abilities(set: AbilitySet) -> Vec<i32> {
    [
        (set.has_copy(), proto::Ability::Copy),
        (set.has_drop(), proto::Ability::Drop),
        (set.has_store(), proto::Ability::Store),
        (set.has_key(), proto::Ability::Key),
    ]
    .into_iter()
    .filter(|(has, _)| *has)
    .map(|(_, ability)| ability.into())
    .collect()
}
