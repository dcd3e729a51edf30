//! `sui::dynamic_field`: objects owned by objects.

use blake2::{Blake2b, Digest, digest::consts::U32};
use sui_sdk_types::Address;

use super::names::{struct_tag_size, tag_size};
use super::support::{BASE, PER_BYTE, exactly, returns};
use crate::canonical;
use crate::vm::object_runtime::{Access, Lookup, Memory, Mutable, uid_address};
use crate::vm::{FieldHash, NativeContext, NativeError, NativeResult, Type, Value, VmStatus};

type Blake2b256 = Blake2b<U32>;

/// `EFieldDoesNotExist`
const FIELD_DOES_NOT_EXIST: u64 = 1;
/// `EFieldTypeMismatch`
const FIELD_TYPE_MISMATCH: u64 = 2;
/// `EBCSSerializationFailure`
const SERIALIZATION_FAILURE: u64 = 3;

/// What a node of a child's type costs where the child is added or borrowed.
const PER_CHILD_TYPE_NODE: u64 = 10;
/// What a unit of a type tag costs where a child is added.
const PER_ADDED_TAG_UNIT: u64 = 10;
/// The size of a value that is only passed on.
const HANDED_OVER_SIZE: u64 = 2;
/// The size of a reference.
const REFERENCE_SIZE: u64 = 8;

/// The id of the field that a parent has under a key.
pub(super) fn hash_type_and_key(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    let [parent, key] = exactly(arguments)?;
    let sizes = context
        .types
        .node_count(type_)?
        .saturating_add(context.heap.size(key)?);
    context.charge(PER_BYTE.saturating_mul(sizes))?;
    context.charge(PER_BYTE.saturating_mul(tag_size(context.types, type_)?))?;
    let bytes = match context.serialize(type_, key) {
        Ok(bytes) => bytes,
        Err(VmStatus::ValueDepthExceeded) => return Err(NativeError::Abort(SERIALIZATION_FAILURE)),
        Err(status) => return Err(status.into()),
    };
    let tag = context.types.tag_bytes(type_)?;
    context.heap.destroy(key)?;
    let parent = parent.as_address()?;
    if let Some(id) = context.runtime.field_id(parent, type_, &bytes) {
        return returns(id);
    }
    let id = match context.runtime.config().field_hash {
        FieldHash::Network => canonical::child_id(parent, tag, &bytes),
        FieldHash::Wasm32 => wasm32_child_id(parent, tag, &bytes)?,
    };
    context.runtime.remember_field_id(parent, type_, bytes, id);
    returns(id)
}

/// The id that the official machine derives where a length is 32 bits wide.
fn wasm32_child_id(parent: Address, tag: &[u8], key: &[u8]) -> Result<Address, VmStatus> {
    const SCOPE: u8 = 0xF0;
    let length =
        u32::try_from(key.len()).map_err(|_| VmStatus::MemoryLimitExceeded("size of a key"))?;
    let mut hasher = Blake2b256::new();
    hasher.update([SCOPE]);
    hasher.update(parent.as_bytes());
    hasher.update(length.to_le_bytes());
    hasher.update(key);
    hasher.update(tag);
    Ok(Address::new(hasher.finalize().into()))
}

pub(super) fn add(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE + HANDED_OVER_SIZE)?;
    let [type_] = exactly(types)?;
    let [parent, child] = exactly(arguments)?;
    context.charge(PER_CHILD_TYPE_NODE.saturating_mul(context.types.node_count(type_)?))?;
    context.charge(PER_ADDED_TAG_UNIT.saturating_mul(struct_tag_size(context.types, type_)?))?;
    context
        .runtime
        .add_child(context.heap, parent.as_address()?, type_, child)?;
    Ok(None)
}

pub(super) fn borrow(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    borrow_as(context, types, arguments, Mutable::No)
}

pub(super) fn borrow_mut(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    borrow_as(context, types, arguments, Mutable::Yes)
}

fn borrow_as(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
    mutable: Mutable,
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    context.charge(PER_CHILD_TYPE_NODE.saturating_mul(context.types.node_count(type_)?))?;
    let [parent, id] = exactly(arguments)?;
    let parent = uid_address(context.heap, context.referent(parent)?)?;
    let mut memory = Memory {
        heap: context.heap,
        types: context.types,
    };
    let found =
        context
            .runtime
            .borrow_child(&mut memory, parent, id.as_address()?, type_, mutable)?;
    let (child, access) = found_or_abort(found)?;
    charge_access(context, access)?;
    let size = match access {
        Access::Value => REFERENCE_SIZE,
        Access::Object | Access::Loaded(_) => context.heap.size_with_referent(child.into())?,
    };
    context.charge(size)?;
    returns(child)
}

pub(super) fn remove(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    context.charge(PER_BYTE.saturating_mul(context.types.node_count(type_)?))?;
    let (parent, id) = parent_and_id(arguments)?;
    let mut memory = Memory {
        heap: context.heap,
        types: context.types,
    };
    let found = context
        .runtime
        .remove_child(&mut memory, parent, id, type_)?;
    let (child, access) = found_or_abort(found)?;
    charge_access(context, access)?;
    let size = match access {
        Access::Value => HANDED_OVER_SIZE,
        Access::Object | Access::Loaded(_) => context.heap.size(child)?,
    };
    context.charge(size)?;
    returns(child)
}

pub(super) fn has(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let (parent, id) = parent_and_id(arguments)?;
    let (exists, access) = context.runtime.child_exists(context.heap, parent, id)?;
    charge_access(context, access)?;
    returns(exists)
}

pub(super) fn has_with_type(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    let (parent, id) = parent_and_id(arguments)?;
    context.charge(PER_BYTE.saturating_mul(context.types.node_count(type_)?))?;
    context.charge(PER_BYTE.saturating_mul(struct_tag_size(context.types, type_)?))?;
    let (exists, access) =
        context
            .runtime
            .child_exists_with_type(context.heap, context.types, parent, id, type_)?;
    charge_access(context, access)?;
    returns(exists)
}

fn parent_and_id(arguments: &[Value]) -> Result<(Address, Address), VmStatus> {
    let [parent, id] = exactly(arguments)?;
    Ok((parent.as_address()?, id.as_address()?))
}

fn found_or_abort<T>(lookup: Lookup<T>) -> Result<(T, Access), NativeError> {
    match lookup {
        Lookup::Found(found, access) => Ok((found, access)),
        Lookup::Missing(_) => Err(NativeError::Abort(FIELD_DOES_NOT_EXIST)),
        Lookup::WrongType => Err(NativeError::Abort(FIELD_TYPE_MISMATCH)),
    }
}

/// Charges for what had to be read from the store: every byte, and at least one.
fn charge_access(context: &mut NativeContext<'_, '_>, access: Access) -> Result<(), VmStatus> {
    match access {
        Access::Value | Access::Object => Ok(()),
        Access::Loaded(size) => {
            let per_byte = context.runtime.config().object_read_cost_per_byte;
            context.charge(per_byte.saturating_mul((size as u64).max(1)))
        }
    }
}
