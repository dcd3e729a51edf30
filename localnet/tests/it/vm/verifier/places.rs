//! Rules of locals and references.

mod references;

use valet_localnet::vm::Rule;

use super::operands::{World, world};
use super::{Case, verified};
use crate::assembler::*;

/// A module whose function `f` has these types and this code, which names field 0 of structs `R`, `D` and `P` as field
/// handles 0 to 2 and field 1 of `P` as 3, signature 0 for vectors of numbers and 1 for vectors of those, variant 0 of `E` as
/// variant 0, and calls `one(&mut u64): &mut u64` as function handle 0, `two(&mut u64, &u64)` as 1 and
/// `parts(&mut D): (&mut u64, &mut u64)` as 2.
fn f(types: impl FnOnce(&World, &Token) -> Types, code: &[Vec<u8>]) -> Assembly {
    let mut world = world();
    let module = &mut world.module;
    module.signature(&[u64()]);
    module.signature(&[vector(u64())]);
    let pair = module.structure("P", COPY | DROP, &[], &[u64(), u64()]);
    let pair = datatype(pair, &[]);
    for (structure, number) in [(0, 0), (1, 0), (3, 0), (3, 1)] {
        module.field(structure, number);
    }
    module.variant(0, 0);
    let reference = mutable(u64());
    let one = Types::takes([reference.clone()]).gives([reference.clone()]);
    module.function("one", &one, &[on(MOVE_LOC, 0), op(RET)]);
    let two = Types::takes([reference.clone(), imm(u64())]);
    module.function("two", &two, &[op(RET)]);
    let parts = Types::takes([mutable(world.data.clone())]).gives([reference.clone(), reference]);
    module.function("parts", &parts, &[number(0), op(ABORT)]);
    let types = types(&world, &pair);
    world.module.function("f", &types, code);
    world.module
}

const R: u8 = 0;
const D: u8 = 1;
const LEFT: u8 = 2;
const RIGHT: u8 = 3;
const ONE: u8 = 0;
const TWO: u8 = 1;
const PARTS: u8 = 2;

fn take(local: u8) -> Vec<u8> {
    on(MOVE_LOC, local)
}

fn copy(local: u8) -> Vec<u8> {
    on(COPY_LOC, local)
}

fn store(local: u8) -> Vec<u8> {
    on(ST_LOC, local)
}

fn borrow(local: u8) -> Vec<u8> {
    on(MUT_BORROW_LOC, local)
}

fn look(local: u8) -> Vec<u8> {
    on(IMM_BORROW_LOC, local)
}

fn numbers(_: &World, _: &Token) -> Types {
    Types::takes([u64()]).with([mutable(u64()), mutable(u64()), imm(u64())])
}

fn pairs(_: &World, pair: &Token) -> Types {
    let reference = mutable(pair.clone());
    Types::takes([reference.clone()]).with([mutable(u64()), mutable(u64()), imm(u64()), reference])
}

fn vectors(_: &World, _: &Token) -> Types {
    let reference = mutable(vector(u64()));
    Types::takes([reference.clone()]).with([mutable(u64()), imm(u64()), reference])
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut case = |rule, at, assembly| cases.push((rule, Some(at), assembly));
    locals(&mut case);
    references::cases(&mut case);
    cases
}

