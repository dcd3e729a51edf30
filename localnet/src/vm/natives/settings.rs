//! `sui::config` and `sui::protocol_config`.

use super::support::{exactly, returns};
use crate::vm::{NativeContext, NativeResult, Type, Value, VmStatus};

const READ_BASE: u64 = 100;
const READ_PER_UNIT: u64 = 40;

/// What of a stored setting is in force in an epoch: the newer value once its epoch is over, else the older one.
pub(super) fn read_setting(
    context: &mut NativeContext<'_, '_>,
    types: &[Type],
    arguments: &[Value],
) -> NativeResult {
    context.charge(READ_BASE)?;
    let [field_type, _setting, _data, value_type] = exactly(types)?;
    let [config, id, epoch] = exactly(arguments)?;
    let (config, id, epoch) = (config.as_address()?, id.as_address()?, epoch.as_u64()?);
    let stored = context.runtime.stored_child(config, id);
    let tag = context.types.struct_tag(field_type)?;
    let contents = stored
        .as_ref()
        .and_then(|object| object.as_struct())
        .filter(|data| data.object_type() == tag)
        .map(|data| data.contents());
    let found = match (
        context.runtime.test_setting(config, id, field_type),
        contents,
    ) {
        (Some(field), _) => in_force(context, field, epoch)?,
        (None, Some(contents)) => {
            let field = context.deserialize(field_type, contents)?;
            let found = in_force(context, field, epoch)?;
            context.heap.destroy(field)?;
            found
        }
        (None, None) => None,
    };
    let value = match found {
        Some(value) => value,
        None => {
            // Option<T> { vec: [] }
            let none = context
                .heap
                .vector(context.types.vector_kind(value_type)?, &[])?;
            context.heap.pack(&[none])?
        }
    };
    context.charge(READ_PER_UNIT.saturating_mul(context.heap.size(value)?))?;
    returns(value)
}

/// The `Option` in force, out of `Field { id, name, value: Setting { data: Option<SettingData> } }`.
fn in_force(
    context: &mut NativeContext<'_, '_>,
    field: Value,
    epoch: u64,
) -> Result<Option<Value>, VmStatus> {
    let heap = &mut *context.heap;
    let setting = heap.field(field, 2)?;
    let data = heap.field(heap.field(setting, 0)?, 0)?;
    let Some(data) = heap.elements(data)?.first().copied() else {
        return Ok(None);
    };
    let newer_epoch = heap.field(data, 0)?.as_u64()?;
    let value = heap.field(data, if epoch > newer_epoch { 1 } else { 2 })?;
    Ok(Some(heap.copy(value)?))
}

pub(super) fn is_feature_enabled(
    context: &mut NativeContext<'_, '_>,
    _: &[Type],
    arguments: &[Value],
) -> NativeResult {
    let [name] = exactly(arguments)?;
    let enabled = context
        .runtime
        .config()
        .is_feature_enabled(context.heap.bytes(name)?);
    context.heap.destroy(name)?;
    returns(enabled)
}
