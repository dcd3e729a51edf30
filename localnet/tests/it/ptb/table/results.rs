//! Section 3.6: what becomes of results that nobody uses.

use super::{OK, Row, row, unused};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("a value with drop", "plain(1u64)", OK),
        row(
            "a value with drop that was borrowed",
            "plain(1u64); bump(r0)",
            OK,
        ),
        row("a number", "phantom_only<u8>()", OK),
        row("a vector of numbers", "vec<u64>(1u64)", OK),
        row("a hot potato", "potato()", unused(0, 0)),
        row("a hot potato that is eaten", "potato(); eat(r0)", OK),
        row("what has store alone", "storable()", unused(0, 0)),
        row("what has copy alone", "copyable()", unused(0, 0)),
        row(
            "what has copy alone, only looked at",
            "copyable(); look(r0)",
            unused(0, 0),
        ),
        row(
            "what has copy alone, last taken",
            "copyable(); look(r0); destroy_copyable(r0)",
            OK,
        ),
        row(
            "what has copy alone, taken before the last time",
            "copyable(); destroy_copyable(r0); destroy_copyable(r0)",
            OK,
        ),
        row(
            "what has copy alone, last looked at",
            "copyable(); destroy_copyable(r0); look(r0)",
            unused(0, 0),
        ),
        row("an object", "new(1u64)", unused(0, 0)),
        row(
            "an object that was changed",
            "new(1u64); set(r0, 2u64)",
            unused(0, 0),
        ),
        row(
            "an object that is transferred",
            "new(1u64); transfer(r0, @me)",
            OK,
        ),
        row("the second of two", "two(); delete(r0.0)", unused(0, 1)),
        row("the first of two", "two(); delete(r0.1)", unused(0, 0)),
        row(
            "the first of several commands",
            "nothing(); two(); potato()",
            unused(1, 0),
        ),
        row(
            "a coin that was split off",
            "split(coin, 1u64)",
            unused(0, 0),
        ),
        row(
            "the second coin of three",
            "split(coin, 1u64, 2u64, 3u64); transfer(r0.0, r0.2, @me)",
            unused(0, 1),
        ),
        row("a vector of objects", "vec(first)", unused(0, 0)),
        row(
            "a vector of nothing, of objects",
            "vec<Thing>()",
            unused(0, 0),
        ),
        row("the capability of a package", "publish(ptb)", unused(0, 0)),
        row(
            "it is seen before anything runs",
            "abort_with(1u64); potato()",
            unused(1, 0),
        ),
        row(
            "inputs stay where they are",
            "value(first); set(second, 1u64); coin::value<SUI>(coin)",
            OK,
        ),
        row(
            "inputs that no command uses",
            "more.number_and_mut(1u64, first)",
            OK,
        ),
        row("a ticket that nobody takes", "value(first)", OK),
    ]
}
