//! Rules of locals and references.

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
    references(&mut case);
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

fn references(case: &mut dyn FnMut(Rule, u16, Assembly)) {
    let end = || [take(1), op(READ_REF), op(POP), op(RET)];
    case(
        Rule::CopyBorrowed,
        2,
        f(
            numbers,
            &[&[borrow(0), store(1), copy(0), op(POP)][..], &end()].concat(),
        ),
    );
    case(
        Rule::MoveBorrowed,
        2,
        f(
            numbers,
            &[&[borrow(0), store(1), take(0), op(POP)][..], &end()].concat(),
        ),
    );
    // In a loop: what is borrowed at its end is moved at its beginning.
    let given = |_: &World, _: &Token| Types::takes([u64(), mutable(u64())]);
    case(
        Rule::MoveBorrowed,
        0,
        f(
            given,
            &[take(0), store(0), borrow(0), store(1), on(BRANCH, 0)],
        ),
    );
    case(
        Rule::StoreBorrowed,
        3,
        f(
            numbers,
            &[&[borrow(0), store(1), number(7), store(0)][..], &end()].concat(),
        ),
    );
    case(
        Rule::BorrowBorrowed,
        2,
        f(
            numbers,
            &[&[borrow(0), store(1), look(0), op(POP)][..], &end()].concat(),
        ),
    );
    // The first of two references is used while the second, made of it, lives on.
    case(
        Rule::FreezeBorrowed,
        5,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    copy(1),
                    store(2),
                    copy(1),
                    op(FREEZE_REF),
                    op(POP),
                ][..],
                &[number(1), take(2), op(WRITE_REF), op(RET)],
            ]
            .concat(),
        ),
    );
    case(
        Rule::ReadBorrowed,
        5,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    copy(1),
                    store(2),
                    copy(1),
                    op(READ_REF),
                    op(POP),
                ][..],
                &[number(1), take(2), op(WRITE_REF), op(RET)],
            ]
            .concat(),
        ),
    );
    // A second reference to a local takes over the first, which must be gone before it is used.
    case(
        Rule::WriteBorrowed,
        6,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    borrow(0),
                    store(2),
                    number(1),
                    take(2),
                    op(WRITE_REF),
                ][..],
                &end(),
            ]
            .concat(),
        ),
    );
    case(
        Rule::WriteBorrowed,
        7,
        f(
            numbers,
            &[
                &[borrow(0), store(1), copy(1), op(FREEZE_REF), store(3)][..],
                &[
                    number(1),
                    take(1),
                    op(WRITE_REF),
                    take(3),
                    op(READ_REF),
                    op(POP),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    // A field while all of it, or itself, is borrowed mutably by a reference that lives on.
    case(
        Rule::FieldBorrowed,
        3,
        f(
            pairs,
            &[
                &[
                    copy(0),
                    store(4),
                    copy(0),
                    on(IMM_BORROW_FIELD, LEFT),
                    op(POP),
                ][..],
                &[take(4), op(POP), op(RET)],
            ]
            .concat(),
        ),
    );
    case(
        Rule::FieldBorrowed,
        4,
        f(
            pairs,
            &[
                &[copy(0), on(MUT_BORROW_FIELD, LEFT), store(1), copy(0)][..],
                &[
                    on(IMM_BORROW_FIELD, LEFT),
                    op(POP),
                    take(1),
                    op(POP),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    case(
        Rule::VectorBorrowed,
        6,
        f(
            vectors,
            &[
                &[copy(0), number(0), on(VEC_MUT_BORROW, 0), store(1)][..],
                &[
                    copy(0),
                    number(5),
                    on(VEC_PUSH_BACK, 0),
                    number(1),
                    take(1),
                    op(WRITE_REF),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    case(
        Rule::VectorBorrowed,
        6,
        f(
            vectors,
            &[
                &[
                    copy(0),
                    number(0),
                    on(VEC_IMM_BORROW, 0),
                    store(2),
                    copy(0),
                    op(0x28),
                ][..],
                &[
                    on(VEC_POP_BACK, 0),
                    op(POP),
                    take(2),
                    op(READ_REF),
                    op(POP),
                    op(RET),
                ],
            ]
            .concat(),
        ),
    );
    for opcode in [VEC_MUT_BORROW, VEC_IMM_BORROW] {
        case(
            Rule::ElementBorrowed,
            6,
            f(
                vectors,
                &[
                    &[copy(0), number(0), on(VEC_MUT_BORROW, 0), store(1)][..],
                    &[copy(0), number(1), on(opcode, 0), op(POP)],
                    &[number(1), take(1), op(WRITE_REF), op(RET)],
                ]
                .concat(),
            ),
        );
    }
    // Both arguments are the same number.
    case(
        Rule::FreezeBorrowed,
        4,
        f(
            numbers,
            &[
                &[borrow(0), store(1), copy(1), copy(1), op(FREEZE_REF)][..],
                &[on(CALL, TWO), op(RET)],
            ]
            .concat(),
        ),
    );
    case(
        Rule::CallBorrowed,
        5,
        f(
            numbers,
            &[
                &[
                    borrow(0),
                    store(1),
                    copy(1),
                    store(2),
                    copy(1),
                    on(CALL, ONE),
                    op(POP),
                ][..],
                &[number(1), take(2), op(WRITE_REF), op(RET)],
            ]
            .concat(),
        ),
    );
    let returns = |_: &World, _: &Token| Types::takes([u64()]).gives([imm(u64())]);
    case(Rule::ReturnLocal, 1, f(returns, &[look(0), op(RET)]));
    let through_call = |_: &World, _: &Token| Types::takes([u64()]).gives([mutable(u64())]);
    case(
        Rule::ReturnLocal,
        2,
        f(through_call, &[borrow(0), on(CALL, ONE), op(RET)]),
    );
    let twice = |_: &World, _: &Token| {
        Types::takes([mutable(u64())]).gives([mutable(u64()), mutable(u64())])
    };
    case(
        Rule::ReturnBorrowed,
        2,
        f(twice, &[copy(0), copy(0), op(RET)]),
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
