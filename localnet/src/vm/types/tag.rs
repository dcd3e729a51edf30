//! Between [`Type`] and type tags.

use super::super::VmStatus;
use super::{Datatype, Type, TypeKind, Types};
use crate::canonical;
use std::sync::PoisonError;
use sui_sdk_types::{StructTag, TypeTag};

/// Levels of a type tag that are followed; the protocol allows 16 in a transaction.
const MAX_TAG_DEPTH: usize = 64;

impl Types {
    /// The type a tag names. Every package it mentions must be loaded.
    ///
    /// # Errors
    /// [`LinkError::TypeNotFound`](crate::vm::LinkError::TypeNotFound), [`VmStatus::TypeArity`],
    /// [`VmStatus::ConstraintNotSatisfied`], [`VmStatus::TypeLimitExceeded`].
    pub fn resolve(&self, tag: &TypeTag) -> Result<Type, VmStatus> {
        self.resolve_at(tag, 0)
    }

    fn resolve_at(&self, tag: &TypeTag, depth: usize) -> Result<Type, VmStatus> {
        if depth >= MAX_TAG_DEPTH {
            return Err(VmStatus::TypeLimitExceeded("type tag nested too deep"));
        }
        Ok(match tag {
            TypeTag::Bool => Type::BOOL,
            TypeTag::U8 => Type::U8,
            TypeTag::U16 => Type::U16,
            TypeTag::U32 => Type::U32,
            TypeTag::U64 => Type::U64,
            TypeTag::U128 => Type::U128,
            TypeTag::U256 => Type::U256,
            TypeTag::Address => Type::ADDRESS,
            TypeTag::Signer => Type::SIGNER,
            TypeTag::Vector(element) => self.vector(self.resolve_at(element, depth + 1)?)?,
            TypeTag::Struct(tag) => self.resolve_struct_at(tag, depth)?,
        })
    }

    /// The type a struct tag names.
    ///
    /// # Errors
    /// See [`Types::resolve`].
    pub fn resolve_struct(&self, tag: &StructTag) -> Result<Type, VmStatus> {
        self.resolve_struct_at(tag, 0)
    }

    fn resolve_struct_at(&self, tag: &StructTag, depth: usize) -> Result<Type, VmStatus> {
        let known = self.tags.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(ty) = known.get(tag) {
            return Ok(*ty);
        }
        drop(known);
        let id = self.find_datatype(*tag.address(), tag.module(), tag.name())?;
        let arguments = tag
            .type_params()
            .iter()
            .map(|tag| self.resolve_at(tag, depth + 1))
            .collect::<Result<Vec<_>, _>>()?;
        let ty = self.datatype(id, &arguments)?;
        // A tag of a later version that names the type too is not kept: there is one for each type.
        if self.struct_tag(ty)? == tag {
            let mut tags = self.tags.write().unwrap_or_else(PoisonError::into_inner);
            tags.insert(tag.clone(), ty);
        }
        Ok(ty)
    }

    /// The tag of a closed type, with defining ids: what objects and events are stored under. Made once.
    ///
    /// # Errors
    /// An invariant violation for references and type parameters, which have no tag.
    pub fn tag(&self, ty: Type) -> Result<&TypeTag, VmStatus> {
        let node = self.node(ty)?;
        if let Some(tag) = node.tag.get() {
            return Ok(tag);
        }
        let tag = self.tag_with(ty, &|datatype| datatype.defining_id)?;
        Ok(node.tag.get_or_init(|| tag))
    }

    /// The bytes of the tag of a closed type, as they are hashed into the ids of dynamic fields. Made once.
    ///
    /// # Errors
    /// See [`Types::tag`].
    pub(in crate::vm) fn tag_bytes(&self, ty: Type) -> Result<&[u8], VmStatus> {
        let node = self.node(ty)?;
        if let Some(bytes) = node.tag_bytes.get() {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        canonical::type_tag(&mut bytes, self.tag(ty)?);
        Ok(node.tag_bytes.get_or_init(|| bytes.into()))
    }

    /// The tag of a closed type with original ids, as `type_name::with_original_ids` prints it.
    ///
    /// # Errors
    /// See [`Types::tag`].
    pub fn original_tag(&self, ty: Type) -> Result<TypeTag, VmStatus> {
        self.tag_with(ty, &|datatype| datatype.original_id)
    }

    /// The tag of a struct or enum type.
    ///
    /// # Errors
    /// An invariant violation for any other type.
    pub fn struct_tag(&self, ty: Type) -> Result<&StructTag, VmStatus> {
        match self.tag(ty)? {
            TypeTag::Struct(tag) => Ok(tag),
            _ => Err(VmStatus::InvariantViolation(
                "struct tag of a type that is no datatype",
            )),
        }
    }

    fn tag_with(
        &self,
        ty: Type,
        address: &dyn Fn(&Datatype) -> sui_sdk_types::Address,
    ) -> Result<TypeTag, VmStatus> {
        Ok(match self.kind(ty)? {
            TypeKind::Bool => TypeTag::Bool,
            TypeKind::U8 => TypeTag::U8,
            TypeKind::U16 => TypeTag::U16,
            TypeKind::U32 => TypeTag::U32,
            TypeKind::U64 => TypeTag::U64,
            TypeKind::U128 => TypeTag::U128,
            TypeKind::U256 => TypeTag::U256,
            TypeKind::Address => TypeTag::Address,
            TypeKind::Signer => TypeTag::Signer,
            TypeKind::Vector(element) => {
                TypeTag::Vector(Box::new(self.tag_with(*element, address)?))
            }
            TypeKind::Datatype(id, arguments) => {
                let datatype = self.datatype_info(*id)?;
                let arguments = arguments
                    .iter()
                    .map(|ty| self.tag_with(*ty, address))
                    .collect::<Result<_, _>>()?;
                StructTag::new(
                    address(datatype),
                    datatype.module.clone(),
                    datatype.name.clone(),
                    arguments,
                )
                .into()
            }
            TypeKind::Reference(_) | TypeKind::MutReference(_) | TypeKind::Parameter(_) => {
                return Err(VmStatus::InvariantViolation(
                    "reference or type parameter has no type tag",
                ));
            }
        })
    }
}
