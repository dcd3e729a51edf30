//! Section 3.5: by value or by reference, moved, copied and borrowed, and who may be called.

use sui_sdk_types::{CommandArgumentError as E, ExecutionError};

use super::{Expected, OK, Row, argument, command, row};

pub(super) fn rows() -> Vec<Row> {
    [objects(), gas(), borrows(), functions(), potatoes()]
        .into_iter()
        .flatten()
        .collect()
}

fn objects() -> Vec<Row> {
    const BY_VALUE: Expected = argument(0, 0, E::InvalidObjectByValue);
    const BY_MUT: Expected = argument(0, 0, E::InvalidObjectByMutRef);
    vec![
        row("owned: read", "value(first)", OK),
        row("owned: changed", "set(first, 1u64)", OK),
        row("owned: taken", "delete(first)", OK),
        row("immutable: read", "value(frozen)", OK),
        row("immutable: changed", "set(frozen, 1u64)", BY_MUT),
        row("immutable: taken", "delete(frozen)", BY_VALUE),
        row("immutable: transferred", "transfer(frozen, @me)", BY_VALUE),
        row(
            "immutable: transferred after another",
            "transfer(first, frozen, @me)",
            argument(0, 1, E::InvalidObjectByValue),
        ),
        row("immutable: in a vector", "vec(frozen)", BY_VALUE),
        row(
            "immutable: in a vector after another",
            "vec(first, frozen)",
            argument(0, 1, E::InvalidObjectByValue),
        ),
        row("immutable: split", "split(frozen_coin, 1u64)", BY_MUT),
        row("immutable: merged into", "merge(frozen_coin, coin)", BY_MUT),
        row(
            "immutable: merged",
            "merge(coin, frozen_coin)",
            argument(0, 1, E::InvalidObjectByValue),
        ),
        row(
            "immutable: read as a coin",
            "coin::value<SUI>(frozen_coin)",
            OK,
        ),
        row(
            "immutable: changed, second argument",
            "more.imm_and_mut(first, frozen)",
            argument(0, 1, E::InvalidObjectByMutRef),
        ),
        row(
            "immutable: read and read",
            "imm_and_imm(frozen, frozen)",
            OK,
        ),
        row("read-only: read", "value(shared_read)", OK),
        row("read-only: changed", "set(shared_read, 1u64)", BY_MUT),
        row("read-only: taken", "delete(shared_read)", BY_VALUE),
        row("read-only: shared again", "reshare(shared_read)", BY_VALUE),
        row(
            "read-only: transferred",
            "transfer(shared_read, @me)",
            BY_VALUE,
        ),
        row("read-only: in a vector", "vec(shared_read)", BY_VALUE),
        row(
            "read-only: later command",
            "value(shared_read); set(shared_read, 1u64)",
            argument(1, 0, E::InvalidObjectByMutRef),
        ),
        row(
            "read-only: a party's object, changed",
            "set(party_read, 1u64)",
            BY_MUT,
        ),
        row(
            "read-only: the clock, read",
            "clock::timestamp_ms(clock)",
            OK,
        ),
        row("shared: read", "value(shared)", OK),
        row("shared: changed", "set(shared, 1u64)", OK),
        row("shared: taken and deleted", "delete(shared)", OK),
        row(
            "the clock is never changed",
            "clock::timestamp_ms(mutable_clock)",
            Expected::Rejected("ImmutableRequired"),
        ),
        row(
            "an object is one input",
            "imm_and_imm(first, first')",
            Expected::Rejected("DuplicateInput"),
        ),
    ]
}

fn gas() -> Vec<Row> {
    const USAGE: Expected = argument(0, 0, E::InvalidGasCoinUsage);
    vec![
        row("gas: read", "coin::value<SUI>(gas)", OK),
        row(
            "gas: changed by a function",
            "coin::split<SUI>(gas, 5u64); transfer(r0, @me)",
            OK,
        ),
        row("gas: split", "split(gas, 5u64); transfer(r0, @me)", OK),
        row("gas: merged into", "merge(gas, coin)", OK),
        row("gas: transferred", "transfer(gas, @0x5)", OK),
        row(
            "gas: transferred with others",
            "transfer(first, gas, coin, @0x5)",
            OK,
        ),
        row("gas: taken by a function", "take_coin(gas, @me)", USAGE),
        row("gas: in a vector", "vec(gas)", USAGE),
        row(
            "gas: in a vector after another",
            "vec(coin, gas)",
            argument(0, 1, E::InvalidGasCoinUsage),
        ),
        row(
            "gas: in a vector with a type",
            "vec<0x2::coin::Coin<SUI>>(coin, gas)",
            argument(0, 1, E::InvalidGasCoinUsage),
        ),
        row(
            "gas: merged",
            "merge(coin, gas)",
            argument(0, 1, E::InvalidGasCoinUsage),
        ),
        row(
            "gas: used after it was transferred",
            "transfer(gas, @me); split(gas, 1u64)",
            argument(1, 0, E::ArgumentWithoutValue),
        ),
        row(
            "gas: transferred twice",
            "transfer(gas, gas, @me)",
            argument(0, 1, E::ArgumentWithoutValue),
        ),
    ]
}

