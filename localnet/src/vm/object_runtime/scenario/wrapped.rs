//! The ids inside an object.

use std::collections::BTreeSet;

use sui_sdk_types::Address;

use crate::vm::object_runtime::uid_address;
use crate::vm::{Heap, Layout, Type, TypeKind, Types, Value, VmStatus};

/// Adds the ids of the objects that an object wraps: every `UID` that is the field of a struct inside it.
pub(super) fn wrapped_ids(
    heap: &Heap,
    types: &Types,
    type_: Type,
    object: Value,
    ids: &mut BTreeSet<Address>,
) -> Result<(), VmStatus> {
    let Layout::Struct(fields) = types.layout(type_)? else {
        return Ok(());
    };
    // The fields of the object itself are not looked at, only what is in them: its own id is one.
    for (index, field) in fields.iter().enumerate() {
        inner(heap, types, *field, heap.field(object, index)?, ids)?;
    }
    Ok(())
}

fn inner(
    heap: &Heap,
    types: &Types,
    type_: Type,
    value: Value,
    ids: &mut BTreeSet<Address>,
) -> Result<(), VmStatus> {
    match types.kind(type_)? {
        TypeKind::Vector(element) => {
            if matches!(
                types.kind(*element)?,
                TypeKind::Vector(_) | TypeKind::Datatype(..)
            ) {
                for item in heap.elements(value)? {
                    inner(heap, types, *element, item, ids)?;
                }
            }
        }
        TypeKind::Datatype(..) => match types.layout(type_)? {
            Layout::Struct(fields) => {
                for (index, field) in fields.iter().enumerate() {
                    let value = heap.field(value, index)?;
                    if is_uid(types, *field)? {
                        ids.insert(uid_address(heap, value)?);
                    } else {
                        inner(heap, types, *field, value, ids)?;
                    }
                }
            }
            Layout::Enum(variants) => {
                let tag = usize::from(heap.variant_tag(value)?);
                for (index, field) in variants.get(tag).into_iter().flatten().enumerate() {
                    inner(heap, types, *field, heap.field(value, index)?, ids)?;
                }
            }
        },
        _ => {}
    }
    Ok(())
}

fn is_uid(types: &Types, type_: Type) -> Result<bool, VmStatus> {
    let TypeKind::Datatype(id, _) = types.kind(type_)? else {
        return Ok(false);
    };
    let datatype = types.datatype_info(*id)?;
    Ok(datatype.original_id == Address::TWO
        && datatype.module.as_str() == "object"
        && datatype.name.as_str() == "UID")
}

/// Whether a type is `Field<_, Setting<_>>`: a setting of `sui::config`.
pub(super) fn is_setting(types: &Types, type_: Type) -> Result<bool, VmStatus> {
    let framework = |type_: Type, module: &str, name: &str| {
        let TypeKind::Datatype(id, arguments) = types.kind(type_)? else {
            return Ok(None);
        };
        let datatype = types.datatype_info(*id)?;
        let named = datatype.original_id == Address::TWO
            && datatype.module.as_str() == module
            && datatype.name.as_str() == name;
        Ok::<_, VmStatus>(named.then_some(arguments))
    };
    match framework(type_, "dynamic_field", "Field")?.and_then(|arguments| arguments.get(1)) {
        Some(value) => Ok(framework(*value, "config", "Setting")?.is_some()),
        None => Ok(false),
    }
}
