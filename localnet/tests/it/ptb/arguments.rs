//! Indices, borrowing, moving, dropping and hot potatoes.

use sui_sdk_types::{Argument, CommandArgumentError as E, ExecutionError};

use super::{Fixture, SUCCESS, argument, fails_nowhere};

#[test]
fn indices_name_an_input_or_a_result() {
    let f = Fixture::new();
    f.case(
        "an input that does not exist",
        |c| {
            c.call("take_u64", vec![Argument::Input(3)]);
        },
        &argument(E::IndexOutOfBounds { index: 3 }, 0, 0),
    );
    f.case(
        "a result of a later command",
        |c| {
            c.call("take_u64", vec![Argument::Result(1)]);
            c.call("phantom_only", vec![]);
        },
        &argument(E::IndexOutOfBounds { index: 1 }, 0, 0),
    );
    f.case(
        "its own result",
        |c| {
            c.call("take_u64", vec![Argument::NestedResult(0, 0)]);
        },
        &argument(E::IndexOutOfBounds { index: 0 }, 0, 0),
    );
    f.case(
        "a second result of one",
        |c| {
            let number = c.b.pure(&1u64);
            c.call("plain", vec![number]);
            c.call("plain_value", vec![Argument::NestedResult(0, 1)]);
        },
        &argument(
            E::SecondaryIndexOutOfBounds {
                result: 0,
                subresult: 1,
            },
            0,
            1,
        ),
    );
    f.case(
        "the result of a command with none",
        |c| {
            c.call("nothing", vec![]);
            c.call("take_u64", vec![Argument::Result(0)]);
        },
        &argument(E::InvalidResultArity { result: 0 }, 0, 1),
    );
    f.case(
        "the result of a command with two",
        |c| {
            c.call("two", vec![]);
            c.call("delete", vec![Argument::Result(0)]);
        },
        &argument(E::InvalidResultArity { result: 0 }, 0, 1),
    );
    f.case(
        "both results by their own index",
        |c| {
            c.call("two", vec![]);
            c.call("delete", vec![Argument::NestedResult(0, 1)]);
            c.call("delete", vec![Argument::NestedResult(0, 0)]);
        },
        &SUCCESS,
    );
}

#[test]
fn a_place_is_empty_after_a_move() {
    let f = Fixture::new();
    f.case(
        "an object used after it was deleted",
        |c| {
            let number = c.b.pure(&1u64);
            let thing = c.call("new", vec![number]);
            c.call("delete", vec![thing]);
            c.call("value", vec![thing]);
        },
        &argument(E::ArgumentWithoutValue, 0, 2),
    );
    f.case(
        "an object moved twice by one command",
        |c| {
            let number = c.b.pure(&1u64);
            let thing = c.call("new", vec![number]);
            let me = c.me();
            c.b.transfer(vec![thing, thing], me);
        },
        &argument(E::ArgumentWithoutValue, 1, 1),
    );
    f.case(
        "an input moved, then borrowed",
        |c| {
            let me = c.me();
            let thing = c.first();
            c.b.transfer(vec![thing], me);
            c.call("value", vec![thing]);
        },
        &argument(E::ArgumentWithoutValue, 0, 1),
    );
    f.case(
        "a value with copy, used again and again",
        |c| {
            let number = c.b.pure(&1u64);
            let plain = c.call("plain", vec![number]);
            c.call("plain_value", vec![plain]);
            c.call("plain_value", vec![plain]);
        },
        &SUCCESS,
    );
}

#[test]
fn a_mutable_borrow_is_alone() {
    let f = Fixture::new();
    let conflict = argument(E::InvalidReferenceArgument, 0, 0);
    f.case(
        "twice mutably",
        |c| {
            let t = c.first();
            c.call("both_mut", vec![t, t]);
        },
        &conflict,
    );
    f.case(
        "mutably and immutably",
        |c| {
            let t = c.first();
            c.call("mut_and_imm", vec![t, t]);
        },
        &conflict,
    );
    f.case(
        "twice immutably",
        |c| {
            let t = c.first();
            c.call("imm_and_imm", vec![t, t]);
        },
        &SUCCESS,
    );
    f.case(
        "two objects mutably",
        |c| {
            let (first, second) = (c.first(), c.second());
            c.call("both_mut", vec![first, second]);
        },
        &SUCCESS,
    );
    f.case(
        "borrowed, then moved by the same command",
        |c| {
            let t = c.first();
            c.call("mut_and_value", vec![t, t]);
        },
        &argument(E::CannotMoveBorrowedValue, 1, 0),
    );
    f.case(
        "moved, then borrowed by the same command",
        |c| {
            let t = c.first();
            c.call("value_and_mut", vec![t, t]);
        },
        &argument(E::ArgumentWithoutValue, 1, 0),
    );
    f.case(
        "borrowed and copied",
        |c| {
            let number = c.b.pure(&1u64);
            let plain = c.call("plain", vec![number]);
            c.call("plain_mut_and_value", vec![plain, plain]);
        },
        &SUCCESS,
    );
}

