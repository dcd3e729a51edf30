//! What a container holds.

use super::super::{Value, VmStatus};
use super::{NO_SLOT, VectorKind, WRONG_BODY};
use ruint::aliases::U256;
use sui_sdk_types::Address;

/// The content of one container. Vectors of primitives are packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Struct(Vec<Value>),
    Variant(u16, Vec<Value>),
    Cell(Value),
    Values(Vec<Value>),
    Bool(Vec<bool>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    U128(Vec<u128>),
    U256(Vec<U256>),
    Address(Vec<Address>),
}

/// Runs one expression for whichever vector `$body` is, with `$items` bound to its `Vec`.
macro_rules! on_vector {
    ($body:expr, $items:ident => $action:expr, else $otherwise:expr) => {
        match $body {
            Body::Values($items) => $action,
            Body::Bool($items) => $action,
            Body::U8($items) => $action,
            Body::U16($items) => $action,
            Body::U32($items) => $action,
            Body::U64($items) => $action,
            Body::U128($items) => $action,
            Body::U256($items) => $action,
            Body::Address($items) => $action,
            _ => $otherwise,
        }
    };
}
pub(super) use on_vector;

/// Runs one expression for whichever packed vector `$body` is, with `$items` its `Vec` and `$as_item` what turns a value into
/// an element.
macro_rules! on_packed {
    ($body:expr, $items:ident, $as_item:ident => $action:expr, else $otherwise:expr) => {
        match $body {
            Body::Bool($items) => {
                let $as_item = Value::as_bool;
                $action
            }
            Body::U8($items) => {
                let $as_item = Value::as_u8;
                $action
            }
            Body::U16($items) => {
                let $as_item = Value::as_u16;
                $action
            }
            Body::U32($items) => {
                let $as_item = Value::as_u32;
                $action
            }
            Body::U64($items) => {
                let $as_item = Value::as_u64;
                $action
            }
            Body::U128($items) => {
                let $as_item = Value::as_u128;
                $action
            }
            Body::U256($items) => {
                let $as_item = Value::as_u256;
                $action
            }
            Body::Address($items) => {
                let $as_item = Value::as_address;
                $action
            }
            _ => $otherwise,
        }
    };
}

pub(super) use on_packed;

impl Body {
    /// An empty vector of this kind.
    pub(super) fn empty(kind: VectorKind) -> Self {
        match kind {
            VectorKind::Values => Self::Values(Vec::new()),
            VectorKind::Bool => Self::Bool(Vec::new()),
            VectorKind::U8 => Self::U8(Vec::new()),
            VectorKind::U16 => Self::U16(Vec::new()),
            VectorKind::U32 => Self::U32(Vec::new()),
            VectorKind::U64 => Self::U64(Vec::new()),
            VectorKind::U128 => Self::U128(Vec::new()),
            VectorKind::U256 => Self::U256(Vec::new()),
            VectorKind::Address => Self::Address(Vec::new()),
        }
    }

    /// What kind of vector this is, if it is one.
    pub(super) fn kind(&self) -> Option<VectorKind> {
        Some(match self {
            Self::Values(_) => VectorKind::Values,
            Self::Bool(_) => VectorKind::Bool,
            Self::U8(_) => VectorKind::U8,
            Self::U16(_) => VectorKind::U16,
            Self::U32(_) => VectorKind::U32,
            Self::U64(_) => VectorKind::U64,
            Self::U128(_) => VectorKind::U128,
            Self::U256(_) => VectorKind::U256,
            Self::Address(_) => VectorKind::Address,
            Self::Struct(_) | Self::Variant(..) | Self::Cell(_) => return None,
        })
    }

    /// The slot at `index`, as a value that still belongs to this container.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Value> {
        match self {
            Self::Struct(items) | Self::Variant(_, items) | Self::Values(items) => {
                items.get(index).copied()
            }
            Self::Cell(value) => (index == 0).then_some(*value),
            Self::Bool(items) => items.get(index).copied().map(Value::from),
            Self::U8(items) => items.get(index).copied().map(Value::from),
            Self::U16(items) => items.get(index).copied().map(Value::from),
            Self::U32(items) => items.get(index).copied().map(Value::from),
            Self::U64(items) => items.get(index).copied().map(Value::from),
            Self::U128(items) => items.get(index).copied().map(Value::from),
            Self::U256(items) => items.get(index).copied().map(Value::from),
            Self::Address(items) => items.get(index).copied().map(Value::from),
        }
    }

    /// Replaces the slot at `index` and returns what it held.
    #[inline]
    pub(super) fn replace(&mut self, index: usize, value: Value) -> Result<Value, VmStatus> {
        match self {
            Self::Struct(items) | Self::Variant(_, items) | Self::Values(items) => items
                .get_mut(index)
                .map(|slot| std::mem::replace(slot, value))
                .ok_or(NO_SLOT),
            Self::Cell(slot) if index == 0 => Ok(std::mem::replace(slot, value)),
            body => on_packed!(body, items, as_item => {
                let slot = items.get_mut(index).ok_or(NO_SLOT)?;
                Ok(Value::from(std::mem::replace(slot, as_item(value)?)))
            }, else Err(NO_SLOT)),
        }
    }

    /// Appends to a vector.
    #[inline]
    pub(super) fn push(&mut self, value: Value) -> Result<(), VmStatus> {
        match self {
            Self::Values(items) => items.push(value),
            body => {
                on_packed!(body, items, as_item => items.push(as_item(value)?), else return Err(WRONG_BODY))
            }
        }
        Ok(())
    }

    /// Removes the last element of a vector; `None` if it is empty.
    #[inline]
    pub(super) fn pop(&mut self) -> Result<Option<Value>, VmStatus> {
        Ok(match self {
            Self::Values(items) => items.pop(),
            body => {
                on_packed!(body, items, _as_item => items.pop().map(Value::from), else return Err(WRONG_BODY))
            }
        })
    }

    /// The same, to change.
    #[inline]
    pub(super) fn children_mut(&mut self) -> &mut [Value] {
        match self {
            Self::Struct(items) | Self::Variant(_, items) | Self::Values(items) => items,
            Self::Cell(value) => std::slice::from_mut(value),
            _ => &mut [],
        }
    }

    /// The values that other containers may hang from; packed vectors hold none.
    #[inline]
    pub(super) fn children(&self) -> &[Value] {
        match self {
            Self::Struct(items) | Self::Variant(_, items) | Self::Values(items) => items,
            Self::Cell(value) => std::slice::from_ref(value),
            _ => &[],
        }
    }
}
