//! Closed types with their fields' types worked out.

use super::super::VmStatus;
use super::{DatatypeBody, Type, TypeKind, Types};

/// The field types of a closed datatype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A struct's fields.
    Struct(Box<[Type]>),
    /// An enum's variants, each with its fields.
    Enum(Box<[Box<[Type]>]>),
}

impl Types {
    /// The field types of a struct or enum type, worked out once.
    ///
    /// # Errors
    /// An invariant violation if `ty` is not a closed datatype; [`VmStatus::TypeLimitExceeded`].
    pub fn layout(&self, ty: Type) -> Result<&Layout, VmStatus> {
        let node = self.node(ty)?;
        if let Some(layout) = node.layout.get() {
            return Ok(layout);
        }
        let TypeKind::Datatype(id, arguments) = &node.kind else {
            return Err(VmStatus::InvariantViolation(
                "layout of a type that has no fields",
            ));
        };
        let body = self
            .datatype_info(*id)?
            .body()
            .ok_or(VmStatus::InvariantViolation("datatype is not loaded yet"))?;
        let types = |fields: &[super::Field]| {
            fields
                .iter()
                .map(|field| self.substitute(field.ty, arguments))
                .collect::<Result<Box<[_]>, _>>()
        };
        let layout = match body {
            DatatypeBody::Struct(fields) => Layout::Struct(types(fields)?),
            DatatypeBody::Enum(variants) => Layout::Enum(
                variants
                    .iter()
                    .map(|variant| types(&variant.fields))
                    .collect::<Result<_, _>>()?,
            ),
        };
        Ok(node.layout.get_or_init(|| layout))
    }

    /// Checks that values of a closed type have at most `levels` levels.
    ///
    /// # Errors
    /// [`VmStatus::ValueDepthExceeded`].
    pub(in crate::vm) fn check_value_depth(&self, ty: Type, levels: u32) -> Result<(), VmStatus> {
        if self.value_depth(ty, levels)? > levels {
            return Err(VmStatus::ValueDepthExceeded);
        }
        Ok(())
    }

    /// The recursion is bounded by `levels`, whatever the types declare.
    fn value_depth(&self, ty: Type, levels: u32) -> Result<u32, VmStatus> {
        let node = self.node(ty)?;
        if let Some(depth) = node.value_depth.get() {
            return Ok(*depth);
        }
        let left = levels.checked_sub(1).ok_or(VmStatus::ValueDepthExceeded)?;
        let deepest = |fields: &[Type]| -> Result<u32, VmStatus> {
            fields.iter().try_fold(0, |deepest, ty| {
                Ok(self.value_depth(*ty, left)?.max(deepest))
            })
        };
        let inner = match &node.kind {
            TypeKind::Vector(element) => self.value_depth(*element, left)?,
            TypeKind::Datatype(..) => match self.layout(ty)? {
                Layout::Struct(fields) => deepest(fields)?,
                Layout::Enum(variants) => variants.iter().try_fold(0, |depth, fields| {
                    Ok::<u32, VmStatus>(deepest(fields)?.max(depth))
                })?,
            },
            _ => 0,
        };
        Ok(*node.value_depth.get_or_init(|| inner + 1))
    }
}
