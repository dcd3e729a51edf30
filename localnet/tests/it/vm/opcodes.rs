//! Instruction by instruction, on the package `tests/move/opcodes`.

use sui_sdk_types::{Address, Identifier};
use valet_localnet::vm::{GasMeter, Type, VectorError, VmError, VmStatus};

use super::support::{OPCODES, bcs, call, call_in, execution, execution_on, vm};

fn integers(function: &str, arguments: &[&[u8]]) -> Result<Vec<Vec<u8>>, VmError> {
    call((OPCODES, "integers", function), &[], arguments)
}

fn values(function: &str, type_arguments: &[Type], arguments: &[&[u8]]) -> Vec<Vec<u8>> {
    call((OPCODES, "values", function), type_arguments, arguments).expect("no error")
}

fn failure(function: &str, arguments: &[&[u8]]) -> VmError {
    call((OPCODES, "failures", function), &[], arguments).expect_err("fails")
}

#[test]
fn integer_instructions_at_every_width() {
    macro_rules! check {
        ($function:literal, $ty:ty) => {{
            let (a, b): ($ty, $ty) = (13, 6);
            let expected: Vec<$ty> = vec![19, 7, 78, 2, 1, 4, 15, 11, 26, 6];
            assert_eq!(
                integers($function, &[&bcs(&a), &bcs(&b)]),
                Ok(vec![bcs(&expected)]),
                $function
            );
            let error =
                integers($function, &[&bcs(&a), &bcs(&(0 as $ty))]).expect_err("divides by zero");
            assert_eq!(error.status, VmStatus::ArithmeticError, $function);
        }};
    }
    check!("u8_ops", u8);
    check!("u16_ops", u16);
    check!("u32_ops", u32);
    check!("u64_ops", u64);
    check!("u128_ops", u128);
    let wide = |value: u8| {
        let mut bytes = [0u8; 32];
        bytes[0] = value;
        bytes
    };
    let mut expected = vec![10];
    for value in [19, 7, 78, 2, 1, 4, 15, 11, 26, 6] {
        expected.extend(wide(value));
    }
    assert_eq!(
        integers("u256_ops", &[&wide(13), &wide(6)]),
        Ok(vec![expected])
    );
}

#[test]
fn comparisons_casts_and_wide_literals() {
    let compare = |a: u64, b: u64| integers("compare", &[&bcs(&a), &bcs(&b)]);
    assert_eq!(
        compare(1, 2),
        Ok(vec![bcs(
            &[true, false, true, false, false, true, true].to_vec()
        )])
    );
    assert_eq!(
        compare(2, 2),
        Ok(vec![bcs(
            &[false, false, true, true, true, false, false].to_vec()
        )])
    );
    let mut small = [0u8; 32];
    small[0] = 200;
    let down = vec![
        bcs(&200u8),
        bcs(&200u16),
        bcs(&200u32),
        bcs(&200u64),
        bcs(&200u128),
    ];
    assert_eq!(integers("cast_down", &[&small]), Ok(down));
    small[1] = 1;
    assert_eq!(
        integers("cast_down", &[&small])
            .expect_err("456 is no u8")
            .status,
        VmStatus::ArithmeticError
    );
    let up = integers("cast_up", &[&[255]]).expect("fits");
    assert_eq!(
        up[..4],
        [bcs(&255u16), bcs(&255u32), bcs(&255u64), bcs(&255u128)]
    );
    assert_eq!(up[4][..2], [255, 0]);
    assert_eq!(
        integers("shift_left", &[&[0xff], &[4]]),
        Ok(vec![vec![0xf0]])
    );
    assert_eq!(
        integers("shift_left", &[&[0xff], &[8]])
            .expect_err("8 bits")
            .status,
        VmStatus::ArithmeticError
    );
    let wide = integers("wide", &[]).expect("literals");
    assert_eq!(wide[0], bcs(&(1u128 << 127)));
    assert_eq!((wide[1][0], wide[1][31]), (1, 0xff));
}

