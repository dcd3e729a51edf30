//! Types as text and as sizes, the way Move code and the gas table see them.

use std::fmt::Write;

use sui_sdk_types::{StructTag, TypeTag};

use crate::vm::{Type, TypeKind, Types, VmStatus};

/// The size gas counts for one node of a type tag: an enum and a box.
const TAG_NODE_SIZE: u64 = 24;
/// The size gas counts for an address in a type tag.
const TAG_ADDRESS_SIZE: u64 = 32;

/// A type in the form of `std::type_name`: addresses as 64 digits without `0x`, type arguments without spaces.
pub(crate) fn canonical_name(tag: &TypeTag) -> String {
    let mut name = String::new();
    write_tag(&mut name, tag);
    name
}

fn write_tag(out: &mut String, tag: &TypeTag) {
    let primitive = match tag {
        TypeTag::Bool => "bool",
        TypeTag::U8 => "u8",
        TypeTag::U16 => "u16",
        TypeTag::U32 => "u32",
        TypeTag::U64 => "u64",
        TypeTag::U128 => "u128",
        TypeTag::U256 => "u256",
        TypeTag::Address => "address",
        TypeTag::Signer => "signer",
        TypeTag::Vector(element) => {
            out.push_str("vector<");
            write_tag(out, element);
            return out.push('>');
        }
        TypeTag::Struct(tag) => return write_struct(out, tag),
    };
    out.push_str(primitive);
}

fn write_struct(out: &mut String, tag: &StructTag) {
    for byte in tag.address().inner() {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out.push_str("::");
    out.push_str(tag.module().as_str());
    out.push_str("::");
    out.push_str(tag.name().as_str());
    for (index, parameter) in tag.type_params().iter().enumerate() {
        out.push(if index == 0 { '<' } else { ',' });
        write_tag(out, parameter);
    }
    if !tag.type_params().is_empty() {
        out.push('>');
    }
}

/// The size gas counts for the tag of a type, without making the tag.
pub(crate) fn tag_size(types: &Types, type_: Type) -> Result<u64, VmStatus> {
    let inner = match types.kind(type_)? {
        TypeKind::Vector(element) => tag_size(types, *element)?,
        TypeKind::Datatype(..) => struct_tag_size(types, type_)?,
        _ => 0,
    };
    Ok(TAG_NODE_SIZE + inner)
}

/// The size gas counts for the tag of a struct type on its own.
pub(crate) fn struct_tag_size(types: &Types, type_: Type) -> Result<u64, VmStatus> {
    let TypeKind::Datatype(id, arguments) = types.kind(type_)? else {
        return Err(VmStatus::InvariantViolation(
            "the struct tag of a type that is no struct",
        ));
    };
    let datatype = types.datatype_info(*id)?;
    let names = datatype.module.as_str().len() + datatype.name.as_str().len();
    let mut size = TAG_ADDRESS_SIZE + names as u64;
    for argument in arguments.iter() {
        size = size.saturating_add(tag_size(types, *argument)?);
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> TypeTag {
        text.parse().expect("a type tag")
    }

    #[test]
    fn names_are_canonical() {
        assert_eq!(
            canonical_name(&tag("vector<vector<u256>>")),
            "vector<vector<u256>>"
        );
        let sui = "0000000000000000000000000000000000000000000000000000000000000002::sui::SUI";
        assert_eq!(canonical_name(&tag("0x2::sui::SUI")), sui);
        assert_eq!(
            canonical_name(&tag("0x2::table::Table<address, vector<0x2::sui::SUI>>")),
            format!("{}table::Table<address,vector<{sui}>>", &sui[..66])
        );
    }

    #[test]
    fn sizes_follow_the_gas_table() {
        let types = Types::default();
        let bytes = types.vector(Type::U8).expect("a small type");
        assert_eq!(tag_size(&types, Type::U8), Ok(24));
        assert_eq!(tag_size(&types, bytes), Ok(48));
        assert!(struct_tag_size(&types, bytes).is_err());
    }
}
