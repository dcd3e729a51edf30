//! Move values as JSON, rendered as Sui's node renders them.
//!
//! Integers above 32 bits, addresses, ids and balances are strings; `vector<u8>` is base64; an option is its value or null;
//! an enum is an object whose `@variant` says which one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};
use ruint::aliases::U256;
use sui_sdk_types::Address;

use crate::vm::{Datatype, DatatypeBody, Field, Layout, Type, TypeKind, Types};

const STD: Address = Address::from_static("0x1");
/// Nesting of the rendering. A protobuf message may nest 100 levels, and the value sits inside others.
const MAX_DEPTH: usize = 80;
/// What a rendering may cost, in bytes of text plus a fixed price for every value.
const MAX_COST: usize = 1024 * 1024;
/// The price of a value besides its text.
const VALUE_COST: usize = 32;

/// A value of type `ty` as JSON; none if the bytes are not one, or it would be too large or too deep.
pub(super) fn render(types: &Types, ty: Type, bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader {
        types,
        bytes,
        left: MAX_COST,
    };
    let value = reader.value(ty, 0)?;
    reader.bytes.is_empty().then_some(value)
}

/// The bytes behind the first value, whose type is `ty`; none if the bytes do not begin with one.
pub(super) fn split<'a>(types: &Types, ty: Type, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut reader = Reader {
        types,
        bytes,
        left: MAX_COST,
    };
    reader.skip(ty, 0)?;
    bytes.split_at_checked(bytes.len().checked_sub(reader.bytes.len())?)
}

struct Reader<'a, 'b> {
    types: &'a Types,
    bytes: &'b [u8],
    left: usize,
}

impl<'b> Reader<'_, 'b> {
    fn value(&mut self, ty: Type, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let kind = match self.types.kind(ty).ok()? {
            TypeKind::Bool => match self.array::<1>()? {
                [0] => Kind::BoolValue(false),
                [1] => Kind::BoolValue(true),
                _ => return None,
            },
            TypeKind::U8 => Kind::NumberValue(self.array::<1>().map(u8::from_le_bytes)?.into()),
            TypeKind::U16 => Kind::NumberValue(self.array().map(u16::from_le_bytes)?.into()),
            TypeKind::U32 => Kind::NumberValue(self.array().map(u32::from_le_bytes)?.into()),
            TypeKind::U64 => text(self.array().map(u64::from_le_bytes)?),
            TypeKind::U128 => text(self.array().map(u128::from_le_bytes)?),
            TypeKind::U256 => text(self.array().map(U256::from_le_bytes::<32>)?),
            TypeKind::Address | TypeKind::Signer => text(self.array().map(Address::new)?),
            TypeKind::Vector(element) => self.vector(*element, depth)?,
            TypeKind::Datatype(id, _) => {
                let datatype = self.types.datatype_info(*id).ok()?;
                self.datatype(datatype, self.types.layout(ty).ok()?, depth)?
            }
            TypeKind::Reference(_) | TypeKind::MutReference(_) | TypeKind::Parameter(_) => {
                return None;
            }
        };
        self.pay(VALUE_COST)?;
        if let Kind::StringValue(text) = &kind {
            self.pay(text.len())?;
        }
        Some(Value { kind: Some(kind) })
    }

    fn vector(&mut self, element: Type, depth: usize) -> Option<Kind> {
        let len = self.length()?;
        if element == Type::U8 {
            return Some(Kind::StringValue(STANDARD.encode(self.take(len)?)));
        }
        let mut values = Vec::new();
        for _ in 0..len {
            values.push(self.value(element, depth.saturating_add(1))?);
        }
        Some(Kind::ListValue(ListValue { values }))
    }

    fn datatype(&mut self, datatype: &Datatype, layout: &Layout, depth: usize) -> Option<Kind> {
        let name = (
            datatype.original_id,
            datatype.module.as_str(),
            datatype.name.as_str(),
        );
        match (name, layout, datatype.body()?) {
            ((STD, "string" | "ascii", "String"), ..)
            | ((STD, "type_name", "TypeName"), ..)
            | ((Address::TWO, "url", "Url"), ..) => {
                let len = self.length()?;
                let text = std::str::from_utf8(self.take(len)?).ok()?;
                Some(Kind::StringValue(text.to_owned()))
            }
            ((Address::TWO, "object", "UID" | "ID"), ..) => {
                self.array().map(Address::new).map(text)
            }
            ((Address::TWO, "balance", "Balance"), ..) => {
                self.array().map(u64::from_le_bytes).map(text)
            }
            ((STD, "option", "Option"), Layout::Struct(fields), _) => {
                let [vector] = fields.as_ref() else {
                    return None;
                };
                let TypeKind::Vector(element) = self.types.kind(*vector).ok()? else {
                    return None;
                };
                match self.length()? {
                    0 => Some(Kind::NullValue(0)),
                    1 => self.value(*element, depth.saturating_add(1))?.kind,
                    _ => None,
                }
            }
            (_, Layout::Struct(types), DatatypeBody::Struct(fields)) => {
                let mut object = Struct::default();
                self.fields(&mut object, fields, types, depth)?;
                Some(Kind::StructValue(object))
            }
            (_, Layout::Enum(layouts), DatatypeBody::Enum(variants)) => {
                let tag = self.length()?;
                let variant = variants.get(tag)?;
                let mut object = Struct::default();
                object.fields.insert(
                    "@variant".to_owned(),
                    variant.name.as_str().to_owned().into(),
                );
                self.fields(&mut object, &variant.fields, layouts.get(tag)?, depth)?;
                Some(Kind::StructValue(object))
            }
            _ => None,
        }
    }

    fn fields(
        &mut self,
        object: &mut Struct,
        fields: &[Field],
        types: &[Type],
        depth: usize,
    ) -> Option<()> {
        for (field, ty) in fields.iter().zip(types) {
            let name = field.name.as_str();
            self.pay(name.len())?;
            let value = self.value(*ty, depth.saturating_add(1))?;
            object.fields.insert(name.to_owned(), value);
        }
        Some(())
    }

    /// Reads over a value without rendering it.
    fn skip(&mut self, ty: Type, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.pay(1)?;
        let width = match self.types.kind(ty).ok()? {
            TypeKind::Bool | TypeKind::U8 => 1,
            TypeKind::U16 => 2,
            TypeKind::U32 => 4,
            TypeKind::U64 => 8,
            TypeKind::U128 => 16,
            TypeKind::U256 | TypeKind::Address | TypeKind::Signer => 32,
            TypeKind::Vector(element) => {
                let len = self.length()?;
                if *element == Type::U8 {
                    len
                } else {
                    for _ in 0..len {
                        self.skip(*element, depth.saturating_add(1))?;
                    }
                    0
                }
            }
            TypeKind::Datatype(..) => {
                let fields = match self.types.layout(ty).ok()? {
                    Layout::Struct(fields) => fields,
                    Layout::Enum(variants) => variants.get(self.length()?)?,
                };
                for field in fields {
                    self.skip(*field, depth.saturating_add(1))?;
                }
                0
            }
            TypeKind::Reference(_) | TypeKind::MutReference(_) | TypeKind::Parameter(_) => {
                return None;
            }
        };
        self.take(width).map(drop)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(*array)
    }

    fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A length or a variant number.
    fn length(&mut self) -> Option<usize> {
        let mut length = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array()?;
            length |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return usize::try_from(length).ok();
            }
        }
        None
    }

    fn pay(&mut self, cost: usize) -> Option<()> {
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }
}