fn borrows() -> Vec<Row> {
    vec![
        row(
            "used after it was deleted",
            "new(1u64); delete(r0); value(r0)",
            argument(2, 0, E::ArgumentWithoutValue),
        ),
        row(
            "used after it was transferred",
            "transfer(first, @me); value(first)",
            argument(1, 0, E::ArgumentWithoutValue),
        ),
        row(
            "used after it was put in a vector",
            "vec(first); delete_all(r0); set(first, 1u64)",
            argument(2, 0, E::ArgumentWithoutValue),
        ),
        row(
            "used after it was merged",
            "merge(coin, coin2); split(coin2, 1u64)",
            argument(1, 0, E::ArgumentWithoutValue),
        ),
        row(
            "one of two results is used up, the other not",
            "two(); delete(r0.0); delete(r0.1)",
            OK,
        ),
        row(
            "one result used up twice",
            "two(); delete(r0.0); delete(r0.0)",
            argument(2, 0, E::ArgumentWithoutValue),
        ),
        row(
            "transferred twice at once",
            "transfer(first, second, first, @me)",
            argument(0, 2, E::ArgumentWithoutValue),
        ),
        row(
            "put in a vector twice",
            "vec(first, first)",
            argument(0, 1, E::ArgumentWithoutValue),
        ),
        row(
            "merged twice at once",
            "merge(coin, coin2, coin2)",
            argument(0, 2, E::ArgumentWithoutValue),
        ),
        row(
            "taken twice by one call",
            "more.delete_both(first, first)",
            argument(0, 1, E::ArgumentWithoutValue),
        ),
        row(
            "taken, then borrowed by the same call",
            "value_and_mut(first, first)",
            argument(0, 1, E::ArgumentWithoutValue),
        ),
        row(
            "borrowed, then taken by the same call",
            "mut_and_value(first, first)",
            argument(0, 1, E::CannotMoveBorrowedValue),
        ),
        row(
            "a coin merged into itself",
            "merge(coin, coin)",
            argument(0, 1, E::CannotMoveBorrowedValue),
        ),
        row(
            "a coin merged into itself after another",
            "merge(coin, coin2, coin)",
            argument(0, 2, E::CannotMoveBorrowedValue),
        ),
        row(
            "mutably twice",
            "both_mut(first, first)",
            argument(0, 0, E::InvalidReferenceArgument),
        ),
        row(
            "mutably and immutably",
            "mut_and_imm(first, first)",
            argument(0, 0, E::InvalidReferenceArgument),
        ),
        row(
            "immutably and mutably",
            "more.imm_and_mut(first, first)",
            argument(0, 1, E::InvalidReferenceArgument),
        ),
        // The position is that of the parameter, so the context counts.
        row(
            "mutably twice, behind the context",
            "more.context_and_both_mut(first, first)",
            argument(0, 1, E::InvalidReferenceArgument),
        ),
        row("immutably twice", "imm_and_imm(first, first)", OK),
        row("mutably, two objects", "both_mut(first, second)", OK),
        row(
            "mutably, two results of one command",
            "two(); both_mut(r0.0, r0.1); delete(r0.0); delete(r0.1)",
            OK,
        ),
        row(
            "a result mutably twice",
            "new(1u64); both_mut(r0, r0)",
            argument(1, 0, E::InvalidReferenceArgument),
        ),
        row(
            "mutably in one command and the next",
            "set(first, 1u64); set(first, 2u64)",
            OK,
        ),
        row(
            "borrowed and copied by the same call",
            "plain(1u64); plain_mut_and_value(r0, r0)",
            OK,
        ),
        row(
            "bytes are a value of each use's own",
            "more.number_and_mut(1u64, first); set(first, 1u64)",
            OK,
        ),
    ]
}

