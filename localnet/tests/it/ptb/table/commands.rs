//! Section 3.7: what each command takes and does.

use sui_sdk_types::{CommandArgumentError as E, ExecutionError, TypeArgumentError};

use super::{Expected, OK, Row, argument, command, row, whole};

pub(super) fn rows() -> Vec<Row> {
    [transfers(), coins(), vectors(), shared()]
        .into_iter()
        .flatten()
        .collect()
}

fn transfers() -> Vec<Row> {
    const NOT: Expected = argument(0, 0, E::InvalidTransferObject);
    vec![
        row("transfer: to oneself", "transfer(first, @me)", OK),
        row(
            "transfer: several",
            "transfer(first, second, coin, @0x5)",
            OK,
        ),
        row("transfer: to a result", "sender(); transfer(first, r0)", OK),
        row("transfer: a result", "new(1u64); transfer(r0, @0x5)", OK),
        row(
            "transfer: to an object's address",
            "new(1u64); transfer(r0, @0x6)",
            OK,
        ),
        row("transfer: a party's object", "transfer(party, @0x5)", OK),
        row(
            "transfer: nothing",
            "transfer(@me)",
            Expected::Rejected("EmptyCommand"),
        ),
        row("transfer: without store", "transfer(pinned, @me)", NOT),
        row(
            "transfer: without store, after another",
            "transfer(first, pinned, @me)",
            argument(0, 1, E::InvalidTransferObject),
        ),
        row("transfer: bytes", "transfer(@me, @me)", NOT),
        row(
            "transfer: a number",
            "phantom_only<u8>(); transfer(r0, @me)",
            argument(1, 0, E::InvalidTransferObject),
        ),
        row(
            "transfer: a value without key",
            "storable(); transfer(r0, @me)",
            argument(1, 0, E::InvalidTransferObject),
        ),
        row(
            "transfer: a vector of objects",
            "vec(first); transfer(r0, @me)",
            argument(1, 0, E::InvalidTransferObject),
        ),
        row("transfer: a ticket", "transfer(recv.second, @me)", NOT),
        row(
            "transfer: to an object",
            "transfer(first, second)",
            argument(0, 1, E::TypeMismatch),
        ),
        row(
            "transfer: to a number",
            "phantom_only<u8>(); transfer(first, second, r0)",
            argument(1, 2, E::TypeMismatch),
        ),
    ]
}

fn coins() -> Vec<Row> {
    const EMPTY: Expected = Expected::Rejected("EmptyCommand");
    const NO_COIN: Expected = argument(0, 0, E::TypeMismatch);
    vec![
        row(
            "split: everything",
            "split(coin, 10000000000u64); transfer(r0, @me)",
            OK,
        ),
        row(
            "split: nothing at all",
            "split(coin, 0u64); transfer(r0, @me)",
            OK,
        ),
        row(
            "split: an amount from a function",
            "phantom_only<u8>(); split(coin, r0); transfer(r1, @me)",
            OK,
        ),
        row(
            "split: a coin of another currency",
            "more.rich(); split(r0, 3u64); transfer(r0, r1, @me)",
            OK,
        ),
        row(
            "split: a part of a part",
            "split(gas, 9u64); split(r0, 4u64); transfer(r0, r1, @me)",
            OK,
        ),
        row(
            "split: more than there is",
            "split(coin, 10000000001u64); transfer(r0, @me)",
            command(0, ExecutionError::InsufficientCoinBalance),
        ),
        row(
            "split: more than there is, together",
            "split(coin, 9000000000u64, 1000000001u64); transfer(r0.0, r0.1, @me)",
            command(0, ExecutionError::InsufficientCoinBalance),
        ),
        row(
            "split: more than numbers hold",
            "split(coin, 18446744073709551615u64, 1u64); transfer(r0.0, r0.1, @me)",
            command(0, ExecutionError::CoinBalanceOverflow),
        ),
        row(
            "split: the budget is not in the gas coin",
            "split(gas, 999600000000u64); transfer(r0, @me)",
            command(0, ExecutionError::InsufficientCoinBalance),
        ),
        row(
            "split: the command is named",
            "nothing(); split(coin, 10000000001u64); transfer(r1, @me)",
            command(1, ExecutionError::InsufficientCoinBalance),
        ),
        row("split: something else", "split(first, 1u64)", NO_COIN),
        row("split: bytes", "split(1u64, 1u64)", NO_COIN),
        row("split: a ticket", "split(recv.second, 1u64)", NO_COIN),
        row(
            "split: an amount of another type",
            "sender(); split(coin, r0)",
            argument(1, 1, E::TypeMismatch),
        ),
        row(
            "split: a later amount of another type",
            "sender(); split(coin, 1u64, r0)",
            argument(1, 2, E::TypeMismatch),
        ),
        row("split: into no parts", "split(coin)", EMPTY),
        row("merge: one", "merge(coin, coin2)", OK),
        row(
            "merge: what was split off",
            "split(coin, 1u64, 2u64); merge(coin, r0.0, r0.1)",
            OK,
        ),
        row(
            "merge: coins of another currency",
            "more.rich(); coin::zero<Rich>(); merge(r0, r1); transfer(r0, @me)",
            OK,
        ),
        row(
            "merge: more than numbers hold",
            "more.rich(); more.rich(); merge(r0, r1); transfer(r0, @me)",
            command(2, ExecutionError::CoinBalanceOverflow),
        ),
        row(
            "merge: another currency",
            "more.rich(); merge(coin, r0)",
            argument(1, 1, E::TypeMismatch),
        ),
        row(
            "merge: something else",
            "merge(coin, first)",
            argument(0, 1, E::TypeMismatch),
        ),
        row("merge: into something else", "merge(first, coin)", NO_COIN),
        row("merge: into bytes", "merge(1u64, coin)", NO_COIN),
        row(
            "merge: bytes",
            "merge(coin, 1u64)",
            argument(0, 1, E::InvalidUsageOfPureArgument),
        ),
        row("merge: nothing", "merge(coin)", EMPTY),
    ]
}

