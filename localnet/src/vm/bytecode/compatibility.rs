//! Whether a module may take the place of an earlier version of itself.
//!
//! Two modules number their tables differently, so everything is compared by the names and values that indices stand for.

use super::super::{AbilitySet, VmStatus};
use super::code::{Code, Op};
use super::model::{CompiledModule, DatatypeHandle, FieldDefinition, at};
use super::{Token, Visibility};
use std::collections::BTreeMap;
use sui_sdk_types::{Address, Identifier};

/// What an upgrade may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradePolicy {
    /// Code, and everything that nobody outside the package relies on.
    Compatible,
    /// Nothing that exists; declarations may be added.
    Additive,
    /// Only the versions of the dependencies.
    DependencyOnly,
}

impl UpgradePolicy {
    /// The policy of this number in `0x2::package`; `None` if there is none.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Compatible),
            128 => Some(Self::Additive),
            192 => Some(Self::DependencyOnly),
            _ => None,
        }
    }

    /// Whether the policy allows `new` in the place of `old`: two modules of one name and address.
    ///
    /// # Errors
    /// None for parsed modules; a status is returned rather than relied on not to be needed.
    pub fn allows(self, old: &CompiledModule, new: &CompiledModule) -> Result<bool, VmStatus> {
        let versions = Versions { old, new };
        match self {
            Self::Compatible => versions.is_compatible(),
            Self::Additive => versions.is_included(),
            Self::DependencyOnly => Ok(versions.is_included()?
                && old.structs.len() == new.structs.len()
                && old.enums.len() == new.enums.len()
                && old.functions.len() == new.functions.len()
                && old.friends.len() == new.friends.len()),
        }
    }
}

/// A module and what is to replace it. Indices named `old` and `new` belong to the one and the other.
#[derive(Clone, Copy)]
struct Versions<'m> {
    old: &'m CompiledModule,
    new: &'m CompiledModule,
}

/// A struct, as its only variant without a name, or an enum.
struct Declared<'m> {
    handle: &'m DatatypeHandle,
    variants: Vec<(Option<&'m Identifier>, &'m [FieldDefinition])>,
}

impl<'m> Versions<'m> {
    /// Types keep their layout and abilities, public functions their signature.
    fn is_compatible(self) -> Result<bool, VmStatus> {
        if !self.keeps_datatypes()? {
            return Ok(false);
        }
        self.all_functions(|versions, old, new| {
            let (is_public, new) = (
                versions.old.functions.get(old).map(|item| item.visibility)
                    == Some(Visibility::Public),
                new.and_then(|new| versions.new.functions.get(new).map(|item| (new, item))),
            );
            match new {
                _ if !is_public => Ok(true),
                Some((new, item)) if item.visibility == Visibility::Public => {
                    versions.same_signatures(old, new, AbilitySet::is_subset_of)
                }
                _ => Ok(false),
            }
        })
    }

    /// Everything is as it was, code included; there may be more.
    fn is_included(self) -> Result<bool, VmStatus> {
        if self.old.version > self.new.version || !self.keeps_datatypes()? {
            return Ok(false);
        }
        self.all_functions(|versions, old, new| {
            let functions = (
                versions.old.functions.get(old),
                new.and_then(|new| versions.new.functions.get(new).map(|item| (new, item))),
            );
            let (Some(before), Some((new, after))) = functions else {
                return Ok(false);
            };
            Ok(before.visibility == after.visibility
                && before.is_entry == after.is_entry
                && versions.same_signatures(old, new, |new, old| new == old)?
                && match (&before.code, &after.code) {
                    (Some(before), Some(after)) => versions.same_code(before, after)?,
                    (before, after) => before.is_none() && after.is_none(),
                })
        })
    }