fn text(value: impl std::fmt::Display) -> Kind {
    Kind::StringValue(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_above_32_bits_are_text() {
        let types = Types::default();
        let vector = types.vector(Type::U64).expect("a type");
        let bytes = bcs::to_bytes(&vec![1_u64, u64::MAX]).expect("bytes");
        let value = render(&types, vector, &bytes).expect("a rendering");
        let list = ["1", "18446744073709551615"].map(|text| Value::from(text.to_owned()));
        assert_eq!(value, Value::from(list.to_vec()));
        assert_eq!(
            render(&types, Type::U32, &[7, 0, 0, 0]),
            Some(Value::from(7.0))
        );
    }

    #[test]
    fn bytes_that_are_no_value_render_as_nothing() {
        let types = Types::default();
        let nested = types.vector(Type::U256).expect("a type");
        assert_eq!(render(&types, Type::BOOL, &[2]), None);
        assert_eq!(render(&types, Type::U64, &[0; 7]), None);
        assert_eq!(render(&types, Type::U64, &[0; 9]), None);
        assert_eq!(
            render(&types, nested, &[0xff, 0xff, 0xff, 0xff, 0x7f]),
            None
        );
        assert_eq!(render(&types, nested, &[0xff; 6]), None);
    }

    #[test]
    fn a_value_is_cut_off_where_it_ends() {
        let types = Types::default();
        let name = types.vector(Type::U8).expect("a type");
        assert_eq!(
            split(&types, name, &[2, 7, 8, 9]),
            Some(([2, 7, 8].as_slice(), [9].as_slice()))
        );
        assert_eq!(split(&types, name, &[4, 7, 8, 9]), None);
    }
}
