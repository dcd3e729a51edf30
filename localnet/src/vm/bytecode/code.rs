//! Instructions as the format encodes them.

use super::super::VmStatus;
use super::super::types::Mutability;
use super::reader::{Reader, VARIANT, VARIANT_HANDLE};
use ruint::aliases::U256;

/// A function's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct Code {
    /// Signature of the locals that are not parameters.
    pub(in crate::vm) locals: u16,
    pub(in crate::vm) ops: Vec<Op>,
    pub(in crate::vm) jump_tables: Vec<JumpTable>,
}

/// The targets of a `VariantSwitch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) struct JumpTable {
    /// The enum switched on.
    pub(in crate::vm) enumeration: u16,
    /// One instruction index for each variant.
    pub(in crate::vm) targets: Vec<u16>,
}

/// One instruction, its operand an index into the table its name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vm) enum Op {
    Pop,
    Ret,
    BrTrue(u16),
    BrFalse(u16),
    Branch(u16),
    LdU8(u8),
    LdU16(u16),
    LdU32(u32),
    LdU64(u64),
    LdU128(u128),
    LdU256(Box<U256>),
    LdConst(u16),
    LdTrue,
    LdFalse,
    CopyLoc(u8),
    MoveLoc(u8),
    StLoc(u8),
    BorrowLoc(Mutability, u8),
    BorrowField(Mutability, u16),
    BorrowFieldGeneric(Mutability, u16),
    Call(u16),
    CallGeneric(u16),
    Pack(u16),
    PackGeneric(u16),
    Unpack(u16),
    UnpackGeneric(u16),
    ReadRef,
    WriteRef,
    FreezeRef,
    Add,
    Sub,
    Mul,
    Mod,
    Div,
    BitOr,
    BitAnd,
    Xor,
    Shl,
    Shr,
    Or,
    And,
    Not,
    Eq,
    Neq,
    Lt,
    Gt,
    Le,
    Ge,
    Abort,
    Nop,
    CastU8,
    CastU16,
    CastU32,
    CastU64,
    CastU128,
    CastU256,
    VecPack(u16, u64),
    VecLen(u16),
    VecBorrow(Mutability, u16),
    VecPushBack(u16),
    VecPopBack(u16),
    VecUnpack(u16, u64),
    VecSwap(u16),
    PackVariant(u16),
    PackVariantGeneric(u16),
    UnpackVariant(u16),
    UnpackVariantRef(Mutability, u16),
    UnpackVariantGeneric(u16),
    UnpackVariantGenericRef(Mutability, u16),
    VariantSwitch(u16),
}

impl Code {
    pub(super) fn read(reader: &mut Reader<'_>, version: u32) -> Result<Self, VmStatus> {
        let locals = reader.index()?;
        let count = reader.index()?;
        let ops = reader.list(count, |reader| Op::read(reader, version))?;
        let jump_tables = if version >= 7 {
            let count = reader.uleb16(VARIANT)?;
            reader.list(count, JumpTable::read)?
        } else {
            Vec::new()
        };
        Ok(Self {
            locals,
            ops,
            jump_tables,
        })
    }
}

impl JumpTable {
    fn read(reader: &mut Reader<'_>) -> Result<Self, VmStatus> {
        let enumeration = reader.index()?;
        let branches = reader.uleb16(VARIANT)?;
        if reader.u8()? != 1 {
            return Err(reader.malformed("unknown kind of jump table"));
        }
        Ok(Self {
            enumeration,
            targets: reader.list(branches, Reader::index)?,
        })
    }
}

