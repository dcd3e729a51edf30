//! Structs and enums as declared.

use super::super::{LinkError, VmStatus};
use super::{AbilitySet, Type, Types};
use std::sync::{OnceLock, PoisonError};
use sui_sdk_types::{Address, Identifier};

/// Names a declared struct or enum of one [`Types`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatatypeId(pub(super) u32);

/// A struct or enum as its module declares it.
#[derive(Debug)]
pub struct Datatype {
    /// Id of the package version that introduced it: the address its type tag carries.
    pub defining_id: Address,
    /// Id of the first version of its package: the address bytecode names it by.
    pub original_id: Address,
    /// Declaring module.
    pub module: Identifier,
    /// Its name.
    pub name: Identifier,
    /// Declared abilities.
    pub abilities: AbilitySet,
    /// Its type parameters.
    pub type_parameters: Box<[TypeParameter]>,
    pub(in crate::vm) body: OnceLock<DatatypeBody>,
}

/// A type parameter of a datatype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeParameter {
    /// Abilities an argument must have.
    pub constraints: AbilitySet,
    /// Whether the parameter occurs in no field.
    pub is_phantom: bool,
}

/// The fields of a datatype; their types are written in terms of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatatypeBody {
    /// A struct.
    Struct(Box<[Field]>),
    /// An enum; a variant's number is its index.
    Enum(Box<[Variant]>),
}

/// A named field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Identifier,
    /// Its type.
    pub ty: Type,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: Identifier,
    /// Its fields.
    pub fields: Box<[Field]>,
}

impl Datatype {
    /// The fields, or `None` while its package is still being loaded.
    #[must_use]
    pub fn body(&self) -> Option<&DatatypeBody> {
        self.body.get()
    }
}

impl Types {
    /// The declaration of a datatype.
    ///
    /// # Errors
    /// An invariant violation if the id comes from another table.
    pub fn datatype_info(&self, id: DatatypeId) -> Result<&Datatype, VmStatus> {
        match self.datatypes.get(id.0) {
            Some(datatype) => Ok(datatype),
            None => Err(VmStatus::InvariantViolation(
                "datatype of another virtual machine",
            )),
        }
    }

    /// Finds a published datatype by the address of its type tag, or by the storage id of a later version that declares it.
    ///
    /// # Errors
    /// [`LinkError::TypeNotFound`].
    pub fn find_datatype(
        &self,
        package: Address,
        module: &Identifier,
        name: &Identifier,
    ) -> Result<DatatypeId, VmStatus> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names
            .get(&(package, module.clone(), name.clone()))
            .copied()
            .ok_or_else(|| {
                LinkError::TypeNotFound {
                    package,
                    module: module.as_str().into(),
                    name: name.as_str().into(),
                }
                .into()
            })
    }

    /// Adds a datatype that no name leads to until [`Types::publish_datatypes`].
    pub(in crate::vm) fn declare_datatype(
        &self,
        datatype: Datatype,
    ) -> Result<DatatypeId, VmStatus> {
        self.datatypes
            .push(datatype)
            .map(DatatypeId)
            .ok_or(VmStatus::TypeLimitExceeded("too many datatypes"))
    }

    /// Makes datatypes of the successfully loaded package `storage_id` findable.
    pub(in crate::vm) fn publish_datatypes(
        &self,
        storage_id: Address,
        ids: impl IntoIterator<Item = DatatypeId>,
    ) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            if let Some(datatype) = self.datatypes.get(id.0) {
                for package in [datatype.defining_id, storage_id] {
                    names
                        .entry((package, datatype.module.clone(), datatype.name.clone()))
                        .or_insert(id);
                }
            }
        }
    }
}
