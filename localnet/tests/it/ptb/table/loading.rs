//! Section 3.3: functions, types, and what arguments name.

use sui_sdk_types::{CommandArgumentError as E, ExecutionError, TypeArgumentError};

use super::{Expected, OK, Row, argument, command, row};

const fn missing(index: u16) -> E {
    E::IndexOutOfBounds { index }
}

const fn subresult(result: u16, subresult: u16) -> E {
    E::SecondaryIndexOutOfBounds { result, subresult }
}

const fn arity(result: u16) -> E {
    E::InvalidResultArity { result }
}

const fn type_argument(at: u64, type_argument: u16, kind: TypeArgumentError) -> Expected {
    command(
        at,
        ExecutionError::TypeArgumentError {
            type_argument,
            kind,
        },
    )
}

pub(super) fn rows() -> Vec<Row> {
    use TypeArgumentError::{ConstraintNotSatisfied, TypeNotFound};
    const FUNCTION: Expected = command(0, ExecutionError::FunctionNotFound);
    const ARITY: Expected = command(0, ExecutionError::ArityMismatch);
    const TYPES: Expected = command(0, ExecutionError::TypeArityMismatch);
    vec![
        // Inputs and results, at every position of every command.
        row(
            "an input must exist",
            "take_u64(i3)",
            argument(0, 0, missing(3)),
        ),
        row(
            "an input must exist, second argument",
            "divide(1u64, i9)",
            argument(0, 1, missing(9)),
        ),
        row(
            "an input must exist, later command",
            "nothing(); take_u64(i0)",
            argument(1, 0, missing(0)),
        ),
        row(
            "an object to transfer must exist",
            "transfer(first, i9, @me)",
            argument(0, 1, missing(9)),
        ),
        row(
            "a recipient must exist",
            "transfer(first, i9)",
            argument(0, 1, missing(9)),
        ),
        row(
            "a coin to split must exist",
            "split(i9, 1u64)",
            argument(0, 0, missing(9)),
        ),
        row(
            "an amount must exist",
            "split(coin, 1u64, i9)",
            argument(0, 2, missing(9)),
        ),
        row(
            "a coin to merge into must exist",
            "merge(i9, coin)",
            argument(0, 0, missing(9)),
        ),
        row(
            "a coin to merge must exist",
            "merge(coin, coin2, i9)",
            argument(0, 2, missing(9)),
        ),
        row(
            "an element must exist, with a type",
            "vec<u64>(1u64, i9)",
            argument(0, 1, missing(9)),
        ),
        row(
            "an element must exist, without a type",
            "vec(first, i9)",
            argument(0, 1, missing(9)),
        ),
        row(
            "the first element must exist, without a type",
            "vec(i9)",
            argument(0, 0, missing(9)),
        ),
        row(
            "a ticket must exist",
            "upgrade(ptb, i9)",
            argument(0, 0, missing(9)),
        ),
        row(
            "a result must be of an earlier command",
            "take_u64(r1); more.noted()",
            argument(0, 0, missing(1)),
        ),
        row(
            "no command has its own result",
            "take_u64(r0)",
            argument(0, 0, missing(0)),
        ),
        row(
            "no command has its own nested result",
            "take_u64(r0.0)",
            argument(0, 0, missing(0)),
        ),
        row(
            "a result of a command that is not there",
            "nothing(); take_u64(r7.0)",
            argument(1, 0, missing(7)),
        ),
        row(
            "a second result of one",
            "plain(1u64); plain_value(r0.1)",
            argument(1, 0, subresult(0, 1)),
        ),
        row(
            "a first result of none",
            "nothing(); take_u64(r0.0)",
            argument(1, 0, subresult(0, 0)),
        ),
        row(
            "a third result of two",
            "more.two_numbers(); take_u64(r0.2)",
            argument(1, 0, subresult(0, 2)),
        ),
        row(
            "a result of none",
            "nothing(); take_u64(r0)",
            argument(1, 0, arity(0)),
        ),
        row(
            "a result of two",
            "more.two_numbers(); take_u64(r0)",
            argument(1, 0, arity(0)),
        ),
        row(
            "each of two results",
            "more.two_numbers(); divide(r0.0, r0.1)",
            OK,
        ),
        row(
            "the only part of a split is its result",
            "split(coin, 1u64); transfer(r0, @me)",
            OK,
        ),
        row(
            "the parts of a split are several results",
            "split(coin, 1u64, 2u64); transfer(r0, @me)",
            argument(1, 0, arity(0)),
        ),
        row(
            "a merge has no result",
            "merge(coin, coin2); take_u64(r0)",
            argument(1, 0, arity(0)),
        ),
        row(
            "a transfer has no result",
            "transfer(first, @me); take_u64(r0.0)",
            argument(1, 0, subresult(0, 0)),
        ),
        row(
            "a vector is one result",
            "vec<u64>(1u64); vec<vector<u64>>(r0)",
            OK,
        ),
        row(
            "a publication has one result",
            "publish(ptb); transfer(r0, @me)",
            OK,
        ),
        // Functions.
        row("a function must exist", "no_such_function()", FUNCTION),
        row("a module must exist", "nowhere.nothing()", FUNCTION),
        row(
            "a function of the framework must exist",
            "coin::no_such_function()",
            FUNCTION,
        ),
        row("a struct is no function", "Thing()", FUNCTION),
        row(
            "the command of the missing function is named",
            "nothing(); no_such_function()",
            command(1, ExecutionError::FunctionNotFound),
        ),
        row("too few arguments", "take_u64()", ARITY),
        row("too many arguments", "take_u64(1u64, 2u64)", ARITY),
        row(
            "arguments of a function without any",
            "nothing(1u64)",
            ARITY,
        ),
        row(
            "the context is not counted, and nobody passes it",
            "sender(@me)",
            ARITY,
        ),
        // The context.
        row("the context, alone", "sender()", OK),
        row(
            "the context, first",
            "with_context_first(1u64); delete(r0)",
            OK,
        ),
        row("the context, last and mutable", "new(1u64); delete(r0)", OK),
        row(
            "the context, in between",
            "more.context_between(1u64, true)",
            OK,
        ),
        row(
            "the context, in between, is not counted",
            "more.context_between(1u64, 2u64)",
            argument(0, 1, E::InvalidBcsBytes),
        ),
        row("the context, twice", "more.two_contexts()", OK),
        // Type arguments.
        row("too few type arguments", "phantom_only()", TYPES),
        row("too many type arguments", "phantom_only<u8, u8>()", TYPES),
        row(
            "type arguments of a function without any",
            "nothing<u8>()",
            TYPES,
        ),
        row(
            "too few arguments of a type argument",
            "phantom_only<Box>()",
            TYPES,
        ),
        row(
            "too many arguments of a type argument",
            "phantom_only<Box<Thing, Thing>>()",
            TYPES,
        ),
        row(
            "any type is a type argument",
            "phantom_only<vector<Potato>>()",
            OK,
        ),
        row(
            "a type must exist",
            "phantom_only<NoSuchType>()",
            type_argument(0, 0, TypeNotFound),
        ),
        row(
            "its module must exist",
            "phantom_only<nowhere::Thing>()",
            type_argument(0, 0, TypeNotFound),
        ),
        row(
            "an inner type must exist",
            "phantom_only<vector<NoSuchType>>()",
            type_argument(0, 0, TypeNotFound),
        ),
        row(
            "the second type must exist",
            "more.two_types<u8, NoSuchType>()",
            type_argument(0, 1, TypeNotFound),
        ),
        row(
            "a missing ability",
            "generic_drop<Thing>(first)",
            type_argument(0, 0, ConstraintNotSatisfied),
        ),
        row(
            "a missing ability of the second",
            "more.two_types<Copyable, Copyable>()",
            type_argument(0, 1, ConstraintNotSatisfied),
        ),
        row(
            "abilities that are there",
            "more.two_types<Copyable, Plain>()",
            OK,
        ),
        row(
            "a missing ability inside a type argument",
            "phantom_only<Box<Potato>>()",
            type_argument(0, 0, ConstraintNotSatisfied),
        ),
        row(
            "abilities of a vector are those of its elements",
            "generic_drop<vector<Thing>>(r9)",
            type_argument(0, 0, ConstraintNotSatisfied),
        ),
        row(
            "the command of the type argument is named",
            "nothing(); phantom_only<NoSuchType>()",
            type_argument(1, 0, TypeNotFound),
        ),
        // Types of arguments.
        row("a value where a reference is taken", "value(first)", OK),
        row(
            "a value where a mutable reference is taken",
            "set(first, 1u64)",
            OK,
        ),
        row(
            "a value that is copied",
            "plain(1u64); plain_value(r0); plain_value(r0)",
            OK,
        ),
        row("a value that is moved", "delete(first)", OK),
        row(
            "an object of another type",
            "value(pinned)",
            argument(0, 0, E::TypeMismatch),
        ),
        row(
            "a result of another type",
            "sender(); take_u64(r0)",
            argument(1, 0, E::TypeMismatch),
        ),
        row(
            "the second argument of another type",
            "sender(); set(first, r0)",
            argument(1, 1, E::TypeMismatch),
        ),
        row(
            "a vector of another type",
            "vec<u64>(1u64); take_numbers(r0)",
            argument(1, 0, E::TypeMismatch),
        ),
        row(
            "an instance of another type",
            "coin::value<Thing>(coin)",
            argument(0, 0, E::TypeMismatch),
        ),
        row(
            "an object is no number",
            "take_u64(first)",
            argument(0, 0, E::TypeMismatch),
        ),
        row(
            "an object is no id",
            "take_id(first)",
            argument(0, 0, E::TypeMismatch),
        ),
        row("the gas coin is a coin of SUI", "coin::value<SUI>(gas)", OK),
        row(
            "the gas coin is nothing else",
            "value(gas)",
            argument(0, 0, E::TypeMismatch),
        ),
        row(
            "a receiving input is nothing but a ticket",
            "take_address(recv.first)",
            argument(0, 0, E::TypeMismatch),
        ),
        row(
            "a receiving input is no object",
            "value(recv.first)",
            argument(0, 0, E::TypeMismatch),
        ),
    ]
}