fn locals(case: &mut dyn FnMut(Rule, u16, Assembly)) {
    let choice = |_: &World, _: &Token| Types::takes([bool(), u64()]);
    let resource = |world: &World, _: &Token| {
        Types::takes([bool(), world.resource.clone()]).with([world.resource.clone()])
    };
    case(
        Rule::StoreOverValue,
        2,
        f(resource, &[number(1), on(PACK, R), store(1), op(RET)]),
    );
    // It may have been given one before.
    case(
        Rule::StoreOverValue,
        6,
        f(
            resource,
            &[
                &[take(0), on(BR_FALSE, 4), take(1), store(2)][..],
                &[number(1), on(PACK, R), store(2), op(RET)],
            ]
            .concat(),
        ),
    );
    case(
        Rule::MoveUnavailable,
        2,
        f(choice, &[take(1), op(POP), take(1), op(POP), op(RET)]),
    );
    case(
        Rule::CopyUnavailable,
        2,
        f(choice, &[take(1), op(POP), copy(1), op(POP), op(RET)]),
    );
    // It is there on one of two ways.
    case(
        Rule::BorrowUnavailable,
        4,
        f(
            choice,
            &[
                take(0),
                on(BR_FALSE, 4),
                take(1),
                op(POP),
                look(1),
                op(POP),
                op(RET),
            ],
        ),
    );
    case(Rule::ReturnWithValue, 0, f(resource, &[op(RET)]));
    case(
        Rule::ReturnWithValue,
        5,
        f(
            resource,
            &[
                take(0),
                on(BR_FALSE, 5),
                take(1),
                on(UNPACK, R),
                op(POP),
                op(RET),
            ],
        ),
    );
}

#[test]
fn references_that_do_not_meet_are_accepted() {
    // Two fields at once, the first used again after the second is gone; two references out of one call.
    let fields = [
        copy(0),
        on(MUT_BORROW_FIELD, LEFT),
        store(1),
        copy(0),
        on(MUT_BORROW_FIELD, RIGHT),
        store(2),
        number(1),
        copy(1),
        op(WRITE_REF),
        number(2),
        take(2),
        op(WRITE_REF),
        number(3),
        take(1),
        op(WRITE_REF),
        copy(0),
        on(IMM_BORROW_FIELD, LEFT),
        store(3),
        take(0),
        on(IMM_BORROW_FIELD, RIGHT),
        op(READ_REF),
        take(3),
        op(READ_REF),
        op(EQ),
        op(POP),
        op(RET),
    ];
    assert_eq!(verified(&f(pairs, &fields)), Ok(()));
    let parts = |world: &World, _: &Token| {
        Types::takes([mutable(world.data.clone())]).with([mutable(u64()), mutable(u64())])
    };
    let code = [
        copy(0),
        on(CALL, PARTS),
        store(1),
        store(2),
        number(1),
        take(1),
        op(WRITE_REF),
        number(2),
        take(2),
        op(WRITE_REF),
        // Both are gone, so the whole is free again.
        take(0),
        on(MUT_BORROW_FIELD, D),
        op(POP),
        op(RET),
    ];
    assert_eq!(verified(&f(parts, &code)), Ok(()));
    // A reference that moves on around a loop.
    let code = [
        borrow(0),
        store(1),
        take(1),
        on(CALL, ONE),
        store(1),
        copy(0),
        op(POP),
        op(RET),
    ];
    let error = verified(&f(numbers, &code)).expect_err("it still refers to the local");
    assert_eq!(error.rule, Rule::CopyBorrowed);
    let code = [
        borrow(0),
        store(1),
        take(1),
        on(CALL, ONE),
        store(1),
        op(LD_TRUE),
        on(BR_TRUE, 2),
        take(1),
        op(READ_REF),
        op(POP),
        take(0),
        op(POP),
        op(RET),
    ];
    assert_eq!(verified(&f(numbers, &code)), Ok(()));
}

#[test]
fn t37_a_variant_is_not_exchanged_under_a_reference_into_it() {
    let choice = |world: &World, _: &Token| {
        Types::takes([mutable(world.choice.clone()), world.choice.clone()]).with([mutable(u64())])
    };
    let code = [
        copy(0),
        on(UNPACK_VARIANT_MUT_REF, 0),
        store(2),
        take(1),
        take(0),
        op(WRITE_REF),
        number(1),
        take(2),
        op(WRITE_REF),
        op(RET),
    ];
    let error = verified(&f(choice, &code)).expect_err("the field would be gone");
    assert_eq!(
        (error.rule, error.instruction),
        (Rule::WriteBorrowed, Some(5))
    );
}