    fn keeps_datatypes(self) -> Result<bool, VmStatus> {
        let new = declared(self.new)?;
        for (name, old) in declared(self.old)? {
            let Some(new) = new.get(name) else {
                return Ok(false);
            };
            let same_shape = old.handle.abilities == new.handle.abilities
                && old.handle.type_parameters == new.handle.type_parameters
                && old.variants.len() == new.variants.len();
            if !same_shape {
                return Ok(false);
            }
            for ((old_name, old_fields), (new_name, new_fields)) in
                old.variants.iter().zip(&new.variants)
            {
                if old_name != new_name || !self.same_fields(old_fields, new_fields)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn same_fields(
        self,
        old: &[FieldDefinition],
        new: &[FieldDefinition],
    ) -> Result<bool, VmStatus> {
        if old.len() != new.len() {
            return Ok(false);
        }
        for (old, new) in old.iter().zip(new) {
            let same_name = self.old.identifier(old.name)? == self.new.identifier(new.name)?;
            if !same_name || !self.same_type(&old.token, &new.token)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether `holds` for every function of the old module and the one of the same name in the new one.
    fn all_functions(
        self,
        holds: impl Fn(Self, usize, Option<usize>) -> Result<bool, VmStatus>,
    ) -> Result<bool, VmStatus> {
        let names = self.new.function_names()?;
        let new: BTreeMap<_, _> = names.into_iter().zip(0..).collect();
        for (old, name) in self.old.function_names()?.into_iter().enumerate() {
            if !holds(self, old, new.get(name).copied())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether two functions take and return the same, and `constraint` holds for each new and old type parameter.
    fn same_signatures(
        self,
        old: usize,
        new: usize,
        constraint: impl Fn(AbilitySet, AbilitySet) -> bool,
    ) -> Result<bool, VmStatus> {
        let missing = VmStatus::RejectedBytecode("index out of bounds");
        let (Some(old), Some(new)) = (self.old.functions.get(old), self.new.functions.get(new))
        else {
            return Err(missing);
        };
        let old = at(&self.old.function_handles, old.handle)?;
        let new = at(&self.new.function_handles, new.handle)?;
        let mut parameters = new.type_parameters.iter().zip(&old.type_parameters);
        Ok(old.type_parameters.len() == new.type_parameters.len()
            && parameters.all(|(new, old)| constraint(*new, *old))
            && self.same_signature(old.parameters, new.parameters)?
            && self.same_signature(old.returns, new.returns)?)
    }

    fn same_signature(self, old: u16, new: u16) -> Result<bool, VmStatus> {
        self.same_types(
            at(&self.old.signatures, old)?,
            at(&self.new.signatures, new)?,
        )
    }

    fn same_types(self, old: &[Token], new: &[Token]) -> Result<bool, VmStatus> {
        if old.len() != new.len() {
            return Ok(false);
        }
        for (old, new) in old.iter().zip(new) {
            if !self.same_type(old, new)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn same_type(self, old: &Token, new: &Token) -> Result<bool, VmStatus> {
        match (old, new) {
            (Token::Datatype(old, old_arguments), Token::Datatype(new, new_arguments)) => Ok(
                datatype_name(self.old, *old)? == datatype_name(self.new, *new)?
                    && self.same_types(old_arguments, new_arguments)?,
            ),
            (Token::Vector(old), Token::Vector(new))
            | (Token::Reference(old), Token::Reference(new))
            | (Token::MutReference(old), Token::MutReference(new)) => self.same_type(old, new),
            _ => Ok(old == new),
        }
    }

    fn same_code(self, old: &Code, new: &Code) -> Result<bool, VmStatus> {
        let same_shape = old.ops.len() == new.ops.len()
            && old.jump_tables.len() == new.jump_tables.len()
            && self.same_signature(old.locals, new.locals)?;
        if !same_shape {
            return Ok(false);
        }
        for (old, new) in old.jump_tables.iter().zip(&new.jump_tables) {
            if old.targets != new.targets || !self.same_enum(old.enumeration, new.enumeration)? {
                return Ok(false);
            }
        }
        for (old, new) in old.ops.iter().zip(&new.ops) {
            if !self.same_op(old, new)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn same_op(self, old: &Op, new: &Op) -> Result<bool, VmStatus> {
        match (old, new) {
            (Op::LdConst(old), Op::LdConst(new)) => {
                Ok(at(&self.old.constants, *old)? == at(&self.new.constants, *new)?)
            }
            (Op::BorrowField(was, old), Op::BorrowField(is, new)) => {
                Ok(was == is && self.same_field(*old, *new)?)
            }
            (Op::BorrowFieldGeneric(was, old), Op::BorrowFieldGeneric(is, new)) => {
                let (old, old_types) = *at(&self.old.field_instantiations, *old)?;
                let (new, new_types) = *at(&self.new.field_instantiations, *new)?;
                Ok(was == is
                    && self.same_field(old, new)?
                    && self.same_signature(old_types, new_types)?)
            }
            (Op::Call(old), Op::Call(new)) => self.same_function(*old, *new),
            (Op::CallGeneric(old), Op::CallGeneric(new)) => {
                let (old, old_types) = *at(&self.old.function_instantiations, *old)?;
                let (new, new_types) = *at(&self.new.function_instantiations, *new)?;
                Ok(self.same_function(old, new)? && self.same_signature(old_types, new_types)?)
            }
            (Op::Pack(old), Op::Pack(new)) | (Op::Unpack(old), Op::Unpack(new)) => {
                self.same_struct(*old, *new)
            }
            (Op::PackGeneric(old), Op::PackGeneric(new))
            | (Op::UnpackGeneric(old), Op::UnpackGeneric(new)) => {
                let (old, old_types) = *at(&self.old.struct_instantiations, *old)?;
                let (new, new_types) = *at(&self.new.struct_instantiations, *new)?;
                Ok(self.same_struct(old, new)? && self.same_signature(old_types, new_types)?)
            }
            (Op::PackVariant(old), Op::PackVariant(new))
            | (Op::UnpackVariant(old), Op::UnpackVariant(new)) => self.same_variant(*old, *new),
            (Op::UnpackVariantRef(was, old), Op::UnpackVariantRef(is, new)) => {
                Ok(was == is && self.same_variant(*old, *new)?)
            }
            (Op::PackVariantGeneric(old), Op::PackVariantGeneric(new))
            | (Op::UnpackVariantGeneric(old), Op::UnpackVariantGeneric(new)) => {
                self.same_variant_instantiation(*old, *new)
            }
            (Op::UnpackVariantGenericRef(was, old), Op::UnpackVariantGenericRef(is, new)) => {
                Ok(was == is && self.same_variant_instantiation(*old, *new)?)
            }
            (Op::VecBorrow(was, old), Op::VecBorrow(is, new)) => {
                Ok(was == is && self.same_signature(*old, *new)?)
            }
            (Op::VecPack(old, old_count), Op::VecPack(new, new_count))
            | (Op::VecUnpack(old, old_count), Op::VecUnpack(new, new_count)) => {
                Ok(old_count == new_count && self.same_signature(*old, *new)?)
            }
            (Op::VecLen(old), Op::VecLen(new))
            | (Op::VecPushBack(old), Op::VecPushBack(new))
            | (Op::VecPopBack(old), Op::VecPopBack(new))
            | (Op::VecSwap(old), Op::VecSwap(new)) => self.same_signature(*old, *new),
            // What is left has no operand, or one that means the same in every module.
            _ => Ok(old == new),
        }
    }

    fn same_function(self, old: u16, new: u16) -> Result<bool, VmStatus> {
        let old = at(&self.old.function_handles, old)?;
        let new = at(&self.new.function_handles, new)?;
        Ok(
            self.old.module_id(old.module)? == self.new.module_id(new.module)?
                && self.old.identifier(old.name)? == self.new.identifier(new.name)?,
        )
    }

    fn same_field(self, old: u16, new: u16) -> Result<bool, VmStatus> {
        let (old, old_offset) = *at(&self.old.fields, old)?;
        let (new, new_offset) = *at(&self.new.fields, new)?;
        Ok(old_offset == new_offset && self.same_struct(old, new)?)
    }

    fn same_variant(self, old: u16, new: u16) -> Result<bool, VmStatus> {
        let (old, old_tag) = *at(&self.old.variants, old)?;
        let (new, new_tag) = *at(&self.new.variants, new)?;
        Ok(old_tag == new_tag && self.same_enum(old, new)?)
    }

    fn same_variant_instantiation(self, old: u16, new: u16) -> Result<bool, VmStatus> {
        let (old, old_types, old_tag) = self.old.variant_instantiation(old)?;
        let (new, new_types, new_tag) = self.new.variant_instantiation(new)?;
        Ok(old_tag == new_tag
            && self.same_enum(old, new)?
            && self.same_signature(old_types, new_types)?)
    }

    fn same_struct(self, old: u16, new: u16) -> Result<bool, VmStatus> {
        let old = at(&self.old.structs, old)?.handle;
        let new = at(&self.new.structs, new)?.handle;
        Ok(datatype_name(self.old, old)? == datatype_name(self.new, new)?)
    }

    fn same_enum(self, old: u16, new: u16) -> Result<bool, VmStatus> {
        let old = at(&self.old.enums, old)?.handle;
        let new = at(&self.new.enums, new)?.handle;
        Ok(datatype_name(self.old, old)? == datatype_name(self.new, new)?)
    }
}

/// The structs and enums a module declares, by name.
fn declared(module: &CompiledModule) -> Result<BTreeMap<&Identifier, Declared<'_>>, VmStatus> {
    let structs = module
        .structs
        .iter()
        .map(|item| Ok((item.handle, vec![(None, item.fields.as_slice())])));
    let enums = module.enums.iter().map(|item| {
        let variants = item
            .variants
            .iter()
            .map(|(name, fields)| Ok((Some(module.identifier(*name)?), fields.as_slice())))
            .collect::<Result<Vec<_>, VmStatus>>()?;
        Ok((item.handle, variants))
    });
    structs
        .chain(enums)
        .map(|declared: Result<_, VmStatus>| {
            let (handle, variants) = declared?;
            let handle = module.datatype_handle(handle)?;
            let name = module.identifier(handle.name)?;
            Ok((name, Declared { handle, variants }))
        })
        .collect()
}

/// Package, module and name of a struct or enum.
fn datatype_name(
    module: &CompiledModule,
    handle: u16,
) -> Result<(Address, &Identifier, &Identifier), VmStatus> {
    let handle = module.datatype_handle(handle)?;
    let (address, module_name) = module.module_id(handle.module)?;
    Ok((address, module_name, module.identifier(handle.name)?))
}
