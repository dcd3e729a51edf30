//! Section 3.10: what running code fails with, and where.

use sui_sdk_types::ExecutionError;

use super::{Expected, OK, Row, command, row};

const fn abort(code: u64, at: &'static str, command: u64) -> Expected {
    Expected::Abort { code, at, command }
}

const fn runtime(at: &'static str, command: u64) -> Expected {
    Expected::Runtime { at, command }
}

/// Bit 63, the error code 255 for none, and nothing but the line, which is 70: the compiler's mark of an `assert!` without a code.
const ASSERTED: u64 = 0xC0FF_0000_FFFF_FFFF | (70 << 32);

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "abort",
            "abort_with(42u64)",
            abort(42, "ptb::calls::abort_with", 0),
        ),
        row(
            "abort with nothing",
            "abort_with(0u64)",
            abort(0, "ptb::calls::abort_with", 0),
        ),
        row(
            "abort with the most",
            "abort_with(18446744073709551615u64)",
            abort(u64::MAX, "ptb::calls::abort_with", 0),
        ),
        row(
            "abort of a later command",
            "nothing(); nothing(); abort_with(1u64)",
            abort(1, "ptb::calls::abort_with", 2),
        ),
        row(
            "the first of two aborts",
            "abort_with(1u64); abort_with(2u64)",
            abort(1, "ptb::calls::abort_with", 0),
        ),
        row(
            "an assertion without a code",
            "more.asserted(1u64)",
            abort(ASSERTED, "ptb::more::asserted", 0),
        ),
        row("an assertion that holds", "more.asserted(0u64)", OK),
        row(
            "abort in the framework",
            "coin::split<SUI>(coin, 10000000001u64); transfer(r0, @me)",
            abort(2, "sui::balance::split", 0),
        ),
        row(
            "abort in a native function",
            "address::from_bytes(x\"0100\")",
            abort(0, "sui::address::from_bytes", 0),
        ),
        row(
            "a dynamic field that is not there",
            "more.missing_field(box)",
            abort(1, "sui::dynamic_field::borrow_child_object", 0),
        ),
        row(
            "division by zero",
            "divide(1u64, 0u64)",
            runtime("ptb::calls::divide", 0),
        ),
        row(
            "underflow",
            "more.less(0u64)",
            runtime("ptb::more::less", 0),
        ),
        row(
            "a cast that loses",
            "more.narrow(256u64)",
            runtime("ptb::more::narrow", 0),
        ),
        row("a cast that loses nothing", "more.narrow(255u64)", OK),
        row(
            "a shift by all bits",
            "more.shift(64u8)",
            runtime("ptb::more::shift", 0),
        ),
        row("a shift by all but one", "more.shift(63u8)", OK),
        row(
            "behind the end of a vector",
            "more.at(x\"010100\", 1u64)",
            runtime("ptb::more::at", 0),
        ),
        row("inside a vector", "more.at(x\"010100\", 0u64)", OK),
        row(
            "the last of an empty vector",
            "more.pop(x\"00\")",
            runtime("ptb::more::pop", 0),
        ),
        row(
            "too many calls in each other",
            "recurse(2000u64)",
            runtime("ptb::calls::recurse", 0),
        ),
        row("as many as there may be", "recurse(1000u64)", OK),
        row(
            "an endless loop",
            "forever()",
            command(0, ExecutionError::InsufficientGas),
        ),
        row(
            "an endless loop in a later command",
            "nothing(); forever()",
            command(1, ExecutionError::InsufficientGas),
        ),
    ]
}
