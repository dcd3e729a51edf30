//! The framework's own functions.

use sui_sdk_types::{Address, TypeTag};
use valet_localnet::vm::{CompiledModule, Type, VmStatus};

use super::support::{bcs, call, framework_packages, vm};

const STD: Address = Address::from_static("0x1");
const SUI: Address = Address::TWO;

#[test]
fn every_framework_module_parses_to_its_last_byte() {
    let mut count = 0;
    for package in framework_packages() {
        for (name, bytes) in &package.modules {
            let module = CompiledModule::parse(bytes).expect("parses");
            assert_eq!(module.name().expect("a name"), name);
            assert_eq!(module.self_address(), Ok(package.original_id));
            let mut longer = bytes.clone();
            longer.push(0);
            assert!(
                CompiledModule::parse(&longer).is_err(),
                "{name}: a byte too many was accepted"
            );
            count += 1;
        }
    }
    assert_eq!(count, 84);
}

#[test]
fn loading_a_package_again_gives_the_loaded_one() {
    for source in framework_packages() {
        let again = vm().load_package(source.clone()).expect("the same package");
        assert_eq!(again.source(), &source);
    }
}

#[test]
fn integer_functions_of_the_standard_library() {
    let u64_call =
        |function, a: u64, b: u64| call((STD, "u64", function), &[], &[&bcs(&a), &bcs(&b)]);
    assert_eq!(u64_call("max", 3, 9), Ok(vec![bcs(&9u64)]));
    assert_eq!(u64_call("diff", 3, 9), Ok(vec![bcs(&6u64)]));
    assert_eq!(u64_call("divide_and_round_up", 7, 2), Ok(vec![bcs(&4u64)]));
    assert_eq!(
        call((STD, "u64", "pow"), &[], &[&bcs(&3u64), &[13]]),
        Ok(vec![bcs(&1_594_323u64)])
    );
    assert_eq!(
        call((STD, "u64", "sqrt"), &[], &[&bcs(&1_000_000u64)]),
        Ok(vec![bcs(&1_000u64)])
    );
    assert_eq!(
        call((STD, "u128", "sqrt"), &[], &[&bcs(&(1u128 << 126))]),
        Ok(vec![bcs(&(1u128 << 63))])
    );
    assert_eq!(
        call(
            (STD, "u64", "to_string"),
            &[],
            &[&bcs(&18_446_744_073_709_551_615u64)]
        ),
        Ok(vec![bcs("18446744073709551615")])
    );
    let overflow = call((STD, "u64", "pow"), &[], &[&bcs(&3u64), &[64]]).expect_err("overflows");
    assert_eq!(overflow.status, VmStatus::ArithmeticError);
}

#[test]
fn vectors_options_and_strings() {
    let numbers = bcs(&vec![1u64, 2, 3, 4]);
    assert_eq!(
        call((STD, "vector", "singleton"), &[Type::U64], &[&bcs(&7u64)]),
        Ok(vec![bcs(&vec![7u64])])
    );
    let swapped = call(
        (STD, "vector", "skip"),
        &[Type::U64],
        &[&numbers, &bcs(&1u64)],
    );
    assert_eq!(swapped, Ok(vec![bcs(&vec![2u64, 3, 4])]));
    let flat = call(
        (STD, "vector", "flatten"),
        &[Type::U8],
        &[&bcs(&vec![b"ab".to_vec(), b"c".to_vec()])],
    );
    assert_eq!(flat, Ok(vec![bcs(&b"abc".to_vec())]));
    assert_eq!(
        call((STD, "option", "some"), &[Type::U8], &[&[5]]),
        Ok(vec![vec![1, 5]])
    );
    assert_eq!(
        call((STD, "option", "destroy_some"), &[Type::U8], &[&[1, 5]]),
        Ok(vec![vec![5]])
    );
    let none =
        call((STD, "option", "destroy_some"), &[Type::U8], &[&[0]]).expect_err("nothing inside");
    assert!(matches!(none.status, VmStatus::Aborted(_)), "{none}");
    assert_eq!(
        call((STD, "string", "utf8"), &[], &[&bcs("grüße")]),
        Ok(vec![bcs("grüße")])
    );
    assert_eq!(
        call((STD, "ascii", "string"), &[], &[&bcs("plain")]),
        Ok(vec![bcs("plain")])
    );
    assert_eq!(
        call((STD, "ascii", "try_string"), &[], &[&bcs("grüße")]),
        Ok(vec![vec![0]])
    );
}

#[test]
fn maps_of_the_framework() {
    let arguments = [Type::U64, Type::BOOL];
    let keys = bcs(&vec![1u64, 2]);
    let values = bcs(&vec![true, false]);
    let map = call(
        (SUI, "vec_map", "from_keys_values"),
        &arguments,
        &[&keys, &values],
    )
    .expect("distinct keys");
    assert_eq!(map, vec![bcs(&vec![(1u64, true), (2, false)])]);
    let parts = call((SUI, "vec_map", "into_keys_values"), &arguments, &[&map[0]]);
    assert_eq!(parts, Ok(vec![keys, values]));
    let twice = bcs(&vec![1u64, 1]);
    let error = call(
        (SUI, "vec_map", "from_keys_values"),
        &arguments,
        &[&twice, &bcs(&vec![true, true])],
    );
    assert_eq!(error.expect_err("a key twice").abort_code(), Some(0));
}

#[test]
fn type_tags_survive_the_round_trip() {
    for tag in [
        "u8",
        "vector<vector<address>>",
        "0x2::coin::Coin<0x2::sui::SUI>",
        "0x1::option::Option<0x1::string::String>",
    ] {
        let tag: TypeTag = tag.parse().expect("a tag");
        let ty = vm().resolve_type(&tag).expect("known");
        assert_eq!(vm().types().tag(ty), Ok(&tag));
    }
    let coin_of_a_number: TypeTag = "0x2::coin::Coin<0x2::nothing::X>".parse().expect("a tag");
    assert!(matches!(
        vm().resolve_type(&coin_of_a_number),
        Err(VmStatus::Linker(_))
    ));
    let too_many: TypeTag = "0x2::sui::SUI<u8>".parse().expect("a tag");
    assert_eq!(
        vm().resolve_type(&too_many),
        Err(VmStatus::TypeArity {
            expected: 0,
            actual: 1
        })
    );
    let no_object: TypeTag = "0x2::transfer::Receiving<u8>".parse().expect("a tag");
    assert_eq!(
        vm().resolve_type(&no_object),
        Err(VmStatus::ConstraintNotSatisfied { argument: 0 })
    );
}
