//! Section 3.4: which bytes are a value, and of which types.

use sui_sdk_types::CommandArgumentError as E;

use super::{Expected, OK, Row, argument, row};

pub(super) fn rows() -> Vec<Row> {
    const BAD: Expected = argument(0, 0, E::InvalidBcsBytes);
    const NOT_PURE: Expected = argument(0, 0, E::InvalidUsageOfPureArgument);
    vec![
        row("bool", "take_bool(true)", OK),
        row("bool is 0 or 1", "take_bool(x\"02\")", BAD),
        row("bool is a byte", "take_bool(x\"\")", BAD),
        row("bool is one byte", "take_bool(x\"0100\")", BAD),
        row("u8", "take_u8(255u8)", OK),
        row("u8 is one byte", "take_u8(255u16)", BAD),
        row("u16", "take_u16(65535u16)", OK),
        row("u16 is two bytes", "take_u16(1u8)", BAD),
        row("u32", "take_u32(1u32)", OK),
        row("u32 is four bytes", "take_u32(1u64)", BAD),
        row("u64", "take_u64(1u64)", OK),
        row("u64 is eight bytes", "take_u64(x\"00000000000000\")", BAD),
        row(
            "u64 has no bytes after it",
            "take_u64(x\"000000000000000000\")",
            BAD,
        ),
        row("u128", "take_u128(1u128)", OK),
        row("u128 is sixteen bytes", "take_u128(1u256)", BAD),
        row("u256", "take_u256(1u256)", OK),
        row("u256 is thirty-two bytes", "take_u256(1u128)", BAD),
        row("address", "take_address(@0x5)", OK),
        row("address is thirty-two bytes", "take_address(1u128)", BAD),
        row("ID", "take_id(@0x5)", OK),
        row("ID is thirty-two bytes", "take_id(1u64)", BAD),
        row("ascii string", "take_ascii(\"abc\")", OK),
        row("ascii string of nothing", "take_ascii(\"\")", OK),
        row("ascii is seven bits", "take_ascii(x\"0180\")", BAD),
        row("ascii is as long as it says", "take_ascii(x\"0261\")", BAD),
        row("UTF-8 string", "take_string(\"\u{1f980}\")", OK),
        row("UTF-8 is UTF-8", "take_string(x\"02c328\")", BAD),
        row(
            "UTF-8 is as long as it says",
            "take_string(x\"026162ff\")",
            BAD,
        ),
        row("an option of nothing", "take_option(x\"00\")", OK),
        row("an option of something", "take_option(x\"0107\")", OK),
        row(
            "an option has one element at most",
            "take_option(x\"020707\")",
            BAD,
        ),
        row("an option has what it says", "take_option(x\"01\")", BAD),
        row("a vector", "take_numbers(x\"0201000200\")", OK),
        row("a vector of nothing", "take_numbers(x\"00\")", OK),
        row(
            "a vector is as long as it says",
            "take_numbers(x\"02010002\")",
            BAD,
        ),
        row(
            "a length is written in one way",
            "take_numbers(x\"8000\")",
            BAD,
        ),
        row(
            "a length is of 32 bits",
            "take_numbers(x\"ffffffffff0f\")",
            BAD,
        ),
        row(
            "vectors and options in each other",
            "take_nested(x\"020001010178\")",
            OK,
        ),
        row(
            "what is inside is checked",
            "take_nested(x\"010101ff\")",
            BAD,
        ),
        row(
            "the argument that is wrong is named",
            "divide(1u64, 1u8)",
            argument(0, 1, E::InvalidBcsBytes),
        ),
        row(
            "a struct of a package is not given as bytes",
            "take_plain(1u64)",
            NOT_PURE,
        ),
        row(
            "an object is not given as bytes",
            "delete(x\"00\")",
            NOT_PURE,
        ),
        row("nor where it is only read", "value(x\"00\")", NOT_PURE),
        row("nor where it is changed", "set(x\"00\", 1u64)", NOT_PURE),
        row("nor inside a vector", "delete_all(x\"00\")", NOT_PURE),
        row("a hot potato is not given as bytes", "eat(x\"\")", NOT_PURE),
        row(
            "a coin is not given as bytes",
            "take_coin(x\"00\", @me)",
            NOT_PURE,
        ),
        row(
            "a ticket is not given as bytes",
            "receive(first, x\"00\")",
            argument(0, 1, E::InvalidUsageOfPureArgument),
        ),
        row(
            "an upgrade ticket is not given as bytes",
            "upgrade(ptb, x\"00\")",
            NOT_PURE,
        ),
        row(
            "an amount is a u64",
            "split(coin, 1u32)",
            argument(0, 1, E::InvalidBcsBytes),
        ),
        row(
            "a recipient is an address",
            "transfer(first, second, 1u64)",
            argument(0, 2, E::InvalidBcsBytes),
        ),
        row(
            "an element is of the vector's type",
            "vec<u16>(1u16, 1u8)",
            argument(0, 1, E::InvalidBcsBytes),
        ),
        row(
            "an element's type may be given as bytes",
            "vec<Plain>(1u64)",
            NOT_PURE,
        ),
        row(
            "the same bytes at several types",
            "take_address(@0x5); take_id(@0x5); take_u256(@0x5)",
            OK,
        ),
        row(
            "the same bytes at a type they do not fit",
            "take_address(@0x5); take_u64(@0x5)",
            argument(1, 0, E::InvalidBcsBytes),
        ),
        row(
            "bytes are checked before anything runs",
            "abort_with(1u64); take_bool(1u64)",
            argument(1, 0, E::InvalidBcsBytes),
        ),
        // What is 2 after the first call is 3 after the second, and 6 / 3 leaves a divisor for the last.
        row(
            "a change of bytes stays at their type",
            "bump_u64(1u64); bump_u64(1u64); divide(6u64, 1u64); divide(1u64, r2)",
            OK,
        ),
        row(
            "and is none at another",
            "more.narrow(1u64); bump_u64(1u64); take_u64(1u64)",
            OK,
        ),
        row(
            "bytes that nobody uses are not looked at",
            "take_u64(1u64); nothing()",
            OK,
        ),
    ]
}