impl Op {
    fn read(reader: &mut Reader<'_>, version: u32) -> Result<Self, VmStatus> {
        let opcode = reader.u8()?;
        if (0x4e..=0x56).contains(&opcode) && version < 7 {
            return Err(reader.malformed("enum instruction in a module of a version before enums"));
        }
        Ok(match opcode {
            0x01 => Self::Pop,
            0x02 => Self::Ret,
            0x03 => Self::BrTrue(reader.index()?),
            0x04 => Self::BrFalse(reader.index()?),
            0x05 => Self::Branch(reader.index()?),
            0x06 => Self::LdU64(u64::from_le_bytes(reader.array()?)),
            0x07 => Self::LdConst(reader.index()?),
            0x08 => Self::LdTrue,
            0x09 => Self::LdFalse,
            0x0a => Self::CopyLoc(reader.small()?),
            0x0b => Self::MoveLoc(reader.small()?),
            0x0c => Self::StLoc(reader.small()?),
            0x0d => Self::BorrowLoc(Mutability::Mutable, reader.small()?),
            0x0e => Self::BorrowLoc(Mutability::Shared, reader.small()?),
            0x0f => Self::BorrowField(Mutability::Mutable, reader.index()?),
            0x10 => Self::BorrowField(Mutability::Shared, reader.index()?),
            0x11 => Self::Call(reader.index()?),
            0x12 => Self::Pack(reader.index()?),
            0x13 => Self::Unpack(reader.index()?),
            0x14 => Self::ReadRef,
            0x15 => Self::WriteRef,
            0x16 => Self::Add,
            0x17 => Self::Sub,
            0x18 => Self::Mul,
            0x19 => Self::Mod,
            0x1a => Self::Div,
            0x1b => Self::BitOr,
            0x1c => Self::BitAnd,
            0x1d => Self::Xor,
            0x1e => Self::Or,
            0x1f => Self::And,
            0x20 => Self::Not,
            0x21 => Self::Eq,
            0x22 => Self::Neq,
            0x23 => Self::Lt,
            0x24 => Self::Gt,
            0x25 => Self::Le,
            0x26 => Self::Ge,
            0x27 => Self::Abort,
            0x28 => Self::Nop,
            0x2e => Self::FreezeRef,
            0x2f => Self::Shl,
            0x30 => Self::Shr,
            0x31 => Self::LdU8(reader.u8()?),
            0x32 => Self::LdU128(u128::from_le_bytes(reader.array()?)),
            0x33 => Self::CastU8,
            0x34 => Self::CastU64,
            0x35 => Self::CastU128,
            0x36 => Self::BorrowFieldGeneric(Mutability::Mutable, reader.index()?),
            0x37 => Self::BorrowFieldGeneric(Mutability::Shared, reader.index()?),
            0x38 => Self::CallGeneric(reader.index()?),
            0x39 => Self::PackGeneric(reader.index()?),
            0x3a => Self::UnpackGeneric(reader.index()?),
            0x40 => Self::VecPack(reader.index()?, u64::from_le_bytes(reader.array()?)),
            0x41 => Self::VecLen(reader.index()?),
            0x42 => Self::VecBorrow(Mutability::Shared, reader.index()?),
            0x43 => Self::VecBorrow(Mutability::Mutable, reader.index()?),
            0x44 => Self::VecPushBack(reader.index()?),
            0x45 => Self::VecPopBack(reader.index()?),
            0x46 => Self::VecUnpack(reader.index()?, u64::from_le_bytes(reader.array()?)),
            0x47 => Self::VecSwap(reader.index()?),
            0x48 => Self::LdU16(u16::from_le_bytes(reader.array()?)),
            0x49 => Self::LdU32(u32::from_le_bytes(reader.array()?)),
            0x4a => Self::LdU256(Box::new(U256::from_le_bytes::<32>(reader.array()?))),
            0x4b => Self::CastU16,
            0x4c => Self::CastU32,
            0x4d => Self::CastU256,
            0x4e => Self::PackVariant(reader.uleb16(VARIANT_HANDLE)?),
            0x4f => Self::PackVariantGeneric(reader.uleb16(VARIANT_HANDLE)?),
            0x50 => Self::UnpackVariant(reader.uleb16(VARIANT_HANDLE)?),
            0x51 => Self::UnpackVariantRef(Mutability::Shared, reader.uleb16(VARIANT_HANDLE)?),
            0x52 => Self::UnpackVariantRef(Mutability::Mutable, reader.uleb16(VARIANT_HANDLE)?),
            0x53 => Self::UnpackVariantGeneric(reader.uleb16(VARIANT_HANDLE)?),
            0x54 => {
                Self::UnpackVariantGenericRef(Mutability::Shared, reader.uleb16(VARIANT_HANDLE)?)
            }
            0x55 => {
                Self::UnpackVariantGenericRef(Mutability::Mutable, reader.uleb16(VARIANT_HANDLE)?)
            }
            0x56 => Self::VariantSwitch(reader.uleb16(VARIANT)?),
            0x29..=0x2d | 0x3b..=0x3f => {
                return Err(reader.malformed("instruction on global storage"));
            }
            _ => return Err(reader.malformed("unknown instruction")),
        })
    }
}
