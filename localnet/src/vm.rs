//! The Move virtual machine: bytecode in, values and statuses out.
//!
//! Nothing here reads a clock, a file or the network, and nothing a caller supplies (bytecode, BCS, type arguments) can make
//! it panic: whatever is wrong becomes a [`VmError`]. The ledger owns a [`Vm`], which caches loaded packages, interned types
//! and linked code for its whole life, and makes one [`Execution`] per transaction, which owns every value of it.
//!
//! Invariants:
//! * A container has one owner, so moving a value is copying its handle, and nothing is reference counted.
//! * A handle carries a generation: bytecode that keeps a dead reference gets an invariant violation, never another's value.
//! * [`Vm`] only ever grows; an index it has handed out stays valid.

mod append_vec;
mod bcs;
mod bytecode;
mod error;
mod execution;
mod gas;
mod heap;
mod interpreter;
mod loader;
mod native;
mod natives;
mod object_runtime;
mod store;
mod types;
mod value;
mod verifier;

pub use bytecode::{CompiledModule, TableSizes, UpgradePolicy, Visibility};
pub use error::{LinkError, Location, StatusClass, VectorError, VmError, VmStatus};
pub use execution::{Cell, Execution};
pub use gas::GasMeter;
pub use heap::{Heap, VectorKind};
pub use loader::{Function, Package, PackageSource, Vm};
pub use native::{NativeContext, NativeError, NativeFunction, NativeResult, NativeTable};
pub(crate) use natives::canonical_name;
pub use object_runtime::{
    ACCUMULATOR_ROOT, AccumulatorAction, AccumulatorAmount, AccumulatorEvent, FieldHash,
    InputAccess, LoadedObject, ObjectRuntime, RuntimeConfig, RuntimeEvent, RuntimeResults,
    TransferKind, WriteKind, WrittenObject, accumulator_object_id,
};
pub use store::{ObjectStore, TxContext};
pub use types::{
    AbilitySet, Datatype, DatatypeBody, DatatypeId, Field, Layout, Mutability, Type, TypeKind,
    TypeParameter, Types, Variant,
};
pub use value::{Handle, Reference, Value};
pub use verifier::{Rule, VerificationError, Verified, verify};
