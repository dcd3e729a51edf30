//! Type tokens: types as signatures write them.

use super::super::VmStatus;
use super::reader::{INDEX, Reader};
use sui_sdk_types::TypeTag;

/// Nesting the format allows.
const MAX_DEPTH: u32 = 256;

/// A type in a signature, with datatypes by handle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::vm) enum Token {
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    U256,
    Address,
    Signer,
    Vector(Box<Token>),
    Reference(Box<Token>),
    MutReference(Box<Token>),
    Datatype(u16, Vec<Token>),
    Parameter(u16),
}

impl Token {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, VmStatus> {
        Self::read_at(reader, 1)
    }

    fn read_at(reader: &mut Reader<'_>, depth: u32) -> Result<Self, VmStatus> {
        if depth > MAX_DEPTH {
            return Err(reader.malformed("type nested deeper than 256 levels"));
        }
        let inner = |reader: &mut Reader<'_>| Self::read_at(reader, depth + 1).map(Box::new);
        Ok(match reader.u8()? {
            0x01 => Self::Bool,
            0x02 => Self::U8,
            0x03 => Self::U64,
            0x04 => Self::U128,
            0x05 => Self::Address,
            0x06 => Self::Reference(inner(reader)?),
            0x07 => Self::MutReference(inner(reader)?),
            0x08 => Self::Datatype(reader.index()?, Vec::new()),
            0x09 => Self::Parameter(reader.uleb16(INDEX)?),
            0x0a => Self::Vector(inner(reader)?),
            0x0b => {
                let handle = reader.index()?;
                let count = reader.small()?;
                if count == 0 {
                    return Err(reader.malformed("instantiation without type arguments"));
                }
                Self::Datatype(
                    handle,
                    reader.list(count.into(), |reader| Self::read_at(reader, depth + 1))?,
                )
            }
            0x0c => Self::Signer,
            0x0d => Self::U16,
            0x0e => Self::U32,
            0x0f => Self::U256,
            _ => return Err(reader.malformed("unknown type token")),
        })
    }

    /// The tag of a type that a constant may have: a primitive, or a vector of such.
    pub(super) fn constant_tag(&self) -> Option<TypeTag> {
        Some(match self {
            Self::Bool => TypeTag::Bool,
            Self::U8 => TypeTag::U8,
            Self::U16 => TypeTag::U16,
            Self::U32 => TypeTag::U32,
            Self::U64 => TypeTag::U64,
            Self::U128 => TypeTag::U128,
            Self::U256 => TypeTag::U256,
            Self::Address => TypeTag::Address,
            Self::Vector(element) => TypeTag::Vector(Box::new(element.constant_tag()?)),
            _ => return None,
        })
    }

    /// The tokens directly inside this one.
    pub(in crate::vm) fn children(&self) -> &[Self] {
        match self {
            Self::Vector(inner) | Self::Reference(inner) | Self::MutReference(inner) => {
                std::slice::from_ref(inner)
            }
            Self::Datatype(_, arguments) => arguments,
            _ => &[],
        }
    }

    /// Whether a constant may be of this type: primitives and vectors of them.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Vector(element) => element.is_constant(),
            Self::Signer
            | Self::Reference(_)
            | Self::MutReference(_)
            | Self::Datatype(..)
            | Self::Parameter(_) => false,
            _ => true,
        }
    }
}
