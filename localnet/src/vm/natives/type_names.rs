//! `std::type_name` and `sui::types`.

use sui_sdk_types::TypeTag;

use super::names::{canonical_name, tag_size};
use super::support::{BASE, PER_BYTE, exactly, length, returns};
use crate::vm::{
    Layout, NativeContext, NativeError, NativeResult, Type, TypeKind, Types, Value, VmStatus,
};

/// `ENonModuleType`
const NON_MODULE_TYPE: u64 = 0;

pub(super) fn with_defining_ids(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    name(context, types, defining_tag)
}

pub(super) fn with_original_ids(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    name(context, types, Types::original_tag)
}

pub(super) fn defining_id(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    package(context, types, defining_tag)
}

pub(super) fn original_id(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    package(context, types, Types::original_tag)
}

/// Whether a type has the form of a one-time witness. That only one value of it was ever made, the publish takes care of.
pub(super) fn is_one_time_witness(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    _: &[Value],
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    context.charge(PER_BYTE * context.types.node_count(type_)?)?;
    context.charge(PER_BYTE * tag_size(context.types, type_)?)?;
    returns(has_witness_form(context.types, type_)?)
}

/// A struct without type parameters whose name is its module's in capitals and whose only field is a `bool`, which is what
/// the compiler gives a struct without fields.
pub(crate) fn has_witness_form(types: &Types, type_: Type) -> Result<bool, VmStatus> {
    let TypeKind::Datatype(id, arguments) = types.kind(type_)? else {
        return Ok(false);
    };
    let datatype = types.datatype_info(*id)?;
    let one_bool =
        matches!(types.layout(type_)?, Layout::Struct(fields) if **fields == [Type::BOOL]);
    let named = datatype.name.as_str() == datatype.module.as_str().to_ascii_uppercase();
    Ok(arguments.is_empty() && one_bool && named)
}

fn name(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    tag: fn(&Types, Type) -> Result<TypeTag, VmStatus>,
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    let name = canonical_name(&tag(context.types, type_)?).into_bytes();
    context.charge(PER_BYTE * length(&name))?;
    // TypeName { name: ascii::String { bytes } }
    let bytes = context.heap.vector_u8(name)?;
    let string = context.heap.pack(&[bytes])?;
    returns(context.heap.pack(&[string])?)
}

fn package(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    tag: fn(&Types, Type) -> Result<TypeTag, VmStatus>,
) -> NativeResult {
    context.charge(BASE)?;
    let [type_] = exactly(types)?;
    match tag(context.types, type_)? {
        TypeTag::Struct(tag) => returns(*tag.address()),
        _ => Err(NativeError::Abort(NON_MODULE_TYPE)),
    }
}

fn defining_tag(types: &Types, type_: Type) -> Result<TypeTag, VmStatus> {
    types.tag(type_).cloned()
}
