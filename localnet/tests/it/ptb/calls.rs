//! Which functions can be called, with which types, and how running them fails.

use sui_sdk_types::{
    Address, Argument, Command, CommandArgumentError as E, ExecutionError, ExecutionStatus,
    Identifier, MakeMoveVector, MoveLocation, TypeArgumentError, TypeTag,
};

use super::{Fixture, SUCCESS, argument, fails};

#[test]
fn only_public_and_entry_functions_can_be_called() {
    let f = Fixture::new();
    let refused = fails(ExecutionError::NonEntryFunctionInvoked, 0);
    f.case(
        "private",
        |c| {
            c.call("private", vec![]);
        },
        &refused,
    );
    f.case(
        "of the package",
        |c| {
            c.call("package_only", vec![]);
        },
        &refused,
    );
    f.case(
        "init",
        |c| {
            c.b.call((c.fixture.package, "witness", "init"), vec![], vec![]);
        },
        &fails(ExecutionError::ArityMismatch, 0),
    );
    f.case(
        "private entry",
        |c| {
            let t = c.first();
            c.call("private_entry", vec![t]);
        },
        &SUCCESS,
    );
    f.case(
        "public entry",
        |c| {
            let t = c.first();
            c.call("public_entry", vec![t]);
        },
        &SUCCESS,
    );
    f.case(
        "a reference result",
        |c| {
            let t = c.first();
            c.call("borrow", vec![t]);
        },
        &fails(
            ExecutionError::InvalidPublicFunctionReturnType { index: 0 },
            0,
        ),
    );
    f.case(
        "a function that only the type's module may call",
        |c| {
            let thing = c.first();
            let me = c.me();
            let type_ = c.fixture.type_("Thing").into();
            c.b.call(
                (Address::TWO, "transfer", "transfer"),
                vec![type_],
                vec![thing, me],
            );
        },
        &refused,
    );
    f.case(
        "its public twin",
        |c| {
            let thing = c.first();
            let me = c.me();
            let type_ = c.fixture.type_("Thing").into();
            c.b.call(
                (Address::TWO, "transfer", "public_transfer"),
                vec![type_],
                vec![thing, me],
            );
        },
        &SUCCESS,
    );
}

#[test]
fn functions_types_and_numbers_of_arguments_must_exist_and_fit() {
    let f = Fixture::new();
    let missing = fails(ExecutionError::FunctionNotFound, 0);
    f.case(
        "no function",
        |c| {
            c.call("no_such_function", vec![]);
        },
        &missing,
    );
    f.case(
        "no module",
        |c| {
            c.b.call((c.fixture.package, "no_such_module", "new"), vec![], vec![]);
        },
        &missing,
    );
    f.case(
        "too few",
        |c| {
            c.call("take_u64", vec![]);
        },
        &fails(ExecutionError::ArityMismatch, 0),
    );
    f.case(
        "too many",
        |c| {
            let n = c.b.pure(&1u64);
            c.call("take_u64", vec![n, n]);
        },
        &fails(ExecutionError::ArityMismatch, 0),
    );
    let generic = |types: Vec<TypeTag>, expected: &ExecutionStatus| {
        f.case(
            "phantom_only",
            |c| {
                c.b.call((c.fixture.package, "calls", "phantom_only"), types, vec![]);
            },
            expected,
        );
    };
    generic(vec![], &fails(ExecutionError::TypeArityMismatch, 0));
    generic(
        vec![TypeTag::U8, TypeTag::U8],
        &fails(ExecutionError::TypeArityMismatch, 0),
    );
    generic(
        vec![TypeTag::Vector(Box::new(f.type_("Potato").into()))],
        &SUCCESS,
    );
    let not_found = ExecutionError::TypeArgumentError {
        type_argument: 0,
        kind: TypeArgumentError::TypeNotFound,
    };
    generic(vec![f.type_("NoSuchType").into()], &fails(not_found, 0));
    let constraint = ExecutionError::TypeArgumentError {
        type_argument: 0,
        kind: TypeArgumentError::ConstraintNotSatisfied,
    };
    f.case(
        "a type without the ability",
        |c| {
            let thing = c.first();
            let type_ = c.fixture.type_("Thing").into();
            c.b.call(
                (c.fixture.package, "calls", "generic_drop"),
                vec![type_],
                vec![thing],
            );
        },
        &fails(constraint, 0),
    );
    f.case(
        "a type with the ability",
        |c| {
            let thing = c.first();
            let type_ = c.fixture.type_("Thing").into();
            c.b.call(
                (c.fixture.package, "calls", "generic"),
                vec![type_],
                vec![thing],
            );
        },
        &SUCCESS,
    );
    f.case(
        "an object of another type",
        |c| {
            let pinned = c.fixture.object(c.fixture.pinned);
            let pinned = c.b.object(&pinned);
            c.call("value", vec![pinned]);
        },
        &argument(E::TypeMismatch, 0, 0),
    );
    f.case(
        "a result of another type",
        |c| {
            let sender = c.call("sender", vec![]);
            c.call("take_u64", vec![sender]);
        },
        &argument(E::TypeMismatch, 0, 1),
    );
}