fn vectors() -> Vec<Row> {
    const NO_OBJECT: Expected = argument(0, 0, E::InvalidMakeMoveVecNonObjectArgument);
    vec![
        row(
            "vector: objects without a type",
            "vec(first, second); delete_all(r0)",
            OK,
        ),
        row(
            "vector: objects with a type",
            "vec<Thing>(first, second); delete_all(r0)",
            OK,
        ),
        row(
            "vector: objects and results",
            "new(1u64); vec(first, r0); delete_all(r1)",
            OK,
        ),
        row(
            "vector: objects without store",
            "vec(pinned); more.keep_pinned(r0, @me)",
            OK,
        ),
        row(
            "vector: nothing, with a type",
            "vec<Thing>(); delete_all(r0)",
            OK,
        ),
        row(
            "vector: nothing, without a type",
            "vec()",
            Expected::Rejected("EmptyCommand"),
        ),
        row(
            "vector: numbers",
            "vec<u16>(1u16, 2u16); take_numbers(r0)",
            OK,
        ),
        row(
            "vector: vectors",
            "vec<u16>(1u16); vec<vector<u16>>(r0, x\"00\")",
            OK,
        ),
        row(
            "vector: addresses and ids are not one",
            "vec<address>(@me); take_id(r0)",
            argument(1, 0, E::TypeMismatch),
        ),
        row(
            "vector: no object first, without a type",
            "plain(1u64); vec(r0)",
            argument(1, 0, E::InvalidMakeMoveVecNonObjectArgument),
        ),
        row(
            "vector: bytes first, without a type",
            "vec(1u64)",
            NO_OBJECT,
        ),
        row(
            "vector: a ticket first, without a type",
            "vec(recv.second)",
            NO_OBJECT,
        ),
        row(
            "vector: bytes later, without a type",
            "vec(first, 1u64)",
            argument(0, 1, E::InvalidUsageOfPureArgument),
        ),
        row(
            "vector: another type later, without a type",
            "vec(first, pinned)",
            argument(0, 1, E::TypeMismatch),
        ),
        row(
            "vector: another type first, with a type",
            "vec<Thing>(pinned)",
            argument(0, 0, E::TypeMismatch),
        ),
        row(
            "vector: another type later, with a type",
            "vec<Thing>(first, second, pinned)",
            argument(0, 2, E::TypeMismatch),
        ),
        row(
            "vector: a type that does not exist",
            "vec<NoSuchType>()",
            command(
                0,
                ExecutionError::TypeArgumentError {
                    type_argument: 0,
                    kind: TypeArgumentError::TypeNotFound,
                },
            ),
        ),
    ]
}

fn shared() -> Vec<Row> {
    const REFUSED: Expected = whole(ExecutionError::ConsensusObjectOperationNotAllowed);
    vec![
        row("shared: transferred", "transfer(shared, @me)", REFUSED),
        row(
            "shared: transferred by a function",
            "transfer::public_transfer<Thing>(shared, @me)",
            REFUSED,
        ),
        row("shared: frozen", "freeze_thing(shared)", REFUSED),
        row(
            "shared: wrapped",
            "more.box(shared); transfer(r0, @me)",
            REFUSED,
        ),
        row("shared: made a child", "more.attach(box, shared)", REFUSED),
        row(
            "shared: given to a party",
            "party::single_owner(@me); transfer::public_party_transfer<Thing>(shared, r0)",
            REFUSED,
        ),
        row("shared: shared again", "reshare(shared)", OK),
        row("shared: deleted", "delete(shared)", OK),
        row(
            "shared: deleted in a vector",
            "vec(shared, first); delete_all(r0)",
            OK,
        ),
        row(
            "shared: it is seen at the end",
            "transfer(shared, @me); value(first)",
            REFUSED,
        ),
        row(
            "owned: shared later",
            "transfer::public_share_object<Thing>(first)",
            Expected::Abort {
                code: 0,
                at: "sui::transfer::share_object_impl",
                command: 0,
            },
        ),
        row("owned: wrapped", "more.box(first); transfer(r0, @me)", OK),
        row("owned: made a child", "more.attach(box, first)", OK),
        row("a party's: changed", "set(party, 1u64)", OK),
        row("a party's: taken", "delete(party)", OK),
    ]
}
