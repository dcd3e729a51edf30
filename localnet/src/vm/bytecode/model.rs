//! A parsed module.

use super::super::{AbilitySet, TypeParameter, VmStatus};
use super::code::Code;
use super::token::Token;
use sui_sdk_types::{Address, Identifier, TypeTag};

/// A module in the binary format, parsed and bounds-checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompiledModule {
    pub(in crate::vm) version: u32,
    pub(in crate::vm) self_handle: u16,
    /// Where in the bytes the address table begins.
    pub(in crate::vm) addresses_offset: usize,
    pub(in crate::vm) module_handles: Vec<(u16, u16)>,
    pub(in crate::vm) datatype_handles: Vec<DatatypeHandle>,
    pub(in crate::vm) function_handles: Vec<FunctionHandle>,
    pub(in crate::vm) function_instantiations: Vec<(u16, u16)>,
    pub(in crate::vm) signatures: Vec<Vec<Token>>,
    pub(in crate::vm) constants: Vec<Constant>,
    pub(in crate::vm) identifiers: Vec<Identifier>,
    pub(in crate::vm) addresses: Vec<Address>,
    pub(in crate::vm) structs: Vec<StructDefinition>,
    pub(in crate::vm) struct_instantiations: Vec<(u16, u16)>,
    pub(in crate::vm) functions: Vec<FunctionDefinition>,
    pub(in crate::vm) fields: Vec<(u16, u16)>,
    pub(in crate::vm) field_instantiations: Vec<(u16, u16)>,
    pub(in crate::vm) friends: Vec<(u16, u16)>,
    pub(in crate::vm) enums: Vec<EnumDefinition>,
    pub(in crate::vm) enum_instantiations: Vec<(u16, u16)>,
    pub(in crate::vm) variants: Vec<(u16, u16)>,
    pub(in crate::vm) variant_instantiations: Vec<(u16, u16)>,
}

/// A struct or enum as named from a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct DatatypeHandle {
    pub(in crate::vm) module: u16,
    pub(in crate::vm) name: u16,
    pub(in crate::vm) abilities: AbilitySet,
    pub(in crate::vm) type_parameters: Vec<TypeParameter>,
}

/// A function as named from a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct FunctionHandle {
    pub(in crate::vm) module: u16,
    pub(in crate::vm) name: u16,
    pub(in crate::vm) parameters: u16,
    pub(in crate::vm) returns: u16,
    pub(in crate::vm) type_parameters: Vec<AbilitySet>,
}

/// A constant: its type and BCS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct Constant {
    pub(in crate::vm) token: Token,
    pub(in crate::vm) bytes: Vec<u8>,
}

/// A field: index of its name, and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct FieldDefinition {
    pub(in crate::vm) name: u16,
    pub(in crate::vm) token: Token,
}

/// A variant: index of its name, and its fields.
pub(in crate::vm) type VariantDefinition = (u16, Vec<FieldDefinition>);

/// A struct declared by the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct StructDefinition {
    pub(in crate::vm) handle: u16,
    pub(in crate::vm) fields: Vec<FieldDefinition>,
}

/// An enum declared by the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct EnumDefinition {
    pub(in crate::vm) handle: u16,
    pub(in crate::vm) variants: Vec<VariantDefinition>,
}

/// Who may call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Its module.
    Private,
    /// Everyone.
    Public,
    /// Its module and the modules it declares friends: `public(package)`.
    Friend,
}

/// A function declared by the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct FunctionDefinition {
    pub(in crate::vm) handle: u16,
    pub(in crate::vm) visibility: Visibility,
    pub(in crate::vm) is_entry: bool,
    /// `None` for a native.
    pub(in crate::vm) code: Option<Code>,
}

/// How many elements each table has, for the limits a ledger sets on published modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableSizes {
    /// Module handles.
    pub module_handles: usize,
    /// Datatype handles.
    pub datatype_handles: usize,
    /// Function handles.
    pub function_handles: usize,
    /// Function instantiations.
    pub function_instantiations: usize,
    /// Signatures.
    pub signatures: usize,
    /// Constants.
    pub constants: usize,
    /// Identifiers.
    pub identifiers: usize,
    /// Addresses.
    pub addresses: usize,
    /// Struct definitions.
    pub structs: usize,
    /// Struct instantiations.
    pub struct_instantiations: usize,
    /// Function definitions.
    pub functions: usize,
    /// Field handles.
    pub fields: usize,
    /// Field instantiations.
    pub field_instantiations: usize,
    /// Friend declarations.
    pub friends: usize,
    /// Enum definitions.
    pub enums: usize,
    /// Enum instantiations.
    pub enum_instantiations: usize,
    /// Variant handles.
    pub variants: usize,
    /// Variant instantiations.
    pub variant_instantiations: usize,
}

