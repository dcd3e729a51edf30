//! Values: small, `Copy`, and without a type of their own.

use super::VmStatus;
use ruint::aliases::U256;
use sui_sdk_types::Address;

/// One value of a running program.
///
/// Everything of fixed size is inline; structs, enums and vectors live in the [`Heap`](super::Heap) and are named by a
/// handle. Copying a `Value` copies the handle, which is a *move* in Move's terms: whoever copies must forget the original.
/// [`Heap::copy`](super::Heap::copy) makes a second, independent value.
// The tag is a whole word so that every payload lies at the same, aligned place: copies are then of whole words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Value {
    /// No value: a local that was moved out, or a cell that was taken.
    Empty,
    /// A `bool`.
    Bool(bool),
    /// A `u8`.
    U8(u8),
    /// A `u16`.
    U16(u16),
    /// A `u32`.
    U32(u32),
    /// A `u64`.
    U64(u64),
    /// A `u128`.
    U128(U128),
    /// A `u256`.
    U256(U256),
    /// An `address`.
    Address(Address),
    /// A struct, enum or vector.
    Container(Handle),
    /// A reference to a slot.
    Reference(Reference),
}

/// A `u128` as bytes, so that [`Value`] is aligned to 8 bytes and not to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct U128([u8; 16]);

impl From<u128> for U128 {
    #[inline]
    fn from(value: u128) -> Self {
        Self(value.to_le_bytes())
    }
}

impl From<U128> for u128 {
    #[inline]
    fn from(value: U128) -> Self {
        Self::from_le_bytes(value.0)
    }
}

/// Names a container of the heap. The generation makes a handle that outlived its container recognisable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// A reference: always to a slot, which may itself hold a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A local variable of a running function, by its position among all live locals.
    Local(u32),
    /// A field, an element or the content of a cell.
    Slot {
        /// The container.
        container: Handle,
        /// Field or element number.
        index: u32,
    },
}

const WRONG_KIND: VmStatus = VmStatus::InvariantViolation("operand of an unexpected type");

impl Value {
    /// The `bool`.
    ///
    /// # Errors
    /// An invariant violation if this is another kind of value; so for all accessors.
    #[inline]
    pub fn as_bool(self) -> Result<bool, VmStatus> {
        if let Self::Bool(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The `u8`.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_u8(self) -> Result<u8, VmStatus> {
        if let Self::U8(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The `u16`.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_u16(self) -> Result<u16, VmStatus> {
        if let Self::U16(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The `u32`.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_u32(self) -> Result<u32, VmStatus> {
        if let Self::U32(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The `u64`.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_u64(self) -> Result<u64, VmStatus> {
        if let Self::U64(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The `u128`.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_u128(self) -> Result<u128, VmStatus> {
        if let Self::U128(value) = self {
            Ok(value.into())
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The `u256`.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_u256(self) -> Result<U256, VmStatus> {
        if let Self::U256(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The address.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_address(self) -> Result<Address, VmStatus> {
        if let Self::Address(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The handle of a struct, enum or vector.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_container(self) -> Result<Handle, VmStatus> {
        if let Self::Container(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The reference.
    ///
    /// # Errors
    /// See [`Value::as_bool`].
    #[inline]
    pub fn as_reference(self) -> Result<Reference, VmStatus> {
        if let Self::Reference(value) = self {
            Ok(value)
        } else {
            Err(WRONG_KIND)
        }
    }

    /// The same value, moved as what it is.
    ///
    /// A processor that reads 40 bytes of which 16 were just written waits until they have reached the cache. Nearly
    /// everything that moves is small, so that takes longer than to look first.
    #[inline(always)]
    pub(super) fn moved(&self) -> Self {
        match self {
            Self::Empty => Self::Empty,
            Self::U64(value) => Self::U64(*value),
            Self::Bool(value) => Self::Bool(*value),
            Self::U8(value) => Self::U8(*value),
            Self::Container(handle) => Self::Container(*handle),
            Self::Reference(reference) => Self::Reference(*reference),
            large => large.whole(),
        }
    }

    // Apart, so that the compiler does not read all of a small value in advance.
    #[inline(never)]
    fn whole(&self) -> Self {
        *self
    }

    /// Whether there is no value here.
    #[must_use]
    pub fn is_empty(self) -> bool {
        matches!(self, Self::Empty)
    }
}

macro_rules! from_primitive {
    ($($source:ty => $variant:ident),*) => {$(
        impl From<$source> for Value {
            #[inline]
            fn from(value: $source) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from_primitive!(bool => Bool, u8 => U8, u16 => U16, u32 => U32, u64 => U64, u128 => U128, U256 => U256, Address => Address,
    Handle => Container, Reference => Reference);
