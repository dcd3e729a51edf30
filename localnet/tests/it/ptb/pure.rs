//! Which types pure bytes may have, and which bytes are a value of them.

use sui_sdk_types::{Address, CommandArgumentError as E, Input};

use super::{Fixture, SUCCESS, argument};

fn case(f: &Fixture, function: &str, bytes: &[u8], valid: bool) {
    let expected = if valid {
        SUCCESS
    } else {
        argument(E::InvalidBcsBytes, 0, 0)
    };
    f.case(
        &format!("{function} {bytes:?}"),
        |c| {
            let bytes = c.b.input(Input::Pure(bytes.to_vec()));
            c.call(function, vec![bytes]);
        },
        &expected,
    );
}

#[test]
fn bytes_are_exactly_one_value() {
    let f = Fixture::new();
    let valid: &[(&str, Vec<u8>)] = &[
        ("take_bool", vec![0]),
        ("take_bool", vec![1]),
        ("take_u8", vec![255]),
        ("take_u16", vec![1, 2]),
        ("take_u32", vec![1, 2, 3, 4]),
        ("take_u64", vec![0; 8]),
        ("take_u128", vec![0; 16]),
        ("take_u256", vec![0; 32]),
        ("take_address", vec![9; 32]),
        ("take_id", vec![9; 32]),
        ("take_ascii", b"\x03abc".to_vec()),
        ("take_ascii", vec![0]),
        ("take_string", "\u{4}\u{1f980}".as_bytes().to_vec()),
        ("take_option", vec![0]),
        ("take_option", vec![1, 7]),
        ("take_numbers", vec![2, 1, 0, 2, 0]),
        ("take_numbers", vec![0]),
        ("take_nested", vec![2, 0, 1, 1, 1, b'x']),
    ];
    for (function, bytes) in valid {
        case(&f, function, bytes, true);
    }
    let invalid: &[(&str, Vec<u8>)] = &[
        ("take_bool", vec![2]),
        ("take_bool", vec![]),
        ("take_u8", vec![1, 1]),
        ("take_u64", vec![0; 7]),
        ("take_u64", vec![0; 9]),
        ("take_address", vec![9; 31]),
        ("take_id", vec![9; 33]),
        ("take_ascii", b"\x03ab\x80".to_vec()),
        ("take_ascii", b"\x04abc".to_vec()),
        ("take_string", vec![1, 0xff]),
        ("take_option", vec![2, 1, 1]),
        ("take_option", vec![1]),
        ("take_numbers", vec![2, 1, 0, 2]),
        ("take_numbers", vec![0x80, 0]),
        ("take_numbers", vec![0xff, 0xff, 0xff, 0xff, 0x7f]),
        ("take_nested", vec![1, 1, 1, 2, b'x']),
    ];
    for (function, bytes) in invalid {
        case(&f, function, bytes, false);
    }
}

#[test]
fn bytes_cannot_be_an_object_or_a_struct_of_a_package() {
    let f = Fixture::new();
    for function in ["take_plain", "delete", "value", "eat"] {
        f.case(
            function,
            |c| {
                let bytes = c.b.input(Input::Pure(vec![0; 40]));
                c.call(function, vec![bytes]);
            },
            &argument(E::InvalidUsageOfPureArgument, 0, 0),
        );
    }
    f.case(
        "a receiving ticket of bytes",
        |c| {
            let thing = c.first();
            let bytes = c.b.input(Input::Pure(vec![0; 40]));
            c.call("receive", vec![thing, bytes]);
        },
        &argument(E::InvalidUsageOfPureArgument, 1, 0),
    );
}

#[test]
fn the_same_bytes_at_two_types_are_two_values() {
    let f = Fixture::new();
    f.case(
        "an address and an id",
        |c| {
            let bytes = c.b.pure(&Address::TWO);
            c.call("take_address", vec![bytes]);
            c.call("take_id", vec![bytes]);
            c.call("take_u256", vec![bytes]);
        },
        &SUCCESS,
    );
    // A change by a mutable reference stays for later uses at that type.
    f.case(
        "changed and used again",
        |c| {
            let number = c.b.pure(&1u64);
            c.call("bump_u64", vec![number]);
            let two = c.call("bump_u64", vec![number]);
            let two = c.call("divide", vec![two, number]);
            c.call("take_u64", vec![two]);
        },
        &SUCCESS,
    );
}