#[test]
fn structs_are_packed_unpacked_and_written_through_references() {
    let pair = values("pair", &[Type::U8, Type::U64], &[&[7], &bcs(&9u64)]);
    assert_eq!(pair, vec![bcs(&(7u8, 9u64))]);
    assert_eq!(
        values("swap", &[Type::U8, Type::U64], &[&pair[0]]),
        vec![bcs(&(9u64, 7u8))]
    );
    assert_eq!(
        values("through_references", &[], &[&bcs(&1u64)]),
        vec![bcs(&(2u64, vec![2u64, 40]))]
    );
    assert_eq!(values("sum_unpacked", &[], &[]), vec![bcs(&30u64)]);
}

#[test]
fn enums_are_matched_by_value_and_by_reference() {
    assert_eq!(values("shapes", &[], &[])[0], {
        let mut bytes = vec![3, 0, 1];
        bytes.extend(bcs(&3u64));
        bytes.push(2);
        bytes.extend(bcs(&(2u64, 5u64)));
        bytes
    });
    assert_eq!(values("areas", &[], &[]), vec![bcs(&vec![0u64, 27, 10])]);
    let mut rectangle = vec![2];
    rectangle.extend(bcs(&(2u64, 5u64)));
    let mut grown = vec![2];
    grown.extend(bcs(&(3u64, 6u64)));
    assert_eq!(values("grow", &[], &[&rectangle]), vec![grown]);
    assert_eq!(values("grow", &[], &[&[0]]), vec![vec![0]]);
    assert_eq!(values("maybe", &[], &[&bcs(&4u64)]), vec![bcs(&11u64)]);
}

#[test]
fn copies_are_independent_and_equality_is_structural() {
    let copies = values("copies", &[], &[]);
    assert_eq!(copies[0], bcs(&vec![b"a".to_vec(), b"b".to_vec()]));
    assert_eq!(
        copies[1],
        bcs(&vec![b"a!".to_vec(), b"b".to_vec(), b"c".to_vec()])
    );
    assert_eq!(
        values("same", &[], &[]),
        vec![bcs(&vec![true, false, false, false])]
    );
    let constants = values("constants", &[], &[]);
    assert_eq!(
        constants[0],
        bcs(&vec![b"one".to_vec(), b"".to_vec(), b"three".to_vec()])
    );
    assert_eq!(constants[1], bcs(&vec![1u64, 2, 3]));
}

#[test]
fn a_cell_lends_its_value_to_a_call() {
    let mut execution = execution();
    let pair = vm().resolve_type(
        &format!("{OPCODES}::values::Pair<u64, u64>")
            .parse()
            .expect("a tag"),
    );
    let pair = pair.expect("known");
    let value = execution
        .deserialize(pair, &bcs(&(1u64, 2u64)))
        .expect("a pair");
    let cell = execution.new_cell(value).expect("a cell");
    let write = vm()
        .resolve_function(OPCODES, "values", "write_field")
        .expect("exists");
    let reference = execution.borrow(cell);
    execution
        .call(&write, &[], &[reference, 42u64.into()])
        .expect("writes");
    let value = execution
        .take(cell)
        .expect("its own cell")
        .expect("not empty");
    assert_eq!(execution.serialize(pair, value), Ok(bcs(&(1u64, 42u64))));
    assert_eq!(execution.take(cell), Ok(None));
    let error = execution
        .call(&write, &[], &[reference, 1u64.into()])
        .expect_err("the cell is empty");
    assert!(
        matches!(error.status, VmStatus::InvariantViolation(_)),
        "{error}"
    );
}

#[test]
fn aborts_carry_their_code_and_place() {
    let error = failure("abort_with", &[&bcs(&77u64)]);
    assert_eq!(error.abort_code(), Some(77));
    let location = error.location.expect("code was running");
    assert_eq!(location.package, OPCODES);
    assert_eq!(
        (location.module.as_str(), location.function_name.as_str()),
        ("failures", "abort_with")
    );
    assert_eq!((location.function, location.instruction), (0, 1));
    let clever = failure("clever", &[]).abort_code().expect("an abort");
    assert_eq!(clever >> 63, 1, "an error constant sets the top bit");
}