/// The element of a table that index names.
pub(in crate::vm) fn at<T>(table: &[T], index: u16) -> Result<&T, VmStatus> {
    table
        .get(usize::from(index))
        .ok_or(VmStatus::RejectedBytecode("index out of bounds"))
}

impl CompiledModule {
    /// Version of the binary format: 6 or 7.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Address of the package the module says it belongs to.
    ///
    /// # Errors
    /// None for a parsed module; a status is returned rather than relied on not to be needed. So for all accessors.
    pub fn self_address(&self) -> Result<Address, VmStatus> {
        self.module_id(self.self_handle).map(|(address, _)| address)
    }

    /// The module's name.
    ///
    /// # Errors
    /// See [`CompiledModule::self_address`].
    pub fn name(&self) -> Result<&Identifier, VmStatus> {
        self.module_id(self.self_handle).map(|(_, name)| name)
    }

    /// Names of the structs and enums the module declares, structs first, in order.
    ///
    /// # Errors
    /// See [`CompiledModule::self_address`].
    pub fn datatype_names(&self) -> Result<Vec<&Identifier>, VmStatus> {
        let handles = self
            .structs
            .iter()
            .map(|item| item.handle)
            .chain(self.enums.iter().map(|item| item.handle));
        handles
            .map(|handle| self.identifier(self.datatype_handle(handle)?.name))
            .collect()
    }

