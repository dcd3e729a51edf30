//! Move's `std::type_name::TypeName`: types as text, with addresses of 64 digits and no `0x`.

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
use sui_sdk_types::{StructTag, TypeTag};

/// Decodes a `TypeName` as a type.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TypeTag, D::Error> {
    let name = String::deserialize(deserializer)?;
    parse(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is not the name of a type")))
}

/// Writes a type as a `TypeName`.
pub(crate) fn serialize<S: Serializer>(tag: &TypeTag, serializer: S) -> Result<S::Ok, S::Error> {
    let text = tag.to_string();
    let parts = text.split_inclusive(['<', '>', ',', ' ']);
    let name: String = parts
        .map(|part| part.strip_prefix("0x").unwrap_or(part))
        .collect();
    serializer.serialize_str(&name)
}

/// Decodes a `TypeName` as the type of a struct.
pub(crate) fn deserialize_struct<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<StructTag, D::Error> {
    match deserialize(deserializer)? {
        TypeTag::Struct(tag) => Ok(*tag),
        other => Err(D::Error::custom(format!("`{other}` is not a struct"))),
    }
}

fn parse(name: &str) -> Option<TypeTag> {
    let mut text = String::with_capacity(name.len() + 8);
    for part in name.split_inclusive(['<', '>', ',', ' ']) {
        if part.contains("::") {
            text.push_str("0x");
        }
        text.push_str(part);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_become_names_and_types_again() {
        for text in [
            "u64",
            "0x2::sui::SUI",
            "0xa::a0x1::T<0x2::sui::SUI, vector<0x3::m::U>>",
        ] {
            let tag: TypeTag = text.parse().expect("a type");
            let mut name = Vec::new();
            serialize(&tag, &mut serde_json::Serializer::new(&mut name)).expect("a name");
            let name: String = serde_json::from_slice(&name).expect("a string");
            assert!(!name.contains("0x0"), "{name}");
            assert_eq!(parse(&name), Some(tag), "{name}");
        }
    }

    #[test]
    fn names_become_types() {
        let zeros = "0".repeat(63);
        for (name, tag) in [
            ("u64".to_owned(), "u64"),
            (format!("{zeros}2::sui::SUI"), "0x2::sui::SUI"),
            (
                format!("{zeros}a::pool::Share<{zeros}2::sui::SUI,vector<{zeros}3::m::T>>"),
                "0xa::pool::Share<0x2::sui::SUI, vector<0x3::m::T>>",
            ),
        ] {
            assert_eq!(parse(&name), Some(tag.parse().expect("a type")), "{name}");
        }
        for name in ["", "0x2::sui::SUI", "::::", "sui::SUI", "2::sui::SUI<"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