#[test]
fn vector_failures_have_their_sub_status() {
    let error = failure("element", &[&bcs(&3u64)]);
    assert_eq!(
        error.status,
        VmStatus::VectorOperation(VectorError::IndexOutOfBounds)
    );
    assert!(error.location.is_some());
    assert_eq!(
        failure("element", &[&bcs(&u64::MAX)]).status,
        VmStatus::VectorOperation(VectorError::IndexOutOfBounds)
    );
    assert_eq!(
        failure("swap", &[&bcs(&2u64)]).status,
        VmStatus::VectorOperation(VectorError::IndexOutOfBounds)
    );
    assert_eq!(
        failure("pop_empty", &[]).status,
        VmStatus::VectorOperation(VectorError::PopEmpty)
    );
    assert_eq!(
        failure("destroy_full", &[]).status,
        VmStatus::VectorOperation(VectorError::LengthMismatch)
    );
}

#[test]
fn a_vector_is_pushed_to_up_to_its_limit() {
    let fill = |length: u64| call((OPCODES, "failures", "fill"), &[], &[&bcs(&length)]);
    assert_eq!(fill(262_144), Ok(vec![bcs(&262_144u64)]));
    assert_eq!(
        failure("fill", &[&bcs(&262_145u64)]).status,
        VmStatus::VectorOperation(VectorError::LengthLimit)
    );
}

#[test]
fn recursion_stops_at_the_call_stack_limit() {
    let recurse = |depth: u64| call((OPCODES, "failures", "recurse"), &[], &[&bcs(&depth)]);
    assert_eq!(recurse(1_024), Ok(vec![bcs(&1_024u64)]));
    let error = recurse(1_025).expect_err("too deep");
    assert_eq!(error.status, VmStatus::CallStackOverflow);
    assert_eq!(
        error
            .location
            .expect("code was running")
            .function_name
            .as_str(),
        "recurse"
    );
    assert_eq!(
        failure("recurse_with_operand", &[&bcs(&1_024u64)]).status,
        VmStatus::ExecutionStackOverflow
    );
}

#[test]
fn values_have_at_most_128_levels() {
    let option = vm().types().find_datatype(
        Address::from_static("0x1"),
        &Identifier::from_static("option"),
        &Identifier::from_static("Option"),
    );
    let option = option.expect("part of the framework");
    // An option holds a vector, so each adds two levels.
    let nested = |levels: usize| {
        (0..levels).fold(Type::U8, |inner, _| {
            vm().types().datatype(option, &[inner]).expect("a type")
        })
    };
    let some = |inner| {
        call(
            (Address::from_static("0x1"), "option", "some"),
            &[inner],
            &[&[0]],
        )
    };
    assert_eq!(some(nested(60)), Ok(vec![vec![1, 0]]));
    assert_eq!(
        some(nested(70)).expect_err("too deep").status,
        VmStatus::ValueDepthExceeded
    );
    let mut ty = Type::U8;
    let limit =
        std::iter::repeat_with(|| vm().types().vector(ty).map(|vector| ty = vector)).take(200);
    assert_eq!(limit.filter(Result::is_ok).count(), 127);
}

#[test]
fn loops_run_out_of_gas() {
    for function in ["forever", "allocate"] {
        let mut execution = execution_on(vm(), GasMeter::new(1_000_000));
        let error =
            call_in(&mut execution, (OPCODES, "failures", function), &[], &[]).expect_err("stops");
        assert_eq!(error.status, VmStatus::OutOfGas, "{function}");
        assert!(error.location.is_some());
        assert_eq!(execution.meter().remaining(), 0);
    }
}

#[test]
fn arguments_must_be_exactly_one_value() {
    let mut execution = execution();
    let numbers = vm().types().vector(Type::U64).expect("a type");
    for bytes in [
        &[1u8][..],
        &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0x80, 0],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[],
    ] {
        let error = execution
            .deserialize(numbers, bytes)
            .expect_err("not one vector");
        assert!(matches!(error, VmStatus::InvalidValue(_)), "{error}");
    }
    assert!(execution.deserialize(Type::BOOL, &[2]).is_err());
    let shape = vm()
        .resolve_type(&format!("{OPCODES}::values::Shape").parse().expect("a tag"))
        .expect("known");
    assert!(
        execution.deserialize(shape, &[3]).is_err(),
        "no such variant"
    );
    assert!(execution.deserialize(shape, &[0]).is_ok());
    let nested = vm().types().vector(shape).expect("a type");
    assert!(
        execution
            .deserialize(nested, &[0xff, 0xff, 0xff, 0xff, 0x07])
            .is_err(),
        "a long vector of nothing"
    );
}
