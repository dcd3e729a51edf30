//! A module as loaded.

use super::super::{DatatypeId, Heap, Types, Value, VectorKind, VmStatus, bcs};
use super::super::{Type, TypeKind};
use super::function::FunctionInfo;
use crate::maps::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use sui_sdk_types::{Address, Identifier};

/// A module whose names are resolved.
#[derive(Debug)]
pub(in crate::vm) struct LoadedModule {
    /// Storage id of its package.
    pub(in crate::vm) package: Address,
    pub(in crate::vm) original_id: Address,
    pub(in crate::vm) name: Identifier,
    pub(in crate::vm) functions: Box<[Arc<FunctionInfo>]>,
    pub(in crate::vm) function_names: HashMap<Identifier, u16>,
    pub(in crate::vm) datatypes: BTreeMap<Identifier, DatatypeId>,
    pub(in crate::vm) constants: Box<[ConstantValue]>,
    pub(in crate::vm) friends: Box<[(Address, Identifier)]>,
}

/// A constant, ready to be put on the stack.
#[derive(Debug)]
pub(in crate::vm) struct ConstantValue {
    /// Length of its encoding, which is what loading it is charged by.
    pub(in crate::vm) size: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Inline(Value),
    Packed(VectorKind, Box<[u8]>),
    Vector(Box<[Content]>),
}

impl ConstantValue {
    /// Decodes a constant. `ty` is a primitive or a vector of what a constant may be.
    pub(super) fn new(types: &Types, ty: Type, bytes: &[u8]) -> Result<Self, VmStatus> {
        let mut heap = Heap::new();
        let value = bcs::deserialize(types, &mut heap, ty, bytes)
            .map_err(|_| VmStatus::RejectedBytecode("constant is not a value of its type"))?;
        Ok(Self {
            size: bytes.len() as u64,
            content: Content::of(types, &heap, ty, value)?,
        })
    }

    /// The constant as a new value.
    pub(in crate::vm) fn load(&self, heap: &mut Heap) -> Result<Value, VmStatus> {
        self.content.load(heap)
    }
}

impl Content {
    fn of(types: &Types, heap: &Heap, ty: Type, value: Value) -> Result<Self, VmStatus> {
        let TypeKind::Vector(element) = types.kind(ty)? else {
            return Ok(Self::Inline(value));
        };
        let kind = types.vector_kind(*element)?;
        if kind != VectorKind::Values {
            let mut bytes = Vec::new();
            heap.write_packed(value, kind, &mut bytes)?;
            return Ok(Self::Packed(kind, bytes.into()));
        }
        let items = heap
            .values(value)?
            .iter()
            .map(|item| Self::of(types, heap, *element, *item));
        Ok(Self::Vector(items.collect::<Result<_, _>>()?))
    }

    fn load(&self, heap: &mut Heap) -> Result<Value, VmStatus> {
        match self {
            Self::Inline(value) => Ok(*value),
            Self::Packed(kind, bytes) => heap.read_packed(*kind, bytes),
            Self::Vector(items) => {
                let items = items
                    .iter()
                    .map(|item| item.load(heap))
                    .collect::<Result<Vec<_>, _>>()?;
                heap.vector(VectorKind::Values, &items)
            }
        }
    }
}