#[test]
fn the_context_is_passed_by_the_ledger_wherever_it_stands() {
    let f = Fixture::new();
    f.case(
        "first",
        |c| {
            let n = c.b.pure(&1u64);
            let thing = c.call("with_context_first", vec![n]);
            c.call("delete", vec![thing]);
        },
        &SUCCESS,
    );
    f.case(
        "alone",
        |c| {
            c.call("sender", vec![]);
        },
        &SUCCESS,
    );
}

#[test]
fn a_failing_function_says_where() {
    let f = Fixture::new();
    let location = |function: u16, instruction, name: &str| MoveLocation {
        package: f.package,
        module: Identifier::from_static("calls"),
        function,
        instruction,
        function_name: Some(Identifier::new(name).expect("a name")),
    };
    let run = |name: &str, arguments: &[u64]| {
        let mut c = super::Case {
            fixture: &f,
            b: crate::chain::Builder::default(),
        };
        let arguments = arguments.iter().map(|n| c.b.pure(n)).collect();
        c.call("nothing", vec![]);
        c.call(name, arguments);
        f.chain.run(c.b.finish())
    };
    let aborted = run("abort_with", &[42]);
    let ExecutionStatus::Failure {
        error: ExecutionError::MoveAbort {
            location: at,
            code: 42,
        },
        command: Some(1),
    } = aborted.effects.status()
    else {
        panic!("{:?}", aborted.effects.status());
    };
    assert_eq!(*at, location(at.function, 1, "abort_with"));
    assert_eq!(aborted.events, None);

    let divided = run("divide", &[1, 0]);
    let ExecutionStatus::Failure {
        error: ExecutionError::MovePrimitiveRuntimeError { location: Some(at) },
        command: Some(1),
    } = divided.effects.status()
    else {
        panic!("{:?}", divided.effects.status());
    };
    assert_eq!(*at, location(at.function, 2, "divide"));

    let deep = run("recurse", &[2_000]);
    assert!(
        matches!(
            deep.effects.status(),
            ExecutionStatus::Failure {
                error: ExecutionError::MovePrimitiveRuntimeError { location: Some(_) },
                command: Some(1)
            }
        ),
        "{:?}",
        deep.effects.status()
    );
    assert_eq!(*run("recurse", &[900]).effects.status(), SUCCESS);
}

#[test]
fn an_endless_loop_runs_out_of_gas_and_pays_for_it() {
    let f = Fixture::new();
    let mut c = super::Case {
        fixture: &f,
        b: crate::chain::Builder::default(),
    };
    c.call("forever", vec![]);
    let executed = f.chain.run(c.b.finish());
    assert_eq!(
        *executed.effects.status(),
        fails(ExecutionError::InsufficientGas, 0)
    );
    assert_eq!(
        executed.effects.gas_summary().computation_cost,
        crate::chain::BUDGET
    );
}

#[test]
fn vectors_are_made_of_one_type() {
    let f = Fixture::new();
    let vector = |type_: Option<TypeTag>, elements: Vec<Argument>| {
        Command::MakeMoveVector(MakeMoveVector { type_, elements })
    };
    f.case(
        "objects",
        |c| {
            let (first, me) = (c.first(), c.me());
            let n = c.b.pure(&1u64);
            let new = c.call("new", vec![n]);
            let things = c.b.command(vector(None, vec![new]));
            c.call("delete_all", vec![things]);
            c.b.transfer(vec![first], me);
        },
        &SUCCESS,
    );
    f.case(
        "numbers",
        |c| {
            let (a, b) = (c.b.pure(&1u16), c.b.pure(&2u16));
            let numbers = c.b.command(vector(Some(TypeTag::U16), vec![a, b]));
            c.call("take_numbers", vec![numbers]);
        },
        &SUCCESS,
    );
    f.case(
        "none of a type",
        |c| {
            let numbers = c.b.command(vector(Some(TypeTag::U16), vec![]));
            c.call("take_numbers", vec![numbers]);
        },
        &SUCCESS,
    );
    f.case(
        "something that is no object, without a type",
        |c| {
            let n = c.b.pure(&1u64);
            let plain = c.call("plain", vec![n]);
            c.b.command(vector(None, vec![plain]));
        },
        &argument(E::InvalidMakeMoveVecNonObjectArgument, 0, 1),
    );
    f.case(
        "bytes without a type",
        |c| {
            let n = c.b.pure(&1u64);
            c.b.command(vector(None, vec![n]));
        },
        &argument(E::InvalidMakeMoveVecNonObjectArgument, 0, 0),
    );
    f.case(
        "two types",
        |c| {
            let first = c.first();
            let pinned = c.fixture.object(c.fixture.pinned);
            let pinned = c.b.object(&pinned);
            c.b.command(vector(None, vec![first, pinned]));
        },
        &argument(E::TypeMismatch, 1, 0),
    );
    f.case(
        "a type that does not exist",
        |c| {
            let type_ = c.fixture.type_("NoSuchType").into();
            c.b.command(vector(Some(type_), vec![]));
        },
        &fails(
            ExecutionError::TypeArgumentError {
                type_argument: 0,
                kind: TypeArgumentError::TypeNotFound,
            },
            0,
        ),
    );
}