    /// Addresses of the packages whose modules this one names, itself excluded.
    #[must_use]
    pub fn dependencies(&self) -> Vec<Address> {
        let own = self.self_address().ok();
        let mut addresses: Vec<_> = self
            .module_handles
            .iter()
            .filter_map(|(address, _)| at(&self.addresses, *address).ok().copied())
            .filter(|address| Some(*address) != own)
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// Names of the functions the module declares, in order.
    ///
    /// # Errors
    /// See [`CompiledModule::self_address`].
    pub fn function_names(&self) -> Result<Vec<&Identifier>, VmStatus> {
        let handles = self.functions.iter().map(|function| function.handle);
        handles
            .map(|handle| self.identifier(self.function_handle(handle)?.name))
            .collect()
    }

    /// Type and BCS of constant number `index`, if there is one.
    #[must_use]
    pub fn constant(&self, index: u16) -> Option<(TypeTag, &[u8])> {
        let constant = at(&self.constants, index).ok()?;
        Some((constant.token.constant_tag()?, &constant.bytes))
    }

    /// The sizes of all tables.
    #[must_use]
    pub fn table_sizes(&self) -> TableSizes {
        TableSizes {
            module_handles: self.module_handles.len(),
            datatype_handles: self.datatype_handles.len(),
            function_handles: self.function_handles.len(),
            function_instantiations: self.function_instantiations.len(),
            signatures: self.signatures.len(),
            constants: self.constants.len(),
            identifiers: self.identifiers.len(),
            addresses: self.addresses.len(),
            structs: self.structs.len(),
            struct_instantiations: self.struct_instantiations.len(),
            functions: self.functions.len(),
            fields: self.fields.len(),
            field_instantiations: self.field_instantiations.len(),
            friends: self.friends.len(),
            enums: self.enums.len(),
            enum_instantiations: self.enum_instantiations.len(),
            variants: self.variants.len(),
            variant_instantiations: self.variant_instantiations.len(),
        }
    }

    /// The module's bytes with its own address replaced, as publishing does. `bytes` are what this module was parsed from.
    ///
    /// # Errors
    /// [`VmStatus::MalformedBytecode`] if they are not.
    pub fn with_self_address(&self, bytes: &[u8], address: Address) -> Result<Vec<u8>, VmStatus> {
        let (index, _) = at(&self.module_handles, self.self_handle)?;
        let start = self.addresses_offset + usize::from(*index) * Address::LENGTH;
        let mut bytes = bytes.to_vec();
        let slot =
            bytes
                .get_mut(start..start + Address::LENGTH)
                .ok_or(VmStatus::MalformedBytecode {
                    message: "not the bytes this module was parsed from",
                    offset: start,
                })?;
        slot.copy_from_slice(address.as_bytes());
        Ok(bytes)
    }

    pub(in crate::vm) fn module_id(&self, handle: u16) -> Result<(Address, &Identifier), VmStatus> {
        let (address, name) = at(&self.module_handles, handle)?;
        Ok((*at(&self.addresses, *address)?, self.identifier(*name)?))
    }

    pub(in crate::vm) fn is_self(&self, module_handle: u16) -> bool {
        self.module_id(module_handle).ok() == self.module_id(self.self_handle).ok()
    }

    pub(in crate::vm) fn identifier(&self, index: u16) -> Result<&Identifier, VmStatus> {
        at(&self.identifiers, index)
    }

    pub(in crate::vm) fn datatype_handles(&self) -> &[DatatypeHandle] {
        &self.datatype_handles
    }

    pub(in crate::vm) fn datatype_handle(&self, index: u16) -> Result<&DatatypeHandle, VmStatus> {
        at(&self.datatype_handles, index)
    }

    pub(in crate::vm) fn function_handles(&self) -> &[FunctionHandle] {
        &self.function_handles
    }

    pub(in crate::vm) fn function_handle(&self, index: u16) -> Result<&FunctionHandle, VmStatus> {
        at(&self.function_handles, index)
    }

    /// Function handle and type argument signature of a function instantiation.
    pub(in crate::vm) fn function_instantiation(&self, index: u16) -> Result<(u16, u16), VmStatus> {
        at(&self.function_instantiations, index).copied()
    }

    pub(in crate::vm) fn signatures(&self) -> &[Vec<Token>] {
        &self.signatures
    }

    pub(in crate::vm) fn signature(&self, index: u16) -> Result<&[Token], VmStatus> {
        at(&self.signatures, index).map(Vec::as_slice)
    }

    pub(in crate::vm) fn constants(&self) -> &[Constant] {
        &self.constants
    }

    pub(in crate::vm) fn functions(&self) -> &[FunctionDefinition] {
        &self.functions
    }

    /// Datatype handle and fields of a struct the module declares.
    pub(in crate::vm) fn structure(
        &self,
        index: u16,
    ) -> Result<(u16, &[FieldDefinition]), VmStatus> {
        at(&self.structs, index).map(|item| (item.handle, item.fields.as_slice()))
    }

    /// Datatype handle and variants of an enum the module declares.
    pub(in crate::vm) fn enumeration(
        &self,
        index: u16,
    ) -> Result<(u16, &[VariantDefinition]), VmStatus> {
        at(&self.enums, index).map(|item| (item.handle, item.variants.as_slice()))
    }

    /// Struct definition and type argument signature of a struct instantiation.
    pub(in crate::vm) fn struct_instantiation(&self, index: u16) -> Result<(u16, u16), VmStatus> {
        at(&self.struct_instantiations, index).copied()
    }

    /// Struct definition and field number of a field handle.
    pub(in crate::vm) fn field(&self, index: u16) -> Result<(u16, u16), VmStatus> {
        at(&self.fields, index).copied()
    }

    /// Field handle of a field instantiation.
    pub(in crate::vm) fn field_instantiation(&self, index: u16) -> Result<u16, VmStatus> {
        at(&self.field_instantiations, index).map(|(field, _)| *field)
    }

    /// Enum definition and variant number of a variant handle.
    pub(in crate::vm) fn variant(&self, index: u16) -> Result<(u16, u16), VmStatus> {
        at(&self.variants, index).copied()
    }

    /// Enum definition, type argument signature and variant number of a variant instantiation.
    pub(in crate::vm) fn variant_instantiation(
        &self,
        index: u16,
    ) -> Result<(u16, u16, u16), VmStatus> {
        let (instantiation, tag) = at(&self.variant_instantiations, index)?;
        let (enumeration, signature) = at(&self.enum_instantiations, *instantiation)?;
        Ok((*enumeration, *signature, *tag))
    }

    /// Addresses and names of the modules that may call friend functions.
    pub(in crate::vm) fn friends(&self) -> Result<Vec<(Address, &Identifier)>, VmStatus> {
        let friend = |(address, name): &(u16, u16)| {
            Ok((*at(&self.addresses, *address)?, self.identifier(*name)?))
        };
        self.friends.iter().map(friend).collect()
    }

    /// How many structs and enums the module declares.
    pub(in crate::vm) fn definition_counts(&self) -> (u16, u16) {
        let count = |len: usize| u16::try_from(len).unwrap_or(u16::MAX);
        (count(self.structs.len()), count(self.enums.len()))
    }
}
