//! Canonical serialisation of values, by type.

use super::heap::Open;
use super::{Handle, Heap, Layout, Type, TypeKind, Types, Value, VectorKind, VmStatus};
use ruint::aliases::U256;
use sui_sdk_types::Address;

/// Levels a value may have, as `max_move_value_depth` of the protocol.
const MAX_VALUE_DEPTH: u32 = 128;

/// Enough for most values, so that their bytes are not moved as they become more.
const USUAL_SIZE: usize = 128;

const TRAILING: VmStatus = VmStatus::InvalidValue("bytes left over after the value");
const TOO_SHORT: VmStatus = VmStatus::InvalidValue("bytes end before the value does");
const BAD_LENGTH: VmStatus = VmStatus::InvalidValue("length prefix is not canonical");

/// The bytes of `value`, or of its referent if it is a reference.
pub(super) fn serialize(
    types: &Types,
    heap: &Heap,
    ty: Type,
    value: Value,
) -> Result<Vec<u8>, VmStatus> {
    let mut out = Vec::with_capacity(USUAL_SIZE);
    Writer {
        types,
        heap,
        out: &mut out,
    }
    .value(ty, value, 0)?;
    Ok(out)
}

/// The one value of type `ty` that `bytes` are.
pub(super) fn deserialize(
    types: &Types,
    heap: &mut Heap,
    ty: Type,
    bytes: &[u8],
) -> Result<Value, VmStatus> {
    let mut reader = Reader { types, heap, bytes };
    let value = reader.value(ty, 0)?;
    if reader.bytes.is_empty() {
        Ok(value)
    } else {
        Err(TRAILING)
    }
}

struct Writer<'a> {
    types: &'a Types,
    heap: &'a Heap,
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn value(&mut self, ty: Type, value: Value, depth: u32) -> Result<(), VmStatus> {
        if depth >= MAX_VALUE_DEPTH {
            return Err(VmStatus::ValueDepthExceeded);
        }
        let value = match value {
            Value::Reference(reference) => self.heap.peek(reference)?,
            value => value,
        };
        match self.types.kind(ty)? {
            TypeKind::Bool => self.out.push(u8::from(value.as_bool()?)),
            TypeKind::U8 => self.out.push(value.as_u8()?),
            TypeKind::U16 => self.out.extend(value.as_u16()?.to_le_bytes()),
            TypeKind::U32 => self.out.extend(value.as_u32()?.to_le_bytes()),
            TypeKind::U64 => self.out.extend(value.as_u64()?.to_le_bytes()),
            TypeKind::U128 => self.out.extend(value.as_u128()?.to_le_bytes()),
            TypeKind::U256 => self.out.extend(value.as_u256()?.to_le_bytes::<32>()),
            TypeKind::Address => self.out.extend(value.as_address()?.as_bytes()),
            TypeKind::Vector(element) => self.vector(*element, value, depth)?,
            TypeKind::Datatype(..) => match self.types.layout(ty)? {
                Layout::Struct(fields) => self.fields(fields, value.as_container()?, depth)?,
                Layout::Enum(variants) => {
                    let tag = self.heap.variant_tag(value)?;
                    let Some(fields) = variants.get(usize::from(tag)) else {
                        return Err(VmStatus::InvariantViolation("variant number out of range"));
                    };
                    write_length(self.out, u64::from(tag));
                    self.fields(fields, value.as_container()?, depth)?;
                }
            },
            TypeKind::Signer
            | TypeKind::Reference(_)
            | TypeKind::MutReference(_)
            | TypeKind::Parameter(_) => {
                return Err(VmStatus::InvariantViolation("type has no serialised form"));
            }
        }
        Ok(())
    }

    fn fields(&mut self, types: &[Type], handle: Handle, depth: u32) -> Result<(), VmStatus> {
        let values = self.heap.fields(Value::Container(handle))?;
        if values.len() != types.len() {
            return Err(VmStatus::InvariantViolation(
                "value has another number of fields than its type",
            ));
        }
        for (ty, value) in types.iter().zip(values) {
            self.value(*ty, *value, depth + 1)?;
        }
        Ok(())
    }

    fn vector(&mut self, element: Type, value: Value, depth: u32) -> Result<(), VmStatus> {
        let kind = self.types.vector_kind(element)?;
        write_length(self.out, self.heap.container_len(value)?);
        if kind == VectorKind::Values {
            for item in self.heap.values(value)? {
                self.value(element, *item, depth + 1)?;
            }
            return Ok(());
        }
        self.heap.write_packed(value, kind, self.out)
    }
}