#[test]
fn what_cannot_be_dropped_must_be_used_up() {
    let f = Fixture::new();
    let unused = |result, subresult| {
        fails_nowhere(ExecutionError::UnusedValueWithoutDrop { result, subresult })
    };
    f.case(
        "a hot potato",
        |c| {
            c.call("potato", vec![]);
        },
        &unused(0, 0),
    );
    f.case(
        "something with store",
        |c| {
            c.call("storable", vec![]);
        },
        &unused(0, 0),
    );
    f.case(
        "something with copy",
        |c| {
            c.call("copyable", vec![]);
        },
        &unused(0, 0),
    );
    f.case(
        "something with copy that was only looked at",
        |c| {
            let v = c.call("copyable", vec![]);
            c.call("look", vec![v]);
        },
        &unused(0, 0),
    );
    f.case(
        "something with copy whose last use takes it",
        |c| {
            let v = c.call("copyable", vec![]);
            c.call("destroy_copyable", vec![v]);
            c.call("look", vec![v]);
            c.call("destroy_copyable", vec![v]);
        },
        &SUCCESS,
    );
    f.case(
        "the second of two objects",
        |c| {
            c.call("two", vec![]);
            c.call("delete", vec![Argument::NestedResult(0, 0)]);
        },
        &unused(0, 1),
    );
    f.case(
        "a value with drop",
        |c| {
            let n = c.b.pure(&1u64);
            c.call("plain", vec![n]);
        },
        &SUCCESS,
    );
    f.case(
        "an object that stays where it is",
        |c| {
            c.first();
        },
        &SUCCESS,
    );
    f.case(
        "a hot potato that is eaten",
        |c| {
            let potato = c.call("potato", vec![]);
            c.call("eat", vec![potato]);
        },
        &SUCCESS,
    );
}

#[test]
fn a_private_entry_function_gets_nothing_a_hot_potato_holds() {
    let f = Fixture::new();
    let refused = |command| argument(E::InvalidArgumentToPrivateEntryFunction, 0, command);
    f.case(
        "an input of its own",
        |c| {
            let t = c.first();
            c.call("private_entry", vec![t]);
        },
        &SUCCESS,
    );
    f.case(
        "an object that made a hot potato",
        |c| {
            let thing = c.first();
            let potato = c.call("potato_from", vec![thing]);
            c.call("private_entry", vec![thing]);
            c.call("eat", vec![potato]);
        },
        &refused(1),
    );
    f.case(
        "the same after the hot potato is eaten",
        |c| {
            let thing = c.first();
            let potato = c.call("potato_from", vec![thing]);
            c.call("eat", vec![potato]);
            c.call("private_entry", vec![thing]);
        },
        &SUCCESS,
    );
    f.case(
        "another object while there is a hot potato",
        |c| {
            let (first, second) = (c.first(), c.second());
            let potato = c.call("potato_from", vec![first]);
            c.call("private_entry", vec![second]);
            c.call("eat", vec![potato]);
        },
        &SUCCESS,
    );
    f.case(
        "the last hot potato itself",
        |c| {
            let potato = c.call("potato", vec![]);
            c.call("private_entry_potato", vec![potato]);
        },
        &SUCCESS,
    );
    f.case(
        "a public entry function does not mind",
        |c| {
            let thing = c.first();
            let potato = c.call("potato_from", vec![thing]);
            c.call("public_entry", vec![thing]);
            c.call("eat", vec![potato]);
        },
        &SUCCESS,
    );
    f.case(
        "a result of what took a shared object",
        |c| {
            let shared = c.shared(true);
            let things = c.b.command(sui_sdk_types::Command::MakeMoveVector(
                sui_sdk_types::MakeMoveVector {
                    type_: None,
                    elements: vec![shared],
                },
            ));
            let count = c.call("delete_all", vec![things]);
            c.call("private_entry_number", vec![count]);
        },
        &refused(2),
    );
}
