//! Functions as callers outside the machine see them.

use super::super::bytecode::Visibility;
use super::super::{AbilitySet, Type};
use super::Package;
use super::instruction::Code;
use std::sync::Arc;
use sui_sdk_types::{Address, Identifier};

/// A function of a loaded package.
#[derive(Clone, Debug)]
pub struct Function {
    context: Arc<Package>,
    module: u32,
    index: u16,
    info: Arc<FunctionInfo>,
}

/// What a module declares about a function, and its code.
#[derive(Debug)]
pub(in crate::vm) struct FunctionInfo {
    pub(in crate::vm) module: Identifier,
    pub(in crate::vm) name: Identifier,
    pub(in crate::vm) visibility: Visibility,
    pub(in crate::vm) is_entry: bool,
    pub(in crate::vm) type_parameters: Box<[AbilitySet]>,
    pub(in crate::vm) parameters: Box<[Type]>,
    pub(in crate::vm) returns: Box<[Type]>,
    /// `None` for a native.
    pub(in crate::vm) code: Option<Code>,
}

impl Function {
    pub(super) fn new(
        context: Arc<Package>,
        module: u32,
        index: u16,
        info: Arc<FunctionInfo>,
    ) -> Self {
        Self {
            context,
            module,
            index,
            info,
        }
    }

    /// Storage id of the package it was resolved in.
    #[must_use]
    pub fn package(&self) -> Address {
        self.context.storage_id()
    }

    /// Its module.
    #[must_use]
    pub fn module(&self) -> &Identifier {
        &self.info.module
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Identifier {
        &self.info.name
    }

    /// Index of its definition in its module, as errors report it.
    #[must_use]
    pub fn definition_index(&self) -> u16 {
        self.index
    }

    /// Who may call it from Move code.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        self.info.visibility
    }

    /// Whether a transaction may call it whatever its visibility.
    #[must_use]
    pub fn is_entry(&self) -> bool {
        self.info.is_entry
    }

    /// Whether the machine implements it.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.info.code.is_none()
    }

    /// Abilities each type argument must have.
    #[must_use]
    pub fn type_parameters(&self) -> &[AbilitySet] {
        &self.info.type_parameters
    }

    /// Parameter types, written in terms of the type parameters; see [`Types::substitute`](crate::vm::Types::substitute).
    #[must_use]
    pub fn parameters(&self) -> &[Type] {
        &self.info.parameters
    }

    /// Return types, written in terms of the type parameters.
    #[must_use]
    pub fn returns(&self) -> &[Type] {
        &self.info.returns
    }

    pub(in crate::vm) fn context(&self) -> &Arc<Package> {
        &self.context
    }

    pub(in crate::vm) fn module_index(&self) -> u32 {
        self.module
    }
}
