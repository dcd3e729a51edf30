//! Values of Move functions, from words to BCS.

use serde::{Serialize, Serializer, ser::SerializeTuple};
use sui_sdk_types::Address;

/// What kind of value a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    /// An unsigned number of so many bytes.
    Number(usize),
    Address,
    Text,
    Vector(Box<Self>),
    Option(Box<Self>),
}

/// Bytes that are in BCS already.
#[derive(Debug)]
pub(super) struct Raw(pub(super) Vec<u8>);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A tuple has no length in front.
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for byte in &self.0 {
            tuple.serialize_element(byte)?;
        }
        tuple.end()
    }
}

impl Kind {
    /// As Move writes it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Bool => "bool".to_owned(),
            Self::Number(bytes) => format!("u{}", bytes * 8),
            Self::Address => "address".to_owned(),
            Self::Text => "String".to_owned(),
            Self::Vector(inner) => format!("vector<{}>", inner.name()),
            Self::Option(inner) => format!("Option<{}>", inner.name()),
        }
    }

    /// A value of this kind in BCS.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<u8>, String> {
        let wrong = || format!("`{text}` is no {}", self.name());
        match self {
            Self::Bool => match text {
                "true" => Ok(vec![1]),
                "false" => Ok(vec![0]),
                _ => Err(wrong()),
            },
            Self::Number(bytes) => number(text, *bytes).ok_or_else(wrong),
            Self::Address => {
                let address: Address = text.parse().map_err(|_| wrong())?;
                Ok(address.as_bytes().to_vec())
            }
            Self::Text => Ok(with_length(text.len(), text.as_bytes().to_vec())),
            Self::Vector(inner) if **inner == Self::Number(1) && text.starts_with("0x") => {
                let bytes = hex(text.trim_start_matches("0x")).ok_or_else(wrong)?;
                Ok(with_length(bytes.len(), bytes))
            }
            Self::Vector(_) if text.is_empty() => Ok(vec![0]),
            Self::Vector(inner) => {
                let parts: Vec<_> = text.split(',').map(str::trim).collect();
                let mut bytes = Vec::new();
                for part in &parts {
                    bytes.extend(inner.encode(part)?);
                }
                Ok(with_length(parts.len(), bytes))
            }
            Self::Option(_) if text == "none" => Ok(vec![0]),
            Self::Option(inner) => Ok([vec![1], inner.encode(text)?].concat()),
        }
    }
}

/// A decimal number as so many bytes, the lowest first.
fn number(text: &str, bytes: usize) -> Option<Vec<u8>> {
    let digits = text.replace('_', "");
    if digits.is_empty() {
        return None;
    }
    let mut number = vec![0_u8; bytes];
    for digit in digits.chars() {
        let mut carry = digit.to_digit(10)?;
        for byte in &mut number {
            let next = u32::from(*byte) * 10 + carry;
            *byte = next.to_le_bytes()[0];
            carry = next >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

/// A length as BCS writes it, and what follows.
fn with_length(length: usize, bytes: Vec<u8>) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len() + 2);
    let mut rest = length;
    loop {
        let low = (rest & 0x7f).to_le_bytes()[0];
        rest >>= 7;
        if rest == 0 {
            encoded.push(low);
            break;
        }
        encoded.push(low | 0x80);
    }
    encoded.extend(bytes);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d13_values_are_encoded_as_move_reads_them() {
        let vector = |inner| Kind::Vector(Box::new(inner));
        let cases = [
            (Kind::Bool, "true", vec![1]),
            (Kind::Number(1), "255", vec![255]),
            (Kind::Number(2), "1_000", vec![0xe8, 3]),
            (Kind::Number(8), "18446744073709551615", vec![255; 8]),
            (Kind::Text, "héro", vec![5, b'h', 0xc3, 0xa9, b'r', b'o']),
            (vector(Kind::Number(1)), "0x0aff", vec![2, 0x0a, 0xff]),
            (vector(Kind::Number(2)), "1, 2", vec![2, 1, 0, 2, 0]),
            (vector(Kind::Bool), "", vec![0]),
            (Kind::Option(Box::new(Kind::Number(1))), "none", vec![0]),
            (Kind::Option(Box::new(Kind::Number(1))), "7", vec![1, 7]),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(kind.encode(text), Ok(expected), "{text}");
        }
        let mut address = vec![0; 32];
        address[31] = 6;
        assert_eq!(Kind::Address.encode("0x6"), Ok(address));
        assert_eq!(
            Kind::Text
                .encode(&"x".repeat(300))
                .map(|bytes| bytes[..3].to_vec()),
            Ok(vec![0xac, 2, b'x'])
        );
    }

    #[test]
    fn d13_what_is_no_such_value_is_refused() {
        for (kind, text) in [
            (Kind::Bool, "yes"),
            (Kind::Number(1), "256"),
            (Kind::Number(1), "-1"),
            (Kind::Number(1), ""),
            (Kind::Number(1), "1e2"),
            (Kind::Address, "zero"),
            (Kind::Vector(Box::new(Kind::Number(1))), "0xabc"),
            (Kind::Vector(Box::new(Kind::Number(1))), "0xéé"),
            (Kind::Vector(Box::new(Kind::Number(1))), "1,"),
        ] {
            assert!(kind.encode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_in_bcs_stay_as_they_are() {
        let call = valet_client::Call::new(Address::TWO, "a", "b").arg(&Raw(vec![1, 2]));
        let same = valet_client::Call::new(Address::TWO, "a", "b").arg(&(1_u8, 2_u8));
        assert_eq!(format!("{call:?}"), format!("{same:?}"));
    }
}
