//! The bytecode verifier.
//!
//! * [`clean`]: what the compiler makes is accepted: the framework, valet and every test package.
//! * [`tables`], [`flow`], [`operands`], [`places`], [`objects`]: a module for each rule that breaks that rule and no other is
//!   refused by it, at the instruction that breaks it.
//! * [`mutants`]: instructions of real modules are exchanged at random, and what is still accepted runs without surprises.

mod clean;
mod flow;
mod mutants;
mod objects;
mod operands;
mod places;
mod tables;

use std::collections::BTreeSet;

use valet_localnet::vm::{CompiledModule, Rule, VerificationError, verify};

use crate::assembler::Assembly;

/// A module and the rule it breaks; in the code of function `f` if there is an instruction.
type Case = (Rule, Option<u16>, Assembly);

fn verified(assembly: &Assembly) -> Result<(), VerificationError> {
    let module = CompiledModule::parse(&assembly.bytes()).expect("it has the format of a module");
    verify(&[&module])?.sui_rules()
}

fn cases() -> Vec<Case> {
    [
        tables::cases(),
        flow::cases(),
        operands::cases(),
        places::cases(),
        objects::cases(),
    ]
    .concat()
}

#[test]
fn t37_every_rule_refuses_the_module_that_breaks_it() {
    let mut broken = BTreeSet::new();
    for (rule, instruction, assembly) in cases() {
        let error = verified(&assembly).expect_err(rule.status());
        assert_eq!(
            (error.rule, error.instruction),
            (rule, instruction),
            "{error}"
        );
        if instruction.is_some() {
            let function = error.function.as_ref().map(|name| name.as_str());
            assert_eq!(function, Some("f"), "{error}");
        }
        assert_eq!(error.module.as_str(), "m");
        broken.insert(rule.to_string());
    }
    // What parsing refuses already, and what takes more than one module.
    let elsewhere = [
        Rule::OutOfBounds,
        Rule::EmptyCode,
        Rule::FallThrough,
        Rule::NestedReference,
        Rule::TypeArguments,
        Rule::CyclicModules,
    ];
    for rule in Rule::ALL {
        assert!(
            broken.contains(&rule.to_string()) != elsewhere.contains(rule),
            "{rule:?}"
        );
    }
}

#[test]
fn an_error_names_module_function_instruction_and_rule() {
    let (_, _, assembly) = operands::cases()
        .into_iter()
        .find(|(rule, ..)| *rule == Rule::AbortType)
        .expect("there is one");
    let error = verified(&assembly).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "module m, function f, instruction 1: an abort code that is no u64 (ABORT_TYPE_MISMATCH_ERROR)"
    );
}
