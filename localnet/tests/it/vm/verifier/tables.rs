//! Rules of a module's tables, and of types where they are written.

use sui_sdk_types::Address;
use valet_localnet::vm::{CompiledModule, Rule, verify};

use super::{Case, verified};
use crate::assembler::*;

const ELSEWHERE: Address = Address::from_static("0xbbb2");

/// A module changed by `change`.
fn module(change: impl FnOnce(&mut Assembly)) -> Assembly {
    let mut module = Assembly::new();
    change(&mut module);
    module
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut case = |rule, change: &dyn Fn(&mut Assembly)| cases.push((rule, None, module(change)));
    case(Rule::Duplicate, &|m| {
        m.add(0x05, vec![1, 0x03]);
        m.add(0x05, vec![1, 0x03]);
    });
    case(Rule::Duplicate, &|m| {
        m.add(0x06, vec![0x02, 1, 7]);
        m.add(0x06, vec![0x02, 1, 7]);
    });
    case(Rule::Duplicate, &|m| {
        // Two fields of one name.
        let handle = m.datatype_handle(0, "S", DROP, &[]);
        let name = m.name("x");
        m.add(0x0a, vec![handle, 2, 2, name, 0x03, name, 0x03]);
    });
    case(Rule::Duplicate, &|m| {
        // Two handles of one function, which differ.
        m.function("f", &Types::default(), &[op(RET)]);
        m.function_handle(0, "f", &Types::takes([u64()]));
    });
    case(Rule::MissingDefinition, &|m| {
        m.datatype_handle(0, "S", DROP, &[]);
    });
    case(Rule::MissingDefinition, &|m| {
        m.function_handle(0, "f", &Types::default());
    });
    case(Rule::TooManyTypeParameters, &|m| {
        m.structure("S", DROP, &[(0, true); 33], &[u64()]);
    });
    case(Rule::TooManyTypeParameters, &|m| {
        let types = Types::default().generic(&[0; 33]);
        m.function("f", &types, &[op(RET)]);
    });
    case(Rule::TooManyParameters, &|m| {
        let types = Types::takes(vec![u64(); 129]);
        m.function("f", &types, &[op(RET)]);
    });
    case(Rule::TypeTooLarge, &|m| {
        let deep = (0..254).fold(parameter(0), |inner, _| vector(inner));
        m.signature(&[deep]);
    });
    case(Rule::TooManyDatatypes, &|m| {
        for number in 0..201usize {
            let name = format!("S{number:03}");
            m.append(0x07, [vec![4], name.into_bytes()].concat());
            let (mut handle, mut definition) = (vec![0], Vec::new());
            uleb(&mut handle, 1 + number);
            handle.extend([DROP, 0]);
            m.append(0x02, handle);
            uleb(&mut definition, number);
            // The module's name will do for a field.
            definition.extend([2, 1, 0, 0x03]);
            m.append(0x0a, definition);
        }
    });
    case(Rule::TooManyFields, &|m| {
        m.structure("S", DROP, &[], &vec![u64(); 33]);
    });
    case(Rule::TooManyFields, &|m| {
        let many = vec![u64(); 17];
        m.enumeration("E", DROP, &[], &[&many, &many]);
    });
    case(Rule::FriendOfItself, &|m| {
        m.add(0x0f, vec![0, 0]);
    });
    case(Rule::FriendElsewhere, &|m| {
        let friend = vec![m.address(ELSEWHERE), 0];
        m.add(0x0f, friend);
    });
    case(Rule::TypeParameterOutOfRange, &|m| {
        let types = Types::takes([parameter(1)]).generic(&[0]);
        m.function("f", &types, &[number(0), op(ABORT)]);
    });
    case(Rule::TypeParameterOutOfRange, &|m| {
        m.structure("S", 0, &[(0, false)], &[parameter(1)]);
    });
    case(Rule::Constraint, &|m| {
        let copyable = m.structure("C", 0, &[(COPY, false)], &[parameter(0)]);
        let types = Types::takes([datatype(copyable, &[parameter(0)])]).generic(&[DROP]);
        m.function("f", &types, &[number(0), op(ABORT)]);
    });
    case(Rule::Constraint, &|m| {
        let copyable = m.structure("C", 0, &[(COPY, false)], &[parameter(0)]);
        m.structure("S", 0, &[], &[datatype(copyable, &[signer()])]);
    });
    case(Rule::PhantomPosition, &|m| {
        m.structure("S", DROP, &[(0, true)], &[parameter(0)]);
    });
    case(Rule::PhantomPosition, &|m| {
        m.enumeration("E", DROP, &[(0, true)], &[&[], &[vector(parameter(0))]]);
    });
    case(Rule::FieldAbility, &|m| {
        let resource = m.structure("R", STORE, &[], &[u64()]);
        m.structure("S", DROP, &[], &[u64(), datatype(resource, &[])]);
    });
    case(Rule::FieldAbility, &|m| {
        let scarce = m.structure("R", DROP, &[], &[u64()]);
        m.structure("S", KEY, &[], &[datatype(scarce, &[])]);
    });
    case(Rule::InstantiationLoop, &|m| {
        // f<T> calls g<T>, which calls f<vector<T>>.
        let types = Types::default().generic(&[0]);
        let f = m.function_handle(0, "f", &types);
        let g = m.function_handle(0, "g", &types);
        let to_g = m.instantiation(0x04, g, &[parameter(0)]);
        let to_f = m.instantiation(0x04, f, &[vector(parameter(0))]);
        m.function("f", &types, &[on(CALL_GENERIC, to_g), op(RET)]);
        m.function("g", &types, &[on(CALL_GENERIC, to_f), op(RET)]);
    });
    cases
}

#[test]
fn phantom_and_bounded_type_parameters_are_accepted_where_they_belong() {
    let good = module(|m| {
        let tagged = m.structure("Tagged", COPY | DROP, &[(0, true)], &[u64()]);
        let inner = datatype(tagged, &[parameter(0)]);
        m.structure("Outer", COPY | DROP, &[(0, true)], &[inner]);
        // With a resource for its argument it loses its abilities; it may be declared all the same.
        m.structure("Box", COPY | DROP | STORE, &[(0, false)], &[parameter(0)]);
        m.enumeration("Maybe", DROP, &[(0, false)], &[&[], &[parameter(0)]]);
        let types = Types::takes([datatype(tagged, &[signer()])]);
        m.function("f", &types, &[op(RET)]);
        // Ever smaller types, or the same ones, may go around.
        let types = Types::default().generic(&[0, 0]);
        let g = m.function_handle(0, "g", &types);
        let around = m.instantiation(0x04, g, &[parameter(1), parameter(0)]);
        m.function("g", &types, &[on(CALL_GENERIC, around), op(RET)]);
    });
    assert_eq!(verified(&good), Ok(()));
}

#[test]
fn t37_modules_of_a_package_do_not_depend_on_each_other_in_a_circle() {
    let depends = |name: &str, on: &str| {
        let mut module = Assembly::named(name);
        module.module(SELF, on);
        CompiledModule::parse(&module.bytes()).expect("a module")
    };
    let (a, b, c) = (depends("a", "b"), depends("b", "c"), depends("c", "a"));
    let error = verify(&[&a, &b, &c]).expect_err("a circle");
    assert_eq!(error.rule, Rule::CyclicModules);
    assert!(verify(&[&a, &b]).is_ok(), "c may be of another package");
}
