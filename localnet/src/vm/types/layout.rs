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
}