fn functions() -> Vec<Row> {
    const REFUSED: Expected = command(0, ExecutionError::NonEntryFunctionInvoked);
    const fn returns(index: u16) -> Expected {
        command(0, ExecutionError::InvalidPublicFunctionReturnType { index })
    }
    vec![
        row("public", "nothing()", OK),
        row("public entry", "public_entry(first)", OK),
        row("private entry", "private_entry(first)", OK),
        row("entry of the package", "more.package_entry(first)", OK),
        row("private", "private()", REFUSED),
        row("of the package", "package_only()", REFUSED),
        row("an initializer", "more.init()", REFUSED),
        row(
            "the command of the function is named",
            "nothing(); private()",
            command(1, ExecutionError::NonEntryFunctionInvoked),
        ),
        row("a reference as result", "borrow(first)", returns(0)),
        row(
            "a reference as second result",
            "more.number_and_reference(first)",
            returns(1),
        ),
        row(
            "a mutable reference as result",
            "more.mutable_reference(first)",
            returns(0),
        ),
        row(
            "for the type's module: transfer",
            "transfer::transfer<Thing>(first, @me)",
            REFUSED,
        ),
        row(
            "for the type's module: share",
            "transfer::share_object<Thing>(first)",
            REFUSED,
        ),
        row(
            "for the type's module: freeze",
            "transfer::freeze_object<Thing>(first)",
            REFUSED,
        ),
        row(
            "for the type's module: party",
            "party::single_owner(@me); transfer::party_transfer<Thing>(first, r0)",
            command(1, ExecutionError::NonEntryFunctionInvoked),
        ),
        row(
            "for the type's module: events",
            "more.noted(); event::emit<Noted>(r0)",
            command(1, ExecutionError::NonEntryFunctionInvoked),
        ),
        row(
            "for everybody: transfer",
            "transfer::public_transfer<Thing>(first, @me)",
            OK,
        ),
        row(
            "for everybody: share",
            "new(1u64); transfer::public_share_object<Thing>(r0)",
            OK,
        ),
        row(
            "for everybody: freeze",
            "transfer::public_freeze_object<Thing>(first)",
            OK,
        ),
        row(
            "for everybody, but only what has store",
            "transfer::public_freeze_object<Pinned>(pinned)",
            super::command(
                0,
                ExecutionError::TypeArgumentError {
                    type_argument: 0,
                    kind: sui_sdk_types::TypeArgumentError::ConstraintNotSatisfied,
                },
            ),
        ),
    ]
}

fn potatoes() -> Vec<Row> {
    const fn hot(at: u64, position: u16) -> Expected {
        argument(at, position, E::InvalidArgumentToPrivateEntryFunction)
    }
    vec![
        row("cold: an input of its own", "private_entry(first)", OK),
        row(
            "cold: a result",
            "new(1u64); private_entry(r0); delete(r0)",
            OK,
        ),
        row(
            "hot: what made a hot potato",
            "potato_from(first); private_entry(first); eat(r0)",
            hot(1, 0),
        ),
        row(
            "hot: an entry function of the package",
            "potato_from(first); more.package_entry(first); eat(r0)",
            hot(1, 0),
        ),
        row(
            "hot: a result beside a hot potato",
            "more.potato_with(first); private_entry_number(r0.1); eat(r0.0)",
            hot(1, 0),
        ),
        row(
            "hot: what was used with what made a hot potato",
            "potato_from(first); imm_and_imm(first, second); private_entry(second); eat(r0)",
            hot(2, 0),
        ),
        row(
            "cold: the hot potato is eaten",
            "potato_from(first); eat(r0); private_entry(first)",
            OK,
        ),
        row(
            "cold: another input",
            "potato_from(first); private_entry(second); eat(r0)",
            OK,
        ),
        row(
            "cold: it eats the last hot potato",
            "potato(); private_entry_potato(r0)",
            OK,
        ),
        row(
            "hot: it eats one of two",
            "potato_from(first); potato_from(first); private_entry_potato(r0); eat(r1)",
            hot(2, 0),
        ),
        row(
            "public entry functions do not mind",
            "potato_from(first); public_entry(first); eat(r0)",
            OK,
        ),
        row(
            "public functions do not mind",
            "potato_from(first); value(first); eat(r0)",
            OK,
        ),
        row(
            "hot for ever: what came from a shared object taken",
            "vec(shared); delete_all(r0); private_entry_number(r1)",
            hot(2, 0),
        ),
        row(
            "what may be stored is not hot",
            "storable(); private_entry(first); destroy_storable(r0)",
            OK,
        ),
        row(
            "a shared object that is borrowed heats nothing",
            "value(shared); private_entry_number(r0)",
            OK,
        ),
    ]
}
