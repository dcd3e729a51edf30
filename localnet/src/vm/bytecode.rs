//! The Move binary format, versions 6 and 7.
//!
//! [`CompiledModule::parse`] accepts exactly what the format allows: every byte is consumed, every index is in bounds, every
//! number is in its canonical encoding and below its maximum. What it returns is trusted by the loader for its shape, not for
//! its meaning: types and names are resolved, and rejected, there. What its code does is for the verifier to say.

mod check;
mod code;
mod compatibility;
mod model;
mod reader;
mod tables;
mod token;
mod witness;

pub(super) use self::code::{Code, Op};
pub use self::compatibility::UpgradePolicy;
pub use self::model::{CompiledModule, TableSizes, Visibility};
pub(super) use self::model::{DatatypeHandle, FieldDefinition, VariantDefinition};
pub(super) use self::token::Token;
