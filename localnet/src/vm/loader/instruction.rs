//! Instructions as the interpreter runs them.

use super::super::{Type, Value};
use super::cost::RunCost;
use sui_sdk_types::{Address, Identifier};

/// A function's code, decoded once and shared by all its instances.
#[derive(Debug)]
pub(in crate::vm) struct Code {
    pub(in crate::vm) instructions: Box<[Instr]>,
    /// For each instruction, what it and those up to the next branch or call cost.
    pub(in crate::vm) costs: Box<[RunCost]>,
    /// Parameters and locals.
    pub(in crate::vm) locals: u16,
    pub(in crate::vm) jump_tables: Box<[Box<[u16]>]>,
    /// 128 and 256-bit integers the code loads.
    pub(in crate::vm) wide: Box<[Value]>,
    /// Element types of the vectors the code makes, in terms of the function's type parameters.
    pub(in crate::vm) elements: Box<[Type]>,
    /// Types of the structs, enums and vectors the code makes.
    pub(in crate::vm) made: Box<[Type]>,
    pub(in crate::vm) callees: Box<[Callee]>,
}

/// A function the code calls, before linking.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::vm) struct Callee {
    /// Original id of its package.
    pub(in crate::vm) package: Address,
    pub(in crate::vm) module: Identifier,
    pub(in crate::vm) function: Identifier,
    /// In terms of the caller's type parameters.
    pub(in crate::vm) type_arguments: Box<[Type]>,
}

/// One instruction, with everything that can be known before running worked out. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vm) enum Instr {
    Pop,
    Ret,
    BrTrue(u16),
    BrFalse(u16),
    Branch(u16),
    LdBool(bool),
    LdU8(u8),
    LdU16(u16),
    LdU32(u32),
    LdU64(u64),
    /// Index into [`Code::wide`].
    LdWide(u16),
    /// Index into the module's constants.
    LdConst(u16),
    /// A copy of a local whose type tells its size in the gas model.
    CopyLoc {
        local: u8,
        size: u8,
    },
    /// A copy of a local that has to be looked at to know its size.
    CopyValue(u8),
    MoveLoc(u8),
    StLoc(u8),
    BorrowLoc(u8),
    BorrowField(u16),
    /// Index into [`Code::callees`].
    Call(u16),
    /// Number of fields.
    Pack(u16),
    Unpack(u16),
    PackVariant {
        tag: u16,
        fields: u16,
    },
    UnpackVariant {
        tag: u16,
        fields: u16,
    },
    UnpackVariantRef {
        tag: u16,
        fields: u16,
    },
    /// Index into [`Code::jump_tables`].
    VariantSwitch(u16),
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
    CastU8,
    CastU16,
    CastU32,
    CastU64,
    CastU128,
    CastU256,
    Abort,
    Nop,
    /// Index into [`Code::elements`], and the number of elements.
    VecPack {
        element: u16,
        count: u32,
    },
    VecLen,
    VecBorrow,
    VecPushBack,
    VecPopBack,
    VecUnpack(u32),
    VecSwap,
}

const _: () = assert!(
    size_of::<Instr>() <= 16,
    "instructions are read millions of times a second"
);