/// Appends `value` in the base-128 encoding of lengths and variant numbers.
fn write_length(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

struct Reader<'a, 'b> {
    types: &'a Types,
    heap: &'a mut Heap,
    bytes: &'b [u8],
}

impl Reader<'_, '_> {
    // `ok_or` would make, and drop, an error for each value that is read.
    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], VmStatus> {
        match self.bytes.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.bytes = tail;
                Ok(*head)
            }
            None => Err(TOO_SHORT),
        }
    }

    fn length(&mut self) -> Result<u32, VmStatus> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.take()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(BAD_LENGTH);
                }
                return u32::try_from(value).map_err(|_| BAD_LENGTH);
            }
        }
        Err(BAD_LENGTH)
    }

    fn bool(&mut self) -> Result<bool, VmStatus> {
        match self.take()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(VmStatus::InvalidValue("a bool is 0 or 1")),
        }
    }

    fn value(&mut self, ty: Type, depth: u32) -> Result<Value, VmStatus> {
        if depth >= MAX_VALUE_DEPTH {
            return Err(VmStatus::ValueDepthExceeded);
        }
        let types = self.types;
        Ok(match types.kind(ty)? {
            TypeKind::Bool => self.bool()?.into(),
            TypeKind::U8 => u8::from_le_bytes(self.take()?).into(),
            TypeKind::U16 => u16::from_le_bytes(self.take()?).into(),
            TypeKind::U32 => u32::from_le_bytes(self.take()?).into(),
            TypeKind::U64 => u64::from_le_bytes(self.take()?).into(),
            TypeKind::U128 => u128::from_le_bytes(self.take()?).into(),
            TypeKind::U256 => U256::from_le_bytes::<32>(self.take()?).into(),
            TypeKind::Address => Address::new(self.take()?).into(),
            TypeKind::Vector(element) => self.vector(*element, depth)?,
            TypeKind::Datatype(..) => match types.layout(ty)? {
                Layout::Struct(fields) => {
                    let open = self.fields(fields, depth)?;
                    self.heap.close_struct(open)?
                }
                Layout::Enum(variants) => {
                    let tag = self.length()?;
                    let number = u16::try_from(tag).map_err(|_| NO_VARIANT)?;
                    let Some(fields) = variants.get(usize::from(number)) else {
                        return Err(NO_VARIANT);
                    };
                    let open = self.fields(fields, depth)?;
                    self.heap.close_variant(number, open)?
                }
            },
            TypeKind::Signer
            | TypeKind::Reference(_)
            | TypeKind::MutReference(_)
            | TypeKind::Parameter(_) => {
                return Err(VmStatus::InvalidValue("type has no serialised form"));
            }
        })
    }

    /// The fields of a container that is still to be closed.
    fn fields(&mut self, types: &[Type], depth: u32) -> Result<Open, VmStatus> {
        let mut open = self.heap.open(types.len());
        for ty in types {
            open.push(self.value(*ty, depth + 1)?);
        }
        Ok(open)
    }

    fn vector(&mut self, element: Type, depth: u32) -> Result<Value, VmStatus> {
        let kind = self.types.vector_kind(element)?;
        let length = self.length()? as usize;
        if kind != VectorKind::Values {
            let size = length.saturating_mul(kind.width());
            let Some((items, rest)) = self.bytes.split_at_checked(size) else {
                return Err(TOO_SHORT);
            };
            self.bytes = rest;
            return self.heap.read_packed(kind, items);
        }
        // Every value takes at least one byte, so a longer vector cannot be whole; the prefix alone allocates nothing.
        if length > self.bytes.len() {
            return Err(TOO_SHORT);
        }
        let mut open = self.heap.open(0);
        for _ in 0..length {
            open.push(self.value(element, depth + 1)?);
        }
        self.heap.close_vector(open)
    }
}

const NO_VARIANT: VmStatus = VmStatus::InvalidValue("no variant has this number");
